"""How much may come out of an archive: a few kilobytes can stand for petabytes.

What is packed well (silence, repeated text) becomes a hundred times as large; what was made to harm
becomes a thousand times as large, or a million. What stays
small is let through whatever its ratio.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from hueset.errors import SourceFormatError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

RATIO = 100
"""Times its own size that an archive may become."""

FREE_BYTES = 1 << 30
"""What any archive may become, however small it is."""


def unpacked_limit(path: Path, declared: int | None = None) -> int:
    """Return how many bytes may come out of an archive.

    Parameters
    ----------
    path
        The archive.
    declared
        `unpacked_bytes` of the source, which replaces the rule.
    """
    return declared or max(FREE_BYTES, RATIO * path.stat().st_size)


def refuse_size(path: Path, size: int, limit: int) -> None:
    """Raise `SourceFormatError` where more comes out of an archive than may."""
    if size > limit:
        message = (
            f"{path} of {path.stat().st_size:,} bytes unpacks to more than {limit:,}: "
            "that is what an archive made to harm does"
        )
        hint = "if it is right, declare `unpacked_bytes:` of the source, or give it unpacked"
        raise SourceFormatError(message, hint=hint, value=size)


class BoundedStream(io.RawIOBase):
    """A stream of unpacked bytes that refuses to give more than may come.

    Parameters
    ----------
    stream
        What unpacks.
    path
        The file it comes from, for the message.
    limit
        Bytes that may come.
    """

    def __init__(self, stream: BinaryIO, path: Path, limit: int) -> None:
        self._stream, self._path, self._limit, self._done = stream, path, limit, 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read the next bytes."""
        data = self._stream.read(len(buffer))
        self._done += len(data)
        refuse_size(self._path, self._done, self._limit)
        buffer[: len(data)] = data
        return len(data)
