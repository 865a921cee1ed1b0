"""Vibe: text → the dimensions of a mood that have labels; one trunk, one head each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.training.cases import read_cases, try_cases
from hueset.training.errors import FailedTrainingError
from hueset.training.frames import number_column, read_columns, sample_evenly, text_column
from hueset.training.task import Examples, Settings, Target
from hueset.training.text import cached_features, encoder_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hueset.training.tabular import TabularTrial
    from hueset.training.task import Learner, TaskContext, TrainingConfig

QUICK_ROWS = 16_000


@dataclass(frozen=True)
class Vibe:
    """Text → dimensions."""

    name: str = "vibe"
    about: str = "text → the dimensions of a mood that have labels"
    reads: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(
        default_factory=lambda: {"features": "ngrams", "single": False}
    )

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        if quick:
            return Settings(epochs=3, rate=3e-3, patience=2, rows=QUICK_ROWS)
        return Settings(epochs=8, rate=2e-3)

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return the dimensions of the contract."""
        return [
            Target(one["name"], one["verdict"], one["reason"], one["n"])
            for one in ground.version.coverage["dimensions"]
        ]

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> Learner:
        """Make the trial for some dimensions."""
        return vibe_trial(ground, request, targets)

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Return labelled texts, spread over the sources as they are."""
        dims = [one["name"] for one in ground.version.coverage["dimensions"] if one["n"]]
        table = read_columns(
            ground.version, "training", ["example_id", "text", "source", "split", *dims]
        )
        values = {name: number_column(table, name) for name in dims}
        chosen = sample_evenly(labelled_rows(values), rows)
        groups = read_columns(ground.version, "examples", ["example_id", "group_id"])
        ids = groups.column("example_id").to_pylist()
        group_of = dict(zip(ids, groups.column("group_id").to_pylist(), strict=True))
        table = table.take(chosen)
        texts = table.column("text").to_pylist()
        return Examples(
            features=texts,
            targets={name: column[chosen] for name, column in values.items()},
            binary=frozenset(),
            groups=np.array([group_of[one] for one in table.column("example_id").to_pylist()]),
            nuisance={
                "source": text_column(table, "source"),
                "text_length": np.array([float(len(text)) for text in texts]),
                "split": text_column(table, "split"),
            },
        )


def labelled_rows(labels: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Return which rows carry any label."""
    return np.asarray(np.isfinite(np.stack(list(labels.values()))).any(axis=0), np.bool_)


def vibe_trial(
    ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
) -> TabularTrial:
    """Make the trial: features from the cache, labels by dimension, numbers told by source."""
    from hueset.training.tabular import Part, TabularTrial

    class Texts(TabularTrial):
        def findings(self) -> list[dict[str, Any]]:
            sds = {name: standard.sd for name, standard in self.standards.items()}
            told = try_cases(cases, self.targets, said, sds)
            return told + train_single_tasks(self, request) if request.options["single"] else told

    def said(texts: list[str]) -> Mapping[str, NDArray[np.float64]]:
        return trial.predict_features(encoder.encode(texts))

    cases = read_cases(ground.folder)
    encoder = encoder_of(str(request.options["features"]))
    table = read_columns(ground.version, "training", ["text", "source", "split", *targets])
    splits, sources = text_column(table, "split"), text_column(table, "source")
    labels = {name: number_column(table, name) for name in targets}
    some = labelled_rows(labels)
    texts = table.column("text")
    parts = {}
    for split in ("train", "validation", "test"):
        # A quick run also judges on fewer rows; which, depends on nothing but their number.
        rows = request.settings.rows
        limit = None if rows is None else rows if split == "train" else rows // 4
        chosen = sample_evenly(some & (splits == split), limit)
        features = cached_features(
            ground.store.root / "_features", encoder, texts.take(chosen).to_pylist()
        )
        parts[split] = Part(
            features, {name: column[chosen] for name, column in labels.items()}, sources[chosen]
        )
    trial = Texts(parts, targets, frozenset(), request.settings, encoder=encoder.name)
    return trial


def train_single_tasks(trial: TabularTrial, request: TrainingConfig) -> list[dict[str, Any]]:
    """Train each dimension with a network of its own, and tell whether sharing one helped.

    The single networks see the same rows in the same order, with the same settings.
    """
    from hueset.training import loop
    from hueset.training.null_callback import Silent
    from hueset.training.tabular import TabularTrial

    if len(trial.targets) < 2:
        message = "one dimension is trained, so there is nothing that it could share a trunk with"
        return [{"code": "vibe.single", "verdict": "warn", "message": message, "skills": {}}]
    together = {one.target: one.skill for one in trial.outcomes()}
    skills = {}
    for name in trial.targets:
        other = TabularTrial(trial.parts, [name], frozenset(), request.settings)
        stages = [[name] for stage in request.stages if name in stage]
        try:
            loop.train_network(other, request.settings, stages, Silent(), loop.TrainingState())
            skills[name] = [together[name], other.outcomes()[0].skill]
        except FailedTrainingError:
            skills[name] = [together[name], None]
    said = "; ".join(
        f"{name} {_skill(one)}, alone {_skill(two)}" for name, (one, two) in skills.items()
    )
    pairs = [(one, two) for one, two in skills.values() if one is not None and two is not None]
    helps = bool(pairs) and all(one >= two for one, two in pairs)
    return [
        {
            "code": "vibe.single",
            "verdict": "pass" if helps else "warn",
            "message": f"skill with a shared trunk: {said}",
            "skills": skills,
        }
    ]


def _skill(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"


TASKS = (Vibe(),)
