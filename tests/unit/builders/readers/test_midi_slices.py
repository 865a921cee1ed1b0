from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hueset.errors import InputError
from hueset_builders.readers.midi.notes import Score, Tempo, read_midi, slice_midi
from tests.support.midi_oracle import notes_by_mido, notes_of, same_notes

if TYPE_CHECKING:
    from pathlib import Path

META, MSG = mido.MetaMessage, mido.Message
TICK_S = 2e-3
"""No tick of a slice in these tests is longer."""


def file_of(*tracks: list[Any], kind: int = 1, ticks_per_beat: int = 480) -> bytes:
    """A file of tracks of `(tick, message)` in any order."""
    file = mido.MidiFile(type=kind, ticks_per_beat=ticks_per_beat)
    for events in tracks:
        now, track = 0, mido.MidiTrack()
        for tick, message in sorted(events, key=lambda event: event[0]):
            track.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def note(start: int, stop: int, pitch: int, velocity: int = 64, channel: int = 0) -> list[Any]:
    return [
        (start, MSG("note_on", note=pitch, velocity=velocity, channel=channel)),
        (stop, MSG("note_off", note=pitch, channel=channel)),
    ]


def control(tick: int, number: int, value: int, channel: int = 0) -> tuple[int, Any]:
    return tick, MSG("control_change", control=number, value=value, channel=channel)


def cut(data: bytes, start_s: float, end_s: float) -> Score:
    sliced = slice_midi(read_midi(data), start_s, end_s)
    assert sliced is not None
    assert same_notes(notes_of(read_midi(sliced)), notes_by_mido(sliced))
    return read_midi(sliced)


def controls(score: Score) -> list[tuple[float, int, int, int]]:
    events = score.events
    rows = zip(
        events.time_s.tolist(),
        events.status.tolist(),
        events.data1.tolist(),
        events.data2.tolist(),
        strict=True,
    )
    return [(round(time_s, 3), status, first, second) for time_s, status, first, second in rows]


def test_a_slice_starts_at_zero_and_is_as_long_as_it_was_cut() -> None:
    score = cut(file_of(note(480, 960, 60, 33) + note(1_920, 2_000, 61)), 0.25, 1.75)
    assert score.onset_s.tolist() == pytest.approx([0.25])
    assert score.offset_s.tolist() == pytest.approx([0.75])
    assert (score.velocity.tolist(), score.span_s) == ([33], pytest.approx(1.5))
    assert score.flags == {}


def test_the_end_is_exclusive() -> None:
    data = file_of(note(480, 960, 60) + note(960, 1_440, 62))
    assert cut(data, 0.5, 1.0).pitch.tolist() == [60]
    assert cut(data, 1.0, 1.5).pitch.tolist() == [62]


def test_a_slice_without_a_note_is_none() -> None:
    score = read_midi(file_of([*note(480, 960, 60), control(0, 64, 127)]))
    assert slice_midi(score, 0.0, 0.5) is None
    assert slice_midi(score, 1.0, 9.0) is None


def test_a_slice_without_length_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        slice_midi(read_midi(file_of(note(0, 9, 60))), 1.0, 1.0)
    assert caught.value.reason == "empty_slice"


def test_sounding_notes_are_struck_again_ended_at_the_end_and_told() -> None:
    data = file_of(note(0, 4_800, 48, 77) + note(960, 1_000, 50))
    sliced = slice_midi(read_midi(data), 0.5, 1.5)
    assert sliced is not None
    score = read_midi(sliced)
    assert score.pitch.tolist() == [48, 50]
    assert score.onset_s.tolist() == pytest.approx([0.0, 0.5])
    assert score.offset_s[0] == pytest.approx(1.0)
    assert score.velocity.tolist() == [77, 64]
    texts = [m.text for m in mido.MidiFile(file=io.BytesIO(sliced)).tracks[0] if m.type == "text"]
    assert texts == ["struck again at the start: 1"]


