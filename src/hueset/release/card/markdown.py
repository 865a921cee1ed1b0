"""Pieces of Markdown: tables, cells, numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def render_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table; a cell is one line, and its pipes are escaped."""
    body = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body])


def _cell(text: str) -> str:
    return fold_line(text).replace("|", "\\|")


def fold_line(text: str) -> str:
    """Return a text with its white space folded."""
    return " ".join(text.split())


def format_number(value: float | None, digits: int = 3) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"
