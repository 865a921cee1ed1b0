"""Emotion: text → the classes of GoEmotions, and what they say on the tree of 216 nodes.

The texts and their classes lie in the dataset `vibe`, the tree in `emotions`. Only nodes that a
class leads to can be learned; all others are named as not covered.
Classes: Demszky et al., GoEmotions: A Dataset of Fine-Grained Emotions, ACL 2020.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.documents.verdicts import Verdict
from hueset.training.cases import read_cases, try_cases
from hueset.training.frames import labels_of, read_columns, sample_evenly, text_column
from hueset.training.task import Examples, Settings, Target
from hueset.training.text import cached_features, encoder_of
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hueset.training.task import Learner, TaskContext, TrainingConfig

SCHEME = "goemotions"


@dataclass(frozen=True)
class Emotion:
    """Text → classes of emotion."""

    name: str = "emotion"
    about: str = "text → classes of emotion, and where they lie on the tree"
    reads: tuple[str, ...] = ("vibe",)
    options: Mapping[str, Any] = field(default_factory=lambda: {"features": "ngrams"})

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        if quick:
            return Settings(epochs=3, rate=4e-3, patience=2, rows=12_000)
        return Settings(epochs=8, rate=3e-3)

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return the classes, counted in the version of `vibe` that holds the texts."""
        found = labels_of(ground.companions["vibe"].coverage, "emotions")
        return [
            Target(one.class_name, one.verdict, format_count(one.n, "text"), one.n) for one in found
        ]

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> Learner:
        """Make the trial for some classes."""
        from hueset.training.tabular import FeaturePart, TabularTrial

        class OnTheTree(TabularTrial):
            def findings(self) -> list[dict[str, Any]]:
                tree = on_tree(ground, self.predict("test"), self.parts["test"].labels)
                sds = {name: standard.sd for name, standard in self.standards.items()}
                return tree + try_cases(cases, self.targets, said, sds)

        def said(texts: list[str]) -> Mapping[str, NDArray[np.float64]]:
            return trial.predict_features(encoder.encode(texts))

        cases = read_cases(ground.folder)

        encoder = encoder_of(str(request.options["features"]))
        texts, splits, labels = _texts(ground, targets)
        parts = {}
        for split in ("train", "validation", "test"):
            limit = request.settings.rows if split == "train" else None
            chosen = sample_evenly(splits == split, limit)
            features = cached_features(
                ground.store.root / "_features", encoder, [texts[at] for at in chosen]
            )
            mine = {name: column[chosen] for name, column in labels.items()}
            parts[split] = FeaturePart(features, mine, np.array([], np.str_))
        trial = OnTheTree(
            parts, targets, frozenset(targets), request.settings, encoder=encoder.name
        )
        return trial

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Return texts and every class that has any."""
        names = [one.name for one in self.targets(ground, {}) if one.n]
        texts, splits, labels = _texts(ground, names)
        chosen = sample_evenly(np.ones(len(texts), np.bool_), rows)
        held = [texts[at] for at in chosen]
        return Examples(
            features=held,
            targets={name: column[chosen] for name, column in labels.items()},
            binary=frozenset(names),
            groups=np.array([f"text {at}" for at in chosen]),
            nuisance={
                "text_length": np.array([float(len(text)) for text in held]),
                "split": splits[chosen],
            },
        )


def _texts(
    ground: TaskContext, targets: Sequence[str]
) -> tuple[list[str], NDArray[np.str_], dict[str, NDArray[np.float64]]]:
    version = ground.companions["vibe"]
    marks = read_columns(version, "classes", ["example_id", "class"])
    of: dict[str, set[str]] = {}
    pairs = zip(marks.column(0).to_pylist(), marks.column(1).to_pylist(), strict=True)
    for example, kind in pairs:
        of.setdefault(example, set()).add(kind)
    table = read_columns(version, "training", ["example_id", "text", "split"])
    ids = table.column("example_id").to_pylist()
    rows = np.array([at for at, one in enumerate(ids) if one in of], np.int64)
    table = table.take(rows)
    held = [of[ids[at]] for at in rows]
    labels = {name: np.array([1.0 if name in kinds else 0.0 for kinds in held]) for name in targets}
    return table.column("text").to_pylist(), text_column(table, "split"), labels


def on_tree(
    ground: TaskContext,
    scores: Mapping[str, NDArray[np.float64]],
    labels: Mapping[str, NDArray[np.float64]],
) -> list[dict[str, Any]]:
    """Return what the classes say on the tree: covered nodes, and hierarchical scores.

    A place on the tree stands for itself and all above it; precision and recall count those sets
    (Kiritchenko et al., Learning and evaluation in the presence of class hierarchies, 2006).
    """
    above = _above(ground)
    place = _places(ground)
    names = [name for name in scores if place.get(name) in above]
    nodes = {place[name] for name in names if len(above[place[name]]) == 3}
    total = sum(1 for path in above.values() if len(path) == 3)
    covered = {
        "code": "tree.covered",
        "verdict": Verdict.WARN,
        "message": (
            f"{len(nodes)} of {total} nodes are reached by a trained class; the others have no "
            "text and are not trained"
        ),
        "nodes": sorted(nodes),
        "without_place": sorted(set(scores) - set(names)),
    }
    if not names:
        return [covered]
    truth = np.stack([labels[name] for name in names], axis=1) > 0.5
    there = truth.any(axis=1)
    guess = np.stack([scores[name] for name in names], axis=1)[there].argmax(axis=1)
    usual = np.full(len(guess), truth[there].sum(axis=0).argmax())
    paths = [set(above[place[name]]) for name in names]
    real = [set().union(*(paths[at] for at in np.flatnonzero(row))) for row in truth[there]]
    made, base = _hierarchical(paths, guess, real), _hierarchical(paths, usual, real)
    message = (
        f"hierarchical F1 {made['f1']:.3f} on {len(real):,} held-out texts, "
        f"always {names[int(usual[0])]}: {base['f1']:.3f}"
        if real
        else "no held-out text has a class on the tree"
    )
    scored = {
        "code": "tree.hierarchical",
        "verdict": Verdict.PASS if made["f1"] > base["f1"] else Verdict.WARN,
        "message": message,
        "n": len(real),
        **made,
        "baseline": base,
    }
    return [covered, scored]


def _above(ground: TaskContext) -> dict[str, tuple[str, ...]]:
    """Return each place on the tree with all places above it, itself last."""
    table = read_columns(ground.version, "nodes", ["base_id", "sub_id", "node_id"])
    above: dict[str, tuple[str, ...]] = {}
    for base, sub, node in zip(*(c.to_pylist() for c in table.columns), strict=True):
        above |= {base: (base,), sub: (base, sub), node: (base, sub, node)}
    return above


def _places(ground: TaskContext) -> dict[str, str]:
    """Return the first place on the tree that the map gives each class."""
    table = read_columns(ground.version, "class_map", ["scheme", "class_name", "rank", "target_id"])
    rows = sorted(table.to_pylist(), key=lambda row: -(row["rank"] or 0))
    return {
        row["class_name"]: row["target_id"]
        for row in rows
        if row["scheme"] == SCHEME and row["target_id"]
    }


def _hierarchical(
    paths: Sequence[set[str]], guess: NDArray[np.int64], real: Sequence[set[str]]
) -> dict[str, float]:
    both = sum(len(paths[at] & truth) for at, truth in zip(guess, real, strict=True))
    said, there = sum(len(paths[at]) for at in guess), sum(len(truth) for truth in real)
    precision, recall = both / max(said, 1), both / max(there, 1)
    f1 = 2 * both / max(said + there, 1)
    return {"precision": precision, "recall": recall, "f1": f1}
