"""The folder of a finished unit: whether it is whole, and how it is kept from being given back."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

ACCOUNT = "unit.json"
"""What a unit came to: its rows, what it refused and found, and the size of each file."""


def is_whole(folder: Path) -> bool:
    """Whether a unit is finished and no file of it was lost or cut since.

    A shard is only a cache: one that is not whole is made again. Files that a version takes over
    as they are must be those that were hashed: the same size, mtime and inode, else the same hash.
    """
    try:
        told = json.loads((folder / ACCOUNT).read_text(encoding="utf-8"))
        sizes = all((folder / name).stat().st_size == size for name, size in told["files"].items())
        return sizes and all(
            _is_the_one(folder / file["path"], file)
            for table in told["whole"].values()
            for file in table["files"]
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def stamp(path: Path) -> list[int]:
    """Return what tells, without reading it, that a file is the one that was hashed."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def _is_the_one(path: Path, told: Mapping[str, Any]) -> bool:
    if stamp(path) == told["stamp"]:
        return True
    from hueset.parquet import file_sha256

    return file_sha256(path) == (told["sha256"], told["bytes"])


def keep_fresh(folders: Iterable[Path]) -> None:
    """Let reused shards look new, so that no `gc` beside this build takes them for garbage."""
    for folder in folders:
        os.utime(folder)
