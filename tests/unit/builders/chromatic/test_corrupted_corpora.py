"""Every check of the corpus, shown to fire on a copy that is corrupted in just that way."""

import hashlib
import io
import re
import shutil
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
import soundfile as sf

from benchmarks.chromatic import make_corpus
from benchmarks.stems import make_stems
from hueset_builders.readers.midi.notes import read_midi
from tests.support.chromatic_corpora import Built, build, copy_sample, edit_manifest


def section(start, end, name="A"):
    return {"section_name": name, "start_time": start, "end_time": end, "description": "d"}


def rewrite(corpus, song, old, new, kind="lrc"):
    path = corpus / song / f"{song}.{kind}"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def tracks(corpus, song):
    return edit_manifest(corpus, song)["audio_tracks"]


def mistype_trt(corpus):
    edit_manifest(corpus, "01_01", TRT="[00:03.086]")


def end_before_start(corpus):
    values = edit_manifest(corpus, "01_01")
    values["structure"][1]["end_time"] = "[00:01.000]"
    edit_manifest(corpus, "01_01", structure=values["structure"])


def last_section_past_the_end(corpus):
    values = edit_manifest(corpus, "01_01")
    values["structure"][-1]["end_time"] = "[01:26.021]"
    edit_manifest(corpus, "01_01", structure=values["structure"])


def doubled_audio(corpus):
    changed = tracks(corpus, "01_01")
    changed[1]["audio_file"] = changed[0]["audio_file"]
    edit_manifest(corpus, "01_01", audio_tracks=changed)


def lost_file(corpus):
    (corpus / "01_01" / "01_01_03_bass.mid").unlink()


def wrong_case_of_a_file(corpus):
    path = corpus / "01_01" / "01_01_03_bass.mid"
    path.rename(path.with_name("01_01_03_Bass.mid"))


def empty_midi(corpus):
    head = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk\x00\x00\x00\x04\x00\xff\x2f\x00"
    (corpus / "01_01" / "01_01_03_bass.mid").write_bytes(head)


def broken_midi(corpus):
    (corpus / "01_01" / "01_01_03_bass.mid").write_bytes(b"MThd, nearly")


def midi_that_is_a_pointer(corpus):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    (corpus / "01_01" / "01_01_03_bass.mid").write_bytes(pointer)


def one_note(bars_on, bars_after):
    """A MIDI file of one note at 120 bpm that sounds and then rests for so long (VLQ bytes)."""
    track = b"\x00\x90\x3c\x40" + bars_on + b"\x80\x3c\x40" + bars_after + b"\xff\x2f\x00"
    head = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk"
    return head + len(track).to_bytes(4, "big") + track


BEAT, HUNDRED_SECONDS = b"\x83\x60", b"\x85\xee\x00"


def midi_that_plays_on(corpus):
    (corpus / "01_01" / "01_01_03_bass.mid").write_bytes(one_note(HUNDRED_SECONDS, b"\x00"))


def midi_that_runs_on(corpus):
    (corpus / "01_01" / "01_01_03_bass.mid").write_bytes(one_note(BEAT, HUNDRED_SECONDS))


def broken_audio(corpus):
    (corpus / "01_01" / "01_01_01_voice.flac").write_bytes(b"fLaC and no more")


def wrong_tempo(corpus):
    edit_manifest(corpus, "01_01", bpm=97)


def wrong_key(corpus):
    edit_manifest(corpus, "01_01", key="E major")


def wrong_case_of_a_key(corpus):
    edit_manifest(corpus, "01_01", key="A Minor")


def no_key(corpus):
    edit_manifest(corpus, "01_01", key="H minor")


def no_time_signature(corpus):
    edit_manifest(corpus, "01_01", tempo="4/5")


def absolute_path(corpus):
    changed = tracks(corpus, "01_01")
    changed[0]["audio_file"] = "/home/somebody/01_01_01_voice.flac"
    edit_manifest(corpus, "01_01", audio_tracks=changed)


def path_upwards(corpus):
    edit_manifest(corpus, "01_01", lrc_file="../08_01/08_01.lrc")


def unknown_colour(corpus):
    edit_manifest(corpus, "01_01", rainbow_color="Q")


