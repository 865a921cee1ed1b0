"""What a row of `segments` says of its segment: the same on every track of the song."""

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
    word_columns,
)
from hueset_builders.chromatic.segmentation import TimeSpan, line_relation
from hueset_builders.chromatic.timed_text import section_at
from hueset_builders.readers.timecode import UNITS

if TYPE_CHECKING:
    from hueset_builders.chromatic.segmentation import Segment
    from hueset_builders.chromatic.song import Song


def segment_row(song: Song, segment: Segment, number: int) -> Row:
    """Return what a segment is on every track alike."""
    manifest, timing = song.manifest, song.timing
    middle = (segment.start_s + segment.end_s) / 2
    section = section_at(timing.sections, middle)
    touching = []
    for line in timing.lines:
        lies = line_relation(
            TimeSpan(line.index, line.start_s, line.end_s), segment.start_s, segment.end_s
        )
        if lies is not None:
            touching.append((line, *lies))
    # A line that merely reaches over a moved boundary is told in the relations, not in the text.
    sung = [line for line, kind, overlap in touching if _belongs(line.start_s, line.end_s, overlap)]
    text = "\n".join(line.line.text for line in sung)
    decision = timing.lyrics if sung and timing.lyrics else timing.manifest
    uncertain = [UNITS[timing.manifest.unit].resolution_s / 2]
    uncertain += [line.uncertainty_s for line in sung]
    uncertain += [section.uncertainty_s] if section else []
    flags = {f"section_{flag}" for flag in (section.flags if section else ())}
    flags |= {f"lyric_{flag}" for line in sung for flag in line.flags}
    flags |= {"running_time_lower_bound"} if timing.lower_bound else set()
    flags |= {"timecode_low"} if decision.confidence == "low" else set()
    start_bar, start_beat = bar_and_beat(song, segment.start_s)
    end_bar, end_beat = bar_and_beat(song, segment.end_s)
    return {
        **identity_columns(song),
        **album_columns(song),
        **ontology_columns(song),
        **music_columns(song),
        **word_columns(song),
        **label_columns(song),
        **timecode_columns(decision),
        **split_columns(song),
        "segment_index": number,
        "segment_kind": segment.kind,
        "piece": segment.piece,
        "pieces": segment.pieces,
        "overlap_s": segment.overlap_s,
        "title": manifest.title,
        "release_date": manifest.release_date,
        "concept": manifest.concept,
        "vocals": manifest.vocals,
        "has_lyrics": manifest.lyrics,
        "lrc_file": manifest.lrc_file,
        "trt_written": manifest.running_time_written,
        "running_time_s": timing.running_time_s,
        "start_s": segment.start_s,
        "end_s": segment.end_s,
        "duration_s": segment.duration_s,
        "unmoved_start_s": segment.unmoved_start_s,
        "unmoved_end_s": segment.unmoved_end_s,
        "start_moved_s": segment.start_s - segment.unmoved_start_s if segment.piece == 1 else 0.0,
        "end_moved_s": (
            segment.end_s - segment.unmoved_end_s if segment.piece == segment.pieces else 0.0
        ),
        "start_bar": start_bar,
        "start_beat": start_beat,
        "end_bar": end_bar,
        "end_beat": end_beat,
        "position": middle / timing.running_time_s,
        "time_uncertainty_s": max(uncertain),
        "section_index": section.index if section else None,
        "section_name": section.section.name if section else None,
        "section_description": (section.section.description or None) if section else None,
        "lyric_text": text,
        "lyric_line_count": len(sung),
        "lyric_char_count": len(text),
        "lyric_word_count": len(text.split()),
        "lyric_lines": [
            {"line_index": line.index, "relation": kind, "overlap_s": overlap}
            for line, kind, overlap in touching
        ],
        "flags": sorted(flags),
    }


def _belongs(start_s: float, end_s: float, overlap_s: float) -> bool:
    """Whether at least half of a line lies in the segment, or a good second of it."""
    return overlap_s >= min(1.0, (end_s - start_s) / 2)
