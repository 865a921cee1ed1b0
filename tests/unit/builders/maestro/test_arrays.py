"""What each corrupted array is called; the sound windows are made as the builder makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset_builders.maestro.arrays import check_arrays
from hueset_builders.maestro.windows import WindowShape, fixed_size_lists, window_rows
from hueset_builders.readers.mel import LogMel, MelSettings, MelWindow
from hueset_builders.readers.midi.notes import read_midi
from hueset_builders.readers.midi.smf import write_smf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from hueset.builder import Finding

SETTINGS = MelSettings()
LENGTHS = (80_000, 80_000, 32_100)


@dataclass
class Tables:
    """A fake of one finished unit: its windows lie in a file, as in a shard."""

    midi: bytes
    path: Path

    def scan(self, table: str) -> pl.LazyFrame:
        assert table == "performances"
        audio_s = sum(LENGTHS) / 16_000
        return pl.LazyFrame({"performance": ["p"], "audio_s": [audio_s], "midi": [self.midi]})

    def files(self, table: str) -> list[Path]:
        assert table == "windows"
        return [self.path]


def made(dtype: str) -> tuple[bytes, pa.Table]:
    rng = np.random.default_rng(12)
    events: list[tuple[int, bytes]] = []
    for at in range(40):
        pitch, onset = int(rng.integers(40, 80)), at * 270
        events.append((onset, bytes([0x90, pitch, 80])))
        events.append((onset + int(rng.integers(5, 700)), bytes([0x80, pitch, 0])))
    events.sort(key=lambda event: event[0])
    midi = write_smf(500, [events])
    kernel, windows, start = LogMel(SETTINGS), [], 0
    for index, samples in enumerate(LENGTHS):
        mel = kernel(rng.normal(0, 0.1, samples).astype(np.float32))
        end = start + samples
        windows.append(MelWindow(index, start / 16_000, end / 16_000, samples, mel))
        start = end
    return midi, window_rows(windows, read_midi(midi, "p"), SETTINGS, WindowShape(64, 313, dtype))


def array(rows: pa.Table, name: str) -> NDArray[Any]:
    shape = (3, 64, 313) if name == "mel" else (3, 313, 16)
    flat = rows[name].combine_chunks().flatten().flatten()
    return np.array(flat.to_numpy(zero_copy_only=False).reshape(shape))


def changed(name: str, edit: Callable[[NDArray[Any]], object]) -> Callable[[pa.Table], pa.Table]:
    """Return what changes one column: an array in place, or the numbers of a column."""

    def corrupt(rows: pa.Table) -> pa.Table:
        at = rows.schema.get_field_index(name)
        if name in {"mel", "pitch_activity"}:
            values = array(rows, name)
            edit(values)
            return rows.set_column(at, name, fixed_size_lists(values))
        numbers = rows[name].to_numpy().copy()
        edit(numbers)
        return rows.set_column(at, name, pa.array(numbers))

    return corrupt


def put(at: Any, value: Any) -> Callable[[NDArray[Any]], None]:
    return lambda values: values.__setitem__(at, value)


def plus(value: Any) -> Callable[[NDArray[Any]], None]:
    return lambda values: values.__setitem__(0, values[0] + value)


def found(
    folder: Path, dtype: str, corrupt: Callable[[pa.Table], pa.Table] | None = None
) -> list[Finding]:
    midi, rows = made(dtype)
    path = folder / "windows.parquet"
    pq.write_table(corrupt(rows) if corrupt else rows, path)
    return list(check_arrays(cast("Any", Tables(midi, path)), SETTINGS, dtype))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_of_what_the_builder_makes_nothing_is_told(tmp_path: Path, dtype: str) -> None:
    assert found(tmp_path, dtype) == []


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize(
    ("corrupt", "faults"),
    [
        (changed("mel", put(slice(None), 0.0)), {"mel_sound", "mel_columns", "mel_padding"}),
        (changed("mel", put(0, np.linspace(-90, 10, 64)[:, np.newaxis])), {"mel_columns"}),
        (changed("mel", put((0, 5, 7), np.nan)), {"mel_finite", "mel_columns"}),
        (changed("mel", put((0, 5, slice(0, 300)), -101.0)), {"mel_finite", "mel_columns"}),
        (changed("mel", put((2, 5, 312), -99.0)), {"mel_padding"}),
        (changed("pitch_activity", put(slice(None), 0)), {"pitch_activity"}),
        (changed("pitch_activity", put(0, 255)), {"pitch_activity"}),
        (changed("pitch_activity", put((2, 312, 0), 1)), {"pitch_activity"}),
        (changed("note_count", plus(1)), {"note_count"}),
        (changed("mel_mean_db", plus(0.1)), {"mel_columns"}),
        (changed("mel_sd_db", plus(np.nan)), {"mel_columns"}),
        (changed("end_s", plus(3.0)), {"mel_frames", "tiling", "note_count"}),
        (changed("start_s", plus(0.1)), {"mel_frames", "tiling", "note_count", "pitch_activity"}),
        (
            changed("valid_frames", plus(-300)),
            {"mel_frames", "mel_padding", "mel_columns", "pitch_activity"},
        ),
        (changed("window", plus(7)), {"tiling"}),
    ],
)
def test_each_corrupted_array_fails_by_its_name(
    tmp_path: Path, dtype: str, corrupt: Callable[[pa.Table], pa.Table], faults: set[str]
) -> None:
    told = found(tmp_path, dtype, corrupt)
    assert {one.check.removeprefix("output.") for one in told} == faults
    assert {one.verdict for one in told} == {"fail"}
    assert all(one.examples[0].startswith("p:") for one in told)


def test_activity_moved_by_three_frames_fails(tmp_path: Path) -> None:
    def later(values: NDArray[Any]) -> None:
        values[0] = np.roll(values[0], 3, axis=0)

    (finding,) = found(tmp_path, "float32", changed("pitch_activity", later))
    assert (finding.check, finding.count) == ("output.pitch_activity", 1)


def test_a_lost_note_fails(tmp_path: Path) -> None:
    def lose(rows: pa.Table) -> pa.Table:
        notes = rows["notes"].to_pylist()
        notes[1] = notes[1][1:]
        at = rows.schema.get_field_index("notes")
        return rows.set_column(at, "notes", pa.array(notes, rows["notes"].type))

    (finding,) = found(tmp_path, "float32", lose)
    assert (finding.check, finding.examples) == ("output.note_count", ("p:1",))
