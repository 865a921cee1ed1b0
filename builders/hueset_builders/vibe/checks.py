"""What the finished tables promise, and no expectation on a column can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Verdict
from hueset_builders.readers.text import hold_scores
from hueset_builders.vibe import norms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards


def check(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Yield a `fail` for every promise that is broken."""
    examples = tables.scan("examples")
    training = tables.scan("training")
    labels = tables.scan("labels")
    yield from _same_rows(examples, training)
    for name, rows in (("labels", labels), ("classes", tables.scan("classes"))):
        orphans = rows.join(examples, on="example_id", how="anti").select("example_id")
        yield from _broken_promise(
            orphans, f"{name}.without_example", f"{name} of no example", name
        )
        yield from _other_split(rows, examples, name)
    yield from _licences(examples, labels, training, norms.norms_licence(inputs))
    too_many = tables.scan("classes").filter(pl.col("n_votes") > pl.col("n_raters"))
    yield from _broken_promise(
        too_many, "classes.more_votes_than_raters", "more votes than raters", "classes"
    )
    yield from _straddling(examples)
    yield from _values(training, labels, inputs)
    yield from _scores(examples)


def _broken_promise(rows: pl.LazyFrame, name: str, what: str, table: str) -> Iterator[Finding]:
    """Yield one finding if there is any such row; the column `example_id` names them."""
    ids = rows.select("example_id").collect()["example_id"]
    if len(ids):
        examples = tuple(ids.unique().sort().head(10))
        message = f"{len(ids):,} rows: {what}"
        yield Finding(f"vibe.{name}", Verdict.FAIL, message, table, len(ids), examples)


def _other_split(rows: pl.LazyFrame, examples: pl.LazyFrame, name: str) -> Iterator[Finding]:
    both = rows.join(examples.select("example_id", own="split"), on="example_id")
    apart = both.filter(pl.col("split") != pl.col("own"))
    what = f"{name} in another split than their example"
    yield from _broken_promise(apart, f"{name}.other_split", what, name)


def _licences(
    examples: pl.LazyFrame, labels: pl.LazyFrame, training: pl.LazyFrame, of_norms: str
) -> Iterator[Finding]:
    """No row leaves out a licence: of its text, or of the norms that a label is computed of."""
    known = examples.select("example_id", "licence")
    lists = pl.col("licences").list
    computed = labels.filter(pl.col("label_kind") == norms.KIND)
    with_norms = training.join(
        computed.filter(pl.col("dimension").is_in(norms.DIMENSIONS)), on="example_id", how="semi"
    )
    for rows, name in ((labels, "labels"), (training, "training")):
        bare = rows.join(known, on="example_id").filter(~lists.contains(pl.col("licence")))
        yield from _broken_promise(
            bare, f"{name}.text_licence", "without the licence of the text", name
        )
    for rows, name in ((computed, "labels"), (with_norms, "training")):
        bare = rows.filter(~lists.contains(pl.lit(of_norms)))
        yield from _broken_promise(
            bare, f"{name}.norms_licence", "without the licence of the norms", name
        )


def _same_rows(examples: pl.LazyFrame, training: pl.LazyFrame) -> Iterator[Finding]:
    shared = ("text", "source", "split")
    both = examples.select("example_id", *shared).join(
        training.select("example_id", *shared), on="example_id", how="full", coalesce=True
    )
    differ = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_right")) for name in shared)
    what = "`training` lacks an example, changed it, or has a row that is none"
    yield from _broken_promise(both.filter(differ), "training.other_rows", what, "training")


def _straddling(examples: pl.LazyFrame) -> Iterator[Finding]:
    in_two = pl.col("split").n_unique().over("text_hash") > 1
    what = "equal texts in two splits"
    yield from _broken_promise(
        examples.filter(in_two), "examples.text_in_two_splits", what, "examples"
    )


def _values(training: pl.LazyFrame, labels: pl.LazyFrame, inputs: Inputs) -> Iterator[Finding]:
    """Every value of `training` is a label, and every label of a declared dimension is there."""
    dimensions = [dimension["name"] for dimension in inputs.facts["dimensions.yaml"]]
    key = ["example_id", "dimension", "value"]
    in_training = (
        training.select("example_id", *dimensions)
        .unpivot(index="example_id", variable_name="dimension", value_name="value")
        .filter(pl.col("value").is_not_null())
    )
    declared = labels.filter(pl.col("dimension").is_in(dimensions))
    for left, right, what in (
        (in_training, declared, "a value in `training` that is no label"),
        (declared, in_training, "a label that `training` lacks"),
    ):
        apart = left.join(right, on=key, how="anti")
        yield from _broken_promise(apart, "training.other_values", what, "training")


def _scores(examples: pl.LazyFrame) -> Iterator[Finding]:
    """No review tells its own label as a score out of ten."""
    reviews = examples.filter(pl.col("source") == "imdb").select("example_id", "text")
    rows = reviews.collect(engine="streaming")
    told = rows.filter(hold_scores(rows["text"]))
    what = "a review tells its score out of ten"
    yield from _broken_promise(told.lazy(), "examples.score_in_text", what, "examples")
