"""Which Great Expectations types a suite may use: their arguments, and what each one looks at.

A closed list, so that each is tested against the library itself. Left out on purpose: types that
compare floats exactly (`expect_multicolumn_sum_to_equal`), that loop in Python over every row, that
need a second data source, and those whose work the engine's own invariants do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from hueset.gate.quantities import Quantity
from hueset.gate.values import Family

if TYPE_CHECKING:
    from collections.abc import Mapping

Looks = Literal["rows", "values", "pair", "any"]


class Argument(StrEnum):
    """What an argument means; `hueset.gate.arguments` checks each when a suite is loaded."""

    COLUMN = "a column"
    COLUMNS = "a list of columns"
    BOUND = "a number, date or text, as the column's type is"
    COUNT = "a whole number, 0 or more"
    SHARE = "a number from 0 to 1"
    FLAG = "true or false"
    MOSTLY = "the share that must hold, above 0 and up to 1"
    VALUES = "a list of values of the column; of a class, its names"
    PAIRS = "a list of pairs, each a value of column_A and one of column_B, or null"
    REGEX = "a regular expression, searched for anywhere in the text"
    QUANTILES = "`quantiles`, shares from 0 to 1, and `value_ranges`, a [low, high] for each"
    INTERPOLATION = "false, or how to take a quantile: lower, higher, nearest, linear, midpoint"
    IGNORE_PAIR = "both_values_are_missing (default), either_value_is_missing or neither"
    IGNORE_ROW = "all_values_are_missing (default), any_value_is_missing or never"


IGNORED_ROWS: dict[Argument, tuple[str, ...]] = {
    Argument.IGNORE_PAIR: ("both_values_are_missing", "either_value_is_missing", "neither"),
    Argument.IGNORE_ROW: ("all_values_are_missing", "any_value_is_missing", "never"),
}
"""What `ignore_row_if` may be: rows without any value (the default), with a null, or none."""

INTERPOLATIONS = ("lower", "higher", "nearest", "linear", "midpoint")

ANY = frozenset(Family)
PLAIN = ANY - {Family.OPAQUE}
NUMBERS = frozenset({Family.INTEGER, Family.FLOAT, Family.BOOL})
ORDERED = PLAIN - {Family.CLASS}


@dataclass(frozen=True)
class Kind:
    """One type of expectation.

    Attributes
    ----------
    required, optional
        Its arguments, and what each means.
    looks_at
        What counts as an evaluated element: `rows` every row, `values` the non-null values of the
        column, `pair` the rows that `ignore_row_if` leaves, unless none has both values, `any` the
        rows that it leaves, unless none has a value.
    row_level
        Whether it judges row by row, so that failing rows can be named.
    families
        The columns that it may be about.
    quantity
        What its range is held against; None where it has none.
    library
        Whether the library answers it rightly where `hueset.gate.answers` finds its columns and
        bounds to be such as pandas compares exactly. False: always `hueset.gate.exact`, as it is
        for every number that is computed (means, sums, shares) and would be rounded on the way.
    """

    required: Mapping[str, Argument]
    optional: Mapping[str, Argument] = field(default_factory=dict)
    looks_at: Looks = "values"
    row_level: bool = False
    families: frozenset[Family] = PLAIN
    quantity: Quantity | None = None
    library: bool = True

    @property
    def arguments(self) -> dict[str, Argument]:
        """Every argument it knows."""
        return {**self.required, **self.optional}


NOT_NULL = "expect_column_values_to_not_be_null"
ALL_NULL = "expect_column_values_to_be_null"
NOT_IN_SET = "expect_column_values_to_not_be_in_set"
COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list")
_COLUMN = {"column": Argument.COLUMN}
_MOSTLY = {"mostly": Argument.MOSTLY}
_PAIR = {"column_A": Argument.COLUMN, "column_B": Argument.COLUMN}
_PAIR_ROWS = {**_MOSTLY, "ignore_row_if": Argument.IGNORE_PAIR}
_SET = {**_COLUMN, "value_set": Argument.VALUES}
_FLAG_STRICTLY = {"strictly": Argument.FLAG}


def _range(of: Argument) -> dict[str, Argument]:
    flags = {"strict_min": Argument.FLAG, "strict_max": Argument.FLAG}
    return {"min_value": of, "max_value": of, **flags}


def _values(
    required: Mapping[str, Argument],
    optional: Mapping[str, Argument] | None = None,
    families: frozenset[Family] = PLAIN,
    *,
    quantity: Quantity | None = None,
    library: bool = True,
) -> Kind:
    """Return a type that judges each value of one column."""
    more = {**_MOSTLY, **(optional or {})}
    return Kind(
        required, more, row_level=True, families=families, quantity=quantity, library=library
    )


def _aggregate(
    of: Argument,
    quantity: Quantity,
    families: frozenset[Family] = PLAIN,
    looks: Looks = "values",
    *,
    library: bool = False,
) -> Kind:
    """Return a type that holds one number (or value) drawn from a column against a range."""
    return Kind(
        _COLUMN,
        _range(of),
        looks_at=looks,
        families=families,
        quantity=quantity,
        library=library,
    )


_TEXT = frozenset({Family.TEXT})
_WRITTEN = PLAIN - {Family.FLOAT, Family.BOOL}
_NULLS = Kind(_COLUMN, _MOSTLY, looks_at="rows", row_level=True, families=ANY)

KINDS: dict[str, Kind] = {
    "expect_table_row_count_to_be_between": Kind(
        {}, _range(Argument.COUNT), looks_at="rows", quantity=Quantity.ROWS
    ),
    "expect_table_row_count_to_equal": Kind(
        {"value": Argument.COUNT}, looks_at="rows", quantity=Quantity.ROWS
    ),
    NOT_NULL: _NULLS,
    ALL_NULL: _NULLS,
    "expect_column_values_to_be_between": _values(
        _COLUMN, _range(Argument.BOUND), ORDERED, quantity=Quantity.VALUE
    ),
    "expect_column_values_to_be_in_set": _values(_SET),
    NOT_IN_SET: _values(_SET),
    "expect_column_values_to_be_unique": _values(_COLUMN),
    "expect_column_values_to_match_regex": _values(
        {**_COLUMN, "regex": Argument.REGEX}, families=_WRITTEN
    ),
    "expect_column_values_to_not_match_regex": _values(
        {**_COLUMN, "regex": Argument.REGEX}, families=_WRITTEN
    ),
    "expect_column_value_lengths_to_be_between": _values(
        _COLUMN, _range(Argument.COUNT), _TEXT, quantity=Quantity.LENGTH
    ),
    "expect_column_value_lengths_to_equal": _values(
        {**_COLUMN, "value": Argument.COUNT}, families=_TEXT, quantity=Quantity.LENGTH
    ),
    # Differences of neighbours, by which the library judges, wrap, or are none: inf after inf.
    "expect_column_values_to_be_increasing": _values(
        _COLUMN, _FLAG_STRICTLY, ORDERED, library=False
    ),
    "expect_column_values_to_be_decreasing": _values(
        _COLUMN, _FLAG_STRICTLY, ORDERED, library=False
    ),
    "expect_column_min_to_be_between": _aggregate(
        Argument.BOUND, Quantity.VALUE, ORDERED, library=True
    ),
    "expect_column_max_to_be_between": _aggregate(
        Argument.BOUND, Quantity.VALUE, ORDERED, library=True
    ),
    "expect_column_mean_to_be_between": _aggregate(Argument.BOUND, Quantity.MIDDLE, NUMBERS),
    "expect_column_median_to_be_between": _aggregate(Argument.BOUND, Quantity.MIDDLE, NUMBERS),
    "expect_column_stdev_to_be_between": _aggregate(Argument.BOUND, Quantity.SPREAD, NUMBERS),
    "expect_column_sum_to_be_between": _aggregate(Argument.BOUND, Quantity.SUM, NUMBERS),
    # The library lets a quantile miss its range by a ten-thousandth.
    "expect_column_quantile_values_to_be_between": Kind(
        {**_COLUMN, "quantile_ranges": Argument.QUANTILES},
        {"allow_relative_error": Argument.INTERPOLATION},
        families=ORDERED - {Family.TEXT},
        quantity=Quantity.MIDDLE,
        library=False,
    ),
    # The library does not say which values it saw where they are not those of the set.
    "expect_column_distinct_values_to_be_in_set": Kind(_SET, library=False),
    "expect_column_distinct_values_to_contain_set": Kind(_SET, library=False),
    "expect_column_distinct_values_to_equal_set": Kind(_SET, library=False),
    "expect_column_most_common_value_to_be_in_set": Kind(_SET, {"ties_okay": Argument.FLAG}),
    "expect_column_unique_value_count_to_be_between": _aggregate(
        Argument.COUNT, Quantity.DISTINCT, library=True
    ),
    "expect_column_proportion_of_unique_values_to_be_between": _aggregate(
        Argument.SHARE, Quantity.DISTINCT_SHARE
    ),
    "expect_column_proportion_of_non_null_values_to_be_between": _aggregate(
        Argument.SHARE, Quantity.SHARE, ANY, "rows"
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": Kind(
        _PAIR,
        {"or_equal": Argument.FLAG, **_PAIR_ROWS},
        looks_at="pair",
        row_level=True,
        families=ORDERED,
    ),
    "expect_column_pair_values_to_be_equal": Kind(
        _PAIR, _PAIR_ROWS, looks_at="pair", row_level=True
    ),
    "expect_column_pair_values_to_be_in_set": Kind(
        {**_PAIR, "value_pairs_set": Argument.PAIRS}, _PAIR_ROWS, looks_at="any", row_level=True
    ),
    "expect_compound_columns_to_be_unique": Kind(
        {"column_list": Argument.COLUMNS},
        {**_MOSTLY, "ignore_row_if": Argument.IGNORE_ROW},
        looks_at="any",
        row_level=True,
    ),
}
