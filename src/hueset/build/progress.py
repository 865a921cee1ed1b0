"""How a build goes on, as events that a callback is given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hueset.build.shard import Shard


class BuildStep(StrEnum):
    """What a build is at, in this order."""

    SOURCES = "sources"
    """Sources are fetched or hashed; `done` and `total` are bytes of the source `name`."""
    UNITS = "units"
    """Rows are made; `done` and `total` are units of work, `name` the one that was finished."""
    TABLES = "tables"
    COVERAGE = "coverage"
    GATE = "gate"
    VERSION = "version"
    """The version is published in the store."""


@dataclass(frozen=True)
class BuildEvent:
    """One step forward of a build.

    Attributes
    ----------
    step
        What it is at.
    done
        Bytes or units that are finished.
    total
        Of how many; None where that is not known, or nothing is counted.
    name
        The source, or the unit that was finished; None where a step begins.
    rows_refused
        Rows that were refused by the units so far.
    """

    step: BuildStep
    done: int = 0
    total: int | None = None
    name: str | None = None
    rows_refused: int = 0


class EventWatcher:
    """Tells a callback how a build goes on; what the callback raises ends the build."""

    def __init__(self, callback: Callable[[BuildEvent], None] | None) -> None:
        self._tell = callback or _ignore
        self._done = self._total = self._refused = 0

    def source(self, name: str, done: int, total: int | None) -> None:
        """Say how many bytes of a source are fetched or hashed."""
        self._tell(BuildEvent(BuildStep.SOURCES, done, total, name))

    def units(self, total: int, reused: int) -> None:
        """Say how many units there are, and how many were finished before."""
        self._done, self._total = reused, total
        self._tell(BuildEvent(BuildStep.UNITS, reused, total))

    def unit(self, shard: Shard) -> None:
        """Say that a unit is finished."""
        self._done += 1
        self._refused += len(shard.rejects)
        event = BuildEvent(BuildStep.UNITS, self._done, self._total, shard.key, self._refused)
        self._tell(event)

    def stage(self, name: str) -> None:
        """Say which stage begins; of the units `units` says it, with their number."""
        if name != BuildStep.UNITS:
            self._tell(BuildEvent(BuildStep(name)))


def _ignore(_: BuildEvent) -> None:
    return
