from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hueset_builders.maestro.windows import (
    WindowShape,
    pitch_activity,
    rounding_error_db,
    window_rows,
)
from hueset_builders.readers.mel import FLOOR_DB, MelSettings, MelWindow
from hueset_builders.readers.midi.notes import read_midi
from hueset_builders.readers.midi.smf import meta_message, write_smf

if TYPE_CHECKING:
    from hueset_builders.readers.midi.notes import Score

SETTINGS = MelSettings()
HOP_S = 0.016
RNG = np.random.default_rng(6)


def score(*notes: tuple[float, float, int, int], pedal: tuple[float, float] | None = None) -> Score:
    """A MIDI file of notes (onset_s, offset_s, pitch, velocity); a tick is a millisecond."""
    events: list[tuple[int, bytes]] = [(0, meta_message(0x51, (500_000).to_bytes(3)))]
    for onset_s, offset_s, pitch, velocity in notes:
        events.append((round(onset_s * 1000), bytes([0x90, pitch, velocity])))
        events.append((round(offset_s * 1000), bytes([0x80, pitch, 0])))
    if pedal:
        events.append((round(pedal[0] * 1000), bytes([0xB0, 64, 127])))
        events.append((round(pedal[1] * 1000), bytes([0xB0, 64, 0])))
    events.sort(key=lambda event: event[0])
    return read_midi(write_smf(500, [events]), "made.mid")


def window(index: int, samples: int = 80_000) -> MelWindow:
    mel = RNG.normal(-40, 10, (64, SETTINGS.frames(samples))).astype(np.float32)
    start_s = index * 5.0
    return MelWindow(index, start_s, start_s + samples / 16_000, samples, mel)


def test_a_key_is_active_in_the_frames_whose_centre_it_is_held_at() -> None:
    active = pitch_activity(score((1.0, 1.1, 60, 90)), window(0), 313, SETTINGS)
    centres_s = np.arange(313) * HOP_S
    np.testing.assert_array_equal(active[:, 60], (centres_s >= 1.0) & (centres_s < 1.1))
    assert active.sum() == active[:, 60].sum() > 0


def test_a_note_between_two_centres_is_not_lost() -> None:
    made = score((1.009, 1.010, 60, 90))
    active = pitch_activity(made, window(0), 313, SETTINGS)
    assert np.flatnonzero(active[:, 60]).tolist() == [63]


def test_a_note_held_over_sounds_in_both_windows_and_starts_in_one() -> None:
    made = score((4.5, 5.5, 60, 90))
    rows = window_rows(
        [window(0), window(1)], made, SETTINGS, WindowShape(64, 313, "float32")
    ).to_pylist()
    assert [row["note_count"] for row in rows] == [1, 0]
    assert [row["notes_held_over"] for row in rows] == [0, 1]
    assert [len(row["notes"]) for row in rows] == [1, 0]
    assert rows[0]["notes"][0]["onset_s"] == pytest.approx(4.5)
    assert rows[0]["notes"][0]["offset_s"] == pytest.approx(5.5)
    bits = [np.unpackbits(np.array(row["pitch_activity"], np.uint8), axis=1) for row in rows]
    assert bits[0][:, 60].sum() == 31
    assert bits[1][:, 60].sum() == 32


def test_what_the_midi_says_of_a_window() -> None:
    made = score((0.5, 0.6, 60, 40), (1.0, 1.1, 64, 60), (2.0, 2.1, 60, 80), pedal=(1.0, 3.5))
    row = window_rows([window(0)], made, SETTINGS, WindowShape(64, 313, "float32")).to_pylist()[0]
    assert row["note_count"] == 3
    assert row["velocity_mean"] == 60
    assert (row["velocity_min"], row["velocity_max"]) == (40, 80)
    assert row["pedal_share"] == pytest.approx(0.5)
    assert row["pitch_histogram"][60] == 2
    assert sum(row["pitch_histogram"]) == 3


def test_a_window_without_notes_has_no_velocities() -> None:
    row = window_rows([window(3)], score((1, 2, 60, 50)), SETTINGS, WindowShape(64, 313, "float32"))
    told = row.to_pylist()[0]
    assert told["note_count"] == 0
    assert told["velocity_mean"] is None
    assert told["velocity_min"] is None
    assert told["pedal_share"] is None


def test_a_short_window_is_padded_with_silence_and_says_so() -> None:
    short = window(0, samples=10_000)
    rows = window_rows([short], score((0, 9, 60, 50)), SETTINGS, WindowShape(64, 313, "float32"))
    row = rows.to_pylist()[0]
    mel = np.array(row["mel"], np.float32)
    assert row["valid_frames"] == 40
    np.testing.assert_array_equal(mel[:, :40], short.mel)
    assert np.all(mel[:, 40:] == FLOOR_DB)
    activity = np.array(row["pitch_activity"], np.uint8)
    assert activity[:40].any()
    assert not activity[40:].any()


def test_float16_halves_the_mel_and_tells_its_cost() -> None:
    one, made = window(0), score((1, 2, 60, 50))
    full = window_rows([one], made, SETTINGS, WindowShape(64, 313, "float32"))
    half = window_rows([one], made, SETTINGS, WindowShape(64, 313, "float16"))
    assert half["mel"].nbytes * 2 == full["mel"].nbytes
    assert rounding_error_db([one], "float32") == 0
    assert 0 < rounding_error_db([one], "float16") <= 0.03125
