"""What is wrong with a song's times, each in a plain phrase with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset_builders.chromatic.manifest import ManifestFault
from hueset_builders.chromatic.timed_text import (
    LONG_LINE_S,
    MAX_SUNG_LETTERS_PER_S,
    SLACK_S,
    letters_per_s,
)
from hueset_builders.readers.timecode import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hueset_builders.chromatic.manifest import SongManifest
    from hueset_builders.chromatic.song_timing import SongTiming
    from hueset_builders.chromatic.timed_text import TimedLyric, TimedSection

AUDIO_SLACK_S = 0.5
"""How far the running time written may differ from the length of the audio."""

SECTION_PHRASES = {
    "negative": "it ends before it starts",
    "zero": "it has no length",
    "overlapping": "it starts before the previous section ends",
    "past_end": "it passes the running time of {running_s:.2f} s",
    "unreadable": "that is no pair of timestamps",
    "fraction_out_of_range": "{unit} cannot write {odd}",
}
LYRIC_PHRASES = {
    "zero": "so is the next stamp: the line has no length",
    "not_rising": "an earlier line starts later",
    "past_end": "the song ends at {running_s:.2f} s",
    "fraction_out_of_range": "{unit} cannot write that fraction",
    "short": "the next stamp comes {length_s:.3f} s later, which is {letters:.0f} letters a second "
    f"(at most {MAX_SUNG_LETTERS_PER_S:.0f} can be sung)",
    "long": "the next stamp comes {length_s:.1f} s later "
    f"(a line lasts at most {LONG_LINE_S:.0f} s)",
}


def faults_of(
    manifest: SongManifest, timing: SongTiming, main_audio_s: float | None
) -> Iterable[ManifestFault]:
    """Yield every defect of a song's times."""
    file = f"{manifest.song_id}.yml"
    trt, running = timing.trt_s, timing.running_time_s
    if trt is not None and timing.running_time_source == "last_stamp":
        told = f"TRT is {trt:.2f} s, but the sections run to {running:.2f} s"
        yield ManifestFault("input.trt_before_sections", told, f"{file}: TRT")
    if trt is not None and main_audio_s is not None and abs(trt - main_audio_s) > AUDIO_SLACK_S:
        told = f"TRT is {trt:.2f} s, the main audio {main_audio_s:.2f} s"
        yield ManifestFault("input.trt_not_audio_length", told, f"{file}: TRT")
    if timing.lower_bound:
        last = max(timing.sections, key=lambda one: one.start_s or 0.0, default=None)
        what = f"{last.section.name!r}" if last else "the song"
        told = f"nothing says where {what} ends: it is longer than the {running:.2f} s believed"
        yield ManifestFault("input.running_time_lower_bound", told, f"{file}: structure")
    ends = [section.end_s for section in timing.sections]
    if trt is not None and ends and ends[-1] is not None and abs(ends[-1] - trt) > SLACK_S:
        told = f"the last section ends at {ends[-1]:.2f} s, TRT is {trt:.2f} s"
        yield ManifestFault("input.last_section_not_trt", told, f"{file}: structure")
    for section in timing.sections:
        for flag in section.flags:
            told = f"{section.section.start_written} to {section.section.end_written}: "
            told += _section_phrase(flag, section, timing)
            place = f"{file}: section {section.index + 1} {section.section.name!r}"
            yield ManifestFault(f"input.section_{flag}", told, place)
    lyrics_file = f"{manifest.song_id}.lrc"
    if timing.hour_offset_s:
        told = f"every stamp carries {timing.hour_offset_s} s of SMPTE hours; they are taken off"
        yield ManifestFault("input.lyrics_hour_offset", told, lyrics_file)
    if timing.refused:
        first = timing.refused[0].stamp.text
        told = f"all {len(timing.refused)} lines, from {first} on, lie past the {running:.2f} s of "
        told += "the song in every unit: these are another song's, and are refused"
        yield ManifestFault("input.lyrics_outside_song", told, lyrics_file)
    for line in timing.lines:
        for flag in line.flags:
            told = f"{line.line.stamp.text} is read as {line.start_s:.3f} s; "
            told += _lyric_phrase(flag, line, timing)
            yield ManifestFault(f"input.lyric_{flag}", told, f"{lyrics_file}:{line.line.file_line}")


def _section_phrase(flag: str, section: TimedSection, timing: SongTiming) -> str:
    unit = timing.manifest.unit
    written = [one for one in (section.section.start, section.section.end) if one]
    odd = " or ".join(one.text for one in written if not UNITS[unit].holds(one))
    return SECTION_PHRASES[flag].format(running_s=timing.running_time_s, unit=unit, odd=odd)


def _lyric_phrase(flag: str, line: TimedLyric, timing: SongTiming) -> str:
    length_s = line.end_s - line.start_s
    return LYRIC_PHRASES[flag].format(
        running_s=timing.running_time_s,
        unit=timing.lyrics.unit if timing.lyrics else None,
        length_s=length_s,
        letters=letters_per_s(line.line.text, length_s) if length_s > 0 else 0.0,
    )
