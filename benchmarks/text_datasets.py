"""The work of `benchmarks.text` as `datasets` does it: load, filter, map, to_parquet.

Two peers: what is done to each row alone is mapped in batches, or row by row, as most who use the
library write it. `datasets` has no groups: rows that belong together are sorted side by side and
gathered by one map over the whole table, in both.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from itertools import groupby
from statistics import fmean
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from benchmarks.textrules import (
    CLASSES,
    CONTROL,
    FLAGS,
    LINE_BREAK,
    MENDED,
    NORMS,
    UNCLEAR,
    UNRATED,
    split_of,
    splits_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = dict[str, Any]
Batch = dict[str, list[Any]]
Map = Callable[[Any], dict[str, Any]]

LINE_BREAKS, CONTROLS = re.compile(LINE_BREAK), re.compile(CONTROL)


def comments(folder: Path) -> Callable[[], dict[str, str]]:
    """One row per comment of the ratings, and one per comment and class; mapped in batches."""
    return _comments(folder, rated, readable, placed, batched=True)


def comments_by_row(folder: Path) -> Callable[[], dict[str, str]]:
    """Return the same work with a call per row."""
    return _comments(folder, rated_row, readable_row, placed_row, batched=False)


def _comments(
    folder: Path, rate: Map, read: Map, place: Map, *, batched: bool
) -> Callable[[], dict[str, str]]:
    import datasets

    datasets.disable_progress_bars()
    cache = mkdtemp(dir=folder)

    def work() -> dict[str, str]:
        files = [str(path) for path in sorted(folder.glob("goemotions_*.csv"))]
        ratings = datasets.load_dataset(
            "csv",
            data_files=files,
            split="train",
            cache_dir=cache,
            keep_default_na=False,
        )
        ratings = ratings.select_columns(
            ["text", "id", "rater_id", "example_very_unclear", *CLASSES]
        )
        ratings = ratings.map(rate, batched=batched, remove_columns=CLASSES)
        unclear = ratings.filter(lambda unclear: unclear, input_columns="example_very_unclear")
        unclear = unclear.map(refused_row, remove_columns=unclear.column_names)
        whole = {"batched": True, "batch_size": len(ratings)}
        comments = ratings.sort("id").map(gathered, remove_columns=ratings.column_names, **whole)
        comments = comments.map(read, batched=batched)
        texts = comments.sort(["text_hash", "example_id"])
        repeats = texts.map(repeated, remove_columns=texts.column_names, **whole)
        refused = datasets.concatenate_datasets([unclear, repeats])
        texts = texts.map(merged, remove_columns=texts.column_names, **whole)
        texts = texts.map(place, batched=batched)
        votes = texts.map(exploded, batched=True, remove_columns=texts.column_names)
        rows = texts.select_columns(["example_id", "text", "text_hash", "flags", "split", *NORMS])
        return written(folder, {"comments": rows, "classes": votes, "refused": refused})

    return work


def rated(batch: Batch) -> Batch:
    """Return the classes of each rating, and the mean norm of those that have one."""
    marks = zip(*(batch[name] for name in CLASSES), strict=True)
    given = [[at for at, mark in enumerate(row) if mark] for row in marks]
    values = {name: [_value(name, row) for row in given] for name in NORMS}
    return {"given": [[CLASSES[at] for at in row] for row in given], **values}


def rated_row(row: Row) -> Row:
    """Return the classes of one rating, and the mean norm of those that have one."""
    given = [at for at, name in enumerate(CLASSES) if row[name]]
    values = {name: _value(name, given) for name in NORMS}
    return {"given": [CLASSES[at] for at in given], **values}


def gathered(batch: Batch) -> Batch:
    """Return one row per comment, with what its raters gave."""
    rows = []
    for comment, ratings in groupby(_rows(batch), key=lambda row: row["id"]):
        every = list(ratings)
        clear = [row for row in every if not row["example_very_unclear"]]
        rows.append(
            {
                "example_id": comment,
                "text": min(row["text"] for row in every),
                "n_raters": len({row["rater_id"] for row in clear}),
                "given": [name for row in clear for name in row["given"]],
                **{name: [row[name] for row in clear if row[name] is not None] for name in NORMS},
            }
        )
    return _columns(rows)


def refused_row(row: Row) -> Row:
    """Return what is told of an unclear rating."""
    return {"key": f"{row['id']}, rater {row['rater_id']}", **UNCLEAR}


def readable(batch: Batch) -> Batch:
    """Clean, flag and hash the texts."""
    texts = [on_one_line(raw) for raw in batch["text"]]
    flags = [flagged(raw, given) for raw, given in zip(batch["text"], batch["given"], strict=True)]
    return {"text": texts, "text_hash": [text_hash(text) for text in texts], "flags": flags}


def readable_row(row: Row) -> Row:
    """Clean, flag and hash one text."""
    text = on_one_line(row["text"])
    flags = flagged(row["text"], row["given"])
    return {"text": text, "text_hash": text_hash(text), "flags": flags}


def flagged(raw: str, given: list[str]) -> list[str]:
    """Return the flags that a text has by itself."""
    holds = (
        any(name in given for name in UNRATED),
        not given,
        LINE_BREAKS.search(raw) is not None,
        CONTROLS.search(raw) is not None,
    )
    return [name for name, held in zip(FLAGS, holds, strict=False) if held]


def on_one_line(raw: str) -> str:
    """Return the text without tags for line breaks and without control characters."""
    text = LINE_BREAKS.sub(" ", raw)
    if CONTROLS.search(text):
        text = text.translate(MENDED)
    return " ".join(text.split())


def merged(batch: Batch) -> Batch:
    """Return one row per text; what raters gave to equal texts is put together."""
    rows = []
    for _, equal in groupby(_rows(batch), key=lambda row: row["text_hash"]):
        copies = list(equal)
        shared = [True, len({published(row) for row in copies}) > 1] if len(copies) > 1 else []
        votes = Counter(name for row in copies for name in row["given"])
        values = {name: _mean([one for row in copies for one in row[name]]) for name in NORMS}
        rows.append(
            {
                **{name: copies[0][name] for name in ("example_id", "text", "text_hash")},
                "flags": copies[0]["flags"]
                + [name for name, held in zip(FLAGS[4:], shared, strict=False) if held],
                "classes": sorted(votes),
                "votes": [votes[name] for name in sorted(votes)],
                "n_raters": sum(row["n_raters"] for row in copies),
                **{n: None if one is None else (one - 1) / 8 for n, one in values.items()},
            }
        )
    return _columns(rows)


def repeated(batch: Batch) -> Batch:
    """Return what is told of every text that stood before."""
    told: Batch = {"key": [], "reason": [], "observed": [], "expected": []}
    for _, equal in groupby(_rows(batch), key=lambda row: row["text_hash"]):
        first, *others = equal
        for row in others:
            told["key"].append(row["example_id"])
            told["reason"].append("duplicate_text")
            told["observed"].append(f"labels {published(row)}, published split None")
            told["expected"].append(
                f"merged into {first['example_id']} (labels {published(first)})"
            )
    return told


def published(row: Row) -> str:
    """Return the names of the classes of a comment, in words."""
    return ", ".join(sorted(set(row["given"]))) or "no class"


def placed(batch: Batch) -> Batch:
    """Assign the splits."""
    return {"split": splits_of(digest[:16] for digest in batch["text_hash"])}


def placed_row(row: Row) -> Row:
    """Assign the split of one text."""
    return {"split": split_of(row["text_hash"][:16])}


def exploded(batch: Batch) -> Batch:
    """Return one row per comment and class."""
    return _columns(
        [
            {
                "source_id": row["example_id"],
                "class": name,
                "n_votes": votes,
                "n_raters": row["n_raters"],
            }
            for row in _rows(batch)
            for name, votes in zip(row["classes"], row["votes"], strict=True)
        ]
    )


def text_hash(text: str) -> str:
    """Return the hash of a text as it reads."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return hashlib.sha256(" ".join(folded.split()).encode()).hexdigest()


def written(folder: Path, tables: dict[str, Any]) -> dict[str, str]:
    """Write tables below the folder; returns their paths."""
    paths = {name: str(folder / f"datasets-{name}.parquet") for name in tables}
    for name, table in tables.items():
        table.to_parquet(paths[name])
    return paths


def _value(dimension: str, given: list[int]) -> float | None:
    norms = (NORMS[dimension][at] for at in given)
    return _mean([norm for norm in norms if norm is not None])


def _mean(values: list[Any]) -> float | None:
    return fmean(values) if values else None


def _rows(batch: Batch) -> Iterator[dict[str, Any]]:
    names = list(batch)
    for values in zip(*batch.values(), strict=True):
        yield dict(zip(names, values, strict=True))


def _columns(rows: list[dict[str, Any]]) -> Batch:
    return {name: [row[name] for row in rows] for name in rows[0]}
