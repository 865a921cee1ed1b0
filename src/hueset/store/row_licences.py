"""Which rows carry which licences, where the sources of a dataset differ in theirs.

A row's licences are what its own column `licences` lists, or its column `licence` says; else those
of the row it belongs to, in a table with such a column whose key this table holds; else that of the
source its column `source` names; else, where all sources have one licence, that one. Where none of
this holds they are not told, and such a row is in no selection by licence. A row with several is in
a selection that names all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.declaration.licence_terms import UNTOLD, join_licences, split_expression
from hueset.tables.class_names import manifest_types, name_classes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from hueset.documents.manifest import Manifest, TableEntry

ONE, ALL = "licence", "licences"
"""The column that names one licence, and the one that lists all of them."""


def count_licences(manifest: Manifest, folder: Path) -> dict[str, dict[str, int]]:
    """Return the rows of each table by licence; `untold` where no licence is known.

    Several licences of a row are one expression, `A AND B`.

    Parameters
    ----------
    manifest
        A manifest with its `tables` and `sources`.
    folder
        The version's folder.
    """
    made = {}
    for name in manifest.tables:
        counts = row_licences(manifest, folder, name).fill_null(UNTOLD).value_counts(sort=True)
        pairs = sorted(counts.rows(), key=lambda pair: (-pair[1], pair[0]))
        made[name] = {str(licence): int(rows) for licence, rows in pairs}
    return made


def allowed_rows(
    manifest: Manifest, folder: Path, table: str, licences: Collection[str]
) -> pl.Series:
    """Return for each row of a table whether all of its licences are among those given."""
    found = row_licences(manifest, folder, table)
    whole = [
        name for name in found.drop_nulls().unique() if set(split_expression(name)) <= set(licences)
    ]
    return found.is_in(whole).fill_null(value=False)


def row_licences(manifest: Manifest, folder: Path, table: str) -> pl.Series:
    """Return the licence of each row of a table, in the order of its files; null where untold.

    Several of one row are joined by ` AND `, sorted.
    """
    tables = manifest.tables
    columns = tables[table].columns
    own = _own(columns)
    if own:
        return _told(_scan(manifest, folder, table).select(own).collect()[own])
    owner = _owner(tables, table)
    if owner:
        name, key = _own(tables[owner].columns) or ONE, tables[owner].key
        told = _scan(manifest, folder, owner).select([*key, name])
        rows = _scan(manifest, folder, table).select(key)
        joined_ = rows.join(told, on=key, how="left", maintain_order="left").collect()
        return _told(joined_[name])
    of_source = {source.name: source.licence for source in manifest.sources}
    if "source" in columns:
        named = _scan(manifest, folder, table).select(pl.col("source").cast(pl.String)).collect()
        found = named["source"].replace_strict(of_source, default=None, return_dtype=pl.String)
        if found.null_count() < len(found):
            return found.alias(ONE)
    licences = set(of_source.values())
    only = licences.pop() if len(licences) == 1 else None
    return pl.Series(ONE, [only] * tables[table].rows, dtype=pl.String)


def _own(columns: Collection[str]) -> str | None:
    """Return the column in which a table's rows say their licences themselves."""
    return next((name for name in (ALL, ONE) if name in columns), None)


def _owner(tables: Mapping[str, TableEntry], table: str) -> str | None:
    """Return the table with a licence per row whose key this table holds."""
    columns = tables[table].columns
    for name, told in tables.items():
        if _own(told.columns) and all(key in columns for key in told.key):
            return name
    return None


def _told(column: pl.Series) -> pl.Series:
    """Return licences as expressions; an empty list, or one with a hole in it, tells nothing."""
    if not isinstance(column.dtype, pl.List):
        return column.cast(pl.String).alias(ONE)
    lists = column.cast(pl.List(pl.String))
    expressions = {
        key: join_licences(names) if names and None not in names else None
        for names in lists.unique().to_list()
        if names is not None
        for key in ["\x00".join(name or "" for name in names)]
    }
    keys = lists.list.eval(pl.element().fill_null("")).list.join("\x00")
    return keys.replace_strict(expressions, default=None, return_dtype=pl.String).alias(ONE)


def _scan(manifest: Manifest, folder: Path, table: str) -> pl.LazyFrame:
    files = [folder / file.path for file in manifest.tables[table].files]
    rows = pl.scan_parquet(files, glob=False, hive_partitioning=False)
    return name_classes(rows, manifest_types(manifest.tables[table]))
