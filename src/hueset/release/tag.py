"""What the tag of a release is called, and how tags are ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.store.version import kind_of

if TYPE_CHECKING:
    from hueset.documents.manifest import Manifest


def tag_of(manifest: Manifest) -> str:
    """Return the tag of a version: `v<semver>`, with `-sample`, `-subset` or `-failed` if so."""
    kind = kind_of(manifest.version)
    failed = not manifest.verdict.passes
    suffix = f"-{kind}" if kind != "whole" else "-failed" if failed else ""
    return f"v{manifest.semver}{suffix}"


def tag_order(tag: str) -> tuple[tuple[int, ...], bool]:
    """Return what release tags are ordered by: semver, and a part before the whole."""
    semver, _, suffix = tag.removeprefix("v").partition("-")
    parts = semver.split(".")
    numbers = tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else (-1,)
    return numbers, not suffix


def is_release(tag: str) -> bool:
    """Whether a tag is one of ours."""
    return tag.startswith("v") and tag_order(tag)[0] != (-1,)
