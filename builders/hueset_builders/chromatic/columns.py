"""The columns that rows of several tables share, as parts of a row."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from hueset_builders.chromatic.normalise import fold_all, parse_key, parse_time_signature
from hueset_builders.chromatic.rebracketing import count_text
from hueset_builders.chromatic.song_units import album_of

if TYPE_CHECKING:
    from hueset_builders.chromatic.media_files import TrackFiles
    from hueset_builders.chromatic.song import Song
    from hueset_builders.readers.timecode_evidence import Decision

Row = dict[str, Any]


def identity_columns(song: Song) -> Row:
    """Return the song's id."""
    return {"song_id": song.song_id}


def track_id(song: Song, one: TrackFiles) -> str:
    """Return the id of a track."""
    return f"{song.song_id}_t{one.track.number:02d}"


def album_columns(song: Song) -> Row:
    """Return album columns; the number is the folder's, the title the colour's."""
    number = album_of(song.song_id)
    return {
        "album_no": int(number) if number.isdigit() else None,
        "album_title": song.colour.album_title if song.colour else None,
        "album_sequence": song.manifest.track_no,
    }


def ontology_columns(song: Song) -> Row:
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


def music_columns(song: Song) -> Row:
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


def word_columns(song: Song) -> Row:
    """Return moods, genres and artists."""
    artists = song.manifest.sounds_like
    return {
        "moods": fold_all(song.manifest.moods),
        "genres": fold_all(song.manifest.genres),
        "sounds_like": [{"name": one.name, "discogs_id": one.discogs_id} for one in artists],
    }


def label_columns(song: Song) -> Row:
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


def timecode_columns(decision: Decision) -> Row:
    """Return what the stamps were taken to be, and why."""
    return {
        "timecode_unit": decision.unit,
        "timecode_evidence": decision.evidence,
        "timecode_confidence": decision.confidence,
    }


def split_columns(song: Song) -> Row:
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
