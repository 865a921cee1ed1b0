from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hueset_builders.poems.near_duplicates import (
    author_groups,
    duplicate_groups,
    near_duplicates,
    word_shingles,
)
from hueset_builders.poems.tokens import (
    END,
    LINE,
    STANZA,
    START,
    chunk_count,
    chunk_spans,
    lines_and_stanzas,
    tokenise_poem,
)


def texts(poem: str) -> list[str]:
    return [token.text for token in tokenise_poem(poem)]


def test_markers_stand_for_lines_stanzas_start_and_end() -> None:
    assert texts("\nOne line\nTwo,\n\n  Three\n") == [
        START,
        "One",
        "line",
        LINE,
        "Two",
        ",",
        STANZA,
        "Three",
        END,
    ]


def test_a_line_of_spaces_parts_stanzas_too() -> None:
    assert texts("a\n \t \nb") == [START, "a", STANZA, "b", END]


def test_other_line_ends_count_once() -> None:
    assert texts("a\r\nb\rc\r\n\r\nd") == [START, "a", LINE, "b", LINE, "c", STANZA, "d", END]


def test_case_digits_accents_and_symbols_stay() -> None:
    assert texts("In 1914 Café ROSE 3½€")[1:-1] == ["In", "1914", "Café", "ROSE", "3½", "€"]


def test_apostrophes_and_hyphens_inside_a_word_do_not_part_it() -> None:
    assert texts("o'er half-glance ’twas 'tis")[1:-1] == [
        "o'er",
        "half-glance",
        "’",
        "twas",
        "'",
        "tis",
    ]


def test_a_lost_character_inside_a_word_does_not_part_it() -> None:
    assert texts("smil\ufffdd \ufffdThe")[1:-1] == ["smil\ufffdd", "\ufffd", "The"]


def test_a_decomposed_accent_stays_with_its_letter() -> None:
    assert texts("fri\u0301o")[1:-1] == ["fri\u0301o"]


def test_a_marker_written_in_a_poem_is_not_taken_for_one() -> None:
    kinds = {token.kind for token in tokenise_poem("<LINE_BREAK>")[1:-1]}
    assert kinds == {"mark", "word"}


@given(st.text(max_size=300))
def test_every_character_but_white_space_is_in_a_token(poem: str) -> None:
    tokens = tokenise_poem(poem)
    words = [token for token in tokens if token.kind != "marker"]
    assert "".join(token.text for token in words) == re.sub(r"\s", "", poem)
    assert all(poem[token.start : token.end] == token.text for token in words)
    places = [(token.start, token.end) for token in tokens]
    assert places == sorted(places)


@given(
    count=st.integers(1, 500),
    window=st.integers(2, 60),
    overlap=st.integers(0, 59),
    minimum=st.integers(1, 9),
)
def test_chunks_hold_every_token_and_none_adds_nothing(
    count: int, window: int, overlap: int, minimum: int
) -> None:
    overlap = min(overlap, window - 1)
    made = chunk_spans(count, window=window, overlap=overlap, minimum=minimum)
    assert len(made) == chunk_count(count, window=window, overlap=overlap, minimum=minimum)
    if count < minimum:
        assert not made
        return
    assert {at for chunk in made for at in range(chunk.start, chunk.end)} == set(range(count))
    assert all(chunk.end - chunk.start <= window for chunk in made)
    ends = [chunk.end for chunk in made]
    assert ends == sorted(set(ends)), "each chunk adds at least one token"
    for before, after in itertools.pairwise(made):
        assert before.overlap_next == after.overlap_previous == before.end - after.start
        assert before.overlap_next >= overlap
    assert made[0].overlap_previous == made[-1].overlap_next == 0


@pytest.mark.parametrize(
    ("count", "chunks"), [(4, 0), (5, 1), (50, 1), (51, 2), (90, 2), (91, 3), (130, 3), (131, 4)]
)
def test_the_number_of_chunks_at_its_edges(count: int, chunks: int) -> None:
    assert len(chunk_spans(count, window=50, overlap=10, minimum=5)) == chunks


def test_an_overlap_as_wide_as_the_window_cannot_be_cut() -> None:
    with pytest.raises(ValueError, match="cannot cut so"):
        chunk_spans(100, window=10, overlap=10, minimum=5)


def test_lines_and_stanzas_are_counted_without_blank_ones() -> None:
    assert lines_and_stanzas("\n a\n b\n\n \nc\n\n") == (3, 2)
    assert lines_and_stanzas("one") == (1, 1)


POEM = "the quick brown fox jumps over the lazy dog and runs away into the dark green wood " * 2


def pairs_of(**poems: str) -> list[tuple[str, str]]:
    found = near_duplicates(poems, threshold=0.3, size=3, permutations=64, seed=1)
    return [(left, right) for left, right, _ in found]


def test_near_duplicates_differ_in_case_accents_punctuation_or_a_few_words() -> None:
    assert pairs_of(a=POEM, b=POEM.upper().replace(" ", ",  ")) == [("a", "b")]
    assert pairs_of(a=POEM, b=POEM.replace("lazy", "sleepy") + " the end") == [("a", "b")]


def test_other_poems_are_not_near_duplicates() -> None:
    other = "season of mists and mellow fruitfulness close bosom friend of the maturing sun " * 2
    assert pairs_of(a=POEM, b=other) == []


def test_likeness_is_the_exact_jaccard_index() -> None:
    left, right = "a b c d e f", "a b c d e g"
    ((_, _, alike),) = near_duplicates(
        {"l": left, "r": right}, threshold=0.3, size=3, permutations=64, seed=1
    )
    assert alike == pytest.approx(3 / 5)


def test_a_pair_below_the_threshold_is_proposed_and_not_taken() -> None:
    texts = {"l": "a b c d e f", "r": "a b c d x y"}
    settled = {"size": 3, "permutations": 128, "seed": 1}
    assert near_duplicates(texts, threshold=0.3, **settled) == [("l", "r", pytest.approx(1 / 3))]
    assert near_duplicates(texts, threshold=0.4, **settled) == []


def test_a_text_shorter_than_a_run_is_one_run() -> None:
    assert word_shingles("Two words", 3) == {"two words"}
    assert word_shingles("!?", 3) == frozenset()


def test_a_chain_of_near_duplicates_is_one_group() -> None:
    found = duplicate_groups(dict.fromkeys("abcd", ""), [("a", "b", 0.5), ("b", "c", 0.5)])
    assert found == {"a": "a", "b": "a", "c": "a", "d": "d"}


def test_authors_that_share_a_near_duplicate_stay_together() -> None:
    authors = {"p": "Poe", "q": "Anon", "r": "Keats", "s": None}
    found = author_groups(authors, {"p": "p", "q": "p", "r": "r", "s": "s"})
    assert found["p"] == found["q"]
    assert len({found["p"], found["r"], found["s"]}) == 3
