"""How many bytes each row takes, of whatever kind: what a row group is cut by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hueset.tables.casts import is_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

LENGTH_BYTES = 4
"""Parquet writes the length before each text and each piece of bytes."""


def measure_rows(rows: pa.Table) -> NDArray[np.int64]:
    """Return for each row its bytes as plain parquet would hold them, uncompressed.

    It depends on the values alone, not on chunks or on what else lies in their buffers.

    Parameters
    ----------
    rows
        Rows of declared types.

    Returns
    -------
    int64 array of shape (rows,).
    """
    total = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        at = 0
        for chunk in column.chunks:
            total[at : at + len(chunk)] += _measure(chunk)
            at += len(chunk)
    return total


def cut_groups(sizes: NDArray[np.int64], *, rows: int, limit: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of row groups of at most so many rows and bytes; each has a row at least.

    Parameters
    ----------
    sizes
        Bytes of each row, shape (rows,).
    rows
        The most rows of a group.
    limit
        The most bytes of a group that has more than one row.
    """
    start = 0
    while start < len(sizes):
        count = count_fitting(sizes[start : start + rows], limit)
        yield start, start + count
        start += count


def count_fitting(sizes: NDArray[np.int64], limit: int) -> int:
    """Return how many of the first rows fit into so many bytes; one at least, where any is."""
    fitting = int(np.searchsorted(np.cumsum(sizes), limit, side="right"))
    return min(max(fitting, 1), len(sizes))


def _measure(array: pa.Array) -> NDArray[np.int64]:
    kind = array.type
    width = _width(kind)
    if width is not None:
        sizes = np.full(len(array), width, np.int64)
        if array.null_count:
            sizes[array.is_null().to_numpy(zero_copy_only=False)] = 0
        return sizes
    if pa.types.is_struct(kind):
        total = np.zeros(len(array), np.int64)
        for values in array.flatten():
            total += _measure(values)
        return total
    if is_list(kind):
        lengths = _numbers(pc.list_value_length(array))
        items = np.concatenate([[0], np.cumsum(_measure(array.flatten()))])
        ends = np.cumsum(lengths)
        return np.asarray(items[ends] - items[ends - lengths], np.int64)
    lengths = pc.binary_length(array)
    return _numbers(pc.add(lengths, pa.scalar(LENGTH_BYTES, lengths.type)))


def _width(kind: pa.DataType) -> int | None:
    """Return the bytes of each value of a type; None where they differ."""
    if pa.types.is_fixed_size_list(kind):
        width = _width(kind.value_type)
        return None if width is None else width * kind.list_size
    if pa.types.is_primitive(kind):
        return max(int(kind.bit_width) // 8, 1)
    return None


def _numbers(counts: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.fill_null(counts, 0).to_numpy(zero_copy_only=False), np.int64)
