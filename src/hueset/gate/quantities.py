"""Where what an expectation measures can lie at all, whatever the rows are.

A standard deviation is never negative, a share never above 1, an `int8` never 1,000, and a column
of four classes never has five different values. A range outside of that can hold for no table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from hueset.declaration.column_types import ClassOf, Scalar
from hueset.gate.values import Family, family_of, integer_range

if TYPE_CHECKING:
    from hueset.declaration.column_types import Type

Number = int | float | Fraction

_LARGEST = {"float16": 65_504.0, "float32": 3.4028234663852886e38, "float64": None}


class Quantity(StrEnum):
    """What a range is held against."""

    ROWS = "a number of rows"
    LENGTH = "a number of letters"
    DISTINCT = "a number of different values"
    SHARE = "a share"
    DISTINCT_SHARE = "a share of different values"
    VALUE = "a value"
    MIDDLE = "a mean, median or quantile"
    SPREAD = "a standard deviation"
    SUM = "a sum"


@dataclass(frozen=True)
class Domain:
    """Where a quantity can lie.

    Attributes
    ----------
    low, high
        The ends, which belong to it; None where there is none.
    whole
        Whether only whole numbers are in it.
    above_low
        Whether the low end itself is out of it.
    """

    low: Number | None = None
    high: Number | None = None
    whole: bool = False
    above_low: bool = False

    def __str__(self) -> str:
        if self.low is None and self.high is None:
            return "any number"
        kind = "a whole number" if self.whole else "a number"
        if self.high is None:
            return f"{kind}, {_format_quantity(self.low)} or more"
        if self.low is None:
            return f"{kind}, {_format_quantity(self.high)} or less"
        ends = f"{'above ' if self.above_low else 'from '}{_format_quantity(self.low)}"
        return (
            f"{kind} {ends} {'and up ' if self.above_low else ''}to {_format_quantity(self.high)}"
        )

    def meets(self, low: Number | None, high: Number | None, *, strict: tuple[bool, bool]) -> bool:
        """Whether a number of the domain can lie in a range.

        Parameters
        ----------
        low, high
            The ends of the range; None is no limit.
        strict
            Whether the low end, and the high end, is out of the range.
        """
        floors = [(self.low, self.above_low), (low, strict[0])]
        ceilings = [(self.high, False), (high, strict[1])]
        ground, bare = max(
            ((end, out) for end, out in floors if end is not None), default=(None, False)
        )
        roof, cut = min(
            ((end, not out) for end, out in ceilings if end is not None), default=(None, True)
        )
        if ground is None or roof is None:
            return True
        if not self.whole:
            return ground < roof or (ground == roof and not bare and cut)
        first = math.floor(ground) + 1 if bare else math.ceil(ground)
        last = math.floor(roof) if cut else math.ceil(roof) - 1
        return first <= last


def domain_of(quantity: Quantity, column: Type | None) -> Domain:
    """Return where a quantity of a column can lie; of the rows of a table for None.

    A check of no row and of no value is an error at the gate, so there is one of each at least.
    """
    low, high, whole = _limits(column)
    match quantity:
        case Quantity.ROWS:
            return Domain(1, None, whole=True)
        case Quantity.LENGTH:
            return Domain(0, None, whole=True)
        case Quantity.DISTINCT:
            return Domain(1, _different_values(column), whole=True)
        case Quantity.SHARE:
            return Domain(0, 1)
        case Quantity.DISTINCT_SHARE:
            return Domain(0, 1, above_low=True)
        case Quantity.VALUE:
            return Domain(low, high, whole=whole)
        case Quantity.MIDDLE:
            return Domain(low, high)
        case Quantity.SPREAD:
            # Of two values the deviation is their distance by the root of 2; of more it is less.
            return Domain(0, None if low is None or high is None else (high - low) / math.sqrt(2))
        case Quantity.SUM:
            return Domain(0 if low == 0 else None, None, whole=whole)


def _limits(column: Type | None) -> tuple[Number | None, Number | None, bool]:
    """Return the least and the greatest value of a column of numbers, and whether all are whole."""
    family = Family.OPAQUE if column is None else family_of(column)
    if column is not None and family in {Family.BOOL, Family.INTEGER}:
        return *integer_range(column), True
    if isinstance(column, Scalar) and family is Family.FLOAT:
        most = _LARGEST[column.name]
        return (None if most is None else -most), most, False
    return None, None, False


def _different_values(column: Type | None) -> int | None:
    if isinstance(column, ClassOf):
        return len(column.names)
    low, high, whole = _limits(column)
    return int(high - low) + 1 if whole and low is not None and high is not None else None


def _format_quantity(number: Number | None) -> str:
    return f"{float(number or 0):.6g}" if isinstance(number, float | Fraction) else str(number)
