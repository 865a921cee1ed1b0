"""What Great Expectations answers, read so that nothing in it passes unseen.

An exception that it caught is one, and not a failure; a row-level result has to say how many rows
it looked at, and that is all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.gate.expectation_types import KINDS
from hueset.gate.outcome import ExpectationOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.gate.suite import Expectation

ID = "hueset_id"
"""The key in `meta` by which a result is matched to its expectation."""

RESULT_FORMATS: dict[bool, dict[str, Any]] = {
    False: {"result_format": "BASIC", "include_unexpected_rows": False},
    True: {
        "result_format": "COMPLETE",
        "include_unexpected_rows": False,
        "exclude_unexpected_values": True,
        "return_unexpected_index_query": False,
    },
}
"""What to ask for, with and without the positions of rows that do not hold."""


def read_result(result: Any, rows: int) -> ExpectationOutcome:
    """Read a validation result of the library.

    Parameters
    ----------
    result
        An `ExpectationValidationResult`.
    rows
        How many rows the frame has.
    """
    config, found = result.expectation_config, result.result or {}
    exception = _exception(result.exception_info)
    if exception is None and KINDS[config.type].row_level:
        exception = _short_count(found, rows)
    return ExpectationOutcome(
        id=config.meta[ID],
        success=bool(result.success) and exception is None,
        exception=exception,
        unexpected_count=found.get("unexpected_count"),
        observed=found.get("observed_value"),
        positions=tuple(found.get("unexpected_index_list") or ()),
    )


def failures(expectations: Sequence[Expectation], error: Exception) -> list[ExpectationOutcome]:
    """Return that not one of the expectations could be evaluated."""
    why = one_line(error)
    return [ExpectationOutcome(one.id, False, exception=why) for one in expectations]


def one_line(error: object) -> str:
    """Return a message without line breaks."""
    return " ".join(str(error).split())


def _short_count(found: dict[str, Any], rows: int) -> str | None:
    """Return what is missing in a row-level result; None where nothing is."""
    looked, unexpected = found.get("element_count"), found.get("unexpected_count")
    if looked is None or unexpected is None:
        return "the library does not say how many rows it looked at, and how many do not hold"
    if looked != rows:
        return f"the library looked at {looked:,} of {rows:,} rows"
    return None


def _exception(info: dict[str, Any] | None) -> str | None:
    """Return the message of the first exception: the library nests them by metric, or not."""
    info = info or {}
    nested = [one for one in info.values() if isinstance(one, dict)]
    for one in (info, *nested):
        if one.get("raised_exception"):
            return one_line(one.get("exception_message"))
    return None
