"""Which split a text goes to: the published one, but equal texts go together to the strictest.

Texts are equal when their `text_hash` is; that is the group, over all three corpora. A corpus
published without a validation split gives a share of its train, by the hash of the group; one
published without any split is split whole by that hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.builder.splits import STRICTNESS, assign_group_splits, hash_positions

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = {"train": "train", "dev": "validation", "validation": "validation", "test": "test"}
"""The split names of the corpora, and ours."""


def published_split(column: str) -> pl.Expr:
    """Return our name of a published split; null where there is none."""
    return pl.col(column).replace_strict(NAMES, default=None, return_dtype=pl.String)


def assign_splits(texts: pl.DataFrame, parameters: Mapping[str, Any]) -> pl.DataFrame:
    """Return the split of every text.

    Parameters
    ----------
    texts
        `example_id`, `source`, `group_id`, `upstream_split`; one row per text of all corpora.
    parameters
        `split_salt`; `validation_of_train`: corpus → the share of its train that is validation;
        `split_shares`: split → share, where a group has no published split at all.

    Returns
    -------
    polars.DataFrame
        `example_id`, `split`, and `moved`, `shared`: whether equal text elsewhere moved it out of
        its own split, and whether another corpus holds the same text.
    """
    salt: str = parameters["split_salt"]
    shares: Mapping[str, float] = parameters["split_shares"]
    held_out: Mapping[str, float] = parameters["validation_of_train"]

    rows = texts.with_columns(own=published_split("upstream_split"))
    train = rows.filter(pl.col("own") == "train", pl.col("source").is_in(list(held_out)))
    share = pl.col("source").replace_strict(dict(held_out), return_dtype=pl.Float64)
    place = pl.Series(hash_positions(train["group_id"].to_list(), salt), dtype=pl.Float64)
    held_ids = train.filter(place < share)["example_id"]
    rows = rows.with_columns(
        own=pl.when(pl.col("example_id").is_in(held_ids.implode()))
        .then(pl.lit("validation"))
        .otherwise("own")
    )
    names = {strictness: split for split, strictness in STRICTNESS.items()}
    strictest = pl.col("own").replace_strict(STRICTNESS, default=None, return_dtype=pl.Int8).max()
    rows = rows.with_columns(
        strictest.over("group_id")
        .replace_strict(names, default=None, return_dtype=pl.String)
        .alias("split"),
        pl.len().over("group_id").alias("members"),
    )
    unknown = rows["split"].is_null().arg_true()
    drawn = assign_group_splits(rows["group_id"].gather(unknown).to_list(), shares, salt)
    rows = rows.with_columns(rows["split"].scatter(unknown, drawn))
    return rows.select(
        "example_id",
        "split",
        moved=(pl.col("own") != pl.col("split")).fill_null(value=False),
        shared=pl.col("members") > 1,
    )
