"""Great Expectations as its own documentation shows it: any version, its public names alone.

Slower than `hueset.gate.frame_engine` (it hashes the whole frame each time, and compares many
values one by one), and not bound to how the library works inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.gate.library_results import ID, RESULT_FORMATS, failures, read_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hueset.gate.outcome import ExpectationOutcome
    from hueset.gate.suite import Expectation


def evaluate_stock(
    frame: pd.DataFrame, expectations: Sequence[Expectation], *, positions: bool
) -> list[ExpectationOutcome]:
    """Evaluate expectations; for the arguments see `hueset.gate.engine.evaluate_frame`.

    An expectation that the library drops, or a version that cannot be asked like this, gives
    outcomes that say so.
    """
    import great_expectations as gx

    outcomes, written = [], []
    for one in expectations:
        try:
            written.append(_library_expectation(one))
        except Exception as error:  # of whatever kind a version raises
            outcomes += failures([one], error)
    if not written:
        return outcomes
    try:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("memory").add_dataframe_asset("frame")
        whole = asset.add_batch_definition_whole_dataframe("all")
        suite = gx.ExpectationSuite(name="suite", expectations=written)
        batch = whole.get_batch({"dataframe": frame})
        found = batch.validate(suite, result_format=RESULT_FORMATS[positions])
        return outcomes + [read_result(one, len(frame)) for one in found.results]
    except Exception as error:
        return failures(expectations, error)


def _library_expectation(expectation: Expectation) -> Any:
    """Return an expectation as an object of the library."""
    from great_expectations import expectations

    kind = getattr(expectations, "".join(map(str.capitalize, expectation.type.split("_"))))
    return kind(**expectation.kwargs, severity=expectation.severity, meta={ID: expectation.id})