def test_the_tempo_in_force_and_later_changes_go_along() -> None:
    conductor = [
        (0, META("set_tempo", tempo=400_000)),
        (480, META("set_tempo", tempo=1_000_000)),
        (960, META("set_tempo", tempo=600_000)),
    ]
    data = file_of(conductor, note(720, 1_440, 60))  # 0.9 s to 2.0 s
    score = cut(data, 0.8, 2.2)
    assert score.tempos == (
        Tempo(0.0, 1_000_000),
        Tempo(pytest.approx(0.6, abs=1e-4), 600_000),  # type: ignore[arg-type]
    )
    assert score.onset_s.tolist() == pytest.approx([0.1], abs=1e-4)
    assert score.offset_s.tolist() == pytest.approx([1.2], abs=1e-4)


def test_signatures_lyrics_and_track_names_go_along() -> None:
    conductor = [
        (0, META("time_signature", numerator=3, denominator=4)),
        (0, META("key_signature", key="Am")),
        (960, META("key_signature", key="E")),
        (480, META("lyrics", text="la")),
        (1_440, META("lyrics", text="no")),
    ]
    data = file_of(conductor, [(0, META("track_name", name="Organ")), *note(480, 1_400, 60)])
    score = cut(data, 0.5, 1.5)
    assert [(s.time_s, s.numerator, s.denominator) for s in score.time_signatures] == [(0, 3, 4)]
    assert [(s.time_s, s.name) for s in score.key_signatures] == [
        (0.0, "A minor"),
        (pytest.approx(0.5), "E major"),
    ]
    assert score.lyrics == ((0.0, "la"),)
    assert score.track_names == (None, "Organ")


def test_what_a_file_never_set_is_not_set_in_its_slices() -> None:
    score = cut(file_of(note(0, 480, 60)), 0.0, 0.4)
    assert (score.tempos, score.time_signatures, score.key_signatures) == ((), (), ())
    assert (score.program.tolist(), controls(score)) == ([-1], [])


def test_program_and_the_last_controllers_stand_at_the_start() -> None:
    events = [
        (0, MSG("program_change", program=19)),
        control(0, 7, 90),
        control(10, 64, 127),
        control(20, 64, 40),
        (30, MSG("pitchwheel", pitch=100)),
        (40, MSG("pitchwheel", pitch=0)),
        (50, MSG("aftertouch", value=9)),
        (60, MSG("polytouch", note=60, value=9)),
        control(70, 123, 0),
        control(600, 64, 0),
        *note(480, 960, 60),
    ]
    score = cut(file_of(events), 0.5, 1.0)
    assert score.program.tolist() == [19]
    assert controls(score) == [
        (0.0, 0xC0, 19, 0),
        (0.0, 0xB0, 7, 90),
        (0.0, 0xB0, 64, 40),
        (0.0, 0xE0, 0, 64),
        (0.0, 0xD0, 9, 0),
        (0.125, 0xB0, 64, 0),
    ]


def test_a_reset_of_all_controllers_is_honoured() -> None:
    events = [
        control(0, 7, 90),
        control(0, 64, 127),
        control(0, 1, 5),
        control(9, 121, 0),
        control(10, 1, 6),
        *note(480, 960, 60),
    ]
    assert controls(cut(file_of(events), 0.5, 1.0)) == [(0.0, 0xB0, 7, 90), (0.0, 0xB0, 1, 6)]


def test_registered_parameters_are_sent_again_whole_and_in_order() -> None:
    rpn = [
        control(0, 101, 0),
        control(0, 100, 0),
        control(0, 6, 12),
        control(0, 101, 127),
        control(0, 100, 127),
    ]
    score = cut(file_of([*rpn, *note(480, 960, 60)]), 0.5, 1.0)
    assert [row[2:] for row in controls(score)] == [
        (101, 0),
        (100, 0),
        (6, 12),
        (101, 127),
        (100, 127),
    ]