def colour_of_another_album(corpus):
    edit_manifest(corpus, "01_01", rainbow_color="R")


def unknown_player(corpus):
    changed = tracks(corpus, "01_01")
    changed[0]["player"] = "Nobody Atall"
    edit_manifest(corpus, "01_01", audio_tracks=changed)


def lyrics_an_hour_late(corpus):
    path = corpus / "01_01" / "01_01.lrc"
    late = re.sub(r"\[(\d\d):(\d\d)\.", lambda m: f"[{int(m[1]) + 60}:{m[2]}.", path.read_text())
    path.write_text(late)


def lyrics_past_the_end(corpus):
    path = corpus / "01_01" / "01_01.lrc"
    path.write_text(path.read_text() + "\n[09:00.000]\nlate\n")


def lyrics_that_go_back(corpus):
    path = corpus / "01_01" / "01_01.lrc"
    path.write_text(path.read_text() + "\n[00:01.000]\nearly\n")


def lyrics_lost(corpus):
    (corpus / "01_01" / "01_01.lrc").unlink()


def lyrics_with_a_broken_stamp(corpus):
    path = corpus / "01_01" / "01_01.lrc"
    path.write_text(path.read_text() + "\n[00:99.000]\nbroken\n")


def lyrics_without_vocals(corpus):
    edit_manifest(corpus, "01_01", vocals=False)


def lyrics_nobody_names(corpus):
    edit_manifest(corpus, "01_01", lrc_file=...)


def lyrics_without_a_line(corpus):
    (corpus / "01_01" / "01_01.lrc").write_text("[ti: nothing]\n")


def lyrics_that_are_no_text(corpus):
    (corpus / "01_01" / "01_01.lrc").write_bytes(b"\x00\x01\x02" * 40)


def repeated_field(corpus):
    path = corpus / "01_01" / "01_01.yml"
    path.write_text(path.read_text() + "\ntitle: Again\n")


def placeholder(corpus):
    edit_manifest(corpus, "01_01", title="TK")


INPUT = {
    mistype_trt: "trt_before_sections",
    end_before_start: "section_negative",
    last_section_past_the_end: "last_section_not_trt",
    doubled_audio: "audio_doubled",
    lost_file: "media_missing",
    wrong_case_of_a_file: "file_name_case",
    empty_midi: "midi_empty",
    broken_midi: "midi_unreadable",
    midi_that_is_a_pointer: "midi_unreadable",
    wrong_tempo: "midi_tempo",
    wrong_key: "midi_key",
    wrong_case_of_a_key: "case_variant",
    no_key: "key_unknown",
    no_time_signature: "time_signature_unknown",
    absolute_path: "unsafe_file_name",
    path_upwards: "unsafe_file_name",
    unknown_colour: "colour_unknown",
    colour_of_another_album: "colour_not_album",
    unknown_player: "player_unknown",
    lyrics_an_hour_late: "lyrics_hour_offset",
    lyrics_past_the_end: "lyric_past_end",
    lyrics_that_go_back: "lyric_not_rising",
    lyrics_lost: "lyrics_missing",
    lyrics_with_a_broken_stamp: "lyrics_malformed_stamp",
    lyrics_without_vocals: "lyrics_without_vocals",
    lyrics_nobody_names: "lyrics_unnamed",
    lyrics_without_a_line: "lyrics_empty",
    lyrics_that_are_no_text: "lyrics_unreadable",
    midi_that_plays_on: "midi_past_end",
    midi_that_runs_on: "midi_span",
    repeated_field: "repeated_field",
    placeholder: "placeholder",
}


