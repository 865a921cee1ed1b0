"""What a reader gives: texts with their published split, and fields that a mapping may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from hueset.builder import Finding, Reject

TEXTS = pl.Schema(
    {
        "source": pl.String(),
        "source_id": pl.String(),
        "unit": pl.String(),
        "text_raw": pl.String(),
        "context": pl.String(),
        "upstream_split": pl.String(),
        "kin": pl.String(),
        "licence": pl.String(),
        "text_licence": pl.String(),
    }
)
FIELDS = pl.Schema(
    {
        "source_id": pl.String(),
        "field": pl.String(),
        "value_raw": pl.Float64(),
        "n_raters": pl.Int32(),
        "rater_sd": pl.Float64(),
    }
)


@dataclass(frozen=True)
class SourceRows:
    """One source as it was read, before anything is cleaned, mapped, merged or split.

    Attributes
    ----------
    texts
        Schema `TEXTS`, one row per text: its id in the source, what kind of text it is, the text as
        published (null where the source has none), the sentence a word stands in, the split as
        published (train, validation or test; null where there is none), what it is kin to (texts
        of equal `kin` must not be torn apart), the licence of the row, and what the source says
        of the licence of the text itself.
    fields
        Schema `FIELDS`, one row per text and field that has a value: the value on its own scale (1
        for a tag that is there), how many people it is the mean of, and their population standard
        deviation on that scale (null where unknown).
    read
        How many rows the source has.
    rejects
        Rows that cannot be right.
    findings
        Defects of the source that are told.
    """

    texts: pl.DataFrame
    fields: pl.DataFrame
    read: int
    rejects: tuple[Reject, ...] = ()
    findings: tuple[Finding, ...] = ()


def texts_frame(rows: pl.DataFrame, **told: str | pl.Expr | None) -> pl.DataFrame:
    """Return rows in the schema `TEXTS`: a string is the value of all, an expression computes it.

    A column that is neither given nor there is null.
    """
    made = {}
    for name, kind in TEXTS.items():
        given = told.get(name, pl.col(name) if name in rows.columns else None)
        column = given if isinstance(given, pl.Expr) else pl.lit(given)
        made[name] = column.cast(kind)
    return rows.select(**made)


def population_sd(sd: pl.Expr, n: pl.Expr) -> pl.Expr:
    """Return the population standard deviation for a published sample one of n ratings."""
    count = n.cast(pl.Float64)
    return pl.when(count > 1).then(sd * ((count - 1.0) / count).sqrt())
