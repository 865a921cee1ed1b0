"""Files that manifests name and that are not there: one finding for the whole corpus.

Where the audio is with its authors alone, that is every file of every song.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Verdict
from hueset_builders.chromatic.findings import MAX_EXAMPLES, MEDIA_MISSING
from hueset_builders.chromatic.song import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards

KINDS = ("mixes", "audio files", "MIDI files")


def missing_files(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Yield how many of the files of each kind are there, unless all are.

    A file that two tracks name counts twice, as it does in the columns of `songs`.
    """
    named = pl.concat([_mixes(tables, inputs), *_of_tracks(tables)])
    lost = named.filter("missing").sort("song_id", "kind", "file")
    if lost.is_empty():
        return
    counts = named.group_by("kind").agg(pl.len(), pl.col("missing").sum())
    told = {kind: (n - gone, n) for kind, n, gone in counts.iter_rows() if gone}
    there = ", ".join(
        f"{told[kind][0]:,} of {told[kind][1]:,} {kind}" for kind in KINDS if kind in told
    )
    songs = sorted(set(lost["song_id"]))
    shown = ", ".join(songs[:3]) + (", …" if len(songs) > 3 else "")
    message = f"{there} that manifests name are there; some lack in {shown}"
    examples = dict.fromkeys(
        f"{song_id}.yml: {file}" for song_id, file in lost.select("song_id", "file").iter_rows()
    )
    first = tuple(examples)[:MAX_EXAMPLES]
    yield Finding(MEDIA_MISSING, Verdict.WARN, message, "tracks", lost.height, first)


def _mixes(tables: Shards, inputs: Inputs) -> pl.DataFrame:
    """Return the mixes; one that is there and cannot be read is told elsewhere."""
    members = [member.name.lower() for member in inputs.sources[SOURCE].members]
    path = pl.concat_str(["song_id", "main_audio_file"], separator="/").str.to_lowercase()
    songs = tables.scan("songs").filter(pl.col("main_audio_file").is_not_null())
    return songs.select(
        pl.lit("mixes").alias("kind"),
        "song_id",
        pl.col("main_audio_file").alias("file"),
        (~pl.col("main_audio_present") & ~path.is_in(members)).alias("missing"),
    ).collect()


def _of_tracks(tables: Shards) -> Iterator[pl.DataFrame]:
    for kind, what in (("audio files", "audio"), ("MIDI files", "midi")):
        tracks = tables.scan("tracks").filter(pl.col(f"{what}_state") != "unnamed")
        yield tracks.select(
            pl.lit(kind).alias("kind"),
            "song_id",
            pl.col(f"{what}_file").alias("file"),
            (pl.col(f"{what}_state") == "missing").alias("missing"),
        ).collect()
