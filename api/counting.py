"""How often each value stands in each group of a table: one pass over its parquet, exact.

Whatever is asked about the labels of a group (how many, mean, spread, distinct values, shares)
follows from how often each value stands there. So the files are read once, in portions by several
threads, text as the codes that parquet keeps it in, and a portion comes down to one count per
group and value. The sums are taken in the order of the values: two scans give the same digits.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    _Coded = tuple[NDArray[np.int32] | None, list[Any]]
    _Listed = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

PORTION_ROWS = 200_000
"""So many rows are read at once: small enough for the processor's cache, and for any memory."""

DENSE_CELLS = 4_000_000
"""Up to so many combinations of group and value are counted in an array, beyond it by sorting."""


@dataclass(frozen=True)
class Asked:
    """What to count.

    Attributes
    ----------
    groups
        The columns to group by, in order; `None` stands for the name of the value column itself.
    values
        The columns whose values are counted, each as rows of its own.
    """

    groups: tuple[str | None, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """How often each value stands in each of some groups.

    Attributes
    ----------
    groups
        Groups with a value, in order; null comes last.
    values
        float64 [values], ascending.
    table
        int64 [groups, values]: the counts.
    """

    groups: list[tuple[Any, ...]]
    values: NDArray[np.float64]
    table: NDArray[np.int64]


def count(paths: Sequence[Path], asked: Asked, *, seconds: float) -> list[Block]:
    """Count the values of some parquet files of one table.

    Returns
    -------
    list of Block
        In the order of the groups: one block, or one per group where that would be too large.

    Raises
    ------
    TimeoutError
        It takes longer than `seconds`.
    OSError, pyarrow.ArrowException
        A file cannot be read.
    """
    end = time.monotonic() + seconds
    portions = [portion for path in paths for portion in _portions(path)]

    def counted(portion: _Portion) -> list[_Part]:
        if time.monotonic() > end:
            message = f"the scan was stopped after {seconds:g} s"
            raise TimeoutError(message)
        return _count_portion(portion, asked)

    return _together([part for found in _threads().map(counted, portions) for part in found])


@cache
def _threads() -> ThreadPoolExecutor:
    """Return the threads that all scans share: more than cores would only add memory."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="counting")


@dataclass(frozen=True)
class _Portion:
    path: Path
    metadata: pq.FileMetaData
    row_groups: list[int]


@dataclass(frozen=True)
class _Part:
    """The counts of one portion.

    Attributes
    ----------
    groups, values
        What the codes stand for.
    counts
        int64 [groups, values]; where that would be too large, what is there as three int64 [n]:
        group codes, value codes, counts.
    """

    groups: list[tuple[Any, ...]]
    values: NDArray[np.float64]
    counts: NDArray[np.int64] | _Listed

    def listed(self) -> _Listed:
        """Return group codes, value codes and counts of what is there."""
        if isinstance(self.counts, tuple):
            return self.counts
        group_of, value_of = np.nonzero(self.counts)
        return group_of, value_of, self.counts[group_of, value_of]


def _portions(path: Path) -> list[_Portion]:
    metadata = pq.read_metadata(path)
    made: list[list[int]] = [[]]
    rows = 0
    for at in range(metadata.num_row_groups):
        if rows >= PORTION_ROWS:
            made.append([])
            rows = 0
        made[-1].append(at)
        rows += metadata.row_group(at).num_rows
    return [_Portion(path, metadata, groups) for groups in made if groups]


def _count_portion(portion: _Portion, asked: Asked) -> list[_Part]:
    schema = portion.metadata.schema
    place = {schema.column(at).path: at for at in range(portion.metadata.num_columns)}
    named = [name for name in asked.groups if name is not None]
    alike = {name: one for name in named if (one := _only_text(portion, place[name])) is not None}
    read = [name for name in named if name not in alike]
    texts = [name for name in read if schema.column(place[name]).physical_type == "BYTE_ARRAY"]
    with pq.ParquetFile(portion.path, metadata=portion.metadata, read_dictionary=texts) as file:
        columns = list(dict.fromkeys([*read, *asked.values]))
        table = file.read_row_groups(portion.row_groups, columns=columns, use_threads=False)
    coded: dict[str, _Coded] = {name: _coded(table[name]) for name in read}
    coded |= {name: (None, [one]) for name, one in alike.items()}
    parts = []
    for name in asked.values:
        codes, values = _coded(table[name])
        by = [(None, [name]) if group is None else coded[group] for group in asked.groups]
        parts.append(_part(by, codes, np.asarray(values, "float64")))
    return parts


def _only_text(portion: _Portion, at: int) -> str | None:
    """Return the one text that a column holds, where parquet's own statistics say so."""
    found = set()
    for group in portion.row_groups:
        told = portion.metadata.row_group(group).column(at).statistics
        if told is None or not told.has_min_max or told.null_count != 0 or told.min != told.max:
            return None
        found.add(told.min)
    one = found.pop()
    return one if not found and isinstance(one, str) else None


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], list[Any]]:
    """Return a column as codes and what they stand for; null is a code of its own, the last."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    known = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    indices = [chunk.indices for chunk in column.chunks]
    if column.null_count:
        indices = [one.fill_null(len(known)) for one in indices]
    codes = [one.to_numpy(zero_copy_only=False) for one in indices]
    whole = np.concatenate(codes) if codes else np.zeros(0, "int32")
    return whole, [*known, None] if column.null_count else known


def _part(
    by: Sequence[_Coded], value_codes: NDArray[np.int32], values: NDArray[np.float64]
) -> _Part:
    """Count one value column of a portion; a group without codes is the same in every row."""
    groups: list[tuple[Any, ...]] = [()]
    for _, names in by:
        groups = [(*head, name) for head in groups for name in names]
    # Numbers of 32 bit pass twice as fast; so many combinations that they overflow are rare.
    wide = len(groups) * max(len(values), 1) > np.iinfo("int32").max
    cell = np.zeros(len(value_codes), "int64" if wide else "int32")
    for codes, size in [*((codes, len(names)) for codes, names in by), (value_codes, len(values))]:
        cell *= size
        if codes is not None:
            cell += codes
    there = ~np.isnan(values)
    if len(groups) * len(values) <= DENSE_CELLS:
        counts = np.bincount(cell, minlength=len(groups) * len(values))
        table = counts.reshape(len(groups), len(values))
        return _Part(groups, values[there], table[:, there])
    found, count_of = np.unique(cell, return_counts=True)
    group_of, value_of = np.divmod(found.astype("int64"), len(values))
    kept = there[value_of]
    return _Part(groups, values, (group_of[kept], value_of[kept], count_of[kept]))


def _together(parts: Sequence[_Part]) -> list[Block]:
    """Add the counts of the portions up, over the groups and values of all of them."""
    groups = sorted({group for one in parts for group in one.groups}, key=null_last)
    values = np.unique(np.concatenate([[], *(one.values for one in parts)]))
    place = {group: at for at, group in enumerate(groups)}
    moved = [
        (
            np.array([place[group] for group in one.groups], "int64"),
            np.searchsorted(values, one.values),
        )
        for one in parts
    ]
    if len(groups) * len(values) > DENSE_CELLS:
        return _by_group(parts, moved, groups, values)
    whole = np.zeros((len(groups), len(values)), "int64")
    for one, (row, column) in zip(parts, moved, strict=True):
        if isinstance(one.counts, tuple):
            group_of, value_of, count_of = one.counts
            whole[row[group_of], column[value_of]] += count_of
        else:
            whole[np.ix_(row, column)] += one.counts
    there = np.flatnonzero(whole.any(axis=1))
    return [Block([groups[at] for at in there], values, whole[there])]


def _by_group(
    parts: Sequence[_Part],
    moved: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    groups: Sequence[tuple[Any, ...]],
    values: NDArray[np.float64],
) -> list[Block]:
    """Add the counts up without a table of all combinations, most of which are not there."""
    cells, counts = [], []
    for one, (row, column) in zip(parts, moved, strict=True):
        group_of, value_of, count_of = one.listed()
        cells.append(row[group_of] * len(values) + column[value_of])
        counts.append(count_of)
    cell, position = np.unique(np.concatenate(cells), return_inverse=True)
    summed = np.zeros(len(cell), "int64")
    np.add.at(summed, position, np.concatenate(counts))
    group_of, value_of = np.divmod(cell, len(values))
    starts = np.flatnonzero(np.diff(group_of, prepend=-1)).tolist()
    return [
        Block([groups[group_of[at]]], values[value_of[at:end]], summed[None, at:end])
        for at, end in pairwise([*starts, len(cell)])
    ]


def null_last(group: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    """Return what to sort groups by: part after part, null after all else."""
    return [(part is None, part if part is not None else 0) for part in group]
