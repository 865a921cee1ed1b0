from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile as sf

from hueset.builder import Batch, Inputs, Reject
from hueset.declaration.project import find_project
from hueset.errors import (
    InputError,
    LfsPointerError,
    SourceChangedError,
    SourceFormatError,
    SourceMissingError,
    UnknownNameError,
    UsageError,
)
from hueset.sources import Where, resolve_sources
from hueset_builders.maestro import build as maestro
from hueset_builders.maestro import units
from hueset_builders.maestro.index import select_performances
from hueset_builders.readers.midi.smf import write_smf
from tests.conftest import REPO

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.builder import Unit

CLIP = "2018/MIDI-Unprocessed_Chamber3_MID--AUDIO_10_R3_2018_wav--1"
LIST = "maestro-v3.0.0.csv"


@pytest.fixture
def layout(tmp_path: Path, data_dir: Path) -> Path:
    """The official layout with one performance: the list, its MIDI, and 2 s of its recording."""
    folder = tmp_path / "maestro-v3.0.0"
    (folder / "2018").mkdir(parents=True)
    given = data_dir / "maestro"
    shutil.copy(given / "maestro-v3.0.0" / LIST, folder / LIST)
    shutil.copy(given / f"maestro-v3.0.0/{CLIP}.midi", folder / f"{CLIP}.midi")
    name = CLIP.removeprefix("2018/")
    shutil.copy(given / f"audio_excerpt/{name}.wav", folder / f"{CLIP}.wav")
    return folder


def inputs(path: Path, **parameters: Any) -> Inputs:
    project = find_project(REPO)
    dataset = project.dataset("maestro")
    where = Where(REPO, project.folder("maestro"), flags={"official": path})
    wanted = {"where": {"midi_filename": f"{CLIP}.midi"}, **parameters}
    merged = {**dataset.defaults, **wanted}
    return Inputs(dataset, resolve_sources(dataset, where).sources, merged, project.facts(dataset))


def of_length(unit: Unit, duration_s: float) -> Unit:
    """The unit with another published length, since only 2 s of the recording are at hand."""
    performance = {**unit.payload["performance"], "duration_s": duration_s}
    return replace(unit, payload={**unit.payload, "performance": performance})


def test_the_recording_is_planned_where_it_lies(layout: Path) -> None:
    (unit,) = maestro.plan_units(inputs(layout))
    assert unit.key == CLIP
    assert unit.inputs == (("official", f"{CLIP}.midi"), ("official", f"{CLIP}.wav"))
    assert unit.payload["render"] is None
    assert unit.payload["performance"]["composition"] == "alban berg: op 1"


def test_a_zip_with_its_folder_inside_gives_the_same(layout: Path, tmp_path: Path) -> None:
    packed = tmp_path / "maestro.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(layout.rglob("*.*")):
            archive.write(path, path.relative_to(layout.parent))
    from_zip, from_folder = inputs(packed), inputs(layout)
    (unit,) = maestro.plan_units(from_zip)
    assert unit.inputs[1] == ("official", f"maestro-v3.0.0/{CLIP}.wav")
    (plain,) = maestro.plan_units(from_folder)
    zipped = list(maestro.build_unit(of_length(unit, 2.0), from_zip))
    assert zipped == list(maestro.build_unit(of_length(plain, 2.0), from_folder))


def test_the_json_list_says_what_the_csv_says(layout: Path, data_dir: Path) -> None:
    from_csv = select_performances(inputs(layout).sources["official"], {"year": 2018}, 1, {})
    (layout / LIST).unlink()
    shutil.copy(data_dir / "maestro/maestro-v3.0.0/maestro-v3.0.0.json", layout)
    assert (
        select_performances(inputs(layout).sources["official"], {"year": 2018}, 1, {}) == from_csv
    )


def test_absent_audio_is_an_error_that_names_both_ways_out(layout: Path) -> None:
    (layout / f"{CLIP}.wav").unlink()
    with pytest.raises(SourceMissingError, match="1 of 1 chosen performances have no") as caught:
        maestro.plan_units(inputs(layout))
    assert caught.value.exit_code == 3
    assert "--source official=PATH" in (caught.value.hint or "")
    assert "--render" in (caught.value.hint or "")


def test_rendering_without_the_soundfont_is_an_error(layout: Path) -> None:
    (layout / f"{CLIP}.wav").unlink()
    with pytest.raises(SourceMissingError):
        maestro.plan_units(inputs(layout, render=True, soundfont="no_such_font.sf2"))


