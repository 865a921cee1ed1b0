"""What mido makes of a MIDI file, as notes in seconds: the oracle of the reader's tests."""

from __future__ import annotations

import io
from collections import defaultdict
from typing import TYPE_CHECKING

import mido

if TYPE_CHECKING:
    from hueset_builders.readers.midi.notes import Score

Note = tuple[int, int, int, int, int, int]
"""Track, channel, pitch, onset and offset in whole microseconds, velocity."""


def notes_by_mido(data: bytes) -> list[Note]:
    file = mido.MidiFile(file=io.BytesIO(data))
    found: list[Note] = []
    for number, track in enumerate(file.tracks):
        tempos = _tempos([track] if file.type == 2 else file.tracks)
        tick, rows = 0, []
        sounding: defaultdict[tuple[int, int], list[list[int]]] = defaultdict(list)
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity > 0:
                row = [tick, -1, message.note, message.velocity, message.channel]
                rows.append(row)
                sounding[message.channel, message.note].append(row)
            elif message.type in {"note_on", "note_off"}:
                queue = sounding[message.channel, message.note]
                if queue:
                    queue.pop(0)[1] = tick
        for on, off, pitch, velocity, channel in rows:
            start, stop = (
                round(1e6 * _second(t, tempos, file.ticks_per_beat))
                for t in (on, off if off >= 0 else tick)
            )
            found.append((number, channel, pitch, start, stop, velocity))
    return sorted(found)


def notes_of(score: Score) -> list[Note]:
    return sorted(
        zip(
            score.track.tolist(),
            score.channel.tolist(),
            score.pitch.tolist(),
            (score.onset_s * 1e6).round().astype(int).tolist(),
            (score.offset_s * 1e6).round().astype(int).tolist(),
            score.velocity.tolist(),
            strict=True,
        )
    )


def same_notes(left: list[Note], right: list[Note]) -> bool:
    """Whether the notes agree, with times to two microseconds."""
    return len(left) == len(right) and all(
        a[:3] == b[:3] and a[5] == b[5] and abs(a[3] - b[3]) <= 2 and abs(a[4] - b[4]) <= 2
        for a, b in zip(left, right, strict=True)
    )


def _tempos(tracks: list[mido.MidiTrack]) -> list[tuple[int, int]]:
    found = []
    for track in tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                found.append((tick, message.tempo))
    return sorted(found, key=lambda tempo: tempo[0])


def _second(tick: int, tempos: list[tuple[int, int]], ticks_per_beat: int) -> float:
    second, at, tempo = 0.0, 0, 500_000
    for change, next_tempo in tempos:
        if change > tick:
            break
        second += mido.tick2second(change - at, ticks_per_beat, tempo)
        at, tempo = change, next_tempo
    return second + float(mido.tick2second(tick - at, ticks_per_beat, tempo))
