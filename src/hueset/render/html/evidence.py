"""People's labels, tags and computed values apart from each other: what the picture of them shows.

It is drawn where a coverage tells the kinds of its labels: dimensions × sources, each kind in
columns of its own, since a tag or a computed value is no human label however many there are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from hueset.render.html.words import spoken_name
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FAMILIES = ("human", "tag", "computed")

LIFTED = ("thin", "positive_only", "computed", "absent")
"""Verdicts without enough of people's labels, with a recommendation."""


def rank_dimensions(dimensions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return dimensions with the most of people's labels first, then of tags, then computed."""

    def order(d: Mapping[str, Any]) -> tuple[int, ...]:
        return tuple(-count_labels(d, family) for family in FAMILIES)

    return sorted(dimensions, key=order)


def count_labels(one: Mapping[str, Any], family: str) -> int:
    """Return how many labels of a family there are."""
    told = one["evidence"].get(family)
    return int(told["n"]) if told else 0


def picture_columns(
    dimensions: Sequence[Mapping[str, Any]], by: str
) -> list[tuple[str, list[str]]]:
    """Return the columns of the picture: each family with its sources, the largest first.

    Parameters
    ----------
    dimensions
        Dimensions of a coverage that tells the kinds.
    by
        `by_source` or `by_unit`.
    """
    made = []
    for family in FAMILIES:
        counts: dict[str, int] = {}
        for d in dimensions:
            for name, one in d[by].items():
                if found := count_labels(one, family):
                    counts[name] = counts.get(name, 0) + found
        if counts:
            made.append((family, sorted(counts, key=lambda name: (-counts[name], name))))
    return made


def tag_bar(low: int, high: int, floor: int, dimension: Mapping[str, Any]) -> Markup:
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
                Markup(
                    '<rect class="bar g-positive_only" x="{}" y="5" width="{}" height="8"/>'
                ).format(half - long if side < 0 else half, long)
            )
        place = half + side * at(floor)
        parts.append(Markup('<line class="floor" x1="{0}" x2="{0}" y1="0" y2="18"/>').format(place))
    parts.append(Markup('<line class="axis" x1="{0}" x2="{0}" y1="2" y2="16"/>').format(half))
    label = (
        f"{spoken_name(dimension['name'])}: {format_count(low, 'tag')} {dimension['low']}, "
        f"{format_count(high, 'tag')} {dimension['high']}; floor {floor:,} each"
    )
    return Markup(
        '<svg class="tagbar" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(2 * half, height, label, Markup("").join(parts))
