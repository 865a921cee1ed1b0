"""Media of a row: the bytes as they were built, whole or a range of them."""

from __future__ import annotations

import hashlib
import re
import sys
from typing import TYPE_CHECKING

from hueset.errors import UnknownNameError, UsageError
from hueset.tables.sql import quote_identifier, quote_path
from hueset_api.columns import columns_of
from hueset_api.problems import UnsatisfiableRangeError
from hueset_api.row_pages import shorten_text

if TYPE_CHECKING:
    from hueset.store.store import StoredVersion
    from hueset_api.database import Database

MAGIC = (
    (b"fLaC", "audio/flac"),
    (b"MThd", "audio/midi"),
    (b"RIFF", "audio/wav"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x89PNG", "image/png"),
)
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)\Z")
_MANY_DIGITS = 19
"""A number of more is beyond the end of anything, and Python refuses to read one of 5,000."""


def fetch_media(
    database: Database, version: StoredVersion, table: str | None, column: str | None, key: str
) -> bytes:
    """Return the bytes of one media column of one row.

    Parameters
    ----------
    table, column
        Where they lie; by default the first media column that the version has.
    key
        The row's key; the parts of a compound one stand between `~`.

    Raises
    ------
    UnknownNameError
        No such table, column or row, or the row has none.
    """
    table, column = _place(version, table, column)
    told = version.manifest.tables[table]
    parts = key.split("~") if len(told.key) > 1 else [key]
    if len(parts) != len(told.key):
        message = f"the key {key!r} has {len(parts)} parts, expected {', '.join(told.key)}"
        raise UsageError(message, hint="write the parts of a compound key with ~ between them")
    kind = columns_of(version, table)[column]
    quoted = quote_identifier(column)
    value = f"{quoted}.bytes" if kind.type == "audio" else quoted
    where = " AND ".join(_equals(told.columns[name].type, name) for name in told.key)
    rows = database.rows(
        version,
        f"SELECT {value} AS data FROM {quote_path(version.dataset, table)} WHERE {where} LIMIT 1",
        parts,
    )
    if not rows:
        message = f"{table} has no row with the key {key!r}"
        raise UnknownNameError(message, hint=f"see /v1/datasets/{version.dataset}/rows", value=key)
    if rows[0]["data"] is None:
        raise UnknownNameError(f"the row {key!r} of {table} has no {column}", value=key)
    return bytes(rows[0]["data"])


def media_type(data: bytes) -> str:
    """Return what bytes are, by their first ones."""
    for magic, kind in MAGIC:
        if data.startswith(magic):
            return kind
    return "application/octet-stream"


def etag_of(data: bytes) -> str:
    """Return the strong ETag of bytes."""
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def part_of(header: str | None, if_range: str | None, etag: str, size: int) -> range | None:
    """Return the bytes that a `Range` header asks for; None for the whole.

    More than one range, another unit, and a range of something that has changed give the whole, as
    RFC 9110 allows.

    Raises
    ------
    UnsatisfiableRangeError
        It begins beyond the end.
    """
    if header is None or (if_range is not None and if_range != etag):
        return None
    found = _RANGE.match(header.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        wanted = min(_number(last), size)
        if not wanted:
            raise _beyond(header, size)
        return range(size - wanted, size)
    start, stop = _number(first), min(_number(last), size - 1) + 1 if last else size
    if start >= size:
        raise _beyond(header, size)
    return range(start, stop) if start < stop else None


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return sys.maxsize if len(digits) >= _MANY_DIGITS else int(digits)


def _beyond(header: str, size: int) -> UnsatisfiableRangeError:
    return UnsatisfiableRangeError(
        f"the range {shorten_text(header)!r} lies beyond the {size} bytes there are", value=size
    )


def _equals(kind: str, name: str) -> str:
    """Compare as the column's own type, so that parquet statistics can skip row groups."""
    if kind in {"string", "large_string"}:
        return f"{quote_identifier(name)} = ?"
    if kind.startswith(("int", "uint")):
        return f"{quote_identifier(name)} = TRY_CAST(? AS BIGINT)"
    return f"{quote_identifier(name)}::VARCHAR = ?"


def _place(version: StoredVersion, table: str | None, column: str | None) -> tuple[str, str]:
    tables = [table] if table else list(version.manifest.tables)
    for one in tables:
        media = [name for name, c in columns_of(version, one).items() if c.kind == "media"]
        if column is None and media:
            return one, media[0]
        if column in media:
            return one, column
        if table and column is not None:
            raise UnknownNameError.unknown(f"media column of {one}", column, media)
    message = f"{version.dataset} has no media" + (f" column {column!r}" if column else "")
    raise UnknownNameError(message, hint="its rows say what it has", value=column)
