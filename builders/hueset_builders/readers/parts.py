"""A folder's files in parts of about equal size, so that a build remembers part by part."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from hueset.builder.splits import hash_position

if TYPE_CHECKING:
    from collections.abc import Iterable


def group_parts(members: Iterable[str], count: int) -> dict[int, list[str]]:
    """Return part number → its members, in their order.

    A member's name alone decides its part, so a new file leaves the other parts as they are.
    """
    found: dict[int, list[str]] = defaultdict(list)
    for member in members:
        found[int(hash_position(member, "part") * count)].append(member)
    return dict(sorted(found.items()))
