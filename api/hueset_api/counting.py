"""How often each value stands in each group of a table: one pass over its parquet, exact.

Whatever is asked about the labels of a group (how many, mean, spread, distinct values, shares)
follows from how often each value stands there. So the rows are passed once, in portions by several
threads, as the codes of their columns, and a portion comes down to one count per group and value.
The sums are taken in the order of the values: two passes give the same digits.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.tables.class_names import class_name
from hueset_api.coded import portions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hueset_api.coded import Coded, Columns, Portion

    _Listed = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

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


def count(
    paths: Sequence[Path],
    asked: Asked,
    columns: Columns,
    *,
    seconds: float,
    classes: Mapping[str, Sequence[str]] | None = None,
) -> list[Block]:
    """Count the values of some parquet files of one table, row by row.

    Parameters
    ----------
    paths
        The files.
    asked
        What to count.
    columns
        Reads and holds columns.
    seconds
        It may take so long.
    classes
        Columns of classes, whose ids are shown as these names.

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
    portions = [portion for path in paths for portion in portions_of(path)]

    def counted(portion: Portion) -> list[_Part]:
        if time.monotonic() > end:
            message = f"the count was stopped after {seconds:g} s"
            raise TimeoutError(message)
        return _count_portion(portion, asked, columns, classes or {})

    return _together([part for found in _threads().map(counted, portions) for part in found])


@cache
def _threads() -> ThreadPoolExecutor:
    """Return the threads that all counts share: more than cores would only add memory."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="counting")


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


def _count_portion(
    portion: Portion, asked: Asked, columns: Columns, classes: Mapping[str, Sequence[str]]
) -> list[_Part]:
    named = [name for name in asked.groups if name is not None]
    coded = columns.of(portion, list(dict.fromkeys([*named, *asked.values])))
    names = {name: coded[name].values.to_pylist() for name in named}
    for name in names.keys() & classes.keys():
        names[name] = [class_name(classes[name], one) for one in names[name]]
    parts = []
    for value in asked.values:
        groups = list(product(*([value] if name is None else names[name] for name in asked.groups)))
        passed = [coded[name] for name in [*named, value]]
        parts.append(_part(portion.rows, groups, passed))
    return parts


def _part(rows: int, groups: list[tuple[Any, ...]], columns: Sequence[Coded]) -> _Part:
    """Count the last of some columns of a portion by all others, whose combinations are groups."""
    values = columns[-1].numbers()
    # Numbers of 32 bit pass twice as fast; so many combinations that they overflow are rare.
    wide = len(groups) * max(len(values), 1) > np.iinfo("int32").max
    cell = np.zeros(rows, "int64" if wide else "int32")
    for one in columns:
        if one.codes is not None:
            cell *= len(one.values)
            cell += one.codes
    there = np.isfinite(values)  # null is NaN here; what is infinite is no label either
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
    whole = np.zeros(len(groups) * len(values), "int64")
    for one, (row, column) in zip(parts, moved, strict=True):
        if isinstance(one.counts, tuple):
            group_of, value_of, count_of = one.counts
            np.add.at(whole, row[group_of] * len(values) + column[value_of], count_of)
        else:
            cell = row[:, None] * len(values) + column
            np.add.at(whole, cell.reshape(-1), one.counts.reshape(-1))
    table = whole.reshape(len(groups), len(values))
    there = np.flatnonzero(table.any(axis=1))
    return [Block([groups[at] for at in there], values, table[there])]


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
