"""Contenders of a benchmark that agree, or do not: they run in processes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.mel import LARGEST_DB, _kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def mel(folder: Path) -> Callable[[], Any]:
    """Two windows of a made mel."""
    return _made(folder / "right.npy", 0.0)


def mel_apart(folder: Path) -> Callable[[], Any]:
    """The same, with one value a little further off than is allowed."""
    return _made(folder / "apart.npy", 1.2 * LARGEST_DB)


def _made(path: Path, off_db: float) -> Callable[[], Any]:
    import numpy as np

    windows = [np.full((64, 313), -20.0, np.float32) for _ in range(2)]
    windows[1][40, 200] += off_db
    return lambda: _kept(path, windows)
