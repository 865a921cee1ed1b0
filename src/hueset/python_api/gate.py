"""The gate's decision on a version, with every check behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.documents.verdicts import GateVerdict
from hueset.python_api.reprs import cut, html_table

if TYPE_CHECKING:
    from hueset.documents.gate_report import CheckEntry, FindingEntry, GateReportDocument


class Gate:
    """What the gate said of a version.

    Attributes
    ----------
    document
        `gate/report.json`, typed.
    """

    def __init__(self, document: GateReportDocument, where: str) -> None:
        self.document = document
        self._where = where

    @property
    def verdict(self) -> GateVerdict:
        """`pass`, `warn`, `fail` or `error`; equal to its word."""
        return self.document.verdict

    @property
    def passed(self) -> bool:
        """Whether the version may become the latest: the verdict is `pass` or `warn`."""
        return self.verdict in {GateVerdict.PASS, GateVerdict.WARN}

    @property
    def summary(self) -> str:
        """The decision in a sentence."""
        return self.document.summary

    @property
    def checks(self) -> tuple[CheckEntry, ...]:
        """Every check, passed or not, with how many values it looked at."""
        return self.document.checks

    @property
    def findings(self) -> tuple[FindingEntry, ...]:
        """What the gate has to say: `check`, `verdict`, `message`, `count` and example keys."""
        return self.document.findings

    def __repr__(self) -> str:
        lines = [f"<Gate of {self._where}: {self.verdict.value}, {len(self.checks)} checks>"]
        lines += [f"  {one.verdict.value} {cut(one.message, 110)}" for one in self.findings[:10]]
        if len(self.findings) > 10:
            lines.append(f"  … {len(self.findings) - 10} more in .findings")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [(one.verdict.value, one.check, one.message, one.count) for one in self.findings]
        header = ("verdict", "check", "finding", "count")
        title = f"Gate of {self._where}: {self.verdict.value}"
        return html_table(title, header, rows, f"{len(self.checks)} checks; all in .checks")
