"""Everything about a song's time, in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hueset_builders.chromatic.manifest import ManifestFault
    from hueset_builders.chromatic.timed_text import TimedLyric, TimedSection
    from hueset_builders.readers.lyrics import Line
    from hueset_builders.readers.timecode_evidence import Decision

RunningTimeSource = Literal["main_audio", "longest_stem", "trt", "last_stamp"]


@dataclass(frozen=True)
class SongTiming:
    """Everything about a song's time.

    Attributes
    ----------
    manifest, lyrics
        What the stamps of each file were taken to be; `lyrics` is None without a lyric file.
    running_time_s, running_time_source
        The length that is believed, and by which source.
    lower_bound
        The song is longer: its last section starts where the running time ends.
    trt_s
        The running time as the manifest writes it.
    hour_offset_s
        Whole hours taken off every stamp of the lyrics.
    refused
        Lyric lines that cannot be this song's: all of them lie outside it in every unit.
    """

    manifest: Decision
    lyrics: Decision | None
    running_time_s: float
    running_time_source: RunningTimeSource
    lower_bound: bool
    trt_s: float | None
    hour_offset_s: int
    sections: tuple[TimedSection, ...]
    lines: tuple[TimedLyric, ...]
    refused: tuple[Line, ...]
    faults: tuple[ManifestFault, ...]
