"""The labels of each dimension by columns of their table, in one pass: counts, spread, quartiles.

This is the one place where labels are counted: for a build, for what is left of a version under
some licences, and for whoever asks by other columns. Where the contract names the column of the
kind of label, people's labels, tags and computed values are counted apart. A label that is NaN or
infinite says nothing, as none does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.coverage.statistics import judge_families, kinds_of
from hueset.documents.verdicts import LabelFamily
from hueset.tables.sql import quote_identifier, quote_text
from hueset.tables.sql_session import EVERY_ROW, Statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from hueset.coverage.tables import CoverageTables
    from hueset.declaration import NumericCoverage

VALUES_AT_ONCE = 4_000_000
"""Labels that one statement holds in memory, for their quartiles and to see which differ."""

BINS = 20
"""Equal bins over 0..1; the last one includes 1."""

Key = tuple[str | None, ...]

# The band .4-.6 is the middle of the unit scale: labels there teach a model to answer `.5`.
# `count(DISTINCT …)` says the same as the unique values of the list, in twice the time.
_COUNTS = {
    "n": "count({v})",
    "distinct": "coalesce(list_unique(list({v})), 0)",
    "min": "min({v})",
    "max": "max({v})",
}
_LINEAR = {
    "mean": "avg({v})",
    "sd": "stddev_samp({v})",
    "quartiles": "quantile_disc({v}, [0.25, 0.5, 0.75])",
    "in_band": "count_if({v} BETWEEN 0.4 AND 0.6)",
    "at_point": "count_if({v} = 0.5)",
}
# An angle in turns: mean direction, and circular standard deviation sqrt(-2 ln R) in turns (Mardia,
# Jupp. Directional Statistics, 2000). It has no order, so no quartiles, and no middle.
_SIN, _COS = "avg(sin(2 * pi() * {v}))", "avg(cos(2 * pi() * {v}))"
_CIRCULAR = {
    "mean": f"CASE WHEN count({{v}}) > 0 THEN (atan2({_SIN}, {_COS}) / (2 * pi()) + 1) % 1 END",
    "sd": f"CASE WHEN count({{v}}) > 1 THEN sqrt(greatest(0, -2 * ln(greatest(1e-9, "
    f"sqrt({_SIN} ** 2 + {_COS} ** 2))))) / (2 * pi()) END",
}
_TAGS = {
    "low_tags": "count_if({v} < 0.5)",
    "high_tags": "count_if({v} > 0.5)",
}
_NUMBERS = (
    *("n", "distinct", "min", "max", "mean", "sd", "q25", "median", "q75"),
    *("neutral_band_share", "neutral_point_share"),
)
_BIN = (  # of a null `greatest` would make the lowest
    f"CASE WHEN {{v}} IS NOT NULL THEN least(greatest(floor({{v}} * {BINS}), -1), {BINS - 1})::INT "
    "END"
)


@dataclass(frozen=True)
class DimensionColumn:
    """A dimension as it is counted."""

    name: str
    circular: bool = False

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> DimensionColumn:
        """Return the dimension of an entry in the list of dimensions."""
        return cls(facts["name"], circular=bool(facts.get("circular")))


@dataclass(frozen=True)
class LabelRows:
    """The rows whose labels are counted.

    Attributes
    ----------
    tables
        The tables.
    numeric
        The contract.
    condition
        Only the rows of the wide table for which it holds; empty for all.
    """

    tables: CoverageTables
    numeric: NumericCoverage
    condition: Statement = EVERY_ROW

    def held(self, dimensions: Iterable[DimensionColumn]) -> list[DimensionColumn]:
        """Return the dimensions that have a column."""
        types = self.tables.shapes[self.numeric.table].types
        return [one for one in dimensions if one.name in types]

    def select(
        self,
        dimensions: Sequence[DimensionColumn],
        measures: Mapping[str, Sequence[str]],
        keys: Sequence[str],
        *,
        family: bool = True,
        aside: bool = False,
    ) -> Statement:
        """Return the statement with some measures of the values of each dimension, by columns.

        Parameters
        ----------
        measures
            Of each dimension by name what is measured, in SQL with `{v}` for its value. They come
            as `m0_0`, `m0_1` … of the first dimension, and so on.
        keys
            The columns to group by, as texts: `k0`, `k1` …
        family
            Whether to group by the family of the label's kind too: `family`.
        aside
            Whether to look at the units that are not judged, and at nothing else.
        """
        values = [
            f"CASE WHEN isfinite({name}::DOUBLE) THEN {name} END AS v{at}"
            for at, name in enumerate(quote_identifier(one.name) for one in dimensions)
        ]
        columns = [f"{quote_identifier(key)}::VARCHAR AS k{at}" for at, key in enumerate(keys)]
        groups = [f"k{at}" for at in range(len(keys))]
        if family and self.numeric.kind:
            columns.append(f"{self._family()} AS family")
            groups.append("family")
        told = [
            f"{one.format(v=f'v{number}')} AS m{number}_{at}"
            for number, dimension in enumerate(dimensions)
            for at, one in enumerate(measures[dimension.name])
        ]
        conditions = list(filter(None, [self._units(aside=aside), self.condition.sql]))
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        return Statement(
            f"SELECT {', '.join([*groups, *told])} FROM (SELECT {', '.join([*columns, *values])} "
            f"FROM {self.tables.relation(self.numeric.table)} {where})"
            + (f" GROUP BY {', '.join(groups)}" if groups else ""),
            self.condition.values,
        )

    def portions(self, dimensions: Sequence[DimensionColumn]) -> Iterator[list[DimensionColumn]]:
        """Cut dimensions into what one statement measures: one share per processor, at most."""
        if not dimensions:
            return
        table = self.tables.relation(self.numeric.table)
        (rows,) = self.tables.session.rows(f"SELECT count(*) AS n FROM {table}")
        share = math.ceil(len(dimensions) / self.tables.session.at_once)
        size = max(1, min(share, VALUES_AT_ONCE // max(1, rows["n"])))
        for start in range(0, len(dimensions), size):
            yield list(dimensions[start : start + size])

    def _family(self) -> str:
        kind = f"{quote_identifier(str(self.numeric.kind))}::VARCHAR"
        cases = " ".join(
            f"WHEN {kind} IN ({_listed(kinds_of(self.numeric, family))}) THEN {quote_text(family)}"
            for family in LabelFamily
            if kinds_of(self.numeric, family)
        )
        return f"CASE {cases} END"

    def _units(self, *, aside: bool) -> str:
        """Return the condition on the unit: labels whose text is not in the data are no labels."""
        if not self.numeric.excluded_kinds:
            return "false" if aside else ""
        unit = f"{quote_identifier(str(self.numeric.unit))}::VARCHAR"
        among = f"{unit} IN ({_listed(self.numeric.excluded_kinds)})"
        return among if aside else f"NOT {among}"


def group_labels(
    rows: LabelRows, dimensions: Sequence[DimensionColumn], keys: Sequence[str] = ()
) -> dict[str, dict[Key, dict[str, Any]]]:
    """Judge the labels of each dimension, in each group of rows.

    Parameters
    ----------
    rows
        What is counted.
    dimensions
        Of which dimensions; one without a column has no label.
    keys
        Columns of the wide table.

    Returns
    -------
    dict
        Dimension → group, as the texts of its columns, null last → verdict, reason and numbers, as
        `judge_families` gives them. A group without a label is not there; without keys there is
        one group, `()`, whatever it holds.
    """
    statements, portions = [], list(rows.portions(rows.held(dimensions)))
    for portion in portions:
        measures = {one.name: tuple(_measures(rows, one).values()) for one in portion}
        statements.append(rows.select(portion, measures, keys))
    found: dict[str, dict[Key, dict[str | None, dict[str, Any]]]] = {
        one.name: {} if keys else {(): {}} for one in dimensions
    }
    for portion, answer in zip(portions, rows.tables.session.rows_of_each(statements), strict=True):
        for row in answer:
            key = tuple(row[f"k{at}"] for at in range(len(keys)))
            for number, one in enumerate(portion):
                numbers = _numbers(row, number, _measures(rows, one))
                if numbers["n"]:
                    families = found[one.name].setdefault(key, {})
                    families[row.get("family")] = numbers
    return {
        name: {
            key: judge_families(groups[key], rows.numeric, empty=dict(_EMPTY))
            for key in sorted(groups, key=null_last)
        }
        for name, groups in found.items()
    }


def group_bins(
    rows: LabelRows, dimensions: Sequence[DimensionColumn], keys: Sequence[str] = ()
) -> dict[str, dict[Key, dict[str | None, dict[int, int]]]]:
    """Count the labels of each dimension in twenty equal bins over 0..1.

    Returns
    -------
    dict
        Dimension → group → family of the kind, None where no kinds are told apart or known → bin →
        labels. Bin -1 is all below 0; what is above 1 is in the last.
    """
    portions = list(rows.portions(rows.held(dimensions)))
    measure = (f"histogram({_BIN})",)
    statements = [rows.select(p, {one.name: measure for one in p}, keys) for p in portions]
    found: dict[str, dict[Key, dict[str | None, dict[int, int]]]] = {
        one.name: {} for one in dimensions
    }
    for portion, answer in zip(portions, rows.tables.session.rows_of_each(statements), strict=True):
        for row in answer:
            key = tuple(row[f"k{at}"] for at in range(len(keys)))
            for number, one in enumerate(portion):
                if row[f"m{number}_0"]:
                    families = found[one.name].setdefault(key, {})
                    families[row.get("family")] = row[f"m{number}_0"]
    return found


def judged_family(families: Collection[str | None]) -> str | None:
    """Return the family that is judged, of those that have a label: people's before all others."""
    return next((one for one in LabelFamily if one in families), None)


