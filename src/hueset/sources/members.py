"""What folders and archives have in common: names of members, and what a broken one is told by."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from hueset.builder.input_errors import convert_input_errors
from hueset.errors import SourceFormatError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

T = TypeVar("T")

Stamp = tuple[int, int, int, int]
"""Size in bytes, mtime and ctime in ns, inode: what tells that a file is the one seen before.

The mtime can be set back, by `cp -p` or an archive; the ctime is the system's own.
"""

SETTLED_NS = 2_000_000_000
"""A file that changed so lately may change again and keep its stamp: clocks of files tick coarsely,
of some file systems every two seconds."""


def member_stamp(path: Path) -> Stamp:
    """Return what tells that a file is the one seen before."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def is_settled(seen: Stamp) -> bool:
    """Whether a file last changed long enough ago for its stamp to be trusted from now on."""
    return time.time_ns() - max(seen[1:3]) > SETTLED_NS


def clean_name(name: str, where: Path) -> str:
    """Return a member's name without a leading `./`.

    Raises
    ------
    SourceFormatError
        It is absolute, climbs with `..`, holds a backslash or NUL, or is not UTF-8.
    """
    refuse_other_letters(name, where)
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if name.startswith("/") or ".." in parts or "\\" in name or "\x00" in name or not parts:
        message = f"{where}: the member name {name!r} is not a path below its root"
        hint = "such an archive is broken or hostile; download it again from its publisher"
        raise SourceFormatError(message, hint=hint, value=name)
    return "/".join(parts)


def add_member(found: dict[str, T], name: str, item: T, path: Path) -> None:
    """Add a member of an archive under its clean name, unless it is hidden.

    Raises
    ------
    SourceFormatError
        The name is no path below the root, or is there already.
    """
    cleaned = clean_name(name, path)
    if any(part.startswith(".") for part in cleaned.split("/")):
        return
    if cleaned in found:
        message = f"{path} holds the member {cleaned!r} twice"
        raise SourceFormatError(message, hint="repack it with one of the two", value=cleaned)
    found[cleaned] = item


def require_member(found: Mapping[str, T], member: str, path: Path) -> T:
    """Return what is held under a member's name; raises `SourceFormatError` for no member."""
    try:
        return found[member]
    except KeyError:
        message = f"{path} has no member {member!r}"
        raise SourceFormatError(message, hint="look at its names()", value=member) from None


def refuse_other_letters(name: str, where: Path) -> None:
    """Raise `SourceFormatError` for a name that is not UTF-8: no document could hold it."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        shown = name.encode(errors="surrogateescape")
        message = f"{where}: the member name {shown!r} is not UTF-8"
        hint = "repack it where names are UTF-8, or rename the file (convmv does many)"
        raise SourceFormatError(message, hint=hint, value=repr(shown)) from error


def archive_errors(path: Path) -> AbstractContextManager[None]:
    """Return `reading` for an archive: whatever a broken one raises becomes an error about it."""
    hint = "it may be cut short or have another suffix than format; download it again"
    return convert_input_errors(f"{path} is not a whole archive", hint=hint)
