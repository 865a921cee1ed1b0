"""The Large Movie Review Dataset: 50,000 English film reviews with the stars of their authors.

Source: Maas et al., "Learning Word Vectors for Sentiment Analysis", ACL 2011
(https://aclanthology.org/P11-1015); no licence is stated. Two forms: one text file per review
whose name holds the stars (`train/pos/0_9.txt`: 1..4 or 7..10, never 5 or 6), and the parquet
files of the Hub, which know only negative or positive. Arousal is in neither.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Reject, convert_input_errors
from hueset.errors import SourceFormatError
from hueset_builders.vibe.source_rows import LABELS, TEXTS, CorpusRows, no_classes

if TYPE_CHECKING:
    from hueset.builder import Inputs

MEMBER = re.compile(r"(?:.*/)?((train|test)/(pos|neg)/\d+)_(\d+)\.txt")
STARS = {"neg": range(1, 5), "pos": range(7, 11)}
SCALE = (1.0, 10.0)


def read_reviews(inputs: Inputs, declared: str) -> CorpusRows:
    """Read one file per review, from an archive or a folder.

    Parameters
    ----------
    inputs
        What the build may read.
    declared
        The declared source: `imdb` or `imdb_folder`.

    Raises
    ------
    SourceFormatError
        No member is named as a review is.
    """
    rows: dict[str, list[str]] = {"source_id": [], "text_raw": [], "upstream_split": []}
    stars: list[int] = []
    rejects: list[Reject] = []
    for name, data in inputs.sources[declared].iterate("*.txt"):
        found = MEMBER.fullmatch(name)
        if found is None:
            continue
        review, split, side, star = found[1], found[2], found[3], int(found[4])
        key = f"{review}_{star}.txt"
        text = _text(declared, key, data, star, side)
        if isinstance(text, Reject):
            rejects.append(text)
            continue
        rows["source_id"].append(key)
        rows["text_raw"].append(text)
        rows["upstream_split"].append(split)
        stars.append(star)
    if not stars:
        message = f"source {declared!r} holds no review such as train/pos/0_9.txt"
        raise SourceFormatError(message, hint="give aclImdb_v1.tar.gz, or the folder it unpacks to")
    frame = pl.DataFrame({**rows, "value_raw": stars}).cast({"value_raw": pl.Float64})
    return _reading(declared, frame, SCALE, "stars", rejects)


def read_hub(inputs: Inputs, declared: str = "imdb_hub") -> CorpusRows:
    """Read the parquet files of the Hub: `text`, and `label` 0 (negative) or 1 (positive).

    Raises
    ------
    SourceFormatError
        A split is missing, or a file has other columns.
    """
    source = inputs.sources[declared]
    frames, rejects = [], []
    for split in ("train", "test"):
        files = [name for name in source.names("*.parquet") if f"{split}-" in name]
        if not files:
            message = f"source {declared!r} holds no {split}-*.parquet; found {source.names()[:5]}"
            raise SourceFormatError(message, hint="give the folder `plain_text` of the dataset")
        with convert_input_errors(f"source {declared!r}: {split} cannot be read as parquet"):
            rows = pl.concat(pl.read_parquet(io.BytesIO(source.read(file))) for file in files)
        if not {"text", "label"} <= set(rows.columns):
            message = f"source {declared!r}, {split}: found the columns {rows.columns}"
            raise SourceFormatError(message, hint="expected text, label")
        rows = rows.select(
            pl.format("{}/{}", pl.lit(split), pl.int_range(pl.len())).alias("source_id"),
            pl.col("text").alias("text_raw"),
            pl.lit(split).alias("upstream_split"),
            pl.col("label").cast(pl.Float64).alias("value_raw"),
        )
        good = pl.col("value_raw").is_in([0.0, 1.0]) & pl.col("text_raw").is_not_null()
        rejects += [
            Reject(
                "examples",
                declared,
                row["source_id"],
                "unknown_class",
                f"label {row['value_raw']}",
                "0 or 1, and a text",
            )
            for row in rows.filter(~good.fill_null(value=False)).iter_rows(named=True)
        ]
        frames.append(rows.filter(good))
    return _reading(declared, pl.concat(frames), (0.0, 1.0), "class", rejects)


def _text(declared: str, key: str, data: bytes, star: int, side: str) -> str | Reject:
    """Return the text of a review, or why it cannot be right."""
    if star not in STARS[side]:
        expected = f"{STARS[side].start}..{STARS[side].stop - 1} stars in a folder `{side}`"
        reason = "stars_contradict_folder"
        return Reject("examples", declared, key, reason, f"{star} stars", expected)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        observed = f"byte 0x{data[error.start]:02x} at {error.start}"
        return Reject("examples", declared, key, "not_utf8", observed, "UTF-8")


def _reading(
    declared: str,
    frame: pl.DataFrame,
    scale: tuple[float, float],
    kind: str,
    rejects: list[Reject],
) -> CorpusRows:
    texts = frame.with_columns(
        published=pl.format("{} {}", pl.lit(kind), pl.col("value_raw").cast(pl.Int64)),
        n_raters=pl.lit(1, dtype=pl.Int32),
        flags=pl.lit([], dtype=pl.List(pl.String)),
    ).match_to_schema(TEXTS, extra_columns="ignore")
    labels = frame.with_columns(
        dimension=pl.lit("valence"),
        raw_min=pl.lit(scale[0]),
        raw_max=pl.lit(scale[1]),
        n_raters=pl.lit(1, dtype=pl.Int32),
        rater_sd=pl.lit(None, dtype=pl.Float64),
        label_kind=pl.lit(kind),
    ).match_to_schema(LABELS, extra_columns="ignore")
    return CorpusRows(
        declared, texts, labels, no_classes(), rejects=tuple(rejects), masks_scores=True
    )
