"""The work of `benchmarks.text` as pandas does it: whole columns, Arrow strings, no row-wise apply.

What no library has, the rule for a score out of ten and the hash that places a group, is called as
a function of one value, the same one for all.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING, Any

from benchmarks.textrules import (
    CLASSES,
    CONTROL,
    FLAGS,
    LINE_BREAK,
    MAY_HOLD_SCORE,
    MENDED,
    NORMS,
    STRICTNESS,
    UNCLEAR,
    UNRATED,
    review_split,
    splits_of,
)
from hueset_builders.readers.text import mask_score

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd


def comments(folder: Path) -> Callable[[], dict[str, str]]:
    """One row per comment of the ratings, and one per comment and class."""
    import numpy as np
    import pandas as pd
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401  (pandas imports both when it first needs them)

    def work() -> dict[str, str]:
        columns = ["text", "id", "rater_id", "example_very_unclear", *CLASSES]
        ratings = pd.concat(
            [
                pd.read_csv(path, usecols=columns, engine="pyarrow", keep_default_na=False)
                for path in sorted(folder.glob("*.csv"))
            ],
            ignore_index=True,
        )
        clear = ratings[~ratings["example_very_unclear"]]
        texts = ratings.groupby("id")["text"].min().reset_index()
        raw = texts["text"]
        texts["text"] = clean(raw)
        texts["text_hash"] = texts["text"].map(text_hash)
        texts["kept"] = texts.groupby("text_hash")["id"].transform("min")
        given = clear.groupby("id")[CLASSES].max().reindex(texts["id"], fill_value=0)
        again = texts[texts["text_hash"].duplicated(keep=False)].copy()
        again["published"] = published(given.loc[again["id"]])
        differ = again.groupby("kept")["published"].nunique() > 1
        home = clear[["id"]].merge(texts[["id", "kept"]], on="id", how="left")["kept"].to_numpy()

        votes = clear.groupby(home)[CLASSES].sum()
        classes = votes.rename_axis(index="source_id", columns="class").stack().rename("n_votes")
        classes = classes[classes > 0].reset_index().sort_values(["source_id", "class"])
        raters = clear.groupby(["id", home])["rater_id"].nunique().groupby(level=1).sum()
        classes["n_raters"] = classes["source_id"].map(raters)

        flags = [
            given[UNRATED].any(axis=1).to_numpy(),
            ~given.any(axis=1).to_numpy(),
            raw.str.contains(LINE_BREAK),
            raw.str.contains(CONTROL),
            texts["text_hash"].duplicated(keep=False),
            texts["id"].isin(differ.index[differ]),
        ]
        held = sum(np.asarray(flag, dtype=int) << at for at, flag in enumerate(flags))
        texts["flags"] = pd.Series(held).map(
            {one: [name for at, name in enumerate(FLAGS) if one >> at & 1] for one in set(held)}
        )
        marks = clear[CLASSES].to_numpy(dtype=float)
        kept = texts[texts["id"] == texts["kept"]].set_index("id").sort_index()
        for dimension, norm in NORMS.items():
            known = np.array([value is not None for value in norm], dtype=float)
            weights = np.array([value or 0.0 for value in norm])
            with np.errstate(invalid="ignore"):
                per_rating = pd.Series(marks @ weights / (marks @ known))
            kept[dimension] = (per_rating.groupby(home).mean() - 1) / 8
        kept["split"] = splits_of(kept["text_hash"].str[:16])
        kept = kept.rename_axis("example_id").reset_index()
        kept = kept[["example_id", "text", "text_hash", "flags", "split", *NORMS]]
        unclear = ratings[ratings["example_very_unclear"]].sort_values(["id", "rater_id"])
        key = unclear["id"] + ", rater " + unclear["rater_id"].astype(str)
        refused = pd.concat([key.to_frame("key").assign(**UNCLEAR), repeated(again)])
        return written(folder, {"comments": kept, "classes": classes, "refused": refused})

    return work


def reviews(folder: Path) -> Callable[[], dict[str, str]]:
    """One row per review, without scores and repeats."""
    import pandas as pd
    import pyarrow.parquet  # noqa: F401  (pandas imports it when it first needs it)

    def work() -> dict[str, str]:
        parts = []
        for split in ("train", "test"):
            part = pd.read_parquet(folder / f"{split}-00000-of-00001.parquet")
            part["example_id"] = f"{split}/" + part.index.astype(str)
            parts.append(part.assign(upstream_split=split))
        rows = pd.concat(parts, ignore_index=True)
        rows["text"] = clean(rows["text"])
        may = rows["text"].str.contains(MAY_HOLD_SCORE)
        rows.loc[may, "text"] = rows.loc[may, "text"].map(mask_score)
        rows["text_hash"] = rows["text"].map(text_hash)
        rows["strictness"] = rows["upstream_split"].map(STRICTNESS)
        rows["value"] = rows.groupby("text_hash")["label"].transform("mean")
        rows = rows.sort_values(["strictness", "example_id"], ascending=[False, True])
        rows = rows.drop_duplicates("text_hash")
        rows["split"] = [
            review_split(group[:16], split)
            for group, split in zip(rows["text_hash"], rows["upstream_split"], strict=True)
        ]
        rows = rows.sort_values("example_id")
        return written(
            folder, {"reviews": rows[["example_id", "text", "text_hash", "split", "value"]]}
        )

    return work


def published(given: pd.DataFrame) -> list[str]:
    """Return the names of the classes of each row, in words."""
    names = sorted(given.columns)
    return [
        ", ".join(name for name, mark in zip(names, row, strict=True) if mark) or "no class"
        for row in given[names].to_numpy()
    ]


def repeated(again: pd.DataFrame) -> pd.DataFrame:
    """Return what is told of the repeats of a text, of all rows whose text stands twice."""
    told = again.set_index("id")["published"]
    others = again[again["id"] != again["kept"]].sort_values("id")
    home = others["kept"]
    return (
        others[["id"]]
        .rename(columns={"id": "key"})
        .assign(
            reason="duplicate_text",
            observed="labels " + others["published"] + ", published split None",
            expected="merged into " + home + " (labels " + home.map(told) + ")",
        )
    )


def clean(raw: pd.Series) -> pd.Series:
    """Return the texts on one line, without tags for line breaks and without control characters."""
    text = raw.str.replace(LINE_BREAK, " ", regex=True)
    controls = text.str.contains(CONTROL)
    text[controls] = text[controls].str.translate(MENDED)
    return text.str.replace(r"[\s\pZ]+", " ", regex=True).str.strip()


def text_hash(text: str) -> str:
    """Return the hash of a text as it reads."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return hashlib.sha256(" ".join(folded.split()).encode()).hexdigest()


def written(folder: Path, tables: dict[str, Any]) -> dict[str, str]:
    """Write tables below the folder; returns their paths."""
    paths = {name: str(folder / f"pandas-{name}.parquet") for name in tables}
    for name, table in tables.items():
        table.to_parquet(paths[name], compression="zstd", index=False)
    return paths
