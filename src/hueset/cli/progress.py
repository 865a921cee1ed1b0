"""Progress of a build on stderr: sources, units with rate and time left, stages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from hueset.build.progress import BuildEvent, BuildStep
from hueset.render.terminal.output import error_console
from hueset.words import format_count

if TYPE_CHECKING:
    from types import TracebackType

SAID = {
    BuildStep.UNITS: "making rows",
    BuildStep.TABLES: "writing tables",
    BuildStep.COVERAGE: "measuring coverage",
    BuildStep.GATE: "checking at the gate",
    BuildStep.VERSION: "publishing the version",
}

LINE_EVERY_S = 30.0
"""How often a line tells how far the units are, where stderr is no terminal."""

SPEED_OVER_S = 600.0
"""Over how long the rate of a bar is taken: a unit may last minutes."""


class Screen:
    """Shows how a build goes on; prints plain lines where stderr is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = error_console()
        self.quiet = quiet
        self.live = self.console.is_terminal and not quiet
        self.bars = Progress(
            TextColumn("[bold]{task.description:<24}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            _NoteColumn(),
            console=self.console,
            disable=not self.live,
            transient=True,
            speed_estimate_period=SPEED_OVER_S,
        )
        self.sources: dict[str, TaskID] = {}
        self.running: TaskID | None = None
        self.total = self.finished = self.made = 0
        self.started_s = self.told_s = 0.0

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bars.stop()

    def __call__(self, event: BuildEvent) -> None:
        """Show an event: the screen is the `progress` of a build."""
        match event.step:
            case BuildStep.SOURCES:
                self.source(str(event.name), event.done, event.total)
            case BuildStep.UNITS if event.name is None:
                self.units(event.total or 0, event.done)
            case BuildStep.UNITS:
                self.unit(str(event.name), event.rows_refused)
            case _:
                self.stage(event.step)

    def source(self, name: str, done: int, total: int | None) -> None:
        """Show bytes fetched or hashed of a source."""
        if name not in self.sources:
            self._line(f"reading source {name}")
            self.sources[name] = self.bars.add_task(f"source {name}", total=total, note="bytes")
        self.bars.update(self.sources[name], completed=done, total=total)

    def units(self, total: int, reused: int) -> None:
        """Show how many units there are, and how many were finished before."""
        note = f"{reused} finished before" if reused else ""
        self.total, self.finished = total, reused
        self.started_s = self.told_s = time.monotonic()
        self._line(format_count(total, "unit") + (f", {note}" if note else ""))
        self.running = self.bars.add_task("making rows", total=total, completed=reused, note=note)

    def unit(self, key: str, rows_refused: int) -> None:
        """Show a finished unit, and how many rows were refused so far."""
        refused = f"{format_count(rows_refused, 'row')} refused" if rows_refused else ""
        if self.running is not None:
            note = " · ".join(filter(None, (refused, key)))
            self.bars.update(self.running, advance=1, note=note)
        self.finished += 1
        self.made += 1
        now_s = time.monotonic()
        if now_s - self.told_s >= LINE_EVERY_S:
            self.told_s = now_s
            per_s = self.made / (now_s - self.started_s)
            left_s = round((self.total - self.finished) / per_s)
            self._line(
                f"{self.finished} of {format_count(self.total, 'unit')} · {format_rate(per_s)} · "
                f"{left_s // 3600}:{left_s % 3600 // 60:02}:{left_s % 60:02} left"
                + (f" · {refused}" if refused else "")
            )

    def stage(self, name: BuildStep) -> None:
        """Show which stage begins."""
        if name != BuildStep.UNITS:
            self._line(SAID[name])
            if self.running is not None:
                self.bars.stop_task(self.running)
            self.running = self.bars.add_task(SAID[name], total=None, note="")

    def _line(self, text: str) -> None:
        if not self.live and not self.quiet:
            self.console.print(text, style="dim")


class _Rate(ProgressColumn):
    """How many are done in a time, once that is known."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        counted = task.fields["note"] != "bytes" and task.total is not None
        return Text(format_rate(speed) if counted and speed else "", style="dim")


class _NoteColumn(ProgressColumn):
    """What is said beside the numbers; a long one is cut, the numbers never are."""

    def render(self, task: Task) -> Text:
        return Text(task.fields["note"], style="dim", no_wrap=True, overflow="ellipsis")


def format_rate(per_s: float) -> str:
    """Return a rate in the unit that gives a readable number."""
    return f"{per_s:.1f}/s" if per_s >= 1 else f"{per_s * 60:.1f}/min"
