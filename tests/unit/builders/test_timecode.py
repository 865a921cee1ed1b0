import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.timecode import (
    UNITS,
    follows,
    from_beat_s,
    hour_offset_s,
    parse_stamp,
    read,
)
from builders.timecode_evidence import Decision, decide, majority
from hueset.errors import InputError


def stamps(*texts):
    return [parse_stamp(text) for text in texts]


def write(time_s, unit):
    """Write a time as a workstation does: frames truncated, milliseconds to the nearest."""
    way = UNITS[unit]
    time_s = round(time_s, 3) if unit == "ms" else time_s
    whole = int(time_s)
    frame = (time_s - whole) * way.rate
    if unit == "ms":
        fraction = round((time_s - whole) * 1000)
    elif way.sub_frames:
        fraction = int(frame) * 10 + int((frame - int(frame)) * 8)
    else:
        fraction = int(frame)
    return f"[{whole // 60:02}:{whole % 60:02}.{fraction:03}]"


@pytest.mark.parametrize(
    ("text", "whole_s", "fraction", "digits"),
    [
        ("[00:14.027]", 14, 27, 3),
        ("[01:00.29]", 60, 29, 2),
        ("[00:18.086 ]", 18, 86, 3),
        ("[ 0:9.75]", 9, 75, 2),
        ("<00:06.50>", 6, 50, 2),
        ("60:43.251", 3643, 251, 3),
        ("[1:00:43.251]", 3643, 251, 3),
        ("[00:12]", 12, 0, 0),
        ("[00:12:05]", 12, 5, 2),
        ("[00:12,500]", 12, 500, 3),
    ],
)
def test_a_stamp_is_read_as_it_is_written(text, whole_s, fraction, digits):
    stamp = parse_stamp(text)
    assert (stamp.whole_s, stamp.fraction, stamp.digits) == (whole_s, fraction, digits)


@pytest.mark.parametrize("text", ["", "[-00:01.000]", "[00:61.000]", "abc", "[1:2:3:4.5]", "[::]"])
def test_what_is_no_stamp_is_refused(text):
    with pytest.raises(InputError):
        parse_stamp(text)


@pytest.mark.parametrize(
    ("unit", "fraction", "time_s", "uncertainty_s"),
    [
        ("ms", "500", 10.5, 0.0005),
        ("frames25", "012", 10 + 12.5 / 25, 0.02),
        ("frames25_sub", "124", 10 + (12 + 4.5 / 8) / 25, 0.0025),
        ("frames24", "012", 10 + 12.5 / 24, 0.5 / 24),
        ("frames30", "015", 10 + 15.5 / 30, 0.5 / 30),
        ("frames29_97", "015", 10.01 + 15.5 * 1.001 / 30, 1.001 / 60),
    ],
)
def test_a_stamp_is_read_in_the_middle_of_its_interval(unit, fraction, time_s, uncertainty_s):
    reading = read(parse_stamp(f"[00:10.{fraction}]"), unit)
    assert reading.time_s == pytest.approx(time_s, abs=1e-9)
    assert reading.uncertainty_s == pytest.approx(uncertainty_s, abs=1e-9)
    assert reading.in_range


def test_zero_is_exactly_zero_in_every_unit():
    assert {read(parse_stamp("[00:00.000]"), unit).time_s for unit in UNITS} == {0.0}


def test_a_fraction_its_unit_cannot_write_is_read_otherwise_and_says_so():
    reading = read(parse_stamp("[04:25.999]"), "frames25_sub")
    assert reading.time_s == pytest.approx(265.999)
    assert (reading.in_range, reading.uncertainty_s) == (False, 0.5)
    sub = read(parse_stamp("[00:10.124]"), "frames25")
    assert sub.time_s == pytest.approx(10.5)
    assert not sub.in_range


def test_one_unit_past_the_last_frame_is_the_next_second():
    assert read(parse_stamp("[00:10.025]"), "frames25").time_s == 11.0
    beyond = read(parse_stamp("[00:10.109]"), "frames25_sub")
    assert beyond.time_s == pytest.approx(10 + (10 + 9 / 8) / 25)


@given(
    st.sampled_from(sorted(set(UNITS) - {"frames29_97", "frames29_97_sub"})),
    st.floats(min_value=0.1, max_value=3000),
)
def test_reading_what_was_written_is_within_the_uncertainty(unit, time_s):
    reading = read(parse_stamp(write(time_s, unit)), unit)
    assert abs(reading.time_s - time_s) <= reading.uncertainty_s + 1e-6


@pytest.mark.parametrize("unit", ["ms", "frames25", "frames25_sub"])
def test_range_and_grid_together_decide_with_high_confidence(unit):
    beat_s = 60 / 127
    times = [beat_s * beats for beats in (16, 32, 57, 89, 121, 153, 200, 232, 264, 311)]
    written = stamps(*(write(time_s + 1e-6, unit) for time_s in times))
    decided = decide(written, grid_stamps=written, tempo_bpm=127)
    assert (decided.unit, decided.evidence, decided.confidence) == (unit, "range+grid", "high")


