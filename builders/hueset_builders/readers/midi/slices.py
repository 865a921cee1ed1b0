"""Cut a stretch out of a score, as a Standard MIDI File that stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from hueset.errors import InputError
from hueset_builders.readers.midi import smf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hueset_builders.readers.midi.score import KeySignature, Score, TimeSignature

FINE_TICKS_PER_BEAT = 9_600
_DEFAULT_TEMPO_US = 500_000
_CONTROLLER, _PROGRAM, _KEY_PRESSURE = 0xB, 0xC, 0xA
_RESET, _FIRST_MODE_MESSAGE = 121, 120
_PARAMETERS = (6, 38, 96, 97, 98, 99, 100, 101)
"""Registered parameters are set by several messages in a row: only all of them, in order, tell."""
_KEPT_AT_RESET = (0, 7, 10, 32, *range(70, 80), *range(91, 96), *_PARAMETERS)
"""Controllers that a reset of all controllers leaves alone (RP-015, MIDI Manufacturers, 1999)."""
Signature = TypeVar("Signature", "TimeSignature", "KeySignature")
_BEFORE, _SET, _ON, _AFTER = range(4)

Message = tuple[int, int, bytes]
"""Tick, rank among the messages of one tick, bytes."""


def slice_midi(score: Score, start_s: float, end_s: float) -> bytes | None:
    """Return a format 1 file that holds just `start_s` ≤ time < `end_s`; None without a note.

    Times are relative to `start_s`, on a grid finer than the source's: at least about 9,600 ticks
    a quarter note, under 0.1 ms above 63 bpm. Carried over: tempo map, time and key signatures,
    lyrics, track names, and for every channel that sounds its program, controllers, bend and
    pressure as they stand at the start. Notes that already sound then are struck again at 0, and
    a text event on the first track, `struck again at the start: n`, says how many. Notes that
    still sound at the end are ended there. Each track that sounds stays one track, after a first
    one for tempo and signatures. Release velocities and system exclusive messages are left out.

    Raises
    ------
    InputError
        With reason `empty_slice` where `end_s` is not the later, or `quantity_too_long` where
        the slice is longer than a file can say.
    """
    if not end_s > start_s:
        message = f"a slice from {start_s} s to {end_s} s has no length"
        raise InputError(message, reason="empty_slice", value=(start_s, end_s))
    held_over = (score.onset_s < start_s) & (score.offset_s > start_s)
    starting = (score.onset_s >= start_s) & (score.onset_s < end_s)
    chosen = np.flatnonzero(held_over | starting)
    if not len(chosen):
        return None
    grid = _Grid(score, start_s, end_s)
    tracks = [_conductor(score, grid, int(np.count_nonzero(held_over)))]
    events = _channel_events(score, grid, chosen)
    for number in np.unique(score.track[chosen]).tolist():
        messages = events.get(number, []) + _notes(
            score, grid, chosen[score.track[chosen] == number]
        )
        name = score.track_names[number]
        if name is not None:
            messages.append((0, _BEFORE, smf.meta_message(smf.TRACK_NAME, name.encode())))
        tracks.append(_close_track(messages, grid))
    return smf.write_smf(grid.ticks_per_beat, tracks)


class _Grid:
    """The tempo map of a slice, and the tick of every second in it."""

    def __init__(self, score: Score, start_s: float, end_s: float) -> None:
        self.start_s, self.end_s = start_s, end_s
        self.ticks_per_beat = FINE_TICKS_PER_BEAT
        self.tempos: list[tuple[int, int]] = []
        self._tick, self._second = [0], [0.0]
        self._ticks_per_s = [FINE_TICKS_PER_BEAT * 1e6 / _DEFAULT_TEMPO_US]
        if score.ticks_per_beat is not None and score.format != 2:
            self._follow(score)
        self.end = max(1, self.tick(end_s))

    def ticks(self, time_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the nearest tick of each time, at least 0."""
        at_s = time_s - self.start_s
        piece = np.maximum(np.searchsorted(self._second, at_s, side="right") - 1, 0)
        since = at_s - np.array(self._second)[piece]
        exact: NDArray[np.float64] = (
            np.array(self._tick)[piece] + since * np.array(self._ticks_per_s)[piece]
        )
        nearest: NDArray[np.int64] = np.maximum(np.rint(exact), 0).astype(np.int64)
        return nearest

    def tick(self, time_s: float) -> int:
        """Return the nearest tick of one time, at least 0."""
        return int(self.ticks(np.array([time_s]))[0])

    def _follow(self, score: Score) -> None:
        """Take over resolution and tempos of a score that has one clock of quarter notes."""
        coarse = score.ticks_per_beat or FINE_TICKS_PER_BEAT
        self.ticks_per_beat = coarse * max(1, FINE_TICKS_PER_BEAT // coarse)
        self._ticks_per_s = [self.ticks_per_beat * 1e6 / _DEFAULT_TEMPO_US]
        for tempo in score.tempos:
            ticks_per_s = self.ticks_per_beat * 1e6 / tempo.us_per_quarter
            if tempo.time_s <= self.start_s:
                self.tempos = [(0, tempo.us_per_quarter)]
                self._ticks_per_s = [ticks_per_s]
            elif tempo.time_s < self.end_s:
                tick = self.tick(tempo.time_s)
                second = self._second[-1] + (tick - self._tick[-1]) / self._ticks_per_s[-1]
                self.tempos.append((tick, tempo.us_per_quarter))
                self._tick.append(tick)
                self._second.append(second)
                self._ticks_per_s.append(ticks_per_s)


def _conductor(score: Score, grid: _Grid, struck_again: int) -> list[tuple[int, bytes]]:
    messages: list[Message] = []
    if struck_again:
        text = f"struck again at the start: {struck_again}"
        messages.append((0, _BEFORE, smf.meta_message(smf.TEXT, text.encode())))
    for tick, us_per_quarter in grid.tempos:
        messages.append((tick, _SET, smf.meta_message(smf.SET_TEMPO, us_per_quarter.to_bytes(3))))
    for at, time in _in_force(score.time_signatures, grid):
        power = time.denominator.bit_length() - 1
        payload = bytes((time.numerator, power, 24, 8))
        messages.append((at, _SET, smf.meta_message(smf.TIME_SIGNATURE, payload)))
    for at, key in _in_force(score.key_signatures, grid):
        payload = key.sharps.to_bytes(1, signed=True) + bytes((key.minor,))
        messages.append((at, _SET, smf.meta_message(smf.KEY_SIGNATURE, payload)))
    for time_s, text in score.lyrics:
        if grid.start_s <= time_s < grid.end_s:
            messages.append((grid.tick(time_s), _SET, smf.meta_message(smf.LYRIC, text.encode())))
    return _close_track(messages, grid)


def _in_force(signatures: Sequence[Signature], grid: _Grid) -> list[tuple[int, Signature]]:
    """Return those set within the slice, and at tick 0 the last one set before."""
    before = [(0, one) for one in signatures if one.time_s <= grid.start_s][-1:]
    return before + [
        (grid.tick(one.time_s), one) for one in signatures if grid.start_s < one.time_s < grid.end_s
    ]


def _notes(score: Score, grid: _Grid, chosen: NDArray[np.int64]) -> list[Message]:
    onset_s, offset_s = score.onset_s[chosen], score.offset_s[chosen]
    on = np.minimum(grid.ticks(onset_s), grid.end - 1)
    off = np.minimum(np.maximum(grid.ticks(offset_s), on + (offset_s > onset_s)), grid.end)
    messages: list[Message] = []
    for start, stop, channel, pitch, velocity in zip(
        on.tolist(),
        off.tolist(),
        score.channel[chosen].tolist(),
        score.pitch[chosen].tolist(),
        score.velocity[chosen].tolist(),
        strict=True,
    ):
        messages.append((start, _ON, bytes((0x90 | channel, pitch, velocity))))
        rank = _BEFORE if stop > start else _AFTER
        messages.append((stop, rank, bytes((0x80 | channel, pitch, 0))))
    return messages


def _channel_events(
    score: Score, grid: _Grid, chosen: NDArray[np.int64]
) -> dict[int, list[Message]]:
    """Return the messages but notes of each track that sounds.

    A channel belongs to all tracks that sound on it (format 2: to its own track alone), so each
    of them gets the channel's state; what comes later stays on its track, or goes to the first
    that sounds on the channel.
    """
    events, found = score.events, dict[int, list[Message]]()
    own = score.format == 2
    lanes = events.status & 0xF | (events.track << 4 if own else 0)
    note_lanes = score.channel[chosen] | (score.track[chosen] << 4 if own else 0)
    for lane in np.unique(note_lanes).tolist():
        sounding = np.unique(score.track[chosen[note_lanes == lane]]).tolist()
        here = np.flatnonzero((lanes == lane) & (events.time_s < grid.end_s))
        count = int(np.count_nonzero(events.time_s[here] <= grid.start_s))
        for event in _state(score, here[:count]).tolist():
            for track in sounding:
                found.setdefault(track, []).append((0, _SET, _bytes(score, event)))
        ticks = np.minimum(grid.ticks(events.time_s[here[count:]]), grid.end)
        for event, tick in zip(here[count:].tolist(), ticks.tolist(), strict=True):
            track = int(events.track[event])
            home = track if track in sounding else sounding[0]
            found.setdefault(home, []).append((tick, _SET, _bytes(score, event)))
    return found


def _state(score: Score, before: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of one channel's events, in order, that still tell after all of them."""
    kind, number = score.events.status[before] >> 4, score.events.data1[before].astype(np.int64)
    is_controller = kind == _CONTROLLER
    is_parameter = is_controller & np.isin(number, _PARAMETERS)
    resets = np.flatnonzero(is_controller & (number == _RESET))
    stale = np.arange(len(before)) < (resets[-1] if len(resets) else 0)
    stale &= (kind != _PROGRAM) & ~(is_controller & np.isin(number, _KEPT_AT_RESET))
    stale |= (kind == _KEY_PRESSURE) | (is_controller & (number >= _FIRST_MODE_MESSAGE))
    what = kind.astype(np.int64) << 8 | np.where(is_controller, number, 0)
    what = np.where(is_parameter, -1 - np.arange(len(before)), what)
    fresh = np.flatnonzero(~stale)[::-1]
    _, last = np.unique(what[fresh], return_index=True)
    return before[np.sort(fresh[last])]


def _bytes(score: Score, event: int) -> bytes:
    status = int(score.events.status[event])
    data = (int(score.events.data1[event]), int(score.events.data2[event]))
    return bytes((status, *data)) if not 0xC0 <= status < 0xE0 else bytes((status, data[0]))


def _close_track(messages: list[Message], grid: _Grid) -> list[tuple[int, bytes]]:
    ordered = sorted(messages, key=lambda message: message[:2])
    return [
        *((tick, body) for tick, _, body in ordered),
        (grid.end, smf.meta_message(smf.END_OF_TRACK)),
    ]
