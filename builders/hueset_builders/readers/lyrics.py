"""Timed lyrics → lines and words with their stamps as written.

LRC has no standard, only habits; all of them are read here: a stamp on its own line or before the
text, several stamps before one text, fractions of one to three digits, spaces inside brackets, the
`offset` tag, enhanced word stamps `<mm:ss.xx>`, a BOM, CRLF, UTF-8, UTF-16 and Windows-1252. What a
stamp means in seconds is not decided here (see `hueset_builders.readers.timecode`). Tables with
decimal seconds,
as in JamendoLyrics (Durand et al. 2023, doi:10.1109/ICASSP49357.2023.10096725), are read too.
"""

from __future__ import annotations

import codecs
import csv
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hueset.builder import csv_rows
from hueset.errors import InputError
from hueset_builders.readers.timecode import Stamp, parse_stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

ProblemKind = Literal["malformed_stamp", "text_without_stamp", "malformed_offset"]

MAX_BYTES = 4_000_000
"""A larger file is no lyrics; the longest real one at hand has 6 kB."""


@dataclass(frozen=True)
class TimedWord:
    """One word of an enhanced line, with its own stamp."""

    stamp: Stamp
    text: str


@dataclass(frozen=True)
class Line:
    """One stamp with its text; an empty text marks the end of the line before.

    Attributes
    ----------
    stamp
        The stamp as written.
    text
        The words, one blank between them; without word stamps.
    file_line
        The line of the file on which the stamp stands, from 1.
    words
        The words with their own stamps, where the file has them.
    """

    stamp: Stamp
    text: str
    file_line: int
    words: tuple[TimedWord, ...] = ()


@dataclass(frozen=True)
class LyricsProblem:
    """Something in the file that could not be read as it stands."""

    file_line: int
    kind: ProblemKind
    text: str


@dataclass(frozen=True)
class Lyrics:
    """A lyric file.

    Attributes
    ----------
    lines
        In file order; where a text has several stamps, in the order of the stamps.
    tags
        The `[key: value]` tags, keys in lower case.
    shift_s
        Seconds to add to every time: the `offset` tag (ms, positive = earlier) with its sign
        turned.
    encoding
        How the bytes were read.
    problems
        What could not be read.
    """

    lines: tuple[Line, ...]
    tags: Mapping[str, str]
    shift_s: float
    encoding: str
    problems: tuple[LyricsProblem, ...] = ()


@dataclass(frozen=True)
class TimedLine:
    """A line, or a word, with its span in seconds."""

    start_s: float
    end_s: float
    text: str


_BRACKET = re.compile(r"\s*\[([^\[\]]*)\]")
_WORD = re.compile(r"<([^<>]*)>")
_TAG = re.compile(r"^\s*([A-Za-z#][A-Za-z0-9_#]*)\s*:(.*)$", re.DOTALL)
_LIKE_A_STAMP = re.compile(r"^\s*-?\d")


def parse_lrc(data: bytes) -> Lyrics:
    """Read an LRC file of any habit.

    Raises
    ------
    InputError
        If the bytes are no text, or are too many.
    """
    text, encoding = decode_text(data)
    reader = _LyricsParser()
    for number, line in enumerate(text.splitlines(), start=1):
        reader.line(number, line)
    reader.close()
    lines = reader.lines
    if reader.several:
        lines = sorted(lines, key=lambda line: (line.stamp.whole_s, _share(line.stamp)))
    return Lyrics(tuple(lines), reader.tags, reader.shift_s, encoding, tuple(reader.problems))


def decode_text(data: bytes) -> tuple[str, str]:
    """Decode text by its BOM, else as UTF-8, else as Windows-1252; returns text and encoding."""
    if len(data) > MAX_BYTES:
        message = f"{len(data)} bytes are no lyrics (at most {MAX_BYTES})"
        raise InputError(message, value=len(data))
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                message = f"text starts with a {encoding} mark but is not that: {error}"
                raise InputError(message) from error
    if b"\x00" in data:
        message = "the file holds zero bytes, so it is not text"
        raise InputError(message)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def read_line_table(data: bytes) -> list[TimedLine]:
    """Read a CSV of `start_time,end_time,lyrics_line` in seconds.

    Raises
    ------
    InputError
        If a column is missing or a time is no number.
    """
    return _read_table(data, ("start_time", "end_time", "lyrics_line"))


