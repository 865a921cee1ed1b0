from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest
import soundfile as sf
import yaml

from tools.make_sample_album import SHIPPED, make_album, notes, stamp
from tools.songs import ALBUM, Song

if TYPE_CHECKING:
    from pathlib import Path

SONGS = pytest.mark.parametrize("song", ALBUM, ids=lambda song: song.song_id)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fresh")
    make_album(folder)
    return folder


def manifest(song: Song) -> dict[str, Any]:
    path = SHIPPED / song.song_id / f"{song.song_id}.yml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_two_runs_write_the_same_bytes(fresh: Path, tmp_path: Path) -> None:
    make_album(tmp_path)
    assert files(tmp_path) == files(fresh)
    for name in files(fresh):
        assert (tmp_path / name).read_bytes() == (fresh / name).read_bytes(), name


def test_the_shipped_album_is_what_the_tool_makes(fresh: Path) -> None:
    assert files(SHIPPED) == files(fresh)
    for name in files(fresh):
        shipped, made = SHIPPED / name, fresh / name
        if name.endswith(".flac"):  # another FLAC encoder may pack the same samples otherwise
            assert np.array_equal(sf.read(shipped)[0], sf.read(made)[0]), name
        else:
            assert shipped.read_bytes() == made.read_bytes(), name


def test_the_shipped_album_is_small() -> None:
    assert sum((SHIPPED / name).stat().st_size for name in files(SHIPPED)) < 3_000_000


@SONGS
def test_the_manifest_names_exactly_the_files_that_lie_beside_it(song: Song) -> None:
    fields = manifest(song)
    named = {f"{song.song_id}.yml", fields["main_audio_file"]}
    named |= {fields["lrc_file"]} if "lrc_file" in fields else set()
    for track in fields["audio_tracks"]:
        named |= {track[k] for k in ("audio_file", "midi_file", "midi_group_file") if k in track}
    assert named == set(files(SHIPPED / song.song_id))


@SONGS
def test_parts_and_audio_last_exactly_as_long_as_the_song(song: Song) -> None:
    for part in song.parts:
        words = part.music.replace("|", " ").split()
        assert sum(float(word.partition(":")[2]) for word in words) == song.beats, part.name
    for path in (SHIPPED / song.song_id).glob("*.flac"):
        info = sf.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (22_050, 1, "PCM_16")
        assert info.duration == pytest.approx(song.beats * 60 / song.bpm, abs=1e-4)
        assert 20 <= info.duration <= 30


@SONGS
def test_midi_holds_the_notes_that_were_synthesised(song: Song) -> None:
    for part in (part for part in song.parts if part.midi and not part.shared_midi):
        [path] = (SHIPPED / song.song_id).glob(f"{song.song_id}_{part.number:02d}_*.mid")
        file = mido.MidiFile(path)
        beat, found = 0.0, []
        for message in file.tracks[1]:
            beat += message.time / file.ticks_per_beat
            if message.type == "note_on":
                found.append((beat, message.note))
        assert found == sorted((start, pitch) for start, _, pitch in notes(part))


@pytest.mark.parametrize(
    ("time_s", "unit", "written"),
    [
        (75.5, "ms", "[01:15.500]"),
        (75.5, "frames", "[01:15.012]"),
        (75.5, "subframes", "[01:15.124]"),
        (59.9999, "frames", "[00:59.024]"),
        (0.0, "subframes", "[00:00.000]"),
    ],
)
def test_a_stamp_is_truncated_in_its_unit(time_s: float, unit: Any, written: str) -> None:
    assert stamp(time_s, unit) == written


def test_the_three_songs_write_their_stamps_in_three_units() -> None:
    fractions = {}
    for song in ALBUM:
        text = "".join(p.read_text() for p in (SHIPPED / song.song_id).glob("*.[yl][mr][lc]"))
        fractions[song.stamps] = max(int(f) for f in re.findall(r"\[\d\d:\d\d\.(\d{3})\]", text))
    assert fractions["frames"] < 25 <= fractions["subframes"] < 250 <= fractions["ms"]
