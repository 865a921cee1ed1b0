"""The segments that can be looked at and heard in the page: a bounded, balanced choice.

Every song with audio has a turn to be heard, then each a second one, until the FLAC bytes reach
`AUDIO_BYTES`; a song's short segments come first, so that more songs find room. Drawn are those,
the table `preview`, and where there are no more than `PICTURES` segments of media, all of them.
What is left out is counted and told.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset_builders.readers.audio import open_audio, read_blocks
from hueset_builders.readers.midi.notes import read_midi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hueset.render.report.section import Material

PICTURES = 300
AUDIO_BYTES = 12_000_000
BUCKETS = 300


@dataclass(frozen=True)
class EmbeddedMedia:
    """What the page holds of sound.

    Attributes
    ----------
    pictures
        By segment: `{seconds, wave, notes}`. A wave is base64 of lowest and highest sample per
        bucket as int8, of full scale; a note is `[pitch, onset_ms, length_ms, velocity]`.
    audio
        By segment: the FLAC file, base64.
    heard_of
        How many segments hold audio.
    songs, songs_of
        How many songs can be heard, and how many hold audio.
    media
        How many segments the version holds audio or MIDI of.
    audio_bytes
        The FLAC bytes in the page, before base64.
    named, present
        Audio files that the manifests name, and those that were there.
    """

    pictures: Mapping[str, Mapping[str, Any]]
    audio: Mapping[str, str]
    heard_of: int
    songs: int
    songs_of: int
    media: int
    audio_bytes: int
    named: int
    present: int
    limit: int = AUDIO_BYTES


def chosen_media(material: Material) -> EmbeddedMedia:
    """Choose what the page shows, read it, and count what it leaves out."""
    turns = material.rows(_TURNS)
    pictures: dict[str, dict[str, Any]] = {}
    audio: dict[str, str] = {}
    songs, total = set(), 0
    for _, group in groupby(turns, key=lambda row: row["turn"]):
        before = total
        wanted = {row["segment_id"]: row for row in group}
        for row in _media(material, wanted):
            size, name = len(row["flac"]), row["segment_id"]
            if total + size <= AUDIO_BYTES:
                total += size
                songs.add(wanted[name]["song_id"])
                audio[name] = base64.b64encode(row["flac"]).decode()
                pictures[name] = _picture(row["flac"], row["midi"], name)
        if total == before:
            break
    [counts] = material.rows(
        'SELECT (SELECT count(*) FROM "chromatic"."media" '
        "        WHERE audio_frames IS NOT NULL OR midi_note_count IS NOT NULL) AS media, "
        "coalesce(sum(audio_files_named), 0) AS named, "
        'coalesce(sum(audio_files_present), 0) AS present FROM "chromatic"."songs"'
    )
    for table in ("preview", "media") if counts["media"] <= PICTURES else ("preview",):
        for row in material.rows(
            f'SELECT segment_id, audio.bytes AS flac, midi FROM "chromatic"."{table}" '  # noqa: S608
            "WHERE audio.bytes IS NOT NULL OR midi IS NOT NULL ORDER BY segment_id"
        ):
            name = row["segment_id"]
            if name not in pictures:
                pictures[name] = _picture(row["flac"], row["midi"], name)
    return EmbeddedMedia(
        pictures=pictures,
        audio=audio,
        heard_of=len(turns),
        songs=len(songs),
        songs_of=len({row["song_id"] for row in turns}),
        media=int(counts["media"]),
        audio_bytes=total,
        named=int(counts["named"]),
        present=int(counts["present"]),
    )


_TURNS = """
SELECT segment_id, song_id, place, row_number() OVER (
    PARTITION BY song_id ORDER BY duration_s < 2, bits, segment_id
) AS turn
FROM (
    SELECT segment_id, song_id, duration_s, 'media' AS place,
           audio_frames * audio_channels * audio_bits AS bits
    FROM "chromatic"."media" WHERE audio_frames IS NOT NULL
    UNION ALL
    SELECT segment_id, song_id, duration_s, 'preview', 8 * octet_length(audio.bytes)
    FROM "chromatic"."preview" WHERE audio.bytes IS NOT NULL AND segment_id NOT IN (
        SELECT segment_id FROM "chromatic"."media" WHERE audio_frames IS NOT NULL
    )
)
ORDER BY turn, song_id
"""
"""Every segment with audio and where its bytes lie, without reading those of media."""


def _media(material: Material, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the sound of some segments, in their order."""
    found: dict[str, dict[str, Any]] = {}
    for table in ("media", "preview"):
        names = [name for name, row in wanted.items() if row["place"] == table]
        if names:
            rows = material.rows(
                f'SELECT segment_id, audio.bytes AS flac, midi FROM "chromatic"."{table}" '  # noqa: S608
                f"WHERE segment_id IN ({', '.join('?' * len(names))})",
                names,
            )
            found |= {row["segment_id"]: row for row in rows}
    return (found[name] for name in wanted)


def _picture(flac: bytes | None, midi: bytes | None, name: str) -> dict[str, Any]:
    picture: dict[str, Any] = {}
    if flac is not None:
        with open_audio(io.BytesIO(flac), name) as stream:
            # FLAC holds integers: full scale is the largest of their type.
            top = float(np.iinfo(stream.info.dtype).max)
            blocks = [block.mean(axis=1) / top for block in read_blocks(stream)]
            picture["seconds"] = round(stream.info.duration_s, 3)
        picture["wave"] = _wave(np.concatenate(blocks) if blocks else np.zeros(0))
    if midi is not None:
        score = read_midi(midi, name)
        picture["notes"] = [
            [int(pitch), round(onset * 1000), round((offset - onset) * 1000), int(velocity)]
            for pitch, onset, offset, velocity in zip(
                score.pitch, score.onset_s, score.offset_s, score.velocity, strict=True
            )
        ]
    return picture


def _wave(samples: np.ndarray[Any, Any]) -> str:
    """Return lowest and highest sample of each bucket, int8 of full scale, as base64."""
    count = min(BUCKETS, len(samples))
    if not count:
        return ""
    edges = np.linspace(0, len(samples), count + 1).astype(int)[:-1]
    pairs = np.stack([np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)], 1)
    return base64.b64encode((pairs.clip(-1, 1) * 127).round().astype(np.int8).tobytes()).decode()