def read_word_table(data: bytes, words: str) -> list[TimedLine]:
    """Read a CSV of `word_start,word_end` in seconds beside its list of words, one per line.

    Raises
    ------
    InputError
        If a column is missing, a time is no number, or there are more or fewer words than times.
    """
    spans = _read_table(data, ("word_start", "word_end", None))
    texts = [word for word in words.splitlines() if word.strip()]
    if len(spans) != len(texts):
        message = f"{len(spans)} word times for {len(texts)} words"
        raise InputError(message, value=len(spans))
    return [
        TimedLine(span.start_s, span.end_s, text) for span, text in zip(spans, texts, strict=True)
    ]


@dataclass
class _LyricsParser:
    """The state between two lines of a file."""

    lines: list[Line] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    problems: list[LyricsProblem] = field(default_factory=list)
    shift_s: float = 0.0
    several: bool = False
    waiting: list[tuple[Stamp, int]] = field(default_factory=list)
    """Stamps that have no text yet."""

    def line(self, number: int, line: str) -> None:
        stamps, rest = self._stamps(number, line)
        words, text = _words(rest)
        if stamps:
            self.close()
            self.several |= len(stamps) > 1
            if text:
                self._add([(stamp, number) for stamp in stamps], text, words)
            else:
                self.waiting = [(stamp, number) for stamp in stamps]
        elif text and self.waiting:
            self._add(self.waiting, text, words)
            self.waiting = []
        elif text and self.lines and self.lines[-1].text:
            last = self.lines[-1]
            joined = Line(last.stamp, f"{last.text} {text}", last.file_line, last.words + words)
            self.lines[-1] = joined
        elif text:
            self.problems.append(LyricsProblem(number, "text_without_stamp", text[:80]))

    def close(self) -> None:
        """Keep stamps that never got a text as ends of the line before."""
        self._add(self.waiting, "", ())
        self.waiting = []

    def _add(
        self, stamps: list[tuple[Stamp, int]], text: str, words: tuple[TimedWord, ...]
    ) -> None:
        self.lines += [Line(stamp, text, number, words) for stamp, number in stamps]

    def _stamps(self, number: int, line: str) -> tuple[list[Stamp], str]:
        """Take the leading brackets off a line: stamps, tags, and what cannot be read."""
        stamps: list[Stamp] = []
        at = 0
        while match := _BRACKET.match(line, at):
            inside = match[1]
            if _LIKE_A_STAMP.match(inside):
                try:
                    stamps.append(parse_stamp(inside))
                except InputError:
                    self.problems.append(LyricsProblem(number, "malformed_stamp", inside[:80]))
            elif tag := _TAG.match(inside):
                self._tag(number, tag[1].lower(), tag[2].strip())
            else:
                break  # "[Chorus]" and the like are part of the text
            at = match.end()
        return stamps, line[at:]

    def _tag(self, number: int, key: str, value: str) -> None:
        self.tags.setdefault(key, value)
        if key == "offset":
            try:
                self.shift_s = -int(value) / 1000
            except ValueError:
                self.problems.append(LyricsProblem(number, "malformed_offset", value[:80]))


def _words(text: str) -> tuple[tuple[TimedWord, ...], str]:
    """Split off word stamps; a trailing stamp without a word is the end of the last one."""
    parts = _WORD.split(text)
    words, plain = [], [parts[0].strip()]
    for inside, after in zip(parts[1::2], parts[2::2], strict=True):
        plain.append(after.strip())
        try:
            stamp = parse_stamp(inside)
        except InputError:
            plain[-1] = f"<{inside}>{after}".strip()
            continue
        if after.strip():
            words.append(TimedWord(stamp, after.strip()))
    return tuple(words), " ".join(" ".join(plain).split())


def _share(stamp: Stamp) -> float:
    return float(stamp.fraction / 10**stamp.digits)


def _read_table(data: bytes, names: tuple[str, str, str | None]) -> list[TimedLine]:
    text, _ = decode_text(data)
    rows = list(csv_rows(text.encode(), "the table", reason="unreadable"))
    fields = list(rows[0][1]) if rows else next(csv.reader([text.partition("\n")[0]]), [])
    missing = [name for name in names if name and name not in fields]
    if missing:
        message = f"the table lacks {missing}; it has {fields}"
        raise InputError(message, value=missing, known=[name for name in names if name])
    start, end, words = names
    found = []
    for line, row in rows:
        try:
            span = float(row[start]), float(row[end])
        except (TypeError, ValueError) as error:
            message = f"line {line}: {row[start]!r}, {row[end]!r} are not seconds"
            raise InputError(message) from error
        if not all(map(math.isfinite, span)):
            message = f"line {line}: {row[start]!r}, {row[end]!r} are not finite"
            raise InputError(message)
        found.append(TimedLine(*span, row[words] if words else ""))
    return found
