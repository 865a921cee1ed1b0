"""One suite over one table: what Great Expectations says, judged so that nothing passes unseen.

The library passes a check that looked at nothing, hides an exception in a failure, and answers in
an order of its own. Here both of the first are `error`, results are matched by id, and one that is
missing is an `error` too. Rows without any value are something to look at for one promise alone,
that there is one: it is broken in every row. A column that a suite says may be empty is a `warn`.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import replace
from typing import TYPE_CHECKING

from hueset.gate.frames import keys_at, read_frame
from hueset.gate.gx import Outcome, evaluate
from hueset.gate.kinds import KINDS, NOT_NULL
from hueset.gate.verdict import MAX_EXAMPLES, CheckResult, json_safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from hueset.builder import Verdict
    from hueset.gate.suite import Expectation, Suite
    from hueset.spec import Table

_ON_FAILURE: dict[str, Verdict] = {"critical": "fail", "warning": "warn", "info": "pass"}


def run_suite(
    suite: Suite, table: Table, paths: Sequence[Path], *, floors: bool = True
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

    Returns
    -------
    list of CheckResult
        One for each expectation, in the suite's order.
    """
    frame = read_frame(paths, suite.columns)
    looked = _Looked(frame)
    bare = [one for one in suite.expectations if looked.only_nulls(one)]
    judged = [one for one in suite.expectations if looked.evaluated(one) and one not in bare]
    outcomes = _by_id(evaluate(frame, judged) if judged else [])
    failed = [one for one in judged if _named_by_rows(one, outcomes.get(one.id))]
    placed = _by_id(evaluate(frame, failed, positions=True) if failed else [])
    never = _by_id([_never_holds(one, len(frame)) for one in bare])
    outcomes, placed = outcomes | never, placed | never
    first = {name: outcome.positions[:MAX_EXAMPLES] for name, outcome in placed.items()}
    keys = keys_at(paths, table.key, [at for places in first.values() for at in places])
    results = []
    for one in suite.expectations:
        examples = tuple(keys[at] for at in first.get(one.id, ()))
        result = _judge(suite, one, looked, outcomes.get(one.id), examples)
        if floors and result.verdict != "error" and looked.values(one) < (one.min_nonnull or 0):
            result = _too_few(result, looked.values(one), one.min_nonnull)
        results.append(result)
    return results


class _Looked:
    """How many elements a check looks at, counted once for each set of columns."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.counts: dict[tuple[tuple[str, ...], bool], int] = {}

    def evaluated(self, expectation: Expectation) -> int:
        """Return the number of evaluated elements (see `Kind.looks_at`)."""
        looks_at, rows = KINDS[expectation.type].looks_at, len(self.frame)
        values = self.values(expectation)
        if looks_at == "rows":
            return rows
        if looks_at == "pair" and values:
            ignored = expectation.kwargs.get("ignore_row_if", "both_values_are_missing")
            left = {"neither": rows, "either_value_is_missing": values}
            return left.get(ignored) or self._filled(expectation.columns, in_any=True)
        return values

    def values(self, expectation: Expectation) -> int:
        """Return the number of rows that have a value in the columns of the check."""
        in_any = KINDS[expectation.type].looks_at == "any"
        return self._filled(expectation.columns, in_any=in_any)

    def only_nulls(self, expectation: Expectation) -> bool:
        """Whether it promises values and no row has one, which the library lets pass."""
        promised = expectation.type == NOT_NULL and len(self.frame) > 0
        return promised and not self.values(expectation)

    def _filled(self, columns: tuple[str, ...], *, in_any: bool) -> int:
        if not columns:
            return len(self.frame)
        if (columns, in_any) not in self.counts:
            filled = [self.frame[column].notna() for column in columns]
            join = operator.or_ if in_any else operator.and_
            self.counts[columns, in_any] = int(functools.reduce(join, filled).sum())
        return self.counts[columns, in_any]


def _by_id(outcomes: list[Outcome]) -> dict[str, Outcome]:
    return {outcome.id: outcome for outcome in outcomes}


def _never_holds(expectation: Expectation, rows: int) -> Outcome:
    first = tuple(range(min(rows, MAX_EXAMPLES)))
    return Outcome(expectation.id, success=False, unexpected_count=rows, positions=first)


def _named_by_rows(expectation: Expectation, outcome: Outcome | None) -> bool:
    """Tell whether rows that do not hold can be named."""
    row_level = KINDS[expectation.type].row_level
    return bool(row_level and outcome and not outcome.exception and not outcome.success)


def _judge(
    suite: Suite,
    expectation: Expectation,
    looked: _Looked,
    outcome: Outcome | None,
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
    if not evaluated and expectation.may_be_empty and len(looked.frame):
        empty = f"none of {len(looked.frame):,} rows has a value, which the suite allows"
        return result("warn", f"{promise} looked at nothing: {empty}")
    if not evaluated:
        return result("error", f"{promise} looked at nothing: there is no value to judge")
    if outcome is None:
        return result("error", f"{promise} has no result: the library dropped it")
    if outcome.exception:
        return result("error", f"{promise} could not be evaluated: {outcome.exception}")
    told = replace(
        result("pass", ""),
        unexpected_count=outcome.unexpected_count or 0,
        observed=json_safe(outcome.observed),
    )
    if outcome.success:
        return replace(told, message=f"{promise} holds for {evaluated:,}")
    if outcome.unexpected_count is not None:
        share = f"{told.unexpected_count:,} of {evaluated:,} ({told.unexpected_share:.2%})"
        message = f"{promise} does not hold for {share}"
    else:
        message = f"{promise} does not hold: observed {told.observed}"
    verdict = _ON_FAILURE[expectation.severity]
    note = "note: " if verdict == "pass" else ""
    return replace(told, verdict=verdict, message=note + message)


def _too_few(result: CheckResult, found: int, floor: int | None) -> CheckResult:
    message = f"{result.id}: looked at {found:,} values, it needs {floor:,} to prove anything"
    return replace(result, verdict="error", message=message)


def _promise(expectation: Expectation) -> str:
    words = expectation.type.removeprefix("expect_").replace("_", " ")
    given = ", ".join(f"{name}={_short(value)}" for name, value in expectation.kwargs.items())
    return f"{expectation.id}: {words} ({given})"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
