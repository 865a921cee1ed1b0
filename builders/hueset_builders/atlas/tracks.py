"""Tags of tempo that uploaders gave to music tracks; the data holds no word about the track.

Source: Bogdanov et al., "The MTG-Jamendo Dataset for Automatic Music Tagging", ICML 2019 Machine
Learning for Music Discovery Workshop, metadata CC BY-NC-SA 4.0.
"""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import convert_input_errors
from hueset.errors import SourceFormatError
from hueset_builders.atlas.source_rows import FIELDS, SourceRows, texts_frame

if TYPE_CHECKING:
    from hueset.builder import Inputs

TAGS_FROM = 5
"""The first five columns are ids, path and duration; every further one is a tag."""


def read(inputs: Inputs) -> SourceRows:
    """Read the tags; a field of the reading is a tag as written, `mood/theme---slow`.

    Raises
    ------
    SourceFormatError
        It is no such table.
    """
    source = inputs.sources["mtg_jamendo"]
    wanted = {row["field"] for row in inputs.facts["mapping.yaml"] if row["source"] == source.name}
    tracks, fields = [], []
    what = "source 'mtg_jamendo' is no table of tags"
    with (
        convert_input_errors(what, hint="compare it with its pin"),
        gzip.open(io.BytesIO(source.read()), "rt", encoding="utf-8") as lines,
    ):
        head = next(lines, "").rstrip("\n").split("\t")
        if head[:2] != ["TRACK_ID", "ARTIST_ID"]:
            message = f"source 'mtg_jamendo' begins with {head[:3]}, expected TRACK_ID, ARTIST_ID"
            raise SourceFormatError(message, hint="compare it with its pin")
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            tracks.append((cells[0], cells[1]))
            fields += [(cells[0], tag, 1.0) for tag in cells[TAGS_FROM:] if tag in wanted]
    return SourceRows(
        texts_frame(
            pl.DataFrame(tracks, schema=["source_id", "kin"], orient="row"),
            source=source.name,
            unit="track",
            licence=inputs.dataset.sources[source.name].licence,
        ),
        pl.DataFrame(fields, schema=["source_id", "field", "value_raw"], orient="row")
        .with_columns(
            n_raters=pl.lit(None, dtype=pl.Int32), rater_sd=pl.lit(None, dtype=pl.Float64)
        )
        .match_to_schema(FIELDS),
        len(tracks),
    )
