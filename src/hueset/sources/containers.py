"""Folder, zip and tar (also tar.gz) read by member, through the same three calls."""

from __future__ import annotations

import io
import stat
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from hueset.errors import SourceFormatError
from hueset.sources import bounds
from hueset.sources import cache as cachedir
from hueset.sources.members import (
    Stamp,
    add_member,
    archive_errors,
    clean_name,
    member_stamp,
    refuse_other_letters,
    require_member,
)
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


def open_container(path: Path, unpacked_bytes: int | None = None) -> Container | None:
    """Return what reads the members of a path; None for a plain file.

    An archive is known by its suffix (`ARCHIVE_SUFFIXES`); a `.csv.gz` is a plain file. Members
    whose path has a part that begins with a dot (`.git`, `.DS_Store`, `__MACOSX/._x`) do not
    count: systems leave them behind, and they are nobody's data.

    `unpacked_bytes` is what may come out of an archive where the source declares it.
    """
    if path.is_dir():
        return Folder(path)
    name = path.name.lower()
    if name.endswith(".zip"):
        return Zip(path, unpacked_bytes)
    if name.endswith(ARCHIVE_SUFFIXES):
        return Tar(path, gzipped=not name.endswith(".tar"), unpacked_bytes=unpacked_bytes)
    return None


@dataclass(frozen=True)
class Folder:
    """A folder; links in it are followed to what lies in it too, and nowhere else."""

    path: Path

    def sizes(self) -> Mapping[str, int]:
        """Walk the folder."""
        inside = _home(self.path)
        return {
            name: (self.path / name).stat().st_size for name in sorted(_below(self.path, inside))
        }

    def open(self, member: str) -> BinaryIO:
        """Open one file below the folder."""
        return (self.path / clean_name(member, self.path)).open("rb")

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read file after file."""
        for member in members:
            yield member, (self.path / clean_name(member, self.path)).read_bytes()


@dataclass(frozen=True)
class Zip:
    """A zip archive."""

    path: Path
    unpacked_bytes: int | None = None

    def sizes(self) -> Mapping[str, int]:
        """Read the archive's directory."""
        entries = self._entries()
        return {name: entries[name].file_size for name in sorted(entries)}

    def open(self, member: str) -> BinaryIO:
        """Open one member."""
        with archive_errors(self.path):
            entry = require_member(self._entries(), member, self.path)
            packed = cast("BinaryIO", _zip(self.path, member_stamp(self.path)).open(entry))
            return io.BufferedReader(_UnpackedMember(packed, self.path))

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read member after member."""
        for member in members:
            with archive_errors(self.path), self.open(member) as stream:
                data = stream.read()
            yield member, data

    def _entries(self) -> Mapping[str, zipfile.ZipInfo]:
        return _zip_entries(self.path, member_stamp(self.path), self.unpacked_bytes)


class _UnpackedMember(io.RawIOBase):
    """A member of an archive that is unpacked as it is read: what fails there is told."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream, self._path = stream, path

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with archive_errors(self._path):
            return self._stream.seek(offset, whence)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with archive_errors(self._path):
            data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _home(folder: Path) -> Path:
    """Return the folder below which links of a folder may lead.

    What the Hub's client fetched is links into its own store of blobs.
    """
    real, hub = folder.resolve(), cachedir.cache_dir().resolve() / "hub"
    return hub if real.is_relative_to(hub) else real


def _below(
    folder: Path,
    inside: Path,
    prefix: str = "",
    above: frozenset[tuple[int, int]] = frozenset(),
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
        refuse_other_letters(child.name, folder)
        if child.is_symlink():
            _refuse_leading_out(child, inside)
        if child.is_dir():
            yield from _below(child, inside, f"{prefix}{child.name}/", above | {identity})
        elif child.is_file():
            yield f"{prefix}{child.name}"
        else:
            message = f"{child} is a link to nothing, or no file"
            raise SourceFormatError(message, hint="fix or remove it", value=str(child))


@lru_cache(maxsize=8)
def _zip(path: Path, _stamp: Stamp) -> zipfile.ZipFile:
    """Keep an archive open: reading the directory of a large one for each member is quadratic."""
    return zipfile.ZipFile(path)


@lru_cache(maxsize=8)
def _zip_entries(
    path: Path, seen: Stamp, unpacked_bytes: int | None
) -> Mapping[str, zipfile.ZipInfo]:
    with archive_errors(path):
        archive = _zip(path, seen)
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        if entry.flag_bits & 1:
            message = f"{path}: the member {entry.filename!r} is encrypted"
            raise SourceFormatError(message, hint="unpack it, and give the folder", value=path.name)
        if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            message = f"{path}: the member {entry.filename!r} is a link or device, not a file"
            hint = "repack it with its links followed (zip does so without -y)"
            raise SourceFormatError(message, hint=hint, value=entry.filename)
        # Not `filename`: zipfile cuts that at a NUL.
        add_member(entries, entry.orig_filename, entry, path)
    size = sum(entry.file_size for entry in entries.values())
    bounds.refuse_size(path, size, bounds.unpacked_limit(path, unpacked_bytes))
    return entries


def _refuse_leading_out(link: Path, inside: Path) -> None:
    """Raise for a link to what does not lie below the source: nobody gave that to be read."""
    target = link.resolve()
    if not target.is_relative_to(inside):
        message = f"{link} is a link that leads out of the source"
        hint = "put the file itself there, or remove the link"
        raise SourceFormatError(message, hint=hint, value=str(link))
