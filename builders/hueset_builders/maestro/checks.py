"""What must hold over the whole of MAESTRO, and what is told about its split and alignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards

RECORDING_S = 0.1
"""How far a recording may be from its published length."""
MIDI_LONGER_S = {"recorded": (-0.5, 13.0), "rendered": (-10.0, 0.5)}
"""How much longer than its audio a MIDI file may be. Of the published recordings it is -0.20 to
+12.68 s; what is rendered ends when the last note has died away."""


def check(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Hold the counts to the published ones, and tell of splits, lengths and alignment."""
    performances = tables.scan("performances").drop("midi").collect()
    yield from _straddling(performances)
    yield from _disjoint(performances)
    yield from _lengths(performances)
    yield from _alignment(performances)
    yield from _silence(performances)
    yield from _windows(performances, tables)
    if inputs.parameters["limit"] is None and not inputs.parameters["where"]:
        yield from _counts(performances, inputs)


def _straddling(performances: pl.DataFrame) -> Iterator[Finding]:
    for name, keys, what in (
        ("title", ["composer", "title"], "composer and title pairs, before variants are folded,"),
        ("composition", ["composition"], "compositions, with title variants folded,"),
    ):
        torn = (
            performances.group_by(keys)
            .agg(pl.col("split").unique().sort(), pl.len().alias("rows"))
            .filter(pl.col("split").list.len() > 1)
            .sort(keys)
        )
        if torn.height:
            listed = [
                f"{': '.join(row[key] for key in keys)} ({', '.join(row['split'])})"
                for row in torn.iter_rows(named=True)
            ]
            message = (
                f"{what} that straddle the published split: {torn.height}, with "
                f"{torn['rows'].sum()} performances: {'; '.join(listed)}; split_by_composition "
                "keeps each of them in one"
            )
            check = f"input.{name}_straddles_split"
            yield Finding(check, Verdict.WARN, message, "performances", torn.height)


def _disjoint(performances: pl.DataFrame) -> Iterator[Finding]:
    torn = (
        performances.group_by("composition")
        .agg(pl.col("split_by_composition").n_unique().alias("splits"))
        .filter(pl.col("splits") > 1)["composition"]
        .sort()
    )
    if torn.len():
        message = f"{torn.len()} compositions lie in more than one split_by_composition"
        yield _finding("output.split_by_composition", Verdict.FAIL, message, torn)


def _lengths(performances: pl.DataFrame) -> Iterator[Finding]:
    recorded = performances.filter(pl.col("audio_origin") == "recorded")
    other = recorded.filter((pl.col("audio_s") - pl.col("duration_s")).abs() > RECORDING_S)
    if other.height:
        message = f"{other.height} recordings are not as long as published"
        yield _finding("input.audio_length", Verdict.WARN, message, other["performance"])
    for origin, (least_s, most_s) in MIDI_LONGER_S.items():
        longer_s = pl.col("midi_s") - pl.col("audio_s")
        apart = performances.filter(
            (pl.col("audio_origin") == origin) & ~longer_s.is_between(least_s, most_s)
        )
        if apart.height:
            message = (
                f"{apart.height} MIDI files are not {least_s} to {most_s} s longer than their "
                f"{origin} audio"
            )
            yield _finding("input.audio_midi_length", Verdict.WARN, message, apart["performance"])


def _alignment(performances: pl.DataFrame) -> Iterator[Finding]:
    late = performances.filter(~pl.col("aligned"))
    if late.height:
        worst_ms = max(abs(lag) for lag in late["onset_lag_ms"])
        message = (
            f"{late.height} of {performances['aligned'].count()} performances with a lag have one "
            f"of more than 20 ms between audio and MIDI onsets (median), up to {worst_ms:.0f} ms"
        )
        yield _finding("input.onset_lag", Verdict.WARN, message, late["performance"])
    unknown = performances.filter(pl.col("aligned").is_null())
    if unknown.height:
        message = f"{unknown.height} performances have too few onsets alone to tell a lag"
        yield _finding("input.onset_lag_unknown", Verdict.WARN, message, unknown["performance"])


def _silence(performances: pl.DataFrame) -> Iterator[Finding]:
    silent = performances.filter(
        (pl.col("audio_origin") == "recorded") & (pl.col("silent_windows") > 0)
    )
    if silent.height:
        message = (
            f"{silent['silent_windows'].sum()} windows of {silent.height} recordings are digital "
            "silence; they are left out"
        )
        yield _finding("input.silent_recording", Verdict.WARN, message, silent["performance"])


def _windows(performances: pl.DataFrame, tables: Shards) -> Iterator[Finding]:
    windows = tables.scan("windows").group_by("performance").agg(pl.len().alias("rows")).collect()
    joined = performances.join(windows, on="performance", how="left")
    wrong = joined.filter(pl.col("windows") != pl.col("rows").fill_null(0))
    if wrong.height:
        message = f"{wrong.height} performances speak of other numbers of windows than there are"
        yield _finding("output.windows_add_up", Verdict.FAIL, message, wrong["performance"])


def _counts(performances: pl.DataFrame, inputs: Inputs) -> Iterator[Finding]:
    counts = {
        "performances": performances.height,
        **{
            split: performances.filter(pl.col("split") == split).height
            for split in ("train", "validation", "test")
        },
        "notes": int(performances["notes"].sum()),
        "hours": round(float(performances["duration_s"].sum()) / 3600, 2),
    }
    for name, promised in inputs.parameters["published"].items():
        if counts[name] != promised:
            message = f"{name}: {counts[name]:,} where {promised:,} were published"
            yield Finding(f"output.count_{name}", Verdict.FAIL, message, "performances")


def _finding(check: str, verdict: Verdict, message: str, keys: pl.Series) -> Finding:
    return Finding(check, verdict, message, "performances", keys.len(), tuple(keys.sort().head(10)))
