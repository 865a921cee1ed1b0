from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hueset_builders.maestro.onsets import onset_lags_s
from hueset_builders.readers.mel import LogMel, MelSettings

SETTINGS = MelSettings()
RNG = np.random.default_rng(5)


def struck(onsets_s: Any, seconds: float = 5.0) -> Any:
    """Bursts of noise that set in at once and die away."""
    samples = RNG.normal(0, 1e-4, int(seconds * 16_000))
    for onset_s in onsets_s:
        start = round(onset_s * 16_000)
        length = min(4_000, len(samples) - start)
        burst = np.exp(-np.arange(length) / 2_000) * RNG.normal(0, 0.1, length)
        samples[start : start + length] += burst
    return LogMel(SETTINGS)(samples.astype(np.float32))


@pytest.mark.parametrize("shift_s", [-0.04, 0.0, 0.013, 0.04])
def test_a_shift_between_audio_and_midi_is_measured(shift_s: float) -> None:
    onsets_s = np.arange(0.4, 4.6, 0.31) + RNG.uniform(0, 0.02, 14)
    lags_s = onset_lags_s(struck(onsets_s + shift_s), onsets_s, SETTINGS)
    assert len(lags_s) == 14
    assert float(np.median(lags_s)) == pytest.approx(shift_s, abs=0.003)


def test_the_notes_of_a_chord_are_one_onset_and_runs_are_left_out() -> None:
    chord = np.array([1.0, 1.01, 1.02])
    run = np.arange(2.0, 3.0, 0.06)
    onsets_s = np.concatenate([chord, run, [4.0]])
    assert len(onset_lags_s(struck(onsets_s), onsets_s, SETTINGS)) == 2


def test_onsets_at_the_edges_of_a_window_are_left_out() -> None:
    onsets_s = np.array([0.05, 2.5, 4.95])
    assert len(onset_lags_s(struck(onsets_s), onsets_s, SETTINGS)) == 1


def test_no_onset_gives_no_lag() -> None:
    assert len(onset_lags_s(struck([]), np.empty(0), SETTINGS)) == 0
