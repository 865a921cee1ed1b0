"""GoEmotions: Reddit comments with 27 emotion classes and `neutral`, several per comment.

Source: Demszky et al., "GoEmotions: A Dataset of Fine-Grained Emotions", ACL 2020
(https://arxiv.org/abs/2005.00547), CC BY 4.0. Two forms: the published split (three TSV files
without header, CSV quoting, labels as numbers into emotions.txt), and the raw ratings
(`goemotions_1..3.csv`, one row per rater). Of the raw form the names of the authors of the
comments are never read.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Reject, convert_input_errors, decode_text
from hueset.errors import SourceFormatError
from hueset_builders.readers.text import read_delimited
from hueset_builders.vibe import norms
from hueset_builders.vibe.label_bitsets import SET, as_set, class_bits, class_votes, describe_sets
from hueset_builders.vibe.source_rows import TEXTS, CorpusRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.builder import Inputs, ResolvedSource

SPLITS = ("train", "dev", "test")
NEUTRAL = "neutral"


def read_split(inputs: Inputs) -> CorpusRows:
    """Read the published split; who rated and how many is not in it.

    Raises
    ------
    SourceFormatError
        A file is missing or no such table, or its classes are not the declared ones.
    """
    source = inputs.sources["goemotions"]
    names = _class_names(source, norms.declared_classes(inputs))
    columns = ("text", "numbers", "id")
    rows = pl.concat(
        read_delimited(
            source, _member(source, f"{split}.tsv"), columns, separator="\t", header=False
        ).with_columns(split=pl.lit(split))
        for split in SPLITS
    )
    sets = {numbers: _set(numbers, names) for numbers in rows["numbers"].unique()}
    rows = rows.with_columns(
        given=pl.col("numbers").replace_strict(sets, default=None, return_dtype=SET)
    )
    rejects = [
        Reject(
            table="examples",
            source="goemotions",
            key=row["id"],
            reason="unknown_class",
            observed=f"labels {row['numbers']!r}",
            expected=f"numbers 0..{len(names) - 1}, separated by commas",
        )
        for row in rows.filter(pl.col("given").is_null()).iter_rows(named=True)
    ]
    rows = rows.filter(pl.col("given").is_not_null()).with_row_index("comment")
    texts = rows.select(
        pl.col("id").alias("source_id"),
        pl.col("text").alias("text_raw"),
        pl.col("split").alias("upstream_split"),
    )
    ratings = rows.select("comment", "given")
    return _reading("goemotions", inputs, texts, ratings, rejects, counts_raters=False)


def read_raw(inputs: Inputs) -> CorpusRows:
    """Read the ratings one by one; ratings "very unclear" hold no class and are refused.

    Raises
    ------
    SourceFormatError
        There is no CSV file, a column is missing, or a class is given otherwise than by a number.
    """
    source = inputs.sources["goemotions_raw"]
    names = norms.declared_classes(inputs)
    files = source.names("*.csv") if source.members else [None]
    if not files:
        message = f"source {source.name!r} holds no .csv file; found {source.names()[:5]}"
        raise SourceFormatError(message, hint="give the folder of goemotions_1..3.csv")
    columns = ("text", "id", "rater_id", "example_very_unclear", *names)
    rows = pl.concat(read_delimited(source, file, columns, numbers=names) for file in files)
    ids, raters = (rows[name].unique().sort() for name in ("id", "rater_id"))
    rows = rows.select(
        "text",
        pl.col("id").cast(pl.Enum(ids)).to_physical().alias("comment"),
        pl.col("rater_id").cast(pl.Enum(raters)).to_physical().alias("rater"),
        (pl.col("example_very_unclear").str.to_lowercase() == "true").alias("unclear"),
        as_set(names).alias("given"),
    )
    unclear = rows.filter("unclear").select("comment", "rater").sort("comment", "rater")
    rejects = [
        Reject(
            table="classes",
            source="goemotions_raw",
            key=f"{comment}, rater {rater}",
            reason="rated_very_unclear",
            observed="example_very_unclear is true",
            expected="at least one class",
        )
        for comment, rater in zip(
            ids.gather(unclear["comment"]), raters.gather(unclear["rater"]), strict=True
        )
    ]
    ratings = _once(rows.filter(~pl.col("unclear")).select("comment", "rater", "given"))
    texts = pl.DataFrame({"source_id": ids, "text_raw": _texts(rows)}).with_columns(
        upstream_split=pl.lit(None, dtype=pl.String)
    )
    return _reading("goemotions_raw", inputs, texts, ratings, rejects, counts_raters=True)


def _texts(rows: pl.DataFrame) -> pl.Series:
    """Return the text of each comment in order; where its ratings tell several, the smallest."""
    one = rows.select("comment", "text").unique("comment", keep="any").sort("comment")
    others = one["text"].gather(rows["comment"]) != rows["text"]
    if others.any():  # seldom, and to find the smallest of each is slow
        return rows.group_by("comment").agg(pl.col("text").min()).sort("comment")["text"]
    return one["text"]


def _set(numbers: str, names: Sequence[str]) -> int | None:
    """Return the set that numbers with commas between them name; None if one is of no class."""
    known = {str(at): bit for at, bit in enumerate(map(class_bits(names).get, names))}
    given = [known.get(number) for number in numbers.split(",")]
    return None if None in given else functools.reduce(operator.or_, given)


def _once(ratings: pl.DataFrame) -> pl.DataFrame:
    """Return ratings sorted by comment and rater; who rated a comment twice gave all of it once."""
    # One number for comment and rater sorts faster than two columns.
    number = pl.col("comment").cast(pl.UInt64) * 2**32 + pl.col("rater")
    ratings = ratings.sort(number).with_columns(pl.col("comment").set_sorted())
    again = pl.struct("comment", "rater") == pl.struct("comment", "rater").shift()
    if ratings.select(again.any()).item():
        grouped = ratings.group_by("comment", "rater", maintain_order=True)
        return grouped.agg(pl.col("given").bitwise_or())
    return ratings


def _reading(
    declared: str,
    inputs: Inputs,
    texts: pl.DataFrame,
    ratings: pl.DataFrame,
    rejects: Sequence[Reject],
    *,
    counts_raters: bool,
) -> CorpusRows:
    """Return the reading of texts and ratings.

    Parameters
    ----------
    texts
        `source_id`, `text_raw`, `upstream_split`.
    ratings
        `comment`, the place of its text, and `given`, sorted by comment (and rater).
    counts_raters
        Whether a rating is what one person gave.
    """
    names, table = norms.declared_classes(inputs), norms.norms_table(inputs)
    unrated = norms.unrated_classes(table, except_for=NEUTRAL)
    given = ratings.group_by("comment").agg(
        pl.col("given").bitwise_or(), pl.len().cast(pl.Int32).alias("n_raters")
    )
    told = describe_sets(given["given"], names, unrated)
    flags = (
        pl.when("unrated")
        .then(pl.lit(["class_without_norm"]))
        .when(pl.col("unrated").is_null())
        .then(pl.lit(["unclear"]))
        .otherwise(pl.lit([], dtype=pl.List(pl.String)))
    )
    raters = pl.col("n_raters").fill_null(0) if counts_raters else pl.lit(None, dtype=pl.Int32)
    ids = texts["source_id"]
    rows = (
        texts.with_row_index("comment")
        .join(given, on="comment", how="left", maintain_order="left", validate="1:1")
        .join(told, on="given", how="left", maintain_order="left")
        .with_columns(raters.alias("n_raters"), pl.col("published").fill_null("no class"))
        .with_columns(flags=flags)
    )
    classes = class_votes(ratings, names)
    counted = pl.col("n_votes") if counts_raters else pl.lit(None, dtype=pl.Int32).alias("n_votes")
    return CorpusRows(
        declared=declared,
        texts=rows.match_to_schema(TEXTS, extra_columns="ignore"),
        labels=norms.norm_labels(ratings, ids, table, counts_raters=counts_raters),
        classes=classes.select(
            ids.gather(classes["comment"]).alias("source_id"),
            pl.col("class").cast(pl.String),
            counted,
            rows["n_raters"].gather(classes["comment"]),
        ),
        rejects=tuple(rejects),
        findings=tuple(norms.norm_findings(unrated, int(rows["unrated"].sum()))),
    )


def _class_names(source: ResolvedSource, declared: Sequence[str]) -> list[str]:
    member = _member(source, "emotions.txt")
    with convert_input_errors(f"source {source.name!r}, {member}: no list of classes"):
        names = decode_text(source.read(member)).split()
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
