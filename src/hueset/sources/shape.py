"""Columns and rows of a source, as its tables really have them: csv, tsv, json, jsonl, parquet.

Rows are counted by a reader that knows quoting, not by line ends. A row whose number of fields
is not that of the others is counted and named: a header that lacks a name shifts every value.
"""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from hueset.builder.csv_reader import read_delimited
from hueset.builder.input_errors import convert_input_errors, describe_library_error
from hueset.builder.text_decoding import open_text
from hueset.errors import SourceFormatError
from hueset.sources.bounds import BoundedStream, unpacked_limit
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hueset.declaration import Source
    from hueset.sources.resolved_source import LocalSource

TYPES = ("csv", "tsv", "json", "jsonl", "parquet")


@dataclass(frozen=True)
class SourceShape:
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


def measure_shape(source: LocalSource, declared: Source) -> SourceShape:
    """Read a source whole, and return what its tables look like.

    Raises
    ------
    SourceFormatError
        A table cannot be read as what it is said to be, the tables of one source differ, or
        columns are declared and there is no table.
    """
    tables = _tables(source, declared)
    if source.members and not declared.columns:
        return _of_members(source, declared, tables)
    if not tables and declared.columns:
        message = f"source {source.name!r}: {source.path.name} is no table that can be read"
        hint = f"declare `format: {{type: …}}` ({', '.join(TYPES)}), or no `columns`"
        raise SourceFormatError(message, hint=hint, value=source.path.name)
    if not tables:
        return SourceShape()
    shapes = [(name, _read(source, name, kind, declared)) for name, kind in tables]
    first_name, first = shapes[0]
    for name, one in shapes:
        if (one.columns, one.width) != (first.columns, first.width):
            message = (
                f"source {source.name!r}: {name} and {first_name} have different columns: "
                f"{_words(one)} against {_words(first)}"
            )
            raise SourceFormatError(message, hint="narrow the pin's globs to tables of one form")
    counts = [one.rows for _, one in shapes if one.rows is not None]
    return SourceShape(
        columns=first.columns,
        width=first.width,
        rows=sum(counts) if len(counts) == len(shapes) else None,
        ragged=sum(one.ragged for _, one in shapes),
        first_ragged=next((one.first_ragged for _, one in shapes if one.ragged), None),
    )


def shape_faults(found: SourceShape, declared: Source, *, sample: bool = False) -> list[str]:
    """Return in words all in which a source's tables are not what is declared.

    Parameters
    ----------
    found
        What they look like.
    declared
        The source.
    sample
        Whether it is part of the embedded sample, which has fewer rows than what was published.
    """
    said = [_repeated_column(found), column_fault(found, declared)]
    if not sample and declared.rows is not None and found.rows != declared.rows:
        said.append(
            f"it is no table whose rows can be counted, declared are {declared.rows:,}"
            if found.rows is None
            else f"it has {format_count(found.rows, 'row')}, declared are {declared.rows:,}"
        )
    if (
        found.rows == 0
        and declared.rows is None
        and declared.requirement != "optional"
        and not sample
    ):
        said.append("it has no row" + (", only a header" if found.columns else ""))
    if not declared.format.tolerant:
        said.append(_unfit(found))
    return [fault for fault in said if fault]


def shape_remarks(found: SourceShape, declared: Source) -> list[str]:
    """Return in words what is odd in a source's tables, and declared to be so."""
    said = _unfit(found) if declared.format.tolerant else None
    return [f"{said}; it is declared `tolerant`"] if said else []


def _unfit(found: SourceShape) -> str | None:
    if not found.ragged:
        return None
    do = "does" if found.ragged == 1 else "do"
    rows = format_count(found.ragged, "row")
    return f"{rows} {do} not fit its columns: {found.first_ragged}"


def _repeated_column(found: SourceShape) -> str | None:
    columns = found.columns or ()
    twice = next((name for name in columns if columns.count(name) > 1), None)
    return None if twice is None else f"its header names {twice!r} twice"


def column_fault(found: SourceShape, declared: Source) -> str | None:
    """Return in words how columns differ from the declared ones; None where they do not."""
    wanted = declared.columns
    if not wanted:
        return None
    if found.columns is None:
        if found.width == len(wanted):
            return None
        return f"it has {format_count(found.width or 0, 'column')}, declared are {len(wanted)}"
    if found.columns == wanted:
        return None
    at = next(
        (i for i, pair in enumerate(zip(found.columns, wanted, strict=False)) if len({*pair}) > 1),
        min(len(found.columns), len(wanted)),
    )
    names = [columns[at] if at < len(columns) else None for columns in (found.columns, wanted)]
    has, should = ("nothing" if name is None else repr(name) for name in names)
    return (
        f"it has {format_count(len(found.columns), 'column')}, declared are {len(wanted)}; "
        f"they differ first at number {at + 1}: found {has}, declared {should}"
    )


