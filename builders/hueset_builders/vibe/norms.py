"""Valence and arousal of an emotion class, as people rated the class's own word.

Source of the numbers: Warriner, Kuperman & Brysbaert, "Norms of valence, arousal, and dominance
for 13,915 English lemmas", Behavior Research Methods 45 (2013), on a scale of 1..9; each stands in
`class_norms.yaml`. A class whose word was not rated has no number: no other word takes its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.builder import Finding, Verdict
from hueset_builders.vibe.label_bitsets import class_bits
from hueset_builders.vibe.source_rows import LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.builder import Inputs

FILE = "class_norms.yaml"
DIMENSIONS = ("valence", "arousal")
KIND = "class_norm"
"""The kind of label that is computed of the norms."""


def declared_classes(inputs: Inputs) -> tuple[str, ...]:
    """Return the declared classes, in the order of their numbers."""
    return tuple(_facts(inputs)["classes"])


def norms_licence(inputs: Inputs) -> str:
    """Return the licence of the norms, which every label made of them carries too."""
    return str(_facts(inputs)["licence"])


def norms_table(inputs: Inputs) -> pl.DataFrame:
    """Return one row per class: `class`, and `valence`, `arousal` on raw_min..raw_max or null."""
    facts = _facts(inputs)
    low, high = facts["scale"]
    rows = [
        {"class": name, **{d: norm[d] for d in DIMENSIONS}, "raw_min": low, "raw_max": high}
        for name, norm in facts["classes"].items()
    ]
    numbers = dict.fromkeys((*DIMENSIONS, "raw_min", "raw_max"), pl.Float64)
    return pl.DataFrame(rows, schema={"class": pl.String, **numbers})


def unrated_classes(norms: pl.DataFrame, *, except_for: str) -> list[str]:
    """Return the classes without a number, but for the one that is meant to have none."""
    missing = norms.filter(
        pl.any_horizontal(pl.col(d).is_null() for d in DIMENSIONS), pl.col("class") != except_for
    )
    return missing["class"].to_list()


def norm_labels(
    ratings: pl.DataFrame, ids: pl.Series, norms: pl.DataFrame, *, counts_raters: bool
) -> pl.DataFrame:
    """Return the labels of comments: the mean norm over the classes that have one.

    Each rater's value is the mean over the classes that this rater gave, and the comment's value
    is the mean over its raters. Where only the agreed classes are known they count as one
    rating. A comment whose classes have no norm (`neutral` alone) has no label.

    Parameters
    ----------
    ratings
        `comment`, its place among the ids, and `given`, the set of classes of one rating (see
        `hueset_builders.vibe.label_bitsets`); sorted by comment, and within it always in the same
        order.
    ids
        The ids of the comments.
    norms
        As `table` returns it.
    counts_raters
        Whether a rating is what one person gave; if not, n_raters and rater_sd are null.

    Returns
    -------
    polars.DataFrame
        Schema `hueset_builders.vibe.source_rows.LABELS`.
    """
    per_comment = (
        ratings.join(_of_sets(ratings["given"], norms), on="given", maintain_order="left")
        .group_by("comment", maintain_order=True)
        .agg(
            pl.col(DIMENSIONS).mean(),
            pl.col(DIMENSIONS).std(ddof=0).name.suffix("_sd"),
            pl.col(DIMENSIONS).count().name.suffix("_count"),
        )
    )
    low, high = norms.select("raw_min", "raw_max").row(0)
    made = []
    for dimension in DIMENSIONS:
        rows = per_comment.filter(pl.col(dimension).is_not_null())
        count = pl.col(f"{dimension}_count").cast(pl.Int32)
        spread = pl.when(count > 1).then(f"{dimension}_sd")
        made.append(
            rows.select(
                ids.gather(rows["comment"]).alias("source_id"),
                pl.lit(dimension).alias("dimension"),
                pl.col(dimension).alias("value_raw"),
                pl.lit(low).alias("raw_min"),
                pl.lit(high).alias("raw_max"),
                (count if counts_raters else pl.lit(None, dtype=pl.Int32)).alias("n_raters"),
                (spread if counts_raters else pl.lit(None, dtype=pl.Float64)).alias("rater_sd"),
                pl.lit(KIND).alias("label_kind"),
            ).match_to_schema(LABELS)
        )
    return pl.concat(made)


def norm_findings(missing: Sequence[str], count: int) -> list[Finding]:
    """Tell which classes have no published rating, and how many comments have such a class."""
    if not missing:
        return []
    message = (
        f"GoEmotions: no published rating of the word of {', '.join(missing)}; "
        f"{count:,} comments have such a class, which adds nothing to their labels"
    )
    check = "input.class_without_norm"
    return [Finding(check, Verdict.WARN, message, "labels", count, tuple(missing)[:10])]


def _of_sets(sets: pl.Series, norms: pl.DataFrame) -> pl.DataFrame:
    """Return `given` and the mean norm of each different set, null where no class has one.

    Added up class by class in the order of their names, with a compensated sum (Kahan), as polars
    has in groups: the same bits however many sets there are.
    """
    import numpy as np

    given = sets.unique()
    held = given.to_numpy()
    means = {}
    for dimension in DIMENSIONS:
        norm = dict(norms.select("class", dimension).iter_rows())
        count, total, lost = np.zeros((3, len(held)))
        for name, bit in class_bits(list(norm)).items():
            if norm[name] is None:
                continue
            here = held & bit != 0
            more = np.where(here, norm[name] - lost, 0.0)
            lost = np.where(here, (total + more - total) - more, lost)
            total += more
            count += here
        known = count > 0
        mean = np.divide(total, count, out=np.full(len(held), np.nan), where=known)
        means[dimension] = pl.Series(mean).set(pl.Series(~known), None)
    return pl.DataFrame({"given": given, **means})


def _facts(inputs: Inputs) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = inputs.facts[FILE]
    return facts
