"""Findings that are alike are told once, with how many more there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

Told = TypeVar("Told")


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
