"""What was learned of one target on held-out rows: a metric, what it must beat, and a verdict.

`learned`: better than its best baseline by a tenth of what there was to gain, and no permutation of
the labels does as well. `weak`: better than both, but by less. `stuck`: the predictions hardly
move, or do no better than permuted labels, or no better than the baseline: who is below a guess has
not learned. A target with too few held-out rows has no verdict.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LEARNED_SKILL = 0.1
STUCK_SD = 0.05
"""Predictions whose sd is below this share of the labels' sd say the same for every row."""

CHANCE = 0.01
LEAST = 20
"""Held-out rows (for a class: also in the rarer of its two sides, a quarter of it)."""

PERMUTATIONS = 199


@dataclass(frozen=True)
class TargetOutcome:
    """One target on the held-out split.

    Attributes
    ----------
    target
        Its name.
    n
        Held-out rows with a label.
    metric, value
        What was measured; None where it could not be.
    baselines
        What it must beat, in the same metric: mean or majority, permuted labels, and others.
    skill
        (value - baseline) / (perfect - baseline), of the baseline named by `against`; 0 is no
        better, 1 is perfect.
    p_value
        Share of label permutations that did as well, one of them being the real one.
    sd_predictions, sd_labels
        Their standard deviations, in the unit of the label.
    verdict, why
        `learned`, `weak` or `stuck`; None with a reason where it could not be judged.
    more
        Further numbers of the same rows.
    against
        Which baseline the skill is measured against: the best of those that count.
    """

    target: str
    n: int
    metric: str
    value: float | None
    baselines: Mapping[str, float | None]
    skill: float | None
    p_value: float | None
    sd_predictions: float | None
    sd_labels: float | None
    verdict: str | None
    why: str
    more: Mapping[str, Any] = field(default_factory=dict)
    against: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as strict JSON."""
        return asdict(self)


def judge_numbers(
    target: str,
    labels: NDArray[np.float64],
    predictions: NDArray[np.float64],
    *,
    train_mean: float,
    more: Mapping[str, Any] | None = None,
    baselines: Mapping[str, float] | None = None,
    groups: NDArray[np.str_] | None = None,
    seed: int = 0,
) -> TargetOutcome:
    """Judge predicted numbers, both [n] in the unit of the label; NaN labels are left out.

    With `groups` [n], whose rows share their label, labels are permuted among groups.
    """
    held = np.isfinite(labels)
    y, guess = labels[held], predictions[held]
    n = len(y)
    if n < LEAST or float(y.std()) == 0.0:
        return _unjudged_outcome(
            target, n, "mse", _few(n) if n < LEAST else "every held-out label equal"
        )
    mse, mean_mse = float(((y - guess) ** 2).mean()), float(((y - train_mean) ** 2).mean())
    inside = None if groups is None else groups[held]
    p_value, permuted = _permutation_of_numbers(y, guess, inside, seed)
    others = {"mean": mean_mse, "permuted": permuted, **(baselines or {})}
    known = {"mean": mean_mse, **(baselines or {})}
    against = min(known, key=known.__getitem__)
    skill = 1 - mse / known[against]
    moved = float(guess.std())
    verdict, why = judge_target(skill, p_value, moved / float(y.std()))
    told = {"correlation": _correlation(y, guess), **(more or {})}
    return TargetOutcome(
        target,
        n,
        "mse",
        mse,
        others,
        skill,
        p_value,
        moved,
        float(y.std()),
        verdict,
        why,
        told,
        against,
    )


def judge_class(
    target: str,
    labels: NDArray[np.float64],
    scores: NDArray[np.float64],
    *,
    threshold: float = 0.5,
    more: Mapping[str, Any] | None = None,
    baselines: Mapping[str, float] | None = None,
    groups: NDArray[np.str_] | None = None,
    seed: int = 0,
) -> TargetOutcome:
    """Judge the scores of a class, both [n], labels 0 or 1, by the area under the ROC curve."""
    held = np.isfinite(labels)
    y, score = labels[held] > 0.5, scores[held]
    n, positive = len(y), int(y.sum())
    rare = min(positive, n - positive)
    if n < LEAST or rare < LEAST // 4:
        return _unjudged_outcome(
            target, n, "auc", _few(n) if n < LEAST else f"{rare} rows of one side"
        )
    value = roc_auc(y, score)
    inside = None if groups is None else groups[held]
    p_value, permuted = _permutation_of_class(y, score, inside, seed)
    moved = float(score.std())
    others = {"guess": 0.5, "permuted": permuted, **(baselines or {})}
    known = {"guess": 0.5, **(baselines or {})}
    against = max(known, key=known.__getitem__)
    best = known[against]
    skill = (value - best) / (1 - best) if best < 1 else None
    verdict, why = judge_target(skill, p_value, moved / float(y.std()))
    told = {**_at_threshold(y, score, threshold), **(more or {})}
    return TargetOutcome(
        target,
        n,
        "auc",
        value,
        others,
        skill,
        p_value,
        moved,
        float(y.std()),
        verdict,
        why,
        told,
        against,
    )


def measure_skill(value: float, baselines: Mapping[str, float]) -> tuple[str, float | None]:
    """Return the best baseline and the skill against it, of a metric whose perfect value is 1.

    The skill is None where that baseline is perfect itself.
    """
    against = max(baselines, key=baselines.__getitem__)
    best = baselines[against]
    return against, (value - best) / (1 - best) if best < 1 else None


def judge_target(skill: float | None, p_value: float, moved: float) -> tuple[str, str]:
    """Return the verdict and its reason.

    Parameters
    ----------
    skill
        See `Outcome`; None where the baseline is perfect already.
    p_value
        See `Outcome`.
    moved
        sd of the predictions over the sd of the labels.
    """
    if moved < STUCK_SD:
        return "stuck", f"predictions vary by {moved:.1%} of what the labels do"
    if p_value > CHANCE:
        return "stuck", f"permuted labels do as well (p = {p_value:.3f})"
    if skill is None:
        return "weak", "better than permuted labels, but there was nothing to gain"
    if skill <= 0:
        return "stuck", f"no better than its best baseline (skill {skill:.3f})"
    if skill < LEARNED_SKILL:
        return "weak", f"better than its best baseline, but skill {skill:.3f}"
    return "learned", f"skill {skill:.3f}, p = {p_value:.3f}"


def roc_auc(labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the area under the ROC curve; ties count a half."""
    return _area(labels, average_ranks(scores))


