"""The coverage contract: how many real labels each dimension has, and whether it can be trained.

A dimension is `absent` (no example), `thin` (too few), `neutral` (its labels do not vary enough to
teach anything) or `trainable`; where the kinds of label are declared also `positive_only` (tags of
one pole alone) or `computed` (see `hueset.coverage.statistics`). The numbers are computed once,
from the
finished parquet, by DuckDB; the same queries work on the views of the store. Only a dimension named
in `required` can fail a version, and only by being absent. Classes and presence are counted by
`hueset.coverage.classes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.builder import Finding
from hueset.coverage.classes import class_findings, measure_classes, measure_presence
from hueset.coverage.statistics import (
    group_key,
    judge_labels,
    kinds_of,
    not_finite,
    query_rows,
    sql_in,
    weigh_labels,
)
from hueset.declaration import LABEL_KINDS
from hueset.tables.class_names import declared_types, select_named
from hueset.tables.sql import Limits, add_parquet_view, open_database
from hueset.tables.sql import quote_identifier as _name
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from hueset.declaration import Dataset, NumericCoverage

__all__ = ["coverage_findings", "judge_labels", "measure_coverage"]


def measure_coverage(
    dataset: Dataset, facts: Mapping[str, Any], tables: Mapping[str, Sequence[Path]]
) -> dict[str, Any]:
    """Compute the coverage of finished tables.

    Parameters
    ----------
    dataset
        The declaration with its coverage contract.
    facts
        The declared tables of facts by file name; the list of dimensions is one of them.
    tables
        The parquet files of each table.

    Returns
    -------
    dict
        Strict JSON: `dimensions`, `classes`, `presence`. A share over nothing is null, a count
        over nothing is 0.
    """
    con = _connect(dataset, tables)
    contract = dataset.coverage
    numeric = contract.numeric
    return {
        "dataset": dataset.name,
        "dimensions": _numeric(con, numeric, facts, dataset) if numeric else [],
        "floors": numeric.floors.model_dump(mode="json") if numeric else None,
        "classes": [
            measure_classes(con, one, dataset.tables[one.table]) for one in contract.classes
        ],
        "presence": [measure_presence(con, one) for one in contract.presence],
    }


def coverage_findings(dataset: Dataset, coverage: Mapping[str, Any]) -> list[Finding]:
    """Return what the contract has to say to the gate."""
    told = []
    required = dataset.coverage.numeric.required if dataset.coverage.numeric else ()
    for dimension in coverage["dimensions"]:
        name, verdict, reason = (dimension[key] for key in ("name", "verdict", "reason"))
        lacking = dimension.get("judged", "human") != "human" or verdict == "absent"
        if lacking and name in required:
            what = "example" if verdict == "absent" else "human label"
            told.append(
                Finding(
                    "coverage.required_dimension_absent",
                    "fail",
                    f"the required dimension {name} has no {what}",
                    examples=(name,),
                )
            )
        elif verdict in {"thin", "neutral", "positive_only", "computed"}:
            told.append(
                Finding(f"coverage.{verdict}", "warn", f"{name}: {reason}", examples=(name,))
            )
        if dimension["unknown_kind_labels"]:
            count = dimension["unknown_kind_labels"]
            told.append(
                Finding(
                    "coverage.unknown_label_kind",
                    "fail",
                    f"{count} labels of {name} are of no known kind ({', '.join(LABEL_KINDS)})",
                    count=count,
                    examples=(name,),
                )
            )
    absent = [d["name"] for d in coverage["dimensions"] if d["verdict"] == "absent"]
    absent = [name for name in absent if name not in required]
    if absent:
        count = format_count(len(coverage["dimensions"]), "dimension")
        told.append(
            Finding(
                "coverage.absent",
                "warn",
                f"{len(absent)} of {count} have no example at all",
                count=len(absent),
                examples=tuple(absent),
            )
        )
    for classes in coverage["classes"]:
        told += class_findings(classes)
    return told


def _connect(dataset: Dataset, tables: Mapping[str, Sequence[Path]]) -> duckdb.DuckDBPyConnection:
    every = [path for files in tables.values() for path in files]
    # One thread: a float mean over several would differ in its last bits from run to run.
    con = open_database(every, limits=Limits(threads=1))
    for name, files in tables.items():
        # The contract names classes; the parquet holds their ids.
        select = select_named(declared_types(dataset.tables[name]))
        add_parquet_view(con, files, name, select=select)
    return con


def _numeric(
    con: duckdb.DuckDBPyConnection,
    numeric: NumericCoverage,
    facts: Mapping[str, Any],
    dataset: Dataset,
) -> list[dict[str, Any]]:
    columns = dataset.tables[numeric.table].columns
    split = dataset.tables[numeric.table].split
    lift = facts[numeric.recommendations] if numeric.recommendations else {}
    others = "".join(f", {_name(one)}" for one in columns if one != "v")
    made = []
    for declared in facts[numeric.dimensions]:
        name, circular = declared["name"], bool(declared.get("circular"))
        column = _name(name) if name in columns else "NULL::DOUBLE"
        # A label that is not finite says nothing, as none does; how many there are is told.
        table, finite = _name(numeric.table), f"isfinite({column}::DOUBLE)"
        every = f"(SELECT {column} AS v{others} FROM {table} WHERE {finite})"
        odd = query_rows(con, f"SELECT count(*) AS n FROM {table} WHERE NOT {finite}")[0]["n"]
        rows = _judged_rows(every, numeric)
        pooled = weigh_labels(con, rows, numeric, circular=circular)
        by = {
            told: _by(con, rows, numeric, column_of, circular=circular) if column_of else {}
            for told, column_of in (("by_source", numeric.source), ("by_unit", numeric.unit))
        }
        judged = _family_rows(rows, numeric, pooled.get("judged"))
        counted = (
            f'SELECT {_name(split)}::VARCHAR AS "group", count(*) AS n'
            f" FROM {judged} GROUP BY 1 ORDER BY 1"
            if split
            else ""
        )
        told = {
            **declared,
            **pooled,
            **by,
            "by_split": {group_key(row["group"]): row["n"] for row in query_rows(con, counted)}
            if split
            else {},
            "histogram": _histogram(con, judged) if pooled["n"] else [],
            **_label_facts(con, numeric, name, dataset),
        }
        if odd:
            told |= {"reason": f"{told['reason']}; {not_finite(odd)}", "not_finite": odd}
        if numeric.excluded_kinds:
            told["aside"] = _aside(con, every, numeric)
        if name in lift:
            told["lift"] = lift[name]
        made.append(told)
    return made


def _judged_rows(rows: str, numeric: NumericCoverage) -> str:
    """Return the rows that are judged: all but those whose text is not in the data."""
    if not numeric.excluded_kinds:
        return rows
    return f"(SELECT * FROM {rows} WHERE NOT {sql_in(str(numeric.unit), numeric.excluded_kinds)})"


def _family_rows(rows: str, numeric: NumericCoverage, family: str | None) -> str:
    if numeric.kind is None or family is None:
        return rows
    return f"(SELECT * FROM {rows} WHERE {sql_in(numeric.kind, kinds_of(numeric, family))})"


def _by(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    numeric: NumericCoverage,
    column: str,
    *,
    circular: bool,
) -> dict[str, Any]:
    """Judge the labels of each source, or of each unit, by themselves."""
    query = f"SELECT DISTINCT {_name(column)}::VARCHAR AS g FROM {rows} ORDER BY 1 NULLS LAST"
    made = {}
    for group in (row["g"] for row in query_rows(con, query)):
        mine = f"{_name(column)} IS NULL" if group is None else sql_in(column, [group])
        among_them = f"(SELECT * FROM {rows} WHERE {mine})"
        made[group_key(group)] = weigh_labels(con, among_them, numeric, circular=circular)
    return made


def _aside(
    con: duckdb.DuckDBPyConnection, rows: str, numeric: NumericCoverage
) -> dict[str, dict[str, int]]:
    """Return the labels whose text is not in the data: unit → low, high half and all."""
    counted = f"""SELECT {_name(str(numeric.unit))} AS unit, count(*) AS n,
        count(*) FILTER (v < 0.5) AS low, count(*) FILTER (v > 0.5) AS high
        FROM {rows} WHERE {sql_in(str(numeric.unit), numeric.excluded_kinds)}
        GROUP BY 1 ORDER BY 1"""
    return {row.pop("unit"): row for row in query_rows(con, counted)}


def _finite(measure: str, column: str) -> str:
    return f"{measure}({column}) FILTER (isfinite({column}::DOUBLE))"


def _histogram(con: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    """Return the counts of 20 equal bins over 0..1; the last one includes 1."""
    query = f"""SELECT least(floor(v * 20), 19)::INT AS bin, count(*) AS n
        FROM {sql} WHERE v IS NOT NULL GROUP BY 1"""
    counts = {row["bin"]: row["n"] for row in query_rows(con, query)}
    return [counts.get(at, 0) for at in range(20)]


def _label_facts(
    con: duckdb.DuckDBPyConnection, numeric: NumericCoverage, name: str, dataset: Dataset
) -> dict[str, Any]:
    """Return what the long table of labels knows: kinds, raters, and the standardised spread."""
    if numeric.labels is None:
        return {"label_kinds": {}, "unknown_kind_labels": 0, "raters": None, "z": None}
    where = f"FROM {_name(numeric.labels)} WHERE dimension = ?"
    kinds = query_rows(
        con,
        f"SELECT label_kind::VARCHAR AS kind, count(*) AS n {where} GROUP BY 1 ORDER BY 1",
        [name],
    )
    spread = query_rows(
        con,
        f"""SELECT stddev_samp(z) AS sd,
            avg(CASE WHEN abs(z) <= 0.5 THEN 1.0 ELSE 0.0 END) AS middle
            {where} AND (z IS NULL OR isfinite(z::DOUBLE))""",
        [name],
    )[0]
    label_kinds = {group_key(row["kind"]): row["n"] for row in kinds}
    return {
        "label_kinds": label_kinds,
        "unknown_kind_labels": sum(n for k, n in label_kinds.items() if k not in LABEL_KINDS),
        "raters": _raters(con, where, name, dataset.tables[numeric.labels].columns),
        "z": {"sd": spread["sd"], "share_within_half": spread["middle"]},
    }


def _raters(
    con: duckdb.DuckDBPyConnection, where: str, name: str, columns: Collection[str]
) -> dict[str, Any]:
    """Return how many people stand behind a label and how far apart they are, by source.

    The spread is in units of the source's own scale, `low` to `high`. Where labels are on several
    scales there is no spread over all of them.
    """
    low, high, agreement = (
        _name(column) if column in columns else "NULL::DOUBLE"
        for column in ("raw_min", "raw_max", "agreement")
    )
    measured = f"""count(*) AS n, {_finite("avg", "n_raters")} AS mean,
        {_finite("avg", "rater_sd")} AS mean_sd, {_finite("min", low)} AS low,
        {_finite("max", high)} AS high, {_finite("avg", agreement)} AS agreement,
        count(DISTINCT ({low}, {high})) FILTER (rater_sd IS NOT NULL) AS scales"""
    pooled = query_rows(con, f"SELECT {measured} {where}", [name])[0]
    by_source = {}
    if "source" in columns:
        query = f"""SELECT source::VARCHAR AS source,
            string_agg(DISTINCT label_kind, ', ' ORDER BY label_kind) AS kinds, {measured}
            {where} GROUP BY 1 ORDER BY 1"""
        for row in query_rows(con, query, [name]):
            row.pop("scales")
            by_source[group_key(row.pop("source"))] = row
    return {
        "mean": pooled["mean"],
        "mean_sd": pooled["mean_sd"] if pooled["scales"] == 1 else None,
        "by_source": by_source,
    }
