"""How well groups of points lie apart: silhouette (Rousseeuw 1987), Davies-Bouldin index (1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mean_silhouette(points: NDArray[np.float32], kinds: NDArray[np.str_]) -> float:
    """Return the mean silhouette, -1..1, of points [n, d]; a kind of one point counts as 0."""
    x = points.astype(np.float64)
    squares = (x * x).sum(1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * x @ x.T, 0))
    _, inverse, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    member = np.eye(len(counts))[inverse]
    sums = apart @ member
    own = sums[np.arange(len(x)), inverse] / np.maximum(counts[inverse] - 1, 1)
    means = sums / counts
    means[np.arange(len(x)), inverse] = np.inf
    other = means.min(axis=1)
    most = np.maximum(own, other)
    told = np.divide(other - own, most, out=np.zeros_like(own), where=most > 0)
    return float(np.where(counts[inverse] > 1, told, 0.0).mean())


def davies_bouldin(points: NDArray[np.float32], kinds: NDArray[np.str_]) -> float | None:
    """Return the Davies-Bouldin index, 0 and up, lower is better; None if two centres coincide."""
    x = points.astype(np.float64)
    names = sorted(set(kinds.tolist()))
    centres = np.stack([x[kinds == name].mean(axis=0) for name in names])
    widths = np.array(
        [
            np.linalg.norm(x[kinds == name] - c, axis=1).mean()
            for name, c in zip(names, centres, strict=True)
        ]
    )
    apart = np.linalg.norm(centres[:, None] - centres[None, :], axis=2)
    np.fill_diagonal(apart, np.inf)
    if float(apart.min()) == 0.0:
        return None
    return float(((widths[:, None] + widths[None, :]) / apart).max(axis=1).mean())
