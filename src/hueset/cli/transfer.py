"""Progress of a transfer to or from the Hub on stderr: steps, bytes per file and in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from hueset.render.terminal.output import error_console
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from types import TracebackType

SAID = {
    "create": "making the repository",
    "upload": "sending the files",
    "commit": "committing",
    "verify": "verifying every file on the Hub",
    "tag": "setting the tag",
    "hash": "reading and hashing what is published",
    "load": "loading it with datasets",
    "download": "getting the files",
}


class Transfer:
    """Shows how a transfer goes on; prints plain lines where stderr is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = error_console()
        self.quiet = quiet
        self.live = self.console.is_terminal and not quiet
        self.bars = Progress(
            TextColumn("[bold]{task.description:<40}"),
            BarColumn(bar_width=24),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=self.console,
            disable=not self.live,
            transient=True,
        )
        self.whole: TaskID | None = None
        self.tasks: dict[str, TaskID] = {}
        self.sizes: dict[str, int] = {}
        self.at: dict[str, int] = {}

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

    def step(self, name: str) -> None:
        """Show which step begins."""
        self.note(SAID[name])

    def files(self, sizes: dict[str, int]) -> None:
        """Show which files are transferred, with their sizes in bytes."""
        for task in [*self.tasks.values(), *([self.whole] if self.whole is not None else [])]:
            self.bars.remove_task(task)
        self.tasks, self.sizes, self.at = {}, sizes, dict.fromkeys(sizes, 0)
        total = sum(sizes.values())
        self.whole = self.bars.add_task(format_count(len(sizes), "file"), total=total)

    def moved(self, path: str, position: int) -> None:
        """Show how many bytes of a file were transferred."""
        if path not in self.sizes:
            return
        if path not in self.tasks:
            self.tasks[path] = self.bars.add_task(path[-40:], total=self.sizes[path])
        before, self.at[path] = self.at[path], position
        done = position >= self.sizes[path]
        self.bars.update(self.tasks[path], completed=position, visible=not done)
        if self.whole is not None:
            self.bars.update(self.whole, completed=sum(self.at.values()))
        if done and position > before and not self.live and position > 1_000_000:
            self.note(f"  {path} ({format_size(self.sizes[path])})")

    def note(self, text: str) -> None:
        """Print a line."""
        if not self.quiet:
            self.console.print(text, style="dim", markup=False)
