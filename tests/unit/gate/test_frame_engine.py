"""The frame engine says what stock Great Expectations says, for every type that it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.documents.gate_report import GateEngine
from hueset.gate.engine import evaluate_frame, load_evaluator
from hueset.gate.expectation_types import KINDS
from hueset.gate.report import json_safe
from hueset.gate.suite import Expectation
from tests.unit.gate.frames_of_suites import PROMISES, clean_frame, faulty_frame

if TYPE_CHECKING:
    import pandas as pd

    from hueset.gate.outcome import ExpectationOutcome

EXPECTATIONS = [
    Expectation(id=f"promise-{at}", type=kind, kwargs=kwargs, severity="critical", why="a test")
    for at, (kind, kwargs) in enumerate(PROMISES)
    if KINDS[kind].library
]


@pytest.fixture(scope="module", params=["clean", "faulty"])
def both(
    request: pytest.FixtureRequest,
) -> tuple[str, dict[str, ExpectationOutcome], dict[str, ExpectationOutcome]]:
    frame = {"clean": clean_frame, "faulty": faulty_frame}[request.param]()
    return request.param, evaluate(frame, GateEngine.FAST), evaluate(frame, GateEngine.STOCK)


def evaluate(frame: pd.DataFrame, engine: GateEngine) -> dict[str, ExpectationOutcome]:
    counted = evaluate_frame(frame, EXPECTATIONS, engine)
    placed = evaluate_frame(frame, EXPECTATIONS, engine, positions=True)
    return {one.id: one for one in (*counted, *placed)}


def test_every_allowed_type_is_tried_here() -> None:
    assert {kind for kind, _ in PROMISES} == set(KINDS)


def test_the_frames_make_every_type_hold_and_every_type_but_these_fail() -> None:
    clean = evaluate_frame(clean_frame(), EXPECTATIONS, GateEngine.FAST)
    faulty = evaluate_frame(faulty_frame(), EXPECTATIONS, GateEngine.FAST)
    types = {one.id: one.type for one in EXPECTATIONS}

    assert [one.id for one in clean if not one.success or one.exception] == []
    assert {types[one.id] for one in faulty if one.success} - {
        types[one.id] for one in faulty if not one.success
    } == set()


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda one: f"{one.id}-{one.type}")
def test_verdict_counts_positions_and_observed_value_equal_stock(
    both: tuple[str, dict[str, ExpectationOutcome], dict[str, ExpectationOutcome]],
    expectation: Expectation,
) -> None:
    _, ours, theirs = both
    one, other = ours[expectation.id], theirs[expectation.id]

    assert one.exception == other.exception
    assert one.success == other.success
    assert one.unexpected_count == other.unexpected_count
    assert one.positions == other.positions
    assert json_safe(one.observed) == json_safe(other.observed)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_declared_arguments_are_the_librarys_own(kind: str) -> None:
    load_evaluator(GateEngine.STOCK)
    from great_expectations.expectations.registry import get_expectation_impl

    fields = get_expectation_impl(kind).__fields__

    assert set(KINDS[kind].arguments) <= set(fields)
    assert {name for name in KINDS[kind].required if not fields[name].required} <= {"regex"}
    ours = {"column", "column_A", "column_B", "column_list", "value_set", "value", "regex"}
    required = {name for name, field in fields.items() if field.required}
    assert required - {"severity"} <= set(KINDS[kind].required) | ours
