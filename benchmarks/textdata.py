"""Comments and reviews made for the benchmarks: the shape of the real ones, not a word of theirs.

What was taken from the real corpora is their size: lengths, shares of marks and repeats, raters per
comment, classes per rating. The words are made of syllables.
"""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

RATERS = 82
UNCLEAR = 0.016
"""Share of the ratings that say "very unclear"."""
RATERS_A_COMMENT = {1: 0.01, 2: 0.09, 3: 0.42, 4: 0.26, 5: 0.22}
CLASSES_A_RATING = {1: 0.82, 2: 0.15, 3: 0.03}
NEUTRAL = 0.27
REPEATED = 0.005
"""Share of the comments that say what another one says."""
REVIEWS_REPEATED = 0.008
QUOTES_IN_COMMENTS, QUOTES_IN_REVIEWS = 0.15, 0.09
"""Share of the texts that hold anything but ASCII."""
BREAKS = 0.58
"""Share of the reviews that hold `<br />`."""
SCORES = ("8/10", "7 out of 10", "three out of ten", "9.5 / 10", "10/10")


@dataclass(frozen=True)
class Writer:
    """Writes text of made words, the few often and the many seldom.

    Attributes
    ----------
    chance
        Where the draws come from.
    words
        The vocabulary, the most frequent first.
    """

    chance: np.random.Generator
    words: Sequence[str]

    def texts(self, lengths: np.ndarray) -> list[str]:
        """Return one text for each number of words."""
        import numpy as np

        ranks = np.arange(1, len(self.words) + 1)
        weights = 1 / (ranks + 2.7)
        drawn = self.chance.choice(len(self.words), int(lengths.sum()), p=weights / weights.sum())
        ends = np.cumsum(lengths)
        return [
            " ".join(self.words[at] for at in drawn[end - length : end]).capitalize() + "."
            for end, length in zip(ends, lengths, strict=True)
        ]


def writer(seed: int) -> Writer:
    """Return a writer with 40,000 words of 1 to 4 syllables, some before a comma."""
    import numpy as np

    chance = np.random.default_rng(seed)
    syllables = [first + vowel for first in "bcdfghklmnprstvw" for vowel in "aeiou"]
    words = ["a", "the", "it's", "[NAME]"]
    for at in range(40_000):
        size = 1 + (at > 40) + (at > 1_500) + (at > 15_000) - (chance.random() < 0.2 and at > 40)
        word = "".join(chance.choice(syllables, size)) + ("" if at % 3 else "n")
        words.append(word + "," * (at % 17 == 0))
    return Writer(chance, words)


