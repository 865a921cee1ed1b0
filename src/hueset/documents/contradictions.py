"""What documents of a version say against themselves and each other, whatever their hashes say.

Whoever writes a version can hash anything, so a hash that fits makes no number true. What follows
from other numbers is drawn from them again: a verdict from counts and floors, the gate's from its
checks.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

from hueset.documents.judgements import judge_labels, judge_rows, judge_tags
from hueset.documents.verdicts import CoverageVerdict, LabelFamily

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hueset.documents.coverage import (
        ClassesCoverage,
        CoverageDocument,
        DimensionCoverage,
        FloorsEntry,
        LabelNumbers,
        LabelSet,
    )
    from hueset.documents.gate_report import GateReportDocument
    from hueset.documents.manifest import Manifest

ROUNDING = 1e-9
"""How far apart numbers may be that the same values gave in another order of adding."""


def gate_contradictions(report: GateReportDocument, manifest: Manifest) -> Iterator[str]:
    """Yield what a gate report says against itself, and which table it never looked at."""
    verdicts = [one.verdict for one in report.checks]
    verdicts += [one.verdict for one in report.findings]
    worst = max(verdicts, key=lambda one: one.rank, default=report.verdict)
    if worst.rank != report.verdict.rank:
        yield f"its verdict is {report.verdict}, and the worst of its checks and findings {worst}"
    looked_at = {one.table for one in report.checks}
    unseen = sorted(set(manifest.tables) - looked_at)
    if unseen:
        yield f"no check looked at {', '.join(unseen)}"
    for check in report.checks:
        if check.verdict.passes and check.unexpected_count > check.evaluated:
            counts = f"{check.unexpected_count:,} of {check.evaluated:,}"
            yield f"{check.id}: {counts} values are unexpected"


def coverage_contradictions(coverage: CoverageDocument, manifest: Manifest) -> Iterator[str]:
    """Yield what a coverage says against itself, and against the manifest's rows and contract."""
    contract: dict[str, Any] = manifest.contract or {}
    numeric = contract.get("numeric") or {}
    if coverage.floors is not None:
        declared = numeric.get("floors") or {}
        for name, floor in vars(coverage.floors).items():
            if floor is not None and declared.get(name, floor) != floor:
                yield f"the floor {name} is {floor}, that of the contract {declared[name]}"
    yield from _twice("dimension", (one.name for one in coverage.dimensions))
    for dimension in coverage.dimensions:
        yield from _of_dimension(dimension, coverage.floors, _rows(manifest, numeric.get("table")))
    floors_of = {one["name"]: one for one in contract.get("classes") or ()}
    yield from _twice("list of classes", (one.name for one in coverage.classes))
    for classes in coverage.classes:
        yield from _of_classes(classes, floors_of.get(classes.name), _rows(manifest, classes.table))
    for presence in coverage.presence:
        rows = _rows(manifest, presence.table)
        if rows is not None and presence.n != rows:
            yield f"{presence.name}: {presence.n:,} rows, and the table has {rows:,}"


def _of_dimension(
    dimension: DimensionCoverage, floors: FloorsEntry | None, rows: int | None
) -> Iterator[str]:
    name = dimension.name
    if rows is not None and dimension.n > rows:
        yield f"{name}: {dimension.n:,} labels, and the table has {rows:,} rows"
    for where, part in _sets_of(dimension):
        yield from (f"{where}: {said}" for said in _of_numbers(part))
        drawn = _draw(part, floors)
        if drawn is not None and drawn is not part.verdict:
            yield f"{where}: it is {part.verdict}, and by its numbers and floors {drawn}"
    judged = sum(dimension.histogram)
    if dimension.histogram and judged != dimension.n:
        yield f"{name}: {dimension.n:,} labels, and {judged:,} in the histogram"
    if dimension.by_split and sum(dimension.by_split.values()) != dimension.n:
        total = sum(dimension.by_split.values())
        yield f"{name}: {dimension.n:,} labels, and {total:,} in the splits"


def _sets_of(dimension: DimensionCoverage) -> Iterator[tuple[str, LabelSet]]:
    yield dimension.name, dimension
    for groups in (dimension.by_source, dimension.by_unit):
        for group, part in groups.items():
            yield f"{dimension.name} of {group}", part


def _of_numbers(part: LabelNumbers) -> Iterator[str]:
    """Yield quantiles and a mean that lie outside of what the values are said to reach."""
    ordered = [
        one for one in (part.min, part.q25, part.median, part.q75, part.max) if one is not None
    ]
    if any(low > high + ROUNDING for low, high in itertools.pairwise(ordered)):
        yield "smallest value, quartiles and largest value are not in order"
    if part.mean is not None and part.min is not None and part.max is not None:
        slack = ROUNDING * max(1.0, abs(part.min), abs(part.max))
        if not part.min - slack <= part.mean <= part.max + slack:
            yield f"the mean {part.mean:g} lies outside of {part.min:g} to {part.max:g}"


def _draw(part: LabelSet, floors: FloorsEntry | None) -> CoverageVerdict | None:
    """Return the verdict that follows; None where the document does not hold what decides it."""
    if floors is None:
        return None
    if part.evidence is None:
        return judge_labels(vars(part), floors)[0]
    match part.judged:
        case None:
            return CoverageVerdict.ABSENT
        case LabelFamily.HUMAN:
            return judge_labels(vars(part.evidence[part.judged]), floors)[0]
        case LabelFamily.TAG:
            tags = part.evidence[part.judged]
            return judge_tags(tags.low_tags or 0, tags.high_tags or 0, floors)[0]
        case LabelFamily.COMPUTED:
            return CoverageVerdict.COMPUTED


def _of_classes(
    classes: ClassesCoverage, declared: dict[str, Any] | None, rows: int | None
) -> Iterator[str]:
    if declared is not None:
        for floor in ("floor", "floor_groups"):
            there, promised = getattr(classes, floor), declared[floor]
            if there != promised:
                yield f"{classes.name}: the {floor} is {there}, that of the contract {promised}"
    yield from _twice(f"class of {classes.name}", (one.class_name for one in classes.classes))
    for one in classes.classes:
        where = f"{classes.name} {one.class_name}"
        if rows is not None and one.n > rows:
            yield f"{where}: {one.n:,} rows, and the table has {rows:,}"
        if one.by_split and sum(one.by_split.values()) != one.n:
            yield f"{where}: {one.n:,} rows, and {sum(one.by_split.values()):,} in the splits"
        drawn = judge_rows(
            one.n, one.groups, floor=classes.floor, floor_groups=classes.floor_groups
        )["verdict"]
        if drawn is not one.verdict:
            yield f"{where}: it is {one.verdict}, and by its rows and the floor {drawn}"


def _rows(manifest: Manifest, table: str | None) -> int | None:
    entry = manifest.tables.get(table) if table else None
    return None if entry is None else entry.rows


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"the {what} {name} is listed {count} times"
