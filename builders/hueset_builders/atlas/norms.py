"""Norms of English words: valence and arousal (Warriner et al.), concreteness (Brysbaert et al.).

Sources: Warriner, Kuperman & Brysbaert, "Norms of valence, arousal, and dominance for 13,915
English lemmas", Behavior Research Methods 45 (2013), CC BY-NC-ND 3.0; Brysbaert, Warriner &
Kuperman, "Concreteness ratings for 40 thousand generally known English word lemmas", Behavior
Research Methods 46 (2014), no licence stated in the copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Reject
from hueset_builders.atlas.source_rows import FIELDS, SourceRows, population_sd, texts_frame
from hueset_builders.readers.text import read_delimited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.builder import Inputs

WARRINER = {"V.Mean.Sum": ("V.SD.Sum", "V.Rat.Sum"), "A.Mean.Sum": ("A.SD.Sum", "A.Rat.Sum")}
"""A mean with the columns of its spread and of its number of ratings."""


def read_warriner(inputs: Inputs) -> SourceRows:
    """Read valence and arousal, 1..9, mean over all raters.

    Raises
    ------
    SourceFormatError
        A column is missing.
    """
    source = inputs.sources["warriner"]
    columns = ["Word", *WARRINER, *(one for pair in WARRINER.values() for one in pair)]
    rows = read_delimited(source, None, columns)
    return _reading("warriner", rows, WARRINER, inputs, scale=(1.0, 9.0))


def read_brysbaert(inputs: Inputs) -> SourceRows:
    """Read concreteness, 1 (abstract) to 5 (concrete); raters who did not know the word are out.

    Raises
    ------
    SourceFormatError
        A column is missing.
    """
    source = inputs.sources["brysbaert"]
    columns = ("Word", "Conc.M", "Conc.SD", "Unknown", "Total")
    rows = read_delimited(source, None, columns, separator="\t", quoting=False)
    knew = pl.col("Total").cast(pl.Int32, strict=False) - pl.col("Unknown").cast(
        pl.Int32, strict=False
    )
    rows = rows.with_columns(knew=knew)
    fields = {"Conc.M": ("Conc.SD", "knew")}
    return _reading("brysbaert", rows, fields, inputs, scale=(1.0, 5.0))


def _reading(
    name: str,
    rows: pl.DataFrame,
    fields: dict[str, tuple[str, str]],
    inputs: Inputs,
    *,
    scale: tuple[float, float],
) -> SourceRows:
    rows = rows.with_columns(pl.col(list(fields)).cast(pl.Float64, strict=False))
    good = pl.all_horizontal(
        pl.col(field).is_between(*scale).fill_null(value=False) for field in fields
    )
    return SourceRows(
        texts_frame(
            rows.filter(good),
            source=name,
            source_id=pl.col("Word"),
            text_raw=pl.col("Word"),
            unit="word",
            licence=inputs.dataset.sources[name].licence,
        ),
        pl.concat(
            rows.filter(good)
            .select(
                pl.col("Word").alias("source_id"),
                pl.lit(mean).alias("field"),
                pl.col(mean).alias("value_raw"),
                pl.col(raters).cast(pl.Int32, strict=False).alias("n_raters"),
                population_sd(
                    pl.col(sd).cast(pl.Float64, strict=False),
                    pl.col(raters).cast(pl.Int32, strict=False),
                ).alias("rater_sd"),
            )
            .match_to_schema(FIELDS)
            for mean, (sd, raters) in fields.items()
        ),
        rows.height,
        rejects=tuple(_rejects(name, rows.filter(~good), list(fields), scale)),
    )


def _rejects(
    name: str, rows: pl.DataFrame, fields: Sequence[str], scale: tuple[float, float]
) -> list[Reject]:
    return [
        Reject(
            "examples",
            name,
            row["Word"],
            "rating_out_of_range",
            ", ".join(f"{field} {row[field]}" for field in fields),
            f"{scale[0]:g}..{scale[1]:g}",
        )
        for row in rows.iter_rows(named=True)
    ]
