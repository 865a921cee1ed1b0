"""Vectors of words: read from a file, or fitted on chunks of tokens by an SVD.

The fit follows Levy and Goldberg, Neural Word Embedding as Implicit Matrix Factorization (2014):
positive pointwise mutual information of neighbours, factorised.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from hueset.errors import SourceFormatError, SourceMissingError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NEIGHBOURS = 4
MOST = 3000
"""The commonest tokens that get a vector of their own; the matrix is square in them."""


def fit_vectors(
    chunks: Sequence[Sequence[str]], width: int
) -> tuple[list[str], NDArray[np.float32]]:
    """Return tokens and their vectors [tokens, width], fitted on chunks.

    Tokens that occur once are left without a vector, as are those past the commonest.
    """
    counts = Counter(token for chunk in chunks for token in chunk)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    known = [token for token, count in ordered[:MOST] if count > 1]
    at = {token: row for row, token in enumerate(known)}
    joint = np.zeros((len(known), len(known)), np.float32)
    for chunk in chunks:
        rows = np.array([at.get(token, -1) for token in chunk], np.int64)
        for apart in range(1, NEIGHBOURS + 1):
            one, two = rows[:-apart], rows[apart:]
            both = (one >= 0) & (two >= 0)
            np.add.at(joint, (one[both], two[both]), 1.0)
    joint += joint.T
    total = max(float(joint.sum()), 1.0)
    alone = joint.sum(axis=1) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = np.log(joint / total / np.outer(alone, alone))
    positive = np.where(np.isfinite(shared) & (shared > 0), shared, 0).astype(np.float64)
    width = min(width, len(known))
    # The largest eigenvalues by subspace iteration: a full decomposition takes a hundred times as
    # long, and the matrix is symmetric.
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(len(known), width)))[0]
    for _ in range(6):
        basis = np.linalg.qr(positive @ basis)[0]
    values, turns = np.linalg.eigh(basis.T @ positive @ basis)
    vectors = basis @ turns * np.sqrt(np.abs(values))
    return known, vectors.astype(np.float32)


def read_vectors(path: Path, wanted: Collection[str]) -> tuple[list[str], NDArray[np.float32]]:
    """Return the wanted tokens a file has vectors for, in GloVe's text format.

    A token is looked for as it is, then in lower case; none is made up.

    Raises
    ------
    SourceMissingError, SourceFormatError
        There is no such file, or a line of it is not a token and numbers.
    """
    if not path.is_file():
        raise SourceMissingError(f"{path} is not a file", hint="give a file of word vectors")
    lower = {token.lower() for token in wanted}
    found: dict[str, NDArray[np.float32]] = {}
    width = None
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            token, _, rest = line.rstrip("\n").partition(" ")
            if token not in wanted and token not in lower:
                continue
            try:
                vector = np.array(rest.split(" "), np.float32)
            except ValueError as error:
                message = f"{path}:{number}: not a token and numbers"
                raise SourceFormatError(message, hint="GloVe's text format is read") from error
            if width is not None and len(vector) != width:
                message = f"{path}:{number}: {len(vector)} numbers, the lines before have {width}"
                raise SourceFormatError(message, hint="the file may be cut off")
            width = len(vector)
            found[token] = vector
    known = sorted(token for token in wanted if token in found or token.lower() in found)
    if not known:
        message = f"{path} has a vector for none of {len(wanted):,} tokens"
        raise SourceFormatError(message, hint="is it of another language or format?")
    rows = [found[token] if token in found else found[token.lower()] for token in known]
    return known, np.stack(rows)
