"""Rows of a table, a page at a time: filtered by declared columns, media as links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hueset.errors import ParameterError, UnknownNameError, UsageError
from hueset.tables.sql import quote_identifier, quote_path
from hueset_api.addresses import service_link
from hueset_api.columns import ColumnOf, columns_of, key_text, media_link, plain_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.store.store import StoredVersion
    from hueset_api.database import Database

OPERATORS = {
    "eq": "=",
    "ne": "IS DISTINCT FROM",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "contains": "contains",
    "null": "IS NULL",
    "notnull": "IS NOT NULL",
}


ORDERING = ("lt", "le", "gt", "ge")

LONGEST_INTEGER = 40
"""Characters, signs and leading zeros with them."""


@dataclass(frozen=True)
class Ask:
    """Which rows are asked for.

    Attributes
    ----------
    table
        The table.
    filters
        `column:operator:value`, all of which must hold.
    find
        A key, or an id, that a row must have.
    columns
        The columns to show; empty for all that are not arrays.
    limit, offset
        The page.
    """

    table: str
    filters: tuple[str, ...] = ()
    find: str | None = None
    columns: tuple[str, ...] = ()
    limit: int = 50
    offset: int = 0


def read_row_page(database: Database, version: StoredVersion, ask: Ask) -> dict[str, Any]:
    """Return a page of rows in the order of the files, which is that of the key.

    Raises
    ------
    UnknownNameError
        No such table or column.
    UsageError
        A filter cannot be understood.
    """
    known = columns_of(version, ask.table)
    key = list(version.manifest.tables[ask.table].key)
    shown = _columns_to_show(known, ask.columns)
    where, values = _where(known, key, ask)
    relation = quote_path(version.dataset, ask.table)
    total = database.rows(version, f"SELECT count(*) AS n FROM {relation}{where}", values)[0]["n"]
    picked = list(dict.fromkeys([*key, *shown]))
    names = ", ".join(f"{known[name].sql} AS {quote_identifier(name)}" for name in picked)
    rows = database.rows(
        version,
        f"SELECT {names} FROM {relation}{where} LIMIT ? OFFSET ?",
        [*values, ask.limit, ask.offset],
    )
    after = ask.offset + len(rows)
    return {
        "dataset": version.dataset,
        "version": version.name,
        "table": ask.table,
        "total": total,
        "limit": ask.limit,
        "offset": ask.offset,
        "columns": shown,
        "left_out": [name for name in known if name not in shown],
        "rows": [_row_document(version, ask.table, known, key, shown, row) for row in rows],
        "next": _next(version, ask, after) if rows and after < total else None,
    }


def _columns_to_show(known: dict[str, ColumnOf], asked: Sequence[str]) -> list[str]:
    for name in asked:
        if name not in known:
            raise UnknownNameError.unknown("column", name, known)
    if asked:
        return list(dict.fromkeys(asked))
    return [name for name, column in known.items() if column.kind != "array"]


def _where(known: dict[str, ColumnOf], key: list[str], ask: Ask) -> tuple[str, list[Any]]:
    parts, values = read_filters(known, ask.filters)
    if ask.find is not None:
        part, bound = _finding(known, key, ask.find)
        parts.append(part)
        values += bound
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def read_filters(
    known: Mapping[str, ColumnOf], filters: Sequence[str]
) -> tuple[list[str], list[Any]]:
    """Return the conditions of filters `column:operator:value`, and what they are compared with.

    Raises
    ------
    UnknownNameError
        No such column.
    UsageError
        A filter cannot be understood.
    """
    parts: list[str] = []
    values: list[Any] = []
    for text in filters:
        name, _, rest = text.partition(":")
        operator, _, value = rest.partition(":")
        if name not in known:
            raise UnknownNameError.unknown("column", name, known)
        if operator not in OPERATORS:
            raise UsageError.unknown("operator", operator, OPERATORS, where=f"filter {text!r}")
        part, bound = _condition(known[name], operator, value)
        parts.append(part)
        values += bound
    return parts, values


def _condition(column: ColumnOf, operator: str, value: str) -> tuple[str, list[Any]]:
    quoted = quote_identifier(column.name)
    if operator in {"null", "notnull"}:
        return f"{quoted} {OPERATORS[operator]}", []
    if column.kind == "list" and operator == "contains":
        return f"list_contains({quoted}::VARCHAR[], ?)", [value]
    if column.kind in {"list", "struct", "array", "media"}:
        message = f"the column {column.name} ({column.type}) cannot be compared"
        hint = "filter it by null, notnull" + (", contains" if column.kind == "list" else "")
        raise UsageError(message, hint=hint, value=operator)
    if column.kind == "class" and operator in ORDERING:
        message = f"the classes of {column.name} have no order"
        raise UsageError(
            message, hint="filter it by eq, ne, contains, null, notnull", value=operator
        )
    if operator == "contains":
        return f"contains(lower({quoted}::VARCHAR), lower(?))", [value]
    return f"{quoted} {OPERATORS[operator]} ?", [_parse_value(column, value)]


def _parse_value(column: ColumnOf, value: str) -> Any:
    """Read a value as the column's type."""
    if column.kind == "class":
        if value not in column.names:
            raise UnknownNameError.unknown(f"class of {column.name}", value, column.names)
        return value
    if column.kind == "flag":
        if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        message = f"the column {column.name} is true or false, not {value!r}"
        raise UsageError(message, value=value)
    if column.kind == "number":
        try:
            return float(value) if column.type.startswith("float") else _integer(column, value)
        except ValueError as error:
            if isinstance(error, UsageError):
                raise
            message = (
                f"the column {column.name} holds {column.type}, {shorten_text(value)!r} is none"
            )
            raise UsageError(message, value=value) from error
    if column.kind == "date":
        return _day(column, value)
    return value


