"""`gate/report.json`: the verdict, and every check behind it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import JsonValue  # noqa: TC002 - the model is built with it

from hueset.documents.base import Count, Label, Name, OpenPart, Share, Text
from hueset.documents.verdicts import Severity, Verdict

INVARIANT = "invariant"
"""The type of a check that the engine makes itself."""


class GateEngine(StrEnum):
    """Who answers an expectation, where more than one can."""

    TYPED = "typed"
    """Hueset itself, over the declared types."""

    FAST = "fast"
    """Great Expectations through an engine for pandas that is made for the gate."""

    STOCK = "stock"
    """Great Expectations as it comes."""


class EngineEntry(OpenPart):
    """The engine of the gate, and the version of Great Expectations that it asked, if it did."""

    name: GateEngine
    great_expectations: Label | None = None


class CheckEntry(OpenPart):
    """One check, passed or not."""

    id: Label
    table: Label
    type: Label
    columns: tuple[Label, ...]
    severity: Severity
    verdict: Verdict
    evaluated: Count
    unexpected_count: Count
    observed: JsonValue
    example_keys: tuple[Text, ...]
    why: Text
    message: Text
    unexpected_share: Share

    def __repr__(self) -> str:
        looked = f"{self.unexpected_count:,} of {self.evaluated:,} unexpected"
        return f"<{self.verdict.value} {self.id}: {looked}>"


class FindingEntry(OpenPart):
    """What the gate has to say: a check that did not pass, or what somebody else found."""

    check: Label
    verdict: Verdict
    message: Text
    table: Label | None
    count: Count
    examples: tuple[Text, ...]

    def __repr__(self) -> str:
        return f"<{self.verdict.value} {self.check}: {self.message}>"


class GateReportDocument(OpenPart):
    """The gate's decision on one version."""

    dataset: Name | None = None
    verdict: Verdict
    summary: Text
    engine: EngineEntry | None = None
    checks: tuple[CheckEntry, ...]
    findings: tuple[FindingEntry, ...]
