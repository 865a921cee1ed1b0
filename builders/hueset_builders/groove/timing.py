"""Where a hit lies against the grid of sixteenths, and how much a passage swings.

The grid is straight: a triplet lies a third of a sixteenth from the nearest line, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFF_BEAT = (0.42, 0.72)
"""Phases within a quarter that count as its off-beat eighth: from early straight to late triplet,
without the sixteenths beside it at 1/4 and 3/4."""

STRAIGHT, TRIPLET = 1 / 2, 2 / 3


@dataclass(frozen=True)
class Grid:
    """The sixteenths of a performance in one tempo and one metre.

    Attributes
    ----------
    us_per_quarter
        Microseconds of a quarter, as the MIDI file says.
    numerator, denominator
        The metre.
    """

    us_per_quarter: int
    numerator: int
    denominator: int

    @property
    def quarter_s(self) -> float:
        """Length of a quarter in seconds."""
        return self.us_per_quarter / 1e6

    @property
    def sixteenth_s(self) -> float:
        """Length of a sixteenth in seconds."""
        return self.quarter_s / 4

    @property
    def steps(self) -> int:
        """Sixteenths in a bar."""
        return self.numerator * 16 // self.denominator

    @property
    def bar_s(self) -> float:
        """Length of a bar in seconds."""
        return self.steps * self.sixteenth_s


@dataclass(frozen=True)
class GridPositions:
    """Hits against a grid; arrays of one length.

    Attributes
    ----------
    bar
        Int32, from 0: the bar of the nearest line, so a hit just before the bar belongs to it.
    step
        Int16, 0 to `grid.steps - 1`: the sixteenth within the bar.
    offset_sixteenth
        Float64 in [-0.5, 0.5) sixteenths: negative is early.
    offset_ms
        The same in milliseconds.
    """

    bar: NDArray[np.int32]
    step: NDArray[np.int16]
    offset_sixteenth: NDArray[np.float64]
    offset_ms: NDArray[np.float64]


def place_hits(onset_s: NDArray[np.float64], grid: Grid) -> GridPositions:
    """Return where hits lie.

    Parameters
    ----------
    onset_s
        Onsets in seconds, float64 [hits].
    grid
        The grid, which starts at 0 s.
    """
    # Ticks are exact and seconds are not: without this a hit on half a sixteenth goes either way.
    position = np.round(onset_s / grid.sixteenth_s, 9)
    line = np.floor(position + 0.5).astype(np.int64)
    offset = position - line
    return GridPositions(
        bar=(line // grid.steps).astype(np.int32),
        step=(line % grid.steps).astype(np.int16),
        offset_sixteenth=offset,
        offset_ms=offset * grid.sixteenth_s * 1e3,
    )


def measure_swing(onset_s: NDArray[np.float64], grid: Grid, least: int) -> float | None:
    """Return how far the off-beat eighths are moved: 0 straight, 1 triplet.

    The median phase of the hits in `OFF_BEAT` of their quarter, on the scale from `STRAIGHT` to
    `TRIPLET`; a little below 0 is early, the most is 1.32.

    Parameters
    ----------
    onset_s
        Onsets in seconds, float64 [hits].
    grid
        The grid.
    least
        With fewer off-beat hits than this the answer is None, as it is in a metre whose beat is
        not the quarter.
    """
    if grid.denominator != 4:
        return None
    phase = np.round(onset_s / grid.quarter_s, 9) % 1.0
    off = phase[(phase >= OFF_BEAT[0]) & (phase <= OFF_BEAT[1])]
    if len(off) < least:
        return None
    return float((np.median(off) - STRAIGHT) / (TRIPLET - STRAIGHT))