def _integer(column: ColumnOf, value: str) -> int:
    """Read an integer that a column of integers could hold; Python itself refuses 5,000 digits."""
    if len(value) > LONGEST_INTEGER or not -(2**63) <= int(value) < 2**64:
        message = f"no column of integers holds {shorten_text(value)}, as {column.name} is one"
        hint = "compare with a number between -9223372036854775808 and 18446744073709551615"
        raise ParameterError(message, hint=hint, value=value)
    return int(value)


def shorten_text(text: str, length: int = 40) -> str:
    """Return the beginning of a text that somebody sent, for a message."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters)"


def _day(column: ColumnOf, value: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(value)
    except ValueError as error:
        message = f"the column {column.name} holds dates (2026-11-21), {value!r} is none"
        raise UsageError(message, value=value) from error


def _finding(known: dict[str, ColumnOf], key: list[str], wanted: str) -> tuple[str, list[Any]]:
    """Return the condition for a key, written as a finding of the gate or a link writes it."""
    for between in ("~", " / "):
        parts = wanted.split(between)
        if len(key) > 1 and len(parts) == len(key):
            return " AND ".join(f"{quote_identifier(name)}::VARCHAR = ?" for name in key), list(
                parts
            )
    ids = [n for n, c in known.items() if c.kind == "text" and (n in key or n.endswith("_id"))]
    names = list(dict.fromkeys([*key, *ids]))
    return (
        "(" + " OR ".join(f"{quote_identifier(name)}::VARCHAR = ?" for name in names) + ")",
        [wanted] * len(names),
    )


def _row_document(
    version: StoredVersion,
    table: str,
    known: dict[str, ColumnOf],
    key: list[str],
    shown: list[str],
    row: dict[str, Any],
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in shown:
        value, column = row[name], known[name]
        if column.kind == "media":
            made[name] = (
                {"bytes": value, "href": media_link(version, table, name, key_text(key, row))}
                if value is not None
                else None
            )
        else:
            made[name] = plain_json(value)
    return made


def _next(version: StoredVersion, ask: Ask, offset: int) -> str:
    query: list[tuple[str, Any]] = [("table", ask.table), ("version", version.name)]
    query += [("filter", text) for text in ask.filters]
    query += [("find", ask.find)] if ask.find is not None else []
    query += [("columns", ",".join(ask.columns))] if ask.columns else []
    query += [("limit", ask.limit), ("offset", offset)]
    return service_link(f"/v1/datasets/{version.dataset}/rows?{urlencode(query)}")