def test_a_falsified_tempo_loses_the_confidence_but_not_the_range():
    beat_s = 60 / 127
    times = [beat_s * beats for beats in (16, 32, 57, 89, 121, 153, 200, 232, 264, 311)]
    written = stamps(*(write(time_s + 1e-6, "frames25_sub") for time_s in times))
    decided = decide(written, grid_stamps=written, tempo_bpm=127 * 1.037)
    assert (decided.unit, decided.evidence, decided.confidence) == (
        "frames25_sub",
        "range",
        "medium",
    )


def test_lyrics_decide_by_range_alone_and_take_the_rate_of_their_manifest():
    written = stamps(*(f"[00:{10 + at}.{at * 3 % 24:03}]" for at in range(20)))
    assert decide(written).unit == "frames25"
    assert decide(written, inherited="frames30").unit == "frames30"
    assert decide(written, midi_frame_rate=30.0).unit == "frames30"
    assert decide(written).confidence == "medium"


def test_milliseconds_are_found_beside_a_manifest_in_frames():
    written = stamps(*(f"[00:{10 + at}.{at * 137 % 1000:03}]" for at in range(1, 20)))
    decided = decide(written, inherited="frames25_sub")
    assert (decided.unit, decided.evidence) == ("ms", "range")


def test_one_mistyped_stamp_does_not_turn_frames_into_milliseconds():
    written = stamps(*(f"[00:{10 + at}.{at * 3 % 24:03}]" for at in range(20)), "[00:50.935]")
    assert decide(written).unit == "frames25"


@pytest.mark.parametrize("texts", [(), ("[00:00.000]",), ("[01:10.000]", "[02:00.012]")])
def test_too_few_stamps_inherit_with_low_confidence(texts):
    decided = decide(stamps(*texts), inherited="frames25")
    assert (decided.unit, decided.evidence, decided.confidence) == ("frames25", "inherited", "low")


def test_what_is_inherited_must_be_able_to_hold_the_stamps():
    decided = decide(stamps("[01:13.124]"), inherited="frames25")
    assert (decided.unit, decided.confidence) == ("frames25_sub", "low")
    assert decide(stamps("[01:01.300]"), inherited="frames25").unit == "ms"


def test_a_small_margin_decides_nothing():
    decided = decide(stamps("[00:10.010]", "[00:11.012]", "[00:12.200]"), inherited="ms")
    assert (decided.evidence, decided.confidence) == ("inherited", "low")
    assert 0.5 < decided.range_margin < 4


def test_a_declared_unit_is_believed_and_an_unknown_one_is_an_error():
    assert decide(stamps("[00:01.999]"), declared="frames24") == Decision(
        "frames24", "declared", "high"
    )
    with pytest.raises(InputError, match="unknown timecode unit") as caught:
        decide([], declared="frames52")
    assert "frames25" in str(caught.value.hint)
    assert pickle.loads(pickle.dumps(caught.value)).known == caught.value.known


def test_a_start_one_unit_after_the_previous_end_is_that_end():
    def follow(start, end, unit="frames25"):
        return follows(parse_stamp(start), parse_stamp(end), unit)

    assert follow("[00:14.010]", "[00:14.009]")
    assert follow("[00:14.010]", "[00:14.010]")
    assert follow("[00:15.000]", "[00:14.024]")
    assert follow("[00:15.000]", "[00:14.247]", "frames25_sub")
    assert follow("[00:15.000]", "[00:14.999]", "ms")
    assert not follow("[00:15.000]", "[00:14.024]", "ms")
    assert not follow("[00:14.011]", "[00:14.009]")
    assert not follow("[00:14.009]", "[00:14.010]")


def test_hours_are_taken_off_only_where_that_explains_every_stamp():
    assert hour_offset_s([3643.25, 3755.15], 200.0) == 3600
    assert hour_offset_s([43.25, 155.15], 200.0) == 0
    assert hour_offset_s([3643.25, 3900.0], 200.0) == 0
    assert hour_offset_s([], 200.0) == 0


def test_the_majority_counts_only_files_that_decided_for_themselves():
    own, inherited = (
        Decision(u, e, "low") for u, e in (("ms", "range"), ("frames25", "inherited"))
    )
    assert majority([own, inherited, inherited]) == "ms"
    assert majority([inherited]) is None


def test_the_distance_to_a_beat_is_taken_to_the_nearest():
    assert from_beat_s(1.02, 60) == pytest.approx(0.02)
    assert from_beat_s(1.98, 60) == pytest.approx(0.02)
    assert math.isclose(from_beat_s(0.5, 60), 0.5)
