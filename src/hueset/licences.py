"""Which rows carry which licence, where the sources of a dataset differ in theirs.

A row's licence is what its own column `licence` says; else that of the row it belongs to, in a
table with such a column whose key this table holds; else that of the source its column `source`
names; else, where all sources have one licence, that one. Where none of this holds it is not told,
and such a row is in no selection by licence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COLUMN = "licence"


def count_licences(manifest: Mapping[str, Any], folder: Path) -> dict[str, dict[str, int]]:
    """Return the rows of each table by licence; `untold` where no licence is known.

    Parameters
    ----------
    manifest
        A manifest with its `tables` and `sources`.
    folder
        The version's folder.
    """
    made = {}
    for name in manifest["tables"]:
        counts = row_licences(manifest, folder, name).fill_null("untold").value_counts(sort=True)
        pairs = sorted(counts.rows(), key=lambda pair: (-pair[1], pair[0]))
        made[name] = {str(licence): int(rows) for licence, rows in pairs}
    return made


def row_licences(manifest: Mapping[str, Any], folder: Path, table: str) -> pl.Series:
    """Return the licence of each row of a table, in the order of its files; null where untold."""
    tables = manifest["tables"]
    columns = tables[table]["columns"]
    if COLUMN in columns:
        return _scan(manifest, folder, table).select(COLUMN).collect()[COLUMN].cast(pl.String)
    owner = _owner(tables, table)
    if owner:
        key = tables[owner]["key"]
        told = _scan(manifest, folder, owner).select([*key, COLUMN])
        rows = _scan(manifest, folder, table).select(key)
        joined = rows.join(told, on=key, how="left", maintain_order="left").collect()
        return joined[COLUMN].cast(pl.String)
    of_source = {source["name"]: source["licence"] for source in manifest["sources"]}
    if "source" in columns:
        named = _scan(manifest, folder, table).select(pl.col("source").cast(pl.String)).collect()
        found = named["source"].replace_strict(of_source, default=None, return_dtype=pl.String)
        if found.null_count() < len(found):
            return found.alias(COLUMN)
    licences = set(of_source.values())
    only = licences.pop() if len(licences) == 1 else None
    return pl.Series(COLUMN, [only] * tables[table]["rows"], dtype=pl.String)


def _owner(tables: Mapping[str, Any], table: str) -> str | None:
    """Return the table with a licence per row whose key this table holds."""
    columns = tables[table]["columns"]
    for name, told in tables.items():
        if COLUMN in told["columns"] and all(key in columns for key in told["key"]):
            return str(name)
    return None


def _scan(manifest: Mapping[str, Any], folder: Path, table: str) -> pl.LazyFrame:
    files = [folder / file["path"] for file in manifest["tables"][table]["files"]]
    return pl.scan_parquet(files, glob=False, hive_partitioning=False)
