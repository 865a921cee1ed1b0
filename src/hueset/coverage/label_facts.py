"""What the long table of labels knows of each dimension: kinds, raters, the standardised spread."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from hueset.coverage.label_groups import finite_or_null
from hueset.coverage.statistics import group_key
from hueset.declaration import LABEL_KINDS
from hueset.tables.sql import quote_identifier
from hueset.tables.sql_session import Statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from hueset.coverage.tables import CoverageTables


def describe_labels(
    tables: CoverageTables, labels: str | None, names: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Return what is known of the labels of each dimension.

    Parameters
    ----------
    tables
        The tables.
    labels
        The long table; None where there is none.
    names
        The dimensions.

    Returns
    -------
    dict
        Dimension → `label_kinds`, `unknown_kind_labels`, `raters` (how many people stand behind a
        label and how far apart they are, by source) and `z`. The spread is in units of the
        source's own scale, `low` to `high`; where labels are on several scales there is no spread
        over all of them.
    """
    if labels is None:
        nothing = {"label_kinds": {}, "unknown_kind_labels": 0, "raters": None, "z": None}
        return {name: dict(nothing) for name in names}
    table = tables.relation(labels)
    columns = tables.shapes[labels].types
    measured = _raters(columns)
    by_source = """"source"::VARCHAR AS source,
        string_agg(DISTINCT label_kind, ', ' ORDER BY label_kind) AS kinds"""
    statements = [
        f"""SELECT dimension, label_kind::VARCHAR AS kind, count(*) AS n
            FROM {table} GROUP BY 1, 2 ORDER BY 2""",
        f"""SELECT dimension, stddev_samp(z) AS sd,
            avg(CASE WHEN abs(z) <= 0.5 THEN 1.0 ELSE 0.0 END) AS middle
            FROM {table} WHERE z IS NULL OR isfinite(z::DOUBLE) GROUP BY 1""",
        f"SELECT dimension, {measured} FROM {table} GROUP BY 1",
    ]
    if "source" in columns:
        statements.append(
            f"SELECT dimension, {by_source}, {measured} FROM {table} GROUP BY 1, 2 ORDER BY 2"
        )
    answers = tables.session.rows_of_each([Statement(sql) for sql in statements])
    kinds, spread, pooled, *sources = (_by_dimension(answer) for answer in answers)
    return {
        name: {
            **_kinds(kinds[name]),
            "raters": _told(pooled[name], sources[0][name] if sources else []),
            "z": _spread(spread[name]),
        }
        for name in names
    }


def _raters(columns: Collection[str]) -> str:
    low, high, agreement = (
        quote_identifier(column) if column in columns else "NULL::DOUBLE"
        for column in ("raw_min", "raw_max", "agreement")
    )
    return f"""count(*) AS n, {_finite("avg", "n_raters")} AS mean,
        {_finite("avg", "rater_sd")} AS mean_sd, {_finite("min", low)} AS low,
        {_finite("max", high)} AS high, {_finite("avg", agreement)} AS agreement,
        count(DISTINCT ({low}, {high})) FILTER (rater_sd IS NOT NULL) AS scales"""


def _finite(measure: str, column: str) -> str:
    return f"{measure}({column}) FILTER (isfinite({column}::DOUBLE))"


def _by_dimension(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        name = str(row.pop("dimension"))
        found[name].append({key: finite_or_null(value) for key, value in row.items()})
    return found


def _kinds(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    kinds = {group_key(row["kind"]): row["n"] for row in rows}
    unknown = sum(n for kind, n in kinds.items() if kind not in LABEL_KINDS)
    return {"label_kinds": kinds, "unknown_kind_labels": unknown}


def _spread(rows: list[dict[str, Any]]) -> dict[str, Any]:
    row = rows[0] if rows else {"sd": None, "middle": None}
    return {"sd": row["sd"], "share_within_half": row["middle"]}


def _told(pooled: list[dict[str, Any]], sources: Iterable[dict[str, Any]]) -> dict[str, Any]:
    row = pooled[0] if pooled else {"mean": None, "mean_sd": None, "scales": 0}
    by_source = {}
    for source in sources:
        numbers = {key: one for key, one in source.items() if key not in {"scales", "source"}}
        by_source[group_key(source["source"])] = numbers
    return {
        "mean": row["mean"],
        "mean_sd": row["mean_sd"] if row["scales"] == 1 else None,
        "by_source": by_source,
    }
