from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest

from hueset.errors import InputError
from hueset_builders.readers.midi.notes import (
    KeySignature,
    SmpteOffset,
    Tempo,
    TimeSignature,
    note_statistics,
    read_midi,
)
from tests.support.midi_oracle import notes_by_mido, notes_of, same_notes

if TYPE_CHECKING:
    from pathlib import Path

META, MSG = mido.MetaMessage, mido.Message


def file_of(*tracks: list[Any], kind: int = 1, ticks_per_beat: int = 480) -> bytes:
    file = mido.MidiFile(type=kind, ticks_per_beat=ticks_per_beat)
    file.tracks += [mido.MidiTrack(track) for track in tracks]
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def on(pitch: int, time: int = 0, velocity: int = 64, channel: int = 0) -> Any:
    return MSG("note_on", note=pitch, time=time, velocity=velocity, channel=channel)


def off(pitch: int, time: int = 0, channel: int = 0) -> Any:
    return MSG("note_off", note=pitch, time=time, channel=channel)


def test_notes_are_in_seconds_and_in_order_of_onset() -> None:
    score = read_midi(file_of([on(60), off(60, 480)], [on(72, 240, 99, 3), off(72, 480, 3)]))
    assert score.onset_s.tolist() == [0.0, 0.25]
    assert score.offset_s.tolist() == [0.5, 0.75]
    assert score.pitch.tolist() == [60, 72]
    assert score.velocity.tolist() == [64, 99]
    assert score.channel.tolist() == [0, 3]
    assert score.track.tolist() == [0, 1]
    assert score.program.tolist() == [-1, -1]
    assert (score.n_notes, score.span_s, score.format, score.ticks_per_beat) == (2, 0.75, 1, 480)
    assert score.flags == {}


def test_dtypes_are_those_of_the_docstring() -> None:
    score = read_midi(file_of([]))
    names = ("onset_s", "offset_s", "pitch", "velocity", "channel", "program", "track")
    arrays = {name: getattr(score, name).dtype.name for name in names}
    assert list(arrays.values()) == ["float64", "float64", *["uint8"] * 3, "int16", "int32"]


def test_tempo_changes_on_any_track_bend_the_clock_of_all() -> None:
    conductor = [META("set_tempo", tempo=1_000_000), META("set_tempo", tempo=250_000, time=480)]
    score = read_midi(file_of(conductor, [on(60, 240), off(60, 480)]))
    assert score.onset_s.tolist() == [0.5]
    assert score.offset_s.tolist() == [1.125]
    assert score.tempos == (Tempo(0.0, 1_000_000), Tempo(1.0, 250_000))
    assert [tempo.bpm for tempo in score.tempos] == [60.0, 240.0]


def test_independent_tracks_keep_their_own_clock_and_programs() -> None:
    first = [META("set_tempo", tempo=1_000_000), MSG("program_change", program=5), on(60, 480)]
    score = read_midi(file_of([*first, off(60, 480)], [on(61, 480), off(61, 480)], kind=2))
    assert dict(zip(score.pitch.tolist(), score.onset_s.tolist(), strict=True)) == {60: 1, 61: 0.5}
    assert dict(zip(score.pitch.tolist(), score.program.tolist(), strict=True)) == {60: 5, 61: -1}
    assert score.flags == {"independent_tracks": 2}


@pytest.mark.parametrize(("rate", "seconds"), [(25, 1.0), (24, 25 / 24), (29, 25 * 1001 / 30_000)])
def test_smpte_divisions_count_frames_whatever_the_tempo(rate: int, seconds: float) -> None:
    data = bytearray(file_of([META("set_tempo", tempo=9), on(60, 1000), off(60, 1000)]))
    data[12:14] = struct.pack(">h", -rate << 8 | 40)
    score = read_midi(bytes(data))
    assert score.onset_s.tolist() == pytest.approx([seconds])
    assert score.ticks_per_beat is None


