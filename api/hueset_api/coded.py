"""Columns of parquet as small codes with the values that they stand for, held once they are read.

Unpacking a column takes several times as long as counting it, and a file of a version never
changes. So what was read stays in memory up to a limit of bytes: one byte per row where a column
has at most 256 values, two up to 65,536, else four, and each value once. What was asked for
longest ago goes first; a file that was exchanged is read again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    _Key = tuple["_File", tuple[int, ...], str]

PORTION_ROWS = 200_000
"""So many rows are read at once: small enough for the processor's cache, and for any memory."""

OVERHEAD_BYTES = 1_000
"""About what the objects around a column take."""


@dataclass(frozen=True)
class _File:
    """A file as it is now: one of the same name that was exchanged is another."""

    path: Path
    inode: int
    bytes: int
    changed_ns: int


@dataclass(frozen=True)
class Portion:
    """Some row groups of a parquet file, one after the other, and their rows."""

    file: _File
    metadata: pq.FileMetaData
    row_groups: tuple[int, ...]
    rows: int


@dataclass(frozen=True)
class Coded:
    """A column of a portion.

    Attributes
    ----------
    codes
        uint8, uint16 or int32 [rows]: which of the values stands in a row; None where it is the
        only one in all of them.
    values
        What the codes stand for, each once; null, where there is one, is the last.
    """

    codes: NDArray[np.integer[Any]] | None
    values: pa.Array

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        codes = 0 if self.codes is None else self.codes.nbytes
        return OVERHEAD_BYTES + codes + int(self.values.nbytes)

    def numbers(self) -> NDArray[np.float64]:
        """Return the values as float64, null as NaN, zero without a sign."""
        if not len(self.values):
            return np.zeros(0)
        numbers: NDArray[np.float64] = _numpy(self.values.cast("float64", safe=False)) + 0.0
        if self.values.null_count:
            numbers[-1] = np.nan
        return numbers


class Columns:
    """Reads columns as codes, and holds them.

    Parameters
    ----------
    limit_bytes
        So much is held. A table whose columns take more is unpacked again at each request.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[_Key, Coded] = OrderedDict()
        self.bytes = 0

    def of(self, portion: Portion, names: Sequence[str]) -> dict[str, Coded]:
        """Return columns of a portion by name.

        Raises
        ------
        OSError, pyarrow.ArrowException
            The file cannot be read.
        """
        found = self._found(portion, names)
        missing = [name for name in names if name not in found]
        if not missing:
            return found
        read = _read(portion, missing)
        self._hold(portion, read)
        return found | read

    def _found(self, portion: Portion, names: Sequence[str]) -> dict[str, Coded]:
        found = {}
        with self._lock:
            for name in names:
                key = (portion.file, portion.row_groups, name)
                if key in self._held:
                    self._held.move_to_end(key)
                    found[name] = self._held[key]
        return found

    def _hold(self, portion: Portion, read: dict[str, Coded]) -> None:
        with self._lock:
            for name, column in read.items():
                key = (portion.file, portion.row_groups, name)
                before = self._held.pop(key, None)  # another request may have read it meanwhile
                self.bytes += column.bytes - (before.bytes if before else 0)
                self._held[key] = column
            while self.bytes > self._limit:
                _, oldest = self._held.popitem(last=False)
                self.bytes -= oldest.bytes


def portions_of(path: Path) -> list[Portion]:
    """Return a file in portions, by its footer as it is now.

    Raises
    ------
    OSError, pyarrow.ArrowException
        It cannot be read.
    """
    state = path.stat()
    file = _File(path, state.st_ino, state.st_size, state.st_mtime_ns)
    metadata = pq.read_metadata(path)
    sizes = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    made = []
    start = rows = 0
    for at, size in enumerate(sizes):
        rows += size
        if rows >= PORTION_ROWS or at == len(sizes) - 1:
            made.append(Portion(file, metadata, tuple(range(start, at + 1)), rows))
            start, rows = at + 1, 0
    return made


def _read(portion: Portion, names: Sequence[str]) -> dict[str, Coded]:
    kind_of = {one.path: one.physical_type for one in portion.metadata.schema}
    texts = [name for name in names if kind_of[name] == "BYTE_ARRAY"]
    path = portion.file.path
    with pq.ParquetFile(path, metadata=portion.metadata, read_dictionary=texts) as file:
        table = file.read_row_groups(list(portion.row_groups), columns=names, use_threads=False)
    return {name: _coded(table[name]) for name in names}


def _coded(column: pa.ChunkedArray) -> Coded:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    chunks = [chunk for chunk in column.chunks if len(chunk)]
    kind = column.type.value_type
    values = chunks[0].dictionary if chunks else pa.nulls(0, kind)
    codes = np.concatenate([np.zeros(0, "int32"), *(_numpy(one.indices) for one in chunks)])
    if column.null_count:
        codes[_numpy(pc.indices_nonzero(column.is_null()))] = len(values)
        values = pa.concat_arrays([values, pa.nulls(1, kind)])
    if len(values) == 1:
        return Coded(None, values)
    size = "uint8" if len(values) <= 1 << 8 else "uint16" if len(values) <= 1 << 16 else "int32"
    return Coded(codes.astype(size), values)


def _numpy(array: pa.Array) -> NDArray[Any]:
    """Return the numbers of an array; at a null stands whatever is in memory.

    Arrow's own `to_numpy` imports pandas, which takes a third of a second and 50 MB.
    """
    whole = np.frombuffer(array.buffers()[1], array.type.to_pandas_dtype())
    return whole[array.offset : array.offset + len(array)]
