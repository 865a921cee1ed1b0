"""What a song's manifest says, typed; read by `hueset_builders.chromatic.manifest_reader`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from hueset_builders.readers.timecode import Stamp


@dataclass(frozen=True)
class ManifestFault:
    """A defect of the input, told with its place.

    Attributes
    ----------
    check
        Stable dotted name, e.g. `input.negative_section`.
    message
        What is wrong, in a few words, with the value.
    where
        The file, or the field, line or track in it.
    """

    check: str
    message: str
    where: str


@dataclass(frozen=True)
class ManifestSection:
    """A section of the structure as written; a stamp that cannot be read is None."""

    name: str
    description: str
    start: Stamp | None
    end: Stamp | None
    start_written: str
    end_written: str


@dataclass(frozen=True)
class Track:
    """An audio track as written; file names are safe, relative and lie beside the manifest."""

    number: int
    description: str
    audio_file: str | None
    midi_file: str | None
    midi_group_file: str | None
    group: str | None
    player: str | None
    media_declared: bool


@dataclass(frozen=True)
class Artist:
    """An artist the song is said to sound like."""

    name: str
    discogs_id: int | None


@dataclass(frozen=True)
class SongManifest:
    """One song's manifest; what is missing or cannot be read is None.

    Attributes
    ----------
    tempo_bpm
        As written; not rounded.
    time_signature, key
        As written.
    track_no
        Position in the album (`album_sequence` in the file).
    running_time
        `TRT` as a stamp.
    timecode
        The unit of its stamps where the manifest states it (`timecode: {manifest: …, lrc: …}`).
    audio_origin
        How its stems came to be, where the manifest states it.
    """

    song_id: str
    title: str | None
    colour: str | None
    tempo_bpm: float | None
    time_signature: str | None
    key: str | None
    release_date: dt.date | None
    track_no: int | None
    running_time: Stamp | None
    running_time_written: str | None
    vocals: bool | None
    lyrics: bool | None
    concept: str | None
    main_audio_file: str | None
    lrc_file: str | None
    moods: tuple[str, ...]
    genres: tuple[str, ...]
    sounds_like: tuple[Artist, ...]
    sections: tuple[ManifestSection, ...]
    tracks: tuple[Track, ...]
    timecode: Mapping[str, str] = field(default_factory=dict)
    audio_origin: str | None = None
    faults: tuple[ManifestFault, ...] = ()
