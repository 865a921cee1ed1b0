"""A source whose bytes are on this machine and were checked: what a builder reads from.

A file, a folder and an archive (zip, tar, tar.gz) are read through the same three calls, so a
builder does not know which form its user has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

Via = Literal["flag", "environment", "local file", "mirror", "cache", "url", "hub", "sample"]


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


@dataclass(frozen=True)
class ResolvedSource:
    """The bytes of one declared source.

    Attributes
    ----------
    name
        The source's name in the declaration.
    path
        The file, folder or archive. It never goes into a published column or manifest.
    via
        How it was found.
    digest
        SHA-256 of the file, or over the lines `<sha256>  <member>` of its members, sorted.
    size
        Size in bytes of the file, or of its members together.
    members
        The members of a folder or archive, sorted by name; empty for a plain file.
    """

    name: str
    path: Path
    via: Via
    digest: str
    size: int
    members: tuple[Member, ...] = ()

    def names(self, pattern: str = "*") -> list[str]:
        """Return the member names that match a glob (`*` crosses `/`), sorted."""
        raise NotImplementedError

    def open(self, member: str | None = None) -> BinaryIO:
        """Open one member (or the plain file itself) for reading bytes."""
        raise NotImplementedError

    def read(self, member: str | None = None) -> bytes:
        """Return the bytes of one member, or of the plain file itself."""
        with self.open(member) as stream:
            return stream.read()
