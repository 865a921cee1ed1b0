from dataclasses import replace
from itertools import pairwise

import pytest

from hueset_builders.chromatic.manifest import ManifestSection, SongManifest
from hueset_builders.chromatic.timecode_units import decide_manifest, decide_song
from hueset_builders.chromatic.timed_text import section_at
from hueset_builders.chromatic.timing import time_song
from hueset_builders.readers.lyrics import parse_lrc
from hueset_builders.readers.timecode import parse_stamp


def manifest(*sections, trt="[01:00.000]", tempo_bpm=120.0, timecode: str | None = "ms"):
    return SongManifest(
        song_id="01_01",
        title="T",
        colour="Z",
        tempo_bpm=tempo_bpm,
        time_signature="4/4",
        key="A minor",
        release_date=None,
        track_no=1,
        running_time=parse_stamp(trt) if trt else None,
        running_time_written=trt,
        vocals=True,
        lyrics=True,
        concept="A door.",
        main_audio_file=None,
        lrc_file=None,
        moods=(),
        genres=(),
        sounds_like=(),
        tracks=(),
        timecode={"manifest": timecode, "lrc": timecode} if timecode else {},
        sections=tuple(
            ManifestSection(f"S{at}", "", parse_stamp(start), parse_stamp(end), start, end)
            for at, (start, end) in enumerate(sections)
        ),
    )


def flags(timing):
    return [section.flags for section in timing.sections]


def test_a_start_one_unit_after_the_end_is_the_end():
    written = manifest(
        ("[00:00.000]", "[00:10.012]"), ("[00:10.013]", "[01:00.000]"), timecode="frames25"
    )
    timing = time_song(written, None)
    first, second = timing.sections
    assert second.joined
    assert second.start_s == first.end_s == pytest.approx(10.5)
    assert flags(timing) == [(), ()]
    assert not first.joined


def test_sections_that_cannot_be_right_are_flagged():
    written = manifest(
        ("[00:00.000]", "[00:20.000]"),
        ("[00:15.000]", "[00:30.000]"),
        ("[00:30.001]", "[00:30.000]"),
        ("[00:40.000]", "[00:40.000]"),
        ("[00:50.000]", "[02:00.000]"),
    )
    timing = time_song(written, None)
    assert flags(timing) == [(), ("overlapping",), ("negative",), ("zero",), ("past_end",)]
    assert [section.until_s for section in timing.sections] == [20.0, 30.0, 40.0, 50.0, 60.0]
    assert [fault.check for fault in timing.faults][-4:] == [
        "input.section_overlapping",
        "input.section_negative",
        "input.section_zero",
        "input.section_past_end",
    ]


def test_a_running_time_before_its_sections_gives_way_to_them():
    written = manifest(
        ("[00:00.000]", "[00:30.000]"), ("[00:30.000]", "[00:59.000]"), trt="[00:03.086]"
    )
    timing = time_song(written, None)
    assert (timing.running_time_s, timing.running_time_source) == (59.0, "last_stamp")
    assert timing.faults[0].check == "input.trt_before_sections"


def test_audio_is_believed_before_what_is_written():
    written = manifest(("[00:00.000]", "[01:00.000]"))
    main = time_song(written, None, main_audio_s=58.0, longest_stem_s=61.0)
    assert (main.running_time_s, main.running_time_source) == (58.0, "main_audio")
    assert {fault.check for fault in main.faults} == {
        "input.trt_not_audio_length",
        "input.section_past_end",
    }


def test_a_stem_is_believed_only_where_the_written_time_cannot_be():
    written = manifest(("[00:00.000]", "[01:00.000]"))
    assert time_song(written, None, longest_stem_s=845.0).running_time_source == "trt"
    unwritten = manifest(("[00:00.000]", "[01:00.000]"), trt=None)
    stem = time_song(unwritten, None, longest_stem_s=60.5)
    assert (stem.running_time_s, stem.running_time_source) == (60.5, "longest_stem")


