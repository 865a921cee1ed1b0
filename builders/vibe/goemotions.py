"""GoEmotions: Reddit comments with 27 emotion classes and `neutral`, several per comment.

Source: Demszky et al., "GoEmotions: A Dataset of Fine-Grained Emotions", ACL 2020
(https://arxiv.org/abs/2005.00547), CC BY 4.0. Two forms: the published split (three TSV files
without header, CSV quoting, labels as numbers into emotions.txt), and the raw ratings
(`goemotions_1..3.csv`, one row per rater). Of the raw form the names of the authors of the
comments are never read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from builders.text import read_delimited
from builders.vibe import norms
from builders.vibe.reading import CLASSES, TEXTS, Reading
from hueset.builder import Reject
from hueset.errors import SourceFormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.builder import Inputs
    from hueset.sources import ResolvedSource

SPLITS = ("train", "dev", "test")
NEUTRAL = "neutral"


def read_split(inputs: Inputs) -> Reading:
    """Read the published split; who rated and how many is not in it.

    Raises
    ------
    SourceFormatError
        A file is missing or no such table, or its classes are not the declared ones.
    """
    source = inputs.sources["goemotions"]
    names = _class_names(source, norms.classes(inputs))
    columns = ("text", "numbers", "id")
    rows = pl.concat(
        read_delimited(
            source, _member(source, f"{split}.tsv"), columns, separator="\t", header=False
        ).with_columns(split=pl.lit(split))
        for split in SPLITS
    )
    long = rows.select(
        pl.col("id").alias("source_id"), number=pl.col("numbers").str.split(",")
    ).explode("number")
    known = {str(at): name for at, name in enumerate(names)}
    long = long.with_columns(
        pl.col("number").replace_strict(known, default=None, return_dtype=pl.String).alias("class")
    )
    bad = long.filter(pl.col("class").is_null())["source_id"].unique().sort()
    rejects = [
        Reject(
            table="examples",
            source="goemotions",
            key=row["id"],
            reason="unknown_class",
            observed=f"labels {row['numbers']!r}",
            expected=f"numbers 0..{len(names) - 1}, separated by commas",
        )
        for row in rows.filter(pl.col("id").is_in(bad.implode())).iter_rows(named=True)
    ]
    rows = rows.filter(~pl.col("id").is_in(bad.implode()))
    classes = (
        long.filter(~pl.col("source_id").is_in(bad.implode()))
        .with_columns(n_votes=pl.lit(None, dtype=pl.Int32))
        .unique(["source_id", "class"])
        .sort("source_id", "class")
        .select(CLASSES.names())
    )
    texts = rows.select(
        pl.col("id").alias("source_id"),
        pl.col("text").alias("text_raw"),
        pl.col("split").alias("upstream_split"),
    ).with_columns(n_raters=pl.lit(None, dtype=pl.Int32))
    ratings = classes.with_columns(rater=pl.lit(0))
    return _reading("goemotions", inputs, texts, classes, ratings, rejects, counts_raters=False)


def read_raw(inputs: Inputs) -> Reading:
    """Read the ratings one by one; ratings "very unclear" hold no class and are refused.

    Raises
    ------
    SourceFormatError
        There is no CSV file, or a column is missing.
    """
    source = inputs.sources["goemotions_raw"]
    names = norms.classes(inputs)
    files = source.names("*.csv") if source.members else [None]
    if not files:
        message = f"source {source.name!r} holds no .csv file; found {source.names()[:5]}"
        raise SourceFormatError(message, hint="give the folder of goemotions_1..3.csv")
    columns = ("text", "id", "rater_id", "example_very_unclear", *names)
    rows = pl.concat(read_delimited(source, file, columns) for file in files)
    rows = rows.select(
        "text",
        pl.col("id").cast(_ranked(rows["id"])).alias("source_id"),
        pl.col("rater_id").cast(_ranked(rows["rater_id"])).alias("rater"),
        (pl.col("example_very_unclear").str.to_lowercase() == "true").alias("unclear"),
        *(pl.col(name) == "1" for name in names),
    )
    rejects = [
        Reject(
            table="classes",
            source="goemotions_raw",
            key=f"{row['source_id']}, rater {row['rater']}",
            reason="rated_very_unclear",
            observed="example_very_unclear is true",
            expected="at least one class",
        )
        for row in rows.filter("unclear").sort("source_id", "rater").iter_rows(named=True)
    ]
    clear = rows.filter(~pl.col("unclear"))
    ratings = _given(clear, names)
    classes = ratings.group_by("source_id", "class", maintain_order=True).agg(
        pl.len().cast(pl.Int32).alias("n_votes")
    )
    raters = clear.select("source_id", "rater").unique().group_by("source_id").len("n_raters")
    texts = (
        rows.group_by("source_id")
        .agg(pl.col("text").min().alias("text_raw"))
        .sort("source_id")
        .join(raters, on="source_id", how="left", validate="1:1")
        .with_columns(
            pl.col("n_raters").fill_null(0).cast(pl.Int32),
            upstream_split=pl.lit(None, dtype=pl.String),
        )
    )
    return _reading("goemotions_raw", inputs, texts, classes, ratings, rejects, counts_raters=True)


def _ranked(values: pl.Series) -> pl.Enum:
    """Return the type whose order is that of the strings, and that sorts and joins as a number."""
    return pl.Enum(values.unique().sort())


def _given(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return `source_id`, `rater`, `class`: one row per class that a rater gave, sorted.

    Parameters
    ----------
    rows
        `source_id`, `rater`, and a boolean column for each of the names.
    """
    kind = pl.Enum(sorted(names))
    given = [rows[name].arg_true() for name in names]
    classes = [
        pl.repeat(name, len(at), dtype=kind, eager=True)
        for name, at in zip(names, given, strict=True)
    ]
    return (
        rows.select("source_id", "rater")[pl.concat(given)]
        .with_columns(pl.concat(classes).alias("class"))
        .unique()
        .sort("source_id", "rater", "class")
    )


