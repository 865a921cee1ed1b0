"""A batch in the declared types: each loss, at whatever depth, is an error that names its path."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueset.declaration.column_types import arrow_type, parse_type
from hueset.errors import BuildError
from hueset.tables import casts
from hueset.tables.conformance import conform_rows

DAY = datetime.date(2026, 11, 30)
NOON = datetime.datetime(2026, 11, 30, 12)
MIDNIGHT = datetime.datetime(2026, 11, 30)
INFINITE = float("inf")


def conformed(values: pa.Array, declared: str) -> pa.Array:
    schema = pa.schema([("c", arrow_type(parse_type(declared)))])
    made = conform_rows(pa.table({"c": values}), schema, where="unit 'u', table 't'")
    made.validate(full=True)
    assert made.schema == schema
    return made["c"].combine_chunks()


@pytest.mark.parametrize(
    ("values", "declared", "said"),
    [
        (pa.array([1.0, 0.5]), "bool", "holds 0.5, which as bool would be True"),
        (pa.array([2]), "bool", "holds 2"),
        (pa.array([1.0, 70000.0]), "float16", "holds 70000.0, which as float16 would be inf"),
        (pa.array([1e300]), "float32", "holds 1e.300, which as float32 would be inf"),
        (pa.array([70000]), "float16", "holds 70000"),
        (pa.array([2049]), "float16", "would be 2048.0"),
        (pa.array([2**24 + 1]), "float32", "would be 16777216.0"),
        (pa.array([2**53 + 1]), "float64", "holds 9007199254740993"),
        (pa.array([2**63 - 1]), "float64", "holds 9223372036854775807"),
        (pa.array([2**64 - 1], pa.uint64()), "float64", "holds 18446744073709551615"),
        (pa.array([0.5]), "int64", "holds 0.5"),
        (pa.array([2.0**63]), "int64", "holds 9.2"),
        (pa.array([2.0**64]), "uint64", "holds 1.8"),
        (pa.array([float("nan")]), "int64", "holds nan"),
        (pa.array([300]), "int8", "300 not in range"),
        (pa.array([-1]), "uint64", "-1 not in range"),
        (pa.array([0.5], pa.float16()), "int64", "holds 0.5"),
        (pa.array([Decimal("12345678901234567890.1")]), "float64", "holds 12345678901234567890.1"),
        (pa.array([Decimal("1.5")]), "int64", "data loss"),
        (pa.array([Decimal(16777217)]), "float32", "holds 16777217, which as float32 would be"),
        (pa.array([Decimal("2049.00")]), "float16", "would be 2048.0"),
        (pa.array([MIDNIGHT, NOON, NOON]), "date32", r"12:00:00, which as date32 .* \(2 such"),
        (pa.array([MIDNIGHT], pa.timestamp("us", "UTC")), "date32", "tz=UTC.*, declared date32"),
        (pa.array([20261130], pa.int32()), "date32", "is int32, declared date32"),
        (pa.array(["2026-13-01"]), "date32", "2026-13-01"),
        (pa.array([NOON]), "int64", "is timestamp.*, declared int64"),
        (pa.array(["0.5"]), "float64", "is string, declared float64"),
        (pa.array([5]), "string", "is int64, declared string"),
        (pa.array([True]), "string", "is bool, declared string"),
        (pa.array([b"\xff"]), "string", "UTF8"),
        (pa.array([1]), "struct<a: int64>", "is int64, declared struct"),
        (pa.array([[1]]), "int64", "is list<item: int64>, declared int64"),
        (pa.array([[1, 2], [3]]), "list<int64, 2>", "holds a list of 1, declared are 2"),
        (pa.array([{"a": 0.5}]), "struct<a: int64>", r"`c\.a` holds 0\.5"),
        (pa.array([[{"a": [0.5]}]]), "list<struct<a: list<bool>>>", r"`c\[\]\.a\[\]` holds 0\.5"),
        (pa.array([[[1.0, 70000.0]]]), "array<float16, 1, 2>", r"`c\[\]\[\]` holds 70000\.0"),
        (pa.array([{"a": 1}]), "struct<b: int64>", r"lacks \['c\.b'\] .*undeclared \['c\.a'\]"),
        (pa.array([{"a": 1, "b": 1}]), "struct<a: int64>", r"has undeclared \['c\.b'\]"),
        (pa.array([[{"a": 1}]]), "list<struct<a: int64, b: int8>>", r"lacks \['c\[\]\.b'\]"),
        (pa.array([[{"a": {"x": 1}}]]), "list<struct<a: struct<y: int64>>>", r"\['c\[\]\.a\.y'\]"),
    ],
)
def test_what_would_be_lost_is_refused_by_its_path(
    values: pa.Array, declared: str, said: str
) -> None:
    with pytest.raises(BuildError, match=said) as caught:
        conformed(values, declared)
    assert caught.value.message.startswith("unit 'u', table 't': ")
    assert "`c" in caught.value.message or "'c" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("values", "declared", "expected"),
    [
        (pa.array([0, 1, None]), "bool", [False, True, None]),
        (pa.array([1.0, None]), "int8", [1, None]),
        (pa.array([2**60, -(2**63)]), "float64", [2.0**60, -(2.0**63)]),
        (pa.array([2048, None]), "float16", [2048.0, None]),
        (pa.array([0.1, INFINITE, None]), "float16", [0.0999755859375, INFINITE, None]),
        (pa.array([True]), "float16", [1.0]),
        (pa.array([Decimal("0.1")]), "float64", [0.1]),
        (pa.array([Decimal("16777217.5"), None]), "float32", [16777218.0, None]),
        (pa.array([MIDNIGHT, None]), "date32", [DAY, None]),
        (pa.array(["2026-11-30"]), "date32", [DAY]),
        (pa.array(["a", None]).dictionary_encode(), "string", ["a", None]),
        (pa.array(["a"], pa.string_view()), "large_string", ["a"]),
        (pa.array([[1, 2], None, []], pa.list_view(pa.int64())), "list<int8>", [[1, 2], None, []]),
        (pa.array([[1, 2], None]), "list<float32, 2>", [[1.0, 2.0], None]),
        (pa.nulls(2), "struct<a: list<int64>>", [None, None]),
        (pa.array([{"b": None, "a": 1}]), "struct<a: int8, b: string>", [{"a": 1, "b": None}]),
    ],
)
def test_what_loses_nothing_is_taken(values: pa.Array, declared: str, expected: list[Any]) -> None:
    assert conformed(values, declared).to_pylist() == expected


SHAPE = pl.List(pl.Struct({"w": pl.List(pl.String), "v": pl.Float64, "p": pl.Array(pl.Int64, 2)}))
ITEM = st.fixed_dictionaries(
    {
        "w": st.none() | st.lists(st.none() | st.text(max_size=3), max_size=3),
        "v": st.none() | st.integers(-9, 9).map(float),
        "p": st.none() | st.lists(st.integers(0, 9), min_size=2, max_size=2),
    }
)


@given(st.lists(st.none() | st.lists(ITEM, max_size=3), max_size=8), st.integers(0, 4))
def test_nested_values_stay_what_they_were(rows: list[Any], start: int) -> None:
    """As polars gives them: other offsets, another order of fields, cut out of a larger one."""
    given_ = pl.Series("c", rows, SHAPE).to_arrow().slice(start)
    declared = "list<struct<p: list<float16, 2>, v: int16, w: list<string>>>"
    assert conformed(given_, declared).to_pylist() == given_.to_pylist()


def test_what_lies_below_a_null_is_nobodys_value() -> None:
    hidden = pa.StructArray.from_arrays(
        [pa.array([1.0, 0.5])], names=["a"], mask=pa.array([False, True])
    )
    assert conformed(hidden, "struct<a: int64>").to_pylist() == [{"a": 1}, None]


def test_a_column_too_large_for_one_array_comes_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casts, "LARGEST_BYTES", 60)
    texts = [f"text {at}" for at in range(40)]
    schema = pa.schema([("c", pa.string())])
    made = conform_rows(pa.table({"c": pa.array(texts, pa.large_string())}), schema, where="w")
    assert made["c"].to_pylist() == texts
    assert made["c"].num_chunks > 5


def test_a_batch_without_a_column_is_one_without_rows() -> None:
    schema = pa.schema([("c", pa.string())])
    assert conform_rows(pa.Table.from_pylist([]), schema, where="w").schema == schema
    with pytest.raises(BuildError, match=r"lacks \['c'\]"):
        conform_rows(pa.table({"d": ["a"]}), schema, where="w")


def test_a_column_given_twice_is_refused() -> None:
    twice = pa.table([pa.array([1]), pa.array([2])], names=["c", "c"])
    with pytest.raises(BuildError, match=r"has twice \['c'\]"):
        conform_rows(twice, pa.schema([("c", pa.int64())]), where="w")


def broken_text() -> pa.Array:
    """Return two texts, the second of which is no UTF-8: Arrow does not look at buffers."""
    offsets, data = pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer(b"a\xff")
    return pa.Array.from_buffers(pa.string(), 2, [None, offsets, data])


@pytest.mark.parametrize(
    ("values", "declared"),
    [
        (broken_text(), "string"),
        (broken_text(), "large_string"),
        (pa.ListArray.from_arrays([0, 1, 2], broken_text()), "list<string>"),
        (pa.StructArray.from_arrays([broken_text()], ["a"]), "struct<a: string>"),
        (pa.DictionaryArray.from_arrays([0, 1], broken_text()), "string"),
    ],
)
def test_a_text_that_is_no_utf8_is_refused_at_any_depth(values: pa.Array, declared: str) -> None:
    with pytest.raises(BuildError, match=r"unit 'u', table 't': the column 'c' .*UTF8"):
        conformed(values, declared)
