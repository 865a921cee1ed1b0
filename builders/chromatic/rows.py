"""The rows of `songs`, `tracks`, `sections` and `lyrics`, and the columns they share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from builders.chromatic.media_files import last_note_s
from builders.chromatic.normalise import (
    find_player,
    fold,
    fold_all,
    parse_key,
    parse_time_signature,
)
from builders.chromatic.plan import album_of
from builders.chromatic.rebracketing import count_text
from builders.chromatic.song import concept_hash
from builders.chromatic.timing import section_at
from builders.timecode import from_beat_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builders.chromatic.media_files import TrackFiles
    from builders.chromatic.song import Song
    from builders.timecode import Decision

Row = dict[str, Any]


def song_row(song: Song) -> Row:
    """Return the row of `songs`."""
    manifest, timing = song.manifest, song.timing
    stems = [one for one in song.files.tracks if one.track.audio_file]
    scores = [one for one in song.files.tracks if one.midi_file]
    lyrics = timing.lyrics
    return {
        **identity(song),
        **album(song),
        **ontology(song),
        **music(song),
        **words(song),
        **label(song),
        **timecode(timing.manifest),
        **place(song),
        "title": manifest.title,
        "release_date": manifest.release_date,
        "colour_hex": song.colour.hex if song.colour else None,
        "trt_written": manifest.running_time_written,
        "trt_s": timing.trt_s,
        "running_time_s": timing.running_time_s,
        "running_time_source": timing.running_time_source,
        "vocals": manifest.vocals,
        "has_lyrics": manifest.lyrics,
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
            **identity(song),
            **place(song),
            "track_no": track.number,
            "track_id": track_id(song, one),
            "colour": song.colour.name if song.colour else None,
            "title": song.manifest.title,
            "description": track.description,
            "track_group": fold(track.group) if track.group else None,
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
            **identity(song),
            **place(song),
            **timecode(song.timing.manifest),
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
            **identity(song),
            **place(song),
            **timecode(song.timing.lyrics),
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
                {"start_written": word.stamp.text, "text": word.text} for word in line.line.words
            ],
            "time_uncertainty_s": line.uncertainty_s,
            "flags": list(line.flags),
        }


def identity(song: Song) -> Row:
    """Return the song's id."""
    return {"song_id": song.song_id}


def track_id(song: Song, one: TrackFiles) -> str:
    """Return the id of a track."""
    return f"{song.song_id}_t{one.track.number:02d}"


def album(song: Song) -> Row:
    """Return album columns; the number is the folder's, the title the colour's."""
    number = album_of(song.song_id)
    return {
        "album_no": int(number) if number.isdigit() else None,
        "album_title": song.colour.album_title if song.colour else None,
        "album_sequence": song.manifest.track_no,
    }


def ontology(song: Song) -> Row:
    """Return the columns of the song's colour; null where it has none."""
    colour = song.colour
    return {
        "colour_code": colour.code if colour else None,
        "colour": colour.name if colour else None,
        "temporal_mode": colour.temporal_mode if colour else None,
        "objectional_mode": colour.objectional_mode if colour else None,
        "ontological_modes": list(colour.ontological_modes) if colour else None,
        "transmigrational_mode": colour.transmigrational_mode if colour else None,
        "temporal_vector": list(colour.vectors["temporal"]) if colour else None,
        "objectional_vector": list(colour.vectors["objectional"]) if colour else None,
        "ontological_vector": list(colour.vectors["ontological"]) if colour else None,
    }


def music(song: Song) -> Row:
    """Return tempo, metre and key."""
    manifest = song.manifest
    metre = parse_time_signature(manifest.time_signature) if manifest.time_signature else None
    key = parse_key(manifest.key) if manifest.key else None
    return {
        "tempo_bpm": manifest.tempo_bpm,
        "time_signature": manifest.time_signature,
        "beats_per_bar": metre[0] if metre else None,
        "beat_unit": metre[1] if metre else None,
        "key": manifest.key,
        "key_tonic": key.tonic if key else None,
        "key_mode": key.mode if key else None,
        "key_pitch_class": key.pitch_class if key else None,
        "key_canonical": key.canonical if key else None,
    }


def words(song: Song) -> Row:
    """Return moods, genres and artists."""
    artists = song.manifest.sounds_like
    return {
        "moods": fold_all(song.manifest.moods),
        "genres": fold_all(song.manifest.genres),
        "sounds_like": [{"name": one.name, "discogs_id": one.discogs_id} for one in artists],
    }


def label(song: Song) -> Row:
    """Return the rebracketing label with its provenance, and the counts of the concept."""
    scored, person = song.rebracketing, song.place.get("annotation")
    counts = count_text(song.manifest.concept) if song.manifest.concept else None
    by_list = scored is not None and person is None
    kind = "class" if person else "lexicon" if scored else None
    return {
        "rebracketing_type": person["type"] if person else scored.type if scored else None,
        "rebracketing_label_kind": kind,
        "rebracketing_derived_from": "concept" if by_list else None,
        "rebracketing_annotator": person["annotator"] if person else None,
        "rebracketing_annotated_on": dt.date.fromisoformat(person["date"]) if person else None,
        "rebracketing_margin": scored.margin if scored else None,
        "rebracketing_scores": dict(scored.scores) if scored else None,
        "rebracketing_intensity": scored.intensity if scored else None,
        "rebracketing_coverage": scored.coverage if scored else None,
        "has_rebracketing_markers": scored.has_markers if scored else None,
        "ontological_uncertainty": scored.ontological_uncertainty if scored else None,
        "memory_discrepancy": scored.memory_discrepancy if scored else None,
        "temporal_complexity": scored.temporal_complexity if scored else None,
        "boundary_fluidity": scored.boundary_fluidity if scored else None,
        "lexicon": song.facts.lexicon.name if scored else None,
        "concept_char_count": counts.characters if counts else None,
        "concept_word_count": counts.words if counts else None,
        "concept_sentence_count": counts.sentences if counts else None,
        "concept_mean_word_length": counts.mean_word_length if counts else None,
        "concept_question_marks": counts.question_marks if counts else None,
        "concept_exclamation_marks": counts.exclamation_marks if counts else None,
    }


def timecode(decision: Decision) -> Row:
    """Return what the stamps were taken to be, and why."""
    return {
        "timecode_unit": decision.unit,
        "timecode_evidence": decision.evidence,
        "timecode_confidence": decision.confidence,
    }


def place(song: Song) -> Row:
    """Return group and splits."""
    return {name: song.place[name] for name in ("group_id", "split", "split_by_album")}


def bar_and_beat(song: Song, time_s: float) -> tuple[int | None, float | None]:
    """Return bar and quarter note within it, both from 1; None where tempo or metre is unknown."""
    manifest = song.manifest
    metre = parse_time_signature(manifest.time_signature) if manifest.time_signature else None
    if manifest.tempo_bpm is None or metre is None:
        return None, None
    quarters_per_bar = metre[0] * 4 / metre[1]
    # A hundredth of a quarter before a bar line is on it: stamps are no finer.
    quarters = time_s * manifest.tempo_bpm / 60
    bar = int((quarters + 0.01) // quarters_per_bar)
    return bar + 1, max(0.0, quarters - bar * quarters_per_bar) + 1


def _time_signature(one: TrackFiles) -> str | None:
    if one.score is None or not one.score.time_signatures:
        return None
    first = one.score.time_signatures[0]
    return f"{first.numerator}/{first.denominator}"


def _frame_rate(one: TrackFiles) -> float | None:
    offset = one.score.smpte_offset if one.score else None
    return offset.frames_per_second if offset else None
