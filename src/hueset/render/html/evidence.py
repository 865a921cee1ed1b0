"""People's labels, tags and computed values apart from each other: what the picture of them shows.

It is drawn where a coverage tells the kinds of its labels: dimensions × sources, each kind in
columns of its own, since a tag or a computed value is no human label however many there are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from hueset.documents.verdicts import CoverageVerdict, LabelFamily
from hueset.render.html.words import spoken_name
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.documents.coverage import DimensionCoverage, LabelSet

FAMILY_NAMES = {
    LabelFamily.HUMAN: "people’s labels",
    LabelFamily.TAG: "tags",
    LabelFamily.COMPUTED: str(LabelFamily.COMPUTED),
}


def rank_dimensions(dimensions: Sequence[DimensionCoverage]) -> list[DimensionCoverage]:
    """Return dimensions with the most of people's labels first, then of tags, then computed."""

    def order(d: DimensionCoverage) -> tuple[int, ...]:
        return tuple(-count_labels(d, family) for family in LabelFamily)

    return sorted(dimensions, key=order)


def count_labels(one: LabelSet, family: LabelFamily) -> int:
    """Return how many labels of a family there are."""
    told = (one.evidence or {}).get(family)
    return told.n if told else 0


def parts_of(dimension: DimensionCoverage, by: str) -> dict[str, LabelSet]:
    """Return the labels of a dimension by source or by unit."""
    return dimension.by_source if by == "by_source" else dimension.by_unit


def picture_columns(
    dimensions: Sequence[DimensionCoverage], by: str
) -> list[tuple[LabelFamily, list[str]]]:
    """Return the columns of the picture: each family with its sources, the largest first.

    Parameters
    ----------
    dimensions
        Dimensions of a coverage that tells the kinds.
    by
        `by_source` or `by_unit`.
    """
    made = []
    for family in LabelFamily:
        counts: dict[str, int] = {}
        for d in dimensions:
            for name, one in parts_of(d, by).items():
                if found := count_labels(one, family):
                    counts[name] = counts.get(name, 0) + found
        if counts:
            made.append((family, sorted(counts, key=lambda name: (-counts[name], name))))
    return made


def tag_bar(low: int, high: int, floor: int, dimension: DimensionCoverage) -> Markup:
    """Return the tags of both poles to the left and right of a middle, the floor drawn in each.

    The scale is logarithmic, from 1 to ten times the floor.
    """
    half, height = 60, 18

    def at(value: int) -> float:
        return round(min(math.log10(max(value, 1)) / math.log10(floor * 10), 1) * half, 1)

    parts = [
        Markup('<rect class="track" x="0" y="5" width="{}" height="8" rx="4"/>').format(2 * half)
    ]
    for n, side in ((low, -1), (high, 1)):
        if n:
            long = max(at(n), 3)
            parts.append(
                Markup('<rect class="bar g-{}" x="{}" y="5" width="{}" height="8"/>').format(
                    CoverageVerdict.POSITIVE_ONLY, half - long if side < 0 else half, long
                )
            )
        place = half + side * at(floor)
        parts.append(Markup('<line class="floor" x1="{0}" x2="{0}" y1="0" y2="18"/>').format(place))
    parts.append(Markup('<line class="axis" x1="{0}" x2="{0}" y1="2" y2="16"/>').format(half))
    label = (
        f"{spoken_name(dimension.name)}: {format_count(low, 'tag')} {dimension.low or 'low'}, "
        f"{format_count(high, 'tag')} {dimension.high or 'high'}; floor {floor:,} each"
    )
    return Markup(
        '<svg class="tagbar" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(2 * half, height, label, Markup("").join(parts))
