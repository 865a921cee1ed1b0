"""Text of a source decoded, whatever byte order mark it begins with: dropped, or refused by name.

The mark is looked at before anything is parsed. A parser that met it would take it for a letter of
the first name, and quotes around that name for letters too.
"""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKS = (
    ("utf-32-le", codecs.BOM_UTF32_LE),
    ("utf-32-be", codecs.BOM_UTF32_BE),
    ("utf-8", codecs.BOM_UTF8),
    ("utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be", codecs.BOM_UTF16_BE),
)
"""What a file in each encoding may begin with; the first two begin like two of the others."""

LONGEST_MARK = max(len(mark) for _, mark in MARKS)


def decode_text(data: bytes, encoding: str = "utf-8") -> str:
    """Return bytes as text, without a byte order mark.

    Parameters
    ----------
    data
        The bytes of a whole text.
    encoding
        Its encoding.

    Raises
    ------
    ValueError
        The bytes begin with the mark of another encoding, or are no text in this one. Call it
        inside `reading`, which adds the file.
    """
    exact, skipped = _resolve_mark(data[:LONGEST_MARK], encoding)
    return data[skipped:].decode(exact)


def open_text(stream: BinaryIO, encoding: str = "utf-8") -> io.TextIOWrapper:
    """Return a stream of bytes as one of text, without a byte order mark; line ends stay.

    Closing it leaves `stream` open. Raises `ValueError` as `decode_text` does.
    """
    head = b"".join(_first_bytes(stream))
    exact, skipped = _resolve_mark(head, encoding)
    whole = io.BufferedReader(_Rejoined(head[skipped:], stream), io.DEFAULT_BUFFER_SIZE * 8)
    return io.TextIOWrapper(whole, exact, newline="")


def _first_bytes(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what a mark may take up; a stream may give less at a time than is asked of it."""
    wanted = LONGEST_MARK
    while wanted and (some := stream.read(wanted)):
        wanted -= len(some)
        yield some


def _resolve_mark(head: bytes, encoding: str) -> tuple[str, int]:
    """Return the encoding to decode with, and how many bytes the mark takes."""
    declared = codecs.lookup(encoding).name.removesuffix("-sig")
    # As utf-16 the mark of utf-32-le is one of its own, and a NUL.
    marks = [(name, mark) for name, mark in MARKS if head.startswith(mark)]
    for name, mark in marks:
        if declared in {name, name.removesuffix("-le").removesuffix("-be")}:
            return name, len(mark)
    if marks:
        name, _ = marks[0]
        message = f"it begins with the byte order mark of {name}, and is read as {declared}"
        raise ValueError(f"{message}: declare or give the encoding {name}")
    return ("utf-8" if declared == "utf-8" else encoding), 0


class _Rejoined(io.RawIOBase):
    """A stream with bytes put back before it."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        data = data or self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
