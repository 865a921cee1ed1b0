"""How intimate a question is: best-worst judgements of English questions.

Source: Pei & Jurgens, "Quantifying Intimacy in Language", EMNLP 2020
(https://arxiv.org/abs/2011.03020), MIT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Reject
from hueset_builders.atlas.source_rows import FIELDS, SourceRows, texts_frame
from hueset_builders.readers.text import read_delimited

if TYPE_CHECKING:
    from hueset.builder import Inputs

SPLITS = {"train": "train", "val": "validation", "test": "test", "external": "test"}
"""The files, and our split; `external` holds questions of other origin, made to test with."""


def read(inputs: Inputs) -> SourceRows:
    """Read the questions with their score, -1 (not intimate) to 1 (very intimate).

    Raises
    ------
    SourceFormatError
        A file is missing or no such table.
    """
    source = inputs.sources["intimacy"]
    rows = pl.concat(
        read_delimited(
            source,
            f"final_{name}.txt",
            ("text_raw", "score"),
            separator="\t",
            header=False,
            quoting=False,
        ).with_columns(
            source_id=pl.format("{}/{}", pl.lit(name), pl.int_range(1, pl.len() + 1)),
            upstream_split=pl.lit(split),
        )
        for name, split in SPLITS.items()
    ).with_columns(value_raw=pl.col("score").cast(pl.Float64, strict=False))
    good = pl.col("value_raw").is_between(-1.0, 1.0).fill_null(value=False)
    kept = rows.filter(good)
    return SourceRows(
        texts_frame(
            kept,
            source="intimacy",
            unit="question",
            licence=inputs.dataset.sources["intimacy"].licence,
        ),
        kept.select(
            "source_id",
            pl.lit("score").alias("field"),
            "value_raw",
            pl.lit(None, dtype=pl.Int32).alias("n_raters"),
            pl.lit(None, dtype=pl.Float64).alias("rater_sd"),
        ).match_to_schema(FIELDS),
        rows.height,
        rejects=tuple(
            Reject(
                "examples",
                "intimacy",
                row["source_id"],
                "rating_out_of_range",
                row["score"],
                "-1..1",
            )
            for row in rows.filter(~good).iter_rows(named=True)
        ),
    )
