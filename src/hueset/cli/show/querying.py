"""The answer to an SQL statement."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hueset.cli.show.words import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from hueset.query import Answer

CELL = 80


def answer_document(found: Answer) -> dict[str, Any]:
    """Return an answer as JSON; bytes become their length, what JSON lacks becomes text."""
    return {
        "columns": list(found.columns),
        "rows": [[_json(value) for value in row] for row in found.rows],
        "more": found.more,
    }


def answer(console: Console, document: Mapping[str, Any]) -> None:
    """Print an answer."""
    from rich.markup import escape

    rows = document["rows"]
    numeric = {
        name
        for at, name in enumerate(document["columns"])
        if rows and all(isinstance(row[at], int | float) or row[at] is None for row in rows)
    }
    shown = table(*document["columns"], right=numeric)
    for row in rows:
        shown.add_row(*(escape(_cell(value)) for value in row))
    console.print(shown)
    more = ", there are more: raise --rows" if document["more"] else ""
    console.print(f"{len(rows):,} rows{more}", style="dim")


def _cell(value: Any) -> str:
    if value is None:
        return "null"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= CELL else text[: CELL - 1] + "…"


def _json(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return None
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return f"<{len(value)} bytes>"
        case list() | tuple():
            return [_json(item) for item in value]
        case dict():
            return {str(key): _json(item) for key, item in value.items()}
        case _:
            return str(value)
