"""Where two sources label one dimension of the same text: do they agree, and on which scale.

Nothing is changed by it. Rank correlation says whether they order the texts alike (Spearman, with
mean ranks for ties); the shift and the ratio of spreads say how far their scales are apart.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMA = pl.Schema(
    {
        "dimension": pl.String(),
        "source_a": pl.String(),
        "kind_a": pl.String(),
        "source_b": pl.String(),
        "kind_b": pl.String(),
        "shared": pl.Int64(),
        "spearman": pl.Float64(),
        "by_chance": pl.Float64(),
        "mean_a": pl.Float64(),
        "mean_b": pl.Float64(),
        "whole_mean_a": pl.Float64(),
        "whole_mean_b": pl.Float64(),
        "shift": pl.Float64(),
        "sd_ratio": pl.Float64(),
        "licences": pl.List(pl.String()),
    }
)
BEYOND_CHANCE = 1.96
"""Shuffled pairs correlate beyond ±1.96 / sqrt(n - 1) about once in twenty."""
TELLING = 30
"""With fewer shared texts nothing is said against two sources."""


def compare_sources(labels: pl.DataFrame, least: int) -> pl.DataFrame:
    """Compare every two sources of a dimension that share texts.

    Parameters
    ----------
    labels
        `dimension`, `source`, `label_kind`, `item` (equal for what was judged alike; null
        without a text), `value` in 0..1, `licences`.
    least
        With fewer shared texts there is no correlation: it would be chance.

    Returns
    -------
    polars.DataFrame
        Schema `SCHEMA`, one row per dimension and pair with at least one shared text. A tag stands
        on a pole and has no scale: with one there is no shift and no ratio of spreads.
    """
    means = (
        labels.filter(pl.col("item").is_not_null())
        .group_by("dimension", "source", "label_kind", "item")
        .agg(pl.col("value").sort().mean(), pl.col("licences").explode())
        .sort("dimension", "source", "label_kind", "item")
    )
    found = []
    for (dimension,), rows in means.group_by("dimension", maintain_order=True):
        sets = dict(rows.group_by("source", "label_kind", maintain_order=True))
        for a, b in combinations(sorted(sets), 2):
            if a[0] == b[0]:
                continue
            both = sets[a].join(sets[b], on="item").sort("item")
            if not both.height:
                continue
            left, right = both["value"].to_list(), both["value_right"].to_list()
            wholes = [_mean(sets[one]["value"].to_list()) for one in (a, b)]
            compared = _compare_values(left, right, least, scaled="tag" not in {a[1], b[1]})
            found.append(
                {
                    "dimension": dimension,
                    "source_a": a[0],
                    "kind_a": a[1],
                    "source_b": b[0],
                    "kind_b": b[1],
                    "whole_mean_a": wholes[0],
                    "whole_mean_b": wholes[1],
                    **compared,
                    "licences": licences_of(sets[a], sets[b]),
                }
            )
    return pl.DataFrame(found, schema=SCHEMA, orient="row").sort(SCHEMA.names()[:5])


def contradicting_sources(compared: pl.DataFrame) -> Iterator[Finding]:
    """Yield a `warn` for every two sources that go against each other where they meet.

    Two scales: they order their shared texts the other way round, beyond chance. A tag and a scale:
    where the tag stands at one pole, the scale lies on the other side of its own mean.
    """
    for row in compared.filter(pl.col("shared") >= TELLING).iter_rows(named=True):
        name = f"{row['dimension']}: {row['source_a']} and {row['source_b']}"
        if row["spearman"] is not None and row["spearman"] < -row["by_chance"]:
            message = (
                f"{name} order {row['shared']:,} shared texts the other way round "
                f"(rank correlation {row['spearman']:.2f})"
            )
            yield Finding(
                "input.sources_disagree", Verdict.WARN, message, "calibration", row["shared"]
            )
        tag, scale = ("a", "b") if row["kind_a"] == "tag" else ("b", "a")
        if row[f"kind_{tag}"] != "tag" or row[f"kind_{scale}"] == "tag":
            continue
        goes = row[f"mean_{scale}"] - row[f"whole_mean_{scale}"]
        pole = row[f"mean_{tag}"] - 0.5
        if goes * pole < 0:
            message = (
                f"{name} go apart: {row['shared']:,} texts that {row[f'source_{tag}']} tags "
                f"{'high' if pole > 0 else 'low'} have mean {row[f'mean_{scale}']:.2f} in "
                f"{row[f'source_{scale}']}, whose whole mean is {row[f'whole_mean_{scale}']:.2f}"
            )
            yield Finding(
                "input.sources_disagree", Verdict.WARN, message, "calibration", row["shared"]
            )


def licences_of(*sets: pl.DataFrame) -> list[str]:
    """Return the licences of all labels that a comparison is computed of, sorted."""
    return sorted({name for one in sets for name in one["licences"].explode().unique()})


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Return the rank correlation of two equally long lists; None where one does not vary."""
    a, b = _ranks(left), _ranks(right)
    middle = (len(a) + 1) / 2
    over = math.fsum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
    under = math.fsum((x - middle) ** 2 for x in a) * math.fsum((y - middle) ** 2 for y in b)
    return over / math.sqrt(under) if under else None


def _compare_values(
    left: list[float], right: list[float], least: int, *, scaled: bool
) -> dict[str, float | None]:
    n = len(left)
    mean_a, mean_b = _mean(left), _mean(right)
    sd_a, sd_b = _sd(left, mean_a), _sd(right, mean_b)
    rho = rank_correlation(left, right) if n >= least else None
    return {
        "shared": n,
        "spearman": rho,
        "by_chance": None if rho is None else min(BEYOND_CHANCE / math.sqrt(n - 1), 1.0),
        "mean_a": mean_a,
        "mean_b": mean_b,
        "shift": mean_b - mean_a if scaled else None,
        "sd_ratio": sd_b / sd_a if scaled and sd_a else None,
    }


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _sd(values: list[float], mean: float) -> float:
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def _ranks(values: Sequence[float]) -> list[float]:
    ranks: list[float] = pl.Series(values).rank("average").to_list()
    return ranks
