"""Texts that one source holds more than once: one row stays, with the labels of all.

A word in a sentence is the same text only where the sentence is the same too. The row in the
strictest published split stays, among those the one with the smallest id; the others go to the
quarantine as `duplicate_text`. A rating or computed value is the mean over the rows, weighted by
the number of raters where it is known for all; a tag is there if any row has it. Where tags of both
poles meet on one text they say nothing together, and the text has no such label.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hueset.builder import Finding, Reject, Verdict
from hueset.builder.splits import STRICTNESS
from hueset_builders.atlas.mapping import LABELS

ONE_LABEL = ("source_id", "dimension", "label_kind")
VALUES = ("value_raw", "value")


@dataclass(frozen=True)
class MergedTexts:
    """One source with every text once.

    Attributes
    ----------
    texts
        The rows that stay.
    labels
        Their labels, one per text, dimension and kind.
    rejects
        The other rows.
    findings
        How many texts carried tags of both poles.
    """

    texts: pl.DataFrame
    labels: pl.DataFrame
    rejects: tuple[Reject, ...]
    findings: tuple[Finding, ...]


def merge_rows(texts: pl.DataFrame, labels: pl.DataFrame, source: str) -> MergedTexts:
    """Merge the rows of each text.

    Parameters
    ----------
    texts
        The texts, with `same`: equal for rows of one text.
    labels
        Schema `hueset_builders.atlas.mapping.LABELS`.
    source
        The source's name.
    """
    strictness = pl.col("upstream_split").replace_strict(
        STRICTNESS, default=-1, return_dtype=pl.Int8
    )
    homes = (
        texts.with_columns(strictness=strictness)
        .sort("same", "strictness", "source_id", descending=[False, True, False])
        .with_columns(kept=pl.col("source_id").first().over("same"), copies=pl.len().over("same"))
    )
    goes = homes.filter(pl.col("source_id") != pl.col("kept"))
    rejects = tuple(
        Reject(
            "examples",
            source,
            row["source_id"],
            "duplicate_text",
            f"same text as {row['kept']}",
            "every text once per source",
        )
        for row in goes.sort("source_id").iter_rows(named=True)
    )
    merged, apart = _merge_labels(
        labels.join(homes.select("source_id", "kept", "copies"), on="source_id")
    )
    findings = []
    if apart:
        message = f"{source}: {len(apart):,} texts carry tags of both poles, and so have no label"
        findings.append(
            Finding(
                "input.tags_of_both_poles",
                Verdict.WARN,
                message,
                "labels",
                len(apart),
                tuple(apart[:10]),
            )
        )
    stays = homes.filter(pl.col("source_id") == pl.col("kept")).select(texts.columns)
    return MergedTexts(stays, merged, rejects, tuple(findings))


def _merge_labels(labels: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return one label per kept row, dimension and kind; and the texts whose tags contradict."""
    labels = labels.with_columns(source_id=pl.col("kept"))
    tags = labels.filter(pl.col("label_kind") == "tag").sort(*ONE_LABEL, "mapping")
    poles = tags.group_by(*ONE_LABEL, maintain_order=True).agg(
        pl.col("value").n_unique().alias("poles"),
        pl.col([name for name in LABELS.names() if name not in ONE_LABEL]).first(),
    )
    apart = poles.filter(pl.col("poles") > 1)["source_id"].unique().sort().to_list()
    numbers = labels.filter(pl.col("label_kind") != "tag").sort(*ONE_LABEL, "mapping", "value_raw")
    single = numbers.filter(pl.len().over(*ONE_LABEL) == 1)
    several = numbers.filter(pl.len().over(*ONE_LABEL) > 1)
    weight = (
        pl.when(pl.col("n_raters").is_not_null().all().over(*ONE_LABEL))
        .then(pl.col("n_raters"))
        .otherwise(1)
    )
    means = (
        several.with_columns(weight=weight)
        .group_by(*ONE_LABEL, maintain_order=True)
        .agg(
            pl.col("mapping", "raw_min", "raw_max").first(),
            *((pl.col(x) * pl.col("weight")).sum() / pl.col("weight").sum() for x in VALUES),
            pl.when(pl.col("n_raters").is_not_null().all()).then(
                pl.col("n_raters").sum().cast(pl.Int32)
            ),
            pl.lit(None, dtype=pl.Float64).alias("rater_sd"),
        )
    )
    columns = LABELS.names()
    made = [poles.filter(pl.col("poles") == 1), single, means]
    return pl.concat(one.select(columns).match_to_schema(LABELS) for one in made), apart
