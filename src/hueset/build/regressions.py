"""A new version held against the one before it: what it lost that nobody may have meant to lose.

The same inputs must give the same bytes whatever was built before, so none of this is in the
version. It is told by the build, and kept in the version's record of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.builder import Finding
from hueset.documents.verdicts import Verdict
from hueset.errors import StoreError
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.declaration import Dataset
    from hueset.documents.coverage import ClassesCoverage
    from hueset.store.store import StoredVersion

MAX_DROP = 0.05
"""A share of rows may fall by so much from one version to the next before it is told."""


@dataclass(frozen=True)
class RegressionCheck:
    """What a version has less of than the one before.

    Attributes
    ----------
    version
        The version before.
    findings
        Each a `warn`: nothing here decides whether the new version is right.
    """

    version: str
    findings: tuple[Finding, ...]


def compare_with_previous(
    dataset: Dataset, before: StoredVersion, after: StoredVersion
) -> RegressionCheck:
    """Compare tables, columns and coverage of two versions of a dataset.

    `against.table_lost`, `against.column_lost`: it was there and is not. `against.coverage_drop`:
    what is present, or labelled, in at least 5 points less of the rows, over all or in one group.
    `against.group_lost`, `against.class_lost`: had rows and has none. `against.unreadable`: the
    version before cannot be read, so nothing is known.
    """
    try:
        lost = [*_columns(before, after), *_presence(before, after), *_classes(before, after)]
        if dataset.coverage.numeric:
            lost += _dimensions(before, after, dataset.coverage.numeric.table)
    except StoreError as error:
        lost = [Finding("against.unreadable", Verdict.WARN, error.message)]
    return RegressionCheck(before.name, tuple(lost))


def _columns(before: StoredVersion, after: StoredVersion) -> Iterator[Finding]:
    was, now = before.manifest.tables, after.manifest.tables
    for table in was:
        if table not in now:
            told = f"the table {table} is gone ({format_count(was[table].rows, 'row')} before)"
            yield Finding("against.table_lost", Verdict.WARN, told, table=table)
            continue
        gone = tuple(name for name in was[table].columns if name not in now[table].columns)
        if gone:
            columns = format_count(len(was[table].columns), "column")
            told = f"{table} lost {len(gone)} of {columns}"
            yield Finding(
                "against.column_lost",
                Verdict.WARN,
                told,
                table,
                count=len(gone),
                examples=gone[:10],
            )


def _presence(before: StoredVersion, after: StoredVersion) -> Iterator[Finding]:
    old = {one.name: one for one in before.coverage.presence}
    for now in after.coverage.presence:
        was = old.get(now.name)
        if was is None:
            continue
        name, table = now.name, now.table
        yield from _drop(name, table, (was.present, was.n), (now.present, now.n))
        for group, counts in was.groups.items():
            if group not in now.groups:
                told = f"{table}: no row of {now.by} {group} any more ({counts[1]:,} before)"
                yield Finding("against.group_lost", Verdict.WARN, told, table, examples=(group,))
                continue
            yield from _drop(f"{name} of {group}", table, counts, now.groups[group])


def _dimensions(before: StoredVersion, after: StoredVersion, table: str) -> Iterator[Finding]:
    if table not in before.manifest.tables:
        return
    rows = [version.manifest.tables[table].rows for version in (before, after)]
    old = {one.name: one.n for one in before.coverage.dimensions}
    for now in after.coverage.dimensions:
        counts = (old.get(now.name, 0), rows[0])
        yield from _drop(f"labels of {now.name}", table, counts, (now.n, rows[1]))


def _classes(before: StoredVersion, after: StoredVersion) -> Iterator[Finding]:
    old = {one.name: _counts(one) for one in before.coverage.classes}
    for now in after.coverage.classes:
        name, counts = now.name, _counts(now)
        gone = tuple(one for one, n in old.get(name, {}).items() if n and not counts.get(one))
        if gone:
            told = f"{name}: no row of {format_count(len(gone), 'class')} that had some before"
            yield Finding(
                "against.class_lost", Verdict.WARN, told, now.table, len(gone), examples=gone[:10]
            )


def _counts(classes: ClassesCoverage) -> dict[str, int]:
    told = [*classes.classes, *classes.outcomes]
    return {one.class_name: one.n for one in told}


def _drop(
    what: str, table: str, was: tuple[int, int] | list[int], now: tuple[int, int] | list[int]
) -> Iterator[Finding]:
    """Yield a finding where a share of rows, given as (part, all), fell by too much."""
    if not (was[1] and now[1]):
        return
    before, after = was[0] / was[1], now[0] / now[1]
    if before - after > MAX_DROP:
        told = f"{what}: {after:.1%} of {table}, {before:.1%} before"
        yield Finding("against.coverage_drop", Verdict.WARN, told, table)
