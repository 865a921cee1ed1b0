"""Great Expectations as its own documentation shows it, to hold our gate against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.gate.engine import _outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hueset.gate.outcome import ExpectationOutcome
    from hueset.gate.suite import Expectation


def stock(
    frame: pd.DataFrame, expectations: Sequence[Expectation]
) -> dict[str, ExpectationOutcome]:
    """Validate the way the library's own documentation does."""
    import great_expectations as gx
    from great_expectations.core import ExpectationSuite

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("frame")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    written: list[Any] = [
        {
            "type": one.type,
            "kwargs": one.kwargs,
            "severity": one.severity,
            "meta": {"hueset_id": one.id},
        }
        for one in expectations
    ]
    suite = ExpectationSuite(name="all", expectations=written)
    result = batch.validate(suite, result_format="COMPLETE")
    return {one.id: one for one in map(_outcome, result.results)}
