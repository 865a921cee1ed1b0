"""What is read from a version of `vibe`: its texts, its split, and its labels as they stand."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import convert_input_errors
from hueset_builders.atlas.mapping import LABELS

if TYPE_CHECKING:
    from hueset.builder import Inputs, ResolvedSource

NORMS = "warriner"
"""The source of the norms that vibe computes labels of."""

UNITS = {"emobank": "sentence", "goemotions": "comment", "imdb": "review"}


def read_version(inputs: Inputs) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return texts and labels of the version.

    Returns
    -------
    tuple
        The texts: `source`, `source_id` (its example_id there), `unit`, `text`, `text_raw`,
        `text_hash`, `upstream_split` (its split there), `licence`. The labels: schema
        `hueset_builders.atlas.mapping.LABELS`, `source` and `licences`; those of a dimension that
        is none of the 22 are left out.
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
    if "licences" not in labels.columns:
        labels = _with_licences(labels, texts, inputs.dataset.sources[NORMS].licence)
    return texts, labels.select(
        "source",
        pl.col("example_id").alias("source_id"),
        "dimension",
        pl.format("{}_{}", "source", "dimension").alias("mapping"),
        "licences",
        *(name for name in LABELS.names() if name not in {"source_id", "dimension", "mapping"}),
    )


def _with_licences(labels: pl.DataFrame, texts: pl.DataFrame, of_norms: str) -> pl.DataFrame:
    """Return labels of a version before 1.1.0, which did not say so, with their `licences`.

    Those computed of word norms rest on the norms of Warriner et al., in every version of vibe.
    """
    known = texts.select(example_id="source_id", licence="licence")
    rest = pl.when(pl.col("label_kind") == "class_norm").then(pl.lit(of_norms))
    both = pl.concat_list("licence", rest).list.drop_nulls().list.unique().list.sort()
    return labels.join(known, on="example_id", validate="m:1").with_columns(licences=both)


def _table(source: ResolvedSource, table: str) -> pl.DataFrame:
    files = source.names(f"data/{table}/*.parquet")
    with convert_input_errors(f"source {source.name!r}: {table} cannot be read as parquet"):
        return pl.concat(pl.read_parquet(io.BytesIO(source.read(file))) for file in files)
