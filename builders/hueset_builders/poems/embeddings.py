"""A table of word vectors in the text form of GloVe, streamed: which of our words it knows.

Pennington, Socher & Manning, "GloVe", EMNLP 2014. One word per line, then its numbers, parted by
spaces. Nothing is made up for a word that the table lacks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from hueset.errors import SourceFormatError

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True)
class Embeddings:
    """What a table knows of a vocabulary.

    Attributes
    ----------
    dimension
        Numbers per vector.
    rows
        Vectors in the table.
    norms
        Word of the vocabulary, as spelt in the table → Euclidean length of its vector.
    """

    dimension: int
    rows: int
    norms: dict[str, float]

    def match(self, token: str) -> str | None:
        """Return how a token is known: `exact`, `lower` (only in lower case), or None."""
        if token in self.norms:
            return "exact"
        return "lower" if token.lower() in self.norms else None

    def norm(self, token: str) -> float | None:
        """Return the length of a token's vector; None where the table lacks it."""
        return self.norms.get(token, self.norms.get(token.lower()))


def read_embeddings(stream: BinaryIO, vocabulary: Collection[str], source: str) -> Embeddings:
    """Read a table, keeping only what the vocabulary needs; one line is in memory at a time.

    Parameters
    ----------
    stream
        The table, UTF-8; a first line `rows dimension`, as word2vec writes it, is skipped.
    vocabulary
        The tokens to look up, as written and in lower case.
    source
        The source's name, for messages.

    Raises
    ------
    SourceFormatError
        The table is empty, a line has another number of fields than the first, or a vector that
        is needed holds something that is no finite number. The message names the line.
    """
    wanted = {form.encode() for token in vocabulary for form in (token, token.lower())}
    norms: dict[str, float] = {}
    dimension, rows = 0, 0
    for at, raw in enumerate(stream, start=1):
        line = raw.rstrip(b" \r\n")
        if at == 1 and len(line.split(b" ")) == 2 and line.replace(b" ", b"").isdigit():
            dimension = int(line.split(b" ")[1])
            continue
        if not line:
            continue
        dimension = dimension or _dimension(line)
        word, *numbers = line.rsplit(b" ", dimension)
        rows += 1
        if len(numbers) != dimension or not dimension:
            message = f"{source}:{at}: {len(numbers)} numbers, expected {dimension or 'some'}"
            raise SourceFormatError(message, hint="is it whole, and in the text form of GloVe?")
        if word in wanted:
            norms.setdefault(word.decode(errors="replace"), _norm(numbers, at, source))
    if not rows:
        message = f"{source}: holds no vector"
        raise SourceFormatError(message, hint="is it the right file?")
    return Embeddings(dimension, rows, norms)


def _dimension(line: bytes) -> int:
    """Return how many numbers end a line; the first field is a word, even if it is a number."""
    fields = line.split(b" ")
    count = 0
    for field in reversed(fields[1:]):
        try:
            float(field)
        except ValueError:
            break
        count += 1
    return count


def _norm(numbers: list[bytes], at: int, source: str) -> float:
    try:
        length = math.hypot(*map(float, numbers))
    except ValueError as error:
        message = f"{source}:{at}: {error}"
        raise SourceFormatError(message, hint="a vector holds numbers only") from error
    if not math.isfinite(length):
        message = f"{source}:{at}: the vector holds a number that is not finite"
        raise SourceFormatError(message, hint="download the table again; this line is damaged")
    return length
