"""Which unit the stamps of one file are in, decided by evidence.

Nothing in a file says what the field after the point means (see `builders.timecode`), so it is
decided per file, from two kinds of evidence that know nothing of each other:

range
    The values that occur. Frames at 25 fps never pass 24, `FFs` never passes 247 and its last
    digit never passes 7, milliseconds fill 0-999.
grid
    Where section starts fall on the beat at the song's tempo, for each way of reading them.

Both are log-likelihoods in nats; how far the best unit is ahead of the next is the margin. Where
both decide and agree the confidence is `high`, where only one decides it is `medium`, and where
neither does the unit is inherited with confidence `low`.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from builders.timecode import UNITS, from_beat_s, read, tells
from hueset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from builders.timecode import Stamp, TimecodeUnit

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


def majority(decisions: Iterable[Decision]) -> str | None:
    """Return the unit that most of an album's files decided for by themselves, if any did."""
    counts = Counter(
        decision.unit
        for decision in decisions
        if decision.evidence not in ("inherited", "declared")
    )
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None


def _different(stamps: Iterable[Stamp]) -> list[Stamp]:
    unique = {(stamp.whole_s, stamp.fraction): stamp for stamp in stamps if tells(stamp)}
    return list(unique.values())


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
