"""The steps of the poems build: read poems in parts, then compare and cut them."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from builders.measures import Measure, measure_table
from builders.parts import parts
from builders.poems import readers
from builders.poems.embeddings import Embeddings, read_embeddings
from builders.poems.likeness import author_groups, groups, near_duplicates
from builders.poems.tokens import chunk_spans, lines_and_stanzas, tokenise
from builders.rows import table_of
from hueset.builder import Batch, Finding, Inputs, Reject, Unit
from hueset.schema import arrow_schema
from hueset.splits import assign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from builders.poems.readers import Poem
    from hueset.builder import Shards

    Row = dict[str, Any]

FOLDERS = ("text_folder", "public_domain_poetry")
PARTS = 8


def plan_units(inputs: Inputs) -> list[Unit]:
    """Return the parts of a folder, or the one file of poems."""
    single = ("json_list", "json_lines")
    units = [Unit(name, ((name, None),)) for name in single if name in inputs.sources]
    for name in FOLDERS:
        if name in inputs.sources:
            units += [
                Unit(f"{name}-{part}", tuple((name, member) for member in members))
                for part, members in parts(inputs.sources[name].names("*.txt"), PARTS).items()
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
    _split(poems, groups(texts, pairs), inputs)
    counts: Counter[tuple[str, str]] = Counter()
    within: Counter[tuple[str, str]] = Counter()
    chunks: list[Row] = []
    for poem in poems:
        tokens = tokenise(poem["text"])
        words = [(token.text, token.kind) for token in tokens]
        counts.update(words)
        within.update(set(words))
        chunks += _chunks(poem, parameters)
    embeddings = _embeddings(inputs, counts)
    measures = _measures(read, poems, chunks, counts, pairs, refused, embeddings, inputs)
    tables = inputs.dataset.tables
    for name, rows in (
        ("poems", [_published(poem) for poem in poems]),
        ("chunks", chunks),
        ("vocabulary", _vocabulary(counts, within, embeddings)),
    ):
        yield Batch(name, table_of(rows, arrow_schema(tables[name])))
    yield Batch("measures", measure_table(measures))
    yield from _findings(read, measures, parameters)


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
        tokens = tokenise(poem["text"])
        spans = chunk_spans(len(tokens), **_cut(parameters))
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
        poem["split"] = assign(poem["near_duplicate_group"], shares, salt)
        poem["split_by_author"] = assign(poem["author_group"], shares, f"{salt}/author")


def _chunks(poem: Row, parameters: Mapping[str, Any]) -> Iterator[Row]:
    tokens, text = tokenise(poem["text"]), poem["text"]
    for at, span in enumerate(chunk_spans(len(tokens), **_cut(parameters))):
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


def _cut(parameters: Mapping[str, Any]) -> dict[str, int]:
    return {name: parameters[name] for name in ("window", "overlap", "minimum")}


def _published(poem: Row) -> Row:
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


def _measures(
    read: Sequence[Row],
    poems: Sequence[Row],
    chunks: Sequence[Row],
    counts: Mapping[tuple[str, str], int],
    pairs: Sequence[tuple[str, str, float]],
    refused: Sequence[Reject],
    embeddings: Embeddings | None,
    inputs: Inputs,
) -> list[Measure]:
    digest = hashlib.sha256(
        "".join(f"{poem['poem_id']}\t{poem['text_sha256']}\n" for poem in poems).encode()
    ).hexdigest()
    tokens = sum(poem["tokens"] for poem in poems)
    held = sum(
        chunk["token_end"] - chunk["token_start"] - chunk["overlap_previous"] for chunk in chunks
    )
    cut = _cut(inputs.parameters)
    numbers: list[tuple[str, str, str, float, Mapping[str, Any]]] = [
        ("poems", "read", "count", len(read), {}),
        ("encoding_damaged_poems", "read", "count", _damaged(read), {"character": "U+FFFD"}),
        (
            "exact_duplicates",
            "read",
            "count",
            len(refused),
            {"compared": "text without outer space"},
        ),
        ("poems", "kept", "count", len(poems), {}),
        ("encoding_damaged_poems", "kept", "count", _damaged(poems), {"character": "U+FFFD"}),
        ("authors", "kept", "count", len({poem["author"] for poem in poems}), {}),
        ("near_duplicate_pairs", "kept", "count", len(pairs), inputs.parameters["near_duplicates"]),
        ("words", "kept", "count", sum(poem["words"] for poem in poems), {}),
        ("tokens", "kept", "count", tokens, {}),
        ("chunks", "kept", "count", len(chunks), cut),
        ("tokens_kept_share", "kept", "share", held / tokens if tokens else 0.0, cut),
        ("vocabulary", "kept", "count", len(counts), {"case": "as written"}),
    ]
    made = [
        Measure(name, scope, unit, float(value), data_sha256=digest, parameters=settled)
        for name, scope, unit, value, settled in numbers
    ]
    return made + _embedding_measures(counts, embeddings, digest)


def _embedding_measures(
    counts: Mapping[tuple[str, str], int], embeddings: Embeddings | None, digest: str
) -> list[Measure]:
    names = (
        ("embedding_dimension", "count"),
        ("out_of_vocabulary_token_share", "share"),
        ("out_of_vocabulary_type_share", "share"),
        ("embedding_norm_mean", "1"),
        ("embedding_norm_sd", "1"),
        ("embedding_norm_zero", "count"),
    )
    scope = "words and marks"
    looked_up = {text: count for (text, kind), count in counts.items() if kind != "marker"}
    if embeddings is None or not looked_up:
        reason = "no table of word vectors was given (source `embeddings`)"
        return [Measure(name, scope, unit, reason=reason) for name, unit in names]
    norms = [norm for norm in map(embeddings.norm, looked_up) if norm is not None]
    mean = sum(norms) / len(norms) if norms else None
    spread = (
        (sum((norm - mean) ** 2 for norm in norms) / len(norms)) ** 0.5
        if mean is not None
        else None
    )
    lacking = [text for text in looked_up if embeddings.match(text) is None]
    values = {
        "embedding_dimension": embeddings.dimension,
        "out_of_vocabulary_token_share": sum(looked_up[text] for text in lacking)
        / sum(looked_up.values()),
        "out_of_vocabulary_type_share": len(lacking) / len(looked_up),
        "embedding_norm_mean": mean,
        "embedding_norm_sd": spread,
        "embedding_norm_zero": sum(norm == 0 for norm in norms),
    }
    settled = {"lookup": "as written, then in lower case", "table_rows": embeddings.rows}
    made = []
    for name, unit in names:
        value = values[name]
        if value is None:
            made.append(Measure(name, scope, unit, reason="the table knows none of the words"))
        else:
            made.append(
                Measure(name, scope, unit, float(value), data_sha256=digest, parameters=settled)
            )
    return made


def _findings(
    read: Sequence[Row], measures: Sequence[Measure], parameters: Mapping[str, Any]
) -> Iterator[Finding]:
    damaged = [poem["poem_id"] for poem in read if poem["damaged_characters"]]
    if damaged:
        lost = sum(poem["damaged_characters"] for poem in read)
        message = f"{len(damaged)} of {len(read)} poems hold U+FFFD, {lost} in all: kept, flagged"
        yield Finding(
            "input.encoding_damaged", "warn", message, "poems", len(damaged), tuple(damaged[:10])
        )
    wrong = [
        poem["poem_id"]
        for poem in read
        if poem["stated_length"] is not None and poem["stated_length"] != len(poem["text"])
    ]
    if wrong:
        message = f"{len(wrong)} poems state another length than their text has"
        yield Finding(
            "input.length_differs", "warn", message, "poems", len(wrong), tuple(wrong[:10])
        )
    value = {measure.name: measure.value for measure in measures if measure.scope != "read"}
    missing = value["out_of_vocabulary_token_share"]
    ceiling = parameters["out_of_vocabulary_warn"]
    if missing is not None and missing > ceiling:
        message = (
            f"the table of word vectors lacks {missing:.1%} of the tokens (ceiling {ceiling:.0%})"
        )
        yield Finding("input.out_of_vocabulary", "warn", message, "vocabulary")
    if value["embedding_norm_zero"]:
        message = f"{value['embedding_norm_zero']:.0f} words have a vector of length 0"
        yield Finding("input.zero_vectors", "warn", message, "vocabulary")


def _damaged(poems: Sequence[Row]) -> int:
    return sum(poem["damaged_characters"] > 0 for poem in poems)
