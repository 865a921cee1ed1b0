"""Who answers an expectation: Great Expectations where it compares as declared, else `exact`.

With the engine `typed`, `exact` answers all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.declaration.column_types import ClassOf
from hueset.documents.gate_report import GateEngine
from hueset.gate.engine import evaluate_frame
from hueset.gate.exact import evaluate_exactly
from hueset.gate.expectation_types import ANY, KINDS, Argument
from hueset.gate.frames import to_pandas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from hueset.declaration.column_types import Type
    from hueset.gate.outcome import ExpectationOutcome
    from hueset.gate.suite import Expectation


def answer_expectations(
    frame: pl.DataFrame,
    judged: Sequence[Expectation],
    types: Mapping[str, Type],
    engine: GateEngine,
) -> list[ExpectationOutcome]:
    """Answer every expectation that has something to look at.

    Parameters
    ----------
    frame
        From `hueset.gate.frames.read_columns`.
    judged
        What is promised.
    types
        The parsed type of each column that they name.
    engine
        Who answers where the library can.

    Returns
    -------
    list of ExpectationOutcome
        In no order; one that the library dropped is missing. Of a row-level expectation that does
        not hold, at least the first ten positions.
    """
    asked = []
    if engine is not GateEngine.TYPED:
        asked = [one for one in judged if library_compares_as_declared(one, types)]
    apart = {one.id for one in asked}
    exact = [one for one in judged if one.id not in apart]
    outcomes = evaluate_exactly(frame, exact, types)
    if asked:
        given = to_pandas(frame, sorted({name for one in asked for name in one.columns}))
        first = _by_id(evaluate_frame(given, asked, engine))
        failed = [one for one in asked if _named_by_rows(one, first.get(one.id))]
        placed = _by_id(evaluate_frame(given, failed, engine, positions=True) if failed else [])
        outcomes += (first | placed).values()
    return outcomes


_COMPARED_IN_PAIRS = {"string", "large_string", "float64"}
_EXACT_IN_PANDAS = _COMPARED_IN_PAIRS | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32)
}


def library_compares_as_declared(expectation: Expectation, types: Mapping[str, Type]) -> bool:
    """Tell whether the library, over pandas, answers an expectation as the types are declared.

    It does for text, classes (read as their names), float64, and whole numbers of up to 32 bits,
    if no bound is lost when it becomes a float. Of two columns it compares text or float64 with
    the same: of whole numbers a null in either stops it.
    """
    kind = KINDS[expectation.type]
    if kind.families == ANY or not kind.library:
        return kind.library
    kinds = [types[name] for name in expectation.columns]
    names = {"string" if isinstance(one, ClassOf) else getattr(one, "name", "") for one in kinds}
    if not names <= _EXACT_IN_PANDAS:
        return False
    if kind.looks_at == "pair" and (len(names) > 1 or not names <= _COMPARED_IN_PAIRS):
        return False
    given = expectation.kwargs
    ends = [given.get(name) for name in kind.arguments if kind.arguments[name] is Argument.BOUND]
    return all(end is None or _is_exact_as_float(end) for end in ends)


def _is_exact_as_float(end: object) -> bool:
    return isinstance(end, float) or (isinstance(end, int) and abs(end) <= 2**53)


def _named_by_rows(expectation: Expectation, outcome: ExpectationOutcome | None) -> bool:
    """Tell whether rows that do not hold can be named."""
    row_level = KINDS[expectation.type].row_level
    return bool(row_level and outcome and not outcome.exception and not outcome.success)


def _by_id(outcomes: list[ExpectationOutcome]) -> dict[str, ExpectationOutcome]:
    return {outcome.id: outcome for outcome in outcomes}
