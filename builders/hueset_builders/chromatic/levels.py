"""Sound that counts as silence: told by track and song, because it leaves no other trace.

A segment below the level `silence_dbfs` has no audio in the tables. That is right for rests and
leakage, and wrong for a whole stem that is merely quiet, as synthesisers render them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Verdict
from hueset_builders.chromatic.findings import MAX_EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards


def check_levels(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Yield how many segments with sound lie below the level, and which tracks lie there whole.

    Digital silence has no level and is not counted.
    """
    limit = float(inputs.parameters["silence_dbfs"])
    sound = tables.scan("segments").filter(pl.col("rms_dbfs").is_not_null())
    tracks = (
        sound.group_by("song_id", "track_no", "audio_file")
        .agg(
            pl.len().alias("segments"),
            (pl.col("rms_dbfs") < limit).sum().alias("below"),
            pl.col("rms_dbfs").filter(pl.col("rms_dbfs") < limit).max().alias("loudest"),
        )
        .collect()
        .sort("song_id", "track_no", "audio_file")
    )
    below = tracks.filter(pl.col("below") > 0).sort("loudest", descending=True, maintain_order=True)
    if not below.height:
        return
    first = below.row(0, named=True)
    yield Finding(
        "audio.below_silence",
        Verdict.WARN,
        f"{below['below'].sum():,} of {tracks['segments'].sum():,} segments with sound lie below "
        f"{limit:g} dBFS and count as silent, the loudest at {first['loudest']:.1f} dBFS "
        f"({_place(first)}); to hear it: `--silence-dbfs {math.floor(first['loudest'])}`",
        "segments",
        int(below["below"].sum()),
        tuple(map(_place, below.head(MAX_EXAMPLES).iter_rows(named=True))),
    )
    whole = below.filter(pl.col("below") == pl.col("segments"))
    if not whole.height:
        return
    heard = tracks.filter(pl.col("below") < pl.col("segments"))["song_id"]
    mute = whole.filter(~pl.col("song_id").is_in(heard.to_list()))["song_id"].unique().sort()
    songs = f"; not one segment is heard of {', '.join(mute.head(MAX_EXAMPLES))}"
    more = f" and {mute.len() - MAX_EXAMPLES} more songs" if mute.len() > MAX_EXAMPLES else ""
    first = whole.row(0, named=True)
    yield Finding(
        "audio.track_below_silence",
        Verdict.WARN,
        f"{whole.height:,} of {tracks.height:,} tracks with sound lie below {limit:g} dBFS whole, "
        f"so that none of it is kept, the loudest at {first['loudest']:.1f} dBFS ({_place(first)})"
        + (songs + more if mute.len() else ""),
        "segments",
        whole.height,
        tuple(
            f"{_place(row)} at {row['loudest']:.1f} dBFS"
            for row in whole.head(MAX_EXAMPLES).iter_rows(named=True)
        ),
    )


def _place(row: dict[str, object]) -> str:
    return f"{row['song_id']} track {row['track_no']}, {row['audio_file']}"
