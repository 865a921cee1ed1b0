"""A pandas engine for Great Expectations without the slow spots of its stock one.

Stock validation hashes the whole frame each time, compares all but two types of number value by
value, and copies whole frames to list values that nobody reads here. The engine here inherits the
stock engine and registers metric providers of its own for these, as the library offers for custom
metrics. It reaches into the library to be asked at all, and so is used with those versions alone
that it was tested with (`hueset.gate.engine_choice.FAST_VERSIONS`); a test holds verdicts, counts
and positions against stock validation for every type that the library is asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from hueset.gate.expectation_types import KINDS
from hueset.gate.library_results import ID, RESULT_FORMATS, failures, read_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from hueset.gate.outcome import ExpectationOutcome
    from hueset.gate.suite import Expectation

# What `ignore_row_if` means as `how` of `DataFrame.dropna`; None drops nothing.
_DROPPED: dict[str, Literal["any", "all"] | None] = {
    "both_values_are_missing": "all",
    "either_value_is_missing": "any",
    "neither": None,
    "all_values_are_missing": "all",
    "any_value_is_missing": "any",
    "never": None,
}


class FrameEvaluator:
    """Evaluates expectations over a frame; make one for the process."""

    def __init__(self) -> None:
        from great_expectations.validator.validator import Validator

        class QuietValidator(Validator):  # type: ignore[misc]
            def _determine_progress_bars(self) -> bool:
                return False

        self.engine_type = _frame_engine()
        self.validator_type = QuietValidator

    def __call__(
        self, frame: pd.DataFrame, expectations: Sequence[Expectation], *, positions: bool
    ) -> list[ExpectationOutcome]:
        """Evaluate expectations; for the arguments see `hueset.gate.engine.evaluate_frame`."""
        from great_expectations.execution_engine.pandas_batch_data import PandasBatchData

        outcomes, configurations = [], []
        for one in expectations:
            try:
                configurations.append(_configuration(one))
            except (ValueError, TypeError) as error:
                outcomes += failures([one], error)
        engine = self.engine_type()
        data = PandasBatchData(execution_engine=engine, dataframe=frame)
        engine.load_batch_data("frame", data)
        results = self.validator_type(execution_engine=engine).graph_validate(
            configurations=configurations,
            runtime_configuration={
                "result_format": RESULT_FORMATS[positions],
                "catch_exceptions": True,
            },
        )
        return outcomes + [read_result(result, len(frame)) for result in results]


def _configuration(expectation: Expectation) -> Any:
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    configuration = ExpectationConfiguration(
        type=expectation.type,
        kwargs=dict(expectation.kwargs),
        severity=expectation.severity,
        meta={ID: expectation.id},
    )
    try:
        configuration.to_domain_obj()
    except GreatExpectationsError as error:
        raise ValueError(str(error)) from error
    return configuration


def _frame_engine() -> Any:
    """Return the engine's class, with its metric providers registered; call it once."""
    from great_expectations.execution_engine import PandasExecutionEngine

    class FrameEngine(PandasExecutionEngine):  # type: ignore[misc]
        """The pandas engine, reading no more of the frame than a metric is about."""

        def get_domain_records(self, domain_kwargs: dict[str, Any]) -> Any:
            """Return the rows of the metric's own columns, less those it is told to ignore."""
            given = {name for name, value in domain_kwargs.items() if value is not None}
            if not given <= {"batch_id", "table", "column", "column_A", "column_B", *_LISTS}:
                return super().get_domain_records(domain_kwargs)
            if "column" in given:
                return self.dataframe[_names([domain_kwargs["column"]])]
            if "column_A" in given:
                named = [domain_kwargs["column_A"], domain_kwargs["column_B"]]
                records = self.dataframe[_names(named)]
            elif "column_list" in given:
                records = self.dataframe[_names(domain_kwargs["column_list"])]
            else:
                return super().get_domain_records(domain_kwargs)
            how = _DROPPED[domain_kwargs["ignore_row_if"]]
            return records.dropna(how=how) if how else records

    _register_conditions(FrameEngine)
    _leave_out_values(FrameEngine)
    return FrameEngine


_LISTS = ("column_list", "ignore_row_if")


def _names(columns: Iterable[str]) -> pd.Index:
    """Return names, each once, as pandas looks them up fastest."""
    import pandas as pd

    return pd.Index(list(dict.fromkeys(columns)), dtype=object)


def _register_conditions(engine: type) -> None:
    from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (  # noqa: E501
        column_condition_partial,
    )
    from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (  # noqa: E501
        ColumnMapMetricProvider,
    )

    class FrameBetween(ColumnMapMetricProvider):  # type: ignore[misc]
        condition_metric_name = "column_values.between"
        condition_value_keys = ("min_value", "max_value", "strict_min", "strict_max")
        filter_column_isnull = False  # to copy what is not null takes longer than to compare it

        @column_condition_partial(engine=engine)  # type: ignore[untyped-decorator]
        def _pandas(cls, column: pd.Series, **bounds: Any) -> Any:  # noqa: N805
            return _between(column, bounds)

    class FrameUnique(ColumnMapMetricProvider):  # type: ignore[misc]
        condition_metric_name = "column_values.unique"

        @column_condition_partial(engine=engine)  # type: ignore[untyped-decorator]
        def _pandas(cls, column: pd.Series, **_: Any) -> Any:  # noqa: N805
            return _unique(column)


def _between(column: pd.Series, bounds: dict[str, Any]) -> Any:
    """Compare a whole column with bounds, numbers or texts; a null breaks none."""
    import pandas as pd

    low, high = bounds.get("min_value"), bounds.get("max_value")
    if low is not None and high is not None and low > high:
        message = "min_value cannot be greater than max_value"
        raise ValueError(message)
    held = pd.Series(True, index=column.index)
    if low is not None:
        held &= (column > low) if bounds.get("strict_min") else (column >= low)
    if high is not None:
        held &= (column < high) if bounds.get("strict_max") else (column <= high)
    return held | column.isna()


def _unique(column: pd.Series) -> Any:
    """Tell of each value whether it stands there once."""
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    text = isinstance(column.dtype, pd.StringDtype)
    # Polars counts different texts in a fifth of the time in which pandas looks for equal ones.
    if text and pl.Series(pa.array(column.array)).n_unique() == len(column):
        return pd.Series(True, index=column.index)
    return ~column.duplicated(keep=False)


def _leave_out_values(engine: type) -> None:
    """Let the lists of unexpected values be empty: rows are named by position instead."""
    from great_expectations.core.metric_function_types import MetricFunctionTypes
    from great_expectations.expectations import registry

    def no_values(*_: Any, **__: Any) -> list[Any]:
        return []

    for name, kind in KINDS.items():
        if not kind.row_level:
            continue
        metric = f"{registry.get_expectation_impl(name).map_metric}.unexpected_values"
        known = registry._registered_metrics[metric]  # there is no public reader
        provider, _ = known["providers"]["PandasExecutionEngine"]
        known["providers"].pop(engine.__name__, None)
        registry.register_metric(
            metric_name=metric,
            metric_domain_keys=known["metric_domain_keys"],
            metric_value_keys=known["metric_value_keys"],
            execution_engine=engine,
            metric_class=provider,
            metric_provider=no_values,
            metric_fn_type=MetricFunctionTypes.VALUE,
        )
