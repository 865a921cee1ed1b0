"""Albums in their colours, a song's timeline, and a segment with waveform, piano roll and lyric."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from markupsafe import Markup

from hueset.errors import UnknownNameError
from hueset.render.html.words import spoken_name
from hueset_api import sound_pictures
from hueset_api.columns import media_link
from hueset_api.views import (
    CachedAnswer,
    ServiceState,
    VersionQuery,
    answer_page,
    render_view,
    service_link,
    view_path,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.store.store import StoredVersion

TITLE = "Listen and look: albums, songs, segments"
NAME = "chromatic"
BASE = view_path(NAME)
HERE = Path(__file__).parent

router = APIRouter()

SongId = Annotated[str, InPath(pattern=r"^[0-9]{2}_[0-9]{2}$")]
SegmentId = Annotated[str, InPath(pattern=r"^[0-9A-Za-z_]{1,64}$")]


def offered(version: StoredVersion) -> bool:
    """Whether a version has songs to show."""
    return version.has_rows("songs")


@router.get("")
async def albums(request: Request, version: VersionQuery = None) -> Response:
    """Show every album as a shelf of songs, in its colour."""
    return await answer_page(
        request, NAME, version, lambda state, found: _albums(state, found, version)
    )


@router.get("/songs/{song}")
async def song(request: Request, song: SongId, version: VersionQuery = None) -> Response:
    """Show a song: its sections, lyric lines and segments on one line of time."""
    return await answer_page(
        request, NAME, version, lambda state, found: _song(state, found, version, song)
    )


@router.get("/segments/{segment}")
async def segment(request: Request, segment: SegmentId, version: VersionQuery = None) -> Response:
    """Show one segment of one track, to be played."""
    return await answer_page(
        request, NAME, version, lambda state, found: _segment(state, found, version, segment)
    )


def _albums(state: ServiceState, found: StoredVersion, asked: str | None) -> CachedAnswer:
    songs = state.database.rows(
        found,
        "SELECT song_id, album_no, album_title, album_sequence, title, colour, colour_hex, key, "
        'tempo_bpm, running_time_s, moods, vocals, segment_count, split FROM "chromatic"."songs" '
        "ORDER BY album_no, album_sequence",
    )
    longest = max((one["running_time_s"] or 0 for one in songs), default=1) or 1
    shelves: dict[int, list[dict[str, Any]]] = {}
    for one in songs:
        one["bar"] = _bar(one["colour_hex"], (one["running_time_s"] or 0) / longest, one["title"])
        shelves.setdefault(one["album_no"], []).append(one)
    return render_view(
        HERE,
        "albums.html",
        version=found,
        shelves=list(shelves.values()),
        query=_query(asked),
        swatch=_swatch,
        clock=_clock,
    )


def _song(state: ServiceState, found: StoredVersion, asked: str | None, name: str) -> CachedAnswer:
    told = _one(state, found, "songs", "song_id", name)
    sections = _rows_of(state, found, "sections", name, "section_index")
    lines = _rows_of(state, found, "lyrics", name, "line_index")
    tracks = _rows_of(state, found, "tracks", name, "track_no")
    segments = state.database.rows(
        found,
        "SELECT segment_id, track_no, segment_index, start_s, end_s, has_audio, has_midi, "
        'lyric_text, segment_kind FROM "chromatic"."segments" WHERE song_id = ? '
        "ORDER BY track_no, segment_index",
        [name],
    )
    seconds = max(
        [told["running_time_s"] or 0]
        + [row["until_s"] or row["end_s"] or 0 for row in sections]
        + [row["end_s"] or 0 for row in segments]
        + [1e-3]
    )
    by_track: dict[int, list[dict[str, Any]]] = {}
    for row in segments:
        by_track.setdefault(row["track_no"], []).append(row)
    query = _query(asked)
    return render_view(
        HERE,
        "song.html",
        version=found,
        song=told,
        sections=sections,
        section_strip=_section_strip(sections, seconds, told["colour_hex"]),
        lines=lines,
        line_strip=_line_strip(lines, seconds),
        tracks=[
            {
                **track,
                "strip": _segment_strip(by_track.get(track["track_no"], ()), seconds, query),
                "count": len(by_track.get(track["track_no"], ())),
            }
            for track in tracks
        ],
        seconds=seconds,
        query=query,
        swatch=_swatch,
        clock=_clock,
    )


def _segment(
    state: ServiceState, found: StoredVersion, asked: str | None, name: str
) -> CachedAnswer:
    told = _one(state, found, "segments", "segment_id", name)
    media = state.database.rows(
        found,
        'SELECT "audio".bytes AS audio, midi FROM "chromatic"."media" WHERE segment_id = ?',
        [name],
    )
    audio = media[0]["audio"] if media else None
    midi = media[0]["midi"] if media else None
    wave, seconds = None, told["duration_s"]
    if audio is not None:
        buckets, seconds = sound_pictures.peaks(bytes(audio))
        wave = sound_pictures.waveform(buckets, f"waveform of {seconds:.2f} seconds")
    notes = sound_pictures.notes_of(bytes(midi)) if midi is not None else []
    label = f"piano roll: {len(notes)} notes in {seconds:.2f} seconds"
    beside = state.database.rows(
        found,
        'SELECT segment_id, track_description, has_audio, has_midi FROM "chromatic"."segments" '
        "WHERE song_id = ? AND segment_index = ? AND segment_kind = ? ORDER BY track_no",
        [told["song_id"], told["segment_index"], told["segment_kind"]],
    )
    return render_view(
        HERE,
        "segment.html",
        version=found,
        s=told,
        audio=media_link(found, "media", "audio", name) if audio is not None else None,
        midi=media_link(found, "media", "midi", name) if midi is not None else None,
        wave=wave,
        notes=notes,
        roll=sound_pictures.piano_roll(notes, seconds, label) if notes else None,
        pitch=sound_pictures.pitch_name,
        seconds=seconds,
        beside=[one for one in beside if one["segment_id"] != name],
        query=_query(asked),
        swatch=_swatch,
        clock=_clock,
        colour=_one(state, found, "songs", "song_id", told["song_id"])["colour_hex"],
        scores=_scores(told["rebracketing_scores"]),
    )


def _scores(scores: Any) -> list[tuple[str, float]]:
    told = json.loads(scores) if isinstance(scores, str) else scores or {}
    return sorted(((k, v) for k, v in told.items() if v), key=lambda pair: -pair[1])


def _one(
    state: ServiceState, found: StoredVersion, table: str, column: str, value: str
) -> dict[str, Any]:
    rows = state.database.rows(
        found, f'SELECT * FROM "chromatic"."{table}" WHERE "{column}" = ? LIMIT 1', [value]
    )
    if not rows:
        raise UnknownNameError(f"{table} has no {value!r}", hint=f"see {BASE}", value=value)
    return rows[0]


def _rows_of(
    state: ServiceState, found: StoredVersion, table: str, song_id: str, order: str
) -> list[dict[str, Any]]:
    return state.database.rows(
        found,
        f'SELECT * FROM "chromatic"."{table}" WHERE song_id = ? ORDER BY "{order}"',
        [song_id],
    )


def _query(asked: str | None) -> str:
    return f"?version={quote(asked, safe='')}" if asked else ""


def _clock(seconds: float | None) -> str:
    """Return seconds as `3:07`."""
    return "–" if seconds is None else f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def _swatch(colour: str | None, size: int = 14) -> Markup:
    return Markup(
        '<svg class="swatch" viewBox="0 0 14 14" width="{0}" height="{0}" aria-hidden="true">'
        '<rect x=".5" y=".5" width="13" height="13" rx="3.5" fill="{1}"/></svg>'
    ).format(size, colour or "none")


def _bar(colour: str | None, share: float, title: str) -> Markup:
    return Markup(
        '<svg class="songbar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect x="0" y="0" width="{}" height="10" rx="2" fill="{}"/></svg>'
    ).format(round(max(share * 200, 2), 1), colour or "none")


def _section_strip(
    sections: Sequence[dict[str, Any]], seconds: float, colour: str | None
) -> Markup:
    """Return the sections as blocks in the album's colour; sections of one name have one shade."""
    shades = dict.fromkeys(row["name"].rstrip(" 0123456789").lower() for row in sections)
    depth = {name: 0.95 - 0.6 * at / max(len(shades), 1) for at, name in enumerate(shades)}
    blocks = [
        Markup(
            '<rect class="section" x="{}" y="1" width="{}" height="32" rx="3" fill="{}" '
            'fill-opacity="{}">'
            "<title>{}, {} to {}: {}</title></rect>"
        ).format(
            round(row["start_s"] / seconds * 1000 + 0.8, 1),
            round(max((row["end_s"] - row["start_s"]) / seconds * 1000 - 1.6, 1), 1),
            colour or "gray",
            round(depth[row["name"].rstrip(" 0123456789").lower()], 2),
            row["name"],
            _clock(row["start_s"]),
            _clock(row["end_s"]),
            row["description"] or "",
        )
        for row in sections
    ]
    return _strip(blocks, 34, f"{len(sections)} sections")


