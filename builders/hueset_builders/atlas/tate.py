"""Titles of artworks with the tags their curators gave, their movements and their years.

Source: Tate, collection metadata (github.com/tategallery/collection, last updated 2014), CC0 1.0. A
tag says that something is there; a tag that is not there says nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.builder import Reject, convert_input_errors
from hueset_builders.atlas.source_rows import FIELDS, SourceRows, texts_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs

SAYS_NOTHING = re.compile(
    r"\[?(?:untitled|no title|title not known)\b.*", re.IGNORECASE | re.DOTALL
)
MOVEMENT = "movement"
"""The field of an artwork that the curators put into a movement."""
YEAR = "dateRange.startYear"


def read(inputs: Inputs) -> SourceRows:
    """Read one JSON file per artwork.

    A field of the reading is the path of a tag, its names joined by ` > `; `movement`, where the
    artwork is said to belong to one; and the first year of its date.

    Raises
    ------
    SourceFormatError
        A file is no artwork.
    """
    source = inputs.sources["tate"]
    wanted = {row["field"] for row in inputs.facts["mapping.yaml"] if row["source"] == "tate"}
    titles: list[tuple[str, str]] = []
    fields: list[tuple[str, str, float]] = []
    rejects = []
    for member, data in source.iterate("*.json"):
        with convert_input_errors(
            f"source 'tate': {member} is no artwork", hint="compare it with its pin"
        ):
            artwork: dict[str, Any] = json.loads(data)
            key, title = str(artwork["acno"]), str(artwork["title"])
        if SAYS_NOTHING.fullmatch(title.strip()):
            expected = "a title that names something"
            rejects.append(Reject("examples", "tate", key, "title_says_nothing", title, expected))
            continue
        titles.append((key, title))
        found = {path: 1.0 for path in _tags(artwork) if path in wanted}
        if artwork.get("movements"):
            found[MOVEMENT] = 1.0
        year = (artwork.get("dateRange") or {}).get("startYear")
        if isinstance(year, int):
            found[YEAR] = float(year)
        fields += [(key, field, value) for field, value in found.items()]
    frame = pl.DataFrame(titles, schema=["source_id", "text_raw"], orient="row")
    licence = inputs.dataset.sources["tate"].licence
    return SourceRows(
        texts_frame(frame, source="tate", unit="title", licence=licence),
        pl.DataFrame(fields, schema=["source_id", "field", "value_raw"], orient="row")
        .with_columns(
            n_raters=pl.lit(None, dtype=pl.Int32), rater_sd=pl.lit(None, dtype=pl.Float64)
        )
        .match_to_schema(FIELDS),
        len(titles) + len(rejects),
        rejects=tuple(rejects),
    )


def _tags(artwork: dict[str, Any]) -> Iterator[str]:
    """Yield the path of every tag of an artwork, and of every tag above it."""
    waiting: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), artwork.get("subjects") or {})]
    while waiting:
        above, subject = waiting.pop()
        for child in subject.get("children") or ():
            path = (*above, str(child["name"]))
            yield " > ".join(path)
            waiting.append((path, child))
