"""The text of `vibe` made by our builder, by pandas and by `datasets`: the same rows, in one run.

Ours is what the builder is made of, called in its order: read, make readable, merge repeated texts,
assign splits, write. All make the same tables, with the flags of each text and the list of what was
refused; the spread of raters, which the builder finds too, is in our time alone.
"""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    import pyarrow as pa

    from hueset.builder import Inputs
    from hueset_builders.vibe.merging import MergedCorpus
    from hueset_builders.vibe.source_rows import CorpusRows

REFUSED = ["key", "reason", "observed", "expected"]
KEYS = ("example_id", "source_id", "class", "key")
TOLERANCE = 1e-12
"""How far two means of the same numbers may lie apart."""
DATA = Path(os.environ.get("HUESET_DATA") or Path(__file__).parents[2] / "shared" / "data")
ARCHIVE = DATA / "imdb" / "aclImdb_v1_labelled.tar.gz"
"""The real reviews, taken where they are there."""


def comments(folder: Path) -> Callable[[], dict[str, str]]:
    """One row per comment of the ratings, one per comment and class, and one per row refused."""
    import polars as pl

    from hueset.build.units import reject_table
    from hueset_builders.vibe import goemotions
    from hueset_builders.vibe.join import pivot_labels, scale_labels

    _load_writer()
    inputs = _inputs("goemotions_raw", folder, "*.csv")

    def work() -> dict[str, str]:
        reading = goemotions.read_raw(inputs)
        merged = _merged(reading)
        labels = scale_labels(merged.labels).rename({"source_id": "example_id"})
        # What a label rests on is no part of the work that is compared.
        labels = labels.with_columns(licences=pl.lit([], dtype=pl.List(pl.String)))
        values = pivot_labels(labels, ["valence", "arousal"]).drop("licences")
        rows = _with_split(merged, "goemotions", inputs).join(values, on="example_id", how="left")
        refused = reject_table((None, one) for one in (*reading.rejects, *merged.rejects))
        tables = {"comments": rows.to_arrow(), "classes": merged.classes.to_arrow()}
        return _written(folder, {**tables, "refused": refused.select(REFUSED)})

    return work


def reviews(folder: Path) -> Callable[[], dict[str, str]]:
    """One row per review, without scores and repeats."""
    from hueset_builders.vibe import imdb
    from hueset_builders.vibe.join import scale_labels

    _load_writer()
    inputs = _inputs("imdb_hub", folder, "*-of-00001.parquet")

    def work() -> dict[str, str]:
        merged = _merged(imdb.read_hub(inputs))
        values = scale_labels(merged.labels).select("value", example_id="source_id")
        rows = _with_split(merged, "imdb", inputs).join(values, on="example_id")
        return _written(folder, {"reviews": rows.drop("flags").to_arrow()})

    return work


def _merged(reading: CorpusRows) -> MergedCorpus:
    from hueset_builders.vibe.merging import merge_rows
    from hueset_builders.vibe.units import clean_texts

    return merge_rows(clean_texts(reading), reading)


def _with_split(merged: MergedCorpus, corpus: str, inputs: Inputs) -> pl.DataFrame:
    """Return `example_id`, `text`, `text_hash`, `flags`, `split`; the id is that of the source."""
    import polars as pl

    from hueset_builders.vibe.splits import assign_splits
    from hueset_builders.vibe.units import GROUP_DIGITS

    texts = merged.texts.select(
        "text",
        "text_hash",
        "flags",
        "upstream_split",
        example_id="source_id",
        source=pl.lit(corpus),
        group_id=pl.col("text_hash").str.slice(0, GROUP_DIGITS),
    )
    splits = assign_splits(texts, inputs.parameters)
    return texts.join(splits, on="example_id").select(
        "example_id", "text", "text_hash", "flags", "split"
    )


def _inputs(source: str, folder: Path, pattern: str) -> Inputs:
    """Return what the builder may read: the made files, as if they were the declared source."""
    from benchmarks.textrules import DECLARED, FACTS
    from hueset.builder import Inputs
    from hueset.sources import LocalSource, Member

    members = tuple(
        Member(path.name, "", path.stat().st_size) for path in sorted(folder.glob(pattern))
    )
    resolved = LocalSource(source, folder, "flag", "", 0, members)
    return Inputs(DECLARED, {source: resolved}, DECLARED.defaults, FACTS)


