"""The answer to an SQL statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.render.terminal.words import borderless_table
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from hueset.tables.select_process import Reply

CELL = 80


def answer_document(reply: Reply, broken: Mapping[str, str]) -> dict[str, Any]:
    """Return an answer as JSON, with the datasets and tables that could not be asked."""
    return {
        "columns": list(reply.columns),
        "rows": reply.rows,
        "more": reply.more,
        "broken": {**broken, **reply.broken},
    }


def print_answer(console: Console, document: Mapping[str, Any]) -> None:
    """Print an answer."""
    from rich.markup import escape

    rows = document["rows"]
    numeric = {
        name
        for at, name in enumerate(document["columns"])
        if rows and all(isinstance(row[at], int | float) or row[at] is None for row in rows)
    }
    shown = borderless_table(*document["columns"], right=numeric)
    for row in rows:
        shown.add_row(*(escape(_cell(value)) for value in row))
    console.print(shown)
    more = ", there are more: raise --rows" if document["more"] else ""
    console.print(f"{format_count(len(rows), 'row')}{more}", style="dim")


def _cell(value: Any) -> str:
    if value is None:
        return "null"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
