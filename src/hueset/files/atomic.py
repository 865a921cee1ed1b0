"""Files that appear whole: written beside their place under a name nobody can guess, then renamed.

`tempfile` would make them for their owner alone; a page or a table is for whoever may read the
folder, so they are made as any other file, by the umask, and only if nothing has the name.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def path_beside(path: Path) -> Path:
    """Return a hidden path in the same folder that nobody can guess; nothing is made there."""
    return path.with_name(f".{path.name[:48]}-{secrets.token_hex(8)}")


@contextmanager
def replace_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `path` when it was written to its end.

    Its bytes reach the disk before its name does, else a power loss leaves a whole file of zeros.
    Whatever breaks on the way, `path` is as it was and nothing is left beside it.
    """
    fresh = path_beside(path)
    with fresh.open("xb") as stream:
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    try:
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_path(path.parent)


def write_file(path: Path, content: bytes) -> None:
    """Write a file in one go; see `replace_file`."""
    with replace_file(path) as stream:
        stream.write(content)


def sync_path(path: Path) -> None:
    """Let a file's bytes, or a folder's names, reach the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(root: Path) -> None:
    """Let every file and folder below a folder, and itself, reach the disk."""
    for folder, _, files in os.walk(root):
        for name in files:
            sync_path(root.__class__(folder) / name)
        sync_path(root.__class__(folder))
