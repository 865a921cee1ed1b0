"""A song in seconds: its sections, lyric lines and running time, from stamps by evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from builders.chromatic.manifest import Fault
from builders.chromatic.timed import LAST_LINE_S, SLACK_S, read_section, timed_lines, timed_sections
from builders.chromatic.units import decide_song
from builders.timecode import Reading, follows, hour_offset_s, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from builders.chromatic.manifest import Manifest
    from builders.chromatic.timed import TimedLyric, TimedSection
    from builders.lyrics import Lyrics
    from builders.timecode_evidence import Decision

RunningTimeSource = Literal["main_audio", "longest_stem", "trt", "last_stamp"]

AUDIO_SLACK_S = 0.5
"""How far the running time written may differ from the length of the audio."""


@dataclass(frozen=True)
class SongTiming:
    """Everything about a song's time.

    Attributes
    ----------
    manifest, lyrics
        What the stamps of each file were taken to be; `lyrics` is None without a lyric file.
    running_time_s
        The length that is believed, and by which source.
    trt_s
        The running time as the manifest writes it.
    hour_offset_s
        Whole hours taken off every stamp of the lyrics.
    """

    manifest: Decision
    lyrics: Decision | None
    running_time_s: float
    running_time_source: RunningTimeSource
    trt_s: float | None
    hour_offset_s: int
    sections: tuple[TimedSection, ...]
    lines: tuple[TimedLyric, ...]
    faults: tuple[Fault, ...]


def time_song(
    manifest: Manifest,
    lyrics: Lyrics | None,
    *,
    album_unit: str | None = None,
    midi_frame_rate: float | None = None,
    main_audio_s: float | None = None,
    longest_stem_s: float | None = None,
) -> SongTiming:
    """Read all stamps of a song.

    Parameters
    ----------
    manifest, lyrics
        The song's files.
    album_unit
        What most manifests of its album decided for.
    midi_frame_rate
        Frame rate named by `smpte_offset` in the song's MIDI.
    main_audio_s, longest_stem_s
        Lengths of the audio, where there is any.
    """
    unit, of_lyrics = decide_song(
        manifest, lyrics, album_unit=album_unit, midi_frame_rate=midi_frame_rate
    )
    trt_s = read(manifest.running_time, unit.unit).time_s if manifest.running_time else None
    read_sections = _read_sections(manifest, unit.unit)
    lines: list[Reading] = []
    if lyrics is not None and of_lyrics is not None:
        lines = [read(line.stamp, of_lyrics.unit) for line in lyrics.lines]
        shift = lyrics.shift_s
        lines = [replace(line, time_s=line.time_s + shift) for line in lines] if shift else lines
    known = [start.time_s for start, _ in read_sections if start]
    known += [end.time_s for _, end in read_sections if end]
    running, source = _running_time(known, lines, trt_s, main_audio_s, longest_stem_s)
    hours = hour_offset_s([line.time_s for line in lines], running)
    lines = [replace(line, time_s=line.time_s - hours) for line in lines]
    sections = timed_sections(manifest.sections, read_sections, unit.unit, running)
    timed = timed_lines(lyrics.lines, lines, running) if lyrics else []
    told = SongTiming(
        unit, of_lyrics, running, source, trt_s, hours, tuple(sections), tuple(timed), ()
    )
    return replace(told, faults=tuple(_faults(manifest, told, main_audio_s)))


def _read_sections(manifest: Manifest, unit: str) -> list[tuple[Reading | None, Reading | None]]:
    """Return start and end of each section as read.

    An end that the unit cannot write, one unit before the next start, is that start.
    """
    readings = [read_section(section, unit) for section in manifest.sections]
    for at, (one, after) in enumerate(pairwise(manifest.sections)):
        start, (own, end) = readings[at + 1][0], readings[at]
        if start and end and after.start and one.end and follows(after.start, one.end, unit):
            readings[at] = own, start if start.in_range and not end.in_range else end
    return readings


def _running_time(
    sections: Sequence[float],
    lines: Sequence[Reading],
    trt_s: float | None,
    main_audio_s: float | None,
    longest_stem_s: float | None,
) -> tuple[float, RunningTimeSource]:
    """Believe the mix, else the running time written unless sections lie past it, else stems.

    A stem may be rendered from MIDI whose file runs on long after the song.
    """
    if main_audio_s is not None:
        return main_audio_s, "main_audio"
    # A section *end* past the running time is a mistyped end; a quarter of them past it is not.
    past = sum(time > (trt_s or 0.0) + SLACK_S for time in sections)
    if trt_s and past <= max(1, len(sections) / 4):
        return trt_s, "trt"
    if longest_stem_s is not None:
        return longest_stem_s, "longest_stem"
    # An hour offset must not stretch the song, so lines count only where no section does.
    times = list(sections) or [line.time_s + LAST_LINE_S for line in lines]
    return max(times, default=trt_s or 0.0), "last_stamp"


def _faults(manifest: Manifest, timing: SongTiming, main_audio_s: float | None) -> Iterable[Fault]:
    file = f"{manifest.song_id}.yml"
    trt, running = timing.trt_s, timing.running_time_s
    if trt is not None and timing.running_time_source == "last_stamp":
        told = f"TRT is {trt:.2f} s, but the sections run to {running:.2f} s"
        yield Fault("input.trt_before_sections", told, f"{file}: TRT")
    if trt is not None and main_audio_s is not None and abs(trt - main_audio_s) > AUDIO_SLACK_S:
        told = f"TRT is {trt:.2f} s, the main audio {main_audio_s:.2f} s"
        yield Fault("input.trt_not_audio_length", told, f"{file}: TRT")
    ends = [section.end_s for section in timing.sections]
    if trt is not None and ends and ends[-1] is not None and abs(ends[-1] - trt) > SLACK_S:
        told = f"the last section ends at {ends[-1]:.2f} s, TRT is {trt:.2f} s"
        yield Fault("input.last_section_not_trt", told, f"{file}: structure")
    for section in timing.sections:
        for flag in section.flags:
            told = f"{section.section.start_written} to {section.section.end_written}"
            place = f"{file}: section {section.index + 1} {section.section.name!r}"
            yield Fault(f"input.section_{flag}", told, place)
    lyrics_file = f"{manifest.song_id}.lrc"
    if timing.hour_offset_s:
        told = f"every stamp carries {timing.hour_offset_s} s of SMPTE hours; they are taken off"
        yield Fault("input.lyrics_hour_offset", told, lyrics_file)
    for line in timing.lines:
        for flag in line.flags:
            told = f"{line.line.stamp.text} is read as {line.start_s:.3f} s"
            yield Fault(f"input.lyric_{flag}", told, f"{lyrics_file}:{line.line.file_line}")
