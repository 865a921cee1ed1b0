"""Poems with their lines and stanzas whole, and chunks that together hold every token.

Poems are read in parts, then compared and cut.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from hueset.builder import Batch, Finding, Inputs, Reject, Unit, require_package
from hueset.builder.splits import assign_split
from hueset.declaration.column_types import arrow_schema
from hueset.tables.rows import table_of
from hueset_builders.poems import readers
from hueset_builders.poems.checks import check
from hueset_builders.poems.embeddings import Embeddings, read_embeddings
from hueset_builders.poems.measures import corpus_findings, measure_corpus
from hueset_builders.poems.near_duplicates import author_groups, duplicate_groups, near_duplicates
from hueset_builders.poems.tokens import chunk_spans, cut_of, lines_and_stanzas, tokenise_poem
from hueset_builders.readers.measures import measure_table
from hueset_builders.readers.parts import group_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hueset.builder import Shards
    from hueset_builders.poems.readers import Poem

    Row = dict[str, Any]

__all__ = ["build_unit", "check", "combine", "plan_units"]

FOLDERS = ("text_folder", "public_domain_poetry")
PARTS = 8


def plan_units(inputs: Inputs) -> list[Unit]:
    """Return the parts of a folder, or the one file of poems."""
    require_package("datasketch", install="hueset[poems]", what="the dataset poems")
    single = ("json_list", "json_lines")
    units = [Unit(name, ((name, None),)) for name in single if name in inputs.sources]
    for name in FOLDERS:
        if name in inputs.sources:
            units += [
                Unit(f"{name}-{part}", tuple((name, member) for member in members))
                for part, members in group_parts(inputs.sources[name].names("*.txt"), PARTS).items()
            ]
    return units


def build_unit(unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject]:
    """Read poems into the working table `_poems`."""
    import pyarrow as pa

    source = unit.inputs[0][0]
    rows = []
    for read in _read(unit, source, inputs):
        if isinstance(read, Reject):
            yield read
        else:
            rows.append({"source": source, **vars(read)})
    text, count = pa.string(), pa.int64()
    schema = pa.schema(
        [
            *((name, text) for name in ("source", "poem_id", "author", "title", "text", "year")),
            *((name, text) for name in ("country", "gender", "book", "content_type", "url")),
            ("tags", pa.list_(text)),
            ("damaged_characters", count),
            ("stated_length", count),
        ]
    )
    yield Batch("_poems", table_of(rows, schema))


def combine(shards: Shards, inputs: Inputs) -> Iterator[Batch | Reject | Finding]:
    """Make the tables: poems without exact duplicates, chunks, vocabulary and measures."""
    parameters = inputs.parameters
    read = sorted(shards.scan("_poems").collect().to_dicts(), key=lambda row: row["poem_id"])
    poems, refused = _without_duplicates(read)
    poems, short = _long_enough(poems, parameters)
    yield from (*refused, *short)
    texts = {poem["poem_id"]: poem["text"] for poem in poems}
    settled = parameters["near_duplicates"]
    pairs = near_duplicates(
        texts,
        threshold=settled["threshold"],
        size=settled["shingle_words"],
        permutations=settled["permutations"],
        seed=settled["seed"],
    )
    _split(poems, duplicate_groups(texts, pairs), inputs)
    counts: Counter[tuple[str, str]] = Counter()
    within: Counter[tuple[str, str]] = Counter()
    chunks: list[Row] = []
    for poem in poems:
        tokens = tokenise_poem(poem["text"])
        words = [(token.text, token.kind) for token in tokens]
        counts.update(words)
        within.update(set(words))
        chunks += _chunks(poem, parameters)
    embeddings = _embeddings(inputs, counts)
    measures = measure_corpus(read, poems, chunks, counts, pairs, refused, embeddings, inputs)
    tables = inputs.dataset.tables
    for name, rows in (
        ("poems", [_published_columns(poem) for poem in poems]),
        ("chunks", chunks),
        ("vocabulary", _vocabulary(counts, within, embeddings)),
    ):
        yield Batch(name, table_of(rows, arrow_schema(tables[name])))
    yield Batch("measures", measure_table(measures))
    yield from corpus_findings(read, measures, parameters)


def _read(unit: Unit, source: str, inputs: Inputs) -> Iterable[Poem | Reject]:
    found = inputs.sources[source]
    if source == "json_list":
        yield from readers.read_json_list(found.read(), source)
    elif source == "json_lines":
        with found.open() as stream:
            yield from readers.read_json_lines(stream, source)
    else:
        for _, member in unit.inputs:
            yield readers.read_file(found.read(member), str(member), source)


def _without_duplicates(read: Sequence[Row]) -> tuple[list[Row], list[Reject]]:
    """Keep the first of equal texts, outer white space aside."""
    first: dict[str, str] = {}
    kept, refused = [], []
    for poem in read:
        body = poem["text"].strip()
        same = first.setdefault(body, poem["poem_id"])
        if same == poem["poem_id"]:
            kept.append(poem)
        else:
            refused.append(
                Reject("poems", poem["source"], poem["poem_id"], "exact_duplicate", same, "once")
            )
    return kept, refused


def _long_enough(
    poems: Sequence[Row], parameters: Mapping[str, Any]
) -> tuple[list[Row], list[Reject]]:
    kept, refused = [], []
    for poem in poems:
        tokens = tokenise_poem(poem["text"])
        spans = chunk_spans(len(tokens), **cut_of(parameters))
        if not spans:
            found, least = f"{len(tokens)} tokens", f"{parameters['minimum']} tokens"
            refused.append(
                Reject("poems", poem["source"], poem["poem_id"], "too_short", found, least)
            )
            continue
        lines, stanzas = lines_and_stanzas(poem["text"])
        held = {at for span in spans for at in range(span.start, span.end)}
        poem |= {
            "encoding_damaged": poem["damaged_characters"] > 0,
            "characters": len(poem["text"]),
            "lines": lines,
            "stanzas": stanzas,
            "words": sum(token.kind == "word" for token in tokens),
            "tokens": len(tokens),
            "chunks": len(spans),
            "tokens_kept_share": len(held) / len(tokens),
            "text_sha256": hashlib.sha256(poem["text"].encode()).hexdigest(),
        }
        kept.append(poem)
    return kept, refused


def _split(poems: Sequence[Row], group: Mapping[str, str], inputs: Inputs) -> None:
    shares, salt = inputs.parameters["split_shares"], inputs.dataset.name
    authors = author_groups({poem["poem_id"]: poem["author"] for poem in poems}, group)
    sizes = Counter(group.values())
    for poem in poems:
        poem["near_duplicate_group"] = group[poem["poem_id"]]
        poem["near_duplicates"] = sizes[group[poem["poem_id"]]] - 1
        poem["author_group"] = authors[poem["poem_id"]]
        poem["split"] = assign_split(poem["near_duplicate_group"], shares, salt)
        poem["split_by_author"] = assign_split(poem["author_group"], shares, f"{salt}/author")


def _chunks(poem: Row, parameters: Mapping[str, Any]) -> Iterator[Row]:
    tokens, text = tokenise_poem(poem["text"]), poem["text"]
    for at, span in enumerate(chunk_spans(len(tokens), **cut_of(parameters))):
        inside = tokens[span.start : span.end]
        yield {
            "poem_id": poem["poem_id"],
            "position": at,
            "chunks_in_poem": poem["chunks"],
            "token_start": span.start,
            "token_end": span.end,
            "tokens": [token.text for token in inside],
            "overlap_previous": span.overlap_previous,
            "overlap_next": span.overlap_next,
            "character_start": inside[0].start,
            "character_end": inside[-1].end,
            "text": text[inside[0].start : inside[-1].end],
            "near_duplicate_group": poem["near_duplicate_group"],
            "split": poem["split"],
            "split_by_author": poem["split_by_author"],
        }


def _published_columns(poem: Row) -> Row:
    return {name: value for name, value in poem.items() if name != "stated_length"}


def _embeddings(inputs: Inputs, counts: Mapping[tuple[str, str], int]) -> Embeddings | None:
    if "embeddings" not in inputs.sources:
        return None
    looked_up = {text for text, kind in counts if kind != "marker"}
    with inputs.sources["embeddings"].open() as stream:
        return read_embeddings(stream, looked_up, "embeddings")


def _vocabulary(
    counts: Mapping[tuple[str, str], int],
    within: Mapping[tuple[str, str], int],
    embeddings: Embeddings | None,
) -> list[Row]:
    rows = []
    for text, kind in sorted(counts):
        known = embeddings.match(text) if embeddings and kind != "marker" else None
        measured = embeddings is not None and kind != "marker"
        rows.append(
            {
                "token": text,
                "kind": kind,
                "count": counts[text, kind],
                "poems": within[text, kind],
                "in_embeddings": known is not None if measured else None,
                "embedding_match": known,
                "embedding_norm": embeddings.norm(text) if embeddings and measured else None,
            }
        )
    return rows
