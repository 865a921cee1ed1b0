import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueset.errors import InputError
from hueset_builders.readers.timecode import (
    UNITS,
    follows_previous,
    from_beat_s,
    hour_offset_s,
    parse_stamp,
    read_stamp,
)
from hueset_builders.readers.timecode_evidence import Decision, decide_unit, majority_unit


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
    elif way.over:
        # As the converter does: the sub-frame of 80 is taken for hundredths of a frame.
        fraction = int((int(frame) + round((frame - int(frame)) * 80) / 100) / way.over * 1000)
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
    reading = read_stamp(parse_stamp(f"[00:10.{fraction}]"), unit)
    assert reading.time_s == pytest.approx(time_s, abs=1e-9)
    assert reading.uncertainty_s == pytest.approx(uncertainty_s, abs=1e-9)
    assert reading.in_range


def test_frames_divided_by_another_rate_are_frames_again():
    # 22 frames and 24 sub-frames of 80, written as 22.24 / 30 of a second.
    reading = read_stamp(parse_stamp("[00:10.741]"), "frames25_over30")
    assert reading.time_s == pytest.approx(10 + (22 + 24.5 / 80) / 25, abs=1e-9)
    assert reading.uncertainty_s == pytest.approx(0.00075)
    unit = UNITS["frames25_over30"]
    assert not unit.holds(parse_stamp("[00:10.834]")), "25 / 30 of a second is past the last frame"
    assert not unit.holds(parse_stamp("[00:10.028]")), ".84 of a frame is past the last sub-frame"
    assert unit.values(3) == sum(unit.holds(parse_stamp(f"0:01.{k:03}")) for k in range(1000))


def test_zero_is_exactly_zero_in_every_unit():
    assert {read_stamp(parse_stamp("[00:00.000]"), unit).time_s for unit in UNITS} == {0.0}


def test_a_fraction_its_unit_cannot_write_is_read_otherwise_and_says_so():
    reading = read_stamp(parse_stamp("[04:25.999]"), "frames25_sub")
    assert reading.time_s == pytest.approx(265.999)
    assert (reading.in_range, reading.uncertainty_s) == (False, 0.5)
    sub = read_stamp(parse_stamp("[00:10.124]"), "frames25")
    assert sub.time_s == pytest.approx(10.5)
    assert not sub.in_range


def test_one_unit_past_the_last_frame_is_the_next_second():
    assert read_stamp(parse_stamp("[00:10.025]"), "frames25").time_s == 11.0
    beyond = read_stamp(parse_stamp("[00:10.109]"), "frames25_sub")
    assert beyond.time_s == pytest.approx(10 + (10 + 9 / 8) / 25)


@given(
    st.sampled_from(sorted(set(UNITS) - {"frames29_97", "frames29_97_sub"})),
    st.floats(min_value=0.1, max_value=3000),
)
def test_reading_what_was_written_is_within_the_uncertainty(unit, time_s):
    if UNITS[unit].over:
        whole, frame = divmod(time_s, 1)
        sub_frames = max(10, int(frame * 25 % 1 * 80))
        time_s = whole + (int(frame * 25) + sub_frames / 80) / 25
    reading = read_stamp(parse_stamp(write(time_s, unit)), unit)
    assert abs(reading.time_s - time_s) <= reading.uncertainty_s + 1e-6


@pytest.mark.parametrize("unit", ["ms", "frames25", "frames25_sub"])
def test_range_and_grid_together_decide_with_high_confidence(unit):
    beat_s = 60 / 127
    times = [beat_s * beats for beats in (16, 32, 57, 89, 121, 153, 200, 232, 264, 311)]
    written = stamps(*(write(time_s + 1e-6, unit) for time_s in times))
    decided = decide_unit(written, grid_stamps=written, tempo_bpm=127)
    assert (decided.unit, decided.evidence, decided.confidence) == (unit, "range+grid", "high")


def test_a_falsified_tempo_loses_the_confidence_but_not_the_range():
    beat_s = 60 / 127
    times = [beat_s * beats for beats in (16, 32, 57, 89, 121, 153, 200, 232, 264, 311)]
    written = stamps(*(write(time_s + 1e-6, "frames25_sub") for time_s in times))
    decided = decide_unit(
        written, grid_stamps=written, tempo_bpm=127 * 1.037, inherited="frames25_sub"
    )
    assert (decided.unit, decided.evidence, decided.confidence) == (
        "frames25_sub",
        "range",
        "medium",
    )