def test_a_channel_set_up_on_another_track_is_set_up_where_it_sounds() -> None:
    setup = [
        (0, MSG("program_change", program=19, channel=4)),
        control(700, 7, 50, 4),
        (0, MSG("program_change", program=3, channel=9)),
    ]
    score = cut(file_of(setup, note(480, 960, 60, channel=4)), 0.5, 1.0)
    assert score.program.tolist() == [19]
    assert score.events.status.tolist() == [0xC4, 0xB4]
    assert score.events.track.tolist() == score.track.tolist() * 2


def test_a_controller_stays_on_its_own_track_where_that_sounds() -> None:
    second = [*note(480, 960, 62), control(700, 7, 50)]
    score = cut(file_of(note(480, 960, 60), second), 0.5, 1.0)
    assert dict(zip(score.pitch.tolist(), score.track.tolist(), strict=True)) == {60: 1, 62: 2}
    assert score.events.track.tolist() == [2]


def test_independent_tracks_share_no_controllers() -> None:
    first = [control(0, 7, 50), control(700, 7, 60), *note(480, 960, 60)]
    score = cut(file_of(first, note(480, 960, 62), kind=2), 0.5, 1.0)
    assert score.events.track.tolist() == [1, 1]


def test_a_key_is_released_before_it_is_struck_again_at_the_same_tick() -> None:
    sliced = slice_midi(read_midi(file_of(note(0, 480, 60) + note(480, 960, 60))), 0.0, 1.0)
    assert sliced is not None
    kinds = [m.type for m in mido.MidiFile(file=io.BytesIO(sliced)).tracks[1]]
    assert kinds[:4] == ["note_on", "note_off"] * 2


def test_notes_without_length_stay_without_length() -> None:
    score = cut(file_of(note(480, 480, 60)), 0.0, 1.0)
    assert score.onset_s.tolist() == score.offset_s.tolist() == pytest.approx([0.5])
    assert score.flags == {"zero_length_note": 1}


def test_a_note_that_starts_just_before_the_end_keeps_a_length() -> None:
    score = cut(file_of(note(480, 960, 60)), 0.0, 0.500_001)
    assert (score.offset_s > score.onset_s).all()
    assert score.flags == {}


def test_tracks_that_do_not_sound_are_left_out() -> None:
    data = file_of(note(0, 480, 60), note(480, 960, 61), note(0, 960, 62))
    sliced = slice_midi(read_midi(data), 0.5, 1.0)
    assert sliced is not None
    assert len(mido.MidiFile(file=io.BytesIO(sliced)).tracks) == 3


def test_equal_keys_on_two_tracks_of_one_channel_keep_their_own_lengths() -> None:
    data = file_of(note(0, 960, 60), note(240, 480, 60))
    score = cut(data, 0.0, 2.0)
    assert score.offset_s.tolist() == pytest.approx([1.0, 0.5])


def test_slices_of_smpte_and_of_independent_tracks_keep_their_seconds() -> None:
    smpte = bytearray(file_of(note(1_000, 2_000, 60)))
    smpte[12:14] = (-25 << 8 & 0xFFFF | 40).to_bytes(2)
    score = cut(bytes(smpte), 0.75, 3.0)
    assert (score.onset_s.tolist(), score.offset_s.tolist()) == (
        pytest.approx([0.25], abs=1e-4),
        pytest.approx([1.25], abs=1e-4),
    )
    slow = [(0, META("set_tempo", tempo=1_000_000)), *note(480, 960, 60)]
    score = cut(file_of(slow, note(480, 960, 61), kind=2), 0.25, 3.0)
    assert score.pitch.tolist() == [61, 60]
    assert score.onset_s.tolist() == pytest.approx([0.25, 0.75], abs=1e-4)


