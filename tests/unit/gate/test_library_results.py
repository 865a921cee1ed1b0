"""A result of the library that says too little is an error, and never a pass."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hueset.gate.library_results import read_result

IN_SET = "expect_column_values_to_be_in_set"


def result(kind: str = IN_SET, *, success: object = True, info: Any = None, **found: Any) -> Any:
    config = SimpleNamespace(type=kind, meta={"hueset_id": "it"})
    return SimpleNamespace(
        expectation_config=config, success=success, exception_info=info, result=found
    )


def test_a_result_that_looked_at_every_row_is_read() -> None:
    outcome = read_result(
        result(success=False, element_count=5, unexpected_count=2, unexpected_index_list=[1, 3]), 5
    )

    assert (outcome.id, outcome.success, outcome.exception) == ("it", False, None)
    assert (outcome.unexpected_count, outcome.positions) == (2, (1, 3))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({}, "does not say how many rows"),
        ({"element_count": 5}, "does not say how many rows"),
        ({"unexpected_count": 0}, "does not say how many rows"),
        ({"element_count": 4, "unexpected_count": 0}, "looked at 4 of 5 rows"),
        ({"element_count": 0, "unexpected_count": 0}, "looked at 0 of 5 rows"),
    ],
)
def test_a_row_level_result_says_that_it_looked_at_every_row(
    found: dict[str, int], why: str
) -> None:
    outcome = read_result(result(**found), 5)

    assert not outcome.success
    assert why in str(outcome.exception)


@pytest.mark.parametrize(
    "info",
    [
        {"raised_exception": True, "exception_message": "no\nsuch column"},
        {"column.max": {"raised_exception": True, "exception_message": "no such column"}},
    ],
)
def test_an_exception_that_the_library_caught_is_one(info: dict[str, Any]) -> None:
    outcome = read_result(result("expect_column_max_to_be_between", info=info), 5)

    assert (outcome.success, outcome.exception) == (False, "no such column")


@pytest.mark.parametrize("success", [None, False])
def test_no_success_is_no_pass(success: object) -> None:
    found = result("expect_column_max_to_be_between", success=success, observed_value=3)

    assert not read_result(found, 5).success
