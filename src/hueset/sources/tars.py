"""A tar archive read by member at random, also a gzipped one.

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
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hueset.errors import SourceFormatError
from hueset.sources import cachedir
from hueset.sources.members import Stamp, add, known, readable, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO


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
        start, size = known(opened.places, member, self.path)
        return io.BufferedReader(_Window(opened, start, size))

    def read_all(self, members: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read member after member."""
        opened = self._opened()
        for member in members:
            start, size = known(opened.places, member, self.path)
            yield member, opened.bytes_at(start, size)

    def _opened(self) -> _OpenTar:
        with readable(self.path):
            return _tar(self.path, self.gzipped, stamp(self.path))


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


@lru_cache(maxsize=8)
def _tar(path: Path, gzipped: bool, seen: Stamp) -> _OpenTar:
    """Keep an archive open, and its places in the cache: to find 50,000 of them takes seconds."""
    prefix = cachedir.key_of(path.absolute())
    base = cachedir.folder("tar") / f"{prefix}-{cachedir.key_of(*seen)}"
    plain, note = base.with_suffix(".tar") if gzipped else path, base.with_suffix(".json")
    for used in {plain, note} - {path}:
        with suppress(OSError):  # not there yet, or a cache that may only be read
            os.utime(used)  # `gc` gives back what was not read for long
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
            add(places, entry.name, (entry.offset_data, entry.size), path)
    if plain.stat().st_size < max((start + size for start, size in places.values()), default=0):
        message = "unexpected end of data"
        raise tarfile.ReadError(message)
    return places
