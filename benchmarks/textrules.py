"""What the works of `benchmarks.text` ask for, told once for all who do them.

The numbers and names come from the declaration of `vibe`; ours reads them there by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hueset.builder.splits import STRICTNESS, assign_group_splits, assign_split, hash_position
from hueset.declaration.project import Project
from hueset_builders.readers.text import CONTROL, LINE_BREAK, WINDOWS_1252

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CLASSES",
    "CONTROL",
    "FLAGS",
    "LINE_BREAK",
    "MAY_HOLD_SCORE",
    "MENDED",
    "NORMS",
    "STRICTNESS",
    "UNCLEAR",
    "UNRATED",
    "review_split",
    "split_of",
    "splits_of",
]

PROJECT = Project(Path(__file__).parents[1])
DECLARED = PROJECT.dataset("vibe")
FACTS = PROJECT.facts(DECLARED)

CLASSES: list[str] = list(FACTS["class_norms.yaml"]["classes"])
NORMS: dict[str, list[float | None]] = {
    dimension: [norm[dimension] for norm in FACTS["class_norms.yaml"]["classes"].values()]
    for dimension in ("valence", "arousal")
}
"""Per dimension the number of each class, on 1..9; None for a class without one."""

UNRATED = [
    name
    for name, norm in FACTS["class_norms.yaml"]["classes"].items()
    if norm["valence"] is None and name != "neutral"
]
"""Classes that should have a number and have none; a text that has such a class is flagged."""

FLAGS = (
    "class_without_norm",
    "unclear",
    "line_breaks",
    "control_characters",
    "repeated_text",
    "conflicting_labels",
)
"""The flags of a comment, in their order."""

UNCLEAR = {
    "reason": "rated_very_unclear",
    "observed": "example_very_unclear is true",
    "expected": "at least one class",
}
"""Why an unclear rating is refused."""

MENDED = str.maketrans({chr(at): " " for at in (*range(32), *range(127, 160))} | WINDOWS_1252)
"""What each control character becomes."""

MAY_HOLD_SCORE = r"(?i)/\s?(?:10|ten)|out\s?of"
"""Texts without this tell no score out of ten, and need no closer look."""


def splits_of(groups: Iterable[str]) -> list[str]:
    """Return the splits of groups of texts that have no published one."""
    parameters = DECLARED.defaults
    return assign_group_splits(groups, parameters["split_shares"], parameters["split_salt"])


def split_of(group: str) -> str:
    """Return the split of one group of texts that has no published one."""
    parameters = DECLARED.defaults
    return assign_split(group, parameters["split_shares"], parameters["split_salt"])


def review_split(group: str, published: str) -> str:
    """Return the published split; a share of train, by hash of the group, is validation."""
    parameters = DECLARED.defaults
    share = parameters["validation_of_train"]["imdb"]
    held_out = published == "train" and hash_position(group, parameters["split_salt"]) < share
    return "validation" if held_out else published
