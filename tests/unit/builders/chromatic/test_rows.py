"""The rows of the sample, column by column where a column can be wrong."""

from collections import Counter
from itertools import pairwise

import pytest

from hueset_builders.chromatic.track_tables import content_type
from tests.support.chromatic_corpora import build, copy_sample, edit_manifest


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    return build(copy_sample(folder / "corpus", audio=True), folder / "out")


def track(built, song, number):
    rows = built.rows("segments")
    return [row for row in rows if (row["song_id"], row["track_no"]) == (song, number)]


def test_segments_have_more_columns_than_the_published_table(built):
    assert len(built.inputs.dataset.tables["segments"].columns) >= 75


def test_a_row_stands_for_every_track_and_segment_once(built):
    songs = {row["song_id"]: row for row in built.rows("songs")}
    counts = Counter(row["song_id"] for row in built.rows("segments"))
    assert counts == {
        song: row["segment_count"] * row["track_count"] for song, row in songs.items()
    }
    ids = [row["segment_id"] for row in built.rows("segments")]
    assert len(ids) == len(set(ids))
    assert "01_01_g0003_t02" in ids


def test_frames_follow_each_other_and_are_the_times_at_the_stems_rate(built):
    rows = track(built, "01_01", 2)
    for before, after in pairwise(rows):
        assert before["end_frame"] == after["start_frame"]
    for row in rows:
        assert row["start_frame"] == round(row["start_s"] * row["sample_rate_hz"])
    assert rows[0]["start_frame"] == 0


def test_context_names_up_to_three_neighbours_on_the_same_track(built):
    rows = track(built, "08_01", 3)
    ids = [row["segment_id"] for row in rows]
    assert rows[0]["previous_ids"] == []
    assert rows[0]["next_ids"] == ids[1:4]
    assert rows[4]["previous_ids"] == ids[1:4]
    assert rows[-1]["next_ids"] == []
    assert rows[-2]["next_ids"] == ids[-1:]


def test_sections_of_the_sample_begin_on_the_first_beat_of_a_bar(built):
    rows = [row for row in built.rows("sections") if row["song_id"] == "01_01"]
    assert [row["start_bar"] for row in rows] == [1, 3, 7, 10]
    for row in rows:
        assert row["start_beat"] == pytest.approx(1, abs=0.02)


def test_bars_follow_the_metre(built):
    waltz = [row for row in built.rows("sections") if row["song_id"] == "05_01"]
    seconds_per_bar = 3 * 60 / 87.5
    for row in waltz:
        assert row["start_bar"] == round(row["start_s"] / seconds_per_bar) + 1


def test_without_a_tempo_there_is_no_bar(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "05_01")
    edit_manifest(corpus, "05_01", bpm=...)
    rows = build(corpus, tmp_path / "out", media="none").rows("segments")
    assert {(row["start_bar"], row["start_beat"], row["tempo_bpm"]) for row in rows} == {
        (None, None, None)
    }


def test_lyrics_stand_in_their_segment_with_true_counts(built):
    rows = track(built, "01_01", 1)
    assert rows[0]["lyric_text"] == ""
    assert (rows[0]["lyric_word_count"], rows[0]["lyric_line_count"]) == (0, 0)
    assert rows[1]["lyric_text"] == "I left a thread across the door"
    assert (rows[1]["lyric_word_count"], rows[1]["lyric_char_count"]) == (7, 31)
    first = [line for line in rows[1]["lyric_lines"] if line["line_index"] == 0]
    assert first[0]["relation"] == "contained"
    assert rows[1]["start_moved_s"] == pytest.approx(-0.325)
    assert rows[1]["unmoved_start_s"] + rows[1]["start_moved_s"] == rows[1]["start_s"]


def test_what_a_segment_holds_is_told_from_level_and_notes(built):
    counts = Counter(row["content_type"] for row in built.rows("segments"))
    assert counts == {"audio_midi": 56, "audio_only": 9, "midi_only": 22, "silent": 15}
    for row in built.rows("segments"):
        heard = row["rms_dbfs"] is not None and row["rms_dbfs"] >= -40
        assert row["has_audio"] == heard
        notes = row["midi_note_count"]
        assert row["has_midi"] == bool(notes)
        if row["midi_state"] == "unnamed":
            assert notes is None


@pytest.mark.parametrize(
    ("audio", "midi", "told"),
    [
        (True, True, "audio_midi"),
        (True, False, "audio_only"),
        (False, True, "midi_only"),
        (False, False, "silent"),
        (None, True, "unknown"),
        (True, None, "unknown"),
    ],
)
def test_content_that_is_not_there_is_unknown(audio, midi, told):
    assert content_type(audio, midi) == told


def test_a_shared_midi_file_counts_for_each_track_and_says_so(built):
    rows = {row["track_no"]: row for row in built.rows("tracks") if row["song_id"] == "08_01"}
    assert [rows[number]["midi_shared"] for number in (1, 4, 5)] == [False, True, True]
    assert rows[4]["midi_file"] == rows[5]["midi_file"]
    assert (rows[4]["track_group"], rows[5]["track_group_written"]) == ("drums", "drums")
    assert rows[4]["track_group_written"] == "Drums"
    assert {row["player"] for row in rows.values()} == {"GABE"}
    assert rows[6]["audio_state"] == "unnamed"


