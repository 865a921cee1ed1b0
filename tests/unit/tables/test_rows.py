"""Rows given as dicts: what `pyarrow.Table.from_pylist` loses in silence is an error here."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from hueset.errors import BuildError
from hueset.tables.rows import table_of

SCHEMA = pa.schema(
    [
        ("k", pa.string()),
        ("n", pa.int64()),
        ("who", pa.struct([("name", pa.string()), ("id", pa.int64())])),
        ("many", pa.list_(pa.struct([("name", pa.string())]))),
        ("mel", pa.list_(pa.float16(), 2)),
    ]
)
ROW: dict[str, Any] = {
    "k": "a",
    "n": 1,
    "who": {"name": "x", "id": 1},
    "many": [{"name": "y"}, None],
    "mel": [0.5, 1],
}
EMPTY = dict.fromkeys(ROW)


@pytest.mark.parametrize("rows", [[], [ROW], [EMPTY, ROW], [EMPTY]])
def test_rows_with_exactly_the_declared_keys_are_a_table(rows: list[dict[str, Any]]) -> None:
    made = table_of(rows, SCHEMA)
    assert (made.schema, made.to_pylist()) == (SCHEMA, rows)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"extra": 1}, r"row 1 lacks \[\] and has undeclared \['extra'\]"),
        ({"who": {"name": "x"}}, r"row 1: who lacks \['id'\]"),
        ({"who": {"name": "x", "id": 1, "no": 2}}, r"row 1: who .*undeclared \['no'\]"),
        ({"many": [{"name": "y"}, {"nam": "z"}]}, r"row 1: many\[\] lacks \['name'\]"),
        ({"n": 0.5}, r"`n` holds 0\.5, which as int64 would be 0"),
        ({"mel": [70000.0, 1.0]}, r"`mel\[\]` holds 70000\.0, which as float16 would be inf"),
        ({"n": "one"}, "`n` are of no single type"),
    ],
)
def test_what_would_be_lost_is_an_error(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BuildError, match=said):
        table_of([ROW, {**ROW, **changes}], SCHEMA)
