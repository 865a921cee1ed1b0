"""A pandas engine for Great Expectations without the slow spots of its stock one.

Stock validation hashes the whole frame each time, looks at every value in a Python loop before a
mean, compares all but two types of number value by value, and copies whole frames to list values
that nobody reads here. `FrameEngine` inherits the stock engine and registers metric providers of
its own for these, the way the library offers for custom metrics. A test holds verdicts, counts and
observed values against stock validation for every type that a suite may use.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal

from hueset.gate.expectation_types import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

# What `ignore_row_if` means as `how` of `DataFrame.dropna`; None drops nothing.
_DROPPED: dict[str, Literal["any", "all"] | None] = {
    "both_values_are_missing": "all",
    "either_value_is_missing": "any",
    "neither": None,
    "all_values_are_missing": "all",
    "any_value_is_missing": "any",
    "never": None,
}


def frame_engine() -> Any:
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
                records = _comparable(self.dataframe[_names(named)])
            elif "column_list" in given:
                records = self.dataframe[_names(domain_kwargs["column_list"])]
            else:
                return super().get_domain_records(domain_kwargs)
            how = _DROPPED[domain_kwargs["ignore_row_if"]]
            return records.dropna(how=how) if how else records

    _register_aggregates(FrameEngine)
    _register_conditions(FrameEngine)
    _leave_out_values(FrameEngine)
    return FrameEngine


_LISTS = ("column_list", "ignore_row_if")


def frame_configuration() -> Any:
    """Return a class of configurations that make their expectation once, not at each question.

    The library asks an expectation for its configuration some eighty times while it validates, and
    each time a new one is made from all of its fields.
    """
    from great_expectations.compatibility.pydantic import PrivateAttr
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.registry import get_expectation_impl

    class FrameConfiguration(ExpectationConfiguration):  # type: ignore[misc]
        """A configuration and its expectation, each of which knows the other."""

        _made: Any = None

        def _get_expectation_impl(self) -> Any:
            return settled(super()._get_expectation_impl())

        def to_domain_obj(self) -> Any:
            if self._made is None:
                self._made = super().to_domain_obj()
            return self._made

    def configuration(self: Any) -> Any:
        if self._settled is None:
            stock: Any = type(self).__mro__[1]
            told = stock.configuration.fget(self)
            self._settled = FrameConfiguration(
                # The library reads the type from the name of the class.
                type=told.type.removeprefix("settled_"),
                kwargs=told.kwargs,
                meta=told.meta,
                severity=told.severity,
            )
            self._settled._made = self
        return self._settled

    @functools.cache
    def settled(stock: type) -> Any:
        members = {
            "__module__": __name__,
            "_settled": PrivateAttr(default=None),
            "configuration": property(configuration),
        }
        return type(stock)(f"Settled{stock.__name__}", (stock,), members)

    for kind in KINDS:  # made here, while rows are still being built
        settled(get_expectation_impl(kind))
    return FrameConfiguration


def _names(columns: Iterable[str]) -> pd.Index:
    """Return names, each once, as pandas looks them up fastest."""
    import pandas as pd

    return pd.Index(list(dict.fromkeys(columns)), dtype=object)


def _comparable(records: pd.DataFrame) -> pd.DataFrame:
    """Let a null compare as false in integers as it does in floats; stock fails to evaluate it."""
    import pandas as pd

    nullable = [
        name
        for name, kind in records.dtypes.items()
        if pd.api.types.is_extension_array_dtype(kind) and pd.api.types.is_numeric_dtype(kind)
    ]
    return records.astype(dict.fromkeys(nullable, "float64")) if nullable else records


def _register_aggregates(engine: type) -> None:
    from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
        ColumnAggregateMetricProvider,
        column_aggregate_value,
    )

    class FrameMean(ColumnAggregateMetricProvider):  # type: ignore[misc]
        metric_name = "column.mean"

        @column_aggregate_value(engine=engine)  # type: ignore[untyped-decorator]
        def _pandas(cls, column: pd.Series, **_: Any) -> Any:  # noqa: N805
            return column.mean()

    class FrameDeviation(ColumnAggregateMetricProvider):  # type: ignore[misc]
        metric_name = "column.standard_deviation"

        @column_aggregate_value(engine=engine)  # type: ignore[untyped-decorator]
        def _pandas(cls, column: pd.Series, **_: Any) -> Any:  # noqa: N805
            return column.std()

    class FrameSum(ColumnAggregateMetricProvider):  # type: ignore[misc]
        metric_name = "column.sum"

        @column_aggregate_value(engine=engine)  # type: ignore[untyped-decorator]
        def _pandas(cls, column: pd.Series, **_: Any) -> Any:  # noqa: N805
            return column.sum()


def _register_conditions(engine: type) -> None:
    from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (  # noqa: E501
        column_condition_partial,
    )
    from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (  # noqa: E501
        ColumnMapMetricProvider,
    )
    from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import (  # noqa: E501
        column_pair_condition_partial,
    )
    from great_expectations.expectations.metrics.map_metric_provider.column_pair_map_metric_provider import (  # noqa: E501
        ColumnPairMapMetricProvider,
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

    class FramePairInSet(ColumnPairMapMetricProvider):  # type: ignore[misc]
        condition_metric_name = "column_pair_values.in_set"
        condition_domain_keys = ("batch_id", "table", "column_A", "column_B", "ignore_row_if")
        condition_value_keys = ("value_pairs_set",)

        @column_pair_condition_partial(engine=engine)  # type: ignore[untyped-decorator]
        def _pandas(
            cls,  # noqa: N805
            column_A: pd.Series,  # noqa: N803
            column_B: pd.Series,  # noqa: N803
            value_pairs_set: list[tuple[Any, Any]],
            **_: Any,
        ) -> Any:
            import pandas as pd

            allowed = {(a, b) for a, b in value_pairs_set}
            first, second = (
                one.astype(object).where(one.notna(), None) for one in (column_A, column_B)
            )
            held = [pair in allowed for pair in zip(first, second, strict=True)]
            return pd.Series(held, index=column_A.index, dtype=bool)


def _between(column: pd.Series, bounds: dict[str, Any]) -> Any:
    """Compare a whole column with bounds, which are numbers, or dates for a column of dates.

    A null breaks no bound.
    """
    import pandas as pd

    low, high = bounds.get("min_value"), bounds.get("max_value")
    if low is not None and high is not None and low > high:
        message = "min_value cannot be greater than max_value"
        raise ValueError(message)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        low, high = (None if one is None else pd.Timestamp(one) for one in (low, high))
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
