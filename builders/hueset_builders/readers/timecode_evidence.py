"""Which unit the stamps of one file are in, decided by evidence.

Nothing in a file says what the field after the point means (see
`hueset_builders.readers.timecode`), so it is
decided per file, from two kinds of evidence that know nothing of each other:

range
    The values that occur. Frames at 25 fps never pass 24, `FFs` never passes 247 and its last
    digit never passes 7, milliseconds fill 0-999.
grid
    Where stamps fall on the beat at the song's tempo, for each way of reading them.

Both are log-likelihoods in nats. First the *kind* of unit is decided (milliseconds, frames, frames
with sub-frames …): how far the best kind is ahead of the next is the margin. Where both kinds of
evidence decide and agree the confidence is `high`, where only one decides it is `medium`, and where
neither does the unit is inherited with confidence `low`. Then, within the kind, the *frame rate*:
by the range, by the beat where the stamps stand on it at all, and by what the song's other file
says. A rate that is not well ahead of the next makes the confidence `low`, whatever decided the
kind: 25 and 30 fps are up to 0.17 s apart.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hueset.errors import InputError
from hueset_builders.readers.timecode import UNITS, from_beat_s, read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hueset_builders.readers.timecode import Stamp, TimecodeUnit

Confidence = Literal["high", "medium", "low"]
Evidence = Literal["range+grid", "range", "grid", "inherited", "assumed", "declared"]
OUTLIER_SHARE = 0.01
"""Share of stamps that may be mistyped: such a stamp is uniform over all it could say."""
ON_GRID_SHARE = 0.6
"""Share of stamps that are believed to stand on a beat."""
GRID_JITTER_S = 0.004
"""How far a stamp that stands on a beat may lie beside it, on either side."""
MARGIN_NATS = 4.0
"""A kind of unit this far ahead of the next kind is decided (54 : 1)."""
GRID_NATS = 8.0
"""Stamps this much better on the beat than anywhere (3000 : 1) speak for a unit; ten units are
tried on each file, so one of them gets a tenth of this by chance."""
RATE_MARGIN_NATS = 2.0
"""A frame rate less far ahead of the next than this (7 : 1) is not known."""
SHARED_NATS = 6.0
"""At most this much a file's evidence of the rate counts in the song's other file."""
USUAL_RATE_NATS: Mapping[float, float] = {25: 2.0, 24: -0.5}
"""Head start where no rate is inherited and no MIDI names one: of 25 fps, which audio workstations
in PAL lands are set to, and of every rate before 24, which is for film. (29.97 and 30 fps differ by
a thousandth, which fractions never show; undecided, they are read as 29.97.)"""
DIVIDED_NATS = -2.0
"""Head start of frames divided by another rate: one converter makes them."""
INHERITED_KIND_NATS = 1.5
"""Head start of the kind of unit that is inherited."""
INHERITED_RATE_NATS = 3.0
"""Head start of the frame rate that is inherited."""
MIDI_RATE_NATS = 3.0
"""Head start of units at the frame rate that the song's own MIDI files name."""
MIN_STAMPS = 3
"""With fewer different fractions than this nothing is decided, whatever the margin."""


@dataclass(frozen=True)
class Decision:
    """What a file's stamps were taken to be, and why.

    Attributes
    ----------
    unit
        A name in `UNITS`.
    evidence
        What its kind was decided by; `inherited` only where the unit is the one inherited, and
        `assumed` where there is neither a fraction nor anything to inherit.
    confidence
        `high` where range and grid agree, `medium` where one decides, `low` where neither does or
        the frame rate is not well ahead of the next.
    range_unit, grid_unit
        What each evidence alone would say.
    range_margin
        Nats between `range_unit` and the best unit of another kind.
    rate_margin
        Nats between the unit and the best of its kind at another frame rate; None where its kind
        has one rate only.
    grid_nats
        How much better than anywhere the stamps stand on the beat in `unit`.
    stamps
        How many different fractions were looked at.
    rival
        The best unit of its kind at another frame rate.
    inherited, fits_inherited
        What would have been inherited, and whether it can write the fractions.
    rates
        Frame rate → nats: what the file itself says of the rate, at most `SHARED_NATS` apart.
    """

    unit: str
    evidence: Evidence
    confidence: Confidence
    range_unit: str | None = None
    grid_unit: str | None = None
    range_margin: float = 0.0
    rate_margin: float | None = None
    grid_nats: float = 0.0
    stamps: int = 0
    rival: str | None = None
    inherited: str | None = None
    fits_inherited: bool = True
    rates: Mapping[float, float] = field(default_factory=dict)


