"""How often each value stands in each group: the same as counting by hand, however it is cut."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset_api import coded, counting
from hueset_api.coded import Columns
from hueset_api.counting import Asked, Block, count

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 3_000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files: `split` is one text in each, the other columns have nulls, one is no text."""
    rng = np.random.default_rng(3)
    made = []
    for split in ("train", "test"):
        value = np.round(rng.random(ROWS), 2)
        other = rng.random(ROWS)
        table = pa.table(
            {
                "dimension": pa.array(
                    rng.choice(np.array(["a", "b", None], object), ROWS), "string"
                ),
                "source": pa.array(rng.choice([1, 2], ROWS), "int32"),
                "split": [split] * ROWS,
                "value": pa.array(value, mask=value < 0.1),
                "other": pa.array(other, mask=other > 0.9),
            }
        )
        path = tmp_path_factory.mktemp("labels") / f"{split}.parquet"
        pq.write_table(table, path, row_group_size=700, use_dictionary=["dimension"])
        made.append(path)
    return made


@pytest.fixture(params=[(10**9, 10**9), (500, 10**9), (10**9, 0), (500, 0)], ids=str)
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole or in portions, in a table or by sorting: the answer must not change."""
    portion, dense = request.param
    monkeypatch.setattr(coded, "PORTION_ROWS", portion)
    monkeypatch.setattr(counting, "DENSE_CELLS", dense)


@pytest.fixture
def columns() -> Columns:
    return Columns(10**9)


def by_hand(files: list[Path], asked: Asked) -> Counter[tuple[Any, ...]]:
    told: Counter[tuple[Any, ...]] = Counter()
    for path in files:
        for row in pq.read_table(path).to_pylist():
            for name in asked.values:
                group = tuple(name if g is None else row[g] for g in asked.groups)
                if row[name] is not None:
                    told[*group, row[name]] += 1
    return told


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize(
    "asked",
    [
        Asked(("dimension", "split", "source"), ("value",)),
        Asked((None, "split"), ("value", "other")),
        Asked(("source",), ("other",)),
        Asked((), ("value",)),
    ],
    ids=str,
)
@pytest.mark.parametrize("limit", [0, 10**9])
def test_every_value_of_every_group_is_counted_exactly(
    files: list[Path], asked: Asked, limit: int
) -> None:
    columns = Columns(limit)
    for _ in range(2):  # from the files, then from what is held of them
        blocks = count(files, asked, columns, seconds=60)
        assert told(blocks) == by_hand(files, asked)


def told(blocks: list[Block]) -> Counter[tuple[Any, ...]]:
    return Counter(
        {
            (*group, value): n
            for block in blocks
            for group, row in zip(block.groups, block.table.tolist(), strict=True)
            for value, n in zip(block.values.tolist(), row, strict=True)
            if n
        }
    )


@pytest.mark.usefixtures("cut")
def test_groups_stand_in_order_once_and_null_comes_last(
    files: list[Path], columns: Columns
) -> None:
    blocks = count(files, Asked(("dimension", "split"), ("value",)), columns, seconds=60)
    groups = [group for block in blocks for group in block.groups]
    assert groups == [(d, s) for d in ("a", "b", None) for s in ("test", "train")]
    assert all((np.diff(block.values) > 0).all() for block in blocks)


def test_no_rows_are_no_groups(tmp_path: Path, columns: Columns) -> None:
    empty = pa.schema([("source", "string"), ("value", "float64")]).empty_table()
    pq.write_table(empty, tmp_path / "empty.parquet")
    asked = Asked(("source",), ("value",))
    for paths in ([tmp_path / "empty.parquet"], []):
        assert [block.groups for block in count(paths, asked, columns, seconds=60)] == [[]]


def test_a_count_that_takes_too_long_is_stopped(files: list[Path], columns: Columns) -> None:
    with pytest.raises(TimeoutError, match="stopped"):
        count(files, Asked(("source",), ("value",)), columns, seconds=-1)


@pytest.mark.usefixtures("cut")
def test_zero_is_one_value_whatever_its_sign(tmp_path: Path, columns: Columns) -> None:
    pq.write_table(pa.table({"value": [-0.0, 0.0, 0.0, 1.0, -0.0]}), tmp_path / "signs.parquet")
    [block] = count([tmp_path / "signs.parquet"], Asked((), ("value",)), columns, seconds=60)
    assert (block.values.tolist(), block.table.tolist()) == ([0, 1], [[4, 1]])
    assert not np.signbit(block.values).any()
