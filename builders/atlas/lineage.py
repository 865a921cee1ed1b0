"""What is read from a version of `vibe`: its texts, its split, and its labels as they stand."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from builders.atlas.mapping import LABELS
from hueset.builder import reading

if TYPE_CHECKING:
    from hueset.builder import Inputs
    from hueset.sources import ResolvedSource

UNITS = {"emobank": "sentence", "goemotions": "comment", "imdb": "review"}


def read(inputs: Inputs) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return texts and labels of the version.

    Returns
    -------
    tuple
        The texts: `source`, `source_id` (its example_id there), `unit`, `text`, `text_raw`,
        `text_hash`, `upstream_split` (its split there), `licence`. The labels: schema
        `builders.atlas.mapping.LABELS` and `source`; those of a dimension that is none of the 22
        are left out.
    """
    source = inputs.sources["vibe"]
    dimensions = [dimension["name"] for dimension in inputs.facts["dimensions.yaml"]]
    texts = _table(source, "examples").select(
        "source",
        pl.col("example_id").alias("source_id"),
        pl.col("source").replace_strict(UNITS).alias("unit"),
        "text",
        "text_raw",
        "text_hash",
        pl.col("split").alias("upstream_split"),
        "licence",
    )
    labels = _table(source, "labels").filter(pl.col("dimension").is_in(dimensions))
    return texts, labels.select(
        "source",
        pl.col("example_id").alias("source_id"),
        "dimension",
        pl.format("{}_{}", "source", "dimension").alias("mapping"),
        *(name for name in LABELS.names() if name not in {"source_id", "dimension", "mapping"}),
    )


def _table(source: ResolvedSource, table: str) -> pl.DataFrame:
    files = source.names(f"data/{table}/*.parquet")
    with reading(f"source {source.name!r}: {table} cannot be read as parquet"):
        return pl.concat(pl.read_parquet(io.BytesIO(source.read(file))) for file in files)
