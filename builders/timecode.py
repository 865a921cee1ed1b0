"""Timestamps as written → seconds, by evidence of what the field after the point means.

Lyric files and manifests write `[mm:ss.fff]`, and the last field may be milliseconds, SMPTE
frames, or frames with the first digit of the 0-79 sub-frame (`FFs`). Nothing in the file says
which, so it is decided per file, from two kinds of evidence that know nothing of each other:

range
    The values that occur. Frames at 25 fps never pass 24, `FFs` never passes 247 and its last
    digit never passes 7, milliseconds fill 0-999.
grid
    Where section starts fall on the beat at the song's tempo, for each way of reading them.

Both are log-likelihoods in nats; how far the best unit is ahead of the next is the margin. Where
both decide and agree the confidence is `high`, where only one decides it is `medium`, and where
neither does the unit is inherited with confidence `low`. A frame number is truncated, so a stamp
is read in the middle of its interval and carries half the interval as its uncertainty.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from hueset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Confidence = Literal["high", "medium", "low"]
Evidence = Literal["range+grid", "range", "grid", "inherited", "declared"]

OUTLIER_SHARE = 0.01
"""Share of stamps that may be mistyped: such a stamp is uniform over all it could say."""
ON_GRID_SHARE = 0.6
"""Share of section starts that are believed to stand on a beat."""
GRID_JITTER_S = 0.004
"""How far a start that stands on a beat may lie beside it, on either side."""
MARGIN_NATS = 4.0
"""A kind of unit this far ahead of the next kind is decided (54 : 1)."""
GRID_NATS = 6.0
"""Section starts this much better on the beat than anywhere (400 : 1) speak for a unit."""
USUAL_RATE_NATS = 1.5
"""Head start of 25 fps, the rate audio workstations in PAL lands are set to."""
INHERITED_NATS = 3.0
"""Head start of what is inherited; half of it for other units at the same rate."""
MIDI_RATE_NATS = 3.0
"""Head start of units at the frame rate that the song's own MIDI files name."""
MIN_STAMPS = 3
"""With fewer different stamps than this nothing is decided, whatever the margin."""
HOUR_S = 3600
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
    """

    name: str
    rate: float
    sub_frames: bool = False

    @property
    def kind(self) -> str:
        """`ms`, `frames` or `sub_frames`: what the range of values can tell apart."""
        return "ms" if self.name == "ms" else "sub_frames" if self.sub_frames else "frames"

    @property
    def frames(self) -> int:
        """Frame numbers in one written second."""
        return math.ceil(self.rate)

    @property
    def resolution_s(self) -> float:
        """Length of the interval that one value stands for, in seconds."""
        return 1 / self.rate / (8 if self.sub_frames else 1)

    def holds(self, stamp: Stamp) -> bool:
        """Whether the stamp's fraction can occur in this unit."""
        if self.kind == "ms":
            return True
        if self.sub_frames:
            tens, digit = divmod(stamp.fraction, 10)
            return stamp.digits == 3 and tens < self.frames and digit < 8
        return stamp.fraction < self.frames

    def values(self, digits: int) -> int:
        """Return how many different fractions the unit can write with so many digits."""
        if self.kind == "ms":
            return int(10**digits)
        return self.frames * 8 if self.sub_frames else self.frames


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


@dataclass(frozen=True)
class Decision:
    """What a file's stamps were taken to be, and why.

    Attributes
    ----------
    unit
        A name in `UNITS`.
    evidence
        What it was decided by.
    confidence
        `high` where range and grid agree, `medium` where one decides, `low` where inherited.
    range_unit, grid_unit
        What each evidence alone would say.
    range_margin
        Nats between `range_unit` and the best unit of another kind.
    grid_nats
        How much better than anywhere the section starts stand on the beat in `unit`.
    stamps
        How many different fractions were looked at.
    """

    unit: str
    evidence: Evidence
    confidence: Confidence
    range_unit: str | None = None
    grid_unit: str | None = None
    range_margin: float = 0.0
    grid_nats: float = 0.0
    stamps: int = 0


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


def read(stamp: Stamp, unit: str) -> Reading:
    """Return the stamp in seconds, read in the given unit.

    A fraction that the unit cannot write is read as frames with sub-frames where it can be that,
    else as a decimal fraction; `in_range` is then False and the uncertainty half a second, or one
    frame where only the sub-frame digit is beyond its range.
    """
    way = UNITS[unit]
    half = way.resolution_s / 2
    if not _tells(stamp):
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


