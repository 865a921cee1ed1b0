"""A finished unit of work: its folder, its rows, what it refused and found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.builder import Finding, Reject


@dataclass(frozen=True)
class Shard:
    """A finished unit.

    Attributes
    ----------
    key
        The unit's key.
    path
        Its folder.
    rows
        Rows per table; tables of the work (their names start with `_`) too.
    rejects
        What it refused.
    findings
        What it found.
    whole
        Of each table with files per unit: its `files`, with `path` below the shard, `split`,
        `rows`, `bytes`, `sha256`, and the `content` digests per split and column.
    """

    key: str
    path: Path
    rows: dict[str, int]
    rejects: tuple[Reject, ...]
    findings: tuple[Finding, ...]
    whole: dict[str, dict[str, Any]] = field(default_factory=dict)

    def files(self, table: str) -> list[Path]:
        """Return the parquet files of one table; none where the unit made no rows of it."""
        if table in self.whole:
            return [self.path / file["path"] for file in self.whole[table]["files"]]
        return [self.path / f"{table}.parquet"] if table in self.rows else []
