"""Units' files on their way into a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from hueset.build import assemble

if TYPE_CHECKING:
    from pathlib import Path


def test_small_files_are_put_together_in_order_and_large_ones_come_group_by_group(
    tmp_path: Path,
) -> None:
    paths: list[Path] = []
    at = 0
    for rows in (1, 1, 2, 0, 7, 1):
        path = tmp_path / f"{len(paths)}.parquet"
        values = pa.table({"n": pa.array(range(at, at + rows), pa.int64())})
        pq.write_table(values, path, row_group_size=3)
        paths.append(path)
        at += rows

    read = list(assemble._read(paths, 3))

    assert [n for table in read for n in table["n"].to_pylist()] == list(range(at))
    assert [table.num_rows for table in read] == [4, 3, 3, 2]
