"""The rows that a finding of the gate names as its examples, for reading beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.tables.sql import quote_identifier, quote_path
from hueset_api.columns import ColumnOf, columns_of, plain_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.documents.gate_report import FindingEntry
    from hueset.store.store import StoredVersion
    from hueset_api.database import Database

MOST = 3
"""So many rows are shown of each finding."""

TELLING = 4
"""So many columns beside the key."""

DULL = ("_id", "_hash", "_raw", "licence")
"""Columns whose names end so say little to a reader."""


def rows_of(
    database: Database, version: StoredVersion, findings: Sequence[FindingEntry]
) -> list[dict[str, Any] | None]:
    """Return for each finding the first rows it names; None where it names none.

    Returns
    -------
    list
        Per finding `table`, `columns` and `rows`, each with `key`, what the finding calls it, and
        `values` in the order of the columns.
    """
    tables = version.manifest.tables
    first = next(iter(tables))
    wanted: dict[str, list[str]] = {}
    for finding in findings:
        if finding.table in tables:
            for table in dict.fromkeys((finding.table, first)):
                wanted.setdefault(table, []).extend(_example_names(finding))
    found = {
        table: _fetch_rows(database, version, table, list(dict.fromkeys(keys)))
        for table, keys in wanted.items()
        if keys and tables[table].rows
    }
    return [_finding_rows(version, found, finding) for finding in findings]


def _example_names(finding: FindingEntry) -> list[str]:
    return [str(key) for key in finding.examples[:MOST]]


def _fetch_rows(
    database: Database, version: StoredVersion, table: str, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return the first row of each name, by the name as it is written in the finding.

    The names are looked for in the columns of ids alone; the rest is read where they lie.
    """
    known = columns_of(version, table)
    key = version.manifest.tables[table].key
    ids = _ids(known, key)
    relation = quote_path(version.dataset, table)
    places = [f"{quote_identifier(name)}::VARCHAR" for name in ids]
    if any(" / " in name for name in names):
        places.append(" || ' / ' || ".join(f"{quote_identifier(name)}::VARCHAR" for name in key))
    marks = ", ".join("?" for _ in names)
    where = " OR ".join(f"{place} IN ({marks})" for place in places)
    columns = ", ".join(quote_identifier(name) for name in dict.fromkeys([*ids, *key]))
    hits = database.rows(
        version,
        f"SELECT {columns} FROM {relation} WHERE {where} LIMIT 1000",
        [name for _ in places for name in names],
    )
    keys: dict[str, tuple[Any, ...]] = {}
    for row in hits:
        told = {str(row[name]) for name in ids} | {" / ".join(str(row[name]) for name in key)}
        for name in told & set(names):
            keys.setdefault(name, tuple(row[part] for part in key))
    if not keys:
        return {}
    heads = list(dict.fromkeys(one[0] for one in keys.values()))
    picked = ", ".join(
        f"{known[name].sql} AS {quote_identifier(name)}" for name in _telling(known, key)
    )
    marks = ", ".join("?" for _ in heads)
    rows = database.rows(
        version,
        f"SELECT {picked} FROM {relation} WHERE {quote_identifier(key[0])} IN ({marks})",
        heads,
    )
    by_key = {tuple(row[part] for part in key): row for row in rows}
    return {name: by_key[one] for name, one in keys.items()}


def _ids(known: Mapping[str, ColumnOf], key: Sequence[str]) -> list[str]:
    """Return the columns whose values stand for a row: a later part of a key alone does not."""
    named = [name for name, one in known.items() if one.kind == "text" and name.endswith("_id")]
    return list(dict.fromkeys([key[0], *named]))


def _telling(known: Mapping[str, ColumnOf], key: Sequence[str]) -> list[str]:
    """Return the columns that are shown: the key, and the first that say something."""
    plain_ones = [
        name
        for name, column in known.items()
        if column.kind in {"text", "number", "class", "flag", "date"}
        and name not in key
        and not name.endswith(DULL)
    ]
    return [*key, *plain_ones[:TELLING]]


def _finding_rows(
    version: StoredVersion, found: Mapping[str, dict[str, dict[str, Any]]], finding: FindingEntry
) -> dict[str, Any] | None:
    """Return the rows from the finding's table, else from the first, whose ids others refer to."""
    for table in dict.fromkeys((finding.table or "", *found)):
        by_name = found.get(table, {})
        rows = [(name, by_name[name]) for name in _example_names(finding) if name in by_name]
        if rows and finding.table in version.manifest.tables:
            columns = _telling(columns_of(version, table), version.manifest.tables[table].key)
            return {
                "table": table,
                "columns": columns,
                "rows": [
                    {"key": name, "values": [plain_json(row[one]) for one in columns]}
                    for name, row in rows
                ],
            }
    return None
