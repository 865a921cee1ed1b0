"""Columns and rows of a source, as its tables really have them: csv, tsv, json, jsonl, parquet.

Rows are counted by a reader that knows quoting, not by line ends. A row whose number of fields
is not that of the others is counted and named: a header that lacks a name shifts every value.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from hueset.errors import SourceFormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hueset.sources.resolved import ResolvedSource
    from hueset.spec import Source

TYPES = ("csv", "tsv", "json", "jsonl", "parquet")


@dataclass(frozen=True)
class Shape:
    """What the tables of a source look like.

    Attributes
    ----------
    columns
        Names of the columns; None where the file has no header, or is no table.
    width
        How many columns; None where it is no table.
    rows
        How many rows, or files of a folder or archive; None where neither can be told.
    ragged
        How many rows have another number of fields than the first one.
    first_ragged
        The first of them, in words.
    """

    columns: tuple[str, ...] | None = None
    width: int | None = None
    rows: int | None = None
    ragged: int = 0
    first_ragged: str | None = None


def measure(source: ResolvedSource, declared: Source) -> Shape:
    """Read a source whole, and return what its tables look like.

    Raises
    ------
    SourceFormatError
        A table cannot be read as what it is said to be, or the tables of one source differ.
    """
    if source.members and not declared.columns:
        return Shape(rows=len(source.members))
    shapes = [
        (name, _read(source, name, kind, declared)) for name, kind in _tables(source, declared)
    ]
    if not shapes:
        return Shape()
    first_name, first = shapes[0]
    for name, one in shapes:
        if (one.columns, one.width) != (first.columns, first.width):
            message = (
                f"source {source.name!r}: {name} and {first_name} have different columns: "
                f"{_words(one)} against {_words(first)}"
            )
            raise SourceFormatError(message, hint="narrow the pin's globs to tables of one form")
    counts = [one.rows for _, one in shapes if one.rows is not None]
    return Shape(
        columns=first.columns,
        width=first.width,
        rows=sum(counts) if len(counts) == len(shapes) else None,
        ragged=sum(one.ragged for _, one in shapes),
        first_ragged=next((one.first_ragged for _, one in shapes if one.ragged), None),
    )


def refuse_other_columns(source: ResolvedSource, declared: Source) -> None:
    """Raise unless every table of a source begins with the declared columns; reads no rows.

    Raises
    ------
    SourceFormatError
        It has other columns, or no table at all.
    """
    if not declared.columns:
        return
    tables = _tables(source, declared)
    if not tables:
        message = f"source {source.name!r}: {source.path.name} is no table that can be read"
        hint = f"declare `format: {{type: …}}` ({', '.join(TYPES)}), or no `columns`"
        raise SourceFormatError(message, hint=hint, value=source.path.name)
    for name, kind in tables:
        fault = column_fault(_read(source, name, kind, declared, rows=False), declared)
        if fault:
            message = f"source {source.name!r}: {name or source.path.name}: {fault}"
            hint = "is it another edition, or opened and saved by a spreadsheet? get it anew"
            raise SourceFormatError(message, hint=hint, value=name)


def column_fault(found: Shape, declared: Source) -> str | None:
    """Return in words how columns differ from the declared ones; None where they do not."""
    wanted = declared.columns
    if not wanted:
        return None
    if found.columns is None:
        if found.width == len(wanted):
            return None
        return f"it has {found.width or 0} columns, declared are {len(wanted)}"
    if found.columns == wanted:
        return None
    at = next(
        (i for i, pair in enumerate(zip(found.columns, wanted, strict=False)) if len({*pair}) > 1),
        min(len(found.columns), len(wanted)),
    )
    names = [columns[at] if at < len(columns) else None for columns in (found.columns, wanted)]
    has, should = ("nothing" if name is None else repr(name) for name in names)
    return (
        f"it has {len(found.columns)} columns, declared are {len(wanted)}; "
        f"they differ first at number {at + 1}: found {has}, declared {should}"
    )


def _tables(source: ResolvedSource, declared: Source) -> list[tuple[str | None, str]]:
    """Return the tables of a source: member (None for the plain file itself) and type."""
    names = [member.name for member in source.members] or [source.path.name]
    kinds = [(name, _type(name, declared)) for name in names]
    return [(name if source.members else None, kind) for name, kind in kinds if kind]


def _type(name: str, declared: Source) -> str | None:
    suffix = name.lower().removesuffix(".gz").rpartition(".")[2]
    return declared.format.type or {"ndjson": "jsonl"}.get(
        suffix, suffix if suffix in TYPES else None
    )


def _read(
    source: ResolvedSource, member: str | None, kind: str, declared: Source, *, rows: bool = True
) -> Shape:
    """Read one table; with `rows=False` only so far as its columns need."""
    name = member or source.path.name
    with _told(source, name), source.open(member) as packed:
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=packed)) if name.endswith(".gz") else packed
        if kind == "parquet":
            import pyarrow.parquet as pq

            file = pq.ParquetFile(stream)
            columns = tuple(file.schema_arrow.names)
            return Shape(columns, len(columns), file.metadata.num_rows)
        encoding = declared.format.encoding
        bare = encoding.lower().replace("_", "-") in {"utf-8", "utf8"}
        text = io.TextIOWrapper(stream, "utf-8-sig" if bare else encoding, newline="")
        match kind:
            case "json":
                return _of_json(json.load(text))
            case "jsonl":
                return _of_rows(json.loads(line) for line in text if line.strip())
        return _of_csv(text, "\t" if kind == "tsv" else ",", declared, rows=rows)


def _of_csv(text: io.TextIOWrapper, delimiter: str, declared: Source, *, rows: bool) -> Shape:
    with _long_fields():
        reader = csv.reader(
            text,
            delimiter=delimiter,
            quoting=csv.QUOTE_MINIMAL if declared.format.quoting else csv.QUOTE_NONE,
        )
        first = next((row for row in reader if row), None)
        if first is None:
            return Shape(rows=0)
        header = tuple(first) if declared.format.header else None
        count, ragged, words = int(header is None), 0, None
        for row in reader if rows else ():
            if not row:
                continue
            count += 1
            if len(row) != len(first):
                ragged += 1
                words = words or f"line {reader.line_num} has {len(row)} fields, not {len(first)}"
    return Shape(header, len(first), count if rows else None, ragged, words)


def _of_json(document: Any) -> Shape:
    """Return the shape of rows, of columns side by side, or of the one list in an object."""
    if isinstance(document, list):
        return _of_rows(document)
    if not isinstance(document, dict):
        return Shape()
    lists = [value for value in document.values() if isinstance(value, list)]
    if len(lists) == 1:
        return _of_rows(lists[0])
    lengths = {len(v) if isinstance(v, list | dict) else -1 for v in document.values()}
    if len(lengths) == 1 and -1 not in lengths:
        return Shape(tuple(document), len(document), lengths.pop())
    return Shape()


def _of_rows(rows: Iterable[Any]) -> Shape:
    columns: dict[str, None] = {}
    count = 0
    for row in rows:
        count += 1
        columns |= dict.fromkeys(row) if isinstance(row, dict) else {}
    return Shape(tuple(columns) or None, len(columns) or None, count)


def _words(shape: Shape) -> str:
    return ", ".join(shape.columns) if shape.columns is not None else f"{shape.width} columns"


@contextmanager
def _long_fields() -> Iterator[None]:
    """Lift the limit of 128 KiB per field: texts are longer."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@contextmanager
def _told(source: ResolvedSource, name: str) -> Iterator[None]:
    """Turn what a broken table raises into an error that names it."""
    try:
        yield
    except (csv.Error, ValueError, EOFError, gzip.BadGzipFile) as error:
        if isinstance(error, SourceFormatError):
            raise
        message = f"source {source.name!r}: {name} cannot be read as a table: {error}"
        hint = "look at the file, and at `format:` in the declaration"
        raise SourceFormatError(message, hint=hint, value=name) from error
