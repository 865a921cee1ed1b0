"""What must hold over the whole of Groove, and what is told about its published split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards


def check(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Tell which sessions straddle the published split, and hold the counts to the published."""
    performances = (
        tables.scan("performances")
        .select("performance", "session", "split", "split_by_session", "hits", "duration_s", "bars")
        .collect()
    )
    yield from _straddling(performances)
    yield from _disjoint(performances)
    yield from _counts(performances, tables, inputs)


def _straddling(performances: pl.DataFrame) -> Iterator[Finding]:
    sessions = performances.group_by("session").agg(
        pl.col("split").n_unique().alias("splits"), pl.len().alias("rows")
    )
    torn = sessions.filter(pl.col("splits") > 1).sort("rows", "session", descending=[True, False])
    if torn.height:
        message = (
            f"the published split is not disjoint by session: {torn.height} of {sessions.height} "
            f"sessions straddle it, with {torn['rows'].sum():,} of {performances.height:,} "
            "performances; train with split_by_session to test on sessions never heard"
        )
        names = [f"{session} ({rows})" for session, rows in torn.select("session", "rows").rows()]
        yield Finding(
            "input.session_straddles_split",
            "warn",
            message,
            "performances",
            torn.height,
            tuple(names[:10]),
        )


def _disjoint(performances: pl.DataFrame) -> Iterator[Finding]:
    torn = (
        performances.group_by("session")
        .agg(pl.col("split_by_session").n_unique().alias("splits"))
        .filter(pl.col("splits") > 1)["session"]
        .sort()
    )
    if torn.len():
        message = f"{torn.len()} sessions lie in more than one split_by_session"
        yield Finding(
            "output.split_by_session",
            "fail",
            message,
            "performances",
            torn.len(),
            tuple(torn.head(10)),
        )


def _counts(performances: pl.DataFrame, tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    found = {
        "performances": performances.height,
        **{
            split: performances.filter(pl.col("split") == split).height
            for split in ("train", "validation", "test")
        },
        "hits": tables.scan("hits").select(pl.len()).collect().item(),
        "hours": round(float(performances["duration_s"].sum()) / 3600, 2),
    }
    promised = inputs.parameters["published"]
    other = {name: found[name] for name in promised if found[name] != promised[name]}
    for name, count in other.items():
        message = f"{name}: {count:,} where {promised[name]:,} were published"
        yield Finding(f"output.count_{name}", "fail", message, "performances")
    for name in ("hits", "bars"):
        rows = tables.scan(name).select(pl.len()).collect().item()
        if rows != performances[name].sum():
            message = f"{name} has {rows:,} rows, performances speak of {performances[name].sum()}"
            yield Finding(f"output.{name}_add_up", "fail", message, name)
