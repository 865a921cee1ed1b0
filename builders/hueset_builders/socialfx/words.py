"""Words as people typed them, folded so that a word meets itself, and the words to refuse."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANGUAGES = {"english": "en", "en": "en", "español": "es", "spanish": "es", "es": "es"}
"""The two languages of the study, in the spellings that its files use."""


def term_of(given: str) -> str:
    """Return a word as given, its accents too, without outer or doubled space, in lower case."""
    return " ".join(unicodedata.normalize("NFC", given).split()).lower()


def normalise_word(term: str) -> str:
    """Return a word without accents or case, the form to join on: `frío` and `Frio` are `frio`."""
    decomposed = unicodedata.normalize("NFKD", term_of(term).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def language_of(given: str | None) -> str | None:
    """Return `en` or `es`; None where nothing was stated.

    Raises
    ------
    ValueError
        Another language is named.
    """
    if given is None or not given.strip():
        return None
    return LANGUAGES[_known_language(unicodedata.normalize("NFC", given).strip().lower())]


def _known_language(name: str) -> str:
    if name not in LANGUAGES:
        message = f"unknown language {name!r}; known: {', '.join(sorted(LANGUAGES))}"
        raise ValueError(message)
    return name


def stop_list(facts: Any, *, where: str = "stoplist.yaml") -> dict[str, str]:
    """Return the words to refuse, in their normalised form, with the reason of each."""
    words: dict[str, str] = {}
    for entry in _entries(facts, "words", ("word", "why"), where):
        words[normalise_word(entry["word"])] = entry["why"]
    return words


def alias_rows(facts: Any, *, where: str = "aliases.yaml") -> list[dict[str, str]]:
    """Return the declared aliases: concept, term, language, relation, note.

    Raises
    ------
    DeclarationError
        A word stands under two concepts of one language, so a join on it would be ambiguous.
    """
    rows: list[dict[str, str]] = []
    seen: dict[tuple[str, str], str] = {}
    for entry in _entries(facts, "concepts", ("concept", "terms"), where):
        for word in entry["terms"]:
            row = {
                "concept": entry["concept"],
                "term": term_of(word["term"]),
                "language": word["language"],
                "relation": word["relation"],
                "note": word.get("note", ""),
            }
            place = (row["language"], row["term"])
            if place in seen:
                message = (
                    f"{where}: {row['term']!r} ({row['language']}) stands under "
                    f"{seen[place]!r} and {row['concept']!r}"
                )
                raise DeclarationError(message, hint="keep it under one", value=row["term"])
            seen[place] = row["concept"]
            rows.append(row)
    return rows


def _entries(facts: Any, key: str, needed: Sequence[str], where: str) -> list[Mapping[str, Any]]:
    if not isinstance(facts, dict) or not isinstance(facts.get(key), list):
        message = f"{where}: expected the key {key!r} with a list"
        raise DeclarationError(message, hint=f"write `{key}:` and one entry per line below it")
    entries: list[Mapping[str, Any]] = facts[key]
    for at, entry in enumerate(entries):
        lacking = [name for name in needed if name not in entry]
        if lacking:
            message = f"{where}: entry {at + 1} of {key!r} lacks {', '.join(lacking)}"
            raise DeclarationError(message, value=dict(entry))
    return entries
