"""What many messages share: counts with nouns, sizes, and findings that are alike, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

Told = TypeVar("Told")


def format_count(count: int, noun: str) -> str:
    """Return a count with its noun: `1 row`, `2,000 rows`, `1 class`, `3 classes`, `2 entries`.

    Parameters
    ----------
    count
        How many.
    noun
        What, in the singular.
    """
    if count == 1:
        return f"1 {noun}"
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{count:,} {noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}s"


def format_size(count: int | None) -> str:
    """Return a size in bytes as people read it."""
    if count is None:
        return "–"
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.2f} GB"


def first_of_each(
    findings: Iterable[Told], check: Callable[[Told], Hashable]
) -> list[tuple[Told, int]]:
    """Return the first finding of each check, with how many more there are, the order kept."""
    groups: dict[Hashable, list[Told]] = {}
    for one in findings:
        groups.setdefault(check(one), []).append(one)
    return [(found[0], len(found) - 1) for found in groups.values()]


def more_like_this(more: int) -> str:
    """Return in words how many findings of the same check are not shown."""
    return f" (and {more:,} more like this)" if more else ""
