"""The few shapes all screens share: coloured verdicts, sizes, plain tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.documents.verdicts import CoverageVerdict, Tone, Verdict
from hueset.words import first_of_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console
    from rich.table import Table

WIDEST = 10_000
"""Columns of a screen on which any table fits."""

LONGEST_WHY = 120
"""So many letters of a reason a line tells; the page tells it all."""

STYLES = {
    Tone.GOOD: "green",
    Tone.FAIR: "yellow",
    Tone.NOTE: "cyan",
    Tone.BAD: "red",
    Tone.BROKEN: "bold red",
}


TONES: dict[str, Tone] = {one: one.tone for one in (*Verdict, *CoverageVerdict)}


def colour_verdict(word: str) -> str:
    """Return a verdict in its colour; another word as it is."""
    return f"[{STYLES[TONES[word]]}]{word}[/]" if word in TONES else word


def version_kind_note(document: Mapping[str, Any]) -> str:
    """Return what is said behind the name of a version that is not the whole dataset."""
    if document["sample"]:
        return " [yellow](embedded sample)[/]"
    if document.get("subset"):
        said = (f"{key} {escape(json.dumps(value))}" for key, value in document["subset"].items())
        return f" [yellow](a subset: {', '.join(said)})[/]"
    return ""


def by_check(findings: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int]]:
    """Return the first finding of each check, with how many more there are."""
    return first_of_each(findings, lambda one: (one["verdict"], one["check"], one["table"]))


def reasons_of_checks(checks: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return why each check of a suite is promised, by the name its findings have."""
    return {f"suite.{one['id']}": one["why"] for one in checks if one["why"]}


def why_note(why: str | None) -> str:
    """Return why it was promised, as the short second part of a finding's line."""
    if not why:
        return ""
    whole = " ".join(why.split())
    short = whole if len(whole) <= LONGEST_WHY else f"{whole[:LONGEST_WHY].rstrip()} …"
    return f" · why: {short}"


def source_digest_note(source: Mapping[str, Any]) -> str:
    """Return what a source is, in short: a version of another dataset, or its digest."""
    told = source.get("version_of")
    return f"{told['dataset']} {told['version']}" if told else str(source["digest"])[:12]


def format_number(value: float | None, digits: int = 3) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def format_share(value: float | None) -> str:
    """Return a share in whole per cent, or a dash where there is none."""
    return "–" if value is None else f"{value:.0%}"


def borderless_table(*columns: str, right: Iterable[str] = (), title: str | None = None) -> Table:
    """Return an empty table without box lines; the columns in `right` hold numbers.

    The names of columns are text; a cell may hold markup, so what comes from data is escaped.
    """
    from rich.markup import escape
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    numbers = set(right)
    for column in columns:
        made.add_column(
            escape(column), justify="right" if column in numbers else "left", overflow="fold"
        )
    return made


def print_table(console: Console, shown: Table) -> None:
    """Print a table; where it is wider than the screen, each row as a list of its cells."""
    if (
        console.measure(shown, options=console.options.update(width=WIDEST)).maximum
        <= console.width
    ):
        console.print(shown)
        return
    heads = [str(column.header) for column in shown.columns]
    if heads[0]:
        console.print(heads[0], style="bold")
    for row in zip(*(column.cells for column in shown.columns), strict=True):
        first, *cells = (str(cell).strip() for cell in row)
        named = zip(heads[1:], cells, strict=True)
        others = (f"{head} {cell}".strip() for head, cell in named if cell)
        console.print(f"  {first}: {', '.join(others)}")


def format_age(at: str) -> str:
    """Return how long ago a time was (`2026-11-21T00:08:26Z`), in its largest unit."""
    seconds = max((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds(), 0)
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def format_splits(counts: Mapping[str, Any]) -> str:
    """Return split counts in their usual order; nothing for a table without splits."""
    order = [name for name in ("train", "validation", "test") if name in counts]
    return "" if order == ["train"] else " · ".join(f"{name} {counts[name]:,}" for name in order)
