"""A source whose bytes are on this machine and were checked: what a builder reads from.

A file, a folder and an archive (zip, tar, tar.gz) are read through the same calls, so a builder
does not know which form its user has. Members always come sorted by name, in whatever order an
archive was packed, so that the same members give the same rows.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from hueset.builder.input_errors import convert_input_errors, remember_read
from hueset.errors import SourceFormatError
from hueset.sources.containers import open_container

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from hueset.builder.source import Member, Via
    from hueset.sources.containers import Container


@dataclass(frozen=True)
class LocalSource:
    """A source that lies on this machine (see `hueset.builder.ResolvedSource`).

    Attributes
    ----------
    name
        The source's name in the declaration.
    path
        The file, folder or archive. It never goes into a published column or manifest.
    via
        How it was found.
    digest
        SHA-256 of the file, or over the lines `<sha256>  <member>` of its members, sorted. Of a
        version: see `hueset.sources.versions`.
    size
        Size in bytes of the file, or of its members together.
    members
        The members of a folder or archive, sorted by name; empty for a plain file. Where the
        declaration pins members, these and no others: what is not pinned cannot be read.
    version
        The name of the version, where it is one of another dataset: its parquet files are the
        members, `data/<table>/…`.
    unpacked_bytes
        What may come out of an archive, where the declaration says so.
    """

    name: str
    path: Path
    via: Via
    digest: str
    size: int
    members: tuple[Member, ...] = ()
    version: str | None = None
    unpacked_bytes: int | None = None

    def names(self, pattern: str = "*") -> list[str]:
        """Return the member names that match a glob (`*` crosses `/`), sorted."""
        return matching_names((member.name for member in self.members), (pattern,))

    def open(self, member: str | None = None) -> BinaryIO:
        """Open one member (or the plain file itself) for reading bytes; the stream can seek.

        Raises
        ------
        SourceFormatError
            There is no such member, or a member is asked of a plain file.
        """
        remember_read(self, member)
        if member is None:
            if self.path.is_dir():
                message = f"source {self.name!r} is a folder: name the member to open"
                raise SourceFormatError(message, hint=f"one of {len(self.members)}, see names()")
            return self.path.open("rb")
        return self._inside().open(self.member(member).name)

    def read(self, member: str | None = None) -> bytes:
        """Return the bytes of one member, or of the plain file itself."""
        what = f"source {self.name!r}: {member or self.path.name} cannot be read"
        with convert_input_errors(what), self.open(member) as stream:
            return stream.read()

    def iterate(self, pattern: str = "*") -> Iterator[tuple[str, bytes]]:
        """Read all members that match a glob: `(name, bytes)`, sorted by name.

        The way to read many members; one is in memory at a time. Raises `SourceFormatError` for
        a plain file.
        """
        for name, data in self._inside().read_all(self.names(pattern)):
            remember_read(self, name)
            yield name, data

    def member(self, name: str) -> Member:
        """Return one member with its digest and size; raises `SourceFormatError` for no member."""
        try:
            return self._by_name[name]
        except KeyError:
            kind = f"one of {len(self.members)}" if self.members else "a plain file without any"
            message = f"source {self.name!r} has no member {name!r} (it is {kind})"
            hint = "the pin's globs decide which members there are" if self.members else None
            raise SourceFormatError(message, hint=hint, value=name) from None

    @cached_property
    def _by_name(self) -> Mapping[str, Member]:
        return {member.name: member for member in self.members}

    def _inside(self) -> Container:
        inside = open_container(self.path, self.unpacked_bytes)
        if inside is None:
            message = f"source {self.name!r} is a plain file: it has no members"
            raise SourceFormatError(message, hint="open it without a member's name")
        return inside


def matching_names(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Return the names that match any of the globs (`*` crosses `/`), sorted."""
    globs = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))
    return sorted(name for name in names if globs.match(name))
