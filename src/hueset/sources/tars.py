"""A tar archive read by member at random, also a gzipped one.

A gzipped tar cannot be read at random, and reading it from its beginning for every member would
be quadratic. So it is unpacked once, as one plain tar, into the cache, and read from there.
Nothing is ever extracted by a name that an archive gives.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import weakref
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hueset.errors import SourceError, SourceFormatError
from hueset.files.atomic import replace_file
from hueset.files.hashing import file_sha256
from hueset.sources import bounds
from hueset.sources import cache as cachedir
from hueset.sources.members import Stamp, add_member, archive_errors, member_stamp, require_member

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO


@dataclass(frozen=True)
class Tar:
    """A tar archive, plain or gzipped."""

    path: Path
    gzipped: bool
    unpacked_bytes: int | None = None

    def sizes(self) -> Mapping[str, int]:
        """Read the archive's headers."""
        places = self._opened().places
        return {name: places[name][1] for name in sorted(places)}

    def open(self, member: str) -> BinaryIO:
        """Open one member, in the plain tar."""
        opened = self._opened()
        start, size = require_member(opened.places, member, self.path)
        return io.BufferedReader(_Window(opened, start, size))

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read member after member."""
        opened = self._opened()
        for member in members:
            start, size = require_member(opened.places, member, self.path)
            yield member, opened.bytes_at(start, size)

    def _opened(self) -> _OpenTar:
        return _tar(self.path, self.gzipped, member_stamp(self.path), self.unpacked_bytes)


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


@dataclass(frozen=True)
class _ArchiveNote:
    """What the cache keeps of an archive that was gone through.

    Attributes
    ----------
    places
        Member → (where it begins, its size) in the plain tar.
    sha256
        Of the plain tar that was unpacked; empty where the archive is one itself.
    stamp
        Of the plain tar, when it was unpacked or last hashed: while it is this, nobody touched it.
    """

    places: Mapping[str, tuple[int, int]]
    sha256: str
    stamp: Stamp | None

    def save(self, path: Path) -> None:
        """Write it at its place in the cache."""
        with cachedir.cache_errors(path), replace_file(path) as stream:
            stream.write(cachedir.seal_document(asdict(self)))

    def fits(self, plain: Path) -> bool:
        """Whether the plain tar is the one that was unpacked; hashed only where it was touched."""
        if not self.sha256:
            return True
        if not plain.exists():
            return False
        return self.stamp == member_stamp(plain) or self.sha256 == file_sha256(plain)[0]


@lru_cache(maxsize=8)
def _tar(path: Path, gzipped: bool, seen: Stamp, unpacked_bytes: int | None) -> _OpenTar:
    """Keep an archive open, and its places in the cache: to find 50,000 of them takes seconds."""
    prefix = cachedir.key_of(path.absolute())
    base = cachedir.cache_folder("tar") / f"{prefix}-{cachedir.key_of(*seen)}"
    plain, file = base.with_suffix(".tar") if gzipped else path, base.with_suffix(".json")
    note = _read_note(file)
    if note is None or not note.fits(plain):
        with cachedir.only_one(f"tar-{prefix}"):
            note = _read_note(file)  # another process may have made it meanwhile
            if note is None or not note.fits(plain):
                limit = bounds.unpacked_limit(path, unpacked_bytes)
                digest = _unpack(path, plain, limit) if gzipped else ""
                note = _ArchiveNote(_tar_places(plain, path), digest, None)
            note = replace(note, stamp=member_stamp(plain) if gzipped else None)
            note.save(file)
            for older in base.parent.glob(f"{prefix}-*"):
                if older.stem != base.name:
                    older.unlink(missing_ok=True)
    elif gzipped and note.stamp != member_stamp(plain):
        with suppress(SourceError):  # a cache that may only be read: then it is hashed every time
            replace(note, stamp=member_stamp(plain)).save(file)
    with suppress(OSError):
        os.utime(file)  # `gc` gives back what was not read for long
    return _OpenTar(plain, note.places)


def _read_note(file: Path) -> _ArchiveNote | None:
    """Return what is kept; None where nothing is, or it is damaged: then it is made anew."""
    match cachedir.read_sealed(file):
        case {"places": dict(places), "sha256": str(digest), "stamp": list() | None as seen}:
            found = {name: (start, size) for name, (start, size) in places.items()}
            return _ArchiveNote(found, digest, tuple(seen) if seen else None)
    return None


def _unpack(path: Path, plain: Path, limit: int) -> str:
    """Write the plain tar into the cache; returns its SHA-256."""
    hasher, size = hashlib.sha256(), 0
    with (
        archive_errors(path),
        gzip.open(path) as packed,
        cachedir.cache_errors(plain),
        replace_file(plain) as out,
    ):
        while block := packed.read(1 << 20):
            size += len(block)
            bounds.refuse_size(path, size, limit)
            hasher.update(block)
            out.write(block)
    return hasher.hexdigest()


def _tar_places(plain: Path, path: Path) -> Mapping[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    with archive_errors(path), tarfile.open(plain, "r:") as archive:
        for entry in archive:
            if entry.isdir():
                continue
            if not entry.isreg() or entry.issparse():
                message = f"{path}: the member {entry.name!r} is a link or device, not a file"
                hint = "repack it with its links followed (tar --dereference --hard-dereference)"
                raise SourceFormatError(message, hint=hint, value=entry.name)
            add_member(places, entry.name, (entry.offset_data, entry.size), path)
    if plain.stat().st_size < max((start + size for start, size in places.values()), default=0):
        message = f"{path} is not a whole archive: unexpected end of data"
        raise SourceFormatError(
            message, hint="it may be cut short; download it again", value=path.name
        )
    return places
