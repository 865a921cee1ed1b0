"""Texts that one corpus holds more than once: one row stays, the labels of all are merged into it.

The rule. Rows whose `text_hash` is equal are one text. The row in the strictest published split
stays (test before validation before train), among those the one with the smallest id. A label is
the mean over the rows, weighted by their number of ratings (each counts once where that is not
known); classes are the union of theirs. Every other row goes to the quarantine as `duplicate_text`
with its own labels and the id of the row it was merged into, so nothing is lost; the row that stays
is flagged `repeated_text`, and `conflicting_labels` if the published labels differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Reject, Verdict
from hueset.builder.splits import STRICTNESS
from hueset_builders.vibe.source_rows import LABELS
from hueset_builders.vibe.splits import published_split

if TYPE_CHECKING:
    from hueset_builders.vibe.source_rows import CorpusRows


@dataclass(frozen=True)
class MergedCorpus:
    """One corpus with every text once.

    Attributes
    ----------
    texts
        The rows that stay, with their flags.
    labels
        As in `Reading`, for those rows.
    classes
        As in `Reading`, for those rows.
    rejects
        The other rows.
    findings
        How many there were, and how many leaked from one published split into another.
    """

    texts: pl.DataFrame
    labels: pl.DataFrame
    classes: pl.DataFrame
    rejects: tuple[Reject, ...]
    findings: tuple[Finding, ...]


def merge_rows(texts: pl.DataFrame, reading: CorpusRows) -> MergedCorpus:
    """Merge the rows of each text.

    Parameters
    ----------
    texts
        The readable texts of the corpus: `Reading.texts` with `text` and `text_hash`.
    reading
        The corpus as it was read.
    """
    again = texts["text_hash"].is_duplicated()
    single, repeated = texts.filter(~again), _group_texts(texts.filter(again))
    stays = repeated.filter(pl.col("source_id") == pl.col("kept"))
    flags = [pl.lit("repeated_text"), pl.when("differ").then(pl.lit("conflicting_labels"))]
    raters = repeated.group_by("kept").agg(_sum_or_null("n_raters"))
    home = repeated.select("source_id", "kept")
    # The few texts that are not single are looked up: that is faster than the many that are.
    others = home.select("source_id")
    if texts.height < reading.texts.height:
        left_out = reading.texts.join(texts, on="source_id", how="anti")
        others = pl.concat([others, left_out.select("source_id")])
    return MergedCorpus(
        texts=pl.concat(
            [
                single,
                stays.with_columns(
                    flags=pl.concat_list("flags", pl.concat_list(flags).list.drop_nulls())
                ).select(texts.columns),
            ]
        ),
        labels=pl.concat(
            [
                reading.labels.join(others, on="source_id", how="anti"),
                _merge_labels(reading.labels.join(home, on="source_id")),
            ]
        ),
        classes=pl.concat(
            [
                reading.classes.join(others, on="source_id", how="anti"),
                _merge_classes(reading.classes.join(home, on="source_id"), raters),
            ]
        ),
        rejects=_rejects(repeated, stays, reading.declared),
        findings=_findings(repeated, reading.declared),
    )


def _group_texts(texts: pl.DataFrame) -> pl.DataFrame:
    """Return rows with `kept`, the id of the one that stays, and whether their labels `differ`."""
    strictness = published_split("upstream_split").replace_strict(STRICTNESS, default=-1)
    return (
        texts.with_columns(strictness=strictness)
        .sort("text_hash", "strictness", "source_id", descending=[False, True, False])
        .with_columns(
            kept=pl.col("source_id").first().over("text_hash"),
            differ=pl.col("published").n_unique().over("text_hash") > 1,
        )
    )


def _merge_classes(classes: pl.DataFrame, raters: pl.DataFrame) -> pl.DataFrame:
    """Return `source_id`, `class`, `n_votes`, `n_raters`, once per kept row and class."""
    return (
        classes.group_by("kept", "class")
        .agg(_sum_or_null("n_votes"))
        .join(raters, on="kept", validate="m:1")
        .select(pl.col("kept").alias("source_id"), "class", "n_votes", "n_raters")
    )


def _merge_labels(labels: pl.DataFrame) -> pl.DataFrame:
    """Return one label per kept row and dimension."""
    weight = (
        pl.when(pl.col("n_raters").is_not_null().all().over("kept", "dimension"))
        .then("n_raters")
        .otherwise(1)
    )
    value, sd = pl.col("value_raw"), pl.col("rater_sd")
    mean = (weight * value).sum().over("kept", "dimension") / weight.sum().over("kept", "dimension")
    return (
        labels.sort("kept", "dimension", "source_id")
        .with_columns(weight=weight, mean=mean)
        .with_columns(square=pl.col("weight") * (sd**2 + (value - pl.col("mean")) ** 2))
        .group_by(pl.col("kept").alias("source_id"), "dimension", maintain_order=True)
        .agg(
            pl.col("mean").first().alias("value_raw"),
            pl.col("raw_min", "raw_max", "label_kind").first(),
            _sum_or_null("n_raters"),
            (_sum_or_null("square") / pl.col("weight").sum()).sqrt().alias("rater_sd"),
        )
        .match_to_schema(LABELS)
    )


def _sum_or_null(column: str) -> pl.Expr:
    """Return the sum, or null as soon as one value is not known."""
    dtype = pl.Float64 if column == "square" else pl.Int32
    known = pl.col(column).is_not_null().all()
    return pl.when(known).then(pl.col(column).sum()).cast(dtype).alias(column)


def _rejects(repeated: pl.DataFrame, stays: pl.DataFrame, declared: str) -> tuple[Reject, ...]:
    told = stays.select("kept", pl.col("published").alias("kept_published"))
    others = repeated.filter(pl.col("source_id") != pl.col("kept")).join(told, on="kept")
    return tuple(
        Reject(
            table="examples",
            source=declared,
            key=row["source_id"],
            reason="duplicate_text",
            observed=f"labels {row['published']}, published split {row['upstream_split']}",
            expected=f"merged into {row['kept']} (labels {row['kept_published']})",
        )
        for row in others.sort("source_id").iter_rows(named=True)
    )


def _findings(repeated: pl.DataFrame, declared: str) -> tuple[Finding, ...]:
    if repeated.is_empty():
        return ()
    groups = repeated.group_by("text_hash", maintain_order=True).agg(
        pl.col("kept").first(),
        pl.col("differ").first(),
        leaks=published_split("upstream_split").drop_nulls().n_unique() > 1,
    )
    differ, leaks = groups.filter("differ"), groups.filter("leaks")
    examples = tuple(groups["kept"].sort().head(10))
    message = (
        f"{declared}: {repeated.height:,} rows share {groups.height:,} texts, merged into one row "
        f"each; in {differ.height:,} of them the published labels differ"
    )
    surplus = repeated.height - groups.height
    found = [Finding("input.repeated_text", Verdict.WARN, message, "examples", surplus, examples)]
    if leaks.height:
        message = (
            f"{declared}: {leaks.height:,} texts stand in more than one published split; each was "
            f"moved whole to the strictest of them"
        )
        leaked = tuple(leaks["kept"].sort().head(10))
        check = "input.published_split_leaks"
        found.append(Finding(check, Verdict.WARN, message, "examples", leaks.height, leaked))
    return tuple(found)
