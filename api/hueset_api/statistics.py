"""Statistics of a table's columns, from one scan of what each kind needs.

Quantiles are exact over at most a million values and estimated beyond; it says which. Audio is
measured by the first bytes of its FLAC, of at most a thousand rows; it says of how many.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hueset.tables.sql import quote_identifier, quote_path
from hueset_api.columns import ColumnOf, columns_of, plain_json

if TYPE_CHECKING:
    from hueset.store.store import StoredVersion
    from hueset_api.database import Database

EXACT_ROWS = 1_000_000
AUDIO_ROWS = 1_000
BINS = 20
TOP = 12
LISTED = 200
"""The frequent values are listed where there are at most so many."""

EXACT_DISTINCT = 1_000
"""Distinct values are estimated, and counted where the estimate is below this."""

SCALAR = ("number", "text", "flag", "class", "date")
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def of_table(database: Database, version: StoredVersion, table: str) -> dict[str, Any]:
    """Return statistics per column.

    Returns
    -------
    dict
        Per column `nulls`, `distinct` (of scalars; beyond a thousand an estimate, as
        `distinct_exact` says), and by kind: `quantiles`, `mean`, `histogram` (numbers), `lengths`
        (texts, lists), `values` (the most frequent), `bytes` and `duration_s` (media). Of floats
        also how many are `nan` and `infinite`: their spread is that of the others.
    """
    columns = columns_of(version, table)
    rows = version.manifest.tables[table].rows
    counted = _count_nulls(database, version, table, columns, rows)
    return {
        "dataset": version.dataset,
        "version": version.name,
        "table": table,
        "rows": rows,
        "columns": {
            name: {
                "type": column.type,
                "kind": column.kind,
                "unit": column.unit,
                "description": column.description,
                **counted[name],
                **_by_kind(database, version, table, column, rows, counted[name]),
            }
            for name, column in columns.items()
        },
    }


def _count_nulls(
    database: Database, version: StoredVersion, table: str, columns: dict[str, ColumnOf], rows: int
) -> dict[str, dict[str, Any]]:
    """Return nulls and distinct values of all columns, from one scan and a second of a few."""
    relation = quote_path(version.dataset, table)
    scalars = [name for name, column in columns.items() if column.kind in SCALAR]
    parts = [f'count({quote_identifier(name)}) AS "n{at}"' for at, name in enumerate(columns)]
    floats = [name for name, column in columns.items() if _is_float(column)]
    for at, name in enumerate(floats):
        value = f"{quote_identifier(name)}::DOUBLE"
        parts += [
            f'count(*) FILTER (isnan({value})) AS "nan{at}"',
            f'count(*) FILTER (isinf({value})) AS "infinite{at}"',
        ]
    parts += [
        f'approx_count_distinct({quote_identifier(name)}) AS "d{at}"'
        for at, name in enumerate(scalars)
    ]
    told = database.rows(version, f"SELECT {', '.join(parts)} FROM {relation}")[0]
    made: dict[str, dict[str, Any]] = {}
    for at, name in enumerate(columns):
        nulls = rows - told[f"n{at}"]
        made[name] = {"nulls": nulls, "null_share": nulls / rows if rows else None}
    for at, name in enumerate(floats):
        made[name] |= {"nan": told[f"nan{at}"], "infinite": told[f"infinite{at}"]}
    few = [name for at, name in enumerate(scalars) if told[f"d{at}"] < EXACT_DISTINCT]
    exact: dict[str, Any] = {}
    if few:
        parts = [
            f'count(DISTINCT {quote_identifier(name)}) AS "d{at}"' for at, name in enumerate(few)
        ]
        again = database.rows(version, f"SELECT {', '.join(parts)} FROM {relation}")[0]
        exact = {name: again[f"d{at}"] for at, name in enumerate(few)}
    for at, name in enumerate(scalars):
        # An estimate may come out above what is there.
        estimate = min(told[f"d{at}"], rows - made[name]["nulls"])
        made[name]["distinct"] = exact.get(name, estimate)
        made[name]["distinct_exact"] = name in exact
    return made


def _by_kind(
    database: Database,
    version: StoredVersion,
    table: str,
    column: ColumnOf,
    rows: int,
    counted: dict[str, Any],
) -> dict[str, Any]:
    relation = quote_path(version.dataset, table)
    name = quote_identifier(column.name)
    if counted["nulls"] == rows:
        return {}
    told: dict[str, Any] = {}
    if column.kind == "number":
        finite = f"CASE WHEN isfinite({name}) THEN {name} END" if _is_float(column) else name
        told = _spread(database, version, relation, finite, rows)
        told["histogram"] = _histogram(database, version, relation, name, told)
    elif column.kind in SCALAR:
        if counted["distinct"] <= LISTED:
            told["values"] = _frequent(database, version, relation, column)
        if column.kind == "text":
            told["lengths"] = _spread(database, version, relation, f"length({name})", rows)
    elif column.kind == "list":
        told["lengths"] = _spread(database, version, relation, f"len({name})", rows)
    elif column.kind == "media":
        told["bytes"] = _spread(database, version, relation, column.sql, rows)
        if column.type == "audio":
            told["duration_s"] = _durations(database, version, relation, name)
    return told


def _is_float(column: ColumnOf) -> bool:
    return column.kind == "number" and column.type.startswith("float")


def _spread(
    database: Database, version: StoredVersion, relation: str, sql: str, rows: int
) -> dict[str, Any]:
    """Return mean, standard deviation and quantiles of an expression."""
    exact = rows <= EXACT_ROWS
    function = "quantile_disc" if exact else "approx_quantile"
    points = ", ".join(str(q) for q in QUANTILES)
    told = database.rows(
        version,
        f"SELECT {function}(x, [{points}]) AS q, avg(x) AS mean, stddev_samp(x) AS sd "
        f"FROM (SELECT {sql} AS x FROM {relation}) WHERE x IS NOT NULL",
    )[0]
    return {
        "mean": _steady(told["mean"]),
        "sd": _steady(told["sd"]),
        "quantiles": {
            f"{q:g}": plain_json(value)
            for q, value in zip(QUANTILES, told["q"] or (), strict=False)
        },
        "exact": exact,
    }


def _steady(value: float | None) -> float | None:
    """Return a float without the last bits, which depend on how two threads shared the work."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.12g}")


