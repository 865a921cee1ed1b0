"""The rows of `songs`, `tracks`, `sections` and `lyrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset_builders.chromatic.columns import (
    Row,
    album_columns,
    bar_and_beat,
    identity_columns,
    label_columns,
    music_columns,
    ontology_columns,
    split_columns,
    timecode_columns,
    track_id,
    word_columns,
)
from hueset_builders.chromatic.media_files import last_note_s
from hueset_builders.chromatic.normalise import find_player, fold_text
from hueset_builders.chromatic.song import concept_hash
from hueset_builders.chromatic.timed_text import section_at
from hueset_builders.readers.timecode import from_beat_s, read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset_builders.chromatic.media_files import TrackFiles
    from hueset_builders.chromatic.song import Song
    from hueset_builders.chromatic.timed_text import TimedLyric
    from hueset_builders.readers.lyrics import TimedWord

WORD_SLACK_S = 1.0
"""How far a word may start before the stamp of its line, which is often set to a beat."""


def song_row(song: Song) -> Row:
    """Return the row of `songs`."""
    manifest, timing = song.manifest, song.timing
    stems = [one for one in song.files.tracks if one.track.audio_file]
    scores = [one for one in song.files.tracks if one.midi_file]
    lyrics = timing.lyrics
    return {
        **identity_columns(song),
        **album_columns(song),
        **ontology_columns(song),
        **music_columns(song),
        **word_columns(song),
        **label_columns(song),
        **timecode_columns(timing.manifest),
        **split_columns(song),
        "title": manifest.title,
        "release_date": manifest.release_date,
        "colour_hex": song.colour.hex if song.colour else None,
        "trt_written": manifest.running_time_written,
        "trt_s": timing.trt_s,
        "running_time_s": timing.running_time_s,
        "running_time_source": timing.running_time_source,
        "vocals": manifest.vocals,
        "has_lyrics": manifest.lyrics,
        "structure": [
            {"name": one.section.name, "start_s": one.start_s, "end_s": one.end_s}
            for one in timing.sections
        ],
        "lyrics_text": "\n".join(one.line.text for one in timing.lines) if song.lyrics else None,
        "lrc_file": manifest.lrc_file,
        "lrc_present": song.lyrics is not None,
        "main_audio_file": manifest.main_audio_file,
        "main_audio_present": song.files.main is not None,
        "main_audio_s": song.files.main.duration_s if song.files.main else None,
        "concept": manifest.concept,
        "concept_hash": concept_hash(manifest.concept) if manifest.concept else None,
        "moods_written": list(manifest.moods),
        "genres_written": list(manifest.genres),
        "section_count": len(timing.sections),
        "lyric_line_count": len(timing.lines),
        "track_count": len(manifest.tracks),
        "audio_files_named": len(stems),
        "audio_files_present": sum(one.audio_state == "present" for one in stems),
        "midi_files_named": len(scores),
        "midi_files_present": sum(one.midi_state in ("present", "empty") for one in scores),
        "segment_count": len(song.segments),
        "covered_share": song.covered_share,
        "timecode_range_margin": timing.manifest.range_margin,
        "timecode_rate_margin": timing.manifest.rate_margin,
        "timecode_grid_nats": timing.manifest.grid_nats,
        "timecode_stamps": timing.manifest.stamps,
        "lyrics_timecode_unit": lyrics.unit if lyrics else None,
        "lyrics_timecode_evidence": lyrics.evidence if lyrics else None,
        "lyrics_timecode_confidence": lyrics.confidence if lyrics else None,
        "lyrics_hour_offset_s": timing.hour_offset_s,
        "manifest_sha256": song.manifest_sha256,
        "lrc_sha256": song.lrc_sha256,
        "flags": song.flags,
    }


def track_rows(song: Song) -> Iterator[Row]:
    """Yield the rows of `tracks`."""
    ontology_facts = song.facts.ontology
    for one in song.files.tracks:
        track, score, audio = one.track, one.score, one.audio
        player = find_player(track.player, ontology_facts.players, ontology_facts.default_player)
        yield {
            **identity_columns(song),
            **split_columns(song),
            "track_no": track.number,
            "track_id": track_id(song, one),
            "colour": song.colour.name if song.colour else None,
            "title": song.manifest.title,
            "description": track.description,
            "track_group": fold_text(track.group) if track.group else None,
            "track_group_written": track.group,
            "player": player,
            "player_name": ontology_facts.players[player] if player else None,
            "player_written": track.player,
            "audio_file": track.audio_file,
            "audio_state": one.audio_state,
            "audio_duration_s": audio.duration_s if audio else None,
            "sample_rate_hz": audio.sample_rate if audio else None,
            "channels": audio.channels if audio else None,
            "audio_subtype": audio.subtype if audio else None,
            "audio_origin": song.manifest.audio_origin if audio else None,
            "midi_file": one.midi_file,
            "midi_group_file": track.midi_group_file,
            "midi_shared": one.midi_shared,
            "midi_state": one.midi_state,
            "midi_note_count": len(score.onset_s) if score else None,
            "midi_span_s": score.span_s if score else None,
            "midi_last_note_s": last_note_s(score) if score else None,
            "midi_tempo_bpm": score.tempos[0].bpm if score and score.tempos else None,
            "midi_tempo_count": len(score.tempos) if score else None,
            "midi_key": score.key_signatures[0].name if score and score.key_signatures else None,
            "midi_time_signature": _time_signature(one),
            "midi_frame_rate": _frame_rate(one),
            "flags": list(one.flags),
        }


def section_rows(song: Song) -> Iterator[Row]:
    """Yield the rows of `sections`."""
    tempo = song.manifest.tempo_bpm
    for section in song.timing.sections:
        start = section.start_s
        bar, beat = bar_and_beat(song, start) if start is not None else (None, None)
        yield {
            **identity_columns(song),
            **split_columns(song),
            **timecode_columns(song.timing.manifest),
            "section_index": section.index,
            "colour": song.colour.name if song.colour else None,
            "name": section.section.name,
            "description": section.section.description or None,
            "start_written": section.section.start_written,
            "end_written": section.section.end_written,
            "start_s": start,
            "end_s": section.end_s,
            "until_s": section.until_s,
            "joined": section.joined,
            "start_bar": bar,
            "start_beat": beat,
            "off_beat_s": from_beat_s(start, tempo) if tempo and start is not None else None,
            "time_uncertainty_s": section.uncertainty_s,
            "flags": list(section.flags),
        }


def lyric_rows(song: Song) -> Iterator[Row]:
    """Yield the rows of `lyrics`."""
    if song.timing.lyrics is None:
        return
    for line in song.timing.lines:
        section = section_at(song.timing.sections, (line.start_s + line.end_s) / 2)
        yield {
            **identity_columns(song),
            **split_columns(song),
            **timecode_columns(song.timing.lyrics),
            "line_index": line.index,
            "colour": song.colour.name if song.colour else None,
            "text": line.line.text,
            "start_written": line.line.stamp.text,
            "file_line": line.line.file_line,
            "start_s": line.start_s,
            "end_s": line.end_s,
            "end_assumed": line.end_assumed,
            "section_index": section.index if section else None,
            "section_name": section.section.name if section else None,
            "words": [
                {
                    "start_written": word.stamp.text,
                    "start_s": _word_start_s(song, line, word),
                    "text": word.text,
                }
                for word in line.line.words
            ],
            "time_uncertainty_s": line.uncertainty_s,
            "flags": list(line.flags),
        }


def _word_start_s(song: Song, line: TimedLyric, word: TimedWord) -> float | None:
    """Return a word's start, read as the stamps of lines are; None where it is not in its line.

    A text that is sung twice has the stamps of its words for one of the times only.
    """
    if song.timing.lyrics is None or song.lyrics is None:
        return None
    start = read_stamp(word.stamp, song.timing.lyrics.unit).time_s
    start += song.lyrics.shift_s - song.timing.hour_offset_s
    after = start >= line.end_s and not line.end_assumed
    return None if after or start < line.start_s - WORD_SLACK_S else start


def _time_signature(one: TrackFiles) -> str | None:
    if one.score is None or not one.score.time_signatures:
        return None
    first = one.score.time_signatures[0]
    return f"{first.numerator}/{first.denominator}"


def _frame_rate(one: TrackFiles) -> float | None:
    offset = one.score.smpte_offset if one.score else None
    return offset.frames_per_second if offset else None
