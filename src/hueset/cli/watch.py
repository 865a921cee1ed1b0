"""Progress of a build on stderr: sources, units with rate and time left, stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from hueset.cli.told import err

if TYPE_CHECKING:
    from types import TracebackType

    from hueset.build.steps import Shard

SAID = {
    "units": "making rows",
    "tables": "writing tables",
    "coverage": "measuring coverage",
    "gate": "checking at the gate",
    "version": "publishing the version",
}


class Screen:
    """Shows how a build goes on; prints plain lines where stderr is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = err()
        self.quiet = quiet
        self.live = self.console.is_terminal and not quiet
        self.bars = Progress(
            TextColumn("[bold]{task.description:<24}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("[dim]{task.fields[note]}"),
            console=self.console,
            disable=not self.live,
            transient=True,
        )
        self.sources: dict[str, TaskID] = {}
        self.running: TaskID | None = None
        self.refused = 0

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

    def source(self, name: str, done: int, total: int | None) -> None:
        """Show bytes fetched or hashed of a source."""
        if name not in self.sources:
            self._line(f"reading source {name}")
            self.sources[name] = self.bars.add_task(f"source {name}", total=total, note="bytes")
        self.bars.update(self.sources[name], completed=done, total=total)

    def units(self, total: int, reused: int) -> None:
        """Show how many units there are, and how many were finished before."""
        note = f"{reused} finished before" if reused else ""
        self._line(f"{total} units" + (f", {note}" if note else ""))
        self.running = self.bars.add_task("making rows", total=total, completed=reused, note=note)

    def unit(self, shard: Shard) -> None:
        """Show a finished unit."""
        self.refused += len(shard.rejects)
        note = escape(shard.key) + (f" · {self.refused:,} rows refused" if self.refused else "")
        if self.running is not None:
            self.bars.update(self.running, advance=1, note=note)

    def stage(self, name: str) -> None:
        """Show which stage begins."""
        if name != "units":
            self._line(SAID[name])
            if self.running is not None:
                self.bars.stop_task(self.running)
            self.running = self.bars.add_task(SAID[name], total=None, note="")

    def _line(self, text: str) -> None:
        if not self.live and not self.quiet:
            self.console.print(text, style="dim")
