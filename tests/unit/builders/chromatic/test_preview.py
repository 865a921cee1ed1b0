"""The preview holds what can be heard first, each colour as full as its songs allow."""

from collections import Counter

import pyarrow.parquet as pq
import pytest

from hueset_builders.chromatic.preview import choose_segments
from tests.support.chromatic_corpora import build, copy_sample, edit_manifest


def rows(song, colour, *ranks):
    return [
        {
            "segment_id": f"{song}_{at}",
            "song_id": song,
            "colour": colour,
            "rank": rank,
            "draw": f"{song}{at:02}",
        }
        for at, rank in enumerate(ranks)
    ]


def test_audio_comes_before_midi_and_midi_before_lyrics():
    offered = rows("a", "Red", 2, 1, 0, 1, 2) + rows("b", "Red", 0, 2)
    assert choose_segments(offered, 2) == {"a_2", "b_0"}
    assert choose_segments(offered, 4) == {"a_2", "b_0", "a_1", "a_3"}


def test_songs_take_turns_and_one_fills_what_others_cannot():
    offered = rows("a", "Red", *[0] * 10) + rows("b", "Red", 0) + rows("c", "Red", *[2] * 10)
    chosen = Counter(name[0] for name in choose_segments(offered, 6))
    assert chosen == {"a": 5, "b": 1}
    even = rows("a", "Red", *[0] * 10) + rows("b", "Red", *[0] * 10)
    assert Counter(name[0] for name in choose_segments(even, 6)) == {"a": 3, "b": 3}


def test_every_colour_has_its_own_share_and_the_order_of_songs_does_not_matter():
    offered = rows("a", "Red", *[0] * 9) + rows("b", "Blue", *[1] * 2) + rows("c", None, *[2] * 9)
    chosen = choose_segments(offered, 3)
    assert Counter(name[0] for name in chosen) == {"a": 3, "b": 2, "c": 3}
    assert choose_segments(offered[::-1], 3) == chosen


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preview")
    return build(copy_sample(folder / "corpus", audio=True), folder / "out")


def test_each_colour_of_the_sample_is_full_and_heard(built):
    counts = Counter()
    for row in built.rows("segments"):
        counts[row["colour"], bool(row["has_audio"])] += 1
    wanted = {colour: min(20, counts[colour, True]) for colour in ("Black", "Green", "Violet")}
    preview = built.rows("preview")
    assert Counter(row["colour"] for row in preview if row["audio"]) == wanted
    ids = [row["segment_id"] for row in preview]
    assert ids == sorted(ids)
    whole = sum(min(20, counts[colour, True] + counts[colour, False]) for colour in wanted)
    assert sum(wanted.values()) <= len(preview) <= whole


def test_a_preview_is_what_media_hold(built):
    media = {row["segment_id"]: row for row in built.rows("media")}
    for row in built.rows("preview"):
        assert (row["audio"], row["midi"]) == tuple(
            media[row["segment_id"]][name] for name in ("audio", "midi")
        )


@pytest.mark.parametrize("media", ["preview", "mel"])
def test_the_choice_and_its_bytes_are_those_of_every_mode_with_audio(built, tmp_path, media):
    other = build(copy_sample(tmp_path / "corpus", audio=True), tmp_path / "out", media=media)
    assert other.rows("preview") == built.rows("preview")


@pytest.mark.parametrize("media", ["none", "url"])
def test_no_audio_is_embedded_where_none_was_asked_for(built, tmp_path, media):
    base = {"media_url_base": "https://example.org/"} if media == "url" else {}
    corpus = copy_sample(tmp_path / "corpus", audio=True)
    other = build(corpus, tmp_path / "out", media=media, **base)
    ids = [row["segment_id"] for row in built.rows("preview")]
    assert [row["segment_id"] for row in other.rows("preview")] == ids
    assert not [row for row in other.rows("preview") if row["audio"]]
    assert any(row["midi"] for row in other.rows("preview")) == (media == "url")
    for path in (tmp_path / "out").glob("*.parquet"):
        assert b"fLaC" not in path.read_bytes(), path.name


def test_a_song_without_sound_shows_its_lyrics(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01", "08_01")
    for file in corpus.rglob("01_01*.mid"):
        file.unlink()
    preview = build(corpus, tmp_path / "out").rows("preview")
    black = [row for row in preview if row["colour"] == "Black"]
    assert len(black) == 20
    assert all(row["lyric_text"] for row in black)
    assert all(row["midi"] for row in preview if row["colour"] == "Violet")


def test_a_song_keeps_no_more_than_a_colour_may_have(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "08_01", audio=True)
    built = build(corpus, tmp_path / "out", preview_per_colour=4)
    assert pq.read_metadata(built.files("_preview")[0]).num_rows == 4
    assert len(built.rows("preview")) == 4
    none = build(corpus, tmp_path / "none", preview_per_colour=0)
    assert none.rows("preview") == []


def test_another_song_of_the_colour_changes_no_unit(tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "05_01")
    before = build(corpus, tmp_path / "a", media="none").units
    copy_sample(tmp_path / "other", "01_01")
    (tmp_path / "other" / "01_01").rename(corpus / "06_01")
    for path in (corpus / "06_01").iterdir():
        path.rename(path.with_name(path.name.replace("01_01.", "06_01.")))
    edit_manifest(corpus, "06_01", manifest_id="06_01", rainbow_color="G")
    after = build(corpus, tmp_path / "b", media="none").units
    assert before == [unit for unit in after if unit.key == "05_01"]
