"""Every type of expectation, answered in the declared types, whatever the column.

Great Expectations compares dates with text, holds whole numbers against floats, lets sums and
differences wrap, and reads a class as its id. Here the same expectations, by the same names and
with the same meaning, are answered over typed columns, without loading it: whole numbers as whole
numbers of any size, float32 as float32, dates as dates, classes by name. Null is missing, as in the
library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.errors import DeclarationError
from hueset.gate.aggregates import AGGREGATES, answer_aggregate
from hueset.gate.conditions import rows_that_hold
from hueset.gate.expectation_types import KINDS
from hueset.gate.outcome import ExpectationOutcome
from hueset.gate.question import Question, every_row, rows_left
from hueset.gate.report import MAX_EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.declaration.column_types import Type
    from hueset.gate.suite import Expectation


def evaluate_exactly(
    frame: pl.DataFrame, expectations: Sequence[Expectation], types: Mapping[str, Type]
) -> list[ExpectationOutcome]:
    """Evaluate expectations over typed columns.

    Parameters
    ----------
    frame
        From `hueset.gate.frames.read_columns`.
    expectations
        What is promised; each has something to look at.
    types
        The parsed type of each column that they name.

    Returns
    -------
    list of Outcome
        In the order of the expectations; positions are the first ten.
    """
    outcomes = []
    for expectation in expectations:
        try:
            outcomes.append(_outcome(Question(frame, expectation, types)))
        except (DeclarationError, ValueError, TypeError, KeyError, pl.exceptions.PolarsError) as e:
            outcomes.append(
                ExpectationOutcome(expectation.id, False, exception=" ".join(str(e).split()))
            )
    return outcomes


def _outcome(question: Question) -> ExpectationOutcome:
    expectation = question.expectation
    if expectation.type in AGGREGATES:
        success, observed = answer_aggregate(question)
        return ExpectationOutcome(expectation.id, success, observed=observed)
    looks_at = KINDS[expectation.type].looks_at
    if looks_at == "rows":
        judged = every_row(question.frame, is_=True)
    elif looks_at == "values":
        judged = question.columns[0].is_not_null()
    else:
        judged = rows_left(question.frame, expectation)
    broken = judged & ~rows_that_hold(question)
    count, rows = int(broken.sum()), int(judged.sum())
    held = (rows - count) / rows >= question.given.get("mostly", 1)
    places = () if held else tuple(broken.arg_true().head(MAX_EXAMPLES).to_list())
    return ExpectationOutcome(expectation.id, held, unexpected_count=count, positions=places)
