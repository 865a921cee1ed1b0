"""Expectations about one value drawn from a column: for each type, what it is, and if it holds.

Whole numbers are summed in 128 bits and divided as fractions. What is drawn from a column of floats
is computed in 64 bits from the values as they are stored, and never rounded to their type.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from hueset.gate.values import read_bound, read_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from hueset.gate.question import Question

Answer = tuple[bool, Any]
"""Whether it holds, and the observed value."""


def answer_aggregate(question: Question) -> Answer:
    """Return whether an expectation about a whole column holds, and what was observed."""
    return _AGGREGATES[question.expectation.type](question)


def _in_range(draw: Callable[[pl.Series], Any]) -> Callable[[Question], Answer]:
    """Hold what is drawn from the values against the range."""

    def judge(question: Question) -> Answer:
        drawn = draw(question.values)
        return question.contains(drawn), _plain(drawn)

    return judge


def _mean(values: pl.Series) -> Any:
    return (
        Fraction(_sum(values), len(values))
        if _is_whole(values)
        else _float_sum(values) / len(values)
    )


def _sum(values: pl.Series) -> Any:
    return int(values.cast(pl.Int128).sum()) if _is_whole(values) else _float_sum(values)


def _float_sum(values: pl.Series) -> float:
    """Return the sum of floats, rounded once and not at each step; infinite where it is too great.

    The order of the rows does not matter so, and a sum at its bound holds.
    """
    wide = _wide(values)
    try:
        return math.fsum(wide)
    except (OverflowError, ValueError):  # beyond the floats on the way, or of both infinities
        return float(wide.sum())


def _median(values: pl.Series) -> Any:
    if not _is_whole(values):
        return _wide(values).median()
    ordered, half = values.sort(), len(values) // 2
    if len(values) % 2:
        return int(ordered[half])
    return Fraction(int(ordered[half - 1]) + int(ordered[half]), 2)


def _deviation(values: pl.Series) -> float:
    """Return the deviation of a sample; of a single value there is none (not-a-number)."""
    if _is_whole(values):
        # Counted from the least one, so that great numbers keep their differences as floats.
        least = pl.Series([values.min()], dtype=pl.Int128)
        values = values.cast(pl.Int128) - least
    found = _wide(values).std()
    return math.nan if found is None else float(found)  # type: ignore[arg-type]


def _is_whole(values: pl.Series) -> bool:
    return values.dtype.is_integer()


def _wide(values: pl.Series) -> pl.Series:
    return values.cast(pl.Float64)


def _count_different(values: pl.Series) -> int:
    return values.n_unique()


def _share_different(values: pl.Series) -> Fraction:
    return Fraction(values.n_unique(), len(values))


def _row_count_in_range(question: Question) -> Answer:
    rows = question.frame.height
    return question.contains(rows), rows


def _row_count_equals(question: Question) -> Answer:
    rows = question.frame.height
    return rows == question.given["value"], rows


def _share_of_values(question: Question) -> Answer:
    share = Fraction(len(question.values), question.frame.height)
    return question.contains(share), _plain(share)


def _quantiles(question: Question) -> Answer:
    given = question.given["quantile_ranges"]
    how = question.given.get("allow_relative_error") or "nearest"
    ordered = question.values.sort()
    seen = [_quantile(ordered, share, how) for share in given["quantiles"]]
    held = []
    for value, (low, high) in zip(seen, given["value_ranges"], strict=True):
        ends = [None if end is None else read_bound(end, question.kinds[0]) for end in (low, high)]
        above = ends[0] is None or value >= ends[0]
        held.append(above and (ends[1] is None or value <= ends[1]))
    told = {"quantiles": given["quantiles"], "values": [_plain(value) for value in seen]}
    return all(held), told


def _quantile(ordered: pl.Series, share: float, how: str) -> Any:
    """Return a quantile: NumPy says at which place, so that the value itself stays as it is."""
    places = np.arange(len(ordered))
    if how not in {"linear", "midpoint"}:
        return ordered[int(np.quantile(places, share, method=how))]  # type: ignore[call-overload]
    at = Fraction(str(float(share))) * (len(ordered) - 1)
    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
    if low == high or not (math.isfinite(low) and math.isfinite(high)):
        return low if at == math.floor(at) or low == high else math.nan
    part = at - math.floor(at) if how == "linear" else Fraction(1, 2)
    return Fraction(low) + (Fraction(high) - Fraction(low)) * part


def _different(question: Question) -> tuple[set[Any], set[Any]]:
    """Return the different values of the column, and those of the set."""
    seen = set(question.columns[0].drop_nulls().unique().to_list())
    return seen, set(question.value_set().to_list())


def _different_in_set(question: Question) -> Answer:
    seen, known = _different(question)
    return seen <= known, seen


def _different_contain_set(question: Question) -> Answer:
    seen, known = _different(question)
    return seen >= known, seen


def _different_equal_set(question: Question) -> Answer:
    seen, known = _different(question)
    return seen == known, seen


def _most_common_in_set(question: Question) -> Answer:
    most = question.columns[0].drop_nulls().mode().sort().to_list()
    known = {read_value(one, question.kinds[0]) for one in question.given["value_set"]}
    held = bool(known & set(most)) and (len(most) == 1 or question.flag("ties_okay"))
    return held, most


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value


_AGGREGATES: dict[str, Callable[[Question], Answer]] = {
    "expect_table_row_count_to_be_between": _row_count_in_range,
    "expect_table_row_count_to_equal": _row_count_equals,
    "expect_column_min_to_be_between": _in_range(lambda values: values.min()),
    "expect_column_max_to_be_between": _in_range(lambda values: values.max()),
    "expect_column_mean_to_be_between": _in_range(_mean),
    "expect_column_median_to_be_between": _in_range(_median),
    "expect_column_stdev_to_be_between": _in_range(_deviation),
    "expect_column_sum_to_be_between": _in_range(_sum),
    "expect_column_quantile_values_to_be_between": _quantiles,
    "expect_column_distinct_values_to_be_in_set": _different_in_set,
    "expect_column_distinct_values_to_contain_set": _different_contain_set,
    "expect_column_distinct_values_to_equal_set": _different_equal_set,
    "expect_column_most_common_value_to_be_in_set": _most_common_in_set,
    "expect_column_unique_value_count_to_be_between": _in_range(_count_different),
    "expect_column_proportion_of_unique_values_to_be_between": _in_range(_share_different),
    "expect_column_proportion_of_non_null_values_to_be_between": _share_of_values,
}
AGGREGATES = frozenset(_AGGREGATES)
"""The types that are answered here."""
