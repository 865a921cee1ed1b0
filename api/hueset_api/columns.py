"""What a client may do with a column: show it, filter by it, fetch it as media."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from hueset.declaration.column_types import (
    Audio,
    ClassOf,
    ListOf,
    Scalar,
    StructOf,
    Type,
    parse_type,
)
from hueset.errors import UnknownNameError
from hueset.tables.json_values import name_of_float
from hueset.tables.sql import quote_identifier
from hueset_api.addresses import service_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.documents.manifest import ColumnEntry
    from hueset.store.store import StoredVersion

Kind = Literal["number", "text", "flag", "date", "class", "list", "struct", "array", "media"]

LONG = 64
"""A fixed list longer than this is an array: left out of rows unless asked for by name."""

BINARY = ("binary", "large_binary")
TEXT = ("string", "large_string")


@dataclass(frozen=True)
class ColumnOf:
    """One column of a table of a version.

    Attributes
    ----------
    name
        Its name.
    type
        As declared.
    kind
        What may be done with it.
    sql
        How it is read; media give their size in bytes, so that no byte of them is sent by mistake.
    description, unit
        As declared.
    """

    name: str
    type: str
    kind: Kind
    sql: str
    description: str
    unit: str | None
    names: tuple[str, ...] = ()


def columns_of(version: StoredVersion, table: str) -> dict[str, ColumnOf]:
    """Return the columns of a table.

    Raises
    ------
    UnknownNameError
        No such table.
    """
    tables = version.manifest.tables
    if table not in tables:
        raise UnknownNameError.unknown("table", table, tables)
    return {name: _column(name, told) for name, told in tables[table].columns.items()}


def default_table(version: StoredVersion) -> str:
    """Return the table that is shown first: the first declared one that has rows."""
    tables = version.manifest.tables
    return next((name for name, told in tables.items() if told.rows), next(iter(tables)))


def key_text(key: list[str], row: Mapping[str, Any]) -> str:
    """Return a row's key as one text; the parts of a compound key stand between `~`."""
    return "~".join(str(row[name]) for name in key)


def media_link(version: StoredVersion, table: str, column: str, key: str) -> str:
    """Return where the bytes of a media column of a row are."""
    return service_link(
        f"/v1/datasets/{version.dataset}/media/{quote(key, safe='')}?table={table}"
        f"&column={column}&version={quote(version.name, safe='')}"
    )


def plain_json(value: Any) -> Any:
    """Return a value as strict JSON: dates are text, and so is what is not finite (`NaN`)."""
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else name_of_float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(one) for one in value]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return str(value)


def _column(name: str, told: ColumnEntry) -> ColumnOf:
    parsed = parse_type(told.type)
    kind = _kind(parsed)
    quoted = quote_identifier(name)
    sql = quoted
    if kind == "media":
        sql = (
            f"octet_length({quoted}.bytes)"
            if isinstance(parsed, Audio)
            else (f"octet_length({quoted})")
        )
    names = parsed.names if isinstance(parsed, ClassOf) else ()
    return ColumnOf(name, told.type, kind, sql, told.description, told.unit, names)


def _kind(parsed: Type) -> Kind:
    match parsed:
        case Audio():
            return "media"
        case ClassOf():
            return "class"
        case StructOf():
            return "struct"
        case ListOf(ListOf(), _):
            return "array"
        case ListOf(_, length):
            return "array" if length is not None and length > LONG else "list"
        case Scalar(name):
            if name in BINARY:
                return "media"
            if name in TEXT:
                return "text"
            return {"bool": "flag", "date32": "date"}.get(name, "number")  # type: ignore[return-value]