def _reading(
    declared: str,
    inputs: Inputs,
    texts: pl.DataFrame,
    classes: pl.DataFrame,
    ratings: pl.DataFrame,
    rejects: Sequence[Reject],
    *,
    counts_raters: bool,
) -> Reading:
    table = norms.table(inputs)
    unrated = norms.unrated(table, except_for=NEUTRAL)
    classes = classes.sort("source_id", "class")
    told = (
        classes.with_columns(pl.col("class").cast(pl.String).is_in(unrated).alias("unrated"))
        .group_by("source_id", maintain_order=True)
        .agg("class", pl.col("unrated").any())
        .with_columns(pl.col("class").cast(pl.List(pl.String)).list.join(", ").alias("published"))
    )
    flag = pl.when("unrated").then(pl.lit("class_without_norm"))
    none = pl.when(pl.col("unrated").is_null()).then(pl.lit("unclear"))
    texts = (
        texts.join(told, on="source_id", how="left", validate="1:1")
        .with_columns(
            pl.col("published").fill_null("no class"),
            flags=pl.concat_list(flag, none).list.drop_nulls(),
        )
        .with_columns(pl.col("source_id").cast(pl.String))
        .match_to_schema(TEXTS, extra_columns="ignore")
    )
    classes = classes.with_columns(pl.col("source_id", "class").cast(pl.String))
    return Reading(
        declared=declared,
        texts=texts,
        labels=norms.labels(ratings, table, counts_raters=counts_raters),
        classes=classes,
        rejects=tuple(rejects),
        findings=tuple(norms.findings(classes, unrated)),
    )


def _class_names(source: ResolvedSource, declared: Sequence[str]) -> list[str]:
    member = _member(source, "emotions.txt")
    names = source.read(member).decode("utf-8").split()
    if names != list(declared):
        message = f"source {source.name!r}, {member}: the classes are {names}"
        hint = f"expected {', '.join(declared)}, in this order"
        raise SourceFormatError(message, hint=hint, known=declared)
    return names


def _member(source: ResolvedSource, file: str) -> str:
    """Return the one member of this file name, in whatever folder it lies."""
    found = [name for name in source.names() if name.rpartition("/")[2] == file]
    if len(found) != 1:
        message = f"source {source.name!r} holds {len(found)} files named {file}"
        hint = f"give the folder with {', '.join(f'{split}.tsv' for split in SPLITS)}, emotions.txt"
        raise SourceFormatError(message, hint=hint, value=file)
    return found[0]
