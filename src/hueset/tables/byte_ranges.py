"""Where each value of a bytes column lies in a Parquet file: its offset and length.

A row group is read as a whole by every Parquet library, though one clip of thirty is wanted. A
column that is neither compressed nor encoded holds each value as it is, after four bytes of length,
so the headers of its pages and those lengths are enough to find it. What is read here is the
Parquet format: https://github.com/apache/parquet-format, `README.md` (data pages), `Encodings.md`
(PLAIN = 0, RLE = 3) and `src/main/thrift/parquet.thrift` (`PageHeader`), in the compact protocol of
Thrift.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import pyarrow.parquet as pq

DATA_PAGE = 0
PLAIN = 0
HEADER_BYTES = 4096
"""Enough for the header of a page; one without statistics has some thirty bytes."""

LENGTH = struct.Struct("<I")


class ByteRange(NamedTuple):
    """Where a value lies: `offset` of its first byte in the file, and `length`, both in bytes."""

    offset: int
    length: int


class NotPlainError(ValueError):
    """The column is compressed, encoded or nested in a way that hides where a value lies."""


def byte_ranges(
    stream: BinaryIO, metadata: pq.FileMetaData, group: int, leaf: int
) -> list[ByteRange | None]:
    """Return the place of each value of one column in one row group; None where it is null.

    Parameters
    ----------
    stream
        The file, open for reading and seekable.
    metadata
        The file's footer.
    group
        The row group.
    leaf
        The number of the column among the file's leaves. It is of type BYTE_ARRAY and lies in no
        list.

    Raises
    ------
    NotPlainError
        The column is not stored as it is, or the file is not what its metadata say.
    """
    chunk, column = metadata.row_group(group).column(leaf), metadata.schema.column(leaf)
    if chunk.compression != "UNCOMPRESSED" or chunk.has_dictionary_page:
        message = f"{chunk.path_in_schema} is stored {chunk.compression} with {chunk.encodings}"
        raise NotPlainError(message)
    if column.physical_type != "BYTE_ARRAY" or column.max_repetition_level:
        message = f"{chunk.path_in_schema} is {column.physical_type}, or in a list"
        raise NotPlainError(message)
    found: list[ByteRange | None] = []
    place, end = chunk.data_page_offset, chunk.data_page_offset + chunk.total_compressed_size
    while place < end and len(found) < chunk.num_values:
        try:
            page, start = _page(stream, place)
            if page.values > chunk.num_values - len(found):
                message = f"{chunk.path_in_schema}: the page at byte {place} has too many values"
                raise NotPlainError(message)
            found += _values(stream, start, page.values, column.max_definition_level)
        except (IndexError, KeyError, struct.error) as error:
            message = f"{chunk.path_in_schema}: the page at byte {place} cannot be read"
            raise NotPlainError(message) from error
        place = start + page.bytes
    if len(found) != chunk.num_values or place > end:
        message = f"{chunk.path_in_schema}: {len(found)} of {chunk.num_values} values were found"
        raise NotPlainError(message)
    return found


def read_span(stream: BinaryIO, span: ByteRange) -> bytes:
    """Return the bytes of a span; raises `NotPlainError` where the file ends before it does."""
    stream.seek(span.offset)
    data = stream.read(span.length)
    if len(data) != span.length:
        message = f"the file ends before byte {span.offset + span.length}"
        raise NotPlainError(message)
    return data


def _values(stream: BinaryIO, start: int, count: int, full: int) -> Iterator[ByteRange | None]:
    """Yield the places of one page's values; a value is there where its level is the full one."""
    present: Iterator[bool] | list[bool] = [True] * count
    if full:
        (size,) = LENGTH.unpack(read_span(stream, ByteRange(start, LENGTH.size)))
        levels = read_span(stream, ByteRange(start + LENGTH.size, size))
        present = (level == full for level in _levels(levels, full.bit_length(), count))
        start += LENGTH.size + size
    for is_there in present:
        if is_there:
            (size,) = LENGTH.unpack(read_span(stream, ByteRange(start, LENGTH.size)))
            yield ByteRange(start + LENGTH.size, size)
            start += LENGTH.size + size
        else:
            yield None


def _levels(data: bytes, bits: int, count: int) -> Iterator[int]:
    """Yield numbers of so many bits from runs of one number and groups of eight packed ones."""
    stream, given = io.BytesIO(data), 0
    while given < count:
        run, left = _varint(stream), count - given
        if run & 1:
            length = min(run >> 1, (left + 7) // 8) * 8
            packed = int.from_bytes(stream.read(length * bits // 8), "little")
            numbers = [packed >> at * bits & (1 << bits) - 1 for at in range(length)]
        else:
            length = min(run >> 1, left)
            numbers = [int.from_bytes(stream.read((bits + 7) // 8), "little")] * length
        yield from numbers[:left]
        given += length
        if not length:
            message = f"a run of no levels after {given} of {count}"
            raise NotPlainError(message)


class _Page(NamedTuple):
    """What the header of a data page says: how many values it has, nulls too, and its size."""

    values: int
    bytes: int


def _page(stream: BinaryIO, place: int) -> tuple[_Page, int]:
    """Return a page, and where it begins after its header."""
    stream.seek(place)
    data = io.BytesIO(stream.read(HEADER_BYTES))
    header = _struct(data)
    if header[1] != DATA_PAGE or header[5][2] != PLAIN:
        message = f"the page at byte {place} is of another kind: {header}"
        raise NotPlainError(message)
    return _Page(header[5][1], header[3]), place + data.tell()


def _struct(stream: io.BytesIO) -> dict[int, Any]:
    """Return a struct of Thrift's compact protocol as number of the field → value."""
    fields: dict[int, Any] = {}
    number = 0
    while kind := stream.read(1)[0]:
        step = kind >> 4
        number = number + step if step else _zigzag(stream)
        fields[number] = _value(stream, kind & 0x0F)
    return fields


def _value(stream: io.BytesIO, kind: int) -> Any:
    match kind:
        case 1 | 2:
            return kind == 1
        case 3:
            return stream.read(1)[0]
        case 4 | 5 | 6:
            return _zigzag(stream)
        case 7:
            return stream.read(8)
        case 8:
            return stream.read(_varint(stream))
        case 9 | 10:
            head = stream.read(1)[0]
            count = head >> 4 if head >> 4 < 15 else _varint(stream)
            return [_value(stream, head & 0x0F) for _ in range(count)]
        case 12:
            return _struct(stream)
    message = f"a page's header has a field of the unknown type {kind}"
    raise NotPlainError(message)


def _zigzag(stream: io.BytesIO) -> int:
    number = _varint(stream)
    return number >> 1 ^ -(number & 1)


def _varint(stream: io.BytesIO) -> int:
    number = shift = 0
    while True:
        byte = stream.read(1)[0]
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return number