PHRASES = {
    "section_negative": "it ends before it starts",
    "lyric_past_end": "the song ends at",
    "lyric_not_rising": "an earlier line starts later",
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The sample with its audio, whole and sound."""
    folder = tmp_path_factory.mktemp("clean")
    return build(copy_sample(folder / "corpus", audio=True), folder / "out")


def test_the_clean_sample_has_no_fault_and_keeps_every_promise(clean):
    assert clean.findings == []
    assert clean.rejects == []
    assert clean.refused == {}
    assert [finding for finding in clean.check() if finding.verdict != "warn"] == []


@pytest.mark.parametrize(("corrupt", "check"), INPUT.items(), ids=[one.__name__ for one in INPUT])
def test_a_defect_of_the_input_warns_and_names_song_and_file(corrupt, check, tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01")
    corrupt(corpus)
    built = build(corpus, tmp_path / "out", media="none")
    told = [*built.findings, *built.check()]
    found = [one for one in told if one.check == f"input.{check}"]
    assert found, sorted({finding.check for finding in told})
    # The copy has no audio, so five files are missing before one more is.
    assert found[0].count == 6 if check == "media_missing" else found[0].count >= 1
    assert found[0].verdict == "warn"
    assert "01_01" in found[0].message
    if check in PHRASES:
        assert PHRASES[check] in found[0].message
    assert any(example.startswith(("01_01.yml", "01_01.lrc")) for example in found[0].examples)
    assert built.refused == {}
    assert check in built.rows("songs")[0]["flags"]
    assert not [finding for finding in built.check() if finding.verdict == "fail"]


def test_audio_that_cannot_be_read_is_told_and_its_rows_say_so(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01", audio=True)
    broken_audio(corpus)
    built = build(corpus, tmp_path / "out")
    assert built.found("input.audio_unreadable")
    rows = [row for row in built.rows("segments") if row["track_no"] == 1]
    assert {(row["audio_state"], row["has_audio"]) for row in rows} == {("unreadable", None)}
    assert {row["content_type"] for row in rows} == {"unknown"}


def test_a_running_time_that_is_not_the_audio_is_told(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "05_01", audio=True)
    edit_manifest(corpus, "05_01", TRT="[00:30.000]")
    built = build(corpus, tmp_path / "out", media="none")
    assert built.found("input.trt_not_audio_length")
    assert built.rows("songs")[0]["running_time_source"] == "main_audio"


def test_a_stem_that_ends_early_is_told_and_its_rows_say_so(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "05_01", audio=True)
    path = corpus / "05_01" / "05_01_01_bells.flac"
    samples, rate = sf.read(path, dtype="int16")
    sf.write(path, samples[: 10 * rate], rate, subtype="PCM_16")
    built = build(corpus, tmp_path / "out")
    assert built.found("input.stem_length")
    rows = [row for row in built.rows("segments") if row["track_no"] == 1]
    early = [row for row in rows if "audio_ends_early" in row["flags"]]
    assert {row["audio_state"] for row in early} == {"present", "ended"}
    assert not [finding for finding in built.check() if finding.verdict == "fail"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a: &x 1\nb: *x", "manifest_has_aliases"),
        (b"- 1", "no_mapping"),
        (b"a: [", "not_yaml"),
        (None, "manifest_missing"),
        (b"title: nothing else", "length_unknown"),
    ],
)
def test_a_folder_that_is_no_song_is_refused_and_the_others_are_built(data, reason, tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "05_01")
    (corpus / "01_02").mkdir()
    (corpus / "01_02" / "01_02_main.txt").write_text("x")
    if data is not None:
        (corpus / "01_02" / "01_02.yml").write_bytes(data)
    built = build(corpus, tmp_path / "out", media="none")
    assert {song: error.reason for song, error in built.refused.items()} == {"01_02": reason}
    assert [row["song_id"] for row in built.rows("songs")] == ["05_01"]


def copied(built, folder):
    """A copy of finished tables, to be corrupted."""
    shutil.copytree(built.folder, folder)
    return Built(folder, built.inputs, built.units)


def fails(built):
    return {finding.check for finding in built.check() if finding.verdict == "fail"}


def set_column(**values):
    return lambda row: row.update(values)


OUTPUT = {
    "output.stale_manifest": ("songs", set_column(manifest_sha256="0" * 64)),
    "output.vector_sum": ("songs", set_column(ontological_vector=[0.1, 0.4, 0.4])),
    "output.song_without_segments": ("songs", set_column(segment_count=0)),
    "output.covered_share": ("segments", set_column(running_time_s=900.0)),
    "output.concept_in_two_splits": (
        "songs",
        lambda row: row.update(
            concept_hash="same", split="test" if row["song_id"] == "01_01" else "train"
        ),
    ),
    "output.segment_outside_song": ("segments", set_column(end_s=99.0)),
    "output.segment_without_length": ("segments", lambda row: row.update(end_s=row["start_s"])),
    "output.context_across_songs": ("segments", set_column(previous_ids=["99_99_g0000_t01"])),
    "output.label_source_hidden": ("songs", set_column(rebracketing_derived_from=None)),
    "output.label_unreachable": ("songs", set_column(rebracketing_type="boundary")),
    "output.audio_missing": ("media", set_column(audio=None)),
    "output.midi_missing": ("media", set_column(midi=None)),
    "output.audio_level": (
        "segments",
        lambda row: row.update(rms_dbfs=-60.0 if row["has_audio"] else row["rms_dbfs"]),
    ),
    "output.audio_unreadable": (
        "media",
        lambda row: row.update(audio=row["audio"] and {"bytes": b"no", "path": "x"}),
    ),
    "output.midi_unreadable": ("media", lambda row: row.update(midi=row["midi"] and b"no")),
    "output.media_without_segment": (
        "media",
        lambda row: row.update(segment_id=row["segment_id"].replace("g", "x")),
    ),
}


@pytest.mark.parametrize("check", OUTPUT)
def test_a_broken_promise_of_the_output_fails(check, clean, tmp_path):
    built = copied(clean, tmp_path / "out")
    built.change(*OUTPUT[check])
    assert check in fails(built)


def test_rows_lost_from_segments_or_tracks_fail(clean, tmp_path):
    built = copied(clean, tmp_path / "out")
    built.drop("media", lambda row: row["segment_index"] == 3)
    built.drop("segments", lambda row: row["segment_index"] == 3)
    assert fails(built) == {"output.segments_not_whole", "output.covered_share"}
    built.drop("tracks", lambda row: row["track_no"] == 2)
    assert "output.tracks_not_whole" in fails(built)


def test_a_hole_in_the_segments_fails_whatever_the_song_says(clean, tmp_path):
    built = copied(clean, tmp_path / "out")
    lost = [row["segment_id"] for row in built.rows("segments") if row["segment_index"] == 2]
    built.drop("media", lambda row: row["segment_id"] in lost)
    built.drop("segments", lambda row: row["segment_id"] in lost)
    assert fails(built) == {"output.segments_not_whole", "output.covered_share"}
    assert all(row["covered_share"] > 0.999 for row in built.rows("songs"))


def test_a_song_whose_rows_are_lost_has_no_segment(clean, tmp_path):
    built = copied(clean, tmp_path / "out")
    for table in ("media", "segments"):
        built.drop(table, lambda row: row["song_id"] == "05_01")
    assert "output.song_without_segments" in fails(built)


def test_lyrics_of_another_song_are_refused_with_their_reason(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01", "05_01")
    path = corpus / "01_01" / "01_01.lrc"
    late = re.sub(r"\[(\d\d):", lambda match: f"[{int(match[1]) + 5:02}:", path.read_text())
    path.write_text(late)
    built = build(corpus, tmp_path / "out", media="none")
    assert {(one.table, one.reason) for one in built.rejects} == {("lyrics", "line_outside_song")}
    assert built.rejects[0].key == "01_01.lrc:4"
    assert built.rows("lyrics") == []
    assert {row["lyric_text"] for row in built.rows("segments")} == {""}
    (told,) = built.found("input.lyrics_outside_song")
    assert "01_01.lrc: all 7 lines, from 05:" in told.message
    assert not [finding for finding in built.check() if finding.verdict == "fail"]


def test_a_running_time_nobody_tells_is_a_lower_bound_on_every_row(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01")
    structure = edit_manifest(corpus, "01_01")["structure"]
    structure[-1]["end_time"] = "[00:03.086]"
    edit_manifest(corpus, "01_01", TRT="[00:03.086]", structure=structure)
    built = build(corpus, tmp_path / "out", media="none")
    (told,) = built.found("input.running_time_lower_bound")
    assert told.message.startswith("01_01: 01_01.yml: structure: nothing says where ")
    (song,) = built.rows("songs")
    last = built.rows("sections")[-1]
    assert song["running_time_s"] == last["start_s"] == last["until_s"]
    assert {"running_time_lower_bound"} <= set(song["flags"])
    for row in built.rows("segments"):
        assert "running_time_lower_bound" in row["flags"]
        assert row["duration_s"] > 0.5


def test_lines_nobody_can_sing_and_lines_without_an_end_are_told(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01")
    path = corpus / "01_01" / "01_01.lrc"
    path.write_text(
        "[ti: t]\n[00:02.000]\nfar too many words for so little time\n"
        "[00:02.100]\nand then nothing for a long time\n[00:35.000]\nat last"
    )
    structure = edit_manifest(corpus, "01_01")["structure"]
    structure[-1]["end_time"] = "[00:50.000]"
    edit_manifest(corpus, "01_01", TRT="[00:50.000]", structure=structure, timecode={"lrc": "ms"})
    built = build(corpus, tmp_path / "out", media="none")
    assert [row["flags"] for row in built.rows("lyrics")] == [["short"], ["long"], []]
    (short,), (long,) = built.found("input.lyric_short"), built.found("input.lyric_long")
    assert "0.100 s later, which is 300 letters a second" in short.message
    assert "32.9 s later" in long.message
    flags = {flag for row in built.rows("segments") for flag in row["flags"]}
    assert {"lyric_short", "lyric_long"} <= flags


def test_midi_of_the_whole_song_in_place_of_the_slice_fails(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01")
    built = build(corpus, tmp_path / "out")
    whole = (corpus / "01_01" / "01_01_03_bass.mid").read_bytes()
    built.change(
        "media", lambda row: row.update(midi=whole if row["track_no"] == 3 else row["midi"])
    )
    assert fails(built) == {"output.midi_notes", "output.midi_span"}


def test_audio_of_another_length_fails(clean, tmp_path):
    built = copied(clean, tmp_path / "out")

    def shorten(row):
        if row["audio"]:
            samples, rate = sf.read(io.BytesIO(row["audio"]["bytes"]), dtype="int16")
            out = io.BytesIO()
            sf.write(out, samples[:-1], rate, format="FLAC", subtype="PCM_16")
            row["audio"] = {"bytes": out.getvalue(), "path": "x.flac"}

    built.change("media", shorten)
    assert fails(built) == {"output.audio_length"}


def stamp(time_s, fraction):
    return f"[00:{int(time_s):02}.{fraction:03}]"


def test_frames_passed_off_as_milliseconds_fail(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "05_01")
    halves = [stamp(at / 2, at % 2 * 12) for at in range(45)]
    structure = [section(start, end) for start, end in pairwise(halves)]
    edit_manifest(corpus, "05_01", structure=structure, timecode="ms")
    assert "output.frames_read_as_ms" in fails(build(corpus, tmp_path / "out", media="none"))


def test_a_unit_that_moves_an_album_off_the_beat_fails(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "05_01")
    beats = [stamp(at / 2, at % 2 * 250) for at in range(45)]
    structure = [section(start, end) for start, end in pairwise(beats)]
    edit_manifest(corpus, "05_01", structure=structure, bpm=240, timecode="frames30_sub")
    assert "output.decoded_off_beat" in fails(build(corpus, tmp_path / "out", media="none"))


def test_stamps_that_decide_no_unit_break_no_promise(tmp_path):
    # Five songs of an album with all their sections on whole seconds, which every unit may write.
    stems = make_stems(tmp_path / "stems", 1, minutes=0.5)
    make_corpus(tmp_path / "corpus", stems, songs=33, tracks=1, minutes=0.5)
    for song in (tmp_path / "corpus").iterdir():
        if not song.name.startswith("01_"):
            shutil.rmtree(song)
    built = build(tmp_path / "corpus", tmp_path / "out", media="none")
    assert {row["timecode_evidence"] for row in built.rows("sections")} == {"assumed"}
    assert len(built.rows("sections")) == 40
    assert fails(built) == set()


def test_equal_concepts_share_a_group_and_so_a_split(tmp_path):
    corpus = copy_sample(tmp_path / "corpus")
    text = "The same door, twice."
    edit_manifest(corpus, "01_01", concept=text)
    edit_manifest(corpus, "08_01", concept=f"  {text.upper()} ")
    built = build(corpus, tmp_path / "out", media="none")
    rows = {row["song_id"]: row for row in built.rows("songs")}
    assert rows["01_01"]["group_id"] == rows["08_01"]["group_id"] == "01_01"
    assert rows["05_01"]["group_id"] == "05_01"
    for column in ("split", "split_by_album"):
        assert rows["01_01"][column] == rows["08_01"][column]
    assert "output.concept_in_two_splits" not in fails(built)


def test_spellings_majority_and_balance_warn(tmp_path):
    built = build(copy_sample(tmp_path / "corpus"), tmp_path / "out", media="none")
    warned = {finding.check: finding for finding in reversed(built.check())}
    assert "Drums / drums" in warned["input.spellings"].message
    assert warned["balance.colour"].examples == ("Green", "Violet")


def test_colours_that_lack_a_modality_are_told(clean, tmp_path):
    def told(built):
        found = [one for one in built.check() if one.check == "balance.modality"]
        return {one.message: (one.verdict, one.examples) for one in found}

    lyrics = {"lyrics in under 10% of the segments of 1 of 3 colours": ("warn", ("Green",))}
    assert told(clean) == lyrics
    built = copied(clean, tmp_path / "out")
    built.change(
        "segments", lambda row: row.update(has_midi=None if row["colour"] == "Violet" else True)
    )
    midi = {"MIDI in under 10% of the segments of 1 of 3 colours": ("warn", ("Violet",))}
    assert told(built) == midi | lyrics


def test_songs_without_a_colour_are_told(clean, tmp_path):
    built = copied(clean, tmp_path / "out")
    built.change(
        "songs", lambda row: row.update(colour=None if row["song_id"] == "05_01" else row["colour"])
    )
    (told,) = [finding for finding in built.check() if finding.check == "input.colour_missing"]
    assert (told.verdict, told.examples) == ("warn", ("05_01",))


def test_one_type_for_most_songs_is_told(clean, tmp_path):
    built = copied(clean, tmp_path / "out")
    song = pl.read_parquet(built.files("songs")[0]).head(1)
    ids = pl.Series("song_id", [f"01_{at:02}" for at in range(30)])
    many = pl.concat([song] * 30).with_columns(ids, rebracketing_type=pl.lit("spatial"))
    many.write_parquet(built.files("songs")[0])
    (told,) = [finding for finding in built.check() if finding.check == "labels.majority"]
    assert (told.verdict, told.message) == ("warn", "30 of 30 songs are spatial")


def test_building_twice_gives_the_same_rows(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", audio=True)
    digests = []
    for name in ("one", "two"):
        built = build(corpus, tmp_path / name)
        digests.append(
            {
                table: hashlib.sha256(built.files(table)[0].read_bytes()).hexdigest()
                for table in built.inputs.dataset.tables
            }
        )
    assert digests[0] == digests[1]


def test_slices_of_audio_are_the_samples_of_the_stem(clean):
    segments = {row["segment_id"]: row for row in clean.rows("segments")}
    corpus = Path(clean.folder).parent / "corpus"
    compared = 0
    for row in clean.rows("media"):
        if row["audio"] is None:
            continue
        segment = segments[row["segment_id"]]
        wanted, rate = sf.read(
            corpus / row["song_id"] / segment["audio_file"],
            start=segment["start_frame"],
            stop=segment["end_frame"],
            dtype="int16",
        )
        got, got_rate = sf.read(io.BytesIO(row["audio"]["bytes"]), dtype="int16")
        assert rate == got_rate
        assert (wanted == got).all()
        assert row["audio_exact"]
        compared += 1
    assert compared == 65


def test_slices_of_midi_stand_alone_and_hold_just_their_notes(clean):
    segments = {row["segment_id"]: row for row in clean.rows("segments")}
    rows = [row for row in clean.rows("media") if row["midi"]]
    assert len(rows) == 78
    for row in rows:
        score = read_midi(row["midi"])
        segment = segments[row["segment_id"]]
        assert len(score.onset_s) == segment["midi_note_count"] > 0
        assert score.span_s <= segment["duration_s"] + 0.001
