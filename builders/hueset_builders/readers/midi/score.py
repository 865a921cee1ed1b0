"""What a MIDI file holds, in seconds, and the measures of a stretch of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hueset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SUSTAIN = 64
"""The controller number of the sustain pedal; values from 64 on mean down."""
_FIFTHS = (
    "Cb",
    "Gb",
    "Db",
    "Ab",
    "Eb",
    "Bb",
    "F",
    "C",
    "G",
    "D",
    "A",
    "E",
    "B",
    "F#",
    "C#",
    "G#",
    "D#",
    "A#",
)


@dataclass(frozen=True)
class Tempo:
    """From `time_s` on, a quarter note lasts `us_per_quarter` microseconds."""

    time_s: float
    us_per_quarter: int

    @property
    def bpm(self) -> float:
        """Quarter notes a minute."""
        return 60e6 / self.us_per_quarter


@dataclass(frozen=True)
class TimeSignature:
    """From `time_s` on, bars are `numerator`/`denominator`."""

    time_s: float
    numerator: int
    denominator: int


@dataclass(frozen=True)
class KeySignature:
    """From `time_s` on, `sharps` sharps (negative: flats); `name` as in `F# minor`."""

    time_s: float
    sharps: int
    minor: bool

    @property
    def name(self) -> str:
        """Tonic and mode."""
        return f"{_FIFTHS[self.sharps + 7 + 3 * self.minor]} {'minor' if self.minor else 'major'}"


@dataclass(frozen=True)
class SmpteOffset:
    """Where on the studio's clock the file starts."""

    frames_per_second: float
    hours: int
    minutes: int
    seconds: int
    frames: int
    sub_frames: int


@dataclass(frozen=True)
class ChannelEvents:
    """Every channel message but notes, in order of time: arrays of one length.

    `time_s` float64, `track` int32, `status` (with the channel in the lower four bits), `data1`,
    `data2` uint8.
    """

    time_s: NDArray[np.float64]
    track: NDArray[np.int32]
    status: NDArray[np.uint8]
    data1: NDArray[np.uint8]
    data2: NDArray[np.uint8]


@dataclass(frozen=True)
class Score:
    """A MIDI file in seconds.

    Attributes
    ----------
    onset_s, offset_s
        Float64, notes in order of onset (then track, then file); `offset_s` ≥ `onset_s`.
    pitch, velocity, channel
        Uint8: 0–127, 1–127, 0–15.
    program
        Int16: General MIDI number from 0; -1 where the file sets none for the channel.
    track
        Int32, counted from 0 in the file.
    format, ticks_per_beat
        From the header; `ticks_per_beat` is None where the file counts SMPTE frames.
    tempos, time_signatures, key_signatures
        As set in the file; empty where it sets none.
    smpte_offset
        None where the file has none.
    lyrics
        `(time_s, text)` of the lyric events.
    track_names
        One per track; None where unnamed.
    events
        Controllers, programs, bends and pressures.
    span_s
        From 0 to the end of the longest track.
    flags
        Counts of what is odd: those of `hueset_builders.readers.midi.smf.Smf`, and
        `note_off_missing` (closed at the
        end of the track), `note_off_unmatched` (ignored), `zero_length_note` (kept),
        `malformed_meta` (ignored), `independent_tracks` (format 2: each starts at 0).
    """

    onset_s: NDArray[np.float64]
    offset_s: NDArray[np.float64]
    pitch: NDArray[np.uint8]
    velocity: NDArray[np.uint8]
    channel: NDArray[np.uint8]
    program: NDArray[np.int16]
    track: NDArray[np.int32]
    format: int
    ticks_per_beat: int | None
    tempos: tuple[Tempo, ...]
    time_signatures: tuple[TimeSignature, ...]
    key_signatures: tuple[KeySignature, ...]
    smpte_offset: SmpteOffset | None
    lyrics: tuple[tuple[float, str], ...]
    track_names: tuple[str | None, ...]
    events: ChannelEvents
    span_s: float
    flags: Mapping[str, int]

    @property
    def n_notes(self) -> int:
        """How many notes."""
        return len(self.onset_s)

    @cached_property
    def pedal_s(self) -> NDArray[np.float64] | None:
        """Stretches [n, 2] with the sustain pedal of any channel down; None where none is used."""
        is_pedal = (self.events.status >> 4 == 0xB) & (self.events.data1 == SUSTAIN)
        if not is_pedal.any():
            return None
        down: set[int] = set()
        stretches: list[list[float]] = []
        for time_s, status, value in zip(
            self.events.time_s[is_pedal].tolist(),
            self.events.status[is_pedal].tolist(),
            self.events.data2[is_pedal].tolist(),
            strict=True,
        ):
            if value >= 64:
                if not down:
                    stretches.append([time_s, self.span_s])
                down.add(status)
            elif status in down:
                down.remove(status)
                if not down:
                    stretches[-1][1] = time_s
        return np.array(stretches, dtype=np.float64).reshape(-1, 2)


@dataclass(frozen=True)
class NoteStatistics:
    """The notes that start within a stretch; None where there is nothing to measure.

    `n_held_over` notes were struck before it and still sound at its start; they count in nothing
    else. `pitch_class_counts` holds 12 counts from C. `notes_per_s` is over the whole stretch.
    `pedal_share` is the share of the stretch with the sustain pedal down; None where the file has
    no pedal event.
    """

    n_notes: int
    n_held_over: int
    pitch_min: int | None
    pitch_max: int | None
    notes_per_s: float
    velocity_mean: float | None
    velocity_sd: float | None
    pitch_class_counts: tuple[int, ...]
    pedal_share: float | None


def note_statistics(score: Score, start_s: float, end_s: float) -> NoteStatistics:
    """Measure the notes that start in `start_s` ≤ onset < `end_s`; `end_s` must be the later."""
    if not end_s > start_s:
        message = f"a stretch from {start_s} s to {end_s} s has no length"
        raise InputError(message, reason="empty_slice", value=(start_s, end_s))
    first, last = np.searchsorted(score.onset_s, [start_s, end_s])
    pitch, velocity = score.pitch[first:last], score.velocity[first:last].astype(np.float64)
    count = int(last - first)
    pedal_share = None
    if score.pedal_s is not None:
        overlap_s = np.minimum(score.pedal_s[:, 1], end_s) - np.maximum(
            score.pedal_s[:, 0], start_s
        )
        pedal_share = float(np.maximum(overlap_s, 0).sum() / (end_s - start_s))
    return NoteStatistics(
        n_notes=count,
        n_held_over=int(np.count_nonzero(score.offset_s[:first] > start_s)),
        pitch_min=int(pitch.min()) if count else None,
        pitch_max=int(pitch.max()) if count else None,
        notes_per_s=count / (end_s - start_s),
        velocity_mean=float(velocity.mean()) if count else None,
        velocity_sd=float(velocity.std()) if count else None,
        pitch_class_counts=tuple(np.bincount(pitch % 12, minlength=12).tolist()),
        pedal_share=pedal_share,
    )
