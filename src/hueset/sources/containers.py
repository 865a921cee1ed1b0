"""Folder, zip and tar (also tar.gz) read by member, through the same three calls."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from hueset.errors import SourceFormatError
from hueset.sources.members import Stamp, add, clean, known, readable, stamp
from hueset.sources.tars import Tar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")


class Container(Protocol):
    """What a folder and every archive can do."""

    def sizes(self) -> Mapping[str, int]:
        """Return every member with its size in bytes, sorted by name."""
        ...

    def open(self, member: str) -> BinaryIO:
        """Open one member for reading; it can seek."""
        ...

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read members one after the other, in the given order."""
        ...


def container(path: Path) -> Container | None:
    """Return what reads the members of a path; None for a plain file.

    An archive is known by its suffix (`ARCHIVE_SUFFIXES`); a `.csv.gz` is a plain file. Members
    whose path has a part that begins with a dot (`.git`, `.DS_Store`, `__MACOSX/._x`) do not
    count: systems leave them behind, and they are nobody's data.
    """
    if path.is_dir():
        return Folder(path)
    name = path.name.lower()
    if name.endswith(".zip"):
        return Zip(path)
    if name.endswith(ARCHIVE_SUFFIXES):
        return Tar(path, gzipped=not name.endswith(".tar"))
    return None


@dataclass(frozen=True)
class Folder:
    """A folder; links in it are followed."""

    path: Path

    def sizes(self) -> Mapping[str, int]:
        """Walk the folder."""
        return {name: (self.path / name).stat().st_size for name in sorted(_below(self.path))}

    def open(self, member: str) -> BinaryIO:
        """Open one file below the folder."""
        return (self.path / clean(member, self.path)).open("rb")

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read file after file."""
        for member in members:
            yield member, (self.path / clean(member, self.path)).read_bytes()


@dataclass(frozen=True)
class Zip:
    """A zip archive."""

    path: Path

    def sizes(self) -> Mapping[str, int]:
        """Read the archive's directory."""
        entries = _zip_entries(self.path, stamp(self.path))
        return {name: entries[name].file_size for name in sorted(entries)}

    def open(self, member: str) -> BinaryIO:
        """Open one member."""
        with readable(self.path):
            entry = known(_zip_entries(self.path, stamp(self.path)), member, self.path)
            return cast("BinaryIO", _zip(self.path, stamp(self.path)).open(entry))

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read member after member."""
        for member in members:
            with readable(self.path), self.open(member) as stream:
                data = stream.read()
            yield member, data


def _below(
    folder: Path, prefix: str = "", above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[str]:
    """Yield the names of all files below a folder, in no order."""
    found = folder.stat()
    identity = (found.st_dev, found.st_ino)
    if identity in above:
        message = f"{folder} is a link back to a folder above it"
        raise SourceFormatError(message, hint="remove the link", value=str(folder))
    for child in folder.iterdir():
        if child.name.startswith("."):
            continue
        if child.is_dir():
            yield from _below(child, f"{prefix}{child.name}/", above | {identity})
        elif child.is_file():
            yield f"{prefix}{child.name}"
        else:
            message = f"{child} is a link to nothing, or no file"
            raise SourceFormatError(message, hint="mend or remove it", value=str(child))


@lru_cache(maxsize=8)
def _zip(path: Path, _stamp: Stamp) -> zipfile.ZipFile:
    """Keep an archive open: reading the directory of a large one for each member is quadratic."""
    return zipfile.ZipFile(path)


@lru_cache(maxsize=8)
def _zip_entries(path: Path, seen: Stamp) -> Mapping[str, zipfile.ZipInfo]:
    with readable(path):
        archive = _zip(path, seen)
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        if entry.flag_bits & 1:
            message = f"{path}: the member {entry.filename!r} is encrypted"
            raise SourceFormatError(message, hint="unpack it, and give the folder", value=path.name)
        # Not `filename`: zipfile cuts that at a NUL.
        add(entries, entry.orig_filename, entry, path)
    return entries