def test_a_note_on_with_velocity_zero_ends_a_note() -> None:
    score = read_midi(file_of([on(60), on(60, 480, velocity=0)]))
    assert score.offset_s.tolist() == [0.5]


def test_of_two_equal_keys_the_first_struck_ends_first() -> None:
    score = read_midi(file_of([on(60, 0, 1), on(60, 480, 2), off(60, 480), off(60, 480)]))
    assert score.velocity.tolist() == [1, 2]
    assert score.offset_s.tolist() == [1.0, 1.5]


def test_a_note_that_is_never_ended_lasts_until_its_track_ends() -> None:
    score = read_midi(file_of([on(60), META("end_of_track", time=960)], [on(61, 2_000), off(61)]))
    assert score.offset_s[0] == 1.0
    assert score.flags == {"note_off_missing": 1, "zero_length_note": 1}


def test_a_note_off_without_a_note_is_counted() -> None:
    assert read_midi(file_of([off(60), off(61)])).flags == {"note_off_unmatched": 2}


def test_programs_are_those_of_the_channel_across_tracks() -> None:
    setup = [
        MSG("program_change", program=7, channel=2),
        MSG("program_change", program=9, channel=2, time=480),
    ]
    notes = [on(60, 0, channel=2), off(60, 480, 2), on(60, 0, channel=2), off(60, 1, 2), on(60)]
    assert read_midi(file_of(notes, setup)).program.tolist() == [7, 9, -1]


def test_signatures_offset_lyrics_and_names_are_read() -> None:
    data = file_of(
        [
            META("track_name", name="Bass"),
            META("smpte_offset", frame_rate=25, hours=1, frames=7),
            META("time_signature", numerator=18, denominator=32),
            META("key_signature", key="F#m"),
            META("lyrics", text="ré", time=480),
            META("key_signature", key="Bb", time=480),
        ],
        [],
    )
    score = read_midi(data)
    assert score.track_names == ("Bass", None)
    assert score.smpte_offset == SmpteOffset(25.0, 1, 0, 0, 7, 0)
    assert score.time_signatures == (TimeSignature(0.0, 18, 32),)
    assert score.key_signatures == (KeySignature(0.0, 3, True), KeySignature(1.0, -2, False))
    assert [key.name for key in score.key_signatures] == ["F# minor", "Bb major"]
    assert score.lyrics == ((0.5, "ré"),)


@pytest.mark.parametrize("key", ["C", "Am", "Cb", "Abm", "C#", "A#m", "Eb", "G#m", "F", "Dm"])
def test_keys_are_named_as_mido_names_them(key: str) -> None:
    [found] = read_midi(file_of([META("key_signature", key=key)])).key_signatures
    assert found.name == f"{key.removesuffix('m')} {'minor' if key.endswith('m') else 'major'}"


@pytest.mark.parametrize(
    ("payload", "kind"), [(b"\x09\x00", 0x59), (b"\x01\x02", 0x59), (b"\x04", 0x58), (b"", 0x54)]
)
def test_a_meta_event_that_makes_no_sense_is_left_out_and_counted(
    payload: bytes, kind: int
) -> None:
    body = b"\x00" + bytes((0xFF, kind, len(payload))) + payload + b"\x00\xff\x2f\x00"
    data = struct.pack(">4sLHHh4sL", b"MThd", 6, 1, 1, 96, b"MTrk", len(body)) + body
    score = read_midi(data)
    assert score.flags == {"malformed_meta": 1}
    assert (score.key_signatures, score.time_signatures, score.smpte_offset) == ((), (), None)


@pytest.mark.parametrize("payload", [b"\x00\x00\x00", b"\x07\xa1"])
def test_a_tempo_that_makes_no_sense_is_refused(payload: bytes) -> None:
    body = b"\x00" + bytes((0xFF, 0x51, len(payload))) + payload + b"\x00\xff\x2f\x00"
    data = struct.pack(">4sLHHh4sL", b"MThd", 6, 1, 1, 96, b"MTrk", len(body)) + body
    with pytest.raises(InputError, match="tick 0") as caught:
        read_midi(data)
    assert caught.value.reason == "malformed_tempo"


