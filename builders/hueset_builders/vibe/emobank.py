"""EmoBank: 10,062 English sentences rated for valence, arousal and dominance on 1..5.

Source: Buechel & Hahn, "EmoBank: Studying the Impact of Annotation Perspective and Representation
Format on Dimensional Emotion Analysis", EACL 2017 https://aclanthology.org/E17-2092, CC BY-SA 4.0.

A published value is the mean over the raters of both perspectives, reader and writer. Ratings of 1
on all three dimensions are not part of it: without them the mean of the individual ratings is the
published value, up to its rounding, for every sentence; with them it is not. So the raters that
are counted here, and whose spread is given, are exactly those behind the published value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Reject, Verdict
from hueset_builders.readers.text import read_delimited
from hueset_builders.vibe.source_rows import LABELS, TEXTS, CorpusRows, no_classes

if TYPE_CHECKING:
    from hueset.builder import Inputs

DIMENSIONS = {"V": "valence", "A": "arousal", "D": "dominance"}
SCALE = (1, 5)
SPLITS = ("train", "dev", "test")
ROUNDING = 0.01
"""The published means are means of two rounded means: they may differ by this much."""


def read_emobank(inputs: Inputs) -> CorpusRows:
    """Read the published means, and the individual ratings behind them.

    Raises
    ------
    SourceFormatError
        A file lacks a column.
    """
    published = read_delimited(
        inputs.sources["emobank"], None, ("id", "split", *DIMENSIONS, "text")
    )
    means = [pl.col(letter).cast(pl.Float64, strict=False) for letter in DIMENSIONS]
    rows = published.with_columns(
        *means,
        published=pl.concat_str(pl.lit("V"), "V", pl.lit(" A"), "A", pl.lit(" D"), "D"),
    )
    rows, rejects = _refuse(rows)
    ratings, findings = _ratings(inputs)
    rows = rows.join(ratings, on="id", how="left", validate="1:1")
    texts = rows.select(
        pl.col("id").alias("source_id"),
        pl.col("text").alias("text_raw"),
        pl.col("split").alias("upstream_split"),
        "published",
        "n_raters",
        pl.lit([], dtype=pl.List(pl.String)).alias("flags"),
    ).match_to_schema(TEXTS)
    return CorpusRows(
        declared="emobank",
        texts=texts,
        labels=_labels(rows),
        classes=no_classes(),
        rejects=tuple(rejects),
        findings=(*findings, *_compare(rows)),
    )


def _refuse(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    """Set apart rows whose means or split cannot be right."""
    low, high = SCALE
    on_scale = pl.all_horizontal(
        pl.col(letter).is_between(low, high).fill_null(value=False) for letter in DIMENSIONS
    )
    good = on_scale & pl.col("split").is_in(SPLITS)
    rejects = [
        Reject(
            table="examples",
            source="emobank",
            key=row["id"],
            reason="unknown_split" if row["split"] not in SPLITS else "rating_out_of_range",
            observed=f"{row['published']}, split {row['split']}",
            expected=f"three means in {low}..{high}, split one of {', '.join(SPLITS)}",
        )
        for row in rows.filter(~good).iter_rows(named=True)
    ]
    return rows.filter(good), rejects


def _ratings(inputs: Inputs) -> tuple[pl.DataFrame, list[Finding]]:
    """Return, per sentence, the count, mean and spread of the individual ratings.

    Sums of whole numbers make mean and spread independent of the order of the rows.
    """
    letters = list(DIMENSIONS)
    single = pl.concat(
        read_delimited(inputs.sources[name], None, ("id", *letters)).with_columns(
            pl.col(letters).cast(pl.Int64, strict=False)
        )
        for name in ("emobank_readers", "emobank_writers")
    )
    low, high = SCALE
    on_scale = pl.all_horizontal(
        pl.col(letter).is_between(low, high).fill_null(value=False) for letter in letters
    )
    all_lowest = pl.all_horizontal(pl.col(letter) == low for letter in letters)
    found = {
        "input.individual_rating_off_scale": (~on_scale, f"are not whole numbers in {low}..{high}"),
        "input.individual_rating_all_lowest": (
            on_scale & all_lowest,
            f"are {low} on all three dimensions; the published means leave them out, so do we",
        ),
    }
    findings = []
    for check, (condition, what) in found.items():
        odd = single.filter(condition)
        if odd.height:
            message = f"EmoBank: {odd.height:,} of {single.height:,} individual ratings {what}"
            examples = tuple(odd["id"].unique().sort().head(10))
            findings.append(Finding(check, Verdict.WARN, message, "labels", odd.height, examples))
    n = pl.len().cast(pl.Int64)
    per_sentence = (
        single.filter(on_scale & ~all_lowest)
        .group_by("id")
        .agg(
            n.cast(pl.Int32).alias("n_raters"),
            *(pl.col(letter).sum().alias(f"{letter}_sum") for letter in letters),
            *((pl.col(letter) ** 2).sum().alias(f"{letter}_squares") for letter in letters),
        )
    )
    many = pl.col("n_raters").cast(pl.Int64)
    return per_sentence.select(
        "id",
        "n_raters",
        *((pl.col(f"{x}_sum") / many).alias(f"{x}_mean") for x in letters),
        *(
            pl.when(many > 1)
            .then((many * pl.col(f"{x}_squares") - pl.col(f"{x}_sum") ** 2).sqrt() / many)
            .alias(f"{x}_sd")
            for x in letters
        ),
    ), findings


def _labels(rows: pl.DataFrame) -> pl.DataFrame:
    low, high = SCALE
    return pl.concat(
        rows.select(
            pl.col("id").alias("source_id"),
            pl.lit(dimension).alias("dimension"),
            pl.col(letter).alias("value_raw"),
            pl.lit(float(low)).alias("raw_min"),
            pl.lit(float(high)).alias("raw_max"),
            "n_raters",
            pl.col(f"{letter}_sd").alias("rater_sd"),
            pl.lit("rating").alias("label_kind"),
        ).match_to_schema(LABELS)
        for letter, dimension in DIMENSIONS.items()
    )


def _compare(rows: pl.DataFrame) -> list[Finding]:
    """Hold the published means against the individual ratings."""
    apart = rows.filter(
        pl.any_horizontal(
            ((pl.col(x) - pl.col(f"{x}_mean")).abs() > ROUNDING).fill_null(value=True)
            for x in DIMENSIONS
        )
    )
    if apart.is_empty():
        return []
    message = (
        f"EmoBank: for {apart.height:,} of {rows.height:,} sentences the published means are not "
        f"the means of the individual ratings (±{ROUNDING}); their raters may be others"
    )
    examples = tuple(apart["id"].sort().head(10))
    check = "input.mean_differs_from_ratings"
    return [Finding(check, Verdict.WARN, message, "labels", apart.height, examples)]
