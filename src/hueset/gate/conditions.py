"""Expectations that judge row by row: for each type, whether a row holds, in the declared types."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.gate.question import Question, every_row, numeric_column
from hueset.gate.values import Family, family_of, integer_range, read_value

if TYPE_CHECKING:
    from hueset.declaration.column_types import Type

Compare = Callable[[Any, Any], Any]


def rows_that_hold(question: Question) -> pl.Series:
    """Return a boolean for each row; what it says of a null is of no meaning in a single column."""
    return _CONDITIONS[question.expectation.type](question)


def _is_null(question: Question) -> pl.Series:
    return question.columns[0].is_null()


def _is_not_null(question: Question) -> pl.Series:
    return question.columns[0].is_not_null()


def _between(question: Question) -> pl.Series:
    question.require_bound()
    held = every_row(question.frame, is_=True)
    for end, exclusive, inclusive in (
        ("min", operator.gt, operator.ge),
        ("max", operator.lt, operator.le),
    ):
        bound = question.bound(f"{end}_value")
        if bound is not None:
            compare = exclusive if question.flag(f"strict_{end}") else inclusive
            held &= _compare_column(question, compare, bound)
    return held


def _compare_column(question: Question, compare: Compare, bound: Any) -> pl.Series:
    """Compare a column with one value of its type; whole numbers with any number."""
    column, kind = numeric_column(question.columns[0]), question.kinds[0]
    if family_of(kind) in {Family.INTEGER, Family.BOOL}:
        least, greatest = integer_range(kind)
        bound = _nearest_whole(compare, Fraction(bound))
        if not least <= bound <= greatest:
            # A value of the type stands for all of them: they lie on one side of the bound.
            return every_row(question.frame, is_=bool(compare(least, bound)))
        compare = operator.ge if compare in {operator.gt, operator.ge} else operator.le
    elif family_of(kind) is Family.FLOAT:
        column = column.cast(pl.Float64)  # which is exact; the bound may be no float of the type
        compare, bound = _nearest_float(compare, bound)
    held: pl.Series = compare(column, pl.Series([bound], dtype=column.dtype))
    return held


def _nearest_whole(compare: Compare, bound: Fraction) -> int:
    """Return the first (or last) whole number that a comparison with a bound lets through."""
    whole = {operator.ge: math.ceil, operator.le: math.floor}
    if compare in whole:
        return whole[compare](bound)
    return math.floor(bound) + 1 if compare is operator.gt else math.ceil(bound) - 1


def _nearest_float(compare: Compare, bound: float | Fraction) -> tuple[Compare, float]:
    """Return the comparison with a 64-bit float that says the same as one with a bound."""
    near = float(bound)
    if near == bound:
        return compare, near
    if compare in {operator.gt, operator.ge}:
        return (operator.gt if near < bound else operator.ge), near
    return (operator.lt if near > bound else operator.le), near


def _in_set(question: Question) -> pl.Series:
    return question.columns[0].is_in(question.value_set().implode())


def _not_in_set(question: Question) -> pl.Series:
    return ~_in_set(question)


def _unique(question: Question) -> pl.Series:
    return ~question.columns[0].is_duplicated()


def _matches(question: Question) -> pl.Series:
    """Search each different text once; of a date, as it is written in ISO 8601."""
    pattern, texts = re.compile(question.given["regex"]), question.columns[0].cast(pl.String)
    found = [text for text in texts.unique().drop_nulls() if pattern.search(text)]
    return texts.is_in(pl.Series(found, dtype=pl.String).implode())


def _does_not_match(question: Question) -> pl.Series:
    return ~_matches(question)


def _length_between(question: Question) -> pl.Series:
    question.require_bound()
    lengths = question.columns[0].str.len_chars()
    low, high = question.given.get("min_value"), question.given.get("max_value")
    held = every_row(question.frame, is_=True)
    if low is not None:
        held &= lengths > low if question.flag("strict_min") else lengths >= low
    if high is not None:
        held &= lengths < high if question.flag("strict_max") else lengths <= high
    return held


def _length_equals(question: Question) -> pl.Series:
    held: pl.Series = question.columns[0].str.len_chars() == question.given["value"]
    return held


def _compare_neighbours(question: Question, strictly: Compare, loosely: Compare) -> pl.Series:
    """Hold each value against the last one before it that is not null."""
    column = numeric_column(question.columns[0])
    before = column.shift(1).fill_null(strategy="forward")
    held: pl.Series = (strictly if question.flag("strictly") else loosely)(column, before)
    return held | before.is_null()


def _increasing(question: Question) -> pl.Series:
    return _compare_neighbours(question, operator.gt, operator.ge)


def _decreasing(question: Question) -> pl.Series:
    return _compare_neighbours(question, operator.lt, operator.le)


def _greater(question: Question) -> pl.Series:
    return _pairwise(question, operator.ge if question.flag("or_equal") else operator.gt)


def _equal(question: Question) -> pl.Series:
    return _pairwise(question, operator.eq)


def _pairwise(question: Question, compare: Compare) -> pl.Series:
    """Compare two columns, in a type that holds the values of both; a null compares as false."""
    first, second = map(numeric_column, question.columns)
    if first.dtype != second.dtype and (wide := _common_type(question.kinds)):
        first, second = first.cast(wide), second.cast(wide)
    if first.dtype == second.dtype:
        held: pl.Series = compare(first, second)
        return held.fill_null(False)
    pairs = zip(first.to_list(), second.to_list(), strict=True)
    told = [None not in pair and compare(*pair) for pair in pairs]
    return pl.Series(told, dtype=pl.Boolean)


def _common_type(kinds: list[Type]) -> type[pl.DataType] | None:
    """Return a type of numbers that holds all values of both; None where there is none."""
    families = {family_of(kind) for kind in kinds}
    if families <= {Family.INTEGER, Family.BOOL}:
        return pl.Int128
    if families <= {Family.INTEGER, Family.BOOL, Family.FLOAT}:
        ranges = [integer_range(kind) for kind in kinds if family_of(kind) is not Family.FLOAT]
        # No type holds all floats and, past 2**53, all whole numbers; Python compares them.
        return pl.Float64 if all(high <= 2**53 for _, high in ranges) else None
    return None


def _pair_in_set(question: Question) -> pl.Series:
    pairs = [
        tuple(
            None if one is None else read_value(one, kind)
            for one, kind in zip(pair, question.kinds, strict=True)
        )
        for pair in question.given["value_pairs_set"]
    ]
    first, second = question.columns
    known = pl.DataFrame(
        {
            "a": pl.Series([one for one, _ in pairs], dtype=first.dtype),
            "b": pl.Series([one for _, one in pairs], dtype=second.dtype),
        }
    )
    here = pl.DataFrame({"a": first, "b": second}).with_row_index("at")
    found = here.join(known.unique(), on=["a", "b"], how="semi", nulls_equal=True)["at"]
    return here["at"].is_in(found.implode())


def _unique_together(question: Question) -> pl.Series:
    """Among the rows that are left, the values of the columns stand there once."""
    return ~question.frame.select(question.expectation.columns).is_duplicated()


_CONDITIONS: dict[str, Callable[[Question], pl.Series]] = {
    "expect_column_values_to_not_be_null": _is_not_null,
    "expect_column_values_to_be_null": _is_null,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_be_unique": _unique,
    "expect_column_values_to_match_regex": _matches,
    "expect_column_values_to_not_match_regex": _does_not_match,
    "expect_column_value_lengths_to_be_between": _length_between,
    "expect_column_value_lengths_to_equal": _length_equals,
    "expect_column_values_to_be_increasing": _increasing,
    "expect_column_values_to_be_decreasing": _decreasing,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_column_pair_values_to_be_in_set": _pair_in_set,
    "expect_compound_columns_to_be_unique": _unique_together,
}
