"""What the gate says: one verdict of four, every check behind it, and the worst three in words.

Nothing here depends on the time or on chance: the same tables give the same report, byte for byte.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hueset.builder import Finding
from hueset.documents.gate_report import INVARIANT
from hueset.documents.verdicts import Severity, Verdict
from hueset.words import first_of_each, format_count, more_like_this

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hueset.gate.engine_choice import EngineChoice

MAX_EXAMPLES = 10
_MAX_LISTED = 20


def check_of(finding: Finding) -> tuple[str, str, str | None]:
    """Return what makes findings alike: the same is said by the same check of the same table."""
    return finding.verdict, finding.check, finding.table


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; `error` for none at all, since then nothing was judged."""
    return max(verdicts, key=lambda one: one.rank, default=Verdict.ERROR)


@dataclass(frozen=True)
class CheckResult:
    """One check, passed or not.

    Attributes
    ----------
    id
        The expectation's id, or the dotted name of an invariant of the engine.
    table
        The table it is about.
    type
        The expectation's type, or `invariant`.
    columns
        The columns it is about.
    severity
        `critical | warning | info`: what its failure is.
    verdict
        `error` where it could not be evaluated, or looked at nothing.
    evaluated
        How many elements (rows, or values that are not null) were looked at.
    unexpected_count
        How many of them do not hold; 0 for a check of an aggregate.
    observed
        The observed value of an aggregate, as strict JSON.
    example_keys
        Keys of at most ten rows that do not hold.
    why
        Why it is promised.
    message
        One sentence in plain words, with the numbers.
    """

    id: str
    table: str
    type: str
    columns: tuple[str, ...]
    severity: Severity
    verdict: Verdict
    evaluated: int
    unexpected_count: int
    observed: Any
    example_keys: tuple[str, ...]
    why: str
    message: str

    @property
    def unexpected_share(self) -> float:
        """The share of evaluated elements that do not hold, 0..1."""
        return self.unexpected_count / self.evaluated if self.evaluated else 0.0

    def finding(self) -> Finding:
        """Return it as a finding, for those who are told only what did not pass."""
        return Finding(
            check=self.id if self.type == INVARIANT else f"suite.{self.id}",
            verdict=self.verdict,
            message=f"{self.table}: {self.message}",
            table=self.table,
            count=max(self.unexpected_count, 1),
            examples=self.example_keys,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as strict JSON values."""
        return {**asdict(self), "unexpected_share": self.unexpected_share}


@dataclass(frozen=True)
class GateReport:
    """The gate's decision on one version.

    Attributes
    ----------
    dataset
        Its name.
    verdict
        The worst of all below.
    results
        Every check, passed or not, in a fixed order.
    findings
        All that is to be told, the worst first: the checks that did not pass, and what the
        builder, the coverage contract and the gate itself found.
    engine
        Who answered the expectations, where more than one can.
    """

    dataset: str
    verdict: Verdict
    results: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    engine: EngineChoice

    @classmethod
    def of(
        cls,
        dataset: str,
        results: Iterable[CheckResult],
        findings: Iterable[Finding],
        engine: EngineChoice,
    ) -> GateReport:
        """Draw the verdict from checks and from what others found."""
        checks = tuple(results)
        told = [one.finding() for one in checks if one.verdict is not Verdict.PASS] + list(findings)
        told.sort(key=lambda one: (-one.verdict.rank, -one.count, one.check, one.message))
        verdicts = [one.verdict for one in checks] + [one.verdict for one in told]
        return cls(dataset, worst_verdict(verdicts), checks, tuple(told), engine)

    @property
    def worst(self) -> tuple[str, ...]:
        """The worst three checks that did not pass, each as one sentence with counts and keys."""
        bad = first_of_each(
            (one for one in self.findings if one.verdict is not Verdict.PASS), check_of
        )[:3]
        return tuple(
            f"{one.verdict}: {one.message}{_format_examples(one)}{more_like_this(more)}"
            for one, more in bad
        )

    @property
    def summary(self) -> str:
        """The verdict with counts, then the worst three, one per line."""
        held = sum(one.verdict is Verdict.PASS for one in self.results)
        counts = Counter(one.verdict for one in self.findings)
        parts = [f"{held} of {format_count(len(self.results), 'check')} hold"]
        parts += [
            f"{counts[one]} {one}"
            for one in reversed(Verdict)
            if one is not Verdict.PASS and counts[one]
        ]
        return "\n".join([f"gate {self.verdict}: {', '.join(parts)}", *self.worst])

    def to_json(self) -> dict[str, Any]:
        """Return it as strict JSON values, the same for the same tables."""
        return {
            "dataset": self.dataset,
            "verdict": self.verdict,
            "summary": self.summary,
            "engine": asdict(self.engine),
            "checks": [one.to_json() for one in self.results],
            "findings": [asdict(one) for one in self.findings],
        }


def _format_examples(finding: Finding) -> str:
    examples = ", ".join(finding.examples[:MAX_EXAMPLES])
    return f", e.g. {examples}" if examples else ""


def json_safe(value: Any) -> Any:
    """Return any observed value as strict JSON, in a fixed order and of bounded length.

    NumPy and pandas scalars become plain ones; infinity and not-a-number, which JSON has no word
    for, become text; of a long list the count and the first values stay.
    """
    if hasattr(value, "tolist"):  # a NumPy array or scalar
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dict):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return json_safe(sorted(value, key=lambda item: (type(item).__name__, str(item))))
    if isinstance(value, list | tuple):
        if len(value) > _MAX_LISTED:
            return {"count": len(value), "first": [json_safe(one) for one in value[:_MAX_LISTED]]}
        return [json_safe(item) for item in value]
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