def test_a_path_is_named_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "lost.mid"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(InputError, match=r"lost\.mid") as caught:
        read_midi(path)
    assert caught.value.reason == "lfs_pointer"


def pedal(value: int, time: int, channel: int = 0) -> Any:
    return MSG("control_change", control=64, value=value, time=time, channel=channel)


def test_statistics_count_what_starts_within_the_stretch() -> None:
    score = read_midi(
        file_of([on(60, 0, 50), on(64, 480, 70), on(76, 480, 90), off(60, 480), off(64), off(76)])
    )
    found = note_statistics(score, 0.5, 1.5)
    assert (found.n_notes, found.n_held_over, found.notes_per_s) == (2, 1, 2.0)
    assert (found.pitch_min, found.pitch_max) == (64, 76)
    assert (found.velocity_mean, found.velocity_sd) == (80.0, 10.0)
    assert found.pitch_class_counts == (0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0)
    assert found.pedal_share is None


def test_statistics_of_a_stretch_without_notes_are_null_not_zero() -> None:
    found = note_statistics(read_midi(file_of([on(60), off(60, 480)])), 2, 3)
    assert (found.n_notes, found.notes_per_s) == (0, 0.0)
    assert (found.pitch_min, found.pitch_max, found.velocity_mean, found.velocity_sd) == (None,) * 4


def test_a_stretch_without_length_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        note_statistics(read_midi(file_of([])), 1, 1)
    assert caught.value.reason == "empty_slice"


def test_pedal_share_is_the_time_with_any_pedal_down() -> None:
    score = read_midi(
        file_of(
            [
                pedal(64, 480),
                pedal(100, 240, 1),
                pedal(63, 240),
                pedal(0, 480, 1),
                pedal(127, 480),
                META("end_of_track", time=480),
            ]
        )
    )
    assert score.pedal_s is not None
    assert score.pedal_s.tolist() == [[0.5, 1.5], [2.0, 2.5]]
    assert note_statistics(score, 0.0, 1.0).pedal_share == 0.5
    assert note_statistics(score, 1.5, 2.0).pedal_share == 0.0


def test_every_odd_but_valid_file_gives_the_notes_that_mido_gives(data_dir: Path) -> None:
    paths = sorted(p for p in (data_dir / "midi_features").rglob("*.mid*"))
    assert len(paths) == 98
    for path in paths:
        data = path.read_bytes()
        assert same_notes(notes_of(read_midi(data)), notes_by_mido(data)), path.name


def maestro(data_dir: Path, step: int) -> list[bytes]:
    with zipfile.ZipFile(data_dir / "maestro" / "maestro-v3.0.0-midi.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith((".mid", ".midi")))
        assert len(names) == 1_276
        return [archive.read(name) for name in names[::step]]


def test_performances_give_the_notes_that_mido_gives(data_dir: Path) -> None:
    for data in maestro(data_dir, 250):
        assert same_notes(notes_of(read_midi(data)), notes_by_mido(data))


@pytest.mark.full
@pytest.mark.timeout(3_600)
def test_all_performances_give_the_published_number_of_notes_and_those_of_mido(
    data_dir: Path,
) -> None:
    count = 0
    for data in maestro(data_dir, 1):
        notes = notes_of(read_midi(data))
        assert same_notes(notes, notes_by_mido(data))
        count += len(notes)
    assert count == 7_040_164


def test_the_files_of_a_real_song_carry_its_clock(data_dir: Path) -> None:
    [path] = (data_dir / "white-sample").rglob("01_01_drums.mid")
    score = read_midi(path)
    assert score.n_notes == 973
    assert score.smpte_offset == SmpteOffset(25.0, 1, 0, 0, 0, 0)
    assert score.tempos[0].bpm == pytest.approx(136, abs=1e-3)
    assert np.all(np.diff(score.onset_s) >= 0)
