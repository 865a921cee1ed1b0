"""Where two sources label one dimension of the same text: do they agree, and on which scale.

Nothing is changed by it. Rank correlation says whether they order the texts alike (Spearman, with
mean ranks for ties); the shift and the ratio of spreads say how far their scales are apart.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = pl.Schema(
    {
        "dimension": pl.String(),
        "source_a": pl.String(),
        "kind_a": pl.String(),
        "source_b": pl.String(),
        "kind_b": pl.String(),
        "shared": pl.Int64(),
        "spearman": pl.Float64(),
        "mean_a": pl.Float64(),
        "mean_b": pl.Float64(),
        "shift": pl.Float64(),
        "sd_ratio": pl.Float64(),
    }
)


def calibrate(labels: pl.DataFrame, least: int) -> pl.DataFrame:
    """Compare every two sources of a dimension that share texts.

    Parameters
    ----------
    labels
        `dimension`, `source`, `label_kind`, `text_hash` (null without a text), `value` in 0..1.
    least
        With fewer shared texts there is no correlation: it would be chance.

    Returns
    -------
    polars.DataFrame
        Schema `SCHEMA`, one row per dimension and pair with at least one shared text.
    """
    means = (
        labels.filter(pl.col("text_hash").is_not_null())
        .group_by("dimension", "source", "label_kind", "text_hash")
        .agg(pl.col("value").sort().mean())
        .sort("dimension", "source", "label_kind", "text_hash")
    )
    found = []
    for (dimension,), rows in means.group_by("dimension", maintain_order=True):
        sets = dict(rows.group_by("source", "label_kind", maintain_order=True))
        for a, b in combinations(sorted(sets), 2):
            if a[0] == b[0]:
                continue
            both = sets[a].join(sets[b], on="text_hash").sort("text_hash")
            if both.height:
                left, right = both["value"].to_list(), both["value_right"].to_list()
                found.append((dimension, *a, *b, *_compared(left, right, least)))
    return pl.DataFrame(found, schema=SCHEMA, orient="row").sort(SCHEMA.names()[:5])


def spearman(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Return the rank correlation of two equally long lists; None where one does not vary."""
    a, b = _ranks(left), _ranks(right)
    middle = (len(a) + 1) / 2
    over = math.fsum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
    under = math.fsum((x - middle) ** 2 for x in a) * math.fsum((y - middle) ** 2 for y in b)
    return over / math.sqrt(under) if under else None


def _compared(
    left: list[float], right: list[float], least: int
) -> tuple[int, float | None, float, float, float, float | None]:
    n = len(left)
    mean_a, mean_b = math.fsum(left) / n, math.fsum(right) / n
    sd_a, sd_b = _sd(left, mean_a), _sd(right, mean_b)
    rho = spearman(left, right) if n >= least else None
    return n, rho, mean_a, mean_b, mean_b - mean_a, sd_b / sd_a if sd_a else None


def _sd(values: list[float], mean: float) -> float:
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def _ranks(values: Sequence[float]) -> list[float]:
    ranks: list[float] = pl.Series(values).rank("average").to_list()
    return ranks
