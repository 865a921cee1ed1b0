"""Runs Great Expectations over a frame; but for its engine, nothing else knows the library.

The import takes seconds, so `warm` begins it in a thread while rows are being built.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.gate.lazy_import import put_off
from hueset.gate.outcome import ExpectationOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from hueset.gate.suite import Expectation

_ID = "hueset_id"
_PUT_OFF = ("scipy.stats", "altair")
"""A quarter of the library's import; it needs them for divergences and charts, which no suite may
ask for."""
_FORMATS = {
    False: {"result_format": "BASIC", "include_unexpected_rows": False},
    True: {
        "result_format": "COMPLETE",
        "include_unexpected_rows": False,
        "exclude_unexpected_values": True,
        "return_unexpected_index_query": False,
    },
}


@dataclass(frozen=True)
class GxLibrary:
    """What is used of Great Expectations."""

    configure: Callable[[Expectation], Any]
    validate: Callable[[pd.DataFrame, list[Any], dict[str, Any]], list[Any]]


_lock = threading.Lock()
_library: Future[GxLibrary] | None = None


def begin_import() -> None:
    """Begin to import the library in a thread, if that has not begun; returns at once."""
    global _library  # noqa: PLW0603  # one import for the process is the point
    with _lock:
        if _library is None:
            _library = Future()
            threading.Thread(target=_fulfil, args=(_library,), daemon=True).start()


def imported_library() -> GxLibrary:
    """Return the library, waiting for its import; raises what the import raised."""
    begin_import()
    assert _library is not None  # noqa: S101  # set by warm
    return _library.result()


def evaluate_frame(
    frame: pd.DataFrame, expectations: Sequence[Expectation], *, positions: bool = False
) -> list[ExpectationOutcome]:
    """Evaluate expectations over a frame with a RangeIndex.

    Parameters
    ----------
    frame
        Holds every column that the expectations name.
    expectations
        What is promised.
    positions
        Also list the row numbers that do not hold (slower: for failed row-level ones only).

    Returns
    -------
    list of Outcome
        In the library's order, which is not the suite's; one that the library dropped is missing.
    """
    gx = imported_library()
    configured, outcomes = [], []
    for expectation in expectations:
        try:
            configured.append(gx.configure(expectation))
        except (ValueError, TypeError) as error:
            outcomes.append(ExpectationOutcome(expectation.id, False, exception=_one_line(error)))
    results = gx.validate(frame, configured, _FORMATS[positions])
    return outcomes + [_outcome(result) for result in results]


def _outcome(result: Any) -> ExpectationOutcome:
    told = result.result or {}
    return ExpectationOutcome(
        id=result.expectation_config.meta[_ID],
        success=bool(result.success),
        exception=_exception(result.exception_info),
        unexpected_count=told.get("unexpected_count"),
        observed=told.get("observed_value"),
        positions=tuple(told.get("unexpected_index_list") or ()),
    )


def _exception(info: dict[str, Any] | None) -> str | None:
    """Return the message of the first exception: the library nests them by metric, or not."""
    info = info or {}
    nested = [one for one in info.values() if isinstance(one, dict)]
    for one in (info, *nested):
        if one.get("raised_exception"):
            return _one_line(one.get("exception_message"))
    return None


def _one_line(error: object) -> str:
    return " ".join(str(error).split())


def _fulfil(future: Future[GxLibrary]) -> None:
    try:
        future.set_result(_load())
    except BaseException as error:  # raised again by whoever asks for the library
        future.set_exception(error)


def _load() -> GxLibrary:
    """Import the library quietly and without a word to its makers' servers."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        # The library imports these deprecated modules; imported first, they warn nobody later. The
        # filters are the whole process's, so the library itself is imported outside.
        warnings.simplefilter("ignore", DeprecationWarning)
        import sre_constants  # noqa: F401
        import sre_parse  # noqa: F401
    shown_by = warnings.showwarning
    with put_off(*_PUT_OFF):
        from great_expectations.exceptions import GreatExpectationsError
        from great_expectations.execution_engine.pandas_batch_data import PandasBatchData
        from great_expectations.validator.validator import Validator

    if warnings.showwarning is not shown_by:
        logging.captureWarnings(False)  # importing the validator turned it on for the process

    from hueset.gate.frame_engine import frame_configuration, frame_engine

    engine_type, configuration_type = frame_engine(), frame_configuration()

    class FrameValidator(Validator):  # type: ignore[misc]
        def _determine_progress_bars(self) -> bool:
            return False

    def configure(expectation: Expectation) -> Any:
        configuration = configuration_type(
            type=expectation.type,
            kwargs=dict(expectation.kwargs),
            severity=expectation.severity,
            meta={_ID: expectation.id},
        )
        try:
            configuration.to_domain_obj()
        except GreatExpectationsError as error:
            raise ValueError(str(error)) from error
        return configuration

    def validate(
        frame: pd.DataFrame, configured: list[Any], result_format: dict[str, Any]
    ) -> list[Any]:
        engine = engine_type()
        data = PandasBatchData(execution_engine=engine, dataframe=frame)
        engine.load_batch_data("frame", data)
        validator = FrameValidator(execution_engine=engine)
        return validator.graph_validate(  # type: ignore[no-any-return]
            configurations=configured,
            runtime_configuration={"result_format": result_format, "catch_exceptions": True},
        )

    return GxLibrary(configure, validate)
