"""Bytes of rows: every kind counts, and nothing but the values."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.tables.row_sizes import cut_groups, measure_rows

SOUND = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1, None], pa.int32()), [4, 0]),
        (pa.array([True]), [1]),
        (pa.array(["abc", "", None]), [7, 4, 0]),
        (pa.array([b"abc"], pa.large_binary()), [7]),
        (pa.array([["a", "bc"], None, []]), [11, 0, 0]),
        (pa.array([[1, 2, 3], [], [4]], pa.list_(pa.float64())), [24, 0, 8]),
        (pa.array([[1, 2], None], pa.list_(pa.float32(), 2)), [8, 0]),
        (pa.array([[["a"], ["b"]], None], pa.list_(pa.list_(pa.string()), 2)), [10, 0]),
        (pa.array([{"bytes": b"12345", "path": "p"}, None], SOUND), [14, 0]),
        (pa.array([[{"a": "xy", "b": 1}], []]), [14, 0]),
    ],
)
def test_each_kind_of_value_counts(values: pa.Array, expected: list[int]) -> None:
    assert measure_rows(pa.table({"c": values, "d": values})).tolist() == [2 * n for n in expected]
    twice = pa.chunked_array([values, values])
    assert measure_rows(pa.table({"c": twice}).slice(1)).tolist() == [*expected[1:], *expected]


def test_it_is_what_parquet_takes_before_it_compresses() -> None:
    rows = pa.table(
        {
            "text": [f"{at} " * 500 for at in range(200)],
            "tags": [[f"{at}-{tag}" * 20 for tag in range(9)] for at in range(200)],
            "numbers": [[float(at * tag) for tag in range(300)] for at in range(200)],
        }
    )
    file = io.BytesIO()
    pq.write_table(rows, file, use_dictionary=False, compression="none")
    written = pq.read_metadata(file).row_group(0).total_byte_size
    assert measure_rows(rows).sum() == pytest.approx(written, rel=0.05)


def test_groups_end_at_rows_or_bytes_and_hold_a_row_at_least() -> None:
    sizes = np.array([1, 1, 1, 1, 9, 5, 5, 1], np.int64)
    groups = list(cut_groups(sizes, rows=3, limit=6))
    assert groups == [(0, 3), (3, 4), (4, 5), (5, 6), (6, 8)]
    assert list(cut_groups(np.empty(0, np.int64), rows=3, limit=6)) == []
