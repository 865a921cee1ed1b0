"""`gate/report.json`: the verdict, and every check behind it."""

from __future__ import annotations

from pydantic import JsonValue  # noqa: TC002 - the model is built with it

from hueset.documents.base import Count, Label, Name, OpenPart, Share, Text
from hueset.documents.verdicts import Severity, Verdict

INVARIANT = "invariant"
"""The type of a check that the engine makes itself."""


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


class FindingEntry(OpenPart):
    """What the gate has to say: a check that did not pass, or what somebody else found."""

    check: Label
    verdict: Verdict
    message: Text
    table: Label | None
    count: Count
    examples: tuple[Text, ...]


class GateReportDocument(OpenPart):
    """The gate's decision on one version."""

    dataset: Name | None = None
    verdict: Verdict
    summary: Text
    checks: tuple[CheckEntry, ...]
    findings: tuple[FindingEntry, ...]
