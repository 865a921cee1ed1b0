"""Great Expectations, loaded once for the process, and asked about a frame.

Its import takes a second or two, so `begin_import` lets it run in a thread while rows are made.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
import warnings
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from hueset.documents.gate_report import GateEngine
from hueset.gate.engine_choice import choose_engine
from hueset.gate.lazy_import import put_off
from hueset.gate.library_results import failures

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hueset.gate.outcome import ExpectationOutcome
    from hueset.gate.suite import Expectation

_PUT_OFF = ("scipy.stats", "altair")
"""A quarter of the library's import; it needs them for divergences and charts, which no suite may
ask for."""


class Evaluator(Protocol):
    """What an engine does."""

    def __call__(
        self, frame: pd.DataFrame, expectations: Sequence[Expectation], *, positions: bool
    ) -> list[ExpectationOutcome]:
        """Evaluate expectations over a frame."""


_lock = threading.Lock()
_evaluators: dict[GateEngine, Future[Evaluator]] = {}


def begin_import(rows: int) -> None:
    """Begin to load the engine for so many rows, if it needs the library; returns at once."""
    engine = choose_engine(rows).name
    if engine is not GateEngine.TYPED:
        _begin(engine)


def load_evaluator(engine: GateEngine) -> Evaluator:
    """Return an engine of the library, waiting for its import; raises what the import raised."""
    return _begin(engine).result()


def evaluate_frame(
    frame: pd.DataFrame,
    expectations: Sequence[Expectation],
    engine: GateEngine,
    *,
    positions: bool = False,
) -> list[ExpectationOutcome]:
    """Evaluate expectations over a frame with a RangeIndex.

    Parameters
    ----------
    frame
        Holds every column that the expectations name.
    expectations
        What is promised.
    engine
        `FAST` or `STOCK`.
    positions
        Also list the row numbers that do not hold (slower: for failed row-level ones only).

    Returns
    -------
    list of ExpectationOutcome
        In the library's order, which is not the suite's; one that the library dropped is missing.
    """
    try:
        evaluate = load_evaluator(engine)
    except Exception as error:  # a version that cannot be loaded judges nothing
        return failures(expectations, error)
    return evaluate(frame, expectations, positions=positions)


def _begin(engine: GateEngine) -> Future[Evaluator]:
    with _lock:
        if engine not in _evaluators:
            _import_deprecated_modules()
            future: Future[Evaluator] = Future()
            _evaluators[engine] = future
            threading.Thread(target=_fulfil, args=(engine, future), daemon=True).start()
        return _evaluators[engine]


def _import_deprecated_modules() -> None:
    """Import, in the thread that asks, what the library imports and Python warns of.

    Imported first, they warn nobody later. The filters of warnings are the whole process's: changed
    in a thread of its own, they would be put back while the caller changes them too.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import sre_constants  # noqa: F401
        import sre_parse  # noqa: F401


def _fulfil(engine: GateEngine, future: Future[Evaluator]) -> None:
    try:
        future.set_result(_load(engine))
    except BaseException as error:  # raised again by whoever asks for the engine
        future.set_exception(error)


def _load(engine: GateEngine) -> Evaluator:
    """Import the library quietly and without a word to its makers' servers."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    shown_by, collects = warnings.showwarning, gc.isenabled()
    gc.disable()  # a fifth of the import would go into looking for garbage among new classes
    try:
        with put_off(*_PUT_OFF):
            import great_expectations.validator.validator  # noqa: F401
    finally:
        if collects:
            gc.enable()
    if warnings.showwarning is not shown_by:
        logging.captureWarnings(False)  # importing the validator turned it on for the process
    if engine is GateEngine.FAST:
        from hueset.gate.frame_engine import FrameEvaluator

        return FrameEvaluator()
    from hueset.gate.stock_engine import evaluate_stock

    return evaluate_stock
