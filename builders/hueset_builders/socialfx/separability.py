"""Can the words be told apart at all? Silhouette and Davies-Bouldin with a permutation baseline.

Both are computed on the raw parameter vectors, before any model. Rousseeuw, "Silhouettes", Journal
of Computational and Applied Mathematics 20 (1987); Davies & Bouldin, "A Cluster Separation
Measure", IEEE PAMI 1 (1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]
    Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Baseline:
    """A number beside what chance gives.

    Attributes
    ----------
    value
        The number on the labels as given.
    chance_mean, chance_sd
        Mean and standard deviation over the shuffled labels.
    p_value
        Share of shuffles at least as good, the given labels counted among them: (0, 1].
    """

    value: float
    chance_mean: float
    chance_sd: float
    p_value: float


@dataclass(frozen=True)
class Separability:
    """What `separability` found.

    Attributes
    ----------
    silhouette
        -1..1, higher is better; the mean over rows.
    davies_bouldin
        0 or more, lower is better.
    by_label
        Mean silhouette of the rows of each label.
    """

    silhouette: Baseline
    davies_bouldin: Baseline
    by_label: dict[str, float]


def measure_separability(
    vectors: Vectors, labels: Sequence[str], *, permutations: int, seed: int
) -> Separability:
    """Measure how far the labels part the vectors, and how far chance would.

    Parameters
    ----------
    vectors
        Shape (rows, parameters), float64, finite.
    labels
        One per row; at least two labels, each with at least two rows.
    permutations
        How many times the labels are shuffled for the baseline.
    seed
        Seed of the shuffles; the same seed gives the same numbers.

    Raises
    ------
    ValueError
        Fewer than two labels, or a label with one row.
    """
    import numpy as np

    names = sorted(set(labels))
    place = {name: at for at, name in enumerate(names)}
    ids = np.array([place[label] for label in labels], dtype=np.int64)
    counts = np.bincount(ids, minlength=len(names))
    if len(names) < 2 or counts.min() < 2:
        message = "separability needs two labels or more, each with two rows or more"
        raise ValueError(message)
    distances = pairwise_distances(vectors)
    samples = silhouette_samples(distances, ids)
    generator = np.random.default_rng(seed)
    shuffled = [generator.permutation(ids) for _ in range(permutations)]
    silhouettes = np.array([silhouette_samples(distances, made).mean() for made in shuffled])
    indices = np.array([davies_bouldin(vectors, made) for made in shuffled])
    value, index = float(samples.mean()), davies_bouldin(vectors, ids)
    return Separability(
        silhouette=_baseline(value, silhouettes, int((silhouettes >= value).sum())),
        davies_bouldin=_baseline(index, indices, int((indices <= index).sum())),
        by_label={name: float(samples[ids == at].mean()) for name, at in place.items()},
    )


def pairwise_distances(vectors: Vectors) -> Vectors:
    """Return the Euclidean distances of all rows, shape (rows, rows), zero on the diagonal.

    A distance below a millionth of the longest vector is 0: it is only the rounding of the sums.
    """
    import numpy as np

    squares = np.einsum("ij,ij->i", vectors, vectors)
    squared = squares[:, None] + squares[None, :] - 2.0 * (vectors @ vectors.T)
    squared[squared < squares.max(initial=0.0) * 1e-12] = 0.0
    np.fill_diagonal(squared, 0.0)
    root: Vectors = np.sqrt(squared)
    return root


def silhouette_samples(distances: Vectors, labels: Labels) -> Vectors:
    """Return the silhouette of each row, shape (rows,), -1..1; a row alone in its label gets 0.

    Parameters
    ----------
    distances
        Shape (rows, rows), symmetric, zero on the diagonal.
    labels
        Shape (rows,), 0..labels-1, each of which occurs.
    """
    import numpy as np

    rows = np.arange(len(labels))
    counts = np.bincount(labels)
    # Columns sorted by label make each label's sum one run: no rows × labels × rows product.
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    order = np.argsort(labels, kind="stable")
    sums = np.add.reduceat(distances[:, order], starts, axis=1)
    own = counts[labels]
    inside = sums[rows, labels] / np.maximum(own - 1, 1)
    means = sums / counts[None, :]
    means[rows, labels] = np.inf
    nearest = means.min(axis=1)
    width = np.maximum(inside, nearest)
    made: Vectors = np.where(
        (own > 1) & (width > 0), (nearest - inside) / np.where(width > 0, width, 1.0), 0.0
    )
    return made


def davies_bouldin(vectors: Vectors, labels: Labels) -> float:
    """Return the Davies-Bouldin index, 0 or more; a pair with equal centres counts as 0.

    Parameters
    ----------
    vectors
        Shape (rows, parameters).
    labels
        Shape (rows,), 0..labels-1, each of which occurs.
    """
    import numpy as np

    counts = np.bincount(labels)
    centres = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(centres, labels, vectors)
    centres /= counts[:, None]
    reach = np.bincount(labels, weights=np.linalg.norm(vectors - centres[labels], axis=1)) / counts
    gaps = pairwise_distances(centres)
    apart = gaps > 0
    ratios = np.where(apart, (reach[:, None] + reach[None, :]) / np.where(apart, gaps, 1.0), 0.0)
    return float(ratios.max(axis=1).mean())


def _baseline(value: float, chance: Vectors, as_good: int) -> Baseline:
    return Baseline(
        value=value,
        chance_mean=float(chance.mean()),
        chance_sd=float(chance.std()),
        p_value=(1 + as_good) / (1 + len(chance)),
    )