def average_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1, ties with their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum().astype(np.float64)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[inverse]
    return ranks


def _area(labels: NDArray[np.bool_], ranks: NDArray[np.float64]) -> float:
    positive = int(labels.sum())
    pairs = positive * (len(labels) - positive)
    over = float(ranks[labels].sum()) - positive * (positive + 1) / 2
    return over / pairs if pairs else 0.5


def permuted_labels(
    y: NDArray[Any], groups: NDArray[np.str_] | None, rng: np.random.Generator
) -> NDArray[Any]:
    """Return permuted labels: rows, or whole groups whose rows share their label."""
    if groups is None:
        return rng.permutation(y)
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    drawn: NDArray[Any] = rng.permutation(y[first])[inverse]
    return drawn


def _permutation_of_numbers(
    y: NDArray[np.float64], guess: NDArray[np.float64], groups: NDArray[np.str_] | None, seed: int
) -> tuple[float, float]:
    """Return the p-value of the correlation, and the mean MSE against permuted labels."""
    rng = np.random.default_rng(seed)
    real = _covariance(y, guess)
    drawn = np.array(
        [_covariance(permuted_labels(y, groups, rng), guess) for _ in range(PERMUTATIONS)]
    )
    p_value = (1 + int((drawn >= real).sum())) / (1 + PERMUTATIONS)
    spread = float(y.var() + guess.var() + (y.mean() - guess.mean()) ** 2)
    return p_value, spread - 2 * float(drawn.mean())


def _permutation_of_class(
    y: NDArray[np.bool_], scores: NDArray[np.float64], groups: NDArray[np.str_] | None, seed: int
) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    ranks = average_ranks(scores)
    real = _area(y, ranks)
    # Groups differ in size: permuting them may leave one side empty, which is no better than 0.5.
    drawn = np.array([_area(permuted_labels(y, groups, rng), ranks) for _ in range(PERMUTATIONS)])
    return (1 + int((drawn >= real).sum())) / (1 + PERMUTATIONS), float(drawn.mean())


def _at_threshold(
    y: NDArray[np.bool_], scores: NDArray[np.float64], threshold: float
) -> dict[str, Any]:
    said = scores >= threshold
    hit = int((said & y).sum())
    precision = hit / int(said.sum()) if said.any() else None
    recall = hit / int(y.sum())
    total = int(said.sum()) + int(y.sum())
    return {
        "positives": int(y.sum()),
        "predicted": int(said.sum()),
        "threshold": threshold,
        "precision": precision,
        "recall": recall,
        "f1": 2 * hit / total,
        "accuracy": float((said == y).mean()),
        "majority": float(max(y.mean(), 1 - y.mean())),
    }


def _covariance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(((a - a.mean()) * (b - b.mean())).mean())


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    spread = float(a.std() * b.std())
    return _covariance(a, b) / spread if spread else None


def _few(n: int) -> str:
    return f"only {n} held-out rows"


def _unjudged_outcome(target: str, n: int, metric: str, why: str) -> TargetOutcome:
    return TargetOutcome(target, n, metric, None, {}, None, None, None, None, None, why)
