"""A song in seconds: its sections, lyric lines and running time, from stamps by evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from builders.chromatic.manifest import Fault
from builders.timecode import Decision, Reading, decide, follows, hour_offset_s, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from builders.chromatic.manifest import Manifest, Section
    from builders.lyrics import Line, Lyrics
    from builders.timecode import Stamp

RunningTimeSource = Literal["main_audio", "longest_stem", "trt", "last_stamp"]

LAST_LINE_S = 3.0
"""How long the last line is taken to last, where no end is written (the corpus' own habit)."""
SLACK_S = 1.0
"""How far a stamp may pass the running time before it counts as past the end."""
AUDIO_SLACK_S = 0.5
"""How far the running time written may differ from the length of the audio."""


@dataclass(frozen=True)
class TimedSection:
    """A section in seconds.

    Attributes
    ----------
    start_s, end_s
        As read; None where a stamp cannot be read.
    until_s
        Where it really stops being: its end where that lies after its start, else the next start;
        never past the running time.
    joined
        Its start was written as the previous end plus one unit, and is the previous end.
    flags
        `negative`, `zero`, `overlapping`, `past_end`, `unreadable`, `fraction_out_of_range`.
    """

    index: int
    section: Section
    start_s: float | None
    end_s: float | None
    until_s: float | None
    uncertainty_s: float
    joined: bool
    flags: tuple[str, ...]


@dataclass(frozen=True)
class TimedLyric:
    """A lyric line in seconds.

    Attributes
    ----------
    end_s
        The next stamp; for the last line a fixed length.
    end_assumed
        True for that last line.
    flags
        `zero`, `not_rising`, `past_end`, `fraction_out_of_range`.
    """

    index: int
    line: Line
    start_s: float
    end_s: float
    end_assumed: bool
    uncertainty_s: float
    flags: tuple[str, ...]


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


def decide_manifest(
    manifest: Manifest, *, album_unit: str | None = None, midi_frame_rate: float | None = None
) -> Decision:
    """Decide the unit of a manifest's stamps; undecided ones inherit from the album."""
    starts = [section.start for section in manifest.sections]
    ends = [section.end for section in manifest.sections]
    # Which unit it is does not matter for joining here: one unit is one in every unit.
    joined = [
        end if start and end and follows(start, end, "ms") else start
        for start, end in zip(starts, [None, *ends], strict=False)
    ]
    every = [*joined, *ends, manifest.running_time]
    return decide(
        [stamp for stamp in every if stamp],
        grid_stamps=[stamp for stamp in joined if stamp],
        tempo_bpm=manifest.tempo_bpm,
        inherited=album_unit,
        midi_frame_rate=midi_frame_rate,
        declared=manifest.timecode.get("manifest"),
    )


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
    unit = decide_manifest(manifest, album_unit=album_unit, midi_frame_rate=midi_frame_rate)
    trt_s = read(manifest.running_time, unit.unit).time_s if manifest.running_time else None
    read_sections = [_read_section(section, unit.unit) for section in manifest.sections]
    of_lyrics, lines = None, []
    if lyrics is not None:
        of_lyrics = decide(
            [line.stamp for line in lyrics.lines],
            inherited=unit.unit,
            midi_frame_rate=midi_frame_rate,
            declared=manifest.timecode.get("lrc"),
        )
        lines = [read(line.stamp, of_lyrics.unit) for line in lyrics.lines]
        shift = lyrics.shift_s
        lines = [replace(line, time_s=line.time_s + shift) for line in lines] if shift else lines
    known = [start.time_s for start, _ in read_sections if start]
    known += [end.time_s for _, end in read_sections if end]
    running, source = _running_time(known, lines, trt_s, main_audio_s, longest_stem_s)
    hours = hour_offset_s([line.time_s for line in lines], running)
    lines = [replace(line, time_s=line.time_s - hours) for line in lines]
    sections = _sections(manifest.sections, read_sections, unit.unit, running)
    timed = _lines(lyrics.lines, lines, running) if lyrics else []
    told = SongTiming(
        unit, of_lyrics, running, source, trt_s, hours, tuple(sections), tuple(timed), ()
    )
    return replace(told, faults=tuple(_faults(manifest, told, main_audio_s)))


def section_at(sections: Iterable[TimedSection], time_s: float) -> TimedSection | None:
    """Return the section that holds a point in time; of overlapping ones the latest to start."""
    holding = [
        section
        for section in sections
        if section.start_s is not None
        and section.until_s is not None
        and section.start_s <= time_s < section.until_s
    ]
    return max(holding, key=lambda section: (section.start_s or 0.0, section.index), default=None)


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


def _read_section(section: Section, unit: str) -> tuple[Reading | None, Reading | None]:
    return (
        read(section.start, unit) if section.start else None,
        read(section.end, unit) if section.end else None,
    )


def _sections(
    written: Sequence[Section],
    readings: Sequence[tuple[Reading | None, Reading | None]],
    unit: str,
    running_s: float,
) -> list[TimedSection]:
    timed: list[TimedSection] = []
    before: tuple[Stamp, Reading] | None = None
    for index, (section, (own_start, end)) in enumerate(zip(written, readings, strict=True)):
        flags = []
        joined = bool(before and section.start and follows(section.start, before[0], unit))
        start = before[1] if joined and before else own_start
        if own_start is None or start is None or end is None:
            flags.append("unreadable")
        else:
            if end.time_s < own_start.time_s:
                flags.append("negative")
            elif end.time_s == start.time_s:
                flags.append("zero")
            if before and start.time_s < before[1].time_s - 1e-9:
                flags.append("overlapping")
            if max(start.time_s, end.time_s) > running_s + SLACK_S:
                flags.append("past_end")
            if not (start.in_range and end.in_range):
                flags.append("fraction_out_of_range")
        uncertainty = max(reading.uncertainty_s if reading else 0.5 for reading in (start, end))
        timed.append(
            TimedSection(
                index, section, start.time_s if start else None, end.time_s if end else None, None,
                uncertainty, joined, tuple(flags),
            )
        )  # fmt: skip
        before = (section.end, end) if section.end and end else None
    starts = sorted(section.start_s for section in timed if section.start_s is not None)
    return [replace(section, until_s=_until(section, starts, running_s)) for section in timed]


def _until(section: TimedSection, starts: Sequence[float], running_s: float) -> float | None:
    if section.start_s is None:
        return None
    end = section.end_s
    if end is None or end <= section.start_s:
        end = next((start for start in starts if start > section.start_s), running_s)
    return max(section.start_s, min(end, running_s))


def _lines(
    written: Sequence[Line], readings: Sequence[Reading], running_s: float
) -> list[TimedLyric]:
    order = sorted(range(len(written)), key=lambda at: (readings[at].time_s, at))
    ends = {at: readings[after].time_s for at, after in pairwise(order)}
    timed: list[TimedLyric] = []
    highest = float("-inf")
    for at, (line, reading) in enumerate(zip(written, readings, strict=True)):
        start = reading.time_s
        flags = ["not_rising"] if start < highest else []
        highest = max(highest, start)
        if not line.text:
            continue
        end = ends.get(at)
        if end is not None and end <= start:
            flags.append("zero")
        if start > running_s:
            flags.append("past_end")
        if not reading.in_range:
            flags.append("fraction_out_of_range")
        last = max(start, min(start + LAST_LINE_S, running_s))
        timed.append(
            TimedLyric(
                len(timed), line, start, last if end is None else end, end is None,
                reading.uncertainty_s, tuple(flags),
            )
        )  # fmt: skip
    return timed


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
