"""Sections and lyric lines in seconds, each with what is wrong with its stamps as flags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hueset_builders.readers.timecode import Reading, follows_previous, read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hueset_builders.chromatic.manifest import ManifestSection
    from hueset_builders.readers.lyrics import Line
    from hueset_builders.readers.timecode import Stamp

LAST_LINE_S = 3.0
"""How long the last line is taken to last, where no end is written (the corpus' own habit)."""
LONG_LINE_S = 30.0
"""A line that lasts longer has another stamp missing (the corpus' own validator warns here)."""
MAX_SUNG_LETTERS_PER_S = 30.0
"""Nobody sings faster: of the 3,383 lines of JamendoLyrics MultiLang (Durand, Stoller and Ewert,
ICASSP 2023; rap among them) one in a thousand passes 23.6 letters a second, and only a cry of four
letters 30. Lines of the corpus whose stamps are right stay below 16."""
SLACK_S = 1.0
"""How far a stamp may pass the running time before it counts as past the end."""


@dataclass(frozen=True)
class TimedSection:
    """A section in seconds.

    Attributes
    ----------
    start_s, end_s
        As read; None where a stamp cannot be read.
    until_s
        Where it really stops being: its end where that lies after its start, else the next start;
        never past the running time.
    joined
        Its start was written as the previous end plus one unit, and is the previous end.
    flags
        `negative`, `zero`, `overlapping`, `past_end`, `unreadable`, `fraction_out_of_range`.
    """

    index: int
    section: ManifestSection
    start_s: float | None
    end_s: float | None
    until_s: float | None
    uncertainty_s: float
    joined: bool
    flags: tuple[str, ...]


@dataclass(frozen=True)
class TimedLyric:
    """A lyric line in seconds.

    Attributes
    ----------
    end_s
        The next stamp; for the last line a fixed length.
    end_assumed
        True for that last line.
    flags
        `zero`, `not_rising`, `past_end`, `fraction_out_of_range`, `short` (more letters a second
        than can be sung), `long` (longer than a line is).
    """

    index: int
    line: Line
    start_s: float
    end_s: float
    end_assumed: bool
    uncertainty_s: float
    flags: tuple[str, ...]


def section_at(sections: Iterable[TimedSection], time_s: float) -> TimedSection | None:
    """Return the section that holds a point in time; of overlapping ones the latest to start."""
    holding = [
        section
        for section in sections
        if section.start_s is not None
        and section.until_s is not None
        and section.start_s <= time_s < section.until_s
    ]
    return max(holding, key=lambda section: (section.start_s or 0.0, section.index), default=None)


def read_section(section: ManifestSection, unit: str) -> tuple[Reading | None, Reading | None]:
    """Return start and end of a section as read; None where a stamp cannot be."""
    return (
        read_stamp(section.start, unit) if section.start else None,
        read_stamp(section.end, unit) if section.end else None,
    )


def timed_sections(
    written: Sequence[ManifestSection],
    readings: Sequence[tuple[Reading | None, Reading | None]],
    unit: str,
    running_s: float,
) -> list[TimedSection]:
    """Return sections in seconds, in their order; `readings` are theirs (see `read_section`)."""
    timed: list[TimedSection] = []
    before: tuple[Stamp, Reading] | None = None
    for index, (section, (own_start, end)) in enumerate(zip(written, readings, strict=True)):
        flags = []
        joined = bool(before and section.start and follows_previous(section.start, before[0], unit))
        start = before[1] if joined and before else own_start
        if own_start is None or start is None or end is None:
            flags.append("unreadable")
        else:
            if end.time_s < own_start.time_s:
                flags.append("negative")
            elif end.time_s == start.time_s:
                flags.append("zero")
            if before and start.time_s < before[1].time_s - 1e-9:
                flags.append("overlapping")
            if max(start.time_s, end.time_s) > running_s + SLACK_S:
                flags.append("past_end")
            if not (start.in_range and end.in_range):
                flags.append("fraction_out_of_range")
        uncertainty = max(reading.uncertainty_s if reading else 0.5 for reading in (start, end))
        timed.append(
            TimedSection(
                index,
                section,
                start.time_s if start else None,
                end.time_s if end else None,
                None,
                uncertainty,
                joined,
                tuple(flags),
            )
        )
        before = (section.end, end) if section.end and end else None
    starts = sorted(section.start_s for section in timed if section.start_s is not None)
    return [replace(section, until_s=_until(section, starts, running_s)) for section in timed]


def _until(section: TimedSection, starts: Sequence[float], running_s: float) -> float | None:
    if section.start_s is None:
        return None
    end = section.end_s
    if end is None or end <= section.start_s:
        end = next((start for start in starts if start > section.start_s), running_s)
    return max(section.start_s, min(end, running_s))


def timed_lines(
    written: Sequence[Line], readings: Sequence[Reading], running_s: float
) -> list[TimedLyric]:
    """Return the lines that have words, in seconds; `readings` are those of their stamps."""
    order = sorted(range(len(written)), key=lambda at: (readings[at].time_s, at))
    ends = {at: readings[after].time_s for at, after in pairwise(order)}
    timed: list[TimedLyric] = []
    highest = float("-inf")
    for at, (line, reading) in enumerate(zip(written, readings, strict=True)):
        start = reading.time_s
        flags = ["not_rising"] if start < highest else []
        highest = max(highest, start)
        if not line.text:
            continue
        end = ends.get(at)
        if end is not None and end <= start:
            flags.append("zero")
        if start > running_s:
            flags.append("past_end")
        if not reading.in_range:
            flags.append("fraction_out_of_range")
        if end is not None and end > start:
            flags += _length_flags(line.text, end - start)
        last = max(start, min(start + LAST_LINE_S, running_s))
        timed.append(
            TimedLyric(
                len(timed),
                line,
                start,
                last if end is None else end,
                end is None,
                reading.uncertainty_s,
                tuple(flags),
            )
        )
    return timed


def letters_per_s(text: str, duration_s: float) -> float:
    """Return how many letters a second it takes to sing a line in so many seconds."""
    return sum(map(str.isalpha, text)) / duration_s


def _length_flags(text: str, duration_s: float) -> list[str]:
    if letters_per_s(text, duration_s) > MAX_SUNG_LETTERS_PER_S:
        return ["short"]
    return ["long"] if duration_s > LONG_LINE_S else []
