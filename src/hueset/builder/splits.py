"""Splits by group, from one explicit stable hash: the same on every machine and every run.

A group (song, composition, cluster of equal texts) goes whole to one split. The hash is SHA-256,
so it depends on nothing but the group's name and the salt, and adding a group moves no other.
"""

from __future__ import annotations

import hashlib
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np

STRICTNESS = {"train": 0, "validation": 1, "test": 2}
"""A cluster with members in several published splits goes to the strictest of them."""


def hash_position(group: str, salt: str = "") -> float:
    """Return the place of a group in [0, 1): the first 8 bytes of SHA-256(salt, NUL, group)."""
    digest = hashlib.sha256(f"{salt}\x00{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def hash_positions(groups: Iterable[str], salt: str = "") -> np.ndarray:
    """Return the place of each group, as `position` does: shape (groups,), float64, in [0, 1)."""
    import numpy as np

    salted = hashlib.sha256(f"{salt}\x00".encode())
    digests = []
    for group in groups:
        # A copy costs less than a hash made anew.
        digest = salted.copy()
        digest.update(group.encode())
        digests.append(digest.digest())
    return np.frombuffer(b"".join(digests), dtype=">u8")[::4] / 2.0**64


def assign_split(group: str, shares: Mapping[str, float], salt: str = "") -> str:
    """Return the split of a group, for shares that sum to 1 (order matters, so keep it fixed)."""
    return assign_group_splits((group,), shares, salt)[0]


def assign_group_splits(
    groups: Iterable[str], shares: Mapping[str, float], salt: str = ""
) -> list[str]:
    """Return the split of each group, as `assign` does."""
    if abs(sum(shares.values()) - 1.0) > 1e-9:
        message = f"split shares sum to {sum(shares.values())}, not 1: {dict(shares)}"
        raise ValueError(message)
    splits, edges = list(shares), list(accumulate(shares.values()))
    edges[-1] = 1.0  # a sum of floats may end a little below it
    import numpy as np

    at = np.searchsorted(edges, hash_positions(groups, salt), side="right")
    return [splits[one] for one in at.tolist()]


def strictest_split(splits: Iterable[str]) -> str:
    """Return the strictest split of several: test › validation › train."""
    return max(splits, key=STRICTNESS.__getitem__)


def join_clusters(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join pairs into clusters; returns member → its cluster's smallest member.

    Only members that occur in a pair are in the result.
    """
    parent: dict[str, str] = {}

    def root(item: str) -> str:
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for left, right in pairs:
        a, b = sorted((root(left), root(right)))
        parent[b] = a
    return {item: root(item) for item in list(parent)}