def test_lines_last_to_the_next_stamp_and_the_last_one_three_seconds():
    lyrics = parse_lrc(b"[00:10.000]a\n[00:12.000]b\n[00:20.000]\n[00:30.000]c")
    timing = time_song(manifest(("[00:00.000]", "[01:00.000]")), lyrics)
    assert [(line.start_s, line.end_s, line.end_assumed) for line in timing.lines] == [
        (10.0, 12.0, False),
        (12.0, 20.0, False),
        (30.0, 33.0, True),
    ]


def test_an_offset_tag_moves_every_line():
    lyrics = parse_lrc(b"[offset: 500]\n[00:10.000]a")
    timing = time_song(manifest(("[00:00.000]", "[01:00.000]")), lyrics)
    assert timing.lines[0].start_s == 9.5


def test_an_hour_is_taken_off_and_told():
    lyrics = parse_lrc(b"[60:10.000]a\n[60:20.000]b")
    timing = time_song(manifest(("[00:00.000]", "[01:00.000]")), lyrics)
    assert [line.start_s for line in timing.lines] == [10.0, 20.0]
    assert [fault.check for fault in timing.faults] == ["input.lyrics_hour_offset"]


def test_lines_that_go_back_or_stand_on_each_other_are_flagged():
    lyrics = parse_lrc(b"[00:10.000]a\n[00:10.000]b\n[00:05.000]c\n[00:15.000]d")
    timing = time_song(manifest(("[00:00.000]", "[01:00.000]")), lyrics)
    assert [line.flags for line in timing.lines] == [("zero",), (), ("not_rising",), ()]
    assert timing.lines[2].end_s == 10.0


def test_the_latest_of_overlapping_sections_holds_a_point():
    written = manifest(("[00:00.000]", "[00:20.000]"), ("[00:15.000]", "[00:30.000]"))
    sections = time_song(written, None).sections
    assert section_at(sections, 17.0).index == 1
    assert section_at(sections, 14.0).index == 0
    assert section_at(sections, 31.0) is None


def undeclared(*points, **changes):
    """Return a manifest without a stated unit whose sections lie between points."""
    return manifest(*pairwise(points), trt=points[-1], timecode=None, **changes)


def test_an_end_one_unit_before_a_whole_second_is_no_evidence_of_milliseconds():
    # The end was made of the start, by taking one in decimal: `.999` is `.000`, `.099` is `.100`.
    written = manifest(
        ("[00:00.000]", "[00:20.099]"),
        ("[00:20.100]", "[00:31.999]"),
        ("[00:32.000]", "[00:40.124]"),
        ("[00:40.125]", "[00:52.232]"),
        ("[00:52.233]", "[01:00.000]"),
        timecode=None,
    )
    decided = decide_manifest(written, album_unit="frames25_sub")
    assert (decided.unit, decided.evidence) == ("frames25_sub", "range")
    timing = time_song(written, None, album_unit="frames25_sub")
    assert timing.sections[1].end_s == timing.sections[2].start_s == pytest.approx(32.0025)
    assert timing.sections[1].flags == timing.sections[2].flags == ()
    assert timing.sections[2].uncertainty_s == pytest.approx(0.0025)


def test_manifest_and_lyrics_share_a_frame_rate():
    written = undeclared(
        *(f"[00:{at * 2:02}.{at * 11 % 25:02}{at % 8}]" for at in range(1, 25)), "[00:58.271]"
    )
    lines = "".join(f"[00:{10 + at}.{at * 7 % 30:02}]\na line\n" for at in range(24))
    alone, _ = decide_song(written, None, album_unit="frames25_sub")
    assert alone.unit == "frames25_sub"
    unit, of_lyrics = decide_song(written, parse_lrc(lines.encode()), album_unit="frames25_sub")
    assert (unit.unit, of_lyrics.unit) == ("frames29_97_sub", "frames29_97")
    assert (unit.confidence, of_lyrics.confidence) == ("low", "low"), "it may be 30"


