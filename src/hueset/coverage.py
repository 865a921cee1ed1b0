"""The coverage contract: how many real labels each dimension has, and whether it can be trained.

A dimension is `absent` (no example), `thin` (too few), `neutral` (its labels do not vary enough to
teach anything) or `trainable`. The numbers are computed once, from the finished parquet, by
DuckDB; the same queries work on the views of the store. Only a dimension named in `required` can
fail a version, and only by being absent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hueset.builder import Finding
from hueset.spec import LABEL_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from hueset.spec import ClassCoverage, Dataset, Floors, NumericCoverage, PresenceCoverage

# The band .4-.6 is the middle of the unit scale: labels there teach a model to answer `.5`.
_STATISTICS = """
    count(v) AS n,
    count(DISTINCT v) AS "distinct",
    avg(v) AS mean,
    stddev_samp(v) AS sd,
    min(v) AS min,
    max(v) AS max,
    quantile_disc(v, 0.25) AS q25,
    quantile_disc(v, 0.5) AS median,
    quantile_disc(v, 0.75) AS q75,
    avg(CASE WHEN v BETWEEN 0.4 AND 0.6 THEN 1.0 WHEN v IS NULL THEN NULL ELSE 0.0 END)
        AS neutral_band_share,
    avg(CASE WHEN v = 0.5 THEN 1.0 WHEN v IS NULL THEN NULL ELSE 0.0 END) AS neutral_point_share
