"""Equaliser: curve → a few numbers → curve, where the curves of one word should lie together.

Whether words can be told apart is measured on held-out single contributions, in the latent space
beside the raw curves and beside permuted words. Where only one published curve stands for a word,
that cannot be measured, and is not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.training.clusters import davies_bouldin, silhouette
from hueset.training.frames import read, vectors, words
from hueset.training.task import Check, Examples, Settings, Target
from hueset.training.verdicts import LEAST, Outcome, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hueset.training.task import Ground, Request, Trial

CURVE, TERMS = "curve", "terms"
EFFECT = "eq"
EXAMPLES = 10
PERMUTATIONS = 199


@dataclass(frozen=True)
class Rows:
    """Curves with their words."""

    curves: NDArray[np.float32]
    terms: NDArray[np.str_]
    splits: NDArray[np.str_]
    aggregated: bool


@dataclass(frozen=True)
class Equaliser:
    """Curves of an equaliser ↔ words."""

    name: str = "equaliser"
    dataset: str = "socialfx"
    about: str = "curve of an equaliser → a few numbers → curve, and words in between"
    options: Mapping[str, Any] = field(
        default_factory=lambda: {"latent": 8, "weight": 0.5, "filtered": False}
    )

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        return Settings(epochs=60 if quick else 200, batch=64, rate=3e-3, patience=30,
                        stuck_after=20)  # fmt: skip

    def targets(self, ground: Ground, options: Mapping[str, Any]) -> list[Target]:
        """Return curves, and words where they have single contributions."""
        rows = _rows(ground, filtered=bool(options["filtered"]))
        n = len(rows.curves)
        of = "published curves per word" if rows.aggregated else "contributions"
        curve = Target(CURVE, "absent" if n == 0 else "thin" if n < 100 else "trainable",
                       f"{n} {of}", n)  # fmt: skip
        many = [int(c) for c in np.unique(rows.terms, return_counts=True)[1] if c >= EXAMPLES]
        if rows.aggregated:
            why = "one published curve per word: how its contributions lie cannot be measured"
            return [curve, Target(TERMS, "absent", why, 0)]
        verdict = "absent" if not many else "thin" if len(many) < 2 else "trainable"
        why = f"{len(many)} words with {EXAMPLES} contributions or more"
        return [curve, Target(TERMS, verdict, why, sum(many))]

    def trial(self, ground: Ground, request: Request, targets: Sequence[str]) -> Trial:
        """Make the trial."""
        return equaliser_trial(ground, request, targets)

    def examples(self, ground: Ground, *, rows: int) -> Examples:
        """Return curves, and each word with enough of them as a class."""
        held = _rows(ground, filtered=False)
        names, counts = np.unique(held.terms, return_counts=True)
        chosen = [str(n) for n, c in zip(names, counts, strict=True) if c >= EXAMPLES]
        targets = {name: (held.terms == name).astype(np.float64) for name in chosen}
        if not targets:
            targets = {"slope": _slope(held.curves)}
        return Examples(
            features=held.curves, targets=targets, binary=frozenset(chosen),
            groups=np.array([hashlib.sha256(c.tobytes()).hexdigest() for c in held.curves]),
            nuisance={"term": held.terms, "split": held.splits},
        )  # fmt: skip


def equaliser_trial(ground: Ground, request: Request, targets: Sequence[str]) -> Trial:
    """Make the trial: reconstruction, and contrast between words where it is asked for."""
    import torch

    from hueset.training.nets.curves import Curves, contrastive

    settings = request.settings
    rows = _rows(ground, filtered=bool(request.options["filtered"]))
    kinds = np.unique(rows.terms, return_inverse=True)[1]
    inside = {s: np.flatnonzero(rows.splits == s) for s in ("train", "validation", "test")}
    train = rows.curves[inside["train"]]
    mean = train.mean(axis=0) if len(train) else np.zeros(rows.curves.shape[1], np.float32)

    class Space:
        def __init__(self) -> None:
            torch.manual_seed(settings.seed)
            self.net = Curves(rows.curves.shape[1], int(request.options["latent"]))

        @property
        def model(self) -> Curves:
            return self.net

        @property
        def facts(self) -> dict[str, Any]:
            return {"rows": {split: len(at) for split, at in inside.items()},
                    "words": len(np.unique(rows.terms)), "aggregated": rows.aggregated}  # fmt: skip

        def steps(self) -> int:
            return -(-len(train) // settings.batch)

        def batches(self, epoch: int, start: int) -> Iterator[NDArray[np.int64]]:
            order = np.random.default_rng([settings.seed, epoch]).permutation(inside["train"])
            for at in range(start * settings.batch, len(order), settings.batch):
                yield order[at : at + settings.batch]

        def losses(self, batch: NDArray[np.int64], epoch: int) -> dict[str, Any]:
            curves = torch.from_numpy(rows.curves[batch])
            made, codes = self.net(curves)
            told = {CURVE: ((made - curves) ** 2).mean()}
            if TERMS in targets:
                drawn = contrastive(codes, torch.from_numpy(kinds[batch]))
                told[TERMS] = float(request.options["weight"]) * drawn
            return told

        def check(self) -> dict[str, Check]:
            at = inside["validation"]
            if len(at) < 2:
                return {name: Check(None, None) for name in targets}
            made, codes = self._both(at)
            spread = float(rows.curves[at].std(axis=0).mean())
            moved = float(made.std(axis=0).mean()) / spread if spread else None
            losses = self.losses(at, 0)
            told = {CURVE: Check(float(losses[CURVE]), moved)}
            if TERMS in targets:
                still = float(codes.std(axis=0).mean())
                told[TERMS] = Check(float(losses[TERMS]), still)
            return told

        def outcomes(self) -> list[Outcome]:
            at = inside["test"]
            made, codes = self._both(at)
            pca = _pca(train, rows.curves[at], int(request.options["latent"]))
            told = [_judge_curves(rows.curves[at], made, mean, pca)]
            if TERMS in targets:
                told.append(judge_words(codes, rows.curves[at], rows.terms[at]))
            return [one for one in told if one.target in targets]

        def findings(self) -> list[dict[str, Any]]:
            if rows.aggregated:
                said = (
                    "one published curve per word: silhouette and Davies-Bouldin index of words "
                    "are not measured, since they need several curves of a word"
                )
                return [{"code": "equaliser.aggregated", "verdict": "warn", "message": said,
                         "silhouette": None, "davies_bouldin": None}]  # fmt: skip
            return [one for o in self.outcomes() if o.target == TERMS for one in _plainly(o)]

        def write(self, folder: Path) -> None:
            _, codes = self._both(np.arange(len(rows.curves)))
            (folder / "latent.svg").write_text(_picture(codes, rows.terms), encoding="utf-8")

        def _both(self, at: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            self.net.eval()
            with torch.no_grad():
                made, codes = self.net(torch.from_numpy(rows.curves[at]))
            return made.numpy(), codes.numpy()

    return Space()


def judge_words(
    codes: NDArray[np.float32], curves: NDArray[np.float32], terms: NDArray[np.str_]
) -> Outcome:
    """Judge words by their silhouette in the latent space, raw curves and permuted words beside."""
    names, counts = np.unique(terms, return_counts=True)
    held = np.isin(terms, names[counts >= 2])
    codes, curves, terms = codes[held], curves[held], terms[held]
    if len(terms) < LEAST or len(set(terms.tolist())) < 2:
        why = f"only {len(terms)} held-out curves of words that have two"
        return Outcome(TERMS, len(terms), "silhouette", None, {}, None, None, None, None, None, why)
    value, raw = silhouette(codes, terms), silhouette(curves, terms)
    rng = np.random.default_rng(0)
    drawn = [silhouette(codes, rng.permutation(terms)) for _ in range(PERMUTATIONS)]
    p_value = (1 + sum(one >= value for one in drawn)) / (1 + PERMUTATIONS)
    best = max(raw, float(np.mean(drawn)))
    skill = (value - best) / (1 - best)
    spread = float(codes.std())
    verdict, why = judge(skill, p_value, spread)
    more = {"davies_bouldin": davies_bouldin(codes, terms),
            "davies_bouldin_raw": davies_bouldin(curves, terms)}  # fmt: skip
    baselines = {"raw": raw, "permuted": float(np.mean(drawn))}
    return Outcome(TERMS, len(terms), "silhouette", value, baselines, skill, p_value, spread, None,
                   verdict, why, more)  # fmt: skip


def _judge_curves(
    truth: NDArray[np.float32],
    made: NDArray[np.float32],
    mean: NDArray[np.float32],
    pca: NDArray[np.float32],
) -> Outcome:
    """Judge by the error of held-out curves against the mean curve, and beside a PCA as wide."""
    n = len(truth)
    if n < LEAST:
        why = f"only {n} held-out curves"
        return Outcome(CURVE, n, "mse", None, {}, None, None, None, None, None, why)
    mse = float(((truth - made) ** 2).mean())
    base, linear = float(((truth - mean) ** 2).mean()), float(((truth - pca) ** 2).mean())
    rng = np.random.default_rng(0)
    drawn = [float(((truth[rng.permutation(n)] - made) ** 2).mean()) for _ in range(PERMUTATIONS)]
    p_value = (1 + sum(one <= mse for one in drawn)) / (1 + PERMUTATIONS)
    skill, spread = 1 - mse / base, float(truth.std(axis=0).mean())
    moved = float(made.std(axis=0).mean())
    verdict, why = judge(skill, p_value, moved / spread)
    baselines = {"mean": base, "pca": linear, "permuted": float(np.mean(drawn))}
    return Outcome(CURVE, n, "mse", mse, baselines, skill, p_value, moved, spread, verdict, why)


def _plainly(outcome: Outcome) -> list[dict[str, Any]]:
    if outcome.value is None:
        return [{"code": "equaliser.few", "verdict": "warn", "message": outcome.why}]
    raw = outcome.baselines["raw"]
    better = raw is not None and outcome.value > raw
    word = "beats" if better else "does not beat"
    message = f"the latent space {word} the raw curves: silhouette {outcome.value:.3f} to {raw:.3f}"
    return [{"code": "equaliser.latent", "verdict": "pass" if better else "warn",
             "message": message}]  # fmt: skip


def _rows(ground: Ground, *, filtered: bool) -> Rows:
    """Return single contributions, if any word has enough of them; else the curves per word."""
    name = "contributions_filtered" if filtered else "contributions"
    table = read(ground.version, name, ["effect", "term_normalised", "values", "split"])
    table = table.take(np.flatnonzero(words(table, "effect") == EFFECT))
    terms = words(table, "term_normalised")
    counts = np.unique(terms, return_counts=True)[1]
    if len(counts) > 1 and counts.max() >= EXAMPLES:
        return Rows(vectors(table, "values"), terms, words(table, "split"), aggregated=False)
    table = read(ground.version, "terms", ["effect", "term_normalised", "mean_curve"])
    table = table.take(np.flatnonzero(words(table, "effect") == EFFECT))
    terms = words(table, "term_normalised")
    splits = np.array([_split(term) for term in terms.tolist()], np.str_)
    return Rows(vectors(table, "mean_curve"), terms, splits, aggregated=True)


def _split(term: str) -> str:
    """Return the split of a word, for tables that have none: 70, 15 and 15 of a hundred."""
    at = int(hashlib.sha256(term.encode()).hexdigest()[:8], 16) % 100
    return "train" if at < 70 else "validation" if at < 85 else "test"


def _slope(curves: NDArray[np.float32]) -> NDArray[np.float64]:
    line = np.linspace(-1, 1, curves.shape[1])
    made: NDArray[np.float64] = (curves @ line).astype(np.float64)
    return made


def _pca(
    train: NDArray[np.float32], curves: NDArray[np.float32], latent: int
) -> NDArray[np.float32]:
    mean = train.mean(axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2][:latent]
    made: NDArray[np.float32] = (curves - mean) @ axes.T @ axes + mean
    return made


def _picture(codes: NDArray[np.float32], terms: NDArray[np.str_]) -> str:
    """Return an SVG of the first two principal axes of the codes, the commonest words by name."""
    from html import escape

    centred = codes - codes.mean(axis=0)
    flat = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    span = np.abs(flat).max() or 1.0
    xy = 400 + flat / span * 360
    names, first, counts = np.unique(terms, return_index=True, return_counts=True)
    named = set(first[np.argsort(-counts, kind="stable")[:40]].tolist())
    hues = {name: round(360 * at / len(names)) for at, name in enumerate(names.tolist())}
    parts = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="hsl({hues[t]} 60% 45%)">'
        f"<title>{escape(t)}</title></circle>"
        + (f'<text x="{x + 5:.1f}" y="{y:.1f}">{escape(t)}</text>' if at in named else "")
        for at, ((x, y), t) in enumerate(zip(xy.tolist(), terms.tolist(), strict=True))
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" font-size="11">'
    return "\n".join([head, *parts, "</svg>"]) + "\n"


TASK = Equaliser()
