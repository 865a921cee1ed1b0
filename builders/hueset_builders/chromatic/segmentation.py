"""A song's running time → segments that cover it whole: lyric lines, and what lies around them.

The rules of the published corpus with their faults mended. A lyric line lasts to the next stamp;
where a section boundary lies within 2 s of a stamp, the stamp moves onto it (once, for the end of
one line and the start of the next alike, so nothing overlaps or falls between). What no line
covers (intro, gaps, outro, whole instrumentals) becomes segments too, cut at section boundaries.
Nothing of zero length comes out. What is longer than 30 s is cut into pieces with 2 s of overlap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SegmentKind = Literal["combined", "lyric", "structure", "gap"]
Relation = Literal["exact_match", "contained", "spans_across", "bleeds_in", "bleeds_out"]

SNAP_S = 2.0
"""A stamp this near to a section boundary moves onto it."""
MAX_SEGMENT_S = 30.0
OVERLAP_S = 2.0
MIN_SEGMENT_S = 0.5
"""What is shorter and carries no line of its own is given to its neighbour."""
SAME_S = 1e-3
"""Points closer than this are one."""


@dataclass(frozen=True)
class TimeSpan:
    """A lyric line in seconds, with its index in the song."""

    index: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Segment:
    """A piece of a song's time.

    Attributes
    ----------
    kind
        `combined`: lyric lines, an end of which moved onto a section boundary; `lyric`: lyric
        lines alone; `structure`: no line, inside the structure; `gap`: neither line nor section.
    unmoved_start_s, unmoved_end_s
        Where its ends stood before they moved.
    piece, pieces
        Which part of a longer stretch it is, from 1.
    """

    start_s: float
    end_s: float
    kind: SegmentKind
    unmoved_start_s: float
    unmoved_end_s: float
    piece: int = 1
    pieces: int = 1

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    @property
    def overlap_s(self) -> float:
        """Seconds at its start that the piece before it holds too."""
        return OVERLAP_S if self.piece > 1 else 0.0


def cut_song(
    lines: Iterable[TimeSpan], sections: Iterable[tuple[float, float]], running_time_s: float
) -> list[Segment]:
    """Cut a song into segments.

    Parameters
    ----------
    lines
        Lyric lines; those that start past the running time are left out.
    sections
        Start and end of each section, end after start.
    running_time_s
        Length of the song.

    Returns
    -------
    list[Segment]
        In order of time, from 0 to the running time without a hole.
    """
    inside = [(max(0.0, start), min(end, running_time_s)) for start, end in sections]
    inside = [(start, end) for start, end in inside if end > start]
    boundaries = _merge([point for section in inside for point in section])
    sung = _sung(lines, running_time_s)
    segments: list[Segment] = []
    at = 0.0
    for stretch in sung:
        moves = _moves([start for start, _ in stretch] + [stretch[-1][1]], boundaries)
        points = [0.0 if moves[0][1] - at < MIN_SEGMENT_S and at == 0.0 else moves[0][1]]
        points += [moved for _, moved in moves[1:]]
        points[0] = max(points[0], at)
        segments += _fill(at, points[0], boundaries, inside)
        for number, (start, end) in enumerate(pairwise(points)):
            raw_start, raw_end = moves[number][0], moves[number + 1][0]
            if end - start < SAME_S:
                continue
            moved = start != raw_start or end != raw_end
            kind: SegmentKind = "combined" if moved and inside else "lyric"
            segments.append(Segment(start, end, kind, raw_start, raw_end))
        at = max(at, points[-1])
    segments += _fill(at, running_time_s, boundaries, inside)
    return [piece for segment in _absorb(segments) for piece in _split(segment)]


def line_relation(line: TimeSpan, start_s: float, end_s: float) -> tuple[Relation, float] | None:
    """Return how a line lies to a segment, and their overlap in seconds; None where they are apart.

    `contained`: the line lies within the segment; `spans_across`: it starts before and ends after;
    `bleeds_in`: it starts before; `bleeds_out`: it ends after.
    """
    overlap = min(line.end_s, end_s) - max(line.start_s, start_s)
    if overlap <= SAME_S and not (line.end_s <= line.start_s and start_s <= line.start_s < end_s):
        return None
    early, late = line.start_s < start_s - SAME_S, line.end_s > end_s + SAME_S
    same = abs(line.start_s - start_s) <= SAME_S and abs(line.end_s - end_s) <= SAME_S
    kind: Relation = (
        "exact_match"
        if same
        else "spans_across"
        if early and late
        else "bleeds_in"
        if early
        else "bleeds_out"
        if late
        else "contained"
    )
    return kind, max(overlap, 0.0)


def covered_share(segments: Iterable[Segment], running_time_s: float) -> float:
    """Return the share of the running time that lies in at least one segment."""
    covered = at = 0.0
    for start, end in sorted((segment.start_s, segment.end_s) for segment in segments):
        covered += max(0.0, min(end, running_time_s) - max(start, at))
        at = max(at, end)
    return covered / running_time_s if running_time_s > 0 else 0.0


def _sung(lines: Iterable[TimeSpan], running_s: float) -> list[list[tuple[float, float]]]:
    """Return stretches of lines that follow each other without a hole; equal starts are one."""
    stretches: list[list[tuple[float, float]]] = []
    for line in sorted(lines, key=lambda line: (line.start_s, line.index)):
        start, end = max(0.0, line.start_s), min(line.end_s, running_s)
        if start >= running_s or end - start < SAME_S:
            continue
        if stretches and start < stretches[-1][-1][1] + SAME_S:
            before = stretches[-1][-1]
            if start - before[0] < SAME_S:
                stretches[-1][-1] = (before[0], max(before[1], end))
                continue
            stretches[-1][-1] = (before[0], start)
            stretches[-1].append((start, max(end, before[1])))
        else:
            stretches.append([(start, end)])
    return stretches


def _moves(points: Sequence[float], boundaries: Sequence[float]) -> list[tuple[float, float]]:
    """Return each point with the place it moves to; a boundary takes only its nearest point."""
    nearest: dict[float, float] = {}
    for point in points:
        boundary = min(boundaries, key=lambda place: abs(place - point), default=None)
        if boundary is None or abs(boundary - point) > SNAP_S:
            continue
        if boundary not in nearest or abs(boundary - point) < abs(boundary - nearest[boundary]):
            nearest[boundary] = point
    moved = {point: boundary for boundary, point in nearest.items()}
    return [(point, moved.get(point, point)) for point in points]


def _fill(
    start: float, end: float, boundaries: Sequence[float], inside: Sequence[tuple[float, float]]
) -> list[Segment]:
    """Return segments for a stretch without lines, cut at the section boundaries within it."""
    if end - start < SAME_S:
        return []
    cuts = [start]
    for place in boundaries:
        if cuts[-1] + MIN_SEGMENT_S <= place <= end - MIN_SEGMENT_S:
            cuts.append(place)
    made = []
    for left, right in pairwise([*cuts, end]):
        middle = (left + right) / 2
        known = any(one <= middle < other for one, other in inside)
        made.append(Segment(left, right, "structure" if known else "gap", left, right))
    return made


def _absorb(segments: Sequence[Segment]) -> list[Segment]:
    """Give stretches without lines that are too short to their neighbour."""
    kept: list[Segment] = []
    lead: float | None = None
    for segment in segments:
        short = segment.duration_s < MIN_SEGMENT_S and segment.kind in ("structure", "gap")
        if short and kept:
            kept[-1] = _stretch_segment(kept[-1], kept[-1].start_s, segment.end_s)
        elif short:
            lead = segment.start_s if lead is None else lead
        else:
            kept.append(segment if lead is None else _stretch_segment(segment, lead, segment.end_s))
            lead = None
    return kept or list(segments)


def _stretch_segment(segment: Segment, start: float, end: float) -> Segment:
    return Segment(start, end, segment.kind, segment.unmoved_start_s, segment.unmoved_end_s)


def _split(segment: Segment) -> list[Segment]:
    """Cut a long segment into pieces of at most 30 s that overlap by 2 s."""
    if segment.duration_s <= MAX_SEGMENT_S:
        return [segment]
    step = MAX_SEGMENT_S - OVERLAP_S
    pieces = math.ceil((segment.duration_s - OVERLAP_S) / step)
    return [
        Segment(
            segment.start_s + number * step,
            min(segment.start_s + number * step + MAX_SEGMENT_S, segment.end_s),
            segment.kind,
            segment.unmoved_start_s,
            segment.unmoved_end_s,
            number + 1,
            pieces,
        )
        for number in range(pieces)
    ]


def _merge(points: Iterable[float]) -> list[float]:
    merged: list[float] = []
    for point in sorted(points):
        if not merged or point - merged[-1] > SAME_S:
            merged.append(point)
    return merged
