"""Which split a text goes to: never two for one text, over all sources.

Texts are kin where they are equal, where one is the sentence another stands in, and where their
source says so (one article at three levels, tracks of one artist). What is kin goes whole to one
split: to the one of the version of `vibe` if it holds any of it, so that no text that was trained
on there is tested on here; else to the strictest published one; else by hash.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.builder.splits import assign_split, join_clusters, strictest_split

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGITS = 16
"""Hex digits that name a text or a group."""


def kin_node(source: str, kin: str) -> str:
    """Return the node of what a source says belongs together."""
    return hashlib.sha256(f"{source}\x00{kin}".encode()).hexdigest()[:DIGITS]


def assign_splits(texts: pl.DataFrame, parameters: Mapping[str, Any]) -> pl.DataFrame:
    """Return the group and the split of every text.

    Parameters
    ----------
    texts
        `example_id`, `inherited` (whether the split is that of a version that was read),
        `upstream_split`, `nodes` (what it is kin to, at least one).
    parameters
        `split_salt`, `split_shares`.

    Returns
    -------
    polars.DataFrame
        `example_id`, `group_id`, `split`, `moved`: whether it is in another split than published.
    """
    pairs = [
        (nodes[0], other)
        for nodes in texts.filter(pl.col("nodes").list.len() > 1)["nodes"]
        for other in nodes[1:]
    ]
    home = join_clusters(pairs)
    rows = texts.with_columns(
        group_id=pl.Series([home.get(nodes[0], nodes[0]) for nodes in texts["nodes"]])
    )
    known = pl.col("upstream_split").drop_nulls().unique().sort()
    groups = rows.group_by("group_id").agg(
        known.alias("published"),
        pl.col("upstream_split").filter("inherited").unique().sort().alias("inherited"),
    )
    split = [
        strictest_split(inherited or published)
        if inherited or published
        else assign_split(group, parameters["split_shares"], parameters["split_salt"])
        for group, published, inherited in groups.rows()
    ]
    groups = groups.select("group_id", split=pl.Series(split, dtype=pl.String))
    return rows.join(groups, on="group_id", validate="m:1").select(
        "example_id",
        "group_id",
        "split",
        moved=(pl.col("upstream_split") != pl.col("split")).fill_null(value=False),
    )
