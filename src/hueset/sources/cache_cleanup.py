"""What can go from the cache: remains of killed downloads, idle locks, archives unread for long.

All of it is made again when it is wanted. What was downloaded whole stays, whatever its age.
"""

from __future__ import annotations

import fcntl
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.sources import cache as cachedir

if TYPE_CHECKING:
    from pathlib import Path

LEFT_AGE_S = 24 * 3600
"""Who writes a half or waits for a lock does so more often, or is gone."""
UNREAD_AGE_S = 30 * 24 * 3600
"""An unpacked archive that no build read for so long is unpacked again when one does."""

_KEY = "[0-9a-f]{32}"
_UNIQUE = "[0-9a-f]{16}"

_PLACES = (
    ("partial", "partial", rf"{_KEY}\.[a-z]+", LEFT_AGE_S),
    ("partial", "hub/*/blobs", r"[\w.-]+\.incomplete", LEFT_AGE_S),
    ("partial", "tar", rf"\.{_KEY}-.*-{_UNIQUE}", LEFT_AGE_S),
    ("partial", "hashes", rf"\.{_KEY}\.json-{_UNIQUE}", LEFT_AGE_S),
    ("lock", "locks", rf"(fetch|tar)-{_KEY}\.lock", LEFT_AGE_S),
    ("partial", "shapes", rf"\.{_KEY}\.json-{_UNIQUE}", LEFT_AGE_S),
    ("unpacked", "tar", rf"{_KEY}-{_KEY}\.(tar|json)", UNREAD_AGE_S),
    ("unpacked", "shapes", rf"{_KEY}\.json", UNREAD_AGE_S),
)
"""Kind, folder, and the names that Hueset gives there: the cache may be a folder in which somebody
keeps other things, archives in one called `tar` too."""


@dataclass(frozen=True)
class Leftover:
    """One file in the cache that can go.

    Attributes
    ----------
    kind
        `partial` (a half of a download or of another file, left by a killed process), `lock`
        (held by nobody) or `unpacked` (an archive's plain copy, the list of its members, or the
        shape of its tables).
    path
        The file.
    bytes
        What removing it gives back.
    """

    kind: str
    path: Path
    bytes: int


def find_leftovers() -> list[Leftover]:
    """Return what can go, by age; a lock that is held stays whatever its age."""
    root, now = cachedir.cache_dir(), time.time()
    found = []
    with cachedir.cache_errors(root):
        for kind, folder, name, age_s in _PLACES:
            found += [
                Leftover(kind, path, path.stat().st_size)
                for path in _files(root, folder, re.compile(name))
                if now - _last_used(path, kind) > age_s
            ]
    return [one for one in found if one.kind != "lock" or not _is_locked(one.path)]


def remove_leftover(path: Path) -> None:
    """Remove a file of the cache; a lock that somebody took meanwhile stays."""
    with cachedir.cache_errors(path):
        if path.suffix != ".lock":
            path.unlink(missing_ok=True)
            return
        with path.open("rb") as stream:
            if _try_lock(stream.fileno()):
                path.unlink()  # while it is held: who waits for it sees that it is gone


def _files(root: Path, folder: str, name: re.Pattern[str]) -> list[Path]:
    """Return the files of ours below the cache; what lies behind a link is somebody else's."""
    top = root / folder.partition("/")[0]
    places = [] if top.is_symlink() else sorted(root.glob(folder))
    return [
        path
        for place in places
        if place.is_dir()
        for path in sorted(place.iterdir())
        if name.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    ]


def _last_used(path: Path, kind: str) -> float:
    """Return when a file was last used: of what was unpacked, its note is touched at every use."""
    files = path.parent.glob(f"{path.stem}.*") if kind == "unpacked" else [path]
    return max(file.stat().st_mtime for file in files)


def _is_locked(path: Path) -> bool:
    with path.open("rb") as stream:
        return not _try_lock(stream.fileno())


def _try_lock(descriptor: int) -> bool:
    """Take a lock if it is free, until its file is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