def _line_strip(lines: Sequence[dict[str, Any]], seconds: float) -> Markup:
    blocks = [
        Markup(
            '<rect class="lyricline" x="{}" y="2" width="{}" height="8" rx="2"><title>{}</title>'
            "</rect>"
        ).format(
            round(row["start_s"] / seconds * 1000, 1),
            round(max((row["end_s"] - row["start_s"]) / seconds * 1000 - 1.2, 1), 1),
            row["text"],
        )
        for row in lines
    ]
    return _strip(blocks, 12, f"{len(lines)} lyric lines")


def _segment_strip(segments: Sequence[dict[str, Any]], seconds: float, query: str) -> Markup:
    """Return a track's segments: filled where there is audio, outlined where only notes are."""
    blocks = []
    for row in segments:
        kind = (
            "both"
            if row["has_audio"] and row["has_midi"]
            else ("sound" if row["has_audio"] else "midi" if row["has_midi"] else "none")
        )
        blocks.append(
            Markup(
                '<a href="{}/segments/{}{}"><rect class="seg seg-{}" x="{}" y="1" width="{}" '
                'height="12" rx="2"><title>{} at {}, {}: {}</title></rect></a>'
            ).format(
                service_link(BASE),
                row["segment_id"],
                query,
                kind,
                round(row["start_s"] / seconds * 1000 + 0.6, 1),
                round(max((row["end_s"] - row["start_s"]) / seconds * 1000 - 1.2, 1), 1),
                spoken_name(row["segment_kind"]),
                _clock(row["start_s"]),
                kind,
                row["lyric_text"] or "no lyric",
            )
        )
    return _strip(blocks, 14, f"{len(segments)} segments")


def _strip(blocks: Sequence[Markup], height: int, label: str) -> Markup:
    return Markup(
        '<svg class="timeline" viewBox="0 0 1000 {}" preserveAspectRatio="none" role="group" '
        'aria-label="{}">{}</svg>'
    ).format(height, label, Markup("").join(blocks))
