"""Rows in portions of bounded memory, against the whole table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.tables.row_batches import bounded_batches

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("max_bytes", [1, 5_000, 60_000, 1 << 30])
def test_portions_are_the_rows_in_order_and_none_is_larger(tmp_path: Path, max_bytes: int) -> None:
    # One large value among small ones, in a row group whose mean says nothing of it.
    values = [b"x" * (40_000 if at == 77 else 10) for at in range(200)]
    rows = pa.table({"n": range(200), "v": values, "w": ["left out"] * 200})
    pq.write_table(rows, tmp_path / "rows.parquet", row_group_size=120)
    with pq.ParquetFile(tmp_path / "rows.parquet") as file:
        portions = list(bounded_batches(file, ["v", "n"], max_bytes))
    assert pa.concat_tables(portions).equals(rows.select(["v", "n"]))
    assert all(one.num_rows == 1 or one.nbytes <= max_bytes for one in portions)
    assert len(portions) == {1: 200, 1 << 30: 2}.get(max_bytes, len(portions))
