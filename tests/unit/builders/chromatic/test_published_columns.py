"""Every column that the corpus' authors publish is here, or is said to be left out, and why."""

from pathlib import Path

import yaml

from hueset.declaration.project import Project

REPO = Path(__file__).parents[4]
MAPPING = yaml.safe_load(
    (REPO / "datasets" / "chromatic" / "published_columns.yaml").read_text(encoding="utf-8")
)
SEGMENTS = [
    "segment_id",
    "segment_index",
    "song_id",
    "track_number",
    "track_description",
    "track_group",
    "track_player",
    "source_audio_file",
    "segment_audio_file",
    "midi_file",
    "start_seconds",
    "end_seconds",
    "duration_seconds",
    "has_audio",
    "has_midi",
    "lyric_text",
    "structure_section",
    "segment_type",
    "original_start_seconds",
    "original_end_seconds",
    "has_structure_adjustments",
    "structure_adjustments",
    "is_sub_segment",
    "sub_segment_info",
    "lrc_line_number",
    "lyric_char_count",
    "lyric_word_count",
    "start_adjustment_seconds",
    "end_adjustment_seconds",
    "content_type",
    "manifest_track_key",
]
SONG = [
    "bpm",
    "tempo_numerator",
    "tempo_denominator",
    "key_signature_note",
    "key_signature_mode",
    "rainbow_color",
    "rainbow_color_temporal_mode",
    "rainbow_color_objectional_mode",
    "rainbow_color_ontological_mode",
    "transmigrational_mode",
    "title",
    "release_date",
    "total_running_time",
    "vocals",
    "lyrics",
    "lrc_lyrics",
    "sounds_like",
    "mood",
    "genres",
    "lrc_file",
    "concept",
    "song_structure",
    "midi_group_file",
]
TRAINING_DATA = [
    "concept_length",
    "word_count",
    "sentence_count",
    "avg_word_length",
    "question_marks",
    "exclamation_marks",
    "uncertainty_level",
    "narrative_complexity",
    "discrepancy_intensity",
    "has_rebracketing_markers",
    "track_duration",
    "track_position",
    "album_sequence",
    "rebracketing_type",
    "rebracketing_intensity",
    "rebracketing_coverage",
    "ontological_uncertainty",
    "memory_discrepancy_severity",
    "temporal_complexity_score",
    "boundary_fluidity_score",
    "track_id",
]


def test_each_of_the_75_published_columns_is_mapped_once():
    published = [*SEGMENTS, *SONG, *(f"training_data.{name}" for name in TRAINING_DATA)]
    assert len(published) == 75
    assert sorted(MAPPING) == sorted(published)


def test_a_mapped_column_exists_and_a_dropped_one_has_a_reason():
    tables = Project(REPO).dataset("chromatic").tables
    for name, told in MAPPING.items():
        if "dropped" in told:
            assert set(told) == {"dropped"}, name
            assert len(told["dropped"]) > 10, name
            continue
        assert set(told) <= {"to", "how"}, name
        assert told["to"], name
        for column in told["to"]:
            table, _, own = column.partition(".")
            assert own in tables[table].columns, (name, column)
    assert sum("dropped" in told for told in MAPPING.values()) == 4
