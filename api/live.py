"""Coverage counted afresh from the parquet, grouped by dimension, split, source, value or kind.

The labels' long table answers where it has every column that is asked for; else the wide table
does, turned on its side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.coverage import judge
from hueset.errors import UsageError
from hueset.spec import Floors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.database import Database
    from hueset.spec import Dataset
    from hueset.store import Version

BY = ("dimension", "split", "source", "value", "label_kind")

SCALE = 10_000_000
"""Labels are summed as whole ten-millionths: sums of integers are the same in every order, so that
two scans by several threads give the same answer to the last digit."""

EXACT_BELOW = 100
"""Distinct values are estimated first, which is five times as fast, and counted where the estimate
is below this: the floor that is judged by is far lower."""

_STATISTICS = f"""count(v) AS n, approx_count_distinct(v) AS "distinct",
    sum(round(v * {SCALE})::BIGINT) AS total,
    sum(round(v * {SCALE})::BIGINT * round(v * {SCALE})::BIGINT) AS squares,
    count(v) FILTER (WHERE v BETWEEN 0.4 AND 0.6) / count(v)::DOUBLE AS neutral_band_share,
    count(v) FILTER (WHERE v = 0.5) / count(v)::DOUBLE AS neutral_point_share"""


@dataclass(frozen=True)
class _Place:
    """Where the labels of a version lie."""

    wide: str
    labels: str | None
    source: str | None
    split: str | None
    dimensions: tuple[str, ...]


def grouped(
    database: Database, version: Version, declared: Dataset | None, by: Sequence[str]
) -> dict[str, Any]:
    """Count the labels of a version by the columns asked for.

    Returns
    -------
    dict
        `by`, `groups` (one per combination that has a label, with counts, spread and verdict) and
        `classes` (the closed sets of classes by split and source, where asked for).

    Raises
    ------
    UsageError
        A column cannot be grouped by, or the version has nothing to count by it.
    """
    unknown = [name for name in by if name not in BY]
    if unknown:
        raise UsageError.unknown("column to count by", unknown[0], BY)
    place = _place(version, declared)
    groups = _groups(database, version, place, by) if place else []
    return {
        "dataset": version.dataset,
        "version": version.name,
        "by": list(by),
        "groups": groups,
        "classes": _classes(database, version, by),
    }


def _groups(
    database: Database, version: Version, place: _Place, by: Sequence[str]
) -> list[dict[str, Any]]:
    relation, columns = _relation(version, place, by)
    names = ", ".join(f"{columns[name]} AS {name}" for name in by)
    statistics = "count(v) AS n" if "value" in by else _STATISTICS
    order = ", ".join(str(at + 1) for at in range(len(by)))
    grouping = f"FROM {relation} WHERE v IS NOT NULL GROUP BY {order} ORDER BY {order}"
    rows = database.rows(version, f"SELECT {names}, {statistics} {grouping}")
    if "value" in by:
        return rows
    floors = Floors(**(version.coverage["floors"] or {}))
    if any(row["distinct"] < EXACT_BELOW for row in rows):
        exact = database.rows(version, f"SELECT {names}, count(DISTINCT v) AS n {grouping}")
        for row, one in zip(rows, exact, strict=True):
            row["distinct"] = one["n"]
    for row in rows:
        row["mean"], row["sd"] = _spread(row["n"], int(row.pop("total")), int(row.pop("squares")))
        row["verdict"], row["reason"] = judge(row, floors)
    return rows


def _spread(n: int, total: int, squares: int) -> tuple[float, float | None]:
    """Return mean and sample standard deviation from whole sums; the latter is null for one."""
    mean = total / n / SCALE
    if n < 2:
        return mean, None
    return mean, math.sqrt(max(squares * n - total * total, 0) / (n * (n - 1))) / SCALE


def _relation(version: Version, place: _Place, by: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the FROM clause with a column `v`, and the SQL of each column to group by."""
    tables = version.manifest["tables"]
    columns = {"dimension": "dimension", "value": "floor(least(v, 0.999) * 10) / 10"}
    if place.labels:
        has = tables[place.labels]["columns"]
        columns |= {n: f'"{n}"' for n in ("source", "split", "label_kind") if n in has}
        if set(by) <= set(columns):
            return (
                f'(SELECT *, "value" AS v FROM "{version.dataset}"."{place.labels}")',
                columns,
            )
    if "label_kind" in by:
        message = "the labels' kinds cannot be counted by " + " and ".join(
            name for name in by if name != "label_kind"
        )
        raise UsageError(message, hint="ask for by=dimension,source,label_kind")
    for name, column in (("source", place.source), ("split", place.split)):
        if name in by and column is None:
            message = f"the table {place.wide} has no column for the {name}"
            raise UsageError(message, hint="leave it out of by=", value=name)
    picked = ", ".join(f'"{name}"' for name in place.dimensions)
    kept = ", ".join(f'"{c}"' for c in dict.fromkeys((place.source, place.split)) if c)
    inner = (
        f'SELECT {", ".join(filter(None, (kept, picked)))} FROM "{version.dataset}"."{place.wide}"'
    )
    columns |= {"source": f'"{place.source}"', "split": f'"{place.split}"'}
    return f"(UNPIVOT ({inner}) ON {picked} INTO NAME dimension VALUE v)", columns


def _place(version: Version, declared: Dataset | None) -> _Place | None:
    """Find the tables of the labels: as declared, else by their columns."""
    labelled = [d["name"] for d in version.coverage["dimensions"] if d["n"]]
    if not labelled:
        return None
    tables = version.manifest["tables"]
    contract = declared.coverage.numeric if declared else None
    wide = contract.table if contract and contract.table in tables else None
    wide = wide or next(n for n, t in tables.items() if set(labelled) <= set(t["columns"]))
    labels = contract.labels if contract and contract.labels in tables else None
    source = contract.source if contract else "source"
    columns = tables[wide]["columns"]
    return _Place(
        wide,
        labels,
        source if source in columns else None,
        tables[wide]["split"],
        tuple(name for name in labelled if name in columns),
    )


def _classes(database: Database, version: Version, by: Sequence[str]) -> list[dict[str, Any]]:
    made = []
    for told in version.coverage["classes"]:
        table = version.manifest["tables"][told["table"]]
        group = {"class": told["column"]}
        if "split" in by and table["split"]:
            group["split"] = table["split"]
        if "source" in by and "source" in table["columns"] and told["column"] != "source":
            group["source"] = "source"
        names = ", ".join(f'"{column}" AS "{name}"' for name, column in group.items())
        order = ", ".join(str(at + 1) for at in range(len(group)))
        rows = database.rows(
            version,
            f'SELECT {names}, count(*) AS n FROM "{version.dataset}"."{told["table"]}" '
            f'WHERE "{told["column"]}" IS NOT NULL GROUP BY {order} ORDER BY {order}',
        )
        made.append({"name": told["name"], "by": list(group), "groups": rows})
    return made