def count_not_finite(rows: LabelRows, dimensions: Sequence[DimensionColumn]) -> dict[str, int]:
    """Return how many labels of each dimension are NaN or infinite."""
    names = [one.name for one in rows.held(dimensions)]
    if not names:
        return {}
    odd = ", ".join(
        f"count(*) FILTER (NOT isfinite({quote_identifier(name)}::DOUBLE)) AS n{at}"
        for at, name in enumerate(names)
    )
    table = rows.tables.relation(rows.numeric.table)
    where = f" WHERE {rows.condition.sql}" if rows.condition.sql else ""
    sql = f"SELECT {odd} FROM {table}{where}"
    (told,) = rows.tables.session.rows(sql, rows.condition.values)
    return {name: told[f"n{at}"] for at, name in enumerate(names)}


def count_aside(
    rows: LabelRows, dimensions: Sequence[DimensionColumn]
) -> dict[str, dict[str, dict[str, int]]]:
    """Return the labels whose text is not in the data: dimension → unit → all, low, high half."""
    found: dict[str, dict[str, dict[str, int]]] = {one.name: {} for one in dimensions}
    held = rows.held(dimensions)
    if not held or not rows.numeric.excluded_kinds:
        return found
    measure = (_COUNTS["n"], *_TAGS.values())
    unit = [str(rows.numeric.unit)]
    measures = {one.name: measure for one in held}
    statement = rows.select(held, measures, unit, family=False, aside=True)
    for row in sorted(rows.tables.session.rows(*statement), key=lambda row: row["k0"]):
        for number, one in enumerate(held):
            n, low, high = (row[f"m{number}_{at}"] for at in range(3))
            if n:
                found[one.name][row["k0"]] = {"n": n, "low": low, "high": high}
    return found


