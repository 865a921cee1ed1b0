"""The folder of a finished unit: whether it is whole, and how it is kept from being given back."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ACCOUNT = "unit.json"
"""What a unit came to: its rows, what it refused and found, and the size of each file."""


def is_whole(folder: Path) -> bool:
    """Whether a unit is finished and no file of it was lost or cut since.

    A shard is only a cache: one that is not whole is made again.
    """
    try:
        told = json.loads((folder / ACCOUNT).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in told["files"].items())
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def keep_fresh(folders: Iterable[Path]) -> None:
    """Let reused shards look new, so that no `gc` beside this build takes them for garbage."""
    for folder in folders:
        os.utime(folder)
