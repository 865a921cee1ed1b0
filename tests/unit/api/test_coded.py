"""Columns as codes: what is held is what stands in the file, and no more than may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset_api import coded
from hueset_api.coded import Coded, Columns, portions_of

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 1_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    table = pa.table(
        {
            "source": pa.array(rng.choice(np.array(["a", "b", None], object), ROWS), "string"),
            "split": ["train"] * ROWS,
            "value": np.round(rng.random(ROWS), 1),
            "fine": rng.permutation(ROWS) / ROWS,
        }
    )
    pq.write_table(table, tmp_path / "labels.parquet", row_group_size=300)
    return tmp_path / "labels.parquet"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The columns of each time that row groups are read."""
    told: list[list[str]] = []
    real = pq.ParquetFile.read_row_groups

    def spy(self: pq.ParquetFile, *given: Any, **named: Any) -> pa.Table:
        told.append(named["columns"])
        return real(self, *given, **named)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", spy)
    return told


def plain(column: Coded, rows: int) -> list[Any]:
    codes = [0] * rows if column.codes is None else column.codes.tolist()
    values = column.values.to_pylist()
    return [values[code] for code in codes]


def test_codes_and_values_make_the_column_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coded, "PORTION_ROWS", 500)
    portions = portions_of(file)
    assert [(one.row_groups, one.rows) for one in portions] == [((0, 1), 600), ((2, 3), 400)]
    columns = Columns(10**9)
    for name in ("source", "split", "value", "fine"):
        for _ in range(2):
            made = [columns.of(one, [name])[name] for one in portions]
            rows = [
                row for one, p in zip(made, portions, strict=True) for row in plain(one, p.rows)
            ]
            assert rows == pq.read_table(file)[name].to_pylist()


def test_a_row_takes_no_more_bytes_than_its_values_need(file: Path) -> None:
    [portion] = portions_of(file)
    made = Columns(10**9).of(portion, ["source", "split", "value", "fine"])
    kinds = {name: one.codes.dtype if one.codes is not None else None for name, one in made.items()}
    assert kinds == {"source": "uint8", "split": None, "value": "uint8", "fine": "uint16"}


@pytest.mark.parametrize(("values", "kind"), [(256, "uint8"), (257, "uint16"), (65_537, "int32")])
def test_every_value_has_a_code_of_its_own(tmp_path: Path, values: int, kind: str) -> None:
    """Null is a value too: the last."""
    file = tmp_path / "many.parquet"
    pq.write_table(pa.table({"value": pa.array([*range(values - 1), None], "float64")}), file)
    [portion] = portions_of(file)
    column = Columns(10**9).of(portion, ["value"])["value"]
    assert column.codes is not None
    assert column.codes.dtype == kind
    assert np.array_equal(np.sort(column.codes), np.arange(values))
    assert plain(column, values) == [*range(values - 1), None]


def test_what_is_held_is_not_read_again(file: Path, reads: list[list[str]]) -> None:
    columns = Columns(10**9)
    for names in (["source"], ["source", "value"], ["value", "source", "split"]):
        [portion] = portions_of(file)
        columns.of(portion, names)
    assert reads == [["source"], ["value"], ["split"]]


def test_a_file_that_was_exchanged_is_read_again(file: Path) -> None:
    columns = Columns(10**9)
    [portion] = portions_of(file)
    columns.of(portion, ["value"])
    other = pa.table({"value": [7.5] * ROWS})
    pq.write_table(other, file.with_name("new"), row_group_size=300)
    file.with_name("new").replace(file)
    [portion] = portions_of(file)
    assert columns.of(portion, ["value"])["value"].values.to_pylist() == [7.5]


def test_no_more_is_held_than_may_be_and_the_longest_unasked_goes_first(
    file: Path, reads: list[list[str]]
) -> None:
    [portion] = portions_of(file)
    sizes = {name: one.bytes for name, one in Columns(0).of(portion, ["source", "value"]).items()}
    reads.clear()
    columns = Columns(sum(sizes.values()) + 1)
    columns.of(portion, ["source"])
    columns.of(portion, ["value"])
    columns.of(portion, ["source"])
    assert columns.bytes == sum(sizes.values())
    columns.of(portion, ["split"])  # one text, but too much
    assert columns.bytes < sum(sizes.values())
    columns.of(portion, ["source"])
    assert reads == [["source"], ["value"], ["split"]]
    columns.of(portion, ["value"])
    assert reads == [["source"], ["value"], ["split"], ["value"]]
    nothing = Columns(0)
    nothing.of(portion, ["value"])
    assert nothing.bytes == 0
