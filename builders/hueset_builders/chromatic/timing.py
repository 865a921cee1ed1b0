"""A song in seconds: its sections, lyric lines and running time, from stamps by evidence."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hueset_builders.chromatic.song_timing import SongTiming
from hueset_builders.chromatic.timecode_units import decide_song
from hueset_builders.chromatic.timed_text import (
    LAST_LINE_S,
    SLACK_S,
    read_section,
    timed_lines,
    timed_sections,
)
from hueset_builders.chromatic.timing_faults import faults_of
from hueset_builders.readers.timecode import Reading, follows_previous, hour_offset_s, read_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset_builders.chromatic.manifest import SongManifest
    from hueset_builders.chromatic.song_timing import RunningTimeSource
    from hueset_builders.chromatic.timed_text import TimedSection
    from hueset_builders.readers.lyrics import Lyrics
    from hueset_builders.readers.timecode import Stamp


def time_song(
    manifest: SongManifest,
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
    trt_s = read_stamp(manifest.running_time, unit.unit).time_s if manifest.running_time else None
    read_sections = _read_sections(manifest, unit.unit)
    lines: list[Reading] = []
    if lyrics is not None and of_lyrics is not None:
        lines = [read_stamp(line.stamp, of_lyrics.unit) for line in lyrics.lines]
        shift = lyrics.shift_s
        lines = [replace(line, time_s=line.time_s + shift) for line in lines] if shift else lines
    points = _points(manifest, read_sections, unit.unit)
    known = [stamp.time_s for one in read_sections for stamp in one if stamp]
    running, source = _running_time(known, points, lines, trt_s, main_audio_s, longest_stem_s)
    hours = hour_offset_s([line.time_s for line in lines], running)
    lines = [replace(line, time_s=line.time_s - hours) for line in lines]
    sections = timed_sections(manifest.sections, read_sections, unit.unit, running)
    # No unit moves a stamp by more than a second, so a file that begins later is another song's.
    outside = bool(lines) and min(line.time_s for line in lines) > running + SLACK_S
    timed = timed_lines(lyrics.lines, lines, running) if lyrics and not outside else []
    told = SongTiming(
        manifest=unit,
        lyrics=of_lyrics,
        running_time_s=running,
        running_time_source=source,
        lower_bound=source == "last_stamp" and _lacks_end(sections),
        trt_s=trt_s,
        hour_offset_s=hours,
        sections=tuple(sections),
        lines=tuple(timed),
        refused=tuple(line for line in lyrics.lines if line.text) if lyrics and outside else (),
        faults=(),
    )
    return replace(told, faults=tuple(faults_of(manifest, told, main_audio_s)))


def _read_sections(
    manifest: SongManifest, unit: str
) -> list[tuple[Reading | None, Reading | None]]:
    """Return start and end of each section as read.

    An end that the unit cannot write, one unit before the next start, is that start.
    """
    readings = [read_section(section, unit) for section in manifest.sections]
    for at, (one, after) in enumerate(pairwise(manifest.sections)):
        start, (own, end) = readings[at + 1][0], readings[at]
        if (
            start
            and end
            and after.start
            and one.end
            and follows_previous(after.start, one.end, unit)
        ):
            readings[at] = own, start if start.in_range and not end.in_range else end
    return readings


def _points(
    manifest: SongManifest, readings: Sequence[tuple[Reading | None, Reading | None]], unit: str
) -> list[float]:
    """Return where sections end, and where those start that do not follow on an end."""
    points: list[float] = []
    before: Stamp | None = None
    for section, (start, end) in zip(manifest.sections, readings, strict=True):
        if start and not (
            before and section.start and follows_previous(section.start, before, unit)
        ):
            points.append(start.time_s)
        points += [end.time_s] if end else []
        before = section.end
    return points


def _lacks_end(sections: Sequence[TimedSection]) -> bool:
    """Whether a running time that came from the last stamp is where something only starts."""
    starts = [section.start_s for section in sections if section.start_s is not None]
    ends = [section.end_s for section in sections if section.end_s is not None]
    return not starts or max(ends, default=0.0) <= max(starts)


def _running_time(
    sections: Sequence[float],
    points: Sequence[float],
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
    times = list(points) or [line.time_s + LAST_LINE_S for line in lines]
    return max(times, default=trt_s or 0.0), "last_stamp"
