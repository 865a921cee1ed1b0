"""One suite over one table: what is said of each promise, judged so that nothing passes unseen.

The library passes a check that looked at nothing, hides an exception in a failure, and answers in
an order of its own. Here both of the first are `error`, results are matched by id, and one that is
missing is an `error` too. Rows without any value are something to look at for one promise alone,
that there is one: it is broken in every row. A column that a suite says may be empty is a `warn`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hueset.documents.verdicts import Verdict
from hueset.gate.answers import answer_expectations
from hueset.gate.element_counts import ElementCounts
from hueset.gate.engine_choice import choose_engine
from hueset.gate.frames import keys_at, read_columns
from hueset.gate.outcome import ExpectationOutcome
from hueset.gate.report import MAX_EXAMPLES, CheckResult, json_safe
from hueset.gate.suite import table_types
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hueset.declaration import TableDeclaration
    from hueset.documents.gate_report import GateEngine
    from hueset.gate.suite import Expectation, Suite


def run_suite(
    suite: Suite,
    table: TableDeclaration,
    paths: Sequence[Path],
    *,
    floors: bool = True,
    engine: GateEngine | None = None,
) -> list[CheckResult]:
    """Run a suite over a table's parquet files.

    Only the columns that the suite names are read; the key columns only where rows fail.

    Parameters
    ----------
    suite
        The promises.
    table
        The declared table.
    paths
        Its files, in order.
    floors
        Whether `min_nonnull` counts; False for an embedded sample.
    engine
        Who answers where more than one can; None: as for a version of this one table.

    Returns
    -------
    list of CheckResult
        One for each expectation, in the suite's order.
    """
    declared = table_types(table)
    types = {name: declared[name] for name in suite.columns}
    frame = read_columns(paths, types)
    engine = engine or choose_engine(frame.height).name
    looked = ElementCounts(frame)
    bare = [one for one in suite.expectations if looked.only_nulls(one)]
    judged = [one for one in suite.expectations if looked.evaluated(one) and one not in bare]
    outcomes = {one.id: one for one in answer_expectations(frame, judged, types, engine)}
    outcomes |= {one.id: _never_holds(one, frame.height) for one in bare}
    first = {name: outcome.positions[:MAX_EXAMPLES] for name, outcome in outcomes.items()}
    keys = keys_at(paths, table, [at for places in first.values() for at in places])
    results = []
    for one in suite.expectations:
        examples = tuple(keys[at] for at in first.get(one.id, ()))
        result = _judge(suite, one, looked, outcomes.get(one.id), examples)
        if (
            floors
            and result.verdict != Verdict.ERROR
            and looked.values(one) < (one.min_nonnull or 0)
        ):
            result = _too_few(result, looked.values(one), one.min_nonnull)
        results.append(result)
    return results


def _never_holds(expectation: Expectation, rows: int) -> ExpectationOutcome:
    first = tuple(range(min(rows, MAX_EXAMPLES)))
    return ExpectationOutcome(expectation.id, success=False, unexpected_count=rows, positions=first)


def _judge(
    suite: Suite,
    expectation: Expectation,
    looked: ElementCounts,
    outcome: ExpectationOutcome | None,
    examples: tuple[str, ...],
) -> CheckResult:
    evaluated = looked.evaluated(expectation)

    def result(verdict: Verdict, message: str) -> CheckResult:
        return CheckResult(
            id=expectation.id,
            table=suite.table,
            type=expectation.type,
            columns=expectation.columns,
            severity=expectation.severity,
            verdict=verdict,
            evaluated=evaluated,
            unexpected_count=0,
            observed=None,
            example_keys=examples,
            why=expectation.why,
            message=message,
        )

    promise = _promise(expectation)
    if not evaluated and expectation.may_be_empty and looked.frame.height:
        rows = format_count(looked.frame.height, "row")
        empty = f"none of {rows} has a value, which the suite allows"
        return result(Verdict.WARN, f"{promise} looked at nothing: {empty}")
    if not evaluated:
        return result(Verdict.ERROR, f"{promise} looked at nothing: there is no value to judge")
    if outcome is None:
        return result(Verdict.ERROR, f"{promise} has no result: the library dropped it")
    if outcome.exception:
        return result(Verdict.ERROR, f"{promise} could not be evaluated: {outcome.exception}")
    told = replace(
        result(Verdict.PASS, ""),
        unexpected_count=outcome.unexpected_count or 0,
        observed=json_safe(outcome.observed),
    )
    if outcome.success:
        return replace(told, message=f"{promise} holds for {evaluated:,}")
    if outcome.unexpected_count is not None:
        share = f"{told.unexpected_count:,} of {evaluated:,} ({told.unexpected_share:.2%})"
        message = f"{promise} does not hold for {share}"
    else:
        seen = told.observed is not None
        what = f"observed {told.observed}" if seen else "of so few values there is none"
        message = f"{promise} does not hold: {what}"
    verdict = expectation.severity.verdict
    note = "note: " if verdict == Verdict.PASS else ""
    return replace(told, verdict=verdict, message=note + message)


def _too_few(result: CheckResult, found: int, floor: int | None) -> CheckResult:
    values = format_count(found, "value")
    message = f"{result.id}: looked at {values}, it needs {floor:,} to prove anything"
    return replace(result, verdict=Verdict.ERROR, message=message)


def _promise(expectation: Expectation) -> str:
    words = expectation.type.removeprefix("expect_").replace("_", " ")
    given = ", ".join(f"{name}={_short(value)}" for name, value in expectation.kwargs.items())
    return f"{expectation.id}: {words} ({given})"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
