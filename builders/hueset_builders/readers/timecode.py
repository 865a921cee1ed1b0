"""Timestamps as written → seconds, in one of the units the field after the point may have.

Lyric files and manifests write `[mm:ss.fff]`, and the last field may be milliseconds, SMPTE
frames, frames with the first digit of the 0-79 sub-frame (`FFs`), or frames and sub-frames that a
converter divided by another frame rate (`frames25_over30`); which one it is, is decided in
`hueset_builders.readers.timecode_evidence`. A frame number is truncated, so a stamp is read in the
middle of its interval and carries half the interval as its uncertainty.

`frames25_over30` is what `smpte_to_lrc_timestamp` of the corpus' authors
(github.com/brotherclone/white, app/util/lrc_utils.py) makes of a workstation's `SS:FF.ss` at 25
fps: it takes the 0-79 sub-frame for hundredths of a frame and the rate for 30 fps, and writes
`k = trunc((FF + ss/100) / 30 * 1000)`. So `FF.ss` is the number of hundredths from 3k to 3k + 3,
and the time `s + (FF + ss/80) / 25`. It looks like milliseconds that never pass 833. (A sub-frame
below 10 loses its zero there: `.07` and `.70` are written alike, and read as 70.)
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from hueset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


HOUR_S = 3600
SUB_FRAMES = 80
"""Sub-frames in a frame, as workstations count them."""
RUNNING_TIME_SLACK_S = 1.0
"""How far the last stamp may pass the running time."""


@dataclass(frozen=True)
class TimecodeUnit:
    """One way to read the field after the point.

    Attributes
    ----------
    name
        As it stands in columns.
    rate
        Frames per second; 1000 for milliseconds.
    sub_frames
        Whether the last digit is the first digit of the 0-79 sub-frame.
    over
        The frame rate that frames and sub-frames were divided by, where a converter did so.
    """

    name: str
    rate: float
    sub_frames: bool = False
    over: int | None = None

    @property
    def kind(self) -> str:
        """`ms`, `frames`, `sub_frames` or `scaled`: what the range of values can tell apart."""
        if self.over:
            return "scaled"
        return "ms" if self.name == "ms" else "sub_frames" if self.sub_frames else "frames"

    @property
    def rated(self) -> bool:
        """Whether there are units of this kind at other rates."""
        return self.kind in ("frames", "sub_frames")

    @property
    def frames(self) -> int:
        """Frame numbers in one written second."""
        return math.ceil(self.rate)

    @property
    def resolution_s(self) -> float:
        """Length of the interval that one value stands for, in seconds."""
        if self.over:
            return self.over / 10 / SUB_FRAMES / self.rate
        return 1 / self.rate / (8 if self.sub_frames else 1)

    def holds(self, stamp: Stamp) -> bool:
        """Whether the stamp's fraction can occur in this unit."""
        if self.kind == "ms":
            return True
        if self.over:
            return stamp.digits == 3 and bool(self.hundredths(stamp.fraction))
        if self.sub_frames:
            tens, digit = divmod(stamp.fraction, 10)
            return stamp.digits == 3 and tens < self.frames and digit < 8
        return stamp.fraction < self.frames

    def values(self, digits: int) -> int:
        """Return how many different fractions the unit can write with so many digits."""
        if self.kind == "ms":
            return int(10**digits)
        if self.over:
            return _divided_fractions(self)
        return self.frames * 8 if self.sub_frames else self.frames

    def hundredths(self, fraction: int) -> list[int]:
        """Return what `FFss` a divided fraction may have been: hundredths of a frame below .80.

        The last of four is there because a float may truncate to one less than was meant.
        """
        step = (self.over or 0) // 10
        candidates = range(step * fraction, step * fraction + step + 1)
        return [one for one in candidates if one // 100 < self.frames and one % 100 < SUB_FRAMES]


UNITS: Final[Mapping[str, TimecodeUnit]] = {
    unit.name: unit
    for unit in (
        TimecodeUnit("ms", 1000),
        TimecodeUnit("frames25", 25),
        TimecodeUnit("frames25_sub", 25, sub_frames=True),
        TimecodeUnit("frames24", 24),
        TimecodeUnit("frames24_sub", 24, sub_frames=True),
        TimecodeUnit("frames29_97", 30_000 / 1001),
        TimecodeUnit("frames29_97_sub", 30_000 / 1001, sub_frames=True),
        TimecodeUnit("frames30", 30),
        TimecodeUnit("frames30_sub", 30, sub_frames=True),
        TimecodeUnit("frames25_over30", 25, over=30),
    )
}


@dataclass(frozen=True)
class Stamp:
    """A timestamp as it is written; `fraction` has no unit yet.

    Attributes
    ----------
    text
        The stamp as it stands in the file.
    whole_s
        Hours, minutes and seconds, in seconds.
    fraction
        The number after the point.
    digits
        How many digits it was written with; 0 where there is no fraction.
    """

    text: str
    whole_s: int
    fraction: int
    digits: int


@dataclass(frozen=True)
class Reading:
    """A stamp in seconds.

    Attributes
    ----------
    time_s
        The middle of the interval the stamp stands for; exactly 0 where the stamp is 0.
    uncertainty_s
        Half of that interval.
    in_range
        False where the unit cannot write this fraction, so that it was read another way.
    """

    time_s: float
    uncertainty_s: float
    in_range: bool


_STAMP = re.compile(
    r"^\s*[\[<]?\s*(?:(?P<h>\d{1,2}):(?=\d{1,2}:\d{1,2}[.,]))?(?P<m>\d{1,3}):(?P<s>\d{1,2})"
    r"(?:[.,:](?P<f>\d{1,3}))?\s*[\]>]?\s*$"
)


def parse_stamp(text: str) -> Stamp:
    """Read `[mm:ss.fff]`, `[h:mm:ss.fff]` or `[mm:ss]`, with or without brackets and spaces.

    Raises
    ------
    InputError
        If it is not a timestamp, or its seconds pass 59.
    """
    match = _STAMP.match(text)
    if match is None:
        message = f"{text[:40]!r} is not a timestamp"
        raise InputError(message, value=text[:40], hint="expected [mm:ss.fff]")
    if int(match["s"]) > 59:
        message = f"{text[:40]!r} has {match['s']} seconds"
        raise InputError(message, value=text[:40], hint="expected seconds 00-59")
    whole = (int(match["h"] or 0) * 60 + int(match["m"])) * 60 + int(match["s"])
    return Stamp(text.strip(), whole, int(match["f"] or 0), len(match["f"] or ""))


def read_stamp(stamp: Stamp, unit: str) -> Reading:
    """Return the stamp in seconds, read in the given unit.

    A fraction that the unit cannot write is read as frames with sub-frames where it can be that,
    else as a decimal fraction; `in_range` is then False and the uncertainty half a second, or one
    frame where only the sub-frame digit is beyond its range.
    """
    way = UNITS[unit]
    half = way.resolution_s / 2
    if not has_fraction(stamp):
        return Reading(float(stamp.whole_s), 0.5 if stamp.whole_s else half, in_range=True)
    if way.kind == "ms":
        return Reading(_start_s(stamp, way), 0.5 / 10**stamp.digits, in_range=True)
    if way.holds(stamp):
        return Reading(_start_s(stamp, way) + half, half, in_range=True)
    if way.kind == "frames" and stamp.fraction == way.frames:
        # "The previous end plus one", written after the last frame of a second.
        return Reading(stamp.whole_s + 1.0, half, in_range=True)
    frames = stamp.fraction // 10
    if way.sub_frames and stamp.digits == 3 and frames < way.frames:
        # A last digit of 8 or 9: one or two units past the last sub-frame.
        return Reading(_start_s(stamp, way), 1 / way.rate, in_range=False)
    sub_frames = UNITS["frames25_sub"]
    other = sub_frames if sub_frames.holds(stamp) else UNITS["ms"]
    return Reading(_start_s(stamp, other), 0.5, in_range=False)


def from_beat_s(time_s: float, tempo_bpm: float) -> float:
    """Return the distance to the nearest beat, counted from 0, in seconds."""
    beat_s = 60 / tempo_bpm
    return abs(time_s - round(time_s / beat_s) * beat_s)


def follows_previous(start: Stamp, previous_end: Stamp, unit: str) -> bool:
    """Whether a section starts where the last one ends: at its end, or one unit after it.

    Such a start is the same point in time, written so that sections do not overlap.
    """
    if start.whole_s == previous_end.whole_s:
        return start.fraction - previous_end.fraction in (0, 1)
    way = UNITS[unit]
    last = 10**start.digits - 1 if way.kind == "ms" else way.frames - 1
    last = last * 10 + 7 if way.sub_frames else last
    return (
        start.whole_s == previous_end.whole_s + 1
        and start.fraction == 0
        and previous_end.fraction >= last
    )


def hour_offset_s(times_s: Sequence[float], running_time_s: float) -> int:
    """Return the whole hours, in seconds, that all times carry on top of the song's own.

    Workstations count from 01:00:00:00. The hours are an offset only where without them every
    time lies inside the running time.
    """
    if not times_s or min(times_s) < HOUR_S:
        return 0
    offset = int(min(times_s) // HOUR_S) * HOUR_S
    return offset if max(times_s) - offset <= running_time_s + RUNNING_TIME_SLACK_S else 0


def has_fraction(stamp: Stamp) -> bool:
    """Whether a stamp has a fraction to read: `0:00.000` is the same time in every unit."""
    return stamp.digits > 0 and (stamp.whole_s, stamp.fraction) != (0, 0)


@cache
def _divided_fractions(unit: TimecodeUnit) -> int:
    """Return how many of the fractions 000-999 a divided unit can write."""
    return sum(bool(unit.hundredths(fraction)) for fraction in range(1000))


def _start_s(stamp: Stamp, unit: TimecodeUnit) -> float:
    """Return the start of the interval that the stamp stands for."""
    if unit.kind == "ms":
        return stamp.whole_s + float(stamp.fraction / 10**stamp.digits)
    if unit.over:
        found = unit.hundredths(stamp.fraction)
        middle = sum(one // 100 + one % 100 / SUB_FRAMES for one in found) / len(found)
        return stamp.whole_s + middle / unit.rate - unit.resolution_s / 2
    frame, digit = divmod(stamp.fraction, 10) if unit.sub_frames else (stamp.fraction, 0)
    # At 29.97 the written second is 30 frames, which is longer than a second.
    return (stamp.whole_s * unit.frames + frame + digit / 8) / unit.rate