def test_what_looks_like_milliseconds_is_frames_divided_by_30_where_the_beat_says_so():
    beat_s = 60 / 141
    times = [beat_s * beats for beats in (16, 31, 49, 65, 95, 129, 145, 160, 177, 207, 223)]
    written = stamps(*(write(time_s + 1e-6, "frames25_over30") for time_s in times))
    decided = decide_unit(written, grid_stamps=written, tempo_bpm=141, inherited="frames25_sub")
    assert (decided.unit, decided.evidence) == ("frames25_over30", "grid")
    assert decided.rate_margin is None
    wrong = decide_unit(
        written, grid_stamps=written, tempo_bpm=141 * 1.037, inherited="frames25_sub"
    )
    assert wrong.confidence == "low"
    true = stamps(*(write(time_s, "ms") for time_s in times))
    assert decide_unit(true, grid_stamps=true, tempo_bpm=141, inherited="frames25_sub").unit == "ms"


def test_lyrics_decide_by_range_alone_and_take_the_rate_of_their_manifest():
    written = stamps(*(f"[00:{10 + at}.{at * 3 % 24:03}]" for at in range(20)))
    assert decide_unit(written).unit == "frames25"
    assert decide_unit(written, inherited="frames30").unit == "frames30"
    assert decide_unit(written, midi_frame_rate=30.0).unit == "frames30"
    assert decide_unit(written).confidence == "medium"


def test_a_frame_beyond_25_in_two_files_of_a_song_outweighs_its_album():
    at_25 = (f"[00:{10 + at}.{at * 23 % 25:02}{at % 8}]" for at in range(24))
    manifest = stamps(*at_25, "[00:40.266]")
    lyrics = stamps(*(f"[00:{10 + at}.{at * 7 % 30:02}{at % 8}]" for at in range(20)))
    alone = decide_unit(manifest, inherited="frames25_sub")
    assert alone.unit == "frames25_sub"
    of_lyrics = decide_unit(lyrics, inherited=alone.unit, rates=alone.rates)
    assert of_lyrics.unit == "frames29_97_sub"
    together = decide_unit(manifest, inherited="frames25_sub", rates=of_lyrics.rates)
    assert together.unit == "frames29_97_sub"
    # 29.97 and 30 differ by a thousandth, which no fraction shows.
    assert (together.evidence, together.confidence) == ("range", "low")
    assert together.rate_margin < 2


def test_a_song_off_the_beat_says_nothing_of_its_rate_by_the_beat():
    written = stamps("[00:10.013]", "[00:17.202]", "[00:31.117]", "[00:52.043]", "[01:09.161]")
    decided = decide_unit(written, grid_stamps=written, tempo_bpm=78)
    assert decided.grid_nats < 6
    by_range = decide_unit(written)
    assert (decided.unit, decided.rate_margin) == (by_range.unit, by_range.rate_margin)


def test_a_beat_that_both_readings_stand_on_decides_nothing():
    # At 400 bpm what 747 means as milliseconds and as frames over 30 lies one beat apart.
    written = stamps("[00:03.747]", "[00:03.748]", "[00:05.704]", "[00:06.746]", "[00:03.751]")
    decided = decide_unit(written, grid_stamps=written, tempo_bpm=400, inherited="ms")
    assert decided.grid_nats > 8
    assert (decided.unit, decided.evidence, decided.confidence) == ("ms", "inherited", "low")


def test_what_a_unit_cannot_write_is_no_evidence_for_it_on_the_beat():
    beat_s = 60 / 127
    written = stamps(*(write(beat_s * beats + 1e-6, "frames25_sub") for beats in (31, 76, 153)))
    assert not any(UNITS["frames25"].holds(stamp) for stamp in written)
    decided = decide_unit(written, grid_stamps=written, tempo_bpm=127, inherited="frames25_sub")
    assert (decided.evidence, decided.confidence) == ("range+grid", "high")


def test_a_file_convinces_the_songs_other_file_only_so_far():
    beat_s = 60 / 127
    times = [beat_s * beats for beats in (16, 32, 57, 89, 121, 153, 200, 232, 264, 311)]
    written = stamps(*(write(time_s + 1e-6, "frames25_sub") for time_s in times))
    manifest = decide_unit(written, grid_stamps=written, tempo_bpm=127)
    assert min(manifest.rates.values()) == -6
    other = stamps(*(f"[00:{10 + at}.{at:03}]" for at in range(1, 30)))
    assert decide_unit(other, inherited="frames25_sub", rates=manifest.rates).unit == "frames29_97"