def test_absent_midi_is_an_error_with_the_count(layout: Path) -> None:
    with pytest.raises(SourceMissingError, match="lacks the MIDI files of 92 of 93"):
        maestro.plan_units(inputs(layout, where={"year": 2018}))


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ({"year": 1999}, "known: 2004, 2006, 2008, 2009"),
        ({"canonical_composer": "Alban berg"}, "near: 'Alban Berg'"),
        ({"split": "testing"}, "known: test, train, validation"),
        ({"canonical_title": "$"}, "for example: "),
    ],
)
def test_a_value_no_performance_has_names_the_nearest_of_its_column(
    layout: Path, where: dict[str, Any], hint: str
) -> None:
    ((column, value),) = where.items()
    with pytest.raises(UnknownNameError, match=f"--where {column}: no performance") as caught:
        maestro.plan_units(inputs(layout, where=where))
    assert repr(str(value)) in caught.value.message
    assert hint in (caught.value.hint or "")
    assert caught.value.exit_code == 2


def test_values_that_do_not_occur_together_are_an_error(layout: Path) -> None:
    with pytest.raises(UsageError, match="no performance has all of") as caught:
        maestro.plan_units(inputs(layout, where={"year": 2004, "canonical_composer": "Alban Berg"}))
    assert "not together" in (caught.value.hint or "")


def test_an_unknown_column_in_where_names_the_nearest(layout: Path) -> None:
    with pytest.raises(UnknownNameError) as caught:
        maestro.plan_units(inputs(layout, where={"yaer": 2018}))
    assert "year" in (caught.value.hint or "")


