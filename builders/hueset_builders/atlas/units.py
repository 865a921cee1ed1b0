"""One unit per source: read it, map its fields, make its texts readable, merge equal ones.

What depends on the other sources is left to `hueset_builders.atlas.join`: a unit gives the working
tables `_examples` (without group and split) and `_labels` (without z), and its row of `sources`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Batch, Finding, Reject, Unit, require_package
from hueset_builders.atlas import (
    annotations as gathered,
)
from hueset_builders.atlas import (
    colours,
    intimacy,
    lineage,
    mapping,
    norms,
    reading_level,
    tate,
    tracks,
)
from hueset_builders.atlas.mapping import LABELS
from hueset_builders.atlas.merging import merge_rows
from hueset_builders.atlas.splits import DIGITS, kin_node
from hueset_builders.readers.text import clean_text, text_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hueset.builder import Inputs
    from hueset_builders.atlas.source_rows import SourceRows

READERS: dict[str, Callable[[Inputs], SourceRows]] = {
    "warriner": norms.read_warriner,
    "brysbaert": norms.read_brysbaert,
    "complex": reading_level.read_complex,
    "clear": reading_level.read_clear,
    "onestopenglish": reading_level.read_onestop,
    "intimacy": intimacy.read,
    "tate": tate.read,
    "xkcd": colours.read,
    "mtg_jamendo": tracks.read,
    "annotations": gathered.read,
}
LINEAGE = "vibe"

EXAMPLES = pl.Schema(
    {
        "example_id": pl.String(),
        "source": pl.String(),
        "source_id": pl.String(),
        "unit": pl.String(),
        "text": pl.String(),
        "text_raw": pl.String(),
        "context": pl.String(),
        "text_hash": pl.String(),
        "upstream_split": pl.String(),
        "inherited": pl.Boolean(),
        "nodes": pl.List(pl.String()),
        "licence": pl.String(),
        "text_licence": pl.String(),
    }
)


def plan_units(inputs: Inputs) -> list[Unit]:
    """Return one unit per source that is there, in a fixed order."""
    if "clear" in inputs.sources:
        require_package("fastexcel", install="hueset[atlas]", what="atlas with its source clear")
    names = [LINEAGE, *READERS]
    return [Unit(name, ((name, None),)) for name in names if name in inputs.sources]


def build_unit(unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject | Finding]:
    """Read one source and yield its rows, sorted by key.

    Raises
    ------
    SourceFormatError
        A file is not what was declared.
    DeclarationError
        A row of the mapping is not valid.
    """
    declared = mapping.declared_mappings(inputs)
    if unit.key == LINEAGE:
        yield from _inherited_batches(inputs)
        return
    reading = READERS[unit.key](inputs)
    yield from reading.rejects
    yield from reading.findings
    texts = clean_texts(reading.texts)
    empty = texts.filter(pl.col("text") == "")
    for source_id in empty["source_id"]:
        yield Reject("examples", unit.key, source_id, "empty_text", "", "something to read")
    texts = texts.join(empty, on="source_id", how="anti")
    labels = mapping.apply_mappings(reading.fields, declared, unit.key)
    labels = labels.join(texts.select("source_id"), on="source_id")
    labelled = texts.join(labels.select("source_id").unique(), on="source_id", how="semi")
    merged = merge_rows(labelled, labels, unit.key)
    yield from merged.rejects
    yield from merged.findings
    stays = merged.texts.join(
        merged.labels.select("source_id").unique(), on="source_id", how="semi"
    ).with_columns(inherited=pl.lit(value=False))
    yield from _batches(stays, merged.labels.with_columns(source=pl.lit(unit.key)))
    refused = len(reading.rejects) + empty.height + len(merged.rejects)
    counts = (reading.read, stays.height, refused, reading.read - stays.height - refused)
    yield Batch("sources", _account([(unit.key, *counts, merged.labels.height)]).to_arrow())


def clean_texts(texts: pl.DataFrame) -> pl.DataFrame:
    """Return texts with `text` and `context` cleaned, `text_hash`, `same` and `nodes`."""
    cleaned = texts.with_columns(
        text=clean_text(pl.col("text_raw")), context=clean_text(pl.col("context"))
    )
    hashed = {name: text_hashes(cleaned[name]) for name in ("text", "context")}
    rows = zip(
        cleaned["source"],
        cleaned["source_id"],
        cleaned["kin"],
        as_written(cleaned),
        hashed["text"],
        hashed["context"],
        strict=True,
    )
    same, nodes = [], []
    for source, source_id, kin, word, text, context in rows:
        # People rate a word as it is written: AIDS is another item than aids.
        same.append(f"{(word or text) or source_id} {context or ''}")
        known = [one[:DIGITS] for one in (text, context) if one is not None]
        known += [kin_node(source, kin)] if kin is not None else []
        nodes.append(known or [kin_node(source, source_id)])
    return cleaned.with_columns(
        text_hash=hashed["text"],
        same=pl.Series(same, dtype=pl.String),
        nodes=pl.Series(nodes, dtype=pl.List(pl.String)),
    )


def as_written(texts: pl.DataFrame) -> pl.Series:
    """Return the text of a word, letter for letter, and null for every other kind of text."""
    return texts.select(pl.when(pl.col("unit") == "word").then("text")).to_series()


def _inherited_batches(inputs: Inputs) -> Iterator[Batch]:
    texts, labels = lineage.read_version(inputs)
    texts = texts.join(
        labels.select("source_id").unique(), on="source_id", how="left"
    ).with_columns(
        context=pl.lit(None, dtype=pl.String),
        text_licence=pl.lit(None, dtype=pl.String),
        inherited=pl.lit(value=True),
        nodes=pl.concat_list(pl.col("text_hash").str.slice(0, DIGITS)),
    )
    labelled = texts.join(labels, on="source_id", how="semi")
    yield from _batches(labelled, labels)
    counts = []
    for (source,), rows in texts.group_by("source"):
        kept = labelled.filter(pl.col("source") == source).height
        given = labels.filter(pl.col("source") == source).height
        counts.append((str(source), rows.height, kept, 0, rows.height - kept, given))
    yield Batch("sources", _account(sorted(counts)).to_arrow())


def _batches(texts: pl.DataFrame, labels: pl.DataFrame) -> Iterator[Batch]:
    digests = [
        f"{source}-{hashlib.sha256(source_id.encode()).hexdigest()[:DIGITS]}"
        for source, source_id in texts.select("source", "source_id").iter_rows()
    ]
    examples = texts.with_columns(example_id=pl.Series(digests, dtype=pl.String))
    yield Batch("_examples", examples.select(EXAMPLES.names()).sort("example_id").to_arrow())
    known = examples.select("source", "source_id", "example_id", "unit", "licence")
    if "licences" not in labels.columns:
        # People judged this very text: nothing else is in the label.
        labels = labels.with_columns(licences=pl.lit([], dtype=pl.List(pl.String)))
    licences = pl.concat_list("licence", "licences").list.unique().list.sort().alias("licences")
    told = labels.join(known, on=["source", "source_id"], validate="m:1").select(
        "example_id",
        "source",
        "unit",
        licences,
        *(name for name in LABELS.names() if name != "source_id"),
    )
    yield Batch("_labels", told.sort("example_id", "dimension", "label_kind").to_arrow())


def _account(rows: list[tuple[str, int, int, int, int, int]]) -> pl.DataFrame:
    names = ("source", "rows_read", "examples", "refused", "unlabelled", "labels")
    numbers = dict.fromkeys(names[1:], pl.Int64)
    return pl.DataFrame(rows, schema={"source": pl.String, **numbers}, orient="row")
