"""Plain words beside every term, and numbers as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VERDICT = {
    "pass": "every promise holds",
    "warn": "usable; read the warnings first",
    "fail": "a promise about the data is broken: do not train on it",
    "error": "it could not be judged, or its files are damaged",
}
COVERAGE = {
    "trainable": "enough real labels, and they differ enough to learn from",
    "thin": "too few labels to learn from",
    "neutral": "most labels sit in the middle, so a model learns nothing here",
    "positive_only": "tags of one pole alone: what is not tagged is unknown, so nothing opposes it",
    "computed": "computed values and no human label: no person judged it",
    "absent": "not one label: a model cannot learn this at all",
}
CLASSES = {
    "trainable": "as many rows as the floor asks for, or more",
    "thin": "fewer rows than the floor, or rows of too few groups",
    "absent": "not one row",
}
KIND = {
    "rating": "people rated it on a scale",
    "stars": "stars that a reviewer gave",
    "class": "raters picked a class",
    "class_norm": "the published rating of the word for the class",
    "tag": "it was tagged by a person; the lack of a tag means nothing",
    "lexicon": "computed by counting words from a list, not by a person",
    "computed": "computed from the data itself, not by a person",
}
RECEIPT = {
    "verified": "every file is byte for byte what was built",
    "pending": "the files are being hashed; nothing is known against them",
    "unchecked": "the files could not be hashed again; nothing is known of them now",
    "faulty": "files are missing or changed since the build",
}
PARTS = {
    "sources": "the source bytes",
    "parameters": "the parameters",
    "facts": "the tables of facts",
    "code": "the builder's code",
    "schema": "the columns",
    "suites": "the checks",
}
SPLITS = ("train", "validation", "test")


def format_number(value: float | None, digits: int = 2) -> str:
    """Return a number for reading: `1,234`, `.27`, or a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, int) or (float(value).is_integer() and abs(value) >= 1):
        return f"{int(value):,}"
    return f"{value:,.{digits}f}"


def format_short_count(value: int | None) -> str:
    """Return a count in little room: `96.6k`."""
    if value is None:
        return "–"
    if value < 1_000:
        return str(value)
    if value < 999_500:
        return f"{value / 1_000:.3g}k"
    return f"{value / 1_000_000:.3g}M"


def format_share(value: float | None) -> str:
    """Return a share as percent; what is there but small is never `0 %`."""
    if value is None:
        return "–"
    if 0 < value < 0.005:
        return "< 1 %"
    if 0.995 < value < 1:
        return "> 99 %"
    return f"{value:.0%}".replace("%", " %")


def spoken_name(name: str) -> str:
    """Return a name as words."""
    return name.replace("_", " ")


def list_names(names: Sequence[str], most: int = 6) -> str:
    """Return names as words with commas between; beyond `most` they are counted."""
    said = [spoken_name(name) for name in names[:most]]
    if len(names) > most:
        said.append(f"{len(names) - most} more")
    return ", ".join(said[:-1]) + " and " + said[-1] if len(said) > 1 else "".join(said)


def format_time(text: str | None) -> str:
    """Return a time stamp as `21 Nov 2026, 00:14 UTC`."""
    if not text:
        return "–"
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{int(text[8:10])} {months[int(text[5:7]) - 1]} {text[:4]}, {text[11:16]} UTC"
