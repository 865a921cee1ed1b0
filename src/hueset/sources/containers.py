"""Folder, zip and tar (also tar.gz) read by member, through the same three calls.

A gzipped tar cannot be read at random, and reading it from its beginning for every member would
be quadratic. So it is unpacked once, as one plain tar, into the cache, and read from there.
Nothing is ever extracted by a name that an archive gives.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
import weakref
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from hueset.errors import SourceFormatError
from hueset.sources import cachedir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

T = TypeVar("T")

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")

Stamp = tuple[int, int, int]
"""Size in bytes, mtime in ns, inode: what tells that a file is the one seen before."""


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


def stamp(path: Path) -> Stamp:
    """Return what tells that a file is the one seen before."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


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
            entry = _known(_zip_entries(self.path, stamp(self.path)), member, self.path)
            return cast("BinaryIO", _zip(self.path, stamp(self.path)).open(entry))

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read member after member."""
        for member in members:
            with readable(self.path), self.open(member) as stream:
                data = stream.read()
            yield member, data


@dataclass(frozen=True)
class Tar:
    """A tar archive, plain or gzipped."""

    path: Path
    gzipped: bool

    def sizes(self) -> Mapping[str, int]:
        """Read the archive's headers."""
        places = self._opened().places
        return {name: places[name][1] for name in sorted(places)}

    def open(self, member: str) -> BinaryIO:
        """Open one member, in the plain tar."""
        opened = self._opened()
        start, size = _known(opened.places, member, self.path)
        return io.BufferedReader(_Window(opened, start, size))

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read member after member."""
        opened = self._opened()
        for member in members:
            start, size = _known(opened.places, member, self.path)
            yield member, opened.bytes_at(start, size)

    def _opened(self) -> _OpenTar:
        with readable(self.path):
            return _tar(self.path, self.gzipped, stamp(self.path))


def clean(name: str, where: Path) -> str:
    """Return a member's name without a leading `./`.

    Raises
    ------
    SourceFormatError
        It is absolute, climbs with `..`, or holds a backslash or NUL.
    """
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if name.startswith("/") or ".." in parts or "\\" in name or "\x00" in name or not parts:
        message = f"{where}: the member name {name!r} is not a path below its root"
        hint = "such an archive is broken or hostile; get it anew from its publisher"
        raise SourceFormatError(message, hint=hint, value=name)
    return "/".join(parts)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what a broken archive raises into an error that names it."""
    try:
        yield
    except (
        zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError,
        NotImplementedError,
    ) as error:  # fmt: skip
        message = f"{path} is not a whole archive: {str(error) or type(error).__name__}"
        hint = "it may be cut short or have another suffix than format; get it anew"
        raise SourceFormatError(message, hint=hint, value=path.name) from error


class _OpenTar:
    """A plain tar that is kept open, with the place of every member in it."""

    def __init__(self, plain: Path, places: Mapping[str, tuple[int, int]]) -> None:
        self.places = places
        self._file = os.open(plain, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def bytes_at(self, start: int, size: int) -> bytes:
        """Read without a position, so that threads do not disturb each other."""
        parts = []
        while size > 0 and (part := os.pread(self._file, size, start)):
            parts.append(part)
            start, size = start + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class _Window(io.RawIOBase):
    """Part of an open tar, read as a file of its own."""

    def __init__(self, opened: _OpenTar, start: int, size: int) -> None:
        self._opened, self._start, self._size, self._at = opened, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            message = f"negative seek position {base + offset}"
            raise ValueError(message)
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._size - self._at))
        data = self._opened.bytes_at(self._start + self._at, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


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
        _add(entries, entry.orig_filename, entry, path)
    return entries


@lru_cache(maxsize=8)
def _tar(path: Path, gzipped: bool, seen: Stamp) -> _OpenTar:
    """Keep an archive open, and its places in the cache: to find 50,000 of them takes seconds."""
    prefix = cachedir.key_of(path.absolute())
    base = cachedir.folder("tar") / f"{prefix}-{cachedir.key_of(*seen)}"
    plain, note = base.with_suffix(".tar") if gzipped else path, base.with_suffix(".json")
    places = _noted(note)
    if places is None or not plain.exists():
        with cachedir.only_one(f"tar-{prefix}"):
            if not plain.exists():
                _unpack(path, plain)
            places = _tar_places(plain, path)
            with cachedir.writable(note), cachedir.appearing(note) as stream:
                stream.write(json.dumps(places).encode())
            for older in base.parent.glob(f"{prefix}-*"):
                if older.stem != base.name:
                    older.unlink(missing_ok=True)
    return _OpenTar(plain, places)


def _noted(note: Path) -> Mapping[str, tuple[int, int]] | None:
    try:
        document = json.loads(note.read_bytes())
        return {name: (int(start), int(size)) for name, (start, size) in document.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None  # not there, or damaged: then the archive is gone through anew


def _unpack(path: Path, plain: Path) -> None:
    with gzip.open(path) as packed, cachedir.writable(plain), cachedir.appearing(plain) as out:
        shutil.copyfileobj(packed, out, 1 << 20)


def _tar_places(plain: Path, path: Path) -> Mapping[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    with tarfile.open(plain, "r:") as archive:
        for entry in archive:
            if entry.isdir():
                continue
            if not entry.isreg() or entry.issparse():
                message = f"{path}: the member {entry.name!r} is a link or device, not a file"
                hint = "pack it anew with its links followed (tar --dereference --hard-dereference)"
                raise SourceFormatError(message, hint=hint, value=entry.name)
            _add(places, entry.name, (entry.offset_data, entry.size), path)
    if plain.stat().st_size < max((start + size for start, size in places.values()), default=0):
        message = "unexpected end of data"
        raise tarfile.ReadError(message)
    return places


def _add(found: dict[str, T], name: str, item: T, path: Path) -> None:
    cleaned = clean(name, path)
    if any(part.startswith(".") for part in cleaned.split("/")):
        return
    if cleaned in found:
        message = f"{path} holds the member {cleaned!r} twice"
        raise SourceFormatError(message, hint="pack it anew, with one of the two", value=cleaned)
    found[cleaned] = item


def _known(found: Mapping[str, T], member: str, path: Path) -> T:
    try:
        return found[member]
    except KeyError:
        message = f"{path} has no member {member!r}"
        raise SourceFormatError(message, hint="look at its names()", value=member) from None
