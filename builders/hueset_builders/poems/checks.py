"""What a version of the poems promises, recomputed over the finished tables."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from hueset.builder import Finding, Verdict
from hueset_builders.poems.tokens import MARKERS, chunk_count, cut_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hueset.builder import Inputs, Shards

    Row = dict[str, Any]


def check(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Check that chunks hold their poems whole, and that no group straddles two splits.

    Parameters
    ----------
    tables
        The finished tables.
    inputs
        The declaration and parameters.
    """
    parameters = inputs.parameters
    poems = tables.scan("poems").collect().to_dicts()
    chunks: dict[str, list[Row]] = defaultdict(list)
    for chunk in tables.scan("chunks").collect().to_dicts():
        chunks[chunk["poem_id"]].append(chunk)
    for found in chunks.values():
        found.sort(key=lambda chunk: chunk["position"])
    cut = cut_of(parameters)
    expected = {poem["poem_id"]: chunk_count(poem["tokens"], **cut) for poem in poems}
    made = {name: len(found) for name, found in chunks.items()}
    yield _promise_finding(
        "poems.chunks_recomputed",
        [name for name in {*expected, *made} if expected.get(name, 0) != made.get(name, 0)],
        f"{sum(made.values())} chunks, as many as the tokens of each poem make",
    )
    yield _promise_finding(
        "poems.chunks_hold_the_poem",
        [poem["poem_id"] for poem in poems if not _whole(poem, chunks[poem["poem_id"]])],
        "the chunks of a poem, put together, are its text without white space",
    )
    yield _promise_finding(
        "poems.chunk_is_a_slice",
        [
            f"{poem['poem_id']}/{chunk['position']}"
            for poem in poems
            for chunk in chunks[poem["poem_id"]]
            if chunk["text"] != poem["text"][chunk["character_start"] : chunk["character_end"]]
        ],
        "a chunk's text is a slice of its poem, character by character",
    )
    tokens = sum(poem["tokens"] for poem in poems)
    held = sum(
        chunk["token_end"] - chunk["token_start"] - chunk["overlap_previous"]
        for found in chunks.values()
        for chunk in found
    )
    share = held / tokens if tokens else 0.0
    least = parameters["tokens_kept_least"]
    verdict: Verdict = Verdict.PASS if share >= least else Verdict.FAIL
    message = f"{share:.1%} of {tokens} tokens are in a chunk (floor {least:.0%})"
    yield Finding("poems.tokens_kept", verdict, message, "chunks")
    yield _promise_finding(
        "poems.text_digest",
        [
            poem["poem_id"]
            for poem in poems
            if hashlib.sha256(poem["text"].encode()).hexdigest() != poem["text_sha256"]
        ],
        "the text is the one that was read",
    )
    bodies = Counter(poem["text"].strip() for poem in poems)
    yield _promise_finding(
        "poems.no_exact_duplicate",
        [poem["poem_id"] for poem in poems if bodies[poem["text"].strip()] > 1],
        "no text occurs twice",
    )
    for column, group in (("split", "near_duplicate_group"), ("split_by_author", "author_group")):
        yield _promise_finding(
            f"poems.{group}_in_one_{column}",
            _straddling(poems, group, column),
            f"no {group} has poems in two values of {column}",
        )
    yield _promise_finding(
        "poems.near_duplicates_in_one_split_by_author",
        _straddling(poems, "near_duplicate_group", "split_by_author"),
        "near-duplicates lie on one side of the split by author too",
    )


def _whole(poem: Row, chunks: list[Row]) -> bool:
    """Whether the chunks join without a gap and give the text back, white space aside."""
    joined: list[str] = []
    for chunk in chunks:
        if chunk["token_start"] > len(joined):
            return False
        joined[chunk["token_start"] :] = chunk["tokens"]
    words = "".join(token for token in joined if token not in MARKERS)
    return len(joined) == poem["tokens"] and words == re.sub(r"\s", "", poem["text"])


def _straddling(rows: Iterable[Row], group: str, column: str) -> list[str]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row[group]].add(row[column])
    return [name for name, values in found.items() if len(values) > 1]


def _promise_finding(name: str, broken: Iterable[str], promise: str) -> Finding:
    found = sorted(broken)
    verdict: Verdict = Verdict.FAIL if found else Verdict.PASS
    message = f"broken in {len(found)} places: {promise}" if found else promise
    return Finding(name, verdict, message, count=len(found), examples=tuple(found[:10]))
