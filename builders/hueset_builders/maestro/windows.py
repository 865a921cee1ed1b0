"""The rows of a performance's windows: the mel, and what the MIDI says of the same stretch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hueset_builders.readers.mel import FLOOR_DB
from hueset_builders.readers.midi.notes import note_statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hueset_builders.readers.mel import MelSettings, MelWindow
    from hueset_builders.readers.midi.notes import Score

PITCHES = 128
NOTE = pa.struct(
    [
        ("pitch", pa.uint8()),
        ("velocity", pa.uint8()),
        ("onset_s", pa.float32()),
        ("offset_s", pa.float32()),
    ]
)


@dataclass(frozen=True)
class WindowShape:
    """The declared shape of a window's arrays.

    Attributes
    ----------
    bands, frames
        Of the mel; `frames` is that of a full window.
    dtype
        `float32` or `float16`.
    """

    bands: int
    frames: int
    dtype: str


def window_rows(
    windows: Sequence[MelWindow], score: Score, settings: MelSettings, shape: WindowShape
) -> pa.Table:
    """Return the rows of some windows, without what they share with their performance.

    A window shorter than full is padded at its end: `mel` with `FLOOR_DB`, which is the value of
    digital silence, and `pitch_activity` with no note. `valid_frames` says where it ends, so that
    a model masks the padding and never learns from it.
    """
    mel = np.full((len(windows), shape.bands, shape.frames), FLOOR_DB, np.float32)
    activity = np.zeros((len(windows), shape.frames, PITCHES), bool)
    scalars: list[dict[str, Any]] = []
    notes: list[list[dict[str, Any]]] = []
    for at, window in enumerate(windows):
        frames = window.mel.shape[1]
        mel[at, :, :frames] = window.mel
        activity[at, :frames] = pitch_activity(score, window, frames, settings)
        scalars.append(_scalars(window, score))
        notes.append(_notes(window, score))
    histogram = [_histogram(window, score) for window in windows]
    columns = {
        **{name: pa.array([row[name] for row in scalars]) for name in scalars[0]},
        "notes": pa.array(notes, pa.list_(NOTE)),
        "pitch_histogram": fixed_size_lists(np.stack(histogram)),
        "mel": fixed_size_lists(mel.astype(shape.dtype)),
        "pitch_activity": fixed_size_lists(np.packbits(activity, axis=2)),
    }
    return pa.table(columns)


def rounding_error_db(windows: Sequence[MelWindow], dtype: str) -> float:
    """Return the largest error that storing as `dtype` makes, in dB; 0 for float32."""
    return max(float(np.abs(w.mel - w.mel.astype(dtype).astype(np.float32)).max()) for w in windows)


def fixed_size_lists(values: NDArray[Any]) -> pa.Array:
    """Return an array [rows, …] as fixed-size lists of fixed-size lists."""
    made = pa.array(values.ravel())
    for length in reversed(values.shape[1:]):
        made = pa.FixedSizeListArray.from_arrays(made, length)
    return made


def pitch_activity(
    score: Score, window: MelWindow, frames: int, settings: MelSettings
) -> NDArray[np.bool_]:
    """Return which keys are held at the centre of each frame, bool [frames, 128].

    A note too short for any centre counts for the frame nearest to its onset. The pedal does not
    prolong a key.
    """
    hop_s = settings.hop_samples / settings.sample_rate_hz
    held = (score.onset_s < window.end_s) & (score.offset_s > window.start_s)
    first = np.ceil((score.onset_s[held] - window.start_s) / hop_s - 1e-9).astype(np.int64)
    last = np.ceil((score.offset_s[held] - window.start_s) / hop_s - 1e-9).astype(np.int64)
    nearest = np.rint((score.onset_s[held] - window.start_s) / hop_s).astype(np.int64)
    short = last <= first
    first = np.where(short, nearest, first)
    last = np.where(short, nearest + 1, last)
    active = np.zeros((frames, PITCHES), bool)
    for start, stop, pitch in zip(first, last, score.pitch[held], strict=True):
        active[max(start, 0) : max(stop, 0), pitch] = True
    return active


def onsets_within(score: Score, window: MelWindow) -> slice:
    """Return the notes that start in a window."""
    first, last = np.searchsorted(score.onset_s, [window.start_s, window.end_s])
    return slice(int(first), int(last))


def _scalars(window: MelWindow, score: Score) -> dict[str, Any]:
    told = note_statistics(score, window.start_s, window.end_s)
    velocity = score.velocity[onsets_within(score, window)]
    return {
        "window": window.index,
        "start_s": window.start_s,
        "end_s": window.end_s,
        "valid_frames": window.mel.shape[1],
        "mel_mean_db": float(window.mel.mean(dtype=np.float64)),
        "mel_sd_db": float(window.mel.std(dtype=np.float64)),
        "mel_max_db": float(window.mel.max()),
        "note_count": told.n_notes,
        "notes_held_over": told.n_held_over,
        "velocity_mean": told.velocity_mean,
        "velocity_sd": told.velocity_sd,
        "velocity_min": int(velocity.min()) if len(velocity) else None,
        "velocity_max": int(velocity.max()) if len(velocity) else None,
        "pedal_share": told.pedal_share,
    }


def _notes(window: MelWindow, score: Score) -> list[dict[str, Any]]:
    chosen = onsets_within(score, window)
    return [
        {"pitch": pitch, "velocity": velocity, "onset_s": onset, "offset_s": offset}
        for pitch, velocity, onset, offset in zip(
            score.pitch[chosen].tolist(),
            score.velocity[chosen].tolist(),
            (score.onset_s[chosen] - window.start_s).tolist(),
            (score.offset_s[chosen] - window.start_s).tolist(),
            strict=True,
        )
    ]


def _histogram(window: MelWindow, score: Score) -> NDArray[np.int32]:
    pitch = score.pitch[onsets_within(score, window)]
    return np.bincount(pitch, minlength=PITCHES).astype(np.int32)
