"""Which Great Expectations types a suite may use: their arguments, and what each one looks at.

A closed list, so that each is tested against the library itself. Left out on purpose: types that
compare floats exactly (`expect_multicolumn_sum_to_equal`), that loop in Python over every row, that
need a second data source, and those whose work the engine's own invariants do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Looks = Literal["rows", "values", "pair", "any"]


@dataclass(frozen=True)
class Kind:
    """One type of expectation.

    Attributes
    ----------
    required, optional
        Names of its arguments.
    looks_at
        What counts as an evaluated element: `rows` every row, `values` the non-null values of the
        column, `pair` the rows that `ignore_row_if` leaves, unless none has both values, `any` rows
        where a column has a value.
    row_level
        Whether it judges row by row, so that failing rows can be named.
    needs_value
        False where only null or not null matters, so that columns of any type will do.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    looks_at: Looks = "values"
    row_level: bool = False
    needs_value: bool = True

    @property
    def arguments(self) -> tuple[str, ...]:
        """Every argument it knows."""
        return self.required + self.optional


NOT_NULL = "expect_column_values_to_not_be_null"
COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list")
_RANGE = ("min_value", "max_value", "strict_min", "strict_max")
_PAIR = ("column_A", "column_B")
_MISSING = ("mostly", "ignore_row_if")


def _rows(*required: str, optional: tuple[str, ...] = ()) -> Kind:
    return Kind(("column", *required), ("mostly", *optional), row_level=True)


def _range() -> Kind:
    return Kind(("column",), _RANGE)


KINDS: dict[str, Kind] = {
    "expect_table_row_count_to_be_between": Kind((), _RANGE, looks_at="rows"),
    "expect_table_row_count_to_equal": Kind(("value",), looks_at="rows"),
    NOT_NULL: Kind(("column",), ("mostly",), looks_at="rows", row_level=True, needs_value=False),
    "expect_column_values_to_be_null": Kind(
        ("column",), ("mostly",), looks_at="rows", row_level=True, needs_value=False
    ),
    "expect_column_values_to_be_between": _rows(optional=_RANGE),
    "expect_column_values_to_be_in_set": _rows("value_set"),
    "expect_column_values_to_not_be_in_set": _rows("value_set"),
    "expect_column_values_to_be_unique": _rows(),
    "expect_column_values_to_match_regex": _rows("regex"),
    "expect_column_values_to_not_match_regex": _rows("regex"),
    "expect_column_value_lengths_to_be_between": _rows(optional=_RANGE),
    "expect_column_value_lengths_to_equal": _rows("value"),
    "expect_column_values_to_be_increasing": _rows(optional=("strictly",)),
    "expect_column_values_to_be_decreasing": _rows(optional=("strictly",)),
    "expect_column_min_to_be_between": _range(),
    "expect_column_max_to_be_between": _range(),
    "expect_column_mean_to_be_between": _range(),
    "expect_column_median_to_be_between": _range(),
    "expect_column_stdev_to_be_between": _range(),
    "expect_column_sum_to_be_between": _range(),
    "expect_column_quantile_values_to_be_between": Kind(
        ("column", "quantile_ranges"), ("allow_relative_error",)
    ),
    "expect_column_distinct_values_to_be_in_set": Kind(("column", "value_set")),
    "expect_column_distinct_values_to_contain_set": Kind(("column", "value_set")),
    "expect_column_distinct_values_to_equal_set": Kind(("column", "value_set")),
    "expect_column_most_common_value_to_be_in_set": Kind(("column", "value_set"), ("ties_okay",)),
    "expect_column_unique_value_count_to_be_between": _range(),
    "expect_column_proportion_of_unique_values_to_be_between": _range(),
    "expect_column_proportion_of_non_null_values_to_be_between": Kind(
        ("column",), _RANGE, looks_at="rows", needs_value=False
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": Kind(
        _PAIR, ("or_equal", *_MISSING), looks_at="pair", row_level=True
    ),
    "expect_column_pair_values_to_be_equal": Kind(_PAIR, _MISSING, looks_at="pair", row_level=True),
    "expect_column_pair_values_to_be_in_set": Kind(
        (*_PAIR, "value_pairs_set"), _MISSING, looks_at="any", row_level=True
    ),
    "expect_compound_columns_to_be_unique": Kind(
        ("column_list",), _MISSING, looks_at="any", row_level=True
    ),
}