def null_last(key: Sequence[str | None]) -> list[tuple[bool, str]]:
    """Return what to sort groups by: part after part, null after every text."""
    return [(part is None, part or "") for part in key]


def finite_or_null(value: Any) -> Any:
    """Return a value as JSON has it: a number that is not finite is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _measures(rows: LabelRows, dimension: DimensionColumn) -> dict[str, str]:
    shape = _CIRCULAR if dimension.circular else _LINEAR
    return {**_COUNTS, **shape, **(_TAGS if rows.numeric.kind else {})}


def _numbers(row: Mapping[str, Any], number: int, measures: Mapping[str, str]) -> dict[str, Any]:
    """Return the numbers of one dimension in one group by name."""
    told = {name: finite_or_null(row[f"m{number}_{at}"]) for at, name in enumerate(measures)}
    quartiles = told.pop("quartiles", None) or (None, None, None)
    told |= dict(zip(("q25", "median", "q75"), map(finite_or_null, quartiles), strict=True))
    if told["n"] and "in_band" in told:
        told["neutral_band_share"] = told["in_band"] / told["n"]
        told["neutral_point_share"] = told["at_point"] / told["n"]
    return {name: told.get(name) for name in _NUMBERS} | {
        name: told[name] for name in _TAGS if name in told
    }


_EMPTY = {name: 0 if name in {"n", "distinct"} else None for name in _NUMBERS}


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(quote_text, texts))
