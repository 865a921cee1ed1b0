"""Read a Standard MIDI File as notes in seconds, measure a stretch of it, cut a slice out of it.

    score = read_midi(path)
    note_statistics(score, start_s, end_s)
    slice_midi(score, start_s, end_s)      # the bytes of a standalone file, or None

What counts as a note: a note-on with velocity above 0 until the note-off (or note-on with velocity
0) of its track, channel and key; where a key sounds twice, the first struck ends first. Notes that
are never ended last until the end of their track.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hueset.errors import InputError
from hueset_builders.readers.file_sniffing import refuse_impostor
from hueset_builders.readers.midi import smf
from hueset_builders.readers.midi.score import (
    ChannelEvents,
    KeySignature,
    NoteStatistics,
    Score,
    SmpteOffset,
    Tempo,
    TimeSignature,
    note_statistics,
)
from hueset_builders.readers.midi.slices import slice_midi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "ChannelEvents",
    "KeySignature",
    "NoteStatistics",
    "Score",
    "SmpteOffset",
    "Tempo",
    "TimeSignature",
    "note_statistics",
    "read_midi",
    "slice_midi",
]

DEFAULT_TEMPO_US = 500_000
"""Microseconds a quarter note where a file sets no tempo (RP-001)."""
_FRAME_RATES = {24: 24.0, 25: 25.0, 29: 30_000 / 1001, 30: 30.0}
_LARGEST_DENOMINATOR_POWER = 8
_OFFSET_RATES = (24.0, 25.0, 30_000 / 1001, 30.0)


def read_midi(source: Path | bytes, name: str = "") -> Score:
    """Read a Standard MIDI File of any format and division.

    Parameters
    ----------
    source
        A path, or the file's bytes.
    name
        How messages call the file; the path's last part where it is left out.

    Raises
    ------
    InputError
        With the reasons of `hueset_builders.readers.midi.smf.parse_smf` and
        `hueset_builders.readers.file_sniffing.refuse_impostor`, or `malformed_tempo`.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    name = name or (source.name if isinstance(source, Path) else "midi")
    refuse_impostor(data, name)
    file = smf.parse_smf(data, name)
    flags = Counter(file.flags)
    if file.format == 2:
        flags["independent_tracks"] += len(file.tracks)
        clocks = [_clock(file.division, [track], name) for track in file.tracks]
    else:
        clocks = [_clock(file.division, file.tracks, name)] * len(file.tracks)
    notes = _notes(file.tracks, clocks, flags)
    events = _events(file.tracks, clocks)
    facts = _facts(file.tracks, clocks, flags)
    return Score(
        onset_s=notes.onset_s,
        offset_s=notes.offset_s,
        pitch=notes.key[:, 0].astype(np.uint8),
        velocity=notes.key[:, 1].astype(np.uint8),
        channel=notes.key[:, 2].astype(np.uint8),
        program=_programs(notes, events, independent=file.format == 2),
        track=notes.key[:, 3].astype(np.int32),
        format=file.format,
        ticks_per_beat=file.division if file.division > 0 else None,
        tempos=tuple(facts.tempos),
        time_signatures=tuple(facts.time_signatures),
        key_signatures=tuple(facts.key_signatures),
        smpte_offset=facts.smpte_offset,
        lyrics=tuple(facts.lyrics),
        track_names=tuple(facts.track_names),
        events=events,
        span_s=max(
            clock.second(track.end_tick) for track, clock in zip(file.tracks, clocks, strict=True)
        ),
        flags=dict(+flags),
    )


