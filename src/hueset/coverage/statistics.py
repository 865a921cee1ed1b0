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
from hueset.documents.judgements import judge_labels, judge_tags
from hueset.documents.verdicts import CoverageVerdict, LabelFamily
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.declaration import NumericCoverage


def not_finite(count: int) -> str:
    """Return in words how many labels were left out because they are NaN or infinite."""
    return f"{count:,} left out, NaN or infinite"


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
        for family in LabelFamily
        if family in families
    }
    judged = next(iter(evidence), None)
    if judged:
        return {**evidence[judged], "judged": judged, "evidence": evidence}
    n = unknown["n"]
    reason = f"{format_count(n, 'label')} of no known kind" if n else "no example"
    return {
        "verdict": CoverageVerdict.ABSENT,
        "reason": reason,
        **unknown,
        "judged": None,
        "evidence": {},
    }


def kinds_of(numeric: NumericCoverage, family: LabelFamily) -> tuple[str, ...]:
    """Return the kinds of label of a family."""
    return {
        LabelFamily.HUMAN: numeric.human,
        LabelFamily.TAG: ("tag",),
        LabelFamily.COMPUTED: COMPUTED_KINDS,
    }[family]


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
    family: LabelFamily, numbers: Mapping[str, Any], numeric: NumericCoverage
) -> dict[str, Any]:
    if family is LabelFamily.TAG:
        verdict, reason = judge_tags(numbers["low_tags"], numbers["high_tags"], numeric.floors)
        return {"verdict": verdict, "reason": reason, **numbers}
    if family is LabelFamily.COMPUTED:
        verdict = CoverageVerdict.COMPUTED
        reason = f"{numbers['n']:,} computed values, judged by no person"
    else:
        verdict, reason = judge_labels(numbers, numeric.floors)
    return {"verdict": verdict, "reason": reason, **_without_poles(numbers)}


def _without_poles(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Return numbers without how many say each pole, which only a tag does."""
    return {name: one for name, one in numbers.items() if name not in {"low_tags", "high_tags"}}
