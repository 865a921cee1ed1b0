"""MAESTRO through the whole engine: a real excerpt of a recording, and a render."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from hueset.build.plan import PlannedUnit, make_plan
from hueset.build.run import BuildResult, run_build
from hueset.declaration.project import find_project
from hueset.release.card import render_documents
from hueset.sources import Where
from hueset.store.store import VersionStore
from hueset_builders.maestro import build as maestro
from hueset_builders.maestro.index import ROWS, select_performances
from hueset_builders.maestro.onsets import onset_lags_s
from hueset_builders.maestro.passages import passage_hashes, shared_passages
from hueset_builders.readers.mel import MelSettings, mel_windows
from hueset_builders.readers.midi.notes import read_midi
from tests.conftest import REPO
from tests.support.in_process_build import Silent, command

pytestmark = pytest.mark.filterwarnings("ignore:.*slated for removal:DeprecationWarning")
CLIP = "2018/MIDI-Unprocessed_Chamber3_MID--AUDIO_10_R3_2018_wav--1"
SHORT = "2018/MIDI-Unprocessed_Recital17-19_MID--AUDIO_18_R1_2018_wav--3"
needs_fluidsynth = pytest.mark.skipif(
    not (shutil.which("fluidsynth") and Path("/usr/share/sounds/sf2/TimGM6mb.sf2").is_file()),
    reason="rendering needs Debian's fluidsynth and timgm6mb-soundfont",
)


def build(
    store: Path, key: str, *, workers: int = 1, duration_s: float | None = None, **given: Any
) -> BuildResult:
    """Build one performance; `given` names a mirror or a folder in the official layout.

    With `duration_s` it is published with that length, since only 2 s of a recording are at hand.
    """
    places = {name: given.pop(name) for name in ("mirror", "flags") if name in given}
    project = find_project(REPO)
    where = Where(REPO, project.folder("maestro"), **places)
    overrides = {"where": {"midi_filename": f"{key}.midi"}, **given}
    plan = make_plan(project, "maestro", where, overrides=overrides)
    if duration_s is not None:
        plan = replace(plan, units=[_of_length(one, duration_s) for one in plan.units])
    return run_build(
        project, plan, VersionStore(store), Silent(), render=render_documents, workers=workers
    )


def _of_length(planned: PlannedUnit, duration_s: float) -> PlannedUnit:
    payload = planned.unit.payload
    told = {**payload["performance"], "duration_s": duration_s}
    return replace(planned, unit=replace(planned.unit, payload={**payload, "performance": told}))


def table(outcome: BuildResult, name: str) -> pl.DataFrame:
    return pl.read_parquet(outcome.version.path / "data" / name / "*.parquet")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> BuildResult:
    folder = tmp_path_factory.mktemp("official")
    (folder / "2018").mkdir()
    shutil.copy(data_dir / "maestro/maestro-v3.0.0/maestro-v3.0.0.csv", folder)
    shutil.copy(data_dir / f"maestro/maestro-v3.0.0/{CLIP}.midi", folder / "2018")
    excerpt = data_dir / f"maestro/audio_excerpt/{CLIP.removeprefix('2018/')}.wav"
    shutil.copy(excerpt, folder / "2018")
    store = tmp_path_factory.mktemp("store")
    return build(store, CLIP, duration_s=2.0, flags={"official": folder})


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> BuildResult:
    store = tmp_path_factory.mktemp("store")
    return build(store, SHORT, mirror=data_dir, render=True)


def test_two_seconds_of_a_recording_become_one_window(recorded: BuildResult) -> None:
    (row,) = table(recorded, "windows").to_dicts()
    assert (row["start_s"], row["end_s"], row["valid_frames"]) == (0.0, 2.0, 126)
    assert row["audio_origin"] == "recorded"
    assert (row["composer"], row["split"]) == ("Alban Berg", "train")
    assert row["note_count"] == 2
    assert [note["pitch"] for note in row["notes"]] == [67, 72]


def test_the_gate_tells_that_the_excerpt_is_too_short(recorded: BuildResult) -> None:
    report = json.loads((recorded.version.path / "gate/report.json").read_text())
    warned = {one["check"] for one in report["findings"] if one["verdict"] == "warn"}
    assert "input.audio_midi_length" in warned
    failed = {one["check"] for one in report["findings"] if one["verdict"] == "fail"}
    assert failed == {"suite.published_length"}


def test_the_onsets_of_the_recording_lie_where_the_midi_says(data_dir: Path) -> None:
    name = CLIP.removeprefix("2018/")
    window = next(mel_windows(data_dir / f"maestro/audio_excerpt/{name}.wav", MelSettings()))
    score = read_midi(data_dir / f"maestro/maestro-v3.0.0/{CLIP}.midi")
    onsets_s = score.onset_s[score.onset_s < 2.0]
    lags_s = onset_lags_s(window.mel, onsets_s, MelSettings())
    assert len(lags_s) == 2
    assert np.abs(lags_s).max() <= 0.020
    moved = onset_lags_s(window.mel, onsets_s - 0.05, MelSettings())
    assert np.abs(moved).min() > 0.020


def test_array_features_come_back_from_datasets_with_their_shape(recorded: BuildResult) -> None:
    datasets: Any = pytest.importorskip("datasets")
    files = [str(path) for path in (recorded.version.path / "data/windows").glob("*.parquet")]
    loaded = datasets.Dataset.from_parquet(files)
    assert loaded.features["mel"] == datasets.List(
        datasets.List(datasets.Value("float32"), 313), 64
    )
    mel = np.array(loaded[0]["mel"], np.float32)
    activity = np.array(loaded[0]["pitch_activity"], np.uint8)
    assert mel.shape == (64, 313)
    assert activity.shape == (313, 16)
    assert np.unpackbits(activity, axis=1).shape == (313, 128)
    assert np.all(mel[:, 126:] == -100.0)
    assert np.isfinite(mel).all()


@pytest.mark.parametrize("form", ["numpy", "torch"])
def test_the_line_of_the_card_unpacks_the_keys(recorded: BuildResult, form: str) -> None:
    datasets: Any = pytest.importorskip("datasets")
    pytest.importorskip(form)
    line = "np.unpackbits(np.asarray(x, np.uint8), axis=-1)"
    folder = REPO / "datasets/maestro"
    for name in ("card.md", "dataset.yaml"):
        assert line in (folder / name).read_text(encoding="utf-8")
    files = [str(path) for path in (recorded.version.path / "data/windows").glob("*.parquet")]
    loaded = datasets.Dataset.from_parquet(files).with_format(form)
    x = loaded[0]["pitch_activity"]
    keys = np.unpackbits(np.asarray(x, np.uint8), axis=-1)
    assert keys.shape == (313, 128)
    (row,) = table(recorded, "windows").to_dicts()
    assert {int(key) for key in np.flatnonzero(keys.any(axis=0))} >= {
        note["pitch"] for note in row["notes"]
    }


@needs_fluidsynth
def test_a_render_says_so_in_every_row(rendered: BuildResult) -> None:
    (row,) = table(rendered, "performances").to_dicts()
    assert row["audio_origin"] == "rendered"
    assert row["renderer"] == "fluidsynth"
    assert row["soundfont"] == "TimGM6mb.sf2"
    assert len(row["soundfont_sha256"]) == len(row["renderer_sha256"]) == 64
    windows = table(rendered, "windows")
    assert set(windows["audio_origin"]) == {"rendered"}
    for name in (
        "renderer",
        "renderer_version",
        "renderer_sha256",
        "render_settings",
        "soundfont",
        "soundfont_sha256",
    ):
        assert windows[name].unique().to_list() == [row[name]]
    assert windows["mel_sd_db"].min() > 0


@needs_fluidsynth
def test_a_render_is_aligned_with_its_midi(rendered: BuildResult) -> None:
    (row,) = table(rendered, "performances").to_dicts()
    assert row["onsets_compared"] > 100
    assert abs(row["onset_lag_ms"]) <= 20
    assert row["aligned"]


@needs_fluidsynth
def test_the_windows_tile_the_performance_and_hold_every_note(rendered: BuildResult) -> None:
    (row,) = table(rendered, "performances").to_dicts()
    windows = table(rendered, "windows").sort("window")
    assert windows["window"].to_list() == list(range(row["windows"]))
    assert (windows["start_s"] == windows["window"] * 5.0).all()
    assert windows["note_count"].sum() == row["notes"] - row["notes_after_audio"]
    assert set(windows["valid_frames"][:-1]) == {313}


@needs_fluidsynth
def test_the_windows_of_a_render_equal_librosa(data_dir: Path, tmp_path: Path) -> None:
    """Rendered at 44.1 kHz, so that it is resampled on the way."""
    librosa: Any = pytest.importorskip("librosa")
    from tests.support.shared_renders import render

    path = tmp_path / "rendered.wav"
    render(data_dir / f"maestro/maestro-v3.0.0/{SHORT}.midi", path, sample_rate=44_100)
    samples, _ = librosa.load(path, sr=16_000)
    windows = list(mel_windows(path, MelSettings()))
    assert sum(one.samples for one in windows) == len(samples)
    for one in windows:
        piece = samples[one.index * 80_000 :][: one.samples]
        mel = librosa.feature.melspectrogram(
            y=piece, sr=16_000, n_fft=1024, hop_length=256, n_mels=64
        )
        theirs = librosa.power_to_db(mel, top_db=None)
        above = theirs > theirs.max() - 80
        assert np.abs(one.mel - theirs)[above].max() <= 0.005


@needs_fluidsynth
def test_float16_halves_the_arrays_and_makes_another_version(
    rendered: BuildResult, data_dir: Path, tmp_path: Path
) -> None:
    half = build(tmp_path / "store", SHORT, mirror=data_dir, render=True, dtype="float16")
    assert half.version.name != rendered.version.name
    (row,) = table(half, "performances").to_dicts()
    assert 0 < row["dtype_error_db"] <= 0.03125
    full, halved = (table(one, "windows")["mel"].to_numpy() for one in (rendered, half))
    assert halved.dtype == np.float16
    assert np.abs(full - halved.astype(np.float32)).max() == pytest.approx(row["dtype_error_db"])


def test_without_audio_and_render_the_command_ends_with_3(data_dir: Path, tmp_path: Path) -> None:
    told = command(
        "build", "maestro", "--mirror", str(data_dir), "--out", str(tmp_path / "store"), cwd=REPO
    )
    assert told.returncode == 3
    assert "E_SOURCE_MISSING" in told.stderr
    assert "--render" in told.stderr
    assert "--source official=PATH" in told.stderr


@pytest.mark.full
def test_the_whole_midi_set_has_the_published_counts_and_disjoint_compositions(
    data_dir: Path,
) -> None:
    """Reads all 1,276 MIDI files: 7,040,164 notes in 198.65 h, no piece of music in two splits."""
    project = find_project(REPO)
    where = Where(REPO, project.folder("maestro"), mirror=data_dir)
    plan = make_plan(project, "maestro", where, overrides={"render": True})
    source = plan.inputs.sources["midi_only"]
    chosen = select_performances(source, {}, None, plan.inputs.facts["compositions.yaml"])
    assert len(chosen) == len(plan.units) == ROWS
    assert round(sum(one.duration_s for one in chosen) / 3600, 2) == 198.65
    splits = [
        sum(one.split == split for one in chosen) for split in ("train", "validation", "test")
    ]
    assert splits == [962, 137, 177]
    scores = {one.key: read_midi(source.read(one.midi), one.midi) for one in chosen}
    notes = sum(score.n_notes for score in scores.values())
    assert notes == 7_040_164
    told = shared_passages(
        pl.DataFrame(
            {
                "performance": [one.key for one in chosen],
                "split_by_composition": [one.split_by_composition for one in chosen],
                "passages": [passage_hashes(scores[one.key]) for one in chosen],
            },
            schema_overrides={"passages": pl.List(pl.UInt64)},
        )
    )
    assert told.height > 1_000
    assert told["share"].max() == pytest.approx(0.0389, abs=1e-4)
    assert Counter(one.split_by_composition for one in chosen) == {
        "train": 952,
        "validation": 132,
        "test": 192,
    }
    promised = plan.inputs.parameters["published"]
    assert (promised["notes"], promised["performances"]) == (notes, len(chosen))
    assert maestro.plan_units(plan.inputs)[0].key == chosen[0].key
