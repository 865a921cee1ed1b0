"""One expectation with the typed columns it is about, and its arguments read as their type."""

from __future__ import annotations

import functools
import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.gate.expectation_types import IGNORED_ROWS, KINDS, Argument
from hueset.gate.values import Bound, read_bound, read_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.declaration.column_types import Type
    from hueset.gate.suite import Expectation


@dataclass(frozen=True)
class Question:
    """What is asked of a frame.

    Attributes
    ----------
    frame
        From `hueset.gate.frames.read_columns`.
    expectation
        The promise.
    types
        The parsed type of each column that it names.
    """

    frame: pl.DataFrame
    expectation: Expectation
    types: Mapping[str, Type]

    @property
    def given(self) -> dict[str, Any]:
        """The arguments as the suite gives them."""
        return self.expectation.kwargs

    @property
    def kinds(self) -> list[Type]:
        """The types of its columns."""
        return [self.types[name] for name in self.expectation.columns]

    @property
    def columns(self) -> list[pl.Series]:
        """Its columns."""
        return [self.frame[name] for name in self.expectation.columns]

    @property
    def values(self) -> pl.Series:
        """The values of its one column that are not null; true and false as 1 and 0."""
        return numeric_column(self.columns[0].drop_nulls())

    def flag(self, name: str) -> bool:
        """Return an argument that is true or false; false where it is not given."""
        return self.given.get(name) is True

    def bound(self, name: str) -> Bound | None:
        """Return `min_value` or `max_value` as the type of the column, or as an exact number."""
        raw = self.given.get(name)
        if raw is None:
            return None
        of_values = KINDS[self.expectation.type].arguments[name] is Argument.BOUND
        return read_bound(raw, self.kinds[0]) if of_values else Fraction(str(raw))

    def require_bound(self) -> None:
        """Refuse a range without an end: it promises nothing, and is no promise that holds."""
        if self.given.get("min_value") is None and self.given.get("max_value") is None:
            message = "without min_value or max_value it promises nothing"
            raise ValueError(message)

    def contains(self, value: Any) -> bool:
        """Tell whether a value lies in the promised range; nothing contains not-a-number."""
        self.require_bound()
        low, high = self.bound("min_value"), self.bound("max_value")
        if isinstance(value, float) and math.isnan(value):
            return False
        above = low is None or (value > low if self.flag("strict_min") else value >= low)
        below = high is None or (value < high if self.flag("strict_max") else value <= high)
        return above and below

    def value_set(self) -> pl.Series:
        """Return the argument `value_set` as the type of the column."""
        values = [read_value(one, self.kinds[0]) for one in self.given["value_set"]]
        return pl.Series(values, dtype=self.columns[0].dtype)


def numeric_column(column: pl.Series) -> pl.Series:
    """Return true and false as 1 and 0; other columns as they are."""
    return column.cast(pl.Int8) if column.dtype == pl.Boolean else column


def every_row(frame: pl.DataFrame, *, is_: bool) -> pl.Series:
    """Return one answer for every row."""
    return pl.repeat(is_, frame.height, dtype=pl.Boolean, eager=True)


def rows_left(frame: pl.DataFrame, expectation: Expectation) -> pl.Series:
    """Return for each row whether `ignore_row_if` leaves it to be judged."""
    meaning = KINDS[expectation.type].arguments["ignore_row_if"]
    without_any, with_a_null, _ = IGNORED_ROWS[meaning]
    ignored = expectation.kwargs.get("ignore_row_if", without_any)
    filled = [frame[name].is_not_null() for name in expectation.columns]
    if ignored == without_any:
        return functools.reduce(operator.or_, filled)
    if ignored == with_a_null:
        return functools.reduce(operator.and_, filled)
    return every_row(frame, is_=True)
