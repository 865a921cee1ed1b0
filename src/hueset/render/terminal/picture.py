"""Coverage where the kinds of label are told: people's labels apart from tags and computed values.

One line per dimension with a bar of its human labels against the floor, then which source and what
kind of text they come from, and for a dimension nobody labelled what is recommended.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.render.terminal.words import (
    borderless_table,
    colour_verdict,
    format_number,
    print_table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

DECADES = 5
"""The bar reaches from 1 to 100,000 labels, in equal steps of the logarithm."""

NARROW = 100
"""On a narrower screen the poles of tags share a column, and mean and spread are left out."""

CELLS = 2
"""Cells of the bar per decade."""

BARE = {"absent", "thin", "computed", "positive_only"}
"""Verdicts without enough of people's labels to train on, with a recommendation."""


def print_picture(console: Console, document: Mapping[str, Any]) -> None:
    """Print every dimension with what it has of each kind."""
    floors = document["floors"]
    narrow = console.width < NARROW
    tags = ["low | high tag"] if narrow else ["low tag", "high tag"]
    spread = [] if narrow else ["mean", "sd"]
    numbers = ["human", *tags, "computed", *spread]
    shown = borderless_table("dimension", "verdict", "", *numbers, right=numbers)
    for d in document["dimensions"]:
        human, tag, computed = (d["evidence"].get(f) or {} for f in ("human", "tag", "computed"))
        poles = [f"{n:,}" if n else "·" for n in (tag.get("low_tags"), tag.get("high_tags"))]
        shown.add_row(
            escape(d["name"]),
            colour_verdict(d["verdict"]),
            log_bar(human.get("n", 0), floors["examples"]),
            _count(human),
            *([" | ".join(poles) if tag else "·"] if narrow else poles),
            _count(computed),
            *("–" if d["judged"] == "tag" else format_number(d[what], 2) for what in spread),
        )
    print_table(console, shown)
    for d in document["dimensions"]:
        _behind(console, d)
    console.print(
        f"bars: human labels, 1 to 100,000 in equal steps of tens, | is the floor; floors: "
        f"{floors['examples']:,} human labels (warning below {floors['examples_warn']:,}), "
        f"{floors['positives']:,} tags per pole, {floors['distinct']} distinct, sd "
        f"{floors['sd']:g}, at most {floors['neutral_band_share']:.0%} in .4–.6 and "
        f"{floors['neutral_point_share']:.0%} at .5; a computed value is no human label",
        style="dim",
    )


def _count(told: Mapping[str, Any]) -> str:
    return f"{told['n']:,}" if told else "·"


def log_bar(count: int, floor: int) -> str:
    """Return a bar of a count on a logarithmic scale, with `|` where the floor stands."""
    at = round(math.log10(max(floor, 1)) * CELLS)
    filled = min(math.ceil(math.log10(count) * CELLS), DECADES * CELLS) if count > 1 else count
    cells = "█" * filled + " " * (DECADES * CELLS - filled)
    return f"{cells[:at]}|{cells[at:]}"


def _behind(console: Console, d: Mapping[str, Any]) -> None:
    """Print where the labels of a dimension come from, and what is recommended."""
    poles = escape(f"{d.get('low', '')} … {d.get('high', '')}")
    if d["n"]:
        console.print(f"[bold]{escape(d['name'])}[/] {poles}: {escape(d['reason'])}")
        for what in ("by_source", "by_unit"):
            told = ", ".join(
                f"{escape(name)} {_families(one)} {colour_verdict(one['verdict'])}"
                for name, one in d[what].items()
            )
            console.print(f"  {what.replace('_', ' ')}: {told}", style="dim")
    elif d.get("aside") or d.get("lift"):
        console.print(f"[bold]{escape(d['name'])}[/] {poles}: {colour_verdict('absent')}")
    for unit, counts in d.get("aside", {}).items():
        console.print(
            f"  not counted: {counts['n']:,} labels of a {escape(unit)} without its text "
            f"({counts['low']:,} low, {counts['high']:,} high)",
            style="dim",
        )
    if d["verdict"] in BARE and d.get("lift"):
        console.print(f"  recommendation: {escape(' '.join(d['lift'].split()))}")


def _families(one: Mapping[str, Any]) -> str:
    return " + ".join(escape(f"{told['n']:,} {family}") for family, told in one["evidence"].items())
