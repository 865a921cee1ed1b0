"""What the tag of a release is called, and how tags are ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def tag_of(manifest: Mapping[str, Any]) -> str:
    """Return the tag of a version: `v<semver>`, with `-sample` or `-failed` where it is that."""
    failed = manifest["verdict"] not in {"pass", "warn"}
    suffix = "-sample" if manifest["sample"] else "-failed" if failed else ""
    return f"v{manifest['semver']}{suffix}"


def tag_order(tag: str) -> tuple[tuple[int, ...], bool]:
    """Return what release tags are ordered by: semver, and a sample before the real one."""
    semver, _, suffix = tag.removeprefix("v").partition("-")
    parts = semver.split(".")
    numbers = tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else (-1,)
    return numbers, not suffix


def is_release(tag: str) -> bool:
    """Whether a tag is one of ours."""
    return tag.startswith("v") and tag_order(tag)[0] != (-1,)
