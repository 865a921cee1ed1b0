"""A column of classes is read by its names, wherever somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.declaration.column_types import parse_type
from hueset.tables.class_arrays import name_arrow_classes, named_type
from hueset.tables.class_names import class_columns, class_name, name_classes, select_named
from hueset.tables.sql import add_parquet_view, add_sealed_view, open_database

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {
    "one": "class<low | it's>",
    "many": "list<class<p | q>>",
    "pair": "list<class<p | q>, 2>",
    "deep": "struct<at: class<m | n>, word: string>",
    "number": "int64",
}
ROWS: dict[str, list[Any]] = {
    "one": [0, 1, None, -1, 7],
    "many": [[1, 0], None, [], [None], [9]],
    "pair": [[0, 1], None, [1, 1], [0, None], [0, 0]],
    "deep": [
        {"at": 1, "word": "w"},
        None,
        {"at": None, "word": "x"},
        {"at": 0, "word": None},
        {"at": 2, "word": ""},
    ],
    "number": [0, 1, 2, 3, 4],
}
NAMED: dict[str, list[Any]] = {
    "one": ["low", "it's", None, "-1", "7"],
    "many": [["q", "p"], None, [], [None], ["9"]],
    "pair": [["p", "q"], None, ["q", "q"], ["p", None], ["p", "p"]],
    "deep": [
        {"at": "n", "word": "w"},
        None,
        {"at": None, "word": "x"},
        {"at": "m", "word": None},
        {"at": "2", "word": ""},
    ],
    "number": ROWS["number"],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    schema = pa.schema(
        {
            "one": pa.int64(),
            "many": pa.list_(pa.int64()),
            "pair": pa.list_(pa.int64(), 2),
            "deep": pa.struct({"at": pa.int64(), "word": pa.string()}),
            "number": pa.int64(),
        }
    )
    pq.write_table(pa.table(ROWS, schema=schema), tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize("add_view", [add_parquet_view, add_sealed_view])
def test_a_view_shows_names_at_any_depth(add_view: Any, file: Path) -> None:
    with open_database([file]) as con:
        add_view(con, [file], "t", select=select_named(TYPES))
        cursor = con.execute("SELECT * FROM t")
        names = [column[0] for column in cursor.description]
        found = dict(zip(names, map(list, zip(*cursor.fetchall(), strict=True)), strict=True))
    found["pair"] = [list(one) if one else one for one in found["pair"]]
    assert found == NAMED


def test_a_frame_shows_names_of_one_and_of_several(file: Path) -> None:
    found = name_classes(pl.scan_parquet(file), TYPES).collect()
    for name in ("one", "many", "pair", "number"):
        assert found[name].to_list() == NAMED[name]


def test_a_frame_shows_names_at_any_depth_of_a_column(tmp_path: Path) -> None:
    types = {"many": "list<struct<at: class<m | n>, word: string>>", "deep": TYPES["deep"]}
    rows = {"deep": ROWS["deep"], "many": [[one] for one in ROWS["deep"]]}
    named = {"deep": NAMED["deep"], "many": [[one] for one in NAMED["deep"]]}
    deep = pa.struct({"at": pa.int64(), "word": pa.string()})
    table = pa.table(rows, schema=pa.schema({"deep": deep, "many": pa.list_(deep)}))
    pq.write_table(table, tmp_path / "deep.parquet")
    found = name_classes(pl.scan_parquet(tmp_path / "deep.parquet"), types).collect()
    assert {name: found[name].to_list() for name in types} == named
    assert name_arrow_classes(table, types).to_pydict() == named


@pytest.mark.parametrize("start", [0, 1, 3])
def test_an_arrow_table_and_a_part_of_it_show_names_at_any_depth(file: Path, start: int) -> None:
    found = name_arrow_classes(pq.read_table(file).slice(start), TYPES)
    assert found.to_pydict() == {name: values[start:] for name, values in NAMED.items()}
    assert found.schema.types == [named_type(parse_type(one)) for one in TYPES.values()]


def test_where_no_column_holds_classes_nothing_is_replaced() -> None:
    assert select_named({"a": "string", "b": "list<int64>"}) == '"a", "b"'
    assert select_named({}) == "*"
    assert class_columns(TYPES) == {"one": ("low", "it's")}
    assert [class_name(("a", "b"), one) for one in (0, 1, None, 2, -1)] == [
        "a",
        "b",
        None,
        "2",
        "-1",
    ]
