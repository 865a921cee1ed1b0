"""All sources joined: groups and splits over equal texts, standardised values, wide rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Batch, Finding, Verdict
from hueset_builders.atlas import mapping
from hueset_builders.atlas.calibration import compare_sources, contradicting_sources
from hueset_builders.atlas.splits import assign_splits
from hueset_builders.atlas.units import as_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards


def combine(shards: Shards, inputs: Inputs) -> Iterator[Batch | Finding]:
    """Yield every table, source by source, sorted by key."""
    texts = (
        shards.scan("_examples")
        .select("example_id", "source", "inherited", "upstream_split", "nodes", "text_hash")
        .collect()
    )
    splits = assign_splits(texts, inputs.parameters)
    yield from _text_findings(texts.join(splits, on="example_id"))
    labels = standardise_labels(shards.scan("_labels").collect())
    dimensions = [dimension["name"] for dimension in inputs.facts["dimensions.yaml"]]
    values = pivot_labels(labels, dimensions)
    for source in texts["source"].unique(maintain_order=True):
        examples = (
            shards.scan("_examples")
            .filter(pl.col("source") == source)
            .drop("inherited", "nodes")
            .join(splits.lazy(), on="example_id")
            .drop("moved")
            .sort("example_id")
            .collect()
        )
        yield Batch("examples", examples.to_arrow())
        mine = labels.filter(pl.col("source") == source).sort(
            "example_id", "dimension", "label_kind"
        )
        split = examples.select("example_id", "split")
        told = mine.join(split, on="example_id", validate="m:1", maintain_order="left")
        yield Batch("labels", told.to_arrow())
        shown = ("example_id", "text", "context", "source", "unit", "split", "group_id")
        rows = examples.select(shown).join(values, on="example_id").sort("example_id", "label_kind")
        yield Batch("training", rows.to_arrow())
    yield Batch("mapping", mapping.mapping_table(mapping.declared_mappings(inputs)).to_arrow())
    # A word in a sentence is another item than the word alone.
    alone = shards.scan("_examples").filter(pl.col("context").is_null()).collect()
    comparable = labels.join(item_ids(alone), on="example_id")
    least: int = inputs.parameters["calibration_least"]
    compared = compare_sources(comparable, least)
    yield from contradicting_sources(compared)
    yield Batch("calibration", compared.to_arrow())


def item_ids(texts: pl.DataFrame) -> pl.DataFrame:
    """Return `example_id` and `item`: equal for texts that two sources judged alike.

    Equal texts are one item (a word, and a title that is this word), but for words that a source
    rates in several spellings, AIDS beside aids: there each spelling is one.
    """
    spellings = texts.filter(as_written(texts).is_not_null()).group_by("source", "text_hash")
    apart = spellings.agg(pl.col("text").n_unique().alias("n")).filter(pl.col("n") > 1)
    spelled = pl.col("text_hash").is_in(apart["text_hash"].implode())
    item = pl.when(spelled).then("text").otherwise("text_hash").alias("item")
    return texts.select("example_id", item)


def standardise_labels(labels: pl.DataFrame) -> pl.DataFrame:
    """Return labels with `z` and `agreement`.

    `z` is `value` less its mean by its population standard deviation, over all texts of a source,
    dimension and kind; null for tags, for an angle and where all are equal. `agreement` is
    1 − (rater_sd / half the scale)², null where the spread is unknown.
    """
    key = ("source", "dimension", "label_kind")
    moments = []
    for group, rows in labels.filter(pl.col("label_kind") != "tag").group_by(*key):
        values = rows["value"].to_list()
        mean = math.fsum(values) / len(values)
        sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
        moments.append((*group, mean, sd or None))
    numbers = {"mean": pl.Float64, "sd": pl.Float64}
    known = pl.DataFrame(moments, schema={**dict.fromkeys(key, pl.String), **numbers}, orient="row")
    half = (pl.col("raw_max") - pl.col("raw_min")) / 2.0
    z = (pl.col("value") - pl.col("mean")) / pl.col("sd")
    return (
        labels.join(known, on=key, how="left", validate="m:1")
        .with_columns(
            z=pl.when(pl.col("dimension") != "color").then(z),
            agreement=1.0 - (pl.col("rater_sd") / half) ** 2,
        )
        .drop("mean", "sd")
    )


def pivot_labels(labels: pl.DataFrame, dimensions: list[str]) -> pl.DataFrame:
    """Return one row per text and kind of label, one column per dimension, null without a label.

    `licences` are those of all labels of the row.
    """
    return labels.group_by("example_id", "label_kind").agg(
        *(
            pl.col("value").filter(pl.col("dimension") == name).first().alias(name)
            for name in dimensions
        ),
        pl.col("licences").explode().unique().sort(),
    )


def _text_findings(texts: pl.DataFrame) -> Iterator[Finding]:
    """Tell how many texts several sources hold, and how many left their published split."""
    shared = (
        texts.filter(pl.col("text_hash").is_not_null())
        .group_by("text_hash")
        .agg(pl.col("source").n_unique().alias("sources"))
        .filter(pl.col("sources") > 1)
        .height
    )
    if shared:
        message = f"{shared:,} texts stand in more than one source; they share group and split"
        yield Finding("input.text_in_two_sources", Verdict.WARN, message, "examples", shared)
    for inherited, check, what in (
        (True, "input.inherited_split_moved", "left the split of the version they come from"),
        (False, "input.published_split_moved", "left their published split, for texts kin to them"),
    ):
        moved = texts.filter(pl.col("moved") & (pl.col("inherited") == inherited))
        if moved.height:
            examples = tuple(moved["example_id"].sort().head(10))
            message = f"{moved.height:,} texts {what}"
            yield Finding(check, Verdict.WARN, message, "examples", moved.height, examples)
