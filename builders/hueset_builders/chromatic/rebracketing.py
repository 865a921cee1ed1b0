"""A concept text → a score for every rebracketing type, by this project's own word lists.

The words are counted as whole words or phrases, in lower case, the longest first and no word of the
text twice for one list, and set against the length of the text. The result is a fixed function of
the text and of `datasets/chromatic/lexicon.yaml`, whose version and digest go with every label; a
tie is said to be one. So a model that reads the text learns the list, which is why every row says
what its label is derived from.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NONE, AMBIGUOUS = "none", "ambiguous"

_LISTS = ("markers", "uncertainty", "corrections", "discrepancy", "deixis", "boundary")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?…]+(?=\s|[\"'”’)]|$)")


@dataclass(frozen=True)
class Lexicon:
    """The word lists.

    Attributes
    ----------
    version
        As declared in the file.
    digest
        SHA-256 over the lists as canonical JSON.
    types
        Words of each type, in the order of the file.
    lists
        Words of `markers`, `uncertainty`, `corrections`, `discrepancy`, `deixis`, `boundary`.
    """

    version: str
    digest: str
    types: Mapping[str, frozenset[str]]
    lists: Mapping[str, frozenset[str]]

    @property
    def name(self) -> str:
        """Version and first 12 hex digits, as it stands in columns."""
        return f"{self.version}+{self.digest[:12]}"


@dataclass(frozen=True)
class Rebracketing:
    """Scores of one text.

    Attributes
    ----------
    type
        The type with the highest score; `none` where nothing matches, `ambiguous` on a tie.
    scores
        Matches per 100 words for each type, 0 and up.
    margin
        The highest score minus the next, 0 and up; 0 on a tie.
    has_markers
        Whether any marker occurs.
    intensity
        Markers per 100 words, 0 and up.
    coverage
        Different markers that occur / markers listed, 0 to 1.
    ontological_uncertainty
        With d = (uncertainty words + corrections) per 100 words: min(1, d / 5) where both occur,
        min(.5, d / 10) where one does, else 0.
    memory_discrepancy
        min(1, discrepancy words per 100 words / 15).
    temporal_complexity
        min(1, (temporal words + 2 × deixis words) per 100 words / 100).
    boundary_fluidity
        min(1, boundary words per 100 words / 30).
    """

    type: str
    scores: Mapping[str, float]
    margin: float
    has_markers: bool
    intensity: float
    coverage: float
    ontological_uncertainty: float
    memory_discrepancy: float
    temporal_complexity: float
    boundary_fluidity: float


@dataclass(frozen=True)
class TextCounts:
    """Plain counts of a text; `mean_word_length` in characters, None without words."""

    characters: int
    words: int
    sentences: int
    mean_word_length: float | None
    question_marks: int
    exclamation_marks: int


def read_lexicon(facts: Mapping[str, Any], types: Iterable[str]) -> Lexicon:
    """Read the parsed lexicon file.

    Parameters
    ----------
    facts
        The content of `lexicon.yaml`.
    types
        The types that must have words: those the taxonomy calls reachable.

    Raises
    ------
    DeclarationError
        A type without words or unknown to the taxonomy, a list missing, a word that is not a
        lower-case text, stands twice in a list, or stands under two types.
    """
    wanted = list(types)
    if sorted(facts.get("types", {})) != sorted(wanted):
        message = f"lexicon.yaml has words for {sorted(facts.get('types', {}))}"
        raise DeclarationError(message, hint=f"the taxonomy calls reachable: {sorted(wanted)}")
    lists = {name: _words(name, facts.get(name)) for name in _LISTS}
    by_type = {name: _words(name, facts["types"][name]) for name in wanted}
    counts = Counter(word for words in by_type.values() for word in words)
    twice = sorted(word for word, count in counts.items() if count > 1)
    if twice:
        message = f"lexicon.yaml: {twice} stand under two types"
        raise DeclarationError(message, hint="a word names one kind of boundary", value=twice)
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Lexicon(str(facts["version"]), digest, by_type, lists)


def score_text(text: str, lexicon: Lexicon) -> Rebracketing:
    """Score a text; see `Rebracketing` for formulas and ranges."""
    tokens = tokenise_words(text)
    per_100 = 100 / max(len(tokens), 1)
    # A word stands under one type only, so that all types are matched as one list.
    typed = _matches(tokens, frozenset().union(*lexicon.types.values()))
    counts = {name: sum(typed[word] for word in words) for name, words in lexicon.types.items()}
    best, second = sorted(counts.values(), reverse=True)[:2]
    winners = [name for name, number in counts.items() if number == best]
    found = {name: _matches(tokens, words) for name, words in lexicon.lists.items()}
    lists = {name: matches.total() for name, matches in found.items()}
    doubt = (lists["uncertainty"] + lists["corrections"]) * per_100
    both = bool(lists["uncertainty"] and lists["corrections"])
    temporal = counts.get("temporal", 0) + 2 * lists["deixis"]
    return Rebracketing(
        type=NONE if best == 0 else winners[0] if len(winners) == 1 else AMBIGUOUS,
        scores={name: number * per_100 for name, number in counts.items()},
        margin=(best - second) * per_100,
        has_markers=lists["markers"] > 0,
        intensity=lists["markers"] * per_100,
        coverage=len(found["markers"]) / len(lexicon.lists["markers"]),
        ontological_uncertainty=min(1.0, doubt / 5) if both else min(0.5, doubt / 10),
        memory_discrepancy=min(1.0, lists["discrepancy"] * per_100 / 15),
        temporal_complexity=min(1.0, temporal * per_100 / 100),
        boundary_fluidity=min(1.0, lists["boundary"] * per_100 / 30),
    )


def _matches(tokens: Sequence[str], phrases: frozenset[str]) -> Counter[str]:
    """Count the phrases of one list, longer ones first, then from the left; no word twice."""
    found: Counter[str] = Counter()
    taken = [False] * len(tokens)
    for length in sorted({len(phrase.split()) for phrase in phrases}, reverse=True):
        for at in range(len(tokens) - length + 1):
            phrase = " ".join(tokens[at : at + length])
            if phrase in phrases and not any(taken[at : at + length]):
                found[phrase] += 1
                taken[at : at + length] = [True] * length
    return found


def tokenise_words(text: str) -> list[str]:
    """Return the words of a text in lower case, apostrophes straight."""
    return [match[0].replace("’", "'") for match in _TOKEN.finditer(text.casefold())]


def count_text(text: str) -> TextCounts:
    """Count what can be counted in a text."""
    words = tokenise_words(text)
    return TextCounts(
        characters=len(text),
        words=len(words),
        sentences=max(len(_SENTENCE.findall(text)), 1) if words else 0,
        mean_word_length=sum(map(len, words)) / len(words) if words else None,
        question_marks=text.count("?"),
        exclamation_marks=text.count("!"),
    )


def _words(name: str, given: object) -> frozenset[str]:
    if not isinstance(given, list) or not given:
        message = f"lexicon.yaml: {name} has no list of words"
        raise DeclarationError(message, hint="give at least one word")
    odd = [
        word
        for word in given
        if not isinstance(word, str) or " ".join(tokenise_words(word)) != word
    ]
    twice = sorted(str(word) for word, count in Counter(map(str, given)).items() if count > 1)
    if odd or twice:
        message = f"lexicon.yaml: {name}: {[*odd, *twice]} cannot be matched, or stand twice"
        raise DeclarationError(message, hint="lower case, words apart by one blank", value=odd)
    return frozenset(given)
