"""Valence and arousal of an emotion class, as people rated the class's own word.

Source of the numbers: Warriner, Kuperman & Brysbaert, "Norms of valence, arousal, and dominance
for 13,915 English lemmas", Behavior Research Methods 45 (2013), on a scale of 1..9; each stands in
`class_norms.yaml`. A class whose word was not rated has no number: no other word takes its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from builders.vibe.reading import LABELS
from hueset.builder import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.builder import Inputs

FILE = "class_norms.yaml"
DIMENSIONS = ("valence", "arousal")


def classes(inputs: Inputs) -> tuple[str, ...]:
    """Return the declared classes, in the order of their numbers."""
    return tuple(_facts(inputs)["classes"])


def table(inputs: Inputs) -> pl.DataFrame:
    """Return one row per class: `class`, and `valence`, `arousal` on raw_min..raw_max or null."""
    facts = _facts(inputs)
    low, high = facts["scale"]
    rows = [
        {"class": name, **{d: norm[d] for d in DIMENSIONS}, "raw_min": low, "raw_max": high}
        for name, norm in facts["classes"].items()
    ]
    numbers = dict.fromkeys((*DIMENSIONS, "raw_min", "raw_max"), pl.Float64)
    return pl.DataFrame(rows, schema={"class": pl.String, **numbers})


def unrated(norms: pl.DataFrame, *, except_for: str) -> list[str]:
    """Return the classes without a number, but for the one that is meant to have none."""
    missing = norms.filter(
        pl.any_horizontal(pl.col(d).is_null() for d in DIMENSIONS), pl.col("class") != except_for
    )
    return missing["class"].to_list()


def labels(ratings: pl.DataFrame, norms: pl.DataFrame, *, counts_raters: bool) -> pl.DataFrame:
    """Return the labels of comments: the mean norm over the classes that have one.

    Each rater's value is the mean over the classes that this rater gave, and the comment's value
    is the mean over its raters. Where only the agreed classes are known they count as one
    rating. A comment whose classes have no norm (`neutral` alone) has no label.

    Parameters
    ----------
    ratings
        `source_id`, `rater`, `class`: one row per class that a rater gave.
    norms
        As `table` returns it.
    counts_raters
        Whether `rater` is a person; if not, n_raters and rater_sd are null.

    Returns
    -------
    polars.DataFrame
        Schema `builders.vibe.reading.LABELS`.
    """
    rated = norms.with_columns(pl.col("class").cast(ratings.schema["class"]))
    per_rater = (
        ratings.join(rated, on="class", how="inner")
        .sort("source_id", "rater", "class")
        .group_by("source_id", "rater", maintain_order=True)
        .agg(pl.col(DIMENSIONS).mean(), pl.col("raw_min", "raw_max").first())
    )
    return pl.concat(
        _label(per_rater, dimension, counts_raters=counts_raters) for dimension in DIMENSIONS
    )


def findings(given: pl.DataFrame, missing: Sequence[str]) -> list[Finding]:
    """Tell which classes have no published rating, and how many comments have such a class."""
    if not missing:
        return []
    count = given.filter(pl.col("class").is_in(missing))["source_id"].n_unique()
    message = (
        f"GoEmotions: no published rating of the word of {', '.join(missing)}; "
        f"{count:,} comments have such a class, which adds nothing to their labels"
    )
    check = "input.class_without_norm"
    return [Finding(check, "warn", message, "labels", count, tuple(missing)[:10])]


def _label(per_rater: pl.DataFrame, dimension: str, *, counts_raters: bool) -> pl.DataFrame:
    """Return the labels of one dimension, from the mean norm of each rater's classes."""
    spread = pl.when(pl.len() > 1).then(pl.col(dimension).std(ddof=0))
    per_comment = (
        per_rater.filter(pl.col(dimension).is_not_null())
        .group_by("source_id", maintain_order=True)
        .agg(
            pl.lit(dimension).alias("dimension"),
            pl.col(dimension).mean().alias("value_raw"),
            pl.col("raw_min", "raw_max").first(),
            (pl.len() if counts_raters else pl.lit(None)).cast(pl.Int32).alias("n_raters"),
            (spread if counts_raters else pl.lit(None)).cast(pl.Float64).alias("rater_sd"),
            pl.lit("class_norm").alias("label_kind"),
        )
    )
    return per_comment.with_columns(pl.col("source_id").cast(pl.String)).match_to_schema(LABELS)


def _facts(inputs: Inputs) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = inputs.facts[FILE]
    return facts
