"""One unit per corpus: read it, make its texts readable, merge texts that it holds more than once.

What depends on the other corpora is left to `hueset_builders.vibe.join`: a unit gives the working
tables `_examples`, `_labels` (without z) and `_classes`, all without splits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Batch, Finding, Reject, Unit
from hueset.errors import SourceMissingError
from hueset_builders.readers.text import clean_text, cleaning_flags, mask_scores, text_hashes
from hueset_builders.vibe import emobank, goemotions, imdb, norms
from hueset_builders.vibe.merging import merge_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hueset.builder import Inputs
    from hueset_builders.vibe.source_rows import CorpusRows

GROUP_DIGITS = 16
"""Hex digits that name a text or a group: 64 bits, for 110,000 texts."""

FORMS: dict[str, dict[str, Callable[[Inputs], CorpusRows]]] = {
    "emobank": {"emobank": emobank.read_emobank},
    "goemotions": {"goemotions": goemotions.read_split, "goemotions_raw": goemotions.read_raw},
    "imdb": {
        "imdb": lambda inputs: imdb.read_reviews(inputs, "imdb"),
        "imdb_folder": lambda inputs: imdb.read_reviews(inputs, "imdb_folder"),
        "imdb_hub": imdb.read_hub,
    },
}
"""The forms in which each corpus may come, by declared source; the first that is there is read."""

BESIDE = {"emobank": ("emobank_readers", "emobank_writers")}
"""Sources that a form needs beside itself."""


def plan_units(inputs: Inputs) -> list[Unit]:
    """Return one unit per corpus, in the order of `FORMS`.

    Raises
    ------
    SourceMissingError
        A corpus is there in none of its forms.
    """
    units = []
    for corpus, forms in FORMS.items():
        form = next((name for name in forms if name in inputs.sources), None)
        if form is None:
            message = f"{corpus}: none of {', '.join(forms)} is there"
            raise SourceMissingError(message, hint="`hueset sources vibe` says where to get them")
        read = (form, *BESIDE.get(form, ()))
        units.append(Unit(corpus, tuple((name, None) for name in read), {"form": form}))
    return units


def build_unit(unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject | Finding]:
    """Read one corpus and yield its rows, sorted by key.

    Raises
    ------
    SourceFormatError
        A file is not what was declared.
    """
    form: str = unit.payload["form"]
    reading = FORMS[unit.key][form](inputs)
    yield from reading.rejects
    yield from reading.findings
    texts = clean_texts(reading)
    for source_id in texts.filter(pl.col("text") == "")["source_id"]:
        expected = "something to read after cleaning"
        yield Reject("examples", reading.declared, source_id, "empty_text", "", expected)
    merged = merge_rows(texts.filter(pl.col("text") != ""), reading)
    yield from merged.rejects
    yield from merged.findings
    ids = example_ids(unit.key, merged.texts)
    licence = inputs.dataset.sources[form].licence
    examples = merged.texts.join(ids, on="source_id", validate="1:1").select(
        "example_id",
        pl.lit(unit.key).alias("source"),
        "source_id",
        "text",
        "text_raw",
        "text_hash",
        "upstream_split",
        pl.col("text_hash").str.slice(0, GROUP_DIGITS).alias("group_id"),
        pl.lit(licence).alias("licence"),
        "flags",
    )
    yield Batch("_examples", examples.sort("example_id").to_arrow())
    labels = merged.labels.join(ids, on="source_id", validate="m:1").select(
        "example_id",
        pl.lit(unit.key).alias("source"),
        "dimension",
        "value_raw",
        "raw_min",
        "raw_max",
        "n_raters",
        "rater_sd",
        "label_kind",
        licences_of(licence, norms.norms_licence(inputs)),
    )
    yield Batch("_labels", labels.sort("example_id", "dimension").to_arrow())
    classes = merged.classes.join(ids, on="source_id", validate="m:1").select(
        "example_id", "class", "n_raters", "n_votes"
    )
    yield Batch("_classes", classes.sort("example_id", "class").to_arrow())


def licences_of(text: str, of_norms: str) -> pl.Expr:
    """Return the licences of a label: that of its text, and that of the norms it is computed of."""
    computed = pl.col("label_kind") == norms.KIND
    both, alone = (
        pl.concat_list(*map(pl.lit, names)) for names in (sorted({text, of_norms}), [text])
    )
    return pl.when(computed).then(both).otherwise(alone).alias("licences")


def clean_texts(reading: CorpusRows) -> pl.DataFrame:
    """Return the texts with `text` (cleaned, scores masked), `text_hash` and all their flags."""
    raw = pl.col("text_raw")
    texts = (
        reading.texts.lazy()
        .with_columns(text=clean_text(raw), mended=pl.concat_list(cleaning_flags(raw)))
        .with_columns(flags=pl.concat_list("flags", pl.col("mended").list.drop_nulls()))
        .drop("mended")
        .collect(engine="streaming")
    )
    if reading.masks_scores:
        masked = mask_scores(texts["text"])
        flag = pl.when(masked != pl.col("text")).then(pl.lit("score_masked"))
        texts = texts.with_columns(
            flags=pl.concat_list("flags", pl.concat_list(flag).list.drop_nulls())
        ).with_columns(masked)
    return texts.with_columns(text_hashes(texts["text"]))


def example_ids(corpus: str, texts: pl.DataFrame) -> pl.DataFrame:
    """Return `source_id`, `example_id`.

    The id is a digest, because the names of reviews hold their stars. It depends on nothing but
    the corpus and the id there.
    """
    digests = [
        f"{corpus}-{hashlib.sha256(source_id.encode()).hexdigest()[:GROUP_DIGITS]}"
        for source_id in texts["source_id"]
    ]
    return texts.select("source_id", example_id=pl.Series(digests, dtype=pl.String))
