"""Ratings that users gathered themselves: the files that `hueset annotate NAME --import` wrote.

Each file holds the answers of two or more raters on one dimension, on one anchored scale, with
their agreement (Krippendorff's alpha).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.builder import Finding, Verdict, convert_input_errors
from hueset_builders.atlas.source_rows import FIELDS, TEXTS, SourceRows

if TYPE_CHECKING:
    from hueset.builder import Inputs

RELIABLE = 0.667
"""Below it not even a tentative conclusion holds (Krippendorff, Content Analysis, 2004)."""


def read(inputs: Inputs) -> SourceRows:
    """Read every file; a value is the mean over the raters of a text.

    Raises
    ------
    SourceFormatError
        A file was not written by the importer.
    """
    source = inputs.sources["annotations"]
    answers: list[dict[str, Any]] = []
    findings = []
    for name, data in source.iterate("*.json"):
        what = f"source 'annotations': {name} is no file of answers"
        with convert_input_errors(what, hint="write it with `hueset annotate`"):
            told = json.loads(data)
            alpha, dimension = told["alpha"], str(told["dimension"])
            low, high = told["scale"]
            answers += [
                {**one, "field": dimension, "value": 1 + 6 * (one["rating"] - low) / (high - low)}
                for one in told["answers"]
            ]
        findings.append(_agreement(name, dimension, alpha, told))
    rows = pl.DataFrame(answers, infer_schema_length=None)
    key = pl.col("example_id")
    texts = rows.unique("example_id", keep="first", maintain_order=True).select(
        pl.lit("annotations").alias("source"),
        key.alias("source_id"),
        "unit",
        pl.col("text").alias("text_raw"),
        "context",
        pl.lit(None, dtype=pl.String).alias("upstream_split"),
        pl.lit(None, dtype=pl.String).alias("kin"),
        "licence",
        pl.lit(None, dtype=pl.String).alias("text_licence"),
    )
    fields = (
        rows.unique(["example_id", "field", "rater"], keep="first", maintain_order=True)
        .sort("example_id", "field", "rater")
        .group_by(key.alias("source_id"), "field", maintain_order=True)
        .agg(
            pl.col("value").mean().alias("value_raw"),
            pl.len().cast(pl.Int32).alias("n_raters"),
            pl.when(pl.len() > 1).then(pl.col("value").std(ddof=0)).alias("rater_sd"),
        )
    )
    return SourceRows(
        texts.match_to_schema(TEXTS),
        fields.match_to_schema(FIELDS),
        texts.height,
        findings=tuple(findings),
    )


def _agreement(name: str, dimension: str, alpha: float | None, told: dict[str, Any]) -> Finding:
    said = "cannot be computed" if alpha is None else f"is {alpha:.3f}"
    message = (
        f"{name}: Krippendorff's alpha of {told['raters']} raters on {dimension} {said}, over "
        f"{told['items']:,} texts; {RELIABLE} is the least for tentative conclusions"
    )
    good = alpha is not None and alpha >= RELIABLE
    return Finding(
        "input.rater_agreement",
        Verdict.PASS if good else Verdict.WARN,
        message,
        "labels",
        told["items"],
    )