def decide_unit(
    stamps: Iterable[Stamp],
    *,
    grid_stamps: Iterable[Stamp] = (),
    tempo_bpm: float | None = None,
    inherited: str | None = None,
    rate_of: str | None = None,
    rates: Mapping[float, float] | None = None,
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
        Those believed to stand on a beat (section starts, already joined to the previous end;
        lyric lines). Here too 0 says nothing, and equal fractions stand or fall together.
    tempo_bpm
        The song's tempo; without it there is no grid evidence.
    inherited
        What to fall back on: the manifest's unit for its lyrics, the album's for a manifest.
    rate_of
        The unit whose frame rate is inherited, where that is another than `inherited`: lyrics
        take their kind of unit from the manifest, but what the manifest itself knows of the rate
        is in `rates`, so the album's stands behind both and counts once.
    rates
        What the song's other file says of the frame rate (`Decision.rates`).
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
    beats = _by_fraction(grid_stamps) if tempo_bpm else []
    prior = _prior(inherited, rate_of or inherited, midi_frame_rate)
    by_range = {name: range_nats(unit, seen) for name, unit in UNITS.items()}
    by_grid = {name: grid_nats(unit, beats, tempo_bpm or 1.0) for name, unit in UNITS.items()}
    likely = {name: prior[name] + by_range[name] for name in UNITS}
    together = {name: likely[name] + by_grid[name] for name in UNITS}
    range_unit, range_margin = _ahead(likely)
    grid_unit, grid_margin = _ahead(by_grid)
    best, margin = _ahead(together)
    enough = len(seen) >= MIN_STAMPS
    range_says = enough and range_margin >= MARGIN_NATS
    grid_says = (
        len(beats) >= MIN_STAMPS
        and by_grid[grid_unit] >= GRID_NATS
        and grid_margin >= MARGIN_NATS
        and UNITS[grid_unit].kind == UNITS[best].kind
    )
    evidence: Evidence | None = None
    confidence: Confidence = "low"
    if range_says and UNITS[best].kind == UNITS[range_unit].kind:
        evidence, confidence = ("range+grid", "high") if grid_says else ("range", "medium")
    elif grid_says and not range_says and margin >= MARGIN_NATS:
        evidence, confidence = "grid", "medium"
    fallback = _inherit(seen, likely) if seen or inherited is None else inherited
    kind = UNITS[best if evidence else fallback].kind
    own = _rates(kind, by_range, by_grid)
    unit, rival, rate_margin = _rate(kind, prior, own, rates or {})
    if evidence is None:
        evidence = "inherited" if unit == inherited else "range" if seen else "assumed"
    if rate_margin is not None and rate_margin < RATE_MARGIN_NATS:
        confidence = "low"
    return Decision(
        unit=unit,
        evidence=evidence,
        confidence=confidence,
        range_unit=range_unit,
        grid_unit=grid_unit if beats else None,
        range_margin=range_margin,
        rate_margin=rate_margin,
        grid_nats=by_grid[unit],
        stamps=len(seen),
        rival=rival,
        inherited=inherited,
        fits_inherited=inherited is None or all(map(UNITS[inherited].holds, seen)),
        rates=_bound_rates(own),
    )


def range_nats(unit: TimecodeUnit, stamps: Iterable[Stamp]) -> float:
    """Return the log-likelihood (nats) that the unit writes just these fractions."""
    total = 0.0
    for stamp in stamps:
        usual = (1 - OUTLIER_SHARE) / unit.values(stamp.digits) if unit.holds(stamp) else 0.0
        total += math.log(usual + OUTLIER_SHARE / 10**stamp.digits)
    return total


def grid_nats(unit: TimecodeUnit, groups: Iterable[Sequence[Stamp]], tempo_bpm: float) -> float:
    """Return how much better (nats) stamps stand on beats than anywhere, read in this unit.

    Stamps of one fraction are one group and count as their mean: what another unit makes of them
    is off by the same amount, so they stand on the beat together or not at all. What the unit
    cannot write says nothing.
    """
    beat_s = 60 / tempo_bpm
    width_s = min(unit.resolution_s + 2 * GRID_JITTER_S, beat_s)
    on_grid = 1 - ON_GRID_SHARE + ON_GRID_SHARE * beat_s / width_s
    total = 0.0
    for group in groups:
        if not unit.holds(group[0]):
            continue
        off_s = [from_beat_s(read_stamp(stamp, unit.name).time_s, tempo_bpm) for stamp in group]
        nats = [math.log(on_grid if off <= width_s / 2 else 1 - ON_GRID_SHARE) for off in off_s]
        total += sum(nats) / len(nats)
    return total


def majority_unit(decisions: Iterable[Decision]) -> str | None:
    """Return the unit that most of an album's files decided for by themselves, if any did."""
    counts = Counter(
        decision.unit
        for decision in decisions
        if decision.confidence != "low" and decision.evidence != "declared"
    )
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None


def _by_fraction(stamps: Iterable[Stamp]) -> list[list[Stamp]]:
    groups: dict[int, dict[int, Stamp]] = defaultdict(dict)
    for stamp in stamps:
        if stamp.fraction:
            groups[stamp.fraction][stamp.whole_s] = stamp
    return [list(group.values()) for group in groups.values()]


def _prior(
    inherited: str | None, rate_of: str | None, midi_frame_rate: float | None
) -> dict[str, float]:
    prior = dict.fromkeys(UNITS, 0.0)
    rate = UNITS[rate_of].rate if rate_of and UNITS[rate_of].kind != "ms" else None
    for name, unit in UNITS.items():
        if unit.over:
            prior[name] += DIVIDED_NATS
        if inherited is not None and unit.kind == UNITS[inherited].kind:
            prior[name] += INHERITED_KIND_NATS
        if not unit.rated:
            continue
        if rate is None and midi_frame_rate is None:
            prior[name] += USUAL_RATE_NATS.get(unit.rate, 0.0)
        if midi_frame_rate is not None and abs(unit.rate - midi_frame_rate) < 0.01:
            prior[name] += MIDI_RATE_NATS
        if unit.rate == rate:
            prior[name] += INHERITED_RATE_NATS
    return prior


def _ahead(nats: Mapping[str, float]) -> tuple[str, float]:
    """Return the best unit, and how far it is ahead of the best unit of another kind."""
    best = max(nats, key=nats.__getitem__)
    others = (nats[name] for name, unit in UNITS.items() if unit.kind != UNITS[best].kind)
    return best, nats[best] - max(others)


def _rates(
    kind: str, by_range: Mapping[str, float], by_grid: Mapping[str, float]
) -> dict[float, float]:
    """Return what a file itself says of the rate, given its kind of unit.

    A song that was not played to a click stands nowhere on the beat, and whichever rate is the
    least bad there is chance: the beat counts only where it counts at all.
    """
    units = {name: unit.rate for name, unit in UNITS.items() if unit.kind == kind and unit.rated}
    on_beat = max((by_grid[name] for name in units), default=0.0) >= GRID_NATS
    return {
        rate: by_range[name] + (by_grid[name] if on_beat else 0.0) for name, rate in units.items()
    }


def _bound_rates(rates: Mapping[float, float]) -> dict[float, float]:
    most = max(rates.values(), default=0.0)
    return {rate: max(nats - most, -SHARED_NATS) for rate, nats in rates.items()}


def _rate(
    kind: str, prior: Mapping[str, float], own: Mapping[float, float], other: Mapping[float, float]
) -> tuple[str, str | None, float | None]:
    """Return the unit of a kind at the likeliest rate, the next, and how far it is ahead."""
    nats = {
        name: prior[name] + own.get(unit.rate, 0.0) + other.get(unit.rate, 0.0)
        for name, unit in UNITS.items()
        if unit.kind == kind
    }
    best, *rest = sorted(nats, key=nats.__getitem__, reverse=True)
    return (best, rest[0], nats[best] - nats[rest[0]]) if rest else (best, None, None)


def _inherit(stamps: Sequence[Stamp], likely: Mapping[str, float]) -> str:
    """Return the likeliest unit, with the head start of what is inherited, of those that hold most.

    A file that inherits has too few fractions to decide, but it may have one that what it would
    inherit cannot write.
    """
    held = {name: sum(map(unit.holds, stamps)) for name, unit in UNITS.items()}
    most = max(held.values())
    return max((name for name in UNITS if held[name] == most), key=likely.__getitem__)
