"""The chromatic corpus: songs of an album cycle → timed segments with audio, MIDI and lyrics.

Reads a folder as its authors keep it, `AA_TT/AA_TT.yml` with lyrics, stems and MIDI beside it
(github.com/brotherclone/white, CC BY-SA 4.0). One unit is one song. The faults of the input are
findings and flags; only a folder that is no song at all is refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hueset.builder import Batch
from hueset.declaration.column_types import arrow_schema
from hueset.tables.rows import table_of
from hueset_builders.chromatic.checks import check
from hueset_builders.chromatic.findings import findings_of, refused_lines
from hueset_builders.chromatic.media_checks import check_unit
from hueset_builders.chromatic.preview import PreviewCandidates, combine
from hueset_builders.chromatic.rows import lyric_rows, section_rows, song_row, track_rows
from hueset_builders.chromatic.song import read_song
from hueset_builders.chromatic.song_units import plan_units
from hueset_builders.chromatic.track_tables import track_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hueset.builder import Finding, Inputs, Reject, Unit
    from hueset_builders.chromatic.columns import Row
    from hueset_builders.chromatic.manifest import ManifestFault

__all__ = ["build_unit", "check", "check_unit", "combine", "plan_units"]


def build_unit(unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject | Finding]:
    """Make the rows of one song, one track's media at a time.

    Raises
    ------
    InputError
        If the folder is no song: no manifest, or one that cannot be read at all.
    """
    song = read_song(unit, inputs)
    segments: list[Row] = []
    faults: list[ManifestFault] = []
    preview = PreviewCandidates(inputs)
    for tables in track_tables(song, inputs, preview):
        segments += tables.segments
        faults += tables.faults
        # Media leave at once: one track's bytes are in memory, never a song's.
        if tables.media:
            yield _batch("media", tables.media, inputs)
    yield from preview.batches()
    yield _batch("segments", segments, inputs)
    # Only now that its stems were decoded is every fault of the song known.
    song = replace(song, faults=(*song.faults, *faults))
    yield _batch("songs", [song_row(song)], inputs)
    yield _batch("tracks", track_rows(song), inputs)
    yield _batch("sections", section_rows(song), inputs)
    yield _batch("lyrics", lyric_rows(song), inputs)
    yield from refused_lines(song)
    yield from findings_of(song)


def _batch(table: str, rows: Iterable[Row], inputs: Inputs) -> Batch:
    schema = arrow_schema(inputs.dataset.tables[table])
    return Batch(table, table_of(list(rows), schema))