def test_without_the_extra_the_error_names_it(
    layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = inputs(layout)
    monkeypatch.setattr(units, "find_spec", lambda name: None if name == "soxr" else name)
    with pytest.raises(UsageError, match="mel features need soxr") as caught:
        maestro.plan_units(given)
    assert caught.value.hint == 'pip install "hueset[mel]"'


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"window_s": 2.0}, r"parameter window_s: found 2.0, .* hold 5.0"),
        ({"window_s": 5.0001}, r"parameter window_s: found 5.0001, .* hold 5.0"),
        ({"mel_bands": 80}, r"parameter mel_bands: found 80, .* hold 64"),
        ({"n_fft": 512}, r"parameter n_fft: found 512, .* hold 1024"),
        ({"hop_samples": 0}, r"parameter hop_samples: found 0, .* hold 256"),
        ({"sample_rate_hz": 8000}, r"parameter sample_rate_hz: found 8000, .* hold 16000"),
        ({"dtype": "float64"}, "unknown parameter dtype: 'float64'"),
        ({"limit": -2}, "parameter limit: found -2, allowed is a whole number from 1"),
        ({"limit": 0}, "parameter limit: found 0, allowed"),
        ({"limit": "two"}, "parameter limit: found 'two', allowed"),
        ({"limit": True}, "parameter limit: found True, allowed"),
    ],
)
def test_parameters_must_fit_the_declared_columns(
    layout: Path, parameters: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        maestro.plan_units(inputs(layout, **parameters))


def test_the_list_of_v2_from_a_spreadsheet_is_named_for_what_it_is(
    layout: Path, data_dir: Path
) -> None:
    mangled = data_dir / "maestro/v2.0.0-metadata/maestro-v2.0.0.spreadsheet-resaved.csv"
    shutil.copy(mangled, layout / LIST)
    with pytest.raises(SourceChangedError) as caught:
        maestro.plan_units(inputs(layout))
    assert "it has 1,282 rows, v3.0.0 has 1,276" in caught.value.message
    assert "rounded to ten digits" in caught.value.message
    (layout / LIST).rename(layout / "maestro-v2.0.0.csv")
    with pytest.raises(SourceChangedError, match=r"maestro-v2\.0\.0\.csv .* 1,282 rows"):
        maestro.plan_units(inputs(layout))


def test_one_changed_letter_in_the_list_is_an_error(layout: Path) -> None:
    text = (layout / LIST).read_text(encoding="utf-8")
    (layout / LIST).write_text(text.replace("Alban Berg", "Alban Borg", 1), encoding="utf-8")
    with pytest.raises(SourceChangedError, match="its SHA-256 is another"):
        maestro.plan_units(inputs(layout))


def test_other_columns_in_the_list_are_an_error(layout: Path) -> None:
    (layout / LIST).write_text("composer,title\nA,B\n")
    with pytest.raises(SourceFormatError, match=r"maestro-v3\.0\.0\.csv:1: has the columns"):
        maestro.plan_units(inputs(layout))


@pytest.mark.parametrize("place", [LIST, f"{CLIP}.midi", f"{CLIP}.wav"])
def test_a_pointer_in_place_of_any_file_is_named(layout: Path, data_dir: Path, place: str) -> None:
    shutil.copy(data_dir / "hostile/lfs_pointers/maestro-v2.0.0.csv", layout / place)
    with pytest.raises(LfsPointerError, match="git-LFS pointers"):
        inputs(layout)


def test_a_web_page_in_place_of_the_list_is_named(layout: Path) -> None:
    (layout / LIST).write_text("<!DOCTYPE html><title>Sign in</title>")
    with pytest.raises(SourceFormatError, match="a web page lies here"):
        maestro.plan_units(inputs(layout))


def test_a_folder_without_any_list_is_an_error(layout: Path) -> None:
    (layout / LIST).unlink()
    with pytest.raises(SourceFormatError, match=r"holds no maestro-v3\.0\.0\.csv"):
        maestro.plan_units(inputs(layout))


@pytest.mark.parametrize(
    ("hostile", "suffix", "reason"),
    [
        ("midi/jazz-soft/test-not-a-midi-file.mid", ".midi", None),
        ("midi/midly/PiDamaged.mid", ".midi", None),
        ("midi/jazz-soft/test-empty-file.mid", ".wav", "empty_file"),
        ("os_junk/.DS_Store", ".wav", "finder_litter"),
    ],
)
def test_hostile_files_refuse_the_performance_with_a_reason(
    layout: Path, data_dir: Path, hostile: str, suffix: str, reason: str | None
) -> None:
    shutil.copy(data_dir / "hostile" / hostile, layout / f"{CLIP}{suffix}")
    given = inputs(layout)
    (unit,) = maestro.plan_units(given)
    with pytest.raises(InputError) as caught:
        list(maestro.build_unit(unit, given))
    assert CLIP in caught.value.message
    assert reason is None or caught.value.reason == reason


def test_a_recording_shorter_than_published_is_refused_with_both_lengths(layout: Path) -> None:
    given = inputs(layout)
    (unit,) = maestro.plan_units(given)
    with pytest.raises(InputError, match=r"lasts 2\.0 s, published are 698\.7 s") as caught:
        list(maestro.build_unit(unit, given))
    assert caught.value.reason == "audio_too_short"
    with pytest.raises(InputError, match=r"published are 3\.1 s"):
        list(maestro.build_unit(of_length(unit, 3.1), given))
    assert list(maestro.build_unit(of_length(unit, 2.9), given))


def test_a_recording_cut_under_an_intact_header_is_refused(layout: Path) -> None:
    path = layout / f"{CLIP}.wav"
    path.write_bytes(path.read_bytes()[:100_000])
    given = inputs(layout)
    (unit,) = maestro.plan_units(given)
    with pytest.raises(InputError, match="its header promises more") as caught:
        list(maestro.build_unit(of_length(unit, 0.5), given))
    assert caught.value.reason == "cut_short"


def test_a_web_page_in_place_of_a_recording_is_named(layout: Path) -> None:
    (layout / f"{CLIP}.wav").write_text("<!DOCTYPE html><title>Sign in</title>")
    given = inputs(layout)
    (unit,) = maestro.plan_units(given)
    with pytest.raises(InputError) as caught:
        list(maestro.build_unit(unit, given))
    assert caught.value.reason == "html_page"


@pytest.mark.parametrize("quiet_s", [5.0, 20.0])
def test_silence_is_left_out_and_counted_and_refused_only_under_notes(
    layout: Path, quiet_s: float
) -> None:
    """One note sounds in the clip, one in the silence after it."""
    path = layout / f"{CLIP}.wav"
    clip, rate = sf.read(path)
    quiet = np.zeros((round(quiet_s * rate), clip.shape[1]))
    sf.write(path, np.concatenate([clip, np.zeros((3 * rate, clip.shape[1])), quiet]), rate)
    midi = write_smf(
        500,
        [
            [
                (1_000, b"\x90\x3c\x40"),
                (1_500, b"\x80\x3c\x00"),
                (7_000, b"\x90\x3c\x40"),
                (7_500, b"\x80\x3c\x00"),
            ]
        ],
    )
    (layout / f"{CLIP}.midi").write_bytes(midi)
    given = inputs(layout)
    (unit,) = maestro.plan_units(given)
    made = list(maestro.build_unit(of_length(unit, 10.0), given))
    (reject,) = [one for one in made if isinstance(one, Reject)]
    assert (reject.reason, reject.key) == ("silent_window", f"{CLIP}:1")
    assert reject.observed.startswith("1 notes")
    (row,) = next(
        one.rows.to_pylist()
        for one in made
        if isinstance(one, Batch) and one.table == "performances"
    )
    assert (row["windows"], row["silent_windows"]) == (1, round(quiet_s / 5) - 1)
