"""Which performances play the same composition, told from composer and title alone.

Titles in MAESTRO are free text: one sonata is "Son. in Bb D.960", "Sonata in B-flat Major, D960"
and "Sonata in B-flat Major, D. 960 (Complete)". Titles of one composer are joined when they share
a catalogue number (an opus as a whole joins each of its numbers) or a numbered name ("scherzo 3"),
unless other catalogue numbers stand beside that name (two of Liszt's concert etudes are No. 2).
A title without any catalogue number joins those with the same text, and those in which it or its
nickname in quotes stands. Numbers that follow each other under one text with a key (D. 960, D. 961,
D. 962, all "Sonata in B-flat Major") are movements that a spreadsheet counted on. When in doubt
titles are joined, since a group that is too large costs a few examples and one that is too small
leaks.

What no rule can tell stands in `datasets/maestro/compositions.yaml`: titles that are wrong or say
too little, and titles that share their notes and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from hueset.builder.splits import join_clusters
from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Work = tuple[str, str]

_REFERENCE = re.compile(
    r"\b(op(?:us)?|bwv|hwv|kv?|hob|woo|bv|d|s|l|z|m|r)[ .]*(?:xvi)?[ .:/]*(\d+)(?!/\d{3})[a-z]?\b"
    r"((?:[ ,]*\bnos?\b[ .]*|/)\d+(?:(?: ?(?:,|&|-|and) ?)+\d+)*)?"
)
_MOVEMENT = re.compile(
    r"[ ,]+(?:(?i:(?:1st|2nd|3rd|4th|first|second|third) .*?mov.*)|[IVX]+(?:\.| -).*)$"
)
_KEY = re.compile(r"\b[a-g](?: flat| sharp)? (?:major|minor)\b|\bin [a-g](?: flat| sharp)?$")
_QUOTED = re.compile(r"[\"“”«]([^\"“”«»]+)[\"“”»]")
_SPELLINGS = (
    (r"\bson\b", "sonata"),
    (r"([a-g])b\b(?= |$)", r"\1 flat"),
    (r"([a-g])#", r"\1 sharp"),
    (r"\bd?min\b", "minor"),
    (r"\bmaj\b", "major"),
    (r"\bin in\b", "in"),
    (r"&", " and "),
    (r"\bwt[ck] *", "book "),
    (r"\bfuge\b", "fugue"),
    (r"\bcomplete\b", " "),
    (r"\bnos?\b", " "),
)
_PLAIN = frozenset(
    [
        "sonata",
        "etude",
        "prelude",
        "fugue",
        "impromptu",
        "mazurka",
        "nocturne",
        "ballade",
        "scherzo",
        "waltz",
        "valse",
        "polonaise",
        "rondo",
        "fantasy",
        "fantasia",
        "toccata",
        "suite",
        "partita",
        "variation",
        "chaconne",
        "study",
        "rhapsody",
        "concert",
        "book",
        "two",
        "three",
        "four",
        "and",
        "in",
        "the",
        "from",
        "de",
        "of",
        "for",
        "et",
        "i",
        "ii",
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "flat",
        "sharp",
        "major",
        "minor",
    ]
)
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
    name
        Its nickname in quotes, spelled like `text`; empty without one.
    """

    text: str
    references: frozenset[str]
    name: str = ""

    @property
    def number(self) -> str | None:
        """The name up to a number that is no part of a catalogue number, e.g. `scherzo 3`."""
        found = re.match(r"[a-z][a-z ]* \d+\b", self.text)
        return found.group() if found else None

    @property
    def marks(self) -> set[str]:
        """What it shares with other titles of the same composition; never empty."""
        return set(self.references) or {self.text}


def composition_ids(
    works: Iterable[tuple[str, str]], facts: Mapping[str, Any] | None = None
) -> dict[tuple[str, str], str]:
    """Return (composer, title) → the id of its composition, e.g. `joseph haydn: hob 50`.

    The composer is the first one of an arrangement "A / B". The rest of the id is the smallest
    mark of the group.

    Parameters
    ----------
    works
        Composers and titles as published.
    facts
        `datasets/maestro/compositions.yaml`: `readings` (a title that is wrong, and what it is read
        as) and `same` (titles that are joined for their notes).

    Raises
    ------
    DeclarationError
        The facts name a title that is not published.
    """
    published = list(works)
    readings, same = _facts(facts or {}, published)
    by_author: defaultdict[str, dict[str, Title]] = defaultdict(dict)
    for work in published:
        composer, title = readings.get(work, work)
        author = fold_title(composer.split(" / ")[0]).strip()
        by_author[author][f"~{work}"] = read_title(title)
    pairs = [(f"~{left}", f"~{right}") for left, right in same]
    for author, titles in by_author.items():
        for pair in _links(_counted_back(titles)):
            left, right = (one if one in titles else f"{author}: {one}" for one in pair)
            pairs.append((left, right))
    group = join_clusters(pairs)
    return {work: group[f"~{work}"] for work in published}


