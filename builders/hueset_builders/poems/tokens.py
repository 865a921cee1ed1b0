"""Tokens of a poem with the place of each, and chunks that lose none of them.

Case, digits and accents stay; a marker stands for each line and stanza break, start and end.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

START, END, LINE, STANZA = "<POEM_START>", "<POEM_END>", "<LINE_BREAK>", "<STANZA_BREAK>"
MARKERS = (START, END, LINE, STANZA)

_LETTER = r"[\w\u0300-\u036f]"
# An apostrophe, a hyphen or a lost character between letters is part of the word: a split there
# would make words that nobody wrote.
_TOKEN = re.compile(
    rf"(?P<gap>[\r\n]\s*)|(?P<word>{_LETTER}+(?:['’‘\-\ufffd]{_LETTER}+)*)|(?P<mark>\S)"
)
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Token:
    """A token.

    Attributes
    ----------
    text
        As written, or a marker.
    kind
        `word`, `mark` (punctuation) or `marker`.
    start, end
        Its characters in the poem; for a marker, the gap it stands for (empty at start and end).
    """

    text: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Chunk:
    """A window over a poem's tokens.

    Attributes
    ----------
    start, end
        Its tokens, from `start` up to but not including `end`.
    overlap_previous, overlap_next
        How many tokens it shares with its neighbours.
    """

    start: int
    end: int
    overlap_previous: int
    overlap_next: int


def tokenise_poem(text: str) -> list[Token]:
    """Return the tokens of a poem, in order: every character but white space is in one of them."""
    inner = [
        Token(*_read(found), found.start(), found.end()) for found in _TOKEN.finditer(text.rstrip())
    ]
    if inner and inner[0].kind == "marker":
        inner = inner[1:]
    first = inner[0].start if inner else 0
    last = inner[-1].end if inner else 0
    return [Token(START, "marker", first, first), *inner, Token(END, "marker", last, last)]


def chunk_spans(count: int, *, window: int, overlap: int, minimum: int) -> list[Chunk]:
    """Cut a number of tokens into windows; together they hold every token.

    Parameters
    ----------
    count
        Tokens of the poem.
    window
        Tokens of a chunk; the last one may be shorter.
    overlap
        Tokens that neighbours share, at least; less than the window.
    minimum
        A poem with fewer tokens gives no chunk.

    Returns
    -------
    list of Chunk
        `chunk_count(...)` of them. A window that would add nothing to the one before is not cut,
        so the last chunk is never a mere tail: it has more than `overlap` tokens.

    Raises
    ------
    ValueError
        The overlap is not below the window, or a number is not positive.
    """
    if not 0 <= overlap < window or minimum < 1:
        message = f"window {window}, overlap {overlap}, minimum {minimum}: cannot cut so"
        raise ValueError(message)
    stride = window - overlap
    number = chunk_count(count, window=window, overlap=overlap, minimum=minimum)
    ends = [min(at * stride + window, count) for at in range(number)]
    shared = [ends[at] - (at + 1) * stride for at in range(number - 1)]
    return [
        Chunk(
            start=at * stride,
            end=ends[at],
            overlap_previous=shared[at - 1] if at else 0,
            overlap_next=shared[at] if at < number - 1 else 0,
        )
        for at in range(number)
    ]


def chunk_count(count: int, *, window: int, overlap: int, minimum: int) -> int:
    """Return how many chunks a number of tokens makes: 1 + ceil((count - window) / stride)."""
    if count < minimum:
        return 0
    return 1 + max(0, math.ceil((count - window) / (window - overlap)))


def cut_of(parameters: Mapping[str, Any]) -> dict[str, int]:
    """Return the parameters that decide the chunks: window, overlap, minimum."""
    return {name: parameters[name] for name in ("window", "overlap", "minimum")}


def lines_and_stanzas(text: str) -> tuple[int, int]:
    """Return the number of lines that hold something, and of groups of them."""
    filled = [bool(line.strip()) for line in _BREAK.split(text)]
    stanzas = sum(
        here and not before for before, here in zip([False, *filled], filled, strict=False)
    )
    return sum(filled), stanzas


def _read(found: re.Match[str]) -> tuple[str, str]:
    kind = found.lastgroup or "mark"
    if kind == "gap":
        return (STANZA if len(_BREAK.findall(found[0])) > 1 else LINE), "marker"
    return found[0], kind
