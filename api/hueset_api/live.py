"""Coverage counted afresh from the parquet, grouped by dimension, split, source, value or kind.

The labels' long table answers where it has every column that is asked for; else the wide table
does, turned on its side.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.coverage.measure import judge_labels
from hueset.declaration import Floors
from hueset.errors import UsageError
from hueset.tables.sql import quote_identifier, quote_path
from hueset_api.counting import Asked, Block, null_last

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.declaration import Dataset
    from hueset.store.store import Version
    from hueset_api.database import Database

BY = ("dimension", "split", "source", "value", "label_kind")

DECIMALS = 12
"""Means and spreads are told so far: beyond it lies what the order of adding up leaves."""

MIDDLE = (0.4, 0.6)
"""The band in which a label says next to nothing."""


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
    table, asked = _asked(version, place, [name for name in by if name != "value"])
    blocks = database.counted(version, table, asked)
    if "value" in by:
        return _by_value(blocks, by)
    floors = Floors(**(version.coverage["floors"] or {}))
    rows = []
    for block in blocks:
        for group, numbers in zip(block.groups, _numbers(block), strict=True):
            verdict, reason = judge_labels(numbers, floors)
            named = dict(zip(by, group, strict=True))
            rows.append({**named, **numbers, "verdict": verdict, "reason": reason})
    return rows


def _asked(version: Version, place: _Place, by: Sequence[str]) -> tuple[str, Asked]:
    """Return the table to count in, and what."""
    tables = version.manifest["tables"]
    if place.labels:
        has = {
            "dimension",
            *({"source", "split", "label_kind"} & set(tables[place.labels]["columns"])),
        }
        if set(by) <= has:
            return place.labels, Asked(tuple(by), ("value",))
    if "label_kind" in by:
        message = "the labels' kinds cannot be counted by " + " and ".join(
            name for name in by if name != "label_kind"
        )
        raise UsageError(message, hint="ask for by=dimension,source,label_kind")
    columns = {"dimension": None, "source": place.source, "split": place.split}
    for name in by:
        if name != "dimension" and columns[name] is None:
            message = f"the table {place.wide} has no column for the {name}"
            raise UsageError(message, hint="leave it out of by=", value=name)
    return place.wide, Asked(tuple(columns[name] for name in by), place.dimensions)


def _numbers(block: Block) -> list[dict[str, Any]]:
    """Return count, spread and the shares of the middle of each group."""
    values, table = block.values, block.table.astype("float64")
    n = block.table.sum(axis=1)
    mean = (table * values).sum(axis=1) / n
    squares = (table * (values - mean[:, None]) ** 2).sum(axis=1)
    among = (values >= MIDDLE[0]) & (values <= MIDDLE[1])
    columns = {
        "n": n,
        "distinct": np.count_nonzero(table, axis=1),
        "neutral_band_share": table[:, among].sum(axis=1) / n,
        "neutral_point_share": table[:, values == 0.5].sum(axis=1) / n,
        "mean": mean.round(DECIMALS),
        "sd": np.sqrt(squares / np.maximum(n - 1, 1)).round(DECIMALS),
    }
    rows = [
        dict(zip(columns, row, strict=True))
        for row in zip(*(one.tolist() for one in columns.values()), strict=True)
    ]
    return [{**row, "sd": row["sd"] if row["n"] > 1 else None} for row in rows]


def _by_value(blocks: Sequence[Block], by: Sequence[str]) -> list[dict[str, Any]]:
    """Return how many labels of each group lie in each tenth of the scale; 1 is in the last."""
    at = list(by).index("value")
    tally: Counter[tuple[Any, ...]] = Counter()
    for block in blocks:
        tenths = np.floor(np.minimum(block.values, 0.999) * 10) / 10
        for tenth in np.unique(tenths).tolist():
            found = block.table[:, tenths == tenth].sum(axis=1).tolist()
            for group, n in zip(block.groups, found, strict=True):
                tally[*group[:at], tenth, *group[at:]] += n
    return [
        {**dict(zip(by, group, strict=True)), "n": n}
        for group, n in sorted(tally.items(), key=lambda item: null_last(item[0]))
        if n
    ]


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
        names = ", ".join(
            f"{quote_identifier(column)} AS {quote_identifier(name)}"
            for name, column in group.items()
        )
        order = ", ".join(str(at + 1) for at in range(len(group)))
        rows = database.rows(
            version,
            f"SELECT {names}, count(*) AS n FROM {quote_path(version.dataset, told['table'])} "
            f"WHERE {quote_identifier(told['column'])} IS NOT NULL "
            f"GROUP BY {order} ORDER BY {order}",
        )
        made.append({"name": told["name"], "by": list(group), "groups": rows})
    return made
