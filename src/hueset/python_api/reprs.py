"""How the objects of the API look in a notebook: small tables of escaped text, no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHOWN_ROWS = 30
"""So many rows of a table are shown; of more the number of the others."""

SHOWN_LETTERS = 200
"""So many letters of one cell are shown."""


def html_table(
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    note: str = "",
    *,
    exact: bool = False,
) -> str:
    """Return a titled HTML table; every text is escaped.

    Parameters
    ----------
    title
        What stands above it.
    header
        The names of the columns.
    rows
        Cells; a number is set right and with separators, None is an empty cell.
    note
        What stands below it.
    exact
        Show numbers as they are: of measurements thousands are separated and three digits kept.
    """
    known = list(rows)
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(
        f"<tr>{''.join(_cell(value, exact=exact) for value in row)}</tr>"
        for row in known[:SHOWN_ROWS]
    )
    more = f"and {len(known) - SHOWN_ROWS:,} more" if len(known) > SHOWN_ROWS else ""
    below = " · ".join(filter(None, (more, note)))
    return (
        f"<div><b>{escape(title)}</b>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"{f'<small>{escape(below)}</small>' if below else ''}</div>"
    )


def cut(text: str, letters: int = SHOWN_LETTERS) -> str:
    """Return a text as one line of at most so many letters."""
    line = " ".join(text.split())
    return line if len(line) <= letters else f"{line[: letters - 1]}…"


def _cell(value: object, *, exact: bool) -> str:
    if value is None:
        return "<td></td>"
    if exact and isinstance(value, int | float) and not isinstance(value, bool):
        return f'<td style="text-align:right">{value}</td>'
    if isinstance(value, float):
        return f'<td style="text-align:right">{value:.3f}</td>'
    if isinstance(value, int) and not isinstance(value, bool):
        return f'<td style="text-align:right">{value:,}</td>'
    return f'<td style="text-align:left">{escape(cut(str(value)))}</td>'
