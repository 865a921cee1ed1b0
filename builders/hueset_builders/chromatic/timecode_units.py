"""Which timecode units a song's manifest and lyrics are in (see `readers.timecode_evidence`)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from hueset_builders.readers.timecode import HOUR_S, UNITS, follows_previous
from hueset_builders.readers.timecode_evidence import decide_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset_builders.chromatic.manifest import SongManifest
    from hueset_builders.readers.lyrics import Lyrics
    from hueset_builders.readers.timecode import Stamp
    from hueset_builders.readers.timecode_evidence import Decision


def decide_manifest(
    manifest: SongManifest,
    *,
    album_unit: str | None = None,
    midi_frame_rate: float | None = None,
    rates: Mapping[float, float] | None = None,
) -> Decision:
    """Decide the unit of a manifest's stamps; undecided ones inherit from the album.

    `rates` is what the song's lyric file says of the frame rate.
    """
    boundaries, ends = _boundaries(manifest)
    return decide_unit(
        [*boundaries, *ends, *([manifest.running_time] if manifest.running_time else [])],
        grid_stamps=boundaries,
        tempo_bpm=manifest.tempo_bpm,
        inherited=album_unit,
        rates=rates,
        midi_frame_rate=midi_frame_rate,
        declared=manifest.timecode.get("manifest"),
    )


def decide_lyrics(
    lyrics: Lyrics,
    manifest: SongManifest,
    *,
    unit: Decision,
    album_unit: str | None = None,
    midi_frame_rate: float | None = None,
) -> Decision:
    """Decide the unit of a lyric file's stamps; `unit` is its manifest's decision."""
    stamps = [line.stamp for line in lyrics.lines]
    # Hours in front of every stamp are a whole number of beats only at some tempos.
    hours = min((stamp.whole_s for stamp in stamps), default=0) // HOUR_S * HOUR_S
    return decide_unit(
        stamps,
        # An offset tag moves the lines away from where the stamps stand.
        grid_stamps=[replace(stamp, whole_s=stamp.whole_s - hours) for stamp in stamps]
        if not lyrics.shift_s
        else [],
        tempo_bpm=manifest.tempo_bpm,
        inherited=unit.unit,
        rate_of=unit.unit if unit.evidence == "declared" else album_unit,
        rates=unit.rates,
        midi_frame_rate=midi_frame_rate,
        declared=manifest.timecode.get("lrc"),
    )


def decide_song(
    manifest: SongManifest,
    lyrics: Lyrics | None,
    *,
    album_unit: str | None = None,
    midi_frame_rate: float | None = None,
) -> tuple[Decision, Decision | None]:
    """Decide the units of a manifest and of its lyrics, which share one frame rate.

    Each file decides its kind of unit by itself. What each says of the rate counts in the other,
    so that they differ only where each is sure of its own.
    """
    of_manifest = partial(
        decide_manifest, manifest, album_unit=album_unit, midi_frame_rate=midi_frame_rate
    )
    unit = of_manifest()
    if lyrics is None:
        return unit, None
    of_lyrics = partial(
        decide_lyrics, lyrics, manifest, album_unit=album_unit, midi_frame_rate=midi_frame_rate
    )
    unit = of_manifest(rates=of_lyrics(unit=unit).rates)
    return unit, of_lyrics(unit=unit)


def _boundaries(manifest: SongManifest) -> tuple[list[Stamp], list[Stamp]]:
    """Return the stamps at which sections start, and those of ends that no section follows on.

    An end and the start one unit after it are one point, written twice: the end as it was and the
    start as one more (`.274`, `.275`), or the start as it was and the end as one less (`.999`,
    `.000`). It counts as its end, unless that can be no frame and the start can. Which unit it is
    does not matter for joining: one is one in every unit.
    """
    boundaries: list[Stamp] = []
    ends: list[Stamp] = []
    before: Stamp | None = None
    for section in manifest.sections:
        start = section.start
        if start and before and follows_previous(start, before, "ms"):
            start = start if _may_be_frame(start) and not _may_be_frame(before) else before
        elif before:
            ends.append(before)
        boundaries += [start] if start else []
        before = section.end
    return boundaries, [*ends, before] if before else ends


def _may_be_frame(stamp: Stamp) -> bool:
    """Whether the fraction can be a frame, with or without a sub-frame, at any rate."""
    return any(unit.rated and unit.holds(stamp) for unit in UNITS.values())
