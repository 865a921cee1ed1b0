"""A YAML document as plain values, with the line on which each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.declaration.former_keys import former_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Place = tuple[str | int, ...]
"""Keys and indexes from the root."""


@dataclass(frozen=True)
class LocatedYaml:
    """A YAML document with the line of every value.

    Attributes
    ----------
    path
        The file it was read from.
    data
        The document as plain Python values.
    lines
        Place (keys and indexes from the root) → line number, from 1.
    """

    path: Path
    data: Any
    lines: Mapping[Place, int]

    def where(self, place: Place) -> str:
        """Return `file:line` of a place, or of the nearest place around it."""
        written: Place = ()
        for part in place:
            ways = [(*written, part), (*written, former_key(part))]
            there = next((way for way in ways if way in self.lines), None)
            if there is None:
                break
            written = there
        return f"{self.path}:{self.lines.get(written, 1)}"
