"""What the finished tables promise, and no expectation on a column can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Verdict
from hueset_builders.atlas.lineage import NORMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards


def check(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Yield a `fail` for every promise that is broken."""
    examples, labels = tables.scan("examples"), tables.scan("labels")
    for name in ("labels", "training"):
        orphans = tables.scan(name).join(examples, on="example_id", how="anti")
        yield from _broken_promise(
            orphans, f"{name}.without_example", f"{name} of no example", name
        )
    bare = examples.join(labels, on="example_id", how="anti")
    yield from _broken_promise(
        bare, "examples.without_label", "examples without a label", "examples"
    )
    in_two = pl.col("split").n_unique().over("text_hash") > 1
    torn = examples.filter(pl.col("text_hash").is_not_null()).filter(in_two)
    yield from _broken_promise(
        torn, "examples.text_in_two_splits", "equal texts in two splits", "examples"
    )
    sentences = examples.filter(pl.col("context").is_not_null())
    torn = sentences.filter(pl.col("split").n_unique().over("context") > 1)
    yield from _broken_promise(
        torn, "examples.context_in_two_splits", "one sentence in two splits", "examples"
    )
    own = examples.select("example_id", "licence", own="split")
    with_text = labels.join(own, on="example_id")
    apart = with_text.filter(pl.col("split") != pl.col("own"))
    yield from _broken_promise(
        apart, "labels.other_split", "labels in another split than their example", "labels"
    )
    lists = pl.col("licences").list
    bare = with_text.filter(~lists.contains(pl.col("licence")))
    yield from _broken_promise(
        bare, "labels.text_licence", "without the licence of the text", "labels"
    )
    of_norms = inputs.dataset.sources[NORMS].licence
    bare = labels.filter((pl.col("label_kind") == "class_norm") & ~lists.contains(pl.lit(of_norms)))
    yield from _broken_promise(
        bare, "labels.norms_licence", "without the licence of the norms", "labels"
    )
    yield from _values(tables.scan("training"), labels, inputs)
    negatives = labels.filter((pl.col("label_kind") == "tag") & (pl.col("value_raw") != 1.0))
    yield from _broken_promise(
        negatives, "labels.tag_not_there", "a tag that is not there", "labels"
    )
    yield from _accounts(tables.scan("sources").collect(), inputs)
    declared = tables.scan("mapping").filter(pl.col("status") == "used")
    unmapped = labels.join(declared, on="mapping", how="anti")
    yield from _broken_promise(
        unmapped, "labels.without_mapping", "labels of no used mapping", "labels"
    )


def _values(training: pl.LazyFrame, labels: pl.LazyFrame, inputs: Inputs) -> Iterator[Finding]:
    """Every value of `training` is a label, and every label is there."""
    dimensions = [dimension["name"] for dimension in inputs.facts["dimensions.yaml"]]
    key = ["example_id", "label_kind", "dimension", "value"]
    there = (
        training.select("example_id", "label_kind", *dimensions)
        .unpivot(index=["example_id", "label_kind"], variable_name="dimension", value_name="value")
        .filter(pl.col("value").is_not_null())
    )
    for left, right, what in (
        (there, labels, "a value in `training` that is no label"),
        (labels, there, "a label that `training` lacks"),
    ):
        apart = left.join(right, on=key, how="anti")
        yield from _broken_promise(apart, "training.other_values", what, "training")


def _accounts(sources: pl.DataFrame, inputs: Inputs) -> Iterator[Finding]:
    """Every published row was read, and is an example, refused, or without a label."""
    for name, published in inputs.parameters["published_rows"].items():
        read = sources.filter(pl.col("source") == name)["rows_read"].sum()
        if read != published:
            message = f"{name}: {read:,} rows were read, {published:,} are published"
            lost = abs(read - published)
            yield Finding(
                "atlas.sources.published", Verdict.FAIL, message, "sources", lost, (name,)
            )
    rest = pl.sum_horizontal("examples", "refused", "unlabelled")
    apart = sources.filter((pl.col("rows_read") != rest) | (pl.col("unlabelled") < 0))
    if apart.height:
        names = tuple(apart["source"])
        message = f"rows of {', '.join(names)} are neither examples nor refused nor unlabelled"
        yield Finding(
            "atlas.sources.account", Verdict.FAIL, message, "sources", apart.height, names
        )


def _broken_promise(rows: pl.LazyFrame, name: str, what: str, table: str) -> Iterator[Finding]:
    ids = rows.select("example_id").collect()["example_id"]
    if len(ids):
        examples = tuple(ids.unique().sort().head(10))
        message = f"{len(ids):,} rows: {what}"
        yield Finding(f"atlas.{name}", Verdict.FAIL, message, table, len(ids), examples)