@dataclass(frozen=True)
class _TickClock:
    """Seconds of ticks: piecewise linear, `rate_s` seconds a tick from `tick` on."""

    tick: NDArray[np.int64]
    start_s: NDArray[np.float64]
    rate_s: NDArray[np.float64]

    def seconds(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        piece = np.searchsorted(self.tick, ticks, side="right") - 1
        return self.start_s[piece] + (ticks - self.tick[piece]) * self.rate_s[piece]

    def second(self, tick: int) -> float:
        return float(self.seconds(np.array([tick]))[0])


@dataclass(frozen=True)
class _Notes:
    """Notes sorted by onset; the columns of `key` are pitch, velocity, channel, track."""

    onset_s: NDArray[np.float64]
    offset_s: NDArray[np.float64]
    key: NDArray[np.int64]


@dataclass
class _Facts:
    tempos: list[Tempo]
    time_signatures: list[TimeSignature]
    key_signatures: list[KeySignature]
    lyrics: list[tuple[float, str]]
    track_names: list[str | None]
    smpte_offset: SmpteOffset | None = None


def _clock(division: int, tracks: Sequence[smf.SmfTrack], name: str) -> _TickClock:
    tempos = [(0, DEFAULT_TEMPO_US)]
    for tick, payload in sorted(
        (
            (tick, payload)
            for track in tracks
            for tick, kind, payload in track.meta_events
            if kind == smf.SET_TEMPO
        ),
        key=lambda event: event[0],
    ):
        us_per_quarter = int.from_bytes(payload)
        if len(payload) != 3 or not us_per_quarter:
            message = f"{name}: the tempo at tick {tick} is {payload.hex()!r}, not 3 bytes above 0"
            raise InputError(message, reason="malformed_tempo", value=payload.hex())
        tempos.append((tick, us_per_quarter))
    if division < 0:
        rate_s = 1 / (_FRAME_RATES[-(division >> 8)] * (division & 0xFF))
        return _TickClock(np.array([0]), np.array([0.0]), np.array([rate_s]))
    tick, us_per_quarter = np.array(tempos, dtype=np.int64).T
    rate_s = us_per_quarter / 1e6 / division
    start_s = np.concatenate([[0.0], np.cumsum(np.diff(tick) * rate_s[:-1])])
    return _TickClock(tick, start_s, rate_s)


def _notes(
    tracks: Sequence[smf.SmfTrack], clocks: Sequence[_TickClock], flags: Counter[str]
) -> _Notes:
    onsets, offsets, keys = [], [], []
    for number, (track, clock) in enumerate(zip(tracks, clocks, strict=True)):
        rows = _pair(track, number, flags)
        onsets.append(clock.seconds(rows[:, 0]))
        offsets.append(clock.seconds(rows[:, 1]))
        keys.append(rows[:, 2:])
    onset_s = np.concatenate(onsets)
    order = np.argsort(onset_s, kind="stable")
    return _Notes(onset_s[order], np.concatenate(offsets)[order], np.concatenate(keys)[order])


def _pair(track: smf.SmfTrack, number: int, flags: Counter[str]) -> NDArray[np.int64]:
    """Return rows of onset tick, offset tick, pitch, velocity, channel, track, in file order."""
    rows: list[list[int]] = []
    sounding: defaultdict[int, deque[list[int]]] = defaultdict(deque)
    for tick, status, pitch, velocity in track.channel_events:
        if status >= 0xA0:
            continue
        channel = status & 0xF
        queue = sounding[channel << 7 | pitch]
        if status >= 0x90 and velocity:
            row = [tick, -1, pitch, velocity, channel, number]
            rows.append(row)
            queue.append(row)
        elif queue:
            row = queue.popleft()
            row[1] = tick
            flags["zero_length_note"] += tick == row[0]
        else:
            flags["note_off_unmatched"] += 1
    for queue in sounding.values():
        flags["note_off_missing"] += len(queue)
        for row in queue:
            row[1] = track.end_tick
    return np.array(rows, dtype=np.int64).reshape(-1, 6)


def _events(tracks: Sequence[smf.SmfTrack], clocks: Sequence[_TickClock]) -> ChannelEvents:
    times, numbers, rest = [], [], []
    for number, (track, clock) in enumerate(zip(tracks, clocks, strict=True)):
        rows = np.array(
            [event for event in track.channel_events if event[1] >= 0xA0], dtype=np.int64
        ).reshape(-1, 4)
        times.append(clock.seconds(rows[:, 0]))
        numbers.append(np.full(len(rows), number, dtype=np.int32))
        rest.append(rows[:, 1:].astype(np.uint8))
    time_s = np.concatenate(times)
    order = np.argsort(time_s, kind="stable")
    status, data1, data2 = np.concatenate(rest)[order].T
    return ChannelEvents(time_s[order], np.concatenate(numbers)[order], status, data1, data2)


def _programs(notes: _Notes, events: ChannelEvents, *, independent: bool) -> NDArray[np.int16]:
    """Return the last program sent to each note's channel by its onset; -1 where none was.

    A channel is shared by all tracks, unless the tracks are independent.
    """
    program = np.full(len(notes.onset_s), -1, dtype=np.int16)
    is_program = events.status >> 4 == 0xC
    lane = events.status & 0xF | (events.track << 4 if independent else 0)
    note_lane = notes.key[:, 2] | (notes.key[:, 3] << 4 if independent else 0)
    for number in np.unique(lane[is_program]):
        sent, here = np.flatnonzero(is_program & (lane == number)), note_lane == number
        last = np.searchsorted(events.time_s[sent], notes.onset_s[here], side="right") - 1
        program[here] = np.where(last >= 0, events.data1[sent][last].astype(np.int16), -1)
    return program


def _facts(
    tracks: Sequence[smf.SmfTrack], clocks: Sequence[_TickClock], flags: Counter[str]
) -> _Facts:
    facts = _Facts([], [], [], [], [None] * len(tracks))
    events = [
        (clock.second(tick), number, kind, payload)
        for number, (track, clock) in enumerate(zip(tracks, clocks, strict=True))
        for tick, kind, payload in track.meta_events
        if kind in _READ
    ]
    for time_s, number, kind, payload in sorted(events, key=lambda event: event[0]):
        if len(payload) < _READ[kind]:
            flags["malformed_meta"] += 1
            continue
        match kind:
            case smf.SET_TEMPO:
                facts.tempos.append(Tempo(time_s, int.from_bytes(payload)))
            case smf.TIME_SIGNATURE:
                if payload[0] and payload[1] <= _LARGEST_DENOMINATOR_POWER:
                    signature = TimeSignature(time_s, payload[0], 2 ** payload[1])
                    facts.time_signatures.append(signature)
                else:
                    flags["malformed_meta"] += 1
            case smf.KEY_SIGNATURE:
                sharps = int.from_bytes(payload[:1], signed=True)
                if -7 <= sharps <= 7 and payload[1] in (0, 1):
                    facts.key_signatures.append(KeySignature(time_s, sharps, payload[1] == 1))
                else:
                    flags["malformed_meta"] += 1
            case smf.SMPTE_OFFSET if facts.smpte_offset is None:
                rate = _OFFSET_RATES[payload[0] >> 5 & 3]
                facts.smpte_offset = SmpteOffset(rate, payload[0] & 0x1F, *payload[1:5])
            case smf.LYRIC:
                facts.lyrics.append((time_s, _text(payload)))
            case smf.TRACK_NAME if facts.track_names[number] is None:
                facts.track_names[number] = _text(payload)
    return facts


_READ = {
    smf.SET_TEMPO: 3,
    smf.TIME_SIGNATURE: 2,
    smf.KEY_SIGNATURE: 2,
    smf.SMPTE_OFFSET: 5,
    smf.LYRIC: 0,
    smf.TRACK_NAME: 0,
}
"""The meta events that are read, with the least bytes each must have."""


def _text(payload: bytes) -> str:
    """Decode as UTF-8; what is none was most likely written as Latin-1."""
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")
