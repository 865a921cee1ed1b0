"""The segments that can be looked at and heard in the page: a bounded, balanced choice.

Those of the table `preview`, which is balanced by colour; a version with no more than `PICTURES`
segments of media shows them all. Only preview segments are playable, the colours in turn, until
the FLAC bytes reach `AUDIO_BYTES`: what is left out is counted and told.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from builders.audio import open_audio, read_blocks
from builders.midi import read_midi

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.report.section import Material

PICTURES = 300
AUDIO_BYTES = 12_000_000
BUCKETS = 300


@dataclass(frozen=True)
class Shown:
    """What the page holds of sound.

    Attributes
    ----------
    pictures
        By segment: `{seconds, wave, notes}`. A wave is base64 of lowest and highest sample per
        bucket as int8, of full scale; a note is `[pitch, onset_ms, length_ms, velocity]`.
    audio
        By segment: the FLAC file, base64.
    previews, heard_of
        How many preview segments there are, and how many of them hold audio.
    media
        How many segments the version holds audio or MIDI of.
    audio_bytes
        The FLAC bytes in the page, before base64.
    named, present
        Audio files that the manifests name, and those that were there.
    """

    pictures: Mapping[str, Mapping[str, Any]]
    audio: Mapping[str, str]
    previews: int
    heard_of: int
    media: int
    audio_bytes: int
    named: int
    present: int
    limit: int = AUDIO_BYTES


def chosen_media(material: Material) -> Shown:
    """Choose what the page shows, read it, and count what it leaves out."""
    heard, total = set(), 0
    sizes = material.rows(
        "SELECT segment_id, octet_length(audio.bytes) AS size, "
        "row_number() OVER (PARTITION BY colour ORDER BY segment_id) AS turn "
        'FROM "chromatic"."preview" ORDER BY turn, segment_id'
    )
    for row in sizes:
        if row["size"] and total + row["size"] <= AUDIO_BYTES:
            heard.add(row["segment_id"])
            total += row["size"]
    [counts] = material.rows(
        'SELECT (SELECT count(*) FROM "chromatic"."media" '
        "        WHERE audio.bytes IS NOT NULL OR midi IS NOT NULL) AS media, "
        "coalesce(sum(audio_files_named), 0) AS named, "
        'coalesce(sum(audio_files_present), 0) AS present FROM "chromatic"."songs"'
    )
    pictures, audio = {}, {}
    for table in ("preview", "media") if counts["media"] <= PICTURES else ("preview",):
        for row in material.rows(
            f'SELECT segment_id, audio.bytes AS flac, midi FROM "chromatic"."{table}" '  # noqa: S608
            "WHERE audio.bytes IS NOT NULL OR midi IS NOT NULL ORDER BY segment_id"
        ):
            name = row["segment_id"]
            if name not in pictures:
                pictures[name] = _picture(row["flac"], row["midi"], name)
            if name in heard:
                audio[name] = base64.b64encode(row["flac"]).decode()
    return Shown(
        pictures=pictures,
        audio=audio,
        previews=len(sizes),
        heard_of=sum(bool(row["size"]) for row in sizes),
        media=int(counts["media"]),
        audio_bytes=total,
        named=int(counts["named"]),
        present=int(counts["present"]),
    )


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
