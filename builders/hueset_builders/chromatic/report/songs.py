"""Every song as plain JSON values: what the timeline of the report is drawn from."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from hueset_builders.chromatic.report.albums import paper_tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.render.report.section import Material

CELLS = {
    "audio_midi": "b",
    "audio_only": "a",
    "midi_only": "m",
    "silent": "s",
    "unknown": "u",
}
"""One letter per segment of a track; `-` where the track has no such segment."""


def song_sheets(material: Material) -> dict[str, dict[str, Any]]:
    """Return every song by its id, in the order of the albums.

    Times are seconds, rounded to a millisecond. A segment is `[start, end, kind, section, text,
    bar, beat, relations]`, a track `[number, description, group, player, audio, MIDI, cells]`.
    """
    sections = _by_song(
        material,
        "SELECT song_id, name, start_s, end_s, description, flags "
        'FROM "chromatic"."sections" ORDER BY song_id, section_index',
    )
    lines = _by_song(
        material,
        "SELECT song_id, start_s, end_s, text, flags "
        'FROM "chromatic"."lyrics" ORDER BY song_id, line_index',
    )
    tracks = _by_song(
        material,
        "SELECT song_id, track_no, description, track_group, player_name, audio_state, midi_state "
        'FROM "chromatic"."tracks" ORDER BY song_id, track_no',
    )
    segments = _by_song(
        material,
        "SELECT song_id, track_no, segment_index, start_s, end_s, segment_kind, section_name, "
        "lyric_text, lyric_lines, start_bar, start_beat, content_type "
        'FROM "chromatic"."segments" ORDER BY song_id, segment_index, track_no',
    )
    songs = material.rows(
        'SELECT * FROM "chromatic"."songs" ORDER BY album_no, album_sequence, song_id'
    )
    return {
        song["song_id"]: {
            **_head(song),
            "sections": [
                [s["name"], _ms(s["start_s"]), _ms(s["end_s"]), s["description"] or "", s["flags"]]
                for s in sections.get(song["song_id"], [])
            ],
            "lines": [
                [_ms(line["start_s"]), _ms(line["end_s"]), line["text"], line["flags"]]
                for line in lines.get(song["song_id"], [])
            ],
            **_segments(segments.get(song["song_id"], []), tracks.get(song["song_id"], [])),
        }
        for song in songs
    }


def _head(song: Mapping[str, Any]) -> dict[str, Any]:
    scores = [[k, round(v, 2)] for k, v in (song["rebracketing_scores"] or {}).items() if v]
    return {
        "title": song["title"] or song["song_id"],
        "album": song["album_title"],
        "colour": song["colour"],
        "hex": song["colour_hex"],
        "tone": paper_tone(song["colour_hex"]),
        "seconds": _ms(song["running_time_s"]),
        "seconds_from": song["running_time_source"],
        "bpm": song["tempo_bpm"],
        "meter": song["time_signature"],
        "key": song["key"],
        "released": song["release_date"].isoformat() if song["release_date"] else None,
        "moods": song["moods"] or [],
        "concept": song["concept"],
        "type": song["rebracketing_type"],
        "label_kind": song["rebracketing_label_kind"],
        "scores": sorted(scores, key=lambda pair: (-pair[1], pair[0])),
        "unit": [song["timecode_unit"], song["timecode_confidence"], song["timecode_evidence"]],
        "lyrics_unit": [song["lyrics_timecode_unit"], song["lyrics_timecode_confidence"]],
        "covered": round(song["covered_share"], 4),
        "split": song["split"],
        "flags": song["flags"],
        "audio": [song["audio_files_present"], song["audio_files_named"]],
        "midi": [song["midi_files_present"], song["midi_files_named"]],
    }


def _segments(rows: list[dict[str, Any]], tracks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the segments of a song's time once, and one letter per track and segment."""
    moments, cells = [], {track["track_no"]: "" for track in tracks}
    for at, (_, group) in enumerate(groupby(rows, key=lambda row: row["segment_index"])):
        own = list(group)
        first = own[0]
        moments.append(
            [
                _ms(first["start_s"]),
                _ms(first["end_s"]),
                first["segment_kind"],
                first["section_name"] or "",
                first["lyric_text"],
                first["start_bar"],
                None if first["start_beat"] is None else round(first["start_beat"], 2),
                [[told["line_index"], told["relation"]] for told in first["lyric_lines"]],
                first["segment_index"],
            ]
        )
        for row in own:
            missing = "-" * (at - len(cells[row["track_no"]]))
            cells[row["track_no"]] += missing + CELLS[row["content_type"]]
    return {
        "segments": moments,
        "tracks": [
            [
                t["track_no"],
                t["description"] or "",
                t["track_group"] or "",
                t["player_name"] or "",
                t["audio_state"],
                t["midi_state"],
                cells[t["track_no"]],
            ]
            for t in tracks
        ],
    }


def _by_song(material: Material, sql: str) -> dict[str, list[dict[str, Any]]]:
    return {
        song: list(rows)
        for song, rows in groupby(material.rows(sql), key=lambda row: str(row["song_id"]))
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
