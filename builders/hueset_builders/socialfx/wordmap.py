"""Words in a plane and their nearest words, from their curves: fixed, with no random start."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]


def word_map(curves: Vectors) -> Vectors:
    """Place words in a plane by the first two principal components of their curves.

    Parameters
    ----------
    curves
        Shape (words, parameters), float64, finite.

    Returns
    -------
    numpy.ndarray
        Shape (words, 2), float64, in the unit of the curves, centred on 0. The sign of an axis is
        fixed by the parameter that weighs most in it, so equal curves give equal maps. An axis
        along which nothing varies is 0.
    """
    import numpy as np

    centred = curves - curves.mean(axis=0)
    _, strengths, axes = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((len(curves), 2))
    floor = max(float(strengths.max(initial=0.0)), 1.0) * 1e-12
    for at in range(min(2, len(strengths))):
        if strengths[at] > floor:
            axis = axes[at] * np.sign(axes[at][np.abs(axes[at]).argmax()])
            plane[:, at] = centred @ axis
    return plane


def nearest_words(
    words: Sequence[str], curves: Vectors, *, count: int
) -> list[list[tuple[str, float]]]:
    """Return the nearest other words of each word, nearest first; ties go by the word.

    Parameters
    ----------
    words
        The words, unique.
    curves
        Shape (words, parameters), float64, finite.
    count
        How many to give of each, at most.

    Returns
    -------
    list
        For each word its neighbours with their Euclidean distance, in the unit of the curves.
    """
    from hueset_builders.socialfx.separability import pairwise_distances

    distances = pairwise_distances(curves).round(9)
    return [
        [
            (words[at], float(row[at]))
            for at in sorted(range(len(words)), key=lambda at: (row[at], words[at]))
            if words[at] != word
        ][:count]
        for word, row in zip(words, distances, strict=True)
    ]
