"""The account of a corpus of poems: counts, what was lost upstream, what word vectors lack."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from hueset.builder import Finding, Verdict
from hueset_builders.poems.tokens import cut_of
from hueset_builders.readers.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hueset.builder import Inputs, Reject
    from hueset_builders.poems.embeddings import Embeddings

    Row = dict[str, Any]


def measure_corpus(
    read: Sequence[Row],
    poems: Sequence[Row],
    chunks: Sequence[Row],
    counts: Mapping[tuple[str, str], int],
    pairs: Sequence[tuple[str, str, float]],
    refused: Sequence[Reject],
    embeddings: Embeddings | None,
    inputs: Inputs,
) -> list[Measure]:
    """Measure the corpus, and its vocabulary against the word vectors.

    Parameters
    ----------
    read
        The poems as they were read, duplicates too.
    poems
        The kept ones, with their counts.
    chunks
        Rows of the table `chunks`.
    counts
        (token, kind) → how often it occurs.
    pairs
        The near-duplicates.
    refused
        The exact duplicates.
    embeddings
        What the given table knows; None where none was given.
    inputs
        The parameters.
    """
    digest = hashlib.sha256(
        "".join(f"{poem['poem_id']}\t{poem['text_sha256']}\n" for poem in poems).encode()
    ).hexdigest()
    tokens = sum(poem["tokens"] for poem in poems)
    held = sum(
        chunk["token_end"] - chunk["token_start"] - chunk["overlap_previous"] for chunk in chunks
    )
    cut = cut_of(inputs.parameters)
    numbers: list[tuple[str, str, str, float, Mapping[str, Any]]] = [
        ("poems", "read", "count", len(read), {}),
        ("encoding_damaged_poems", "read", "count", _count_damaged(read), {"character": "U+FFFD"}),
        (
            "exact_duplicates",
            "read",
            "count",
            len(refused),
            {"compared": "text without outer space"},
        ),
        ("poems", "kept", "count", len(poems), {}),
        ("encoding_damaged_poems", "kept", "count", _count_damaged(poems), {"character": "U+FFFD"}),
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


def corpus_findings(
    read: Sequence[Row], measures: Sequence[Measure], parameters: Mapping[str, Any]
) -> Iterator[Finding]:
    """Tell what is wrong with the input: damage, lengths, words that the vectors lack."""
    damaged = [poem["poem_id"] for poem in read if poem["damaged_characters"]]
    if damaged:
        lost = sum(poem["damaged_characters"] for poem in read)
        message = f"{len(damaged)} of {len(read)} poems hold U+FFFD, {lost} in all: kept, flagged"
        yield Finding(
            "input.encoding_damaged",
            Verdict.WARN,
            message,
            "poems",
            len(damaged),
            tuple(damaged[:10]),
        )
    wrong = [
        poem["poem_id"]
        for poem in read
        if poem["stated_length"] is not None and poem["stated_length"] != len(poem["text"])
    ]
    if wrong:
        message = f"{len(wrong)} poems state another length than their text has"
        yield Finding(
            "input.length_differs", Verdict.WARN, message, "poems", len(wrong), tuple(wrong[:10])
        )
    value = {measure.name: measure.value for measure in measures if measure.scope != "read"}
    missing = value["out_of_vocabulary_token_share"]
    ceiling = parameters["out_of_vocabulary_warn"]
    if missing is not None and missing > ceiling:
        message = (
            f"the table of word vectors lacks {missing:.1%} of the tokens (ceiling {ceiling:.0%})"
        )
        yield Finding("input.out_of_vocabulary", Verdict.WARN, message, "vocabulary")
    if value["embedding_norm_zero"]:
        message = f"{value['embedding_norm_zero']:.0f} words have a vector of length 0"
        yield Finding("input.zero_vectors", Verdict.WARN, message, "vocabulary")


def _count_damaged(poems: Sequence[Row]) -> int:
    return sum(poem["damaged_characters"] > 0 for poem in poems)
