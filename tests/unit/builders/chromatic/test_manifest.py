import datetime as dt

import pytest
import yaml

from hueset_builders.chromatic.manifest_reader import parse_manifest, safe_name

GOOD = {
    "bpm": 87.11,
    "manifest_id": "04_02",
    "tempo": "18/32",
    "key": "A minor",
    "rainbow_color": "Y",
    "title": "T",
    "release_date": "2020-12-08",
    "album_sequence": 2,
    "main_audio_file": "04_02_main.wav",
    "TRT": "[00:20.000]",
    "vocals": True,
    "lyrics": False,
    "structure": [
        {
            "section_name": "A",
            "start_time": "[00:00.000]",
            "end_time": "[00:20.000]",
            "description": "d",
        }
    ],
    "mood": ["calm"],
    "genres": ["Art Rock", "art rock"],
    "sounds_like": [{"name": "N", "discogs_id": 1}],
    "concept": "A door.",
    "audio_tracks": [{"id": 1, "description": "x", "audio_file": "04_02_01.wav"}],
}


def parse(**changes):
    values = {**GOOD, **changes}
    kept = {name: value for name, value in values.items() if value is not ...}
    return parse_manifest(yaml.safe_dump(kept).encode(), "04_02")


def told(manifest):
    return {(fault.check, fault.where) for fault in manifest.faults}


def test_a_good_manifest_is_typed_and_has_no_fault():
    manifest = parse()
    assert manifest.faults == ()
    assert manifest.tempo_bpm == 87.11
    assert manifest.time_signature == "18/32"
    assert manifest.release_date == dt.date(2020, 12, 8)
    assert manifest.sections[0].end.whole_s == 20
    assert manifest.tracks[0].audio_file == "04_02_01.wav"


@pytest.mark.parametrize(
    ("change", "check", "place"),
    [
        ({"title": ...}, "missing_field", "title"),
        ({"colour": "Y"}, "unknown_field", "colour"),
        ({"manifest_id": "04_03"}, "manifest_id", "manifest_id"),
        ({"bpm": "fast"}, "wrong_type", "bpm"),
        ({"bpm": True}, "wrong_type", "bpm"),
        ({"bpm": float("nan")}, "tempo_out_of_range", "bpm"),
        ({"bpm": -3}, "tempo_out_of_range", "bpm"),
        ({"TRT": "three minutes"}, "unreadable_stamp", "TRT"),
        ({"vocals": "yes please"}, "wrong_type", "vocals"),
        ({"concept": "TK"}, "placeholder", "concept"),
        ({"release_date": "July"}, "wrong_type", "release_date"),
        ({"mood": "calm"}, "wrong_type", "mood"),
        ({"structure": {}}, "wrong_type", "structure"),
        ({"structure": ["x"]}, "wrong_type", "structure[1]"),
        ({"audio_tracks": [{"id": 1, "description": "x"}]}, "track_without_media", "track 1"),
        ({"timecode": "frames99"}, "wrong_type", "timecode"),
        ({"audio_origin": "dreamt"}, "wrong_type", "audio_origin"),
        ({"main_audio_file": "/home/x/a.wav"}, "unsafe_file_name", "main_audio_file"),
    ],
)
def test_a_fault_is_told_with_its_place_and_stops_nothing(change, check, place):
    manifest = parse(**change)
    assert (f"input.{check}", f"04_02.yml: {place}") in told(manifest)
    assert manifest.song_id == "04_02"


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../01_01/x.wav", "a/../../x", "C:\\x.wav", "C:x.wav", "..", "~/x", "a\nb", ""],
)
def test_a_name_that_leads_away_is_not_read(name):
    assert not safe_name(name)
    track = {"id": 1, "description": "x", "audio_file": name, "midi_file": "m.mid"}
    manifest = parse(audio_tracks=[track])
    assert manifest.tracks[0].audio_file is None
    assert [fault.check for fault in manifest.faults] == ["input.unsafe_file_name"]


def test_the_folders_of_an_absolute_path_are_not_told():
    manifest = parse(main_audio_file="/home/somebody/secret/04_02_main.wav")
    assert "somebody" not in manifest.faults[0].message
    assert "04_02_main.wav" in manifest.faults[0].message


def test_a_repeated_track_id_is_read_as_a_free_one():
    tracks = [{"id": 1, "description": "a", "audio_file": f"{name}.wav"} for name in "ab"]
    manifest = parse(audio_tracks=tracks)
    assert [track.number for track in manifest.tracks] == [1, 2]
    assert ("input.repeated_track_id", "04_02.yml: audio_tracks[2]") in told(manifest)


def test_a_manifest_may_state_its_unit_for_both_files_or_each():
    assert parse(timecode="frames24").timecode == {"manifest": "frames24", "lrc": "frames24"}
    assert parse(timecode={"lrc": "ms"}).timecode == {"lrc": "ms"}


def test_every_real_manifest_is_typed_without_a_fault_of_form(data_dir):
    folder = data_dir / "white-sample" / "packages" / "extraction" / "staged_raw_material"
    paths = sorted(folder.glob("*/*.yml"))
    manifests = [parse_manifest(path.read_bytes(), path.stem) for path in paths]
    assert len(manifests) == 84
    assert sum(len(manifest.tracks) for manifest in manifests) == 1327
    assert sum(len(manifest.sections) for manifest in manifests) == 683
    assert not [fault for manifest in manifests for fault in manifest.faults]
    assert all(manifest.tempo_bpm and manifest.running_time for manifest in manifests)
