"""The verdicts of coverage, from the numbers that were counted and the floors that were declared.

They are drawn when a version is measured, and drawn again when its documents are believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.documents.verdicts import CoverageVerdict
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.declaration.coverage_contract import Floors
    from hueset.documents.coverage import FloorsEntry


def judge_labels(
    numbers: Mapping[str, Any], floors: Floors | FloorsEntry
) -> tuple[CoverageVerdict, str]:
    """Return the verdict on one set of labels, and its reason in plain words."""
    n = numbers["n"]
    if n == 0:
        return CoverageVerdict.ABSENT, "no example"
    if n < floors.examples:
        return CoverageVerdict.THIN, f"{format_count(n, 'example')}, floor {floors.examples:,}"
    sd, band, point = numbers["sd"], numbers["neutral_band_share"], numbers["neutral_point_share"]
    faults = []
    if numbers["distinct"] < floors.distinct:
        faults.append(f"{numbers['distinct']} distinct values, floor {floors.distinct}")
    if sd is None:  # of one value, or of values too large to be squared
        faults.append(f"no sd can be computed, floor {floors.sd:g}")
    elif sd < floors.sd:
        faults.append(f"sd {sd:.3f}, floor {floors.sd:g}")
    if band is not None and band > floors.neutral_band_share:
        faults.append(f"{band:.0%} of labels in .4-.6, ceiling {floors.neutral_band_share:.0%}")
    if point is not None and point > floors.neutral_point_share:
        faults.append(f"{point:.0%} exactly at .5, ceiling {floors.neutral_point_share:.0%}")
    if faults:
        return CoverageVerdict.NEUTRAL, "; ".join(faults)
    few = n < floors.examples_warn
    return CoverageVerdict.TRAINABLE, format_count(n, "example") + (
        f", below {floors.examples_warn:,}" if few else ""
    )


def judge_tags(low: int, high: int, floors: Floors | FloorsEntry) -> tuple[CoverageVerdict, str]:
    """Return the verdict on tags: how many say the low pole, and how many the high one."""
    needed = floors.positives or 0
    said = f"tags: {low:,} low, {high:,} high, floor {needed:,} per pole"
    if not low and not high:
        return CoverageVerdict.ABSENT, "no tag"
    if min(low, high) >= needed:
        return CoverageVerdict.TRAINABLE, said
    if min(low, high) == 0 or max(low, high) >= needed:
        return CoverageVerdict.POSITIVE_ONLY, said
    return CoverageVerdict.THIN, said


def judge_rows(n: int, groups: int | None, *, floor: int, floor_groups: int) -> dict[str, Any]:
    """Return verdict and reason of a class by its rows, and by how many groups they are of."""
    said = f"{format_count(n, 'row')}, floor {floor:,}" if n else "no row"
    few = n and floor_groups > (groups or 0)
    if n and floor_groups:
        said += f"; groups {groups:,}, floor {floor_groups:,}"
    verdict = CoverageVerdict.THIN if few else CoverageVerdict.of_count(n, floor)
    return {"verdict": verdict, "reason": said}
