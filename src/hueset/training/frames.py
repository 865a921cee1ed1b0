"""Columns of a version's tables as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hueset.documents.coverage import CoverageDocument, JudgedClass
    from hueset.store.store import StoredVersion


def read_columns(version: StoredVersion, table: str, columns: Sequence[str]) -> pa.Table:
    """Return some columns of a table, all splits, in the order of its files."""
    files = version.files(table)
    return pa.concat_tables([pq.read_table(path, columns=list(columns)) for path in files])


def number_column(table: pa.Table, column: str) -> NDArray[np.float64]:
    """Return a column as float64, NaN where it is null."""
    values: NDArray[np.float64] = (
        table.column(column).cast(pa.float64()).to_numpy(zero_copy_only=False)
    )
    return values


def text_column(table: pa.Table, column: str) -> NDArray[np.str_]:
    """Return a column as text, empty where it is null."""
    return np.array([value or "" for value in table.column(column).to_pylist()], dtype=np.str_)


def vector_column(table: pa.Table, column: str) -> NDArray[np.float32]:
    """Return a column of equally long lists as float32 [n, length]."""
    return np.array(table.column(column).to_pylist(), np.float32)


def labels_of(coverage: CoverageDocument, name: str) -> tuple[JudgedClass, ...]:
    """Return the coverage of each class of a list; nothing where there is no such list."""
    return next((one.classes for one in coverage.classes if one.name == name), ())


def sample_evenly(there: NDArray[np.bool_], rows: int | None) -> NDArray[np.int64]:
    """Return the positions of the true ones; if they are too many, an even sample in order."""
    found: NDArray[np.int64] = np.flatnonzero(there).astype(np.int64)
    if rows is None or len(found) <= rows:
        return found
    drawn = np.random.default_rng(0).permutation(len(found))[:rows]
    return found[np.sort(drawn)]


def labelled_rows(labels: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Return which rows carry any label."""
    return np.asarray(np.isfinite(np.stack(list(labels.values()))).any(axis=0), np.bool_)
