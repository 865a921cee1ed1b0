"""What the labels of one dimension are worth: people's ratings, tags and computed values apart.

People's labels are judged by the floors of the declaration. A tag says that something is there and
nothing else: a tag that is absent is unknown, so tags are counted per pole and never give a
negative. A computed value is shown, and is judged by no person. Where a declaration does not say
which kind a label is of, all of them count alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hueset.declaration import COMPUTED_KINDS
from hueset.documents.verdicts import CoverageVerdict
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.declaration import Floors, NumericCoverage

FAMILIES = ("human", "tag", "computed")


def judge_labels(numbers: Mapping[str, Any], floors: Floors) -> tuple[str, str]:
    """Return the verdict on one set of labels, and its reason in plain words."""
    n = numbers["n"]
    if n == 0:
        return "absent", "no example"
    if n < floors.examples:
        return "thin", f"{format_count(n, 'example')}, floor {floors.examples:,}"
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
        return "neutral", "; ".join(faults)
    few = n < floors.examples_warn
    return "trainable", format_count(n, "example") + (
        f", below {floors.examples_warn:,}" if few else ""
    )


def not_finite(count: int) -> str:
    """Return in words how many labels were left out because they are NaN or infinite."""
    return f"{count:,} left out, NaN or infinite"


def judge_tags(low: int, high: int, floors: Floors) -> tuple[str, str]:
    """Return the verdict on tags: how many say the low pole, and how many the high one."""
    said = f"tags: {low:,} low, {high:,} high, floor {floors.positives:,} per pole"
    if not low and not high:
        return "absent", "no tag"
    if min(low, high) >= floors.positives:
        return "trainable", said
    if min(low, high) == 0 or max(low, high) >= floors.positives:
        return "positive_only", said
    return "thin", said


def judge_families(
    families: Mapping[str | None, Mapping[str, Any]],
    numeric: NumericCoverage,
    *,
    empty: Mapping[str, Any],
) -> dict[str, Any]:
    """Judge a set of labels, of which the numbers of each family are known.

    Parameters
    ----------
    families
        Family → its numbers, of those that have any label. None stands for labels of no known
        kind, and for all of them where the contract does not tell kinds apart.
    numeric
        The contract.
    empty
        The numbers of no label.

    Returns
    -------
    dict
        Verdict, reason and numbers. Where the contract names the column of the kind also
        `judged`, the family they are of, and `evidence`, the same for each family that has any.
        Tags have `low_tags` and `high_tags`, how many say each pole.
    """
    unknown = _without_poles(families.get(None, empty))
    if numeric.kind is None:
        verdict, reason = judge_labels(unknown, numeric.floors)
        return {"verdict": verdict, "reason": reason, **unknown}
    evidence = {
        family: _judge_family(family, families[family], numeric)
        for family in FAMILIES
        if family in families
    }
    judged = next(iter(evidence), None)
    if judged:
        return {**evidence[judged], "judged": judged, "evidence": evidence}
    n = unknown["n"]
    reason = f"{format_count(n, 'label')} of no known kind" if n else "no example"
    return {
        "verdict": CoverageVerdict.ABSENT.value,
        "reason": reason,
        **unknown,
        "judged": None,
        "evidence": {},
    }


def kinds_of(numeric: NumericCoverage, family: str) -> tuple[str, ...]:
    """Return the kinds of label of a family."""
    return {"human": numeric.human, "tag": ("tag",), "computed": COMPUTED_KINDS}[family]


def group_key(group: object) -> str:
    """Return the key of a group in a document: `null` for null, else the value as text.

    A text that reads `null`, with or without quotes around it, is quoted once more, so that no two
    groups share a key.
    """
    if group is None:
        return "null"
    text = str(group)
    return f'"{text}"' if re.fullmatch(r'("*)null\1', text) else text


def _judge_family(
    family: str, numbers: Mapping[str, Any], numeric: NumericCoverage
) -> dict[str, Any]:
    if family == "tag":
        verdict, reason = judge_tags(numbers["low_tags"], numbers["high_tags"], numeric.floors)
        return {"verdict": verdict, "reason": reason, **numbers}
    if family == "computed":
        verdict, reason = "computed", f"{numbers['n']:,} computed values, judged by no person"
    else:
        verdict, reason = judge_labels(numbers, numeric.floors)
    return {"verdict": verdict, "reason": reason, **_without_poles(numbers)}


def _without_poles(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Return numbers without how many say each pole, which only a tag does."""
    return {name: one for name, one in numbers.items() if name not in {"low_tags", "high_tags"}}
