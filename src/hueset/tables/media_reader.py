"""One row's audio, MIDI or other bytes by its key, without its neighbours.

    with MediaReader(files, ["segment"], "audio") as clips:
        flac = clips["01_01_g0003_t02"]

Where a key stands is read once, from the key columns alone. Bytes columns are stored as they are,
so the first look-up in a row group finds where each of its values lies
(`hueset.tables.byte_ranges`), and a look-up reads the bytes of one row and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from hueset.errors import UnknownNameError, UsageError
from hueset.tables.byte_ranges import ByteRange, NotPlainError, byte_ranges, read_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Self

Key = Any
"""The value of the table's key column; a tuple of values where the key has several."""


class MediaReader(Mapping[Key, bytes | None]):
    """The bytes of one column by the table's key; None where the row has none.

    It is for one thread: give each its own.

    Parameters
    ----------
    files
        The parquet files of one table.
    key
        Its key columns.
    column
        A column of type `binary` or `audio`.
    where
        What errors call the table; default the folder of its files.
    hint
        The next step where a file is not as it was written.

    Raises
    ------
    UnknownNameError
        There is no such column.
    UsageError
        The column holds no bytes.
    """

    def __init__(
        self,
        files: Sequence[Path],
        key: Sequence[str],
        column: str,
        *,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        self._files = list(files)
        self._where = where or str(self._files[0].parent)
        names = pq.read_schema(self._files[0]).names
        for name in (column, *key):
            if name not in names:
                raise UnknownNameError.unknown(f"column of {self._where}", name, names)
        self._open: dict[int, tuple[BinaryIO, pq.FileMetaData]] = {}
        self._hint = hint
        self._leaf = _leaf(self._files[0], column, self._where)
        self._places: dict[Key, tuple[int, int, int]] = {}
        self._spans: dict[tuple[int, int], list[ByteRange | None]] = {}
        for number, path in enumerate(self._files):
            self._places |= _places(path, number, list(key))

    def __getitem__(self, key: Key) -> bytes | None:
        """Return the bytes of one row; raises `UnknownNameError` where there is no such row."""
        try:
            number, group, row = self._places[key]
        except KeyError:
            message = f"{self._where}: no row has the key {key!r}"
            hint = f"a key is like {next(iter(self._places))!r}" if self._places else "it is empty"
            raise UnknownNameError(message, hint=hint, value=key) from None
        stream, metadata = self._opened(number)
        if (number, group) not in self._spans:
            with self._as_written(number):
                self._spans[number, group] = byte_ranges(stream, metadata, group, self._leaf)
        span = self._spans[number, group][row]
        if span is None:
            return None
        with self._as_written(number):
            return read_span(stream, span)

    def __contains__(self, key: object) -> bool:
        """Whether a row has this key; no bytes are read."""
        return key in self._places

    def __iter__(self) -> Iterator[Key]:
        """Iterate over the keys, in the order of the rows."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._places)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files."""
        self.close()

    def close(self) -> None:
        """Close the files; a look-up opens them again."""
        for stream, _ in self._open.values():
            stream.close()
        self._open.clear()

    def _opened(self, number: int) -> tuple[BinaryIO, pq.FileMetaData]:
        if number not in self._open:
            path = self._files[number]
            self._open[number] = path.open("rb"), pq.read_metadata(path)
        return self._open[number]

    @contextmanager
    def _as_written(self, number: int) -> Iterator[None]:
        try:
            yield
        except NotPlainError as error:
            message = f"{self._where}: {self._files[number].name} is not as it was written: {error}"
            raise UsageError(message, hint=self._hint) from error


def _leaf(path: Path, column: str, where: str) -> int:
    """Return the number of the parquet column that holds the bytes: of audio one field of two."""
    kind = pq.read_schema(path).field(column).type
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") == 0:
        column = f"{column}.bytes"
    elif not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        raise UsageError(f"{where}: the column {column!r} holds {kind}, no bytes", value=column)
    leaves = pq.read_metadata(path).schema
    return [leaves.column(at).path for at in range(len(leaves))].index(column)


def _places(path: Path, number: int, key: list[str]) -> dict[Key, tuple[int, int, int]]:
    """Return key → (file, row group, row in it)."""
    found: dict[Key, tuple[int, int, int]] = {}
    with pq.ParquetFile(path, memory_map=True) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns=key, use_threads=False)
            values = [rows[name].to_pylist() for name in key]
            keys = values[0] if len(key) == 1 else zip(*values, strict=True)
            found |= {one: (number, group, at) for at, one in enumerate(keys)}
    return found