"""


def measure(
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
    con = _connect(tables)
    contract = dataset.coverage
    numeric = contract.numeric
    return {
        "dataset": dataset.name,
        "dimensions": _numeric(con, numeric, facts, dataset) if numeric else [],
        "floors": numeric.floors.model_dump(mode="json") if numeric else None,
        "classes": [_classes(con, one) for one in contract.classes],
        "presence": [_presence(con, one) for one in contract.presence],
    }


def judge(numbers: Mapping[str, Any], floors: Floors) -> tuple[str, str]:
    """Return the verdict on one set of labels, and its reason in plain words."""
    n = numbers["n"]
    if n == 0:
        return "absent", "no example"
    if n < floors.examples:
        return "thin", f"{n:,} examples, floor {floors.examples:,}"
    sd, band, point = numbers["sd"], numbers["neutral_band_share"], numbers["neutral_point_share"]
    faults = []
    if numbers["distinct"] < floors.distinct:
        faults.append(f"{numbers['distinct']} distinct values, floor {floors.distinct}")
    if sd is None or sd < floors.sd:
        faults.append(f"sd {sd or 0:.3f}, floor {floors.sd:g}")
    if band > floors.neutral_band_share:
        faults.append(f"{band:.0%} of labels in .4-.6, ceiling {floors.neutral_band_share:.0%}")
    if point > floors.neutral_point_share:
        faults.append(f"{point:.0%} exactly at .5, ceiling {floors.neutral_point_share:.0%}")
    if faults:
        return "neutral", "; ".join(faults)
    few = n < floors.examples_warn
    return "trainable", f"{n:,} examples" + (f", below {floors.examples_warn:,}" if few else "")


def findings(dataset: Dataset, coverage: Mapping[str, Any]) -> list[Finding]:
    """Return what the contract has to say to the gate."""
    told = []
    required = dataset.coverage.numeric.required if dataset.coverage.numeric else ()
    for dimension in coverage["dimensions"]:
        name, verdict, reason = (dimension[key] for key in ("name", "verdict", "reason"))
        if verdict == "absent" and name in required:
            told.append(
                Finding(
                    "coverage.required_dimension_absent",
                    "fail",
                    f"the required dimension {name} has no example",
                    examples=(name,),
                )
            )
        elif verdict in {"thin", "neutral"}:
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
        told.append(
            Finding(
                "coverage.absent",
                "warn",
                f"{len(absent)} of {len(coverage['dimensions'])} dimensions have no example at all",
                count=len(absent),
                examples=tuple(absent),
            )
        )
    for classes in coverage["classes"]:
        told += _class_findings(classes)
    return told


def _class_findings(classes: Mapping[str, Any]) -> list[Finding]:
    name, told = classes["name"], []
    for verdict in ("absent", "thin"):
        found = [c["class"] for c in classes["classes"] if c["verdict"] == verdict]
        required = [c for c in found if verdict == "absent" and c in classes["required"]]
        if required:
            message = f"{name}: no row of the required {', '.join(required)}"
            told.append(
                Finding("coverage.required_class_absent", "fail", message, examples=tuple(required))
            )
        rest = tuple(c for c in found if c not in required)
        if rest:
            what = "have no row" if verdict == "absent" else f"have under {classes['floor']} rows"
            message = f"{name}: {len(rest)} of {len(classes['classes'])} classes {what}"
            told.append(
                Finding(
                    f"coverage.class_{verdict}", "warn", message, count=len(rest), examples=rest
                )
            )
    if classes["undeclared"]:
        names = tuple(classes["undeclared"])
        message = f"{name}: values outside the declared list: {', '.join(names)}"
        told.append(Finding("coverage.undeclared_class", "fail", message, examples=names))
    return told


def _connect(tables: Mapping[str, Sequence[Path]]) -> duckdb.DuckDBPyConnection:
    import duckdb

    con = duckdb.connect(":memory:")
    # One thread: a float mean over several would differ in its last bits from run to run.
    con.execute("SET threads = 1")
    for name, files in tables.items():
        con.read_parquet([str(path) for path in files]).create_view(name)
    return con


def _numeric(
    con: duckdb.DuckDBPyConnection,
    numeric: NumericCoverage,
    facts: Mapping[str, Any],
    dataset: Dataset,
) -> list[dict[str, Any]]:
    columns = dataset.tables[numeric.table].columns
    split = dataset.tables[numeric.table].split
    made = []
    for declared in facts[numeric.dimensions]:
        name = declared["name"]
        column = f'"{name}"' if name in columns else "NULL::DOUBLE"
        sql = f"(SELECT {column} AS v, * FROM {numeric.table})"
        pooled = _rows(con, f"SELECT {_STATISTICS} FROM {sql}")[0]
        verdict, reason = judge(pooled, numeric.floors)
        by_source, by_split = {}, {}
        if numeric.source and pooled["n"]:
            for row in _grouped(con, sql, numeric.source):
                row["verdict"], row["reason"] = judge(row, numeric.floors)
                by_source[row.pop("group")] = row
        if split and pooled["n"]:
            by_split = {row["group"]: row["n"] for row in _grouped(con, sql, split)}
        made.append(
            {
                **declared,
                "verdict": verdict,
                "reason": reason,
                **pooled,
                "by_source": by_source,
                "by_split": by_split,
                "histogram": _histogram(con, sql) if pooled["n"] else [],
                **_label_facts(con, numeric, name),
            }
        )
    return made


def _grouped(con: duckdb.DuckDBPyConnection, sql: str, by: str) -> list[dict[str, Any]]:
    query = f'SELECT "{by}" AS "group", {_STATISTICS} FROM {sql} GROUP BY 1 HAVING n > 0 ORDER BY 1'
    return _rows(con, query)


def _histogram(con: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    """Return the counts of 20 equal bins over 0..1; the last one includes 1."""
    query = f"""SELECT least(floor(v * 20), 19)::INT AS bin, count(*) AS n
        FROM {sql} WHERE v IS NOT NULL GROUP BY 1"""
    counts = {row["bin"]: row["n"] for row in _rows(con, query)}
    return [counts.get(at, 0) for at in range(20)]


def _label_facts(
    con: duckdb.DuckDBPyConnection, numeric: NumericCoverage, name: str
) -> dict[str, Any]:
    """Return what the long table of labels knows: kinds, raters, and the standardised spread."""
    if numeric.labels is None:
        return {"label_kinds": {}, "unknown_kind_labels": 0, "raters": None, "z": None}
    where = f"FROM {numeric.labels} WHERE dimension = ?"
    kinds = _rows(
        con,
        f"SELECT label_kind AS kind, count(*) AS n {where} GROUP BY 1 ORDER BY 1",
        [name],
    )
    spread = _rows(
        con,
        f"""SELECT avg(n_raters) AS raters, avg(rater_sd) AS rater_sd,
            stddev_samp(z) AS sd, avg(CASE WHEN abs(z) <= 0.5 THEN 1.0 ELSE 0.0 END) AS middle
            {where}""",
        [name],
    )[0]
    label_kinds = {row["kind"]: row["n"] for row in kinds}
    return {
        "label_kinds": label_kinds,
        "unknown_kind_labels": sum(n for k, n in label_kinds.items() if k not in LABEL_KINDS),
        "raters": {"mean": spread["raters"], "mean_sd": spread["rater_sd"]},
        "z": {"sd": spread["sd"], "share_within_half": spread["middle"]},
    }


def _classes(con: duckdb.DuckDBPyConnection, declared: ClassCoverage) -> dict[str, Any]:
    by = f'"{declared.by}"' if declared.by else "NULL"
    rows = _rows(
        con,
        f"""SELECT "{declared.column}" AS class, {by} AS "group", count(*) AS n
            FROM {declared.table} WHERE class IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2""",
    )
    total = sum(row["n"] for row in rows)
    made = []
    for name in declared.classes:
        mine = [row for row in rows if row["class"] == name]
        n = sum(row["n"] for row in mine)
        verdict = "absent" if n == 0 else "thin" if n < declared.floor else "trainable"
        made.append(
            {
                "class": name,
                "n": n,
                "share": n / total if total else None,
                "verdict": verdict,
                "by": {str(row["group"]): row["n"] for row in mine} if declared.by else {},
            }
        )
    undeclared = sorted({str(row["class"]) for row in rows} - set(declared.classes))
    return {
        "name": declared.name,
        "table": declared.table,
        "column": declared.column,
        "by": declared.by,
        "floor": declared.floor,
        "required": list(declared.required),
        "labelled": total,
        "unlabelled": _rows(con, f"SELECT count(*) AS n FROM {declared.table}")[0]["n"] - total,
        "classes": made,
        "undeclared": undeclared,
    }


def _presence(con: duckdb.DuckDBPyConnection, declared: PresenceCoverage) -> dict[str, Any]:
    by = f'"{declared.by}"' if declared.by else "NULL"
    rows = _rows(
        con,
        f"""SELECT {by} AS "group", count(*) AS n, count(*) FILTER (WHERE {declared.present})
            AS present FROM {declared.table} GROUP BY 1 ORDER BY 1""",
    )
    n, present = sum(row["n"] for row in rows), sum(row["present"] for row in rows)
    share = present / n if n else None
    verdict = "absent" if not present else "thin" if share < declared.floor else "trainable"  # type: ignore[operator]
    return {
        "name": declared.name,
        "table": declared.table,
        "by": declared.by,
        "n": n,
        "present": present,
        "share": share,
        "verdict": verdict,
        "groups": {str(row["group"]): [row["present"], row["n"]] for row in rows}
        if declared.by
        else {},
    }


def _rows(
    con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    cursor = con.execute(sql, list(values))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    """Return a JSON value; a number that is not finite is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
