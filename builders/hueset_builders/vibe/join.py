"""The three corpora joined: splits over equal texts, standardised values, the table to train on.

Heavy text is read one corpus at a time; only ids, splits and numbers are held for all at once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Batch, Finding, Verdict
from hueset_builders.vibe.splits import assign_splits
from hueset_builders.vibe.units import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards


def combine(shards: Shards, inputs: Inputs) -> Iterator[Batch | Finding]:
    """Yield `labels`, `classes`, and corpus by corpus `examples` and `training`, sorted by key."""
    texts = (
        shards.scan("_examples")
        .select("example_id", "source", "group_id", "upstream_split")
        .collect()
    )
    splits = assign_splits(texts, inputs.parameters)
    yield from _shared_texts(texts.join(splits, on="example_id"))
    labels = standardise_labels(scale_labels(shards.scan("_labels").collect()))
    split = splits.select("example_id", "split")
    told = labels.join(split, on="example_id", validate="m:1")
    yield Batch("labels", told.sort("source", "example_id", "dimension").to_arrow())
    classes = shards.scan("_classes").collect().join(split, on="example_id", validate="m:1")
    yield Batch("classes", classes.sort("example_id", "class").to_arrow())
    dimensions = [dimension["name"] for dimension in inputs.facts["dimensions.yaml"]]
    values = pivot_labels(labels, dimensions)
    for corpus in FORMS:
        examples = _examples(shards, corpus, splits)
        yield Batch("examples", examples.to_arrow())
        rows = examples.select("example_id", "text", "source", "split", "licence")
        rows = rows.join(values, on="example_id", how="left", maintain_order="left")
        yield Batch("training", with_licences(rows).to_arrow())


def scale_labels(labels: pl.DataFrame) -> pl.DataFrame:
    """Return labels with `value` and `agreement`.

    `value` is linear: 0 at raw_min, 1 at raw_max. `agreement` is 1 − (sd / half the scale)², with
    the population standard deviation of the ratings: 1 where all raters say the same, 0 where one
    half says one end of the scale and the other half the other; null where the spread is unknown.
    """
    span = pl.col("raw_max") - pl.col("raw_min")
    return labels.with_columns(
        value=(pl.col("value_raw") - pl.col("raw_min")) / span,
        agreement=1.0 - (pl.col("rater_sd") / (span / 2.0)) ** 2,
    )


def standardise_labels(labels: pl.DataFrame) -> pl.DataFrame:
    """Return labels with `z`: `value` less its mean, by its standard deviation.

    Both are taken over all texts of a source and dimension, with exactly rounded sums, so they do
    not depend on the order of rows; null where all values are equal.
    """
    moments = []
    for (source, dimension), group in labels.group_by("source", "dimension"):
        values = group["value"].to_list()
        mean = math.fsum(values) / len(values)
        sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
        moments.append((source, dimension, mean, sd or None))
    schema = {"source": pl.String, "dimension": pl.String, "mean": pl.Float64, "sd": pl.Float64}
    known = pl.DataFrame(moments, schema=schema, orient="row")
    return (
        labels.join(known, on=["source", "dimension"], validate="m:1")
        .with_columns(z=(pl.col("value") - pl.col("mean")) / pl.col("sd"))
        .drop("mean", "sd")
    )


def pivot_labels(labels: pl.DataFrame, dimensions: list[str]) -> pl.DataFrame:
    """Return `example_id`, one column per dimension, null where it has no label, and `licences`.

    The licences are those of the labels that stand in the row.
    """
    shown = pl.col("dimension").is_in(dimensions)
    return labels.group_by("example_id").agg(
        *(
            pl.col("value").filter(pl.col("dimension") == name).first().alias(name)
            for name in dimensions
        ),
        pl.col("licences").filter(shown).explode().unique().sort(),
    )


def with_licences(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the `licence` of the text taken into `licences`, sorted, each once."""
    known = pl.col("licences").fill_null(pl.lit([], dtype=pl.List(pl.String)))
    both = pl.concat_list("licence", known).list.unique().list.sort()
    return rows.with_columns(licences=both).drop("licence")


def _examples(shards: Shards, corpus: str, splits: pl.DataFrame) -> pl.DataFrame:
    flags = [
        pl.when("shared").then(pl.lit("shared_text")),
        pl.when("moved").then(pl.lit("split_moved")),
    ]
    return (
        shards.scan("_examples")
        .filter(pl.col("source") == corpus)
        .join(splits.lazy(), on="example_id")
        .with_columns(flags=pl.concat_list("flags", pl.concat_list(flags).list.drop_nulls()))
        .drop("shared", "moved")
        .sort("example_id")
        .collect(engine="streaming")
    )


def _shared_texts(texts: pl.DataFrame) -> Iterator[Finding]:
    shared = texts.filter("shared")
    if shared.is_empty():
        return
    groups = shared["group_id"].n_unique()
    moved = shared.filter("moved").height
    message = (
        f"{groups:,} texts stand in more than one corpus, each with its own labels; they share "
        f"group and split, which moved {moved:,} of {shared.height:,} rows out of their own split"
    )
    examples = tuple(shared["example_id"].sort().head(10))
    yield Finding("input.text_in_two_sources", Verdict.WARN, message, "examples", groups, examples)