def test_songs_carry_their_manifest_typed_and_their_colour(built):
    row = next(row for row in built.rows("songs") if row["song_id"] == "05_01")
    assert (row["colour"], row["temporal_mode"]) == ("Green", "future")
    assert row["ontological_vector"] == [0.1, 0.8, 0.1]
    assert (row["tempo_bpm"], row["beats_per_bar"], row["beat_unit"]) == (87.5, 3, 4)
    assert (row["key_canonical"], row["key_pitch_class"]) == ("G major", 7)
    assert row["genres"] == ["ambient", "electronic"]
    assert (row["album_no"], row["album_sequence"]) == (5, 1)
    assert row["running_time_source"] == "main_audio"
    assert row["lyrics_timecode_unit"] is None
    assert sum(row["rebracketing_scores"].values()) > 0


def test_the_preview_is_balanced_over_the_colours(built):
    counts = Counter(row["colour"] for row in built.rows("preview"))
    assert set(counts) == {"Black", "Green", "Violet"}
    assert max(counts.values()) <= 20
    assert all(row["audio"] or row["midi"] for row in built.rows("preview"))


def test_pieces_of_a_long_stretch_say_how_much_they_share(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "05_01")
    edit_manifest(corpus, "05_01", structure=[], TRT="[01:35.000]")
    rows = track(build(corpus, tmp_path / "out", media="none"), "05_01", 1)
    assert [(row["piece"], row["pieces"]) for row in rows] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert rows[0]["overlap_s"] == 0
    for before, after in pairwise(rows):
        assert after["overlap_s"] == pytest.approx(before["end_s"] - after["start_s"])
        assert after["overlap_s"] > 0


def test_a_song_holds_its_lyrics_and_structure_whole(built):
    songs = {row["song_id"]: row for row in built.rows("songs")}
    lines = [row["text"] for row in built.rows("lyrics") if row["song_id"] == "01_01"]
    assert songs["01_01"]["lyrics_text"].split("\n") == lines
    assert songs["05_01"]["lyrics_text"] is None
    sections = [row for row in built.rows("sections") if row["song_id"] == "05_01"]
    assert songs["05_01"]["structure"] == [
        {name: row[name] for name in ("name", "start_s", "end_s")} for row in sections
    ]
    [first, *_] = track(built, "01_01", 1)
    assert (first["lrc_file"], first["trt_written"]) == (
        songs["01_01"]["lrc_file"],
        songs["01_01"]["trt_written"],
    )
    assert first["lrc_file"] == "01_01.lrc"


def test_a_groups_midi_keeps_its_name_beside_the_tracks_own(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "08_01")
    tracks = edit_manifest(corpus, "08_01")["audio_tracks"]
    tracks[1]["midi_group_file"] = "08_01_04_drums.mid"
    edit_manifest(corpus, "08_01", audio_tracks=tracks)
    rows = build(corpus, tmp_path / "out", media="none").rows("tracks")
    both = next(row for row in rows if row["track_no"] == 2)
    assert both["midi_file"] == "08_01_02_lead.mid"
    assert (both["midi_group_file"], both["midi_shared"]) == ("08_01_04_drums.mid", False)


WORDS = """[ti: Words]
[ar: Nobody]
[al: None]
[offset: -500]
[00:04.000]<00:04.000>One <00:05.120>two
[00:08.064]<00:08.064>three <00:45.000>four
[00:10.000][00:20.000]<00:20.000>five <00:21.120>six
[00:24.000]last <00:28.000>seven
"""


def test_words_are_read_in_the_unit_of_their_file_and_none_outside_their_line(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01")
    edit_manifest(corpus, "01_01", timecode={"lrc": "frames25_sub"})
    (corpus / "01_01" / "01_01.lrc").write_text(WORDS)
    rows = build(corpus, tmp_path / "out", media="none").rows("lyrics")
    assert {row["timecode_unit"] for row in rows} == {"frames25_sub"}
    assert [row["text"] for row in rows][:2] == ["One two", "three four"]
    half = 0.0025
    offset = 0.5
    starts = {
        (row["start_written"], word["text"]): word["start_s"]
        for row in rows
        for word in row["words"]
    }
    own = {row["start_written"]: row["start_s"] for row in rows}
    assert starts["00:04.000", "One"] == own["00:04.000"] == pytest.approx(4 + offset + half)
    assert starts["00:04.000", "two"] == pytest.approx(5 + 12 / 25 + offset + half)
    assert starts["00:08.064", "three"] == pytest.approx(8 + 6.5 / 25 + offset + half)
    assert starts["00:08.064", "four"] is None
    assert starts["00:10.000", "five"] is None
    assert starts["00:20.000", "six"] == pytest.approx(21 + 12 / 25 + offset + half)
    assert starts["00:24.000", "seven"] == pytest.approx(28 + offset + half)
