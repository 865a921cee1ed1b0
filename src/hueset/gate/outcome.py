"""What one expectation came to, whoever answered it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExpectationOutcome:
    """What is said of one expectation.

    Attributes
    ----------
    id
        The expectation's id.
    success
        Whether it holds; meaningless where `exception` is set.
    exception
        Why it could not be evaluated.
    unexpected_count
        Rows that do not hold, for a row-level expectation.
    observed
        The observed value of an aggregate.
    positions
        Row numbers that do not hold, where they were asked for.
    """

    id: str
    success: bool
    exception: str | None = None
    unexpected_count: int | None = None
    observed: Any = None
    positions: tuple[int, ...] = ()
