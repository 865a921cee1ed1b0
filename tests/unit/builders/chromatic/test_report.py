"""What the report of the chromatic corpus holds, from copies of the sample."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import pytest
import soundfile

from hueset.render.report import Material, render_report
from hueset.store.store import StoredVersion, VersionStore
from hueset_builders.chromatic.report import media, sections
from hueset_builders.chromatic.report.albums import album_shelves, cross_colours_types, paper_tone
from hueset_builders.chromatic.report.media import chosen_media
from hueset_builders.chromatic.report.songs import song_sheets
from tests.support.chromatic_corpora import build, copy_sample, edit_manifest
from tests.support.html_reader import Page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.chromatic_corpora import Built

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"


def material_of(built: Built) -> Material:
    """The tables of a build without a store."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute('CREATE SCHEMA "chromatic"')
    for table in built.inputs.dataset.tables:
        [file] = built.files(table)
        connection.execute(
            f'CREATE VIEW "chromatic"."{table}" AS SELECT * FROM read_parquet(\'{file}\')'
        )
    version = StoredVersion("chromatic", "1.0.0+sample.test", built.folder)
    return Material(version, built.inputs.facts, connection)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("sample")
    return material_of(build(copy_sample(folder / "corpus", audio=True), folder))


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("silent")
    corpus = copy_sample(folder / "corpus", audio=True)
    for file in [*corpus.rglob("*.flac"), *corpus.rglob("*.mid")]:
        file.unlink()
    return material_of(build(corpus, folder))


def test_nine_shelves_stand_in_their_colours_and_hold_all_songs(sample: Material) -> None:
    shelves = album_shelves(sample)
    assert [shelf.colour["hex"] for shelf in shelves][:3] == ["#231F20", "#AE1E36", "#EF7143"]
    assert len(shelves) == 9
    assert sum(len(shelf.songs) for shelf in shelves) == 3


def test_the_crossing_counts_every_segment_once(sample: Material) -> None:
    crossed = cross_colours_types(sample)
    [told] = sample.rows('SELECT count(*) AS n FROM "chromatic"."segments"')
    assert crossed.whole["n"] == told["n"]
    assert sum(cell["n"] for cell in crossed.cells.values()) == told["n"]
    assert sum(cell["n"] for cell in crossed.by_type.values()) == told["n"]
    assert crossed.whole["audio"] > 0


def test_a_sheet_has_every_segment_of_every_track(sample: Material) -> None:
    for name, sheet in song_sheets(sample).items():
        rows = sample.rows(
            'SELECT track_no, segment_index, content_type FROM "chromatic"."segments" '
            "WHERE song_id = ?",
            [name],
        )
        letters = {
            (track[0], segment[8]): track[6][at]
            for track in sheet["tracks"]
            for at, segment in enumerate(sheet["segments"])
        }
        told = {"audio_midi": "b", "audio_only": "a", "midi_only": "m", "silent": "s"}
        assert letters == {
            (row["track_no"], row["segment_index"]): told[row["content_type"]] for row in rows
        }


def test_a_drawn_segment_is_the_audio_and_the_notes_of_the_table(sample: Material) -> None:
    shown = chosen_media(sample)
    assert shown.audio
    assert set(shown.audio) <= set(shown.pictures)
    for name, packed in shown.audio.items():
        [row] = sample.rows(
            "SELECT audio.bytes AS flac, midi_note_count AS notes, audio_frames AS frames "
            'FROM "chromatic"."media" WHERE segment_id = ?',
            [name],
        )
        assert base64.b64decode(packed) == row["flac"]
        samples, rate = soundfile.read(io.BytesIO(row["flac"]))
        assert shown.pictures[name]["seconds"] == pytest.approx(row["frames"] / rate, abs=1e-3)
        wave = base64.b64decode(shown.pictures[name]["wave"])
        loudest = max(abs(value - 256 if value > 127 else value) for value in wave)
        assert loudest == pytest.approx(abs(samples).max() * 127, abs=1.5)
        assert len(shown.pictures[name].get("notes", [])) == (row["notes"] or 0)


