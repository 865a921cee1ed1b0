"""What is read from one corpus, before anything is cleaned, merged or split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from hueset.builder import Finding, Reject

TEXTS = pl.Schema(
    {
        "source_id": pl.String(),
        "text_raw": pl.String(),
        "upstream_split": pl.String(),
        "published": pl.String(),
        "n_raters": pl.Int32(),
        "flags": pl.List(pl.String()),
    }
)
LABELS = pl.Schema(
    {
        "source_id": pl.String(),
        "dimension": pl.String(),
        "value_raw": pl.Float64(),
        "raw_min": pl.Float64(),
        "raw_max": pl.Float64(),
        "n_raters": pl.Int32(),
        "rater_sd": pl.Float64(),
        "label_kind": pl.String(),
    }
)
CLASSES = pl.Schema(
    {
        "source_id": pl.String(),
        "class": pl.String(),
        "n_votes": pl.Int32(),
        "n_raters": pl.Int32(),
    }
)


@dataclass(frozen=True)
class CorpusRows:
    """The rows of one corpus.

    Attributes
    ----------
    declared
        The declared source the texts came from; one of several forms, where there are several.
    texts
        Schema `TEXTS`, one row per text: its id in the source, the text as published, the split as
        published (null where the source has none), its labels as published in words (to tell
        whether two rows agree), how many people rated it (null where unknown), flags.
    labels
        Schema `LABELS`, one row per text and dimension: the value on the scale raw_min..raw_max,
        how many ratings it is the mean of, and their population standard deviation in units of
        that scale (null where unknown).
    classes
        Schema `CLASSES`, one row per text and class: how many raters gave it, of how many who
        rated the text (null where unknown).
    rejects
        Rows that cannot be right.
    findings
        Defects of the source that are told.
    masks_scores
        Whether a score out of ten in the text is the label itself.
    """

    declared: str
    texts: pl.DataFrame
    labels: pl.DataFrame
    classes: pl.DataFrame
    rejects: tuple[Reject, ...] = ()
    findings: tuple[Finding, ...] = ()
    masks_scores: bool = False


def no_classes() -> pl.DataFrame:
    """Return the classes of a corpus that has none."""
    return pl.DataFrame(schema=CLASSES)
