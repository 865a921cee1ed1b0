"""A source as a builder reads it: the same calls for a file, a folder, an archive and a version.

What stands behind them, `hueset.sources` finds, fetches and checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

Via = Literal[
    "flag", "environment", "local file", "store", "mirror", "cache", "url", "hub", "sample"
]


@dataclass(frozen=True)
class Member:
    """One file of a folder or archive.

    Attributes
    ----------
    name
        Path below the root, with `/`; never absolute, never with `..`.
    sha256
        Hex digest of its bytes.
    size
        Its size in bytes.
    """

    name: str
    sha256: str
    size: int


class ResolvedSource(Protocol):
    """The bytes of one declared source, on this machine and checked."""

    @property
    def name(self) -> str:
        """The source's name in the declaration."""
        ...

    @property
    def path(self) -> Path:
        """The file, folder or archive. It never goes into a published column or manifest."""
        ...

    @property
    def via(self) -> Via:
        """How it was found."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of the file, or over the lines `<sha256>  <member>` of its sorted members."""
        ...

    @property
    def size(self) -> int:
        """Size in bytes of the file, or of its members together."""
        ...

    @property
    def members(self) -> tuple[Member, ...]:
        """The members of a folder or archive, sorted by name; empty for a plain file."""
        ...

    @property
    def version(self) -> str | None:
        """The name of the version, where it is one of another dataset; else None."""
        ...

    def names(self, pattern: str = "*") -> list[str]:
        """Return the member names that match a glob (`*` crosses `/`), sorted."""
        ...

    def open(self, member: str | None = None) -> BinaryIO:
        """Open one member (or the plain file itself) for reading bytes; the stream can seek.

        Raises
        ------
        SourceFormatError
            There is no such member, or a member is asked of a plain file.
        """
        ...

    def read(self, member: str | None = None) -> bytes:
        """Return the bytes of one member, or of the plain file itself."""
        ...

    def iterate(self, pattern: str = "*") -> Iterator[tuple[str, bytes]]:
        """Read all members that match a glob: `(name, bytes)`, sorted by name.

        The way to read many members; one is in memory at a time. Raises `SourceFormatError` for
        a plain file.
        """
        ...

    def member(self, name: str) -> Member:
        """Return one member with its digest and size; raises `SourceFormatError` for no member."""
        ...