def test_the_limit_on_audio_is_kept_and_told(
    sample: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "AUDIO_BYTES", 100_000)
    shown = chosen_media(sample)
    assert 0 < shown.audio_bytes <= 100_000
    assert 0 < len(shown.audio) < shown.heard_of
    text = str(sections(sample)[2].body)
    assert f"{len(shown.audio)} of {shown.heard_of} segments with audio can be played" in text
    assert "left out by that limit" in text


def test_every_song_with_audio_is_heard_while_there_is_room(
    sample: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = sample.rows(
        'SELECT song_id, count(audio.bytes) AS n FROM "chromatic"."media" GROUP BY ALL ORDER BY ALL'
    )
    shown = chosen_media(sample)
    assert len(shown.audio) == shown.heard_of == sum(row["n"] for row in held)
    assert shown.audio_bytes == sum(len(base64.b64decode(one)) for one in shown.audio.values())
    [least] = sample.rows(
        "SELECT sum(size) AS size FROM (SELECT min(octet_length(audio.bytes)) AS size "
        'FROM "chromatic"."media" WHERE duration_s >= 2 GROUP BY song_id)'
    )
    monkeypatch.setattr(media, "AUDIO_BYTES", int(least["size"] * 1.3))
    shown = chosen_media(sample)
    assert {name[:5] for name in shown.audio} == {row["song_id"] for row in held}
    assert shown.songs == shown.songs_of == len(held) == 3
    monkeypatch.setattr(media, "AUDIO_BYTES", 10)
    assert chosen_media(sample).audio == {}


def test_with_only_a_preview_that_is_what_can_be_heard(tmp_path: Path) -> None:
    corpus = copy_sample(tmp_path / "corpus", "01_01", audio=True)
    made = material_of(build(corpus, tmp_path, media="preview"))
    shown = chosen_media(made)
    assert shown.media == 0
    assert len(shown.audio) == shown.heard_of == 20
    assert set(shown.pictures) == set(shown.audio)


def test_without_audio_the_page_says_so_plainly(silent: Material) -> None:
    song = sections(silent)[2]
    assert "neither audio nor MIDI in this version" in song.body
    assert song.data["audio"] == song.data["media"] == {}
    assert {
        letter for s in song.data["songs"].values() for t in s["tracks"] for letter in t[6]
    } == {"u"}


def test_hostile_titles_and_lyrics_stay_text(tmp_path: Path, pets_store: Path) -> None:
    corpus = copy_sample(tmp_path / "corpus")
    manifest = edit_manifest(corpus, "01_01", title=HOSTILE, concept=HOSTILE, mood=[HOSTILE])
    structure: list[dict[str, Any]] = manifest["structure"]
    structure[0]["section_name"] = HOSTILE
    tracks: list[dict[str, Any]] = manifest["audio_tracks"]
    tracks[0]["description"] = HOSTILE
    edit_manifest(corpus, "01_01", structure=structure, audio_tracks=tracks)
    lyrics = corpus / "01_01" / "01_01.lrc"
    lyrics.write_text(lyrics.read_text().replace("I left a thread across the door", HOSTILE))
    own = sections(material_of(build(corpus, tmp_path)))
    page = Page(render_report(VersionStore(pets_store).version("pets"), own))
    assert "img" not in page.tags
    assert page.handlers() == []
    assert len([script for script in page.scripts if script.strip()]) == 2
    assert all(url.startswith(("#", "data:")) for url in page.pointed_to())
    sheet = page.data["data-songs"]["songs"]["01_01"]
    assert sheet["title"] == HOSTILE
    assert sheet["sections"][0][0] == HOSTILE
    assert any("<script>" in line[2] and "onerror" in line[2] for line in sheet["lines"])
    assert HOSTILE in page.words


def test_the_same_corpus_gives_the_same_sections(sample: Material) -> None:
    assert sections(sample) == sections(sample)


@pytest.mark.parametrize(
    ("colour", "word"),
    [("#231F20", "deep"), ("#AE1E36", "clear"), ("#FFFF00", "pale"), (None, "")],
)
def test_a_colour_that_the_paper_would_swallow_is_known(colour: str | None, word: str) -> None:
    assert paper_tone(colour) == word