def _load_writer() -> None:
    """Import what is else imported when it is first used, so that the clock does not meet it."""
    import numpy.ma  # noqa: F401  (polars asks it about every array)

    import hueset.tables.writer  # noqa: F401


def _written(folder: Path, tables: dict[str, pa.Table]) -> dict[str, str]:
    """Write tables as the engine writes a unit's; returns their paths."""
    import pyarrow.parquet as pq

    from hueset.tables.writer import write_options

    paths = {}
    for name, rows in tables.items():
        paths[name] = str(folder / f"ours-{name}.parquet")
        pq.write_table(rows, paths[name], row_group_size=20_000, **write_options(rows.schema))
    return paths


def _same(mine: dict[str, str], theirs: dict[str, str]) -> str:
    """Compare row by row: words exactly, numbers to `TOLERANCE`."""
    import polars as pl

    told = []
    for name, path in mine.items():
        left = pl.read_parquet(path)
        keys = [column for column in KEYS if column in left.columns]
        left, right = (
            one.select(left.columns).sort(keys) for one in (left, pl.read_parquet(theirs[name]))
        )
        if left.height != right.height:
            message = f"{name}: {left.height} rows and {right.height}"
            raise ValueError(message)
        for column in left.columns:
            apart = left.height - _equal(left[column], right[column])
            if apart:
                message = f"{name}: {apart} values of {column} differ"
                raise ValueError(message)
        told.append(f"{left.height:,} {name}")
    return ", ".join(told)


def _equal(mine: pl.Series, theirs: pl.Series) -> int:
    """Return how many values are equal."""
    if mine.dtype.is_float():
        near = ((mine - theirs).abs() <= TOLERANCE) | (mine.is_null() & theirs.is_null())
        return int(near.fill_null(value=False).sum())
    return int(mine.eq_missing(theirs.cast(mine.dtype)).sum())


def _make_comments(folder: Path, *, rows: int) -> None:
    from benchmarks.textdata import write_ratings
    from benchmarks.textrules import CLASSES

    write_ratings(folder, CLASSES, rows=rows)


def _make_reviews(folder: Path, *, rows: int, archive: Path | None) -> None:
    """Write reviews as the Hub has them: one parquet file for train and one for test."""
    import polars as pl

    from benchmarks.textdata import read_archive, reviews

    frame = pl.DataFrame(read_archive(archive) if archive else reviews(rows))
    for split in ("train", "test"):
        part = frame.filter(pl.col("split") == split).select("text", "label")
        part.write_parquet(folder / f"{split}-00000-of-00001.parquet")


PACKAGES = ("polars", "pandas", "pyarrow")
TITLE = (
    "Text: {} × 37 columns in CSV → one row per comment with the mean of its raters, cleaned, "
    "merged, flagged, split; its votes per class; what was refused"
)
COMMENTS = Work(
    name="text.comments",
    title=TITLE.format("211,000 made ratings"),
    make=functools.partial(_make_comments, rows=211_000),
    ours="benchmarks.text:comments",
    peers={"pandas": "benchmarks.text_pandas:comments"},
    same=_same,
    packages=PACKAGES,
    rounds=3,
)
REVIEWS = Work(
    name="text.reviews",
    title=(
        f"Text: 50,000 {'real' if ARCHIVE.is_file() else 'made'} reviews in parquet → cleaned, "
        "scores masked, merged, split by group"
    ),
    make=functools.partial(
        _make_reviews, rows=50_000, archive=ARCHIVE if ARCHIVE.is_file() else None
    ),
    ours="benchmarks.text:reviews",
    peers={"pandas": "benchmarks.text_pandas:reviews"},
    same=_same,
    packages=PACKAGES,
    rounds=5,
)
WORKS: tuple[Work, ...] = (COMMENTS, REVIEWS)
if find_spec("datasets"):
    with_datasets = (*PACKAGES, "datasets")
    batches = {"datasets, map in batches": "benchmarks.text_datasets:comments"}
    few_rows = Work(
        name="text.row_by_row",
        title=TITLE.format("50,000 made ratings (not 211,000: a call per row takes minutes)"),
        make=functools.partial(_make_comments, rows=50_000),
        ours=COMMENTS.ours,
        peers={"datasets, map row by row": "benchmarks.text_datasets:comments_by_row"},
        same=_same,
        packages=with_datasets,
        rounds=3,
    )
    many_rows = replace(COMMENTS, peers={**COMMENTS.peers, **batches}, packages=with_datasets)
    WORKS = (many_rows, few_rows, REVIEWS)