def decide(
    stamps: Iterable[Stamp],
    *,
    grid_stamps: Iterable[Stamp] = (),
    tempo_bpm: float | None = None,
    inherited: str | None = None,
    midi_frame_rate: float | None = None,
    declared: str | None = None,
) -> Decision:
    """Decide what the fractions of one file mean.

    Parameters
    ----------
    stamps
        All stamps of the file. Each fraction counts once, because music on a beat repeats its
        fractions, and 0 not at all, because every unit writes a whole second alike.
    grid_stamps
        Those believed to stand on a beat (section starts, already joined to the previous end).
    tempo_bpm
        The song's tempo; without it there is no grid evidence.
    inherited
        What to fall back on: the manifest's unit for its lyrics, the album's for a manifest.
    midi_frame_rate
        The frame rate named by `smpte_offset` in the song's MIDI files.
    declared
        A unit the manifest states itself; nothing is decided then.

    Raises
    ------
    InputError
        If `declared` is not the name of a unit.
    """
    if declared is not None:
        if declared not in UNITS:
            raise InputError.unknown("timecode unit", declared, UNITS)
        return Decision(declared, "declared", "high")
    seen = list({stamp.fraction: stamp for stamp in stamps if stamp.fraction}.values())
    beats = _different(grid_stamps) if tempo_bpm else []
    prior = _prior(inherited, midi_frame_rate)
    by_range = {name: prior[name] + range_nats(unit, seen) for name, unit in UNITS.items()}
    by_grid = {name: grid_nats(unit, beats, tempo_bpm or 1.0) for name, unit in UNITS.items()}
    together = {name: by_range[name] + by_grid[name] for name in UNITS}
    range_unit, range_margin = _ahead(by_range)
    grid_unit, _ = _ahead(by_grid)
    best, margin = _ahead(together)
    if together[best] - together[range_unit] < MARGIN_NATS:
        best = range_unit if UNITS[range_unit].kind == UNITS[best].kind else best
    range_says = len(seen) >= MIN_STAMPS and range_margin >= MARGIN_NATS
    grid_says = len(beats) >= MIN_STAMPS and by_grid[best] >= GRID_NATS
    agree = UNITS[best].kind == UNITS[range_unit].kind
    evidence: Evidence = "inherited"
    confidence: Confidence = "low"
    if range_says and agree:
        evidence, confidence = ("range+grid", "high") if grid_says else ("range", "medium")
    elif grid_says and not range_says and margin >= MARGIN_NATS:
        evidence, confidence = "grid", "medium"
    unit = _inherit(seen, by_range) if evidence == "inherited" else best
    return Decision(
        unit, evidence, confidence, range_unit, grid_unit if beats else None,
        range_margin, by_grid[unit], len(seen),
    )  # fmt: skip


def range_nats(unit: TimecodeUnit, stamps: Iterable[Stamp]) -> float:
    """Return the log-likelihood (nats) that the unit writes just these fractions."""
    total = 0.0
    for stamp in stamps:
        usual = (1 - OUTLIER_SHARE) / unit.values(stamp.digits) if unit.holds(stamp) else 0.0
        total += math.log(usual + OUTLIER_SHARE / 10**stamp.digits)
    return total


def grid_nats(unit: TimecodeUnit, stamps: Iterable[Stamp], tempo_bpm: float) -> float:
    """Return how much better (nats) the stamps stand on beats than anywhere, read in this unit."""
    beat_s = 60 / tempo_bpm
    width_s = min(unit.resolution_s + 2 * GRID_JITTER_S, beat_s)
    on_grid = 1 - ON_GRID_SHARE + ON_GRID_SHARE * beat_s / width_s
    off_s = (from_beat_s(read(stamp, unit.name).time_s, tempo_bpm) for stamp in stamps)
    return sum(math.log(on_grid if off <= width_s / 2 else 1 - ON_GRID_SHARE) for off in off_s)


def from_beat_s(time_s: float, tempo_bpm: float) -> float:
    """Return the distance to the nearest beat, counted from 0, in seconds."""
    beat_s = 60 / tempo_bpm
    return abs(time_s - round(time_s / beat_s) * beat_s)


def majority(decisions: Iterable[Decision]) -> str | None:
    """Return the unit that most of an album's files decided for by themselves, if any did."""
    counts = Counter(
        decision.unit
        for decision in decisions
        if decision.evidence not in ("inherited", "declared")
    )
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None


def follows(start: Stamp, previous_end: Stamp, unit: str) -> bool:
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


def _tells(stamp: Stamp) -> bool:
    return stamp.digits > 0 and (stamp.whole_s, stamp.fraction) != (0, 0)


def _different(stamps: Iterable[Stamp]) -> list[Stamp]:
    unique = {(stamp.whole_s, stamp.fraction): stamp for stamp in stamps if _tells(stamp)}
    return list(unique.values())


def _start_s(stamp: Stamp, unit: TimecodeUnit) -> float:
    """Return the start of the interval that the stamp stands for."""
    if unit.kind == "ms":
        return stamp.whole_s + float(stamp.fraction / 10**stamp.digits)
    frame, digit = divmod(stamp.fraction, 10) if unit.sub_frames else (stamp.fraction, 0)
    # At 29.97 the written second is 30 frames, which is longer than a second.
    return (stamp.whole_s * unit.frames + frame + digit / 8) / unit.rate


def _prior(inherited: str | None, midi_frame_rate: float | None) -> dict[str, float]:
    prior = {name: USUAL_RATE_NATS if unit.rate == 25 else 0.0 for name, unit in UNITS.items()}
    for name, unit in UNITS.items():
        if midi_frame_rate is not None and abs(unit.rate - midi_frame_rate) < 0.01:
            prior[name] += MIDI_RATE_NATS
        if inherited is not None and unit.rate == UNITS[inherited].rate:
            prior[name] += INHERITED_NATS if name == inherited else INHERITED_NATS / 2
    return prior


def _ahead(nats: Mapping[str, float]) -> tuple[str, float]:
    """Return the best unit, and how far it is ahead of the best unit of another kind."""
    best = max(nats, key=nats.__getitem__)
    others = (nats[name] for name, unit in UNITS.items() if unit.kind != UNITS[best].kind)
    return best, nats[best] - max(others)


def _inherit(stamps: Sequence[Stamp], by_range: Mapping[str, float]) -> str:
    """Return the likeliest unit of those that hold the most stamps; the prior is in `by_range`."""
    held = {name: sum(map(unit.holds, stamps)) for name, unit in UNITS.items()}
    most = max(held.values())
    return max((name for name in UNITS if held[name] == most), key=by_range.__getitem__)
