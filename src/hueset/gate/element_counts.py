"""How much an expectation has to look at: one that looked at nothing proves nothing."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

from hueset.gate.expectation_types import KINDS, NOT_NULL
from hueset.gate.question import rows_left

if TYPE_CHECKING:
    import polars as pl

    from hueset.gate.suite import Expectation


class ElementCounts:
    """How many elements a check looks at, counted once for each set of columns."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self._counts: dict[tuple[str, ...], int] = {}

    def evaluated(self, expectation: Expectation) -> int:
        """Return the number of evaluated elements (see `Kind.looks_at`)."""
        looks_at = KINDS[expectation.type].looks_at
        if looks_at == "rows":
            return self.frame.height
        values = self.values(expectation)
        if looks_at == "values" or not values:
            return values
        return int(rows_left(self.frame, expectation).sum())

    def values(self, expectation: Expectation) -> int:
        """Return the number of judged rows that have a value in the columns of the check.

        Of a pair that is compared both must be there: a comparison with null says nothing.
        """
        if KINDS[expectation.type].looks_at != "any":
            return self._filled(expectation.columns)
        left = rows_left(self.frame, expectation)
        filled = [self.frame[column].is_not_null() for column in expectation.columns]
        return int((left & functools.reduce(operator.or_, filled)).sum())

    def only_nulls(self, expectation: Expectation) -> bool:
        """Whether it promises values and no row has one, which the library lets pass."""
        promised = expectation.type == NOT_NULL and self.frame.height > 0
        return promised and not self.values(expectation)

    def _filled(self, columns: tuple[str, ...]) -> int:
        if columns not in self._counts:
            filled = [self.frame[column].is_not_null() for column in columns]
            together = functools.reduce(operator.and_, filled) if filled else None
            self._counts[columns] = self.frame.height if together is None else int(together.sum())
        return self._counts[columns]
