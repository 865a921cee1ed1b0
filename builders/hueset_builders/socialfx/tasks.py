"""Equaliser: curve → a few numbers → curve, where the curves of one word should lie together.

A word is read as the mean code of its training curves, and decoded gives the curve of the word.

Whether words can be told apart is measured on held-out single contributions, in the latent space
beside the raw curves and beside permuted words. Where only one published curve stands for a word,
that cannot be measured, and is not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.store.store import write_json
from hueset.training.frames import read_columns, text_column, vector_column
from hueset.training.task import Check, Examples, Settings, Target, numbers_of
from hueset_builders.socialfx.curve_verdicts import (
    CURVE,
    TERMS,
    beside_pca,
    draw_codes,
    from_words,
    judge_curves,
    judge_words,
    project_pca,
    raw_curve_verdict,
    words_as,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hueset.training.task import Learner, TaskContext, TrainingConfig
    from hueset.training.verdicts import TargetOutcome

EFFECT = "eq"
EXAMPLES = 10


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
    about: str = "curve of an equaliser → a few numbers → curve, and words in between"
    reads: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(
        default_factory=lambda: {"latent": 8, "weight": 0.5, "filtered": False, "study": None}
    )

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        return Settings(
            epochs=60 if quick else 200, batch=64, rate=3e-3, patience=30, stuck_after=20
        )

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return curves, and words where they have single contributions."""
        rows = _rows(ground, filtered=bool(options["filtered"]))
        n = len(rows.curves)
        of = "published curves per word" if rows.aggregated else "contributions"
        curve = Target(CURVE, CoverageVerdict.of_count(n, 100), f"{n} {of}", n)
        many = [int(c) for c in np.unique(rows.terms, return_counts=True)[1] if c >= EXAMPLES]
        if rows.aggregated:
            why = "one published curve per word: how its contributions lie cannot be measured"
            return [curve, Target(TERMS, CoverageVerdict.ABSENT, why, 0)]
        verdict = CoverageVerdict.of_count(len(many), 2)
        why = f"{len(many)} words with {EXAMPLES} contributions or more"
        return [curve, Target(TERMS, verdict, why, sum(many))]

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> Learner:
        """Make the trial."""
        return equaliser_trial(ground, request, targets)

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Return curves, and each word with enough of them as a class."""
        held = _rows(ground, filtered=False)
        names, counts = np.unique(held.terms, return_counts=True)
        chosen = [str(n) for n, c in zip(names, counts, strict=True) if c >= EXAMPLES]
        targets = {name: (held.terms == name).astype(np.float64) for name in chosen}
        if not targets:
            targets = {"slope": _slope(held.curves)}
        return Examples(
            features=held.curves,
            targets=targets,
            binary=frozenset(chosen),
            groups=np.array([hashlib.sha256(c.tobytes()).hexdigest() for c in held.curves]),
            nuisance={"term": held.terms, "split": held.splits},
        )


def equaliser_trial(
    ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
) -> Learner:
    """Make the trial: reconstruction, and contrast between words where it is asked for."""
    import torch

    from hueset.training.nets.curves import Curves, contrastive_loss

    numbers_of(request.options, "study")
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
            return {
                "rows": {split: len(at) for split, at in inside.items()},
                "words": len(np.unique(rows.terms)),
                "aggregated": rows.aggregated,
            }

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
                drawn = contrastive_loss(codes, torch.from_numpy(kinds[batch]))
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

        def outcomes(self) -> list[TargetOutcome]:
            at = inside["test"]
            made, codes = self._both(at)
            flat = project_pca(train, rows.curves[at], int(request.options["latent"]))
            told = [judge_curves(rows.curves[at], made, mean, flat)]
            if TERMS in targets:
                told.append(judge_words(codes, rows.curves[at], rows.terms[at]))
            return [one for one in told if one.target in targets]

        def findings(self) -> list[dict[str, Any]]:
            judged = {one.target: one for one in self.outcomes()}
            linear = beside_pca(judged[CURVE]) if CURVE in judged else []
            if rows.aggregated:
                said = (
                    "one published curve per word: silhouette and Davies-Bouldin index of words "
                    "are not measured, since they need several curves of a word"
                )
                told = [
                    {
                        "code": "equaliser.aggregated",
                        "verdict": Verdict.WARN,
                        "message": said,
                        "silhouette": None,
                        "davies_bouldin": None,
                    }
                ]
                return told + linear + _study(ground, request, targets)
            told = (raw_curve_verdict(judged[TERMS]) if TERMS in judged else []) + linear
            made = self._of_words()
            at = inside["test"]
            means = words_as(rows.curves[inside["train"]], rows.terms[inside["train"]])
            told += from_words(rows.curves[at], rows.terms[at], made, means, mean)
            return told + _study(ground, request, targets)

        def write(self, folder: Path) -> None:
            _, codes = self._both(np.arange(len(rows.curves)))
            (folder / "latent.svg").write_text(draw_codes(codes, rows.terms), encoding="utf-8")
            said = {word: curve.tolist() for word, curve in sorted(self._of_words().items())}
            write_json(folder / "words.json", said)

        def _of_words(self) -> dict[str, NDArray[np.float32]]:
            """Return the curve of each word of the training split: its mean code, decoded."""
            _, codes = self._both(inside["train"])
            held = words_as(codes, rows.terms[inside["train"]])
            with torch.no_grad():
                made = self.net.decoder(torch.from_numpy(np.stack(list(held.values()))))
            return dict(zip(held, made.numpy(), strict=True))

        def _both(self, at: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            self.net.eval()
            with torch.no_grad():
                made, codes = self.net(torch.from_numpy(rows.curves[at]))
            return made.numpy(), codes.numpy()

    return Space()


def _study(
    ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
) -> list[dict[str, Any]]:
    """Return what other weights of the contrast come to (`--set study=.1,.5,1`), full and filtered.

    Each weight is trained on all contributions and on the filtered ones, with the same settings.
    """
    from hueset.training import loop
    from hueset.training.null_callback import NullCallback

    weights = numbers_of(request.options, "study")
    if not weights:
        return []
    if TERMS not in targets:
        message = "no word has a contrast here, so its weight has nothing to weigh"
        return [
            {"code": "equaliser.study", "verdict": Verdict.WARN, "message": message, "rows": []}
        ]
    rows: list[dict[str, Any]] = []
    for filtered in (False, True):
        if _rows(ground, filtered=filtered).aggregated:
            continue
        for weight in weights:
            options = {**request.options, "weight": weight, "filtered": filtered, "study": None}
            trial = equaliser_trial(ground, replace(request, options=options), targets)
            loop.train_network(
                trial, request.settings, request.stages, NullCallback(), loop.TrainingState()
            )
            made = {one.target: one for one in trial.outcomes()}
            words_ = made[TERMS]
            rows.append(
                {
                    "rows": "filtered" if filtered else "full",
                    "weight": weight,
                    "n": words_.n,
                    "silhouette": words_.value,
                    "raw": words_.baselines.get("raw"),
                    "permuted": words_.baselines.get("permuted"),
                    "davies_bouldin": words_.more.get("davies_bouldin"),
                    "davies_bouldin_raw": words_.more.get("davies_bouldin_raw"),
                    "curve_mse": made[CURVE].value if CURVE in made else None,
                    "verdict": words_.verdict,
                }
            )
    measured = [row for row in rows if row["silhouette"] is not None]
    if measured:
        best = max(measured, key=lambda row: row["silhouette"])
        said = f"best silhouette at weight {best['weight']:g}, {best['rows']}"
    else:
        said = "too few held-out curves at any weight"
    return [
        {
            "code": "equaliser.study",
            "verdict": Verdict.PASS if measured else Verdict.WARN,
            "message": said,
            "rows": rows,
        }
    ]


def _rows(ground: TaskContext, *, filtered: bool) -> Rows:
    """Return single contributions, if any word has enough of them; else the curves per word."""
    name = "contributions_filtered" if filtered else "contributions"
    table = read_columns(ground.version, name, ["effect", "term_normalised", "values", "split"])
    table = table.take(np.flatnonzero(text_column(table, "effect") == EFFECT))
    terms = text_column(table, "term_normalised")
    counts = np.unique(terms, return_counts=True)[1]
    if len(counts) > 1 and counts.max() >= EXAMPLES:
        return Rows(
            vector_column(table, "values"), terms, text_column(table, "split"), aggregated=False
        )
    table = read_columns(ground.version, "terms", ["effect", "term_normalised", "mean_curve"])
    table = table.take(np.flatnonzero(text_column(table, "effect") == EFFECT))
    terms = text_column(table, "term_normalised")
    splits = np.array([_split(term) for term in terms.tolist()], np.str_)
    return Rows(vector_column(table, "mean_curve"), terms, splits, aggregated=True)


def _split(term: str) -> str:
    """Return the split of a word, for tables that have none: 70, 15 and 15 of a hundred."""
    at = int(hashlib.sha256(term.encode()).hexdigest()[:8], 16) % 100
    return "train" if at < 70 else "validation" if at < 85 else "test"


def _slope(curves: NDArray[np.float32]) -> NDArray[np.float64]:
    line = np.linspace(-1, 1, curves.shape[1])
    made: NDArray[np.float64] = (curves @ line).astype(np.float64)
    return made


TASKS = (Equaliser(),)
