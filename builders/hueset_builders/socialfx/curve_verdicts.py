"""What a space of curves is worth: reconstruction, words that lie together, and a map of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.documents.verdicts import Verdict
from hueset.training.clusters import davies_bouldin, mean_silhouette
from hueset.training.verdicts import LEAST, TargetOutcome, judge_target, measure_skill

if TYPE_CHECKING:
    from numpy.typing import NDArray

CURVE, TERMS = "curve", "terms"
PERMUTATIONS = 199


def judge_words(
    codes: NDArray[np.float32], curves: NDArray[np.float32], terms: NDArray[np.str_]
) -> TargetOutcome:
    """Judge words by their silhouette in the latent space, raw curves and permuted words beside."""
    names, counts = np.unique(terms, return_counts=True)
    held = np.isin(terms, names[counts >= 2])
    codes, curves, terms = codes[held], curves[held], terms[held]
    if len(terms) < LEAST or len(set(terms.tolist())) < 2:
        why = f"only {len(terms)} held-out curves of words that have two"
        return TargetOutcome(
            TERMS, len(terms), "silhouette", None, {}, None, None, None, None, None, why
        )
    value, raw = mean_silhouette(codes, terms), mean_silhouette(curves, terms)
    rng = np.random.default_rng(0)
    drawn = [mean_silhouette(codes, rng.permutation(terms)) for _ in range(PERMUTATIONS)]
    p_value = (1 + sum(one >= value for one in drawn)) / (1 + PERMUTATIONS)
    baselines = {"raw": raw, "permuted": float(np.mean(drawn))}
    against, skill = measure_skill(value, baselines)
    spread = float(codes.std())
    verdict, why = judge_target(skill, p_value, spread)
    more = {
        "davies_bouldin": davies_bouldin(codes, terms),
        "davies_bouldin_raw": davies_bouldin(curves, terms),
    }
    return TargetOutcome(
        TERMS,
        len(terms),
        "silhouette",
        value,
        baselines,
        skill,
        p_value,
        spread,
        None,
        verdict,
        why,
        more,
        against,
    )


def judge_curves(
    truth: NDArray[np.float32],
    made: NDArray[np.float32],
    mean: NDArray[np.float32],
    pca: NDArray[np.float32],
) -> TargetOutcome:
    """Judge by the error of held-out curves against the mean curve, and beside a PCA as wide."""
    n = len(truth)
    if n < LEAST:
        why = f"only {n} held-out curves"
        return TargetOutcome(CURVE, n, "mse", None, {}, None, None, None, None, None, why)
    mse = float(((truth - made) ** 2).mean())
    base, linear = float(((truth - mean) ** 2).mean()), float(((truth - pca) ** 2).mean())
    rng = np.random.default_rng(0)
    drawn = [float(((truth[rng.permutation(n)] - made) ** 2).mean()) for _ in range(PERMUTATIONS)]
    p_value = (1 + sum(one <= mse for one in drawn)) / (1 + PERMUTATIONS)
    skill, spread = 1 - mse / base, float(truth.std(axis=0).mean())
    moved = float(made.std(axis=0).mean())
    verdict, why = judge_target(skill, p_value, moved / spread)
    baselines = {"mean": base, "pca": linear, "permuted": float(np.mean(drawn))}
    return TargetOutcome(
        CURVE, n, "mse", mse, baselines, skill, p_value, moved, spread, verdict, why, against="mean"
    )


def beside_pca(outcome: TargetOutcome) -> list[dict[str, Any]]:
    """Say whether the network makes curves again better than a PCA of the same width."""
    linear = outcome.baselines.get("pca")
    if outcome.value is None or linear is None:
        return []
    better = outcome.value < linear
    word = "beats" if better else "does not beat"
    message = f"the network {word} a PCA of the same width: mse {outcome.value:.4g} to {linear:.4g}"
    return [
        {
            "code": "equaliser.pca",
            "verdict": Verdict.PASS if better else Verdict.WARN,
            "message": message,
        }
    ]


def raw_curve_verdict(outcome: TargetOutcome) -> list[dict[str, Any]]:
    """Say whether the latent space beats the raw curves."""
    if outcome.value is None:
        return [{"code": "equaliser.few", "verdict": Verdict.WARN, "message": outcome.why}]
    raw = outcome.baselines["raw"]
    better = raw is not None and outcome.value > raw
    word = "beats" if better else "does not beat"
    message = f"the latent space {word} the raw curves: silhouette {outcome.value:.3f} to {raw:.3f}"
    return [
        {
            "code": "equaliser.latent",
            "verdict": Verdict.PASS if better else Verdict.WARN,
            "message": message,
        }
    ]


def words_as(
    values: NDArray[np.float32], terms: NDArray[np.str_]
) -> dict[str, NDArray[np.float32]]:
    """Return the mean of the values [n, d] of each word."""
    names = np.unique(terms).tolist()
    return {name: values[terms == name].mean(axis=0) for name in names}


def from_words(
    truth: NDArray[np.float32],
    terms: NDArray[np.str_],
    made: dict[str, NDArray[np.float32]],
    means: dict[str, NDArray[np.float32]],
    mean: NDArray[np.float32],
) -> list[dict[str, Any]]:
    """Return how near the curves made from words lie to held-out curves of those words.

    Parameters
    ----------
    truth, terms
        Held-out curves [n, bands], and their words [n].
    made, means
        Word → the curve that was made from it, and the plain mean of its training curves.
    mean
        The mean of all training curves, which no word is needed for.
    """
    held = np.isin(terms, list(made))
    truth, terms = truth[held], terms[held]
    if not len(truth):
        return []
    errors = {
        name: float(((truth - np.stack([guess[word] for word in terms.tolist()])) ** 2).mean())
        for name, guess in (
            ("made", made),
            ("word_mean", means),
            ("mean", dict.fromkeys(made, mean)),
        )
    }
    better = errors["made"] < min(errors["word_mean"], errors["mean"])
    said = (
        f"curves made from words: mse {errors['made']:.4g}; the plain mean of the word's curves "
        f"{errors['word_mean']:.4g}, the mean of all {errors['mean']:.4g}"
    )
    return [
        {
            "code": "equaliser.from_words",
            "verdict": Verdict.PASS if better else Verdict.WARN,
            "message": said,
            "n": len(truth),
            "mse": errors,
        }
    ]


def project_pca(
    train: NDArray[np.float32], curves: NDArray[np.float32], latent: int
) -> NDArray[np.float32]:
    """Return curves [n, bands] through the first `latent` principal axes of the training ones."""
    mean = train.mean(axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2][:latent]
    made: NDArray[np.float32] = (curves - mean) @ axes.T @ axes + mean
    return made


def draw_codes(codes: NDArray[np.float32], terms: NDArray[np.str_]) -> str:
    """Return an SVG of the first two principal axes of the codes, the commonest words by name."""
    from html import escape

    centred = codes - codes.mean(axis=0)
    flat = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    span = np.abs(flat).max() or 1.0
    xy = 400 + flat / span * 360
    names, first, counts = np.unique(terms, return_index=True, return_counts=True)
    # Of words that are equally common not the first of the alphabet, but any.
    drawn = np.random.default_rng(0).permutation(len(names))
    named = set(first[drawn[np.argsort(-counts[drawn], kind="stable")[:40]]].tolist())
    hues = {name: round(360 * at / len(names)) for at, name in enumerate(names.tolist())}
    parts = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="hsl({hues[t]} 60% 45%)">'
        f"<title>{escape(t)}</title></circle>"
        + (f'<text x="{x + 5:.1f}" y="{y:.1f}">{escape(t)}</text>' if at in named else "")
        for at, ((x, y), t) in enumerate(zip(xy.tolist(), terms.tolist(), strict=True))
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" font-size="11">'
    return "\n".join([head, *parts, "</svg>"]) + "\n"
