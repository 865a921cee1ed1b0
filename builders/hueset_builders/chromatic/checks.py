"""Named invariants over the finished tables: what the corpus promises beyond its columns.

A broken promise about the output fails the version; a defect of the input that only shows over
the whole corpus (spellings, balance) warns.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Finding, Verdict
from hueset_builders.chromatic.findings import broken_promise
from hueset_builders.chromatic.levels import check_levels
from hueset_builders.chromatic.missing_files import missing_files
from hueset_builders.chromatic.ontology import AXES, SUM_TOLERANCE, reachable_types
from hueset_builders.chromatic.song import SOURCE
from hueset_builders.readers.timecode import from_beat_s, parse_stamp, read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.builder import Inputs, Shards

MIN_COVERED = 0.98
SLACK_S = 1.0
MIN_STAMPS = 30
MILLISECOND_FLOOR = 300
"""Thirty stamps in milliseconds pass this; frames never do."""
COLOUR_BALANCE = 3.0
MODALITIES = {
    "audio": pl.col("has_audio").fill_null(value=False),
    "MIDI": pl.col("has_midi").fill_null(value=False),
    "lyrics": pl.col("lyric_text") != "",
}
MIN_MODALITY = 0.1
"""Of the segments of a colour; what is there in fewer cannot be learned for that colour."""
MAJORITY = 0.6


def check(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Yield what the finished tables break."""
    yield from _songs(tables, inputs)
    yield from missing_files(tables, inputs)
    yield from _timecode(tables)
    yield from _segments(tables)
    yield from _labels(tables, inputs)
    yield from _balance(tables)
    yield from check_levels(tables, inputs)
    yield from _spellings(tables)


