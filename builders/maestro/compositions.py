"""Which performances play the same composition, told from composer and title alone.

Titles in MAESTRO are free text: one sonata is "Son. in Bb D.960", "Sonata in B-flat Major, D960"
and "Sonata in B-flat Major, D. 960 (Complete)". Titles of one composer are joined when they share
a catalogue number (an opus as a whole joins each of its numbers) or a numbered name ("scherzo 3").
A title without any catalogue number joins those with the same text, and those in which its name
stands. Numbers that follow each other under one text with a key (D. 960, D. 961, D. 962, all
"Sonata in B-flat Major") are movements that a spreadsheet counted on. When in doubt titles are
joined, since a group that is too large costs a few examples and one that is too small leaks.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.splits import clusters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_REFERENCE = re.compile(
    r"\b(op(?:us)?|bwv|hwv|kv?|hob|woo|bv|d|s|l|z|m|r)[ .]*(?:xvi)?[ .:/]*(\d+)(?!/\d{3})[a-z]?\b"
    r"((?:[ ,]*\bnos?\b[ .]*|/)\d+(?:(?: ?(?:,|&|-|and) ?)+\d+)*)?"
)
_MOVEMENT = re.compile(
    r"[ ,]+(?:(?i:(?:1st|2nd|3rd|4th|first|second|third) .*?mov.*)|[IVX]+(?:\.| -).*)$"
)
_KEY = re.compile(r"\b[a-g](?: flat| sharp)? (?:major|minor)\b")
_SPELLINGS = (
    (r"\bson\b", "sonata"), (r"([a-g])b\b(?= |$)", r"\1 flat"), (r"([a-g])#", r"\1 sharp"),
    (r"\bd?min\b", "minor"), (r"\bmaj\b", "major"), (r"\bin in\b", "in"), (r"&", " and "),
    (r"\bwt[ck] *", "book "), (r"\bfuge\b", "fugue"), (r"\bcomplete\b", " "), (r"\bnos?\b", " "),
)  # fmt: skip
_PLAIN = frozenset(
    ["sonata", "etude", "prelude", "fugue", "impromptu", "mazurka", "nocturne", "ballade",
     "scherzo", "waltz", "valse", "polonaise", "rondo", "fantasy", "fantasia", "toccata",
     "suite", "partita", "variation", "chaconne", "study", "rhapsody", "concert", "book",
     "two", "three", "four", "and", "in", "the", "from", "de", "of", "for", "et", "i", "ii",
     "a", "b", "c", "d", "e", "f", "g", "flat", "sharp", "major", "minor"]
)  # fmt: skip
"""Words that name no one work: a title of these alone joins only its like."""


@dataclass(frozen=True)
class Title:
    """What a title says.

    Attributes
    ----------
    text
        Its words without accents, catalogue numbers and movement, singular and lower case.
    references
        Catalogue numbers such as `op 90/3`, `d 960`; those with parts hide those without.
    """

    text: str
    references: frozenset[str]

    @property
    def number(self) -> str | None:
        """The name up to a number that is no part of a catalogue number, e.g. `scherzo 3`."""
        found = re.match(r"[a-z][a-z ]* \d+\b", self.text)
        return found.group() if found else None

    @property
    def marks(self) -> set[str]:
        """What it shares with other titles of the same composition; never empty."""
        shared = set(self.references) or {self.text}
        return shared | {self.number} if self.number else shared


def composition_ids(works: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return (composer, title) → the id of its composition, e.g. `joseph haydn: hob 50`.

    The composer is the first one of an arrangement "A / B". The rest of the id is the smallest
    mark of the group.
    """
    by_author: dict[str, dict[tuple[str, str], Title]] = {}
    for work in works:
        author = fold(work[0].split(" / ")[0]).strip()
        by_author.setdefault(author, {})[work] = read_title(work[1])
    found = {}
    for author, titles in by_author.items():
        named = {work: f"~{work}" for work in titles}
        group = clusters(_links({named[work]: title for work, title in titles.items()}))
        found.update({work: f"{author}: {group[node]}" for work, node in named.items()})
    return found


def read_title(title: str) -> Title:
    """Return what a title says."""
    text = _spelled(fold(_MOVEMENT.sub("", title)))
    parted, whole = set(), set()
    for catalogue, number, parts in _REFERENCE.findall(text):
        reference = f"{catalogue.replace('opus', 'op').replace('kv', 'k')} {number}"
        parted |= {f"{reference}/{part}" for part in _numbers(parts)}
        whole |= {reference} if not parts else set()
    rest = re.sub(r"[^a-z0-9]+", " ", _REFERENCE.sub(" ", text))
    for pattern, spelling in _SPELLINGS:
        rest = re.sub(pattern, spelling, rest)
    words = [re.sub(r"(?<=\w{3})[sx]$", "", word) for word in rest.split()]
    return Title(" ".join(words), frozenset(parted or whole))


def fold(text: str) -> str:
    """Return the text without accents, in lower case."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def _spelled(text: str) -> str:
    """Spell keys in words, before punctuation is gone."""
    text = re.sub(r"\b([a-g])b\b", r"\1 flat", re.sub(r"\b([a-g])#", r"\1 sharp", text))
    return re.sub(r"(?<=[a-g])-(?=flat|sharp)", " ", text)


def _numbers(parts: str) -> list[int]:
    """Return the numbers of a list such as ` no. 13-24` or `/3` or ` nos. 5, 11 and 12`."""
    numbers: list[int] = []
    for first, last in re.findall(r"(\d+)(?: ?- ?(\d+))?", parts):
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def _links(titles: dict[str, Title]) -> list[tuple[str, str]]:
    """Return the pairs (title, mark) and (mark, mark) that belong together."""
    pairs = [(node, mark) for node, title in titles.items() for mark in sorted(title.marks)]
    marks = {mark for _, mark in pairs}
    entire = {
        reference
        for title in titles.values()
        if title.number is None
        for reference in title.references
        if "/" not in reference
    }
    pairs += [(mark, mark.split("/")[0]) for mark in marks if mark.split("/")[0] in entire]
    for bare in {title.text for title in titles.values() if not title.references}:
        named = not set(bare.split()) <= _PLAIN and re.search("[a-z]{3}", bare)
        pairs += [
            (bare, node)
            for node, title in titles.items()
            if title.text == bare or (named and f" {bare} " in f" {title.text} ")
        ]
    return [*pairs, *_counted_on(titles.values())]


def _counted_on(titles: Iterable[Title]) -> Iterator[tuple[str, str]]:
    """Yield pairs of catalogue numbers that follow each other under one text with a key."""
    seen = {
        (title.text, *reference.split(" "))
        for title in titles
        if _KEY.search(title.text)
        for reference in title.references
        if reference.split(" ")[1].isdigit()
    }
    for text, catalogue, number in seen:
        following = str(int(number) + 1)
        if (text, catalogue, following) in seen:
            yield f"{catalogue} {number}", f"{catalogue} {following}"
