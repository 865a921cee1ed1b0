"""What sequences of vectors made again are worth: by cosine, token by token and as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hueset.training.verdicts import LEAST, TargetOutcome, judge_target, measure_skill

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERMUTATIONS = 199


def judge_sequences(
    made: NDArray[np.float32],
    truth: NDArray[np.float32],
    there: NDArray[np.bool_],
    mean: NDArray[np.float32],
) -> list[TargetOutcome]:
    """Judge by cosine, token by token and as the mean of a sequence.

    Parameters
    ----------
    made, truth
        Vectors, [n, longest, width].
    there
        What is no padding, [n, longest].
    mean
        The mean vector of the training tokens: the answer that needs no sequence at all.
    """
    n = len(made)
    if n < LEAST:
        return [unmeasured_outcome("tokens", n), unmeasured_outcome("sequences", n)]
    flat = np.broadcast_to(mean, truth.shape)
    rng = np.random.default_rng(0)
    orders = [rng.permutation(n) for _ in range(PERMUTATIONS)]
    sums = [(x * there[:, :, None]).sum(1) for x in (made, truth, flat)]
    told = []
    for name in ("tokens", "sequences"):
        if name == "tokens":
            value, base = _cosine(made, truth, there), _cosine(flat, truth, there)
            # Both padded to one length: a permuted sequence is compared where both have tokens.
            drawn = [_cosine(made[o], truth, there & there[o]) for o in orders]
            moved = float(made[there].std(axis=0).mean())
            spread = float(truth[there].std(axis=0).mean())
        else:
            every = np.ones(n, np.bool_)
            value, base = _cosine(sums[0], sums[1], every), _cosine(sums[2], sums[1], every)
            drawn = [_cosine(sums[0][o], sums[1], every) for o in orders]
            moved = float(sums[0].std(axis=0).mean())
            spread = float(sums[1].std(axis=0).mean())
        p_value = (1 + sum(one >= value for one in drawn)) / (1 + PERMUTATIONS)
        baselines = {"mean_vector": base, "permuted": float(np.mean(drawn))}
        against, skill = measure_skill(value, baselines)
        verdict, why = judge_target(skill, p_value, moved / spread if spread else 0.0)
        told.append(
            TargetOutcome(
                name,
                n,
                "cosine",
                value,
                baselines,
                skill,
                p_value,
                moved,
                spread,
                verdict,
                why,
                against=against,
            )
        )
    return told


def unmeasured_outcome(name: str, n: int) -> TargetOutcome:
    """Return the outcome of too few chunks."""
    why = f"only {n} held-out chunks"
    return TargetOutcome(name, n, "cosine", None, {}, None, None, None, None, None, why)


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32], there: NDArray[np.bool_]) -> float:
    x, y = a[there].astype(np.float64), b[there].astype(np.float64)
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    products = (x * y).sum(axis=1)
    return float(np.divide(products, norms, out=np.zeros_like(norms), where=norms > 0).mean())