def test_a_coarse_file_is_cut_on_a_fine_grid() -> None:
    score = cut(file_of(note(1, 2, 60), ticks_per_beat=4), 0.123, 1.0)
    assert score.onset_s[0] == pytest.approx(0.125 - 0.123, abs=5e-5)


notes_drawn = st.lists(
    st.tuples(
        st.integers(0, 3_000),
        st.integers(0, 900),
        st.integers(58, 61),
        st.integers(1, 127),
        st.integers(0, 1),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=25,
)
tempos_drawn = st.lists(
    st.tuples(st.integers(0, 3_500), st.integers(150_000, 3_000_000)), max_size=3
)
edges_drawn = st.lists(st.floats(0.0, 9.0), min_size=1, max_size=4)


def drawn_file(notes: list[Any], tempos: list[Any], ticks_per_beat: int) -> bytes:
    tracks: list[list[Any]] = [[(t, META("set_tempo", tempo=us)) for t, us in tempos], [], []]
    for start, length, pitch, velocity, channel, track in notes:
        tracks[1 + track] += note(start, start + length, pitch, velocity, channel)
    return file_of(*tracks, ticks_per_beat=ticks_per_beat)


@given(notes_drawn, tempos_drawn, edges_drawn, st.sampled_from([96, 480]))
@settings(deadline=None, max_examples=150)
def test_consecutive_slices_hold_every_onset_once_within_their_length(
    notes: list[Any], tempos: list[Any], edges: list[float], ticks_per_beat: int
) -> None:
    score = read_midi(drawn_file(notes, tempos, ticks_per_beat))
    borders = sorted({0.0, *edges, score.span_s + 1.0})
    found: list[tuple[int, int, int, float]] = []
    for start_s, end_s in pairwise(borders):
        sliced = slice_midi(score, start_s, end_s)
        held = (score.onset_s < start_s) & (score.offset_s > start_s)
        starts = (score.onset_s >= start_s) & (score.onset_s < end_s)
        if sliced is None:
            assert not held.any()
            assert not starts.any()
            continue
        part = read_midi(sliced)
        assert same_notes(notes_of(part), notes_by_mido(sliced))
        assert set(part.flags) <= {"zero_length_note"}
        assert part.onset_s.min() >= 0
        assert part.offset_s.max() <= part.span_s + 1e-9
        assert part.span_s == pytest.approx(end_s - start_s, abs=TICK_S)
        assert part.n_notes == held.sum() + starts.sum()
        restruck = sorted(
            zip(
                score.pitch[held].tolist(),
                score.velocity[held].tolist(),
                score.channel[held].tolist(),
                strict=True,
            )
        )
        rows = list(
            zip(
                part.pitch.tolist(),
                part.velocity.tolist(),
                part.channel.tolist(),
                (part.onset_s + start_s).tolist(),
                strict=True,
            )
        )
        for key in restruck:
            at_start = [row for row in rows if row[:3] == key and row[3] - start_s < 1e-9]
            assert at_start
            rows.remove(at_start[0])
        found += rows
    whole = sorted(
        zip(
            score.pitch.tolist(),
            score.velocity.tolist(),
            score.channel.tolist(),
            score.onset_s.tolist(),
            strict=True,
        )
    )
    assert [row[:3] for row in sorted(found)] == [row[:3] for row in whole]
    assert np.allclose([row[3] for row in sorted(found)], [row[3] for row in whole], atol=TICK_S)


def test_slices_of_every_odd_but_valid_file_can_be_read(data_dir: Path) -> None:
    for path in sorted((data_dir / "midi_features").rglob("*.mid*")):
        score = read_midi(path)
        middle = score.span_s / 2
        for start_s, end_s in ((0.0, 2.5), (middle, middle + 2.5)):
            sliced = slice_midi(score, start_s, end_s)
            if sliced is not None:
                part = read_midi(sliced)
                assert same_notes(notes_of(part), notes_by_mido(sliced)), path.name
                assert part.span_s == pytest.approx(2.5, abs=TICK_S), path.name
