"""Floats are held against a range as they are stored: no rounding lets one through."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from hueset.declaration.column_types import parse_type
from hueset.gate.exact import evaluate_exactly
from hueset.gate.suite import Expectation

EACH, LEAST, MOST, SUM, MEAN = (
    f"expect_column_{one}_to_be_between" for one in ("values", "min", "max", "sum", "mean")
)
TENTHS = pl.Series([0.1, 0.1], dtype=pl.Float32).to_list()


@pytest.mark.parametrize(
    ("name", "values", "kind", "given", "holds"),
    [
        ("float32", [16777216.0, 1.0], SUM, {"max_value": 16777216}, False),
        ("float32", [16777216.0, 1.0], SUM, {"max_value": 16777217}, True),
        ("float16", [2048.0, 1.0], SUM, {"max_value": 2048}, False),
        ("float16", [2048.0, 2049.0 - 3], MEAN, {"max_value": 2046.9}, False),
        ("float16", [2048.0], MOST, {"max_value": 2047.9}, False),
        ("float16", [2048.0], EACH, {"max_value": 2047.9}, False),
        ("float16", [2048.0], LEAST, {"min_value": 2048.1}, False),
        ("float16", [2048.0], EACH, {"min_value": 2048.1}, False),
        ("float16", [65504.0], MOST, {"max_value": 65500}, False),
        ("float16", [65504.0], EACH, {"max_value": 65500.0}, False),
        ("float32", TENTHS, EACH, {"min_value": 0.1, "max_value": 0.1}, True),
        ("float32", TENTHS, EACH, {"max_value": 0.1, "strict_max": True}, False),
        ("float32", TENTHS, MOST, {"max_value": 0.1}, True),
        ("float32", TENTHS, MOST, {"max_value": 0.10000000001}, False),
        ("float32", TENTHS, MEAN, {"min_value": 0.1, "max_value": 0.1}, True),
        ("float64", [2.0**60], EACH, {"min_value": 2**60 + 1}, False),
        ("float64", [2.0**60], EACH, {"max_value": 2**60 + 1}, True),
        ("float64", [2.0**60], EACH, {"max_value": 2**60 - 1}, False),
        ("float64", [1e308, 1e308], SUM, {"max_value": 1e308}, False),
        ("float64", [0.1] * 10, SUM, {"min_value": 1, "max_value": 1}, True),
    ],
)
def test_a_float_is_in_a_range_as_it_is_stored(
    name: str, values: list[float], kind: str, given: dict[str, Any], holds: bool
) -> None:
    frame = pl.DataFrame({"c": pl.Series(values, dtype=pl.Float64)})
    if name != "float64":
        frame = frame.cast(pl.Float32)
    asked = Expectation(
        id="e", type=kind, kwargs={"column": "c", **given}, severity="critical", why="a test"
    )
    (outcome,) = evaluate_exactly(frame, [asked], {"c": parse_type(name)})
    assert (outcome.success, outcome.exception) == (holds, None)
