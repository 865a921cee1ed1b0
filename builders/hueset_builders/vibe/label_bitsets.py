"""The emotion classes of a rating as the bits of one number: many ratings, few different sets.

What holds for a set, its name, whether all of it was rated, its mean norm, is found once for each
set and not once for each rating. The bits stand in the order of the classes' names.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

SET = pl.UInt32
"""Room for 32 classes."""


def as_set(names: Sequence[str]) -> pl.Expr:
    """Return the set of each row, from one column of whole numbers per class: 1 where given."""
    given = (
        (pl.col(name) == 1).fill_null(value=False).cast(SET) * pl.lit(bit, dtype=SET)
        for name, bit in class_bits(names).items()
    )
    return functools.reduce(operator.or_, given)


def class_bits(names: Sequence[str]) -> dict[str, int]:
    """Return the bit of each class, in the order of the names.

    Raises
    ------
    ValueError
        There are more classes than bits.
    """
    if len(names) > 32:
        message = f"{len(names)} classes do not fit into 32 bits"
        raise ValueError(message)
    return {name: 1 << at for at, name in enumerate(sorted(names))}


def set_members(sets: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """Return `given`, `class`: one row per different set and class in it, in order.

    The class is an Enum of the sorted names.
    """
    known = class_bits(names)
    classes = pl.DataFrame(
        {"class": list(known), "bit": list(known.values())},
        schema={"class": pl.Enum(list(known)), "bit": SET},
    )
    return (
        sets.unique()
        .to_frame("given")
        .join(classes, how="cross", maintain_order="left_right")
        .filter(pl.col("given") & pl.col("bit") != 0)
        .select("given", "class")
    )


def describe_sets(sets: pl.Series, names: Sequence[str], unrated: Sequence[str]) -> pl.DataFrame:
    """Return `given`, `published`, `unrated` of each different set, null for that without classes.

    Its classes in words, and whether one of the `unrated` is among them.
    """
    known = class_bits(names)
    words = [pl.when(_holds(bit)).then(pl.lit(name)) for name, bit in known.items()]
    return (
        sets.unique()
        .to_frame("given")
        .filter(pl.col("given") != 0)
        .with_columns(
            published=pl.concat_str(words, separator=", ", ignore_nulls=True),
            unrated=_holds(sum(known[name] for name in unrated)),
        )
    )


def class_votes(ratings: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return `comment`, `class`, `n_votes`: how many ratings of a comment hold a class, sorted.

    Parameters
    ----------
    ratings
        `comment` (a whole number) and `given`.
    """
    # One number for comment and class sorts faster than two columns.
    number = pl.col("comment").cast(pl.UInt64) * len(names) + pl.col("class").to_physical()
    given = (
        ratings.join(set_members(ratings["given"], names), on="given").select(number).to_series()
    )
    counted = given.sort().rle().struct.unnest()
    classes = pl.Series(sorted(names), dtype=pl.Enum(sorted(names)))
    return counted.select(
        comment=(pl.col("value") // len(names)).cast(pl.UInt32),
        **{"class": classes.gather(counted["value"] % len(names))},
        n_votes=pl.col("len").cast(pl.Int32),
    )


def _holds(some: int) -> pl.Expr:
    """Return whether a set holds any of some bits."""
    return pl.col("given") & pl.lit(some, dtype=SET) != 0
