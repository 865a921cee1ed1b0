"""Named invariants over the arrays of one performance: every window is opened as it was written.

What the columns say is computed again from the arrays, and what the notes are is read from the
MIDI file in the row, so that neither an empty nor a foreign array can pass.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hueset.builder import Finding
from hueset_builders.maestro.windows import PITCHES
from hueset_builders.readers.mel import FLOOR_DB
from hueset_builders.readers.midi.notes import read_midi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hueset.builder import Shards
    from hueset_builders.readers.mel import MelSettings
    from hueset_builders.readers.midi.notes import Score

    Row = dict[str, Any]

TOLERANCE_DB = {"float32": 1e-3, "float16": 0.05}
"""How far a stored array may be from what its columns say; a step of float16 is 0.0625 dB."""
SCALARS = (
    "window",
    "start_s",
    "end_s",
    "valid_frames",
    "mel_mean_db",
    "mel_sd_db",
    "mel_max_db",
    "note_count",
    "notes",
    "pitch_histogram",
)
FAULTS = {
    "mel_finite": "have values that are no finite number, or lie below -100 dB",
    "mel_sound": "have the same value everywhere, and are not left out as silent",
    "mel_columns": "have another mean, standard deviation or maximum than their columns say",
    "mel_padding": "are not -100 dB after their valid frames",
    "mel_frames": "have another number of valid frames than their length gives",
    "tiling": "do not follow the one before, or reach beyond the audio",
    "note_count": "have other numbers of notes in note_count, notes, pitch_histogram and the MIDI",
    "pitch_activity": "have keys held where the MIDI has none, or none where it has",
}
"""What is wrong with the windows of a finding, after the number of them."""
BATCH = 64


def check_arrays(tables: Shards, settings: MelSettings, dtype: str) -> Iterator[Finding]:
    """Yield what the windows of one performance break, as failures."""
    row = tables.scan("performances").select("performance", "audio_s", "midi").collect().row(0)
    performance, audio_s, midi = row
    score = read_midi(midi, performance)
    faults: defaultdict[str, list[str]] = defaultdict(list)
    for path in tables.files("windows"):
        with pq.ParquetFile(path) as file:
            names = [*SCALARS, "mel", "pitch_activity"]
            for batch in file.iter_batches(BATCH, columns=names, use_threads=False):
                mel = _array(batch["mel"]).astype(np.float32)
                packed = _array(batch["pitch_activity"])
                rows = batch.select(SCALARS).to_pylist()
                for window, values, keys in zip(rows, mel, packed, strict=True):
                    found = [
                        *_mel_faults(window, values, settings, TOLERANCE_DB[dtype]),
                        *_place_faults(window, audio_s, settings),
                        *_note_faults(window, keys, score, settings),
                    ]
                    for fault in found:
                        faults[fault].append(f"{performance}:{window['window']}")
    for fault, keys in sorted(faults.items()):
        message = f"{len(keys)} windows {FAULTS[fault]}"
        yield Finding(f"output.{fault}", "fail", message, "windows", len(keys), tuple(keys[:10]))


def _array(column: pa.Array) -> NDArray[Any]:
    """Return fixed-size lists of fixed-size lists as an array [rows, …]."""
    shape = [len(column)]
    while pa.types.is_fixed_size_list(column.type):
        shape.append(column.type.list_size)
        column = column.flatten()
    values: NDArray[Any] = column.to_numpy(zero_copy_only=False).reshape(shape)
    return values


def _mel_faults(
    row: Row, mel: NDArray[np.float32], settings: MelSettings, tolerance_db: float
) -> Iterator[str]:
    frames = row["valid_frames"]
    valid, padding = mel[:, :frames], mel[:, frames:]
    if not np.isfinite(mel).all() or mel.min() < FLOOR_DB:
        yield "mel_finite"
    if np.ptp(valid) == 0:
        yield "mel_sound"
    told = (row["mel_mean_db"], row["mel_sd_db"], row["mel_max_db"])
    made = (valid.mean(dtype=np.float64), valid.std(dtype=np.float64), valid.max())
    # Written so that NaN is a fault too.
    if not np.all(np.abs(np.subtract(told, made)) <= tolerance_db):
        yield "mel_columns"
    if np.any(padding != np.float32(FLOOR_DB)):
        yield "mel_padding"
    samples = round((row["end_s"] - row["start_s"]) * settings.sample_rate_hz)
    if frames != settings.frames(samples):
        yield "mel_frames"


def _place_faults(row: Row, audio_s: float, settings: MelSettings) -> Iterator[str]:
    half_s = 0.5 / settings.sample_rate_hz
    window_s = settings.window_samples / settings.sample_rate_hz
    start_s = row["window"] * window_s
    end_s = min(start_s + window_s, audio_s)
    if abs(row["start_s"] - start_s) > half_s or abs(row["end_s"] - end_s) > half_s:
        yield "tiling"


def _note_faults(
    row: Row, packed: NDArray[np.uint8], score: Score, settings: MelSettings
) -> Iterator[str]:
    first, last = np.searchsorted(score.onset_s, [row["start_s"], row["end_s"]])
    counts = {row["note_count"], len(row["notes"]), sum(row["pitch_histogram"]), int(last - first)}
    pitches = np.bincount([n["pitch"] for n in row["notes"]], minlength=PITCHES).tolist()
    if len(counts) > 1 or pitches != row["pitch_histogram"]:
        yield "note_count"
    hop_s = settings.hop_samples / settings.sample_rate_hz
    frames = row["valid_frames"]
    active = np.unpackbits(packed, axis=1).astype(bool)
    held = (score.onset_s < row["end_s"]) & (score.offset_s > row["start_s"])
    onset = (score.onset_s[held] - row["start_s"]) / hop_s
    offset = (score.offset_s[held] - row["start_s"]) / hop_s
    surely = np.zeros((frames, PITCHES), bool)
    perhaps = np.zeros_like(surely)
    # At either end of a note one frame is left open: where a frame ends is a matter of rounding.
    for start, stop, pitch in zip(onset, offset, score.pitch[held], strict=True):
        surely[max(int(np.ceil(start)) + 1, 0) : max(int(stop) - 1, 0), pitch] = True
        perhaps[max(int(start) - 1, 0) : max(int(np.ceil(stop)) + 2, 0), pitch] = True
    kept = active[:frames]
    if (surely & ~kept).any() or (kept & ~perhaps).any() or active[frames:].any():
        yield "pitch_activity"
