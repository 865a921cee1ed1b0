"""The rows of one parquet file in portions of bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    import pyarrow.parquet as pq


def bounded_batches(
    file: pq.ParquetFile, columns: Sequence[str], max_bytes: int
) -> Iterator[pa.Table]:
    """Iterate over rows in portions that take at most so many bytes, or are one row.

    Parameters
    ----------
    file
        An open file.
    columns
        What is read of it.
    max_bytes
        What a portion takes as Arrow.
    """
    import pyarrow as pa

    for group in range(file.num_row_groups):
        rows = _rows_within(file, group, columns, max_bytes)
        batches = file.iter_batches(
            rows, row_groups=[group], columns=list(columns), use_threads=False
        )
        for batch in batches:
            yield from _halve_rows(pa.Table.from_batches([batch]).select(list(columns)), max_bytes)


def _rows_within(file: pq.ParquetFile, group: int, columns: Sequence[str], max_bytes: int) -> int:
    """Return how many rows of a row group take so many bytes, if all are alike."""
    footer = file.metadata.row_group(group)
    wanted = set(columns)
    leaves = [footer.column(at) for at in range(footer.num_columns)]
    size: int = sum(
        leaf.total_uncompressed_size
        for leaf in leaves
        if leaf.path_in_schema.partition(".")[0] in wanted
    )
    rows: int = footer.num_rows
    alike: int = max_bytes * rows // max(1, size)
    return max(1, min(rows, alike))


def _halve_rows(rows: pa.Table, max_bytes: int) -> Iterator[pa.Table]:
    if rows.num_rows <= 1 or rows.nbytes <= max_bytes:
        yield rows
        return
    half = rows.num_rows // 2
    yield from _halve_rows(rows.slice(0, half), max_bytes)
    yield from _halve_rows(rows.slice(half), max_bytes)