def read_title(title: str) -> Title:
    """Return what a title says."""
    quoted = _QUOTED.search(title)
    text = _spell_keys(fold_title(_MOVEMENT.sub("", title)))
    parted, whole = set(), set()
    for catalogue, number, parts in _REFERENCE.findall(text):
        reference = f"{catalogue.replace('opus', 'op').replace('kv', 'k')} {number}"
        parted |= {f"{reference}/{part}" for part in _numbers(parts)}
        whole |= {reference} if not parts else set()
    name = _words(fold_title(quoted[1])) if quoted else ""
    return Title(_words(_REFERENCE.sub(" ", text)), frozenset(parted or whole), name)


def fold_title(text: str) -> str:
    """Return the text without accents, in lower case."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def _words(text: str) -> str:
    """Spell what is left of a title without its catalogue numbers."""
    text = re.sub(r"[^a-z0-9]+", " ", text)
    for pattern, spelling in _SPELLINGS:
        text = re.sub(pattern, spelling, text)
    return " ".join(re.sub(r"(?<=\w{3})[sx]$", "", word) for word in text.split())


def _spell_keys(text: str) -> str:
    """Spell keys in words, before punctuation is gone."""
    text = re.sub(r"\b([a-g])b\b", r"\1 flat", re.sub(r"\b([a-g])#", r"\1 sharp", text))
    return re.sub(r"(?<=[a-g])-(?=flat|sharp)", " ", text)


def _numbers(parts: str) -> list[int]:
    """Return the numbers of a list such as ` no. 13-24` or `/3` or ` nos. 5, 11 and 12`."""
    numbers: list[int] = []
    for first, last in re.findall(r"(\d+)(?: ?- ?(\d+))?", parts):
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def _facts(
    facts: Mapping[str, Any], published: Sequence[Work]
) -> tuple[dict[Work, Work], list[tuple[Work, Work]]]:
    """Return what titles are read as, and the pairs that are joined for their notes."""
    readings = {
        (one["composer"], one["title"]): (
            one["read"].get("composer", one["composer"]),
            one["read"].get("title", one["title"]),
        )
        for one in facts.get("readings", ())
    }
    same = [[tuple(work) for work in one["works"]] for one in facts.get("same", ())]
    strange = {*readings, *chain(*same)} - set(published)
    if strange:
        message = f"compositions.yaml names {min(strange)}, which is not in the list"
        raise DeclarationError(message, hint="write composer and title as published")
    return readings, [(group[0], other) for group in same for other in group[1:]]


def _links(titles: Mapping[str, Title]) -> Iterator[tuple[str, str]]:
    """Yield the pairs (title, mark) and (mark, mark) that belong together."""
    marks = {mark for title in titles.values() for mark in title.marks}
    torn = _torn_numbers(titles.values())
    entire = {
        reference
        for title in titles.values()
        if title.number is None
        for reference in title.references
        if "/" not in reference
    }
    for node, title in titles.items():
        yield from ((node, mark) for mark in sorted(title.marks))
        if title.number and not (title.number in torn and (title.references or title.name)):
            yield node, title.number
    for mark in sorted(marks):
        if mark.split("/")[0] in entire:
            yield mark, mark.split("/")[0]
    unnumbered = [title for title in titles.values() if not title.references]
    for bare in sorted({text for title in unnumbered for text in (title.text, title.name)} - {""}):
        named = not set(bare.split()) <= _PLAIN and re.search("[a-z]{3}", bare)
        for node, title in titles.items():
            if title.text == bare or (named and f" {bare} " in f" {title.text} "):
                yield bare, node


def _torn_numbers(titles: Iterable[Title]) -> set[str]:
    """Return the numbered names that stand beside different numbers of one catalogue."""
    beside: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for title in titles:
        for reference in title.references if title.number else ():
            catalogue, number = reference.split("/")[0].split(" ")
            beside[title.number or "", catalogue].add(number)
    return {name for (name, _), numbers in beside.items() if len(numbers) > 1}


def _counted_back(titles: Mapping[str, Title]) -> dict[str, Title]:
    """Return titles with the catalogue numbers that a spreadsheet counted on set back.

    Numbers that follow each other under one text with a key become the first of them.
    """
    seen = {
        (title.text, *reference.split(" "))
        for title in titles.values()
        if _KEY.search(title.text)
        for reference in title.references
        if "/" not in reference
    }

    def first(text: str, reference: str) -> str:
        catalogue, number = reference.split(" ")
        while (text, catalogue, number) in seen and (
            (text, catalogue, str(int(number) - 1)) in seen
        ):
            number = str(int(number) - 1)
        return f"{catalogue} {number}"

    return {
        node: replace(title, references=frozenset(first(title.text, r) for r in title.references))
        for node, title in titles.items()
    }