def write_ratings(folder: Path, classes: Sequence[str], *, rows: int) -> None:
    """Write `goemotions_1.csv` to `_3.csv`: one row per rater and comment, 37 columns.

    The rows of a comment do not stand together.
    """
    import numpy as np
    import polars as pl

    made = writer(11)
    chance = made.chance
    counts = _drawn(chance, RATERS_A_COMMENT, rows)
    comments = int(np.searchsorted(np.cumsum(counts), rows)) + 1
    counts = counts[:comments]
    counts[-1] -= counts.sum() - rows
    texts = made.texts(1 + chance.poisson(11.8, comments))
    for at in np.flatnonzero(chance.random(comments) < REPEATED):
        texts[at] = texts[at - 1].upper() if at % 2 else f" {texts[at - 1]} "
    _typeset(texts, chance, QUOTES_IN_COMMENTS)
    of = np.repeat(np.arange(comments), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    rater = (
        np.repeat(chance.integers(0, RATERS, comments), counts) + 7 * (np.arange(rows) - first)
    ) % RATERS
    unclear = chance.random(rows) < UNCLEAR
    columns: dict[str, Any] = {
        "text": np.array(texts, dtype=object)[of],
        "id": np.array([f"e{(at * 2_654_435_761) % 2**32:08x}" for at in range(comments)])[of],
        "author": [f"author{at % 30_000}" for at in of],
        "subreddit": [f"place{at % 483}" for at in of],
        "link_id": [f"t3_{at % 50_000:x}" for at in of],
        "parent_id": [f"t1_{at:x}" for at in of],
        "created_utc": 1_546_300_800.0 + of * 45,
        "rater_id": rater,
        "example_very_unclear": np.where(unclear, "True", "False"),
        **_given(chance, classes, unclear),
    }
    frame = pl.DataFrame(columns)[chance.permutation(rows)]
    folder.mkdir(parents=True, exist_ok=True)
    third = -(-rows // 3)
    for at in range(3):
        frame[at * third : (at + 1) * third].write_csv(folder / f"goemotions_{at + 1}.csv")


def _given(
    chance: np.random.Generator, classes: Sequence[str], unclear: np.ndarray
) -> dict[str, np.ndarray]:
    """Return 0 or 1 per class and rating; an unclear rating has none."""
    import numpy as np

    rows = len(unclear)
    given = np.zeros((rows, len(classes)), dtype=np.int8)
    neutral = classes.index("neutral")
    favour = 1 / np.arange(2, len(classes) + 1)
    others = [at for at in range(len(classes)) if at != neutral]
    number = _drawn(chance, CLASSES_A_RATING, rows)
    for turn in range(max(CLASSES_A_RATING)):
        drawn = chance.choice(others, rows, p=favour / favour.sum())
        there = number > turn
        given[np.flatnonzero(there), drawn[there]] = 1
    quiet = chance.random(rows) < NEUTRAL
    given[quiet] = 0
    given[quiet, neutral] = 1
    given[unclear] = 0
    return {name: given[:, at] for at, name in enumerate(classes)}


def reviews(rows: int) -> dict[str, list[Any]]:
    """Return made reviews: `text`, `label` (0 or 1) and `split`, half of them train.

    Their median is about 175 words, the longest have 2,500.
    """
    import numpy as np

    made = writer(12)
    chance = made.chance
    lengths = np.clip(chance.lognormal(5.24, 0.62, rows), 6, 2_500).astype(int)
    texts = made.texts(lengths)
    for at in np.flatnonzero(chance.random(rows) < BREAKS):
        words = texts[at].split(" ")
        for place in sorted(chance.integers(0, len(words), 4), reverse=True):
            words.insert(place, "<br /><br />")
        texts[at] = " ".join(words)
    for at in np.flatnonzero(chance.random(rows) < 0.09):
        texts[at] += f" I say {SCORES[at % len(SCORES)]} for it."
    _typeset(texts, chance, QUOTES_IN_REVIEWS)
    for at in np.flatnonzero(chance.random(rows) < 0.031):
        texts[at] = texts[at].replace(" ", " \x96 ", 2)
    for at in np.flatnonzero(chance.random(rows) < REVIEWS_REPEATED):
        texts[at] = texts[at // 2]
    return {
        "text": texts,
        "label": [at % 2 for at in range(rows)],
        "split": ["train" if at < rows // 2 else "test" for at in range(rows)],
    }


def _typeset(texts: list[str], chance: np.random.Generator, share: float) -> None:
    """Put a typographic quote into a share of the texts."""
    import numpy as np

    for at in np.flatnonzero(chance.random(len(texts)) < share):
        texts[at] = texts[at].replace(" ", " \u2019", 1)


def read_archive(path: Path) -> dict[str, list[Any]]:
    """Return the real reviews in the same form."""
    found: dict[str, list[Any]] = {"text": [], "label": [], "split": []}
    with tarfile.open(path) as archive:
        for member in archive:
            name = re.fullmatch(r"(?:.*/)?(train|test)/(pos|neg)/\d+_\d+\.txt", member.name)
            stream = archive.extractfile(member) if name else None
            if name and stream:
                found["text"].append(stream.read().decode())
                found["label"].append(int(name[2] == "pos"))
                found["split"].append(name[1])
    return found


def _drawn(chance: np.random.Generator, shares: dict[int, float], count: int) -> np.ndarray:
    return chance.choice(list(shares), count, p=list(shares.values()))