def test_whole_seconds_and_equal_fractions_on_the_beat_are_no_evidence():
    whole = stamps(*(f"[00:{at:02}.000]" for at in range(4, 60, 4)))
    one = stamps(*(f"[00:{at:02}.124]" for at in range(3, 60, 4)))
    decided = decide_unit(
        [*whole, *one], grid_stamps=[*whole, *one], tempo_bpm=120, inherited="frames25_sub"
    )
    assert (decided.unit, decided.evidence) == ("frames25_sub", "inherited")
    assert decided.confidence == "low"
    # Nor are they a third fraction to two that do stand on the beat.
    two = stamps("[00:07.050]", "[00:11.100]", "[00:16.050]", "[00:17.100]", "[00:09.000]")
    decided = decide_unit(two, grid_stamps=two, tempo_bpm=100, inherited="frames25_sub")
    assert (decided.evidence, decided.confidence) == ("inherited", "low")
    assert decide_unit(whole).evidence == "assumed"
    assert decide_unit(whole, inherited="frames24").unit == "frames24"


def test_milliseconds_are_found_beside_a_manifest_in_frames():
    written = stamps(*(f"[00:{10 + at}.{at * 137 % 1000:03}]" for at in range(1, 20)))
    decided = decide_unit(written, inherited="frames25_sub")
    assert (decided.unit, decided.evidence) == ("ms", "range")


def test_one_mistyped_stamp_does_not_turn_frames_into_milliseconds():
    written = stamps(*(f"[00:{10 + at}.{at * 3 % 24:03}]" for at in range(20)), "[00:50.935]")
    assert decide_unit(written).unit == "frames25"


@pytest.mark.parametrize("texts", [(), ("[00:00.000]",), ("[01:10.000]", "[02:00.012]")])
def test_too_few_stamps_inherit_with_low_confidence(texts):
    decided = decide_unit(stamps(*texts), inherited="frames25")
    assert (decided.unit, decided.evidence, decided.confidence) == ("frames25", "inherited", "low")


@pytest.mark.parametrize(
    ("unit", "midi"),
    [
        ("ms", None),
        ("ms", 25.0),
        ("frames25", None),
        ("frames25", 25.0),
        ("frames24", None),
        ("frames25_sub", 25.0),
        ("frames25_over30", None),
        ("frames25_over30", 25.0),
    ],
)
@pytest.mark.parametrize("texts", [(), ("[00:07.000]", "[01:15.000]")])
def test_a_file_without_a_fraction_inherits_whatever_there_is(unit, midi, texts):
    found = decide_unit(stamps(*texts), inherited=unit, midi_frame_rate=midi)
    assert (found.evidence, found.confidence) == ("inherited", "low")
    assert found.unit == unit


def test_what_is_inherited_must_be_able_to_hold_the_stamps():
    decided = decide_unit(stamps("[01:13.124]"), inherited="frames25")
    assert (decided.unit, decided.confidence) == ("frames25_sub", "low")
    # Then nothing was inherited: the one value decided, and says how little that is.
    assert decided.evidence == "range"
    assert decide_unit(stamps("[01:01.300]"), inherited="frames25").unit == "ms"


def test_a_small_margin_decides_nothing():
    decided = decide_unit(stamps("[00:10.010]", "[00:11.012]", "[00:12.200]"), inherited="ms")
    assert (decided.unit, decided.evidence, decided.confidence) == ("frames25_sub", "range", "low")
    assert 0.5 < decided.range_margin < 4


def test_a_declared_unit_is_believed_and_an_unknown_one_is_an_error():
    assert decide_unit(stamps("[00:01.999]"), declared="frames24") == Decision(
        "frames24", "declared", "high"
    )
    with pytest.raises(InputError, match="unknown timecode unit") as caught:
        decide_unit([], declared="frames52")
    assert "frames25" in str(caught.value.hint)
    assert pickle.loads(pickle.dumps(caught.value)).known == caught.value.known


def test_a_start_one_unit_after_the_previous_end_is_that_end():
    def follow(start, end, unit="frames25"):
        return follows_previous(parse_stamp(start), parse_stamp(end), unit)

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
        Decision(*one) for one in (("ms", "range", "medium"), ("frames25", "inherited", "low"))
    )
    assert majority_unit([own, inherited, inherited]) == "ms"
    assert majority_unit([inherited]) is None


def test_the_distance_to_a_beat_is_taken_to_the_nearest():
    assert from_beat_s(1.02, 60) == pytest.approx(0.02)
    assert from_beat_s(1.98, 60) == pytest.approx(0.02)
    assert math.isclose(from_beat_s(0.5, 60), 0.5)