def _tables(source: LocalSource, declared: Source) -> list[tuple[str | None, str]]:
    """Return the tables of a source: member (None for the plain file itself) and type."""
    names = [member.name for member in source.members] or [source.path.name]
    kinds = [(name, _type(name, declared)) for name in names]
    return [(name if source.members else None, kind) for name, kind in kinds if kind]


def _of_members(
    source: LocalSource, declared: Source, tables: list[tuple[str | None, str]]
) -> SourceShape:
    """Return the shape of members that need not be alike: their number, and what fits in none."""
    delimited_ones = [(name, kind) for name, kind in tables if kind in {"csv", "tsv"}]
    shapes = [(name, _read(source, name, kind, declared)) for name, kind in delimited_ones]
    odd = [f"{name}: {one.first_ragged}" for name, one in shapes if one.ragged]
    return SourceShape(
        rows=len(source.members),
        ragged=sum(one.ragged for _, one in shapes),
        first_ragged=odd[0] if odd else None,
    )


def _type(name: str, declared: Source) -> str | None:
    suffix = name.lower().removesuffix(".gz").rpartition(".")[2]
    return declared.format.type or {"ndjson": "jsonl"}.get(
        suffix, suffix if suffix in TYPES else None
    )


def _read(source: LocalSource, member: str | None, kind: str, declared: Source) -> SourceShape:
    """Read one table."""
    name = member or source.path.name
    what = f"source {source.name!r}: {name} cannot be read as a table"
    hint = "look at the file, and at `format:` in the declaration"
    with convert_input_errors(what, hint=hint), source.open(member) as packed:
        stream = _unpack_stream(packed, source) if name.endswith(".gz") else packed
        if kind == "parquet":
            import pyarrow.parquet as pq

            file = pq.ParquetFile(stream)
            columns = tuple(file.schema_arrow.names)
            return SourceShape(columns, len(columns), file.metadata.num_rows)
        style = declared.format
        if kind in {"csv", "tsv"}:
            delimiter = style.delimiter or ("\t" if kind == "tsv" else ",")
            rows = read_delimited(
                stream,
                delimiter=delimiter,
                encoding=style.encoding,
                quoting=style.quoting,
                strict=not style.tolerant,
            )
            return _of_fields(rows, header=style.header)
        with open_text(stream, style.encoding) as text:
            if kind == "json":
                return _of_json(json.load(text))
            return _of_lines(text, tolerant=style.tolerant)


def _unpack_stream(packed: BinaryIO, source: LocalSource) -> BinaryIO:
    limit = unpacked_limit(source.path, source.unpacked_bytes)
    gunzipped = cast("BinaryIO", gzip.GzipFile(fileobj=packed))
    return io.BufferedReader(BoundedStream(gunzipped, source.path, limit))


def _of_fields(rows: Iterator[tuple[int, list[str]]], *, header: bool) -> SourceShape:
    _, first = next(rows, (0, None))
    if first is None:
        return SourceShape(rows=0)
    count, ragged, words = int(not header), 0, None
    for line, row in rows:
        count += 1
        if len(row) != len(first):
            ragged += 1
            words = words or f"line {line} has {format_count(len(row), 'field')}, not {len(first)}"
    return SourceShape(tuple(first) if header else None, len(first), count, ragged, words)


def _of_lines(text: io.TextIOWrapper, *, tolerant: bool) -> SourceShape:
    """Return the shape of one JSON document per line."""
    bad: list[str] = []

    def documents() -> Iterator[Any]:
        for at, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                fault = f"line {at}: {describe_library_error(error)}"
                if not tolerant:
                    raise ValueError(fault) from error
                bad.append(fault)
                yield None

    found = _of_rows(documents())
    return replace(found, ragged=len(bad), first_ragged=bad[0] if bad else None)


def _of_json(document: Any) -> SourceShape:
    """Return the shape of rows, of columns side by side, or of the one list in an object."""
    if isinstance(document, list):
        return _of_rows(document)
    if not isinstance(document, dict):
        return SourceShape()
    lists = [value for value in document.values() if isinstance(value, list)]
    if len(lists) == 1:
        return _of_rows(lists[0])
    lengths = {len(v) if isinstance(v, list | dict) else -1 for v in document.values()}
    if len(lengths) == 1 and -1 not in lengths:
        return SourceShape(tuple(document), len(document), lengths.pop())
    return SourceShape()


def _of_rows(rows: Iterable[Any]) -> SourceShape:
    columns: dict[str, None] = {}
    count = 0
    for row in rows:
        count += 1
        columns |= dict.fromkeys(row) if isinstance(row, dict) else {}
    return SourceShape(tuple(columns) or None, len(columns) or None, count)


def _words(shape: SourceShape) -> str:
    if shape.columns is not None:
        return ", ".join(shape.columns)
    return format_count(shape.width or 0, "column")