def _histogram(
    database: Database, version: StoredVersion, relation: str, name: str, spread: dict[str, Any]
) -> dict[str, Any] | None:
    low, high = spread["quantiles"].get("0"), spread["quantiles"].get("1")
    if low is None or high is None or low == high:
        return None
    scaled = f"floor(({name} - ?) / (? - ?) * {BINS})"
    counts = database.rows(
        version,
        f"SELECT least(greatest({scaled}, 0), {BINS - 1})::INT AS bin, count(*) AS n "
        f"FROM {relation} WHERE isfinite({name}::DOUBLE) GROUP BY 1",
        [low, high, low],
    )
    by_bin = {row["bin"]: row["n"] for row in counts}
    return {"from": low, "to": high, "counts": [by_bin.get(at, 0) for at in range(BINS)]}


def _frequent(
    database: Database, version: StoredVersion, relation: str, column: ColumnOf
) -> list[dict[str, Any]]:
    name = quote_identifier(column.name)
    rows = database.rows(
        version,
        f"SELECT {name} AS value, count(*) AS n FROM {relation} WHERE {name} IS NOT NULL "
        f"GROUP BY 1 ORDER BY n DESC, value LIMIT {TOP}",
    )
    return [{"value": plain_json(row["value"]), "n": row["n"]} for row in rows]


def _durations(
    database: Database, version: StoredVersion, relation: str, name: str
) -> dict[str, Any]:
    """Return how long the audio is, by the stream info at the head of each FLAC."""
    rows = database.rows(
        version,
        f"SELECT {name}.bytes[1:42] AS head FROM {relation} WHERE {name}.bytes IS NOT NULL "
        f"LIMIT {AUDIO_ROWS}",
    )
    seconds = sorted(filter(None, (flac_seconds(bytes(row["head"])) for row in rows)))
    if not seconds:
        return {"measured": 0}
    return {
        "measured": len(seconds),
        "min": seconds[0],
        "median": seconds[len(seconds) // 2],
        "max": seconds[-1],
        "sum": sum(seconds),
    }


def flac_seconds(head: bytes) -> float | None:
    """Return the duration by a FLAC's STREAMINFO; None where the bytes are no FLAC.

    Layout: `fLaC`, a block header of four bytes, then from its tenth byte on 20 bits sample rate,
    3 channels, 5 depth, 36 bits number of samples (RFC 9639).
    """
    if len(head) < 26 or head[:4] != b"fLaC":
        return None
    packed = int.from_bytes(head[18:26], "big")
    rate, samples = packed >> 44, packed & 0xF_FFFF_FFFF
    return samples / rate if rate and samples else None