def _songs(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    songs = tables.scan("songs").collect()
    digests = {member.name: member.sha256 for member in inputs.sources[SOURCE].members}
    stale = [
        song_id
        for song_id, sha256 in songs.select("song_id", "manifest_sha256").iter_rows()
        if sha256
        not in (digests.get(f"{song_id}/{song_id}.yml"), digests.get(f"{song_id}/{song_id}.yaml"))
    ]
    yield from broken_promise(
        "output.stale_manifest", "were made from another manifest", stale, "songs"
    )
    for axis in AXES:
        column = f"{axis}_vector"
        off = songs.filter(
            (pl.col(column).cast(pl.List(pl.Float64)).list.sum() - 1).abs() > SUM_TOLERANCE
        )
        what = f"have a {column.replace('_', ' ')} that does not sum to 1"
        yield from broken_promise("output.vector_sum", what, off["song_id"], "songs")
    blank = songs.filter(pl.col("colour").is_null())["song_id"]
    yield from broken_promise(
        "input.colour_missing", "have no colour", blank, "songs", Verdict.WARN
    )
    texts = songs.filter(pl.col("concept_hash").is_not_null())
    for column in ("split", "split_by_album"):
        leaked = texts.group_by("concept_hash").agg(
            pl.col(column).n_unique().alias("splits"), pl.col("song_id").sort()
        )
        ids = leaked.filter(pl.col("splits") > 1)["song_id"].explode().sort()
        what = f"share a concept text with a song in another {column.replace('_', ' ')}"
        yield from broken_promise("output.concept_in_two_splits", what, ids, "songs")


def _timecode(tables: Shards) -> Iterator[Finding]:
    """Judge the decoding by what it did not decide by: the range by the grid and the reverse."""
    sections = tables.scan("sections").select(
        "song_id", "start_written", "start_s", "off_beat_s", "timecode_unit", "timecode_evidence"
    )
    tempo = tables.scan("songs").select("song_id", "tempo_bpm")
    rows = sections.join(tempo, on="song_id").collect().sort("song_id", "start_s")
    stamps: dict[str, list[int]] = defaultdict(list)
    as_ms: dict[str, list[float]] = defaultdict(list)
    decoded: dict[str, list[float]] = defaultdict(list)
    for song_id, written, start_s, off_beat_s, unit, evidence, tempo_bpm in rows.iter_rows():
        if not start_s:
            continue
        stamp = parse_stamp(written)
        if unit == "ms":
            stamps[song_id].append(stamp.fraction)
        elif tempo_bpm and off_beat_s is not None and evidence not in ("inherited", "assumed"):
            album = song_id.partition("_")[0]
            as_ms[album].append(from_beat_s(read_stamp(stamp, "ms").time_s, tempo_bpm))
            decoded[album].append(off_beat_s)
    for written, unit, song_id in (
        tables.scan("lyrics").select("start_written", "timecode_unit", "song_id").collect()
    ).iter_rows():
        if unit == "ms":
            stamps[f"{song_id}.lrc"].append(parse_stamp(written).fraction)
    framed = [
        song
        for song, fractions in stamps.items()
        if len(fractions) >= MIN_STAMPS and max(fractions) < MILLISECOND_FLOOR
    ]
    what = f"are read as milliseconds, but none of {MIN_STAMPS} stamps passes {MILLISECOND_FLOOR}"
    yield from broken_promise("output.frames_read_as_ms", what, framed, "sections")
    worse = [
        album
        for album, distances in decoded.items()
        if len(distances) >= MIN_STAMPS
        and pl.Series(distances).median() > pl.Series(as_ms[album]).median()  # type: ignore[operator]
    ]
    what = "albums lie further from the beat decoded than read as milliseconds"
    yield from broken_promise("output.decoded_off_beat", what, worse, "sections")


def _covered_share(segments: pl.DataFrame) -> pl.DataFrame:
    """Return song → the share of its running time that rows of `segments` lie in."""
    spans = segments.select("song_id", "start_s", "end_s", "running_time_s").unique()
    spans = spans.sort("song_id", "start_s")
    reached = pl.col("end_s").cum_max().shift(1, fill_value=0.0).over("song_id")
    until = pl.min_horizontal("end_s", "running_time_s")
    fresh = (until - pl.max_horizontal("start_s", reached)).clip(lower_bound=0.0)
    return spans.group_by("song_id").agg(
        (fresh.sum() / pl.col("running_time_s").first()).alias("covered")
    )


def _segments(tables: Shards) -> Iterator[Finding]:
    segments = (
        tables.scan("segments")
        .select(
            "segment_id",
            "song_id",
            "start_s",
            "end_s",
            "running_time_s",
            "split",
            "previous_ids",
            "next_ids",
        )
        .collect()
    )
    past = segments.filter(
        (pl.col("end_s") > pl.col("running_time_s") + SLACK_S) | (pl.col("start_s") < 0)
    )["segment_id"]
    yield from broken_promise(
        "output.segment_outside_song", "lie outside their song", past, "segments"
    )
    short = segments.filter(pl.col("end_s") <= pl.col("start_s"))["segment_id"]
    yield from broken_promise("output.segment_without_length", "have no length", short, "segments")
    counts = segments.group_by("song_id").len()
    wanted = tables.scan("songs").select("song_id", "segment_count", "track_count").collect()
    # A song whose manifest names no track has no rows; its count must stand for them.
    empty = wanted.join(counts, on="song_id", how="left").filter(
        pl.col("len").is_null() & (pl.col("track_count") > 0) | (pl.col("segment_count") == 0)
    )["song_id"]
    yield from broken_promise("output.song_without_segments", "have no segment", empty, "songs")
    thin = _covered_share(segments).filter(pl.col("covered") < MIN_COVERED)["song_id"].sort()
    what = f"are covered by segments to less than {MIN_COVERED:.0%}"
    yield from broken_promise("output.covered_share", what, thin, "songs")
    holes = wanted.join(counts, on="song_id", how="left").filter(
        pl.col("len").fill_null(0) != pl.col("segment_count") * pl.col("track_count")
    )["song_id"]
    what = "have other than one row per track and segment"
    yield from broken_promise("output.segments_not_whole", what, holes, "segments")
    tracks = tables.scan("tracks").group_by("song_id").len().collect()
    lost = wanted.join(tracks, on="song_id", how="left").filter(
        pl.col("len").fill_null(0) != pl.col("track_count")
    )["song_id"]
    yield from broken_promise(
        "output.tracks_not_whole", "lost tracks of their manifest", lost, "tracks"
    )
    for column in ("previous_ids", "next_ids"):
        context = segments.select("segment_id", "song_id", pl.col(column).alias("other"))
        other = context.explode("other").filter(
            ~pl.col("other").str.starts_with(pl.col("song_id") + "_")
        )["segment_id"]
        what = f"name {column.replace('_', ' ')} of another song"
        yield from broken_promise("output.context_across_songs", what, other, "segments")


def _labels(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    songs = (
        tables.scan("songs")
        .select(
            "song_id",
            "colour",
            "rebracketing_type",
            "rebracketing_label_kind",
            "rebracketing_derived_from",
        )
        .collect()
    )
    hidden = songs.filter(
        (pl.col("rebracketing_label_kind") == "lexicon")
        & pl.col("rebracketing_derived_from").is_null()
    )["song_id"]
    yield from broken_promise(
        "output.label_source_hidden", "hide what their label is from", hidden, "songs"
    )
    reachable = set(reachable_types(inputs.facts["taxonomy.yaml"])) | {"none", "ambiguous"}
    scored = songs.filter(pl.col("rebracketing_label_kind") == "lexicon")
    odd = scored.filter(~pl.col("rebracketing_type").is_in(list(reachable)))["song_id"]
    yield from broken_promise(
        "output.label_unreachable", "have a type nobody can score", odd, "songs"
    )
    labelled = songs.filter(pl.col("rebracketing_type").is_not_null())
    if labelled.height >= MIN_STAMPS:
        top = labelled["rebracketing_type"].value_counts().sort("count", "rebracketing_type")[-1]
        name, count = top.row(0)
        if count / labelled.height > MAJORITY:
            told = f"{count} of {labelled.height} songs are {name}"
            yield Finding("labels.majority", Verdict.WARN, told, table="songs", examples=(name,))


def _balance(tables: Shards) -> Iterator[Finding]:
    shares = [held.mean().alias(name) for name, held in MODALITIES.items()]
    colours = tables.scan("segments").group_by("colour").agg(pl.len(), *shares).collect()
    colours = colours.drop_nulls("colour").sort("colour")
    for name in MODALITIES:
        lacking = tuple(colours.filter(pl.col(name) < MIN_MODALITY)["colour"])
        if lacking:
            told = f"{name} in under {MIN_MODALITY:.0%} of the segments of "
            told += f"{len(lacking)} of {colours.height} colours"
            yield Finding("balance.modality", Verdict.WARN, told, "segments", len(lacking), lacking)
    if colours.height > 1:
        counts = colours.select("colour", "len").iter_rows()
        rows = sorted(counts, key=lambda row: (row[1], row[0]))
        (few, least), (many, most) = rows[0], rows[-1]
        if most / least > COLOUR_BALANCE:
            times = f"{most / least:.1f} times as many as {few} ({least:,})"
            told = f"{many} has {most:,} segments, {times}"
            yield Finding(
                "balance.colour", Verdict.WARN, told, table="segments", examples=(few, many)
            )


def _spellings(tables: Shards) -> Iterator[Finding]:
    tracks = tables.scan("tracks").select("track_group_written", "player_written").collect()
    songs = tables.scan("songs").select("genres_written", "moods_written").collect()
    for what, written in (
        ("group", tracks["track_group_written"]),
        ("player", tracks["player_written"]),
        ("genre", songs["genres_written"].explode()),
        ("mood", songs["moods_written"].explode()),
    ):
        forms: dict[str, set[str]] = defaultdict(set)
        for form in written.drop_nulls():
            forms[form.casefold()].add(form)
        several = sorted(" / ".join(sorted(group)) for group in forms.values() if len(group) > 1)
        if several:
            told = f"{len(several)} {what} names stand in several spellings: {several[0]}"
            yield Finding(
                "input.spellings",
                Verdict.WARN,
                told,
                count=len(several),
                examples=tuple(several[:10]),
            )