def test_lyrics_take_the_rate_that_the_manifest_states():
    lines = "".join(f"[00:{10 + at}.{at * 7 % 24:02}]\na\n" for at in range(12))
    stated = replace(undeclared("[00:00.000]", "[01:00.000]"), timecode={"manifest": "frames30"})
    _, of_lyrics = decide_song(stated, parse_lrc(lines.encode()), album_unit="frames25")
    assert of_lyrics.unit == "frames30"


def test_lyrics_an_hour_late_stand_on_the_beat_of_a_tempo_that_is_no_whole_number():
    beat_s = 60 / 87.11
    times = [beat_s * beats for beats in (8, 17, 30, 41, 50, 62, 71, 80)]
    frames = [(int(time), int(time % 1 * 25)) for time in times]
    lines = "".join(f"[60:{whole:02}.{frame:03}]\na\n" for whole, frame in frames)
    written = manifest(("[00:00.000]", "[01:00.000]"), timecode=None, tempo_bpm=87.11)
    _, of_lyrics = decide_song(written, parse_lrc(lines.encode()))
    assert of_lyrics.grid_nats > 8
    assert (of_lyrics.unit, of_lyrics.confidence) == ("frames25", "high")


def test_what_is_wrong_is_said_in_words():
    written = manifest(
        ("[00:00.000]", "[00:07.056]"),
        ("[00:07.057]", "[00:27.039]"),
        ("[00:30.000]", "[00:20.000]"),
        ("[00:40.000]", "[01:00.000]"),
        timecode="frames25_sub",
    )
    lyrics = parse_lrc(b"[00:10.000]a\n[00:10.000]b\n[00:12.991]c")
    messages = [fault.message for fault in time_song(written, lyrics).faults]
    assert messages == [
        "[00:07.057] to [00:27.039]: frames25_sub cannot write [00:27.039]",
        "[00:30.000] to [00:20.000]: it ends before it starts",
        "00:10.000 is read as 10.002 s; so is the next stamp: the line has no length",
        "00:12.991 is read as 12.991 s; frames25_sub cannot write that fraction",
    ]


def test_a_song_whose_last_section_has_no_end_is_longer_than_anything_says():
    written = manifest(
        ("[00:00.000]", "[00:30.000]"), ("[00:30.001]", "[00:03.086]"), trt="[00:03.086]"
    )
    timing = time_song(written, None)
    assert (timing.running_time_s, timing.running_time_source) == (30.0, "last_stamp")
    assert timing.lower_bound
    assert timing.sections[-1].until_s == timing.sections[-1].start_s == 30.0
    ended = manifest(("[00:00.000]", "[00:30.000]"), ("[00:30.001]", "[00:50.000]"), trt=None)
    assert not time_song(ended, None).lower_bound
    sung = time_song(manifest(trt=None), parse_lrc(b"[00:10.000]a"))
    assert (sung.running_time_s, sung.lower_bound) == (13.0, True)


def test_lyrics_of_which_every_line_lies_past_the_song_are_refused():
    written = manifest(("[00:00.000]", "[01:00.000]"))
    timing = time_song(written, parse_lrc(b"[02:10.000]a\n[02:12.000]b"))
    assert timing.lines == ()
    assert [line.stamp.text for line in timing.refused] == ["02:10.000", "02:12.000"]
    assert [fault.check for fault in timing.faults] == ["input.lyrics_outside_song"]
    one = time_song(written, parse_lrc(b"[00:10.000]a\n[02:12.000]b"))
    assert (len(one.lines), one.refused) == (2, ())


def test_a_line_is_too_short_by_its_letters_and_too_long_by_its_seconds():
    text = b"[00:10.000]%s\n[00:10.500]b\n[00:41.000]c"
    written = manifest(("[00:00.000]", "[01:00.000]"))
    fast, slow = (time_song(written, parse_lrc(text % one)) for one in (b"a" * 16, b"a, " * 15))
    assert [line.flags for line in fast.lines] == [("short",), ("long",), ()]
    assert [line.flags for line in slow.lines] == [(), ("long",), ()]
