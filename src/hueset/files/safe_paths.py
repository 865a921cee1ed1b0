"""Files below a folder of the store, read without leaving it.

A version may have come from anywhere, so what lies in it is not trusted to be a file: a symbolic
link out of it, a pipe that never ends and a device are refused, at the name itself and at every
folder above it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader
    from pathlib import Path

MOST_BYTES: Final = 64 << 20
"""A document larger than this is none of ours, and is not read into memory."""

LINK: Final = "is a symbolic link, or lies behind one: none is followed"

_BENEATH: Final = os.O_NOFOLLOW | os.O_CLOEXEC
"""How each part of a path below a root is opened."""


def open_beneath(root: Path, relative: str) -> BufferedReader:
    """Open a regular file below a folder for reading, following no symbolic link on the way.

    Parameters
    ----------
    root
        The folder; links in its own path are followed, as whoever named it meant it.
    relative
        The path below it, with `/` between.

    Raises
    ------
    OSError
        It is missing, is a link, lies behind one, is no regular file, or cannot be read.
    """
    *folders, name = _parts(root, relative)
    inside = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            below = _open(root / relative, folder, os.O_RDONLY | os.O_DIRECTORY, inside)
            os.close(inside)
            inside = below
        # Without O_NONBLOCK a pipe in the place of a file would be waited for, for ever.
        handle = _open(root / relative, name, os.O_RDONLY | os.O_NONBLOCK, inside)
    finally:
        os.close(inside)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "is no regular file", str(root / relative))
    return os.fdopen(handle, "rb")


def read_beneath(root: Path, relative: str, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file below a folder.

    Raises
    ------
    OSError
        As `open_beneath`; or it is larger than `most_bytes`.
    """
    with open_beneath(root, relative) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > most_bytes:
            message = f"has {size:,} bytes, more than the {most_bytes:,} that are read"
            raise OSError(errno.EFBIG, message, str(root / relative))
        return stream.read(most_bytes)


def hash_beneath(root: Path, relative: str) -> tuple[str, int]:
    """Return the SHA-256 of a regular file below a folder, and its size in bytes.

    Raises
    ------
    OSError
        As `open_beneath`.
    """
    with open_beneath(root, relative) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return digest, os.fstat(stream.fileno()).st_size


def require_regular(root: Path, relative: str) -> Path:
    """Return the path of a regular file below a folder, which no link leads to; it is not opened.

    Raises
    ------
    OSError
        It is missing, is a link, lies behind one, or is no regular file.
    """
    place = root
    *folders, name = _parts(root, relative)
    for part in folders:
        place /= part
        _require(place, stat.S_ISDIR)
    place /= name
    _require(place, stat.S_ISREG)
    return place


def list_entries(root: Path) -> dict[str, os.stat_result]:
    """Return everything below a folder that is no folder, by its path below it.

    Nothing is opened and no link is followed: the `stat` of a link is its own.

    Raises
    ------
    OSError
        A folder cannot be listed.
    """
    found: dict[str, os.stat_result] = {}
    waiting = [("", os.fspath(root))]
    while waiting:
        prefix, folder = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{prefix}{entry.name}/", entry.path))
                else:
                    found[prefix + entry.name] = entry.stat(follow_symlinks=False)
    return found


def discard_path(path: Path) -> None:
    """Remove whatever lies in a place, file, link or folder; what is gone already is gone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _parts(root: Path, relative: str) -> tuple[str, ...]:
    parts = PurePosixPath(relative).parts
    if not parts or relative.startswith("/") or ".." in parts or "\0" in relative:
        raise OSError(errno.EINVAL, "leads out of its folder", f"{root}/{relative!r}")
    return parts


def _require(place: Path, is_kind: Callable[[int], bool]) -> None:
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError as error:
        raise OSError(errno.ENOENT, "is missing", str(place)) from error
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, LINK, str(place))
    if not is_kind(mode):
        raise OSError(errno.EINVAL, "is no regular file", str(place))


def _open(whole: Path, name: str, flags: int, inside: int) -> int:
    try:
        return os.open(name, flags | _BENEATH, dir_fd=inside)
    except OSError as error:
        # A link to a folder is ENOTDIR here, as a file in the place of a folder is.
        if error.errno in {errno.ELOOP, errno.ENOTDIR} and _is_link(name, inside):
            raise OSError(errno.ELOOP, LINK, str(whole)) from error
        if error.errno == errno.ENXIO:  # a socket
            raise OSError(errno.EINVAL, "is no regular file", str(whole)) from error
        raise OSError(error.errno, error.strerror, str(whole)) from error


def _is_link(name: str, inside: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=inside, follow_symlinks=False).st_mode)
