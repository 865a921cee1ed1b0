"""Vibe: text → the dimensions of a mood that have labels; one trunk, one head each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.builder import Verdict
from hueset.training.cases import read_cases, try_cases
from hueset.training.errors import FailedTrainingError
from hueset.training.frames import read_columns
from hueset.training.text_task import TextTask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from hueset.training.tabular import TabularTrial
    from hueset.training.task import TaskContext, TrainingConfig
    from hueset.training.text_task import Predict


@dataclass(frozen=True, kw_only=True)
class Vibe(TextTask):
    """Text → dimensions; equal texts are one group, and obvious cases are tried."""

    name: str = "vibe"
    about: str = "text → the dimensions of a mood that have labels"
    table: str = "training"
    key: str = "example_id"
    options: Mapping[str, Any] = field(
        default_factory=lambda: {"features": "ngrams", "single": False}
    )

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> TabularTrial:
        """Make the trial; a slip in the obvious cases is said before anything is trained."""
        read_cases(ground.folder)
        return super().trial(ground, request, targets)

    def groups_of(self, ground: TaskContext, table: pa.Table) -> NDArray[np.str_]:
        """Return the group of each text."""
        groups = read_columns(ground.version, "examples", ["example_id", "group_id"])
        ids, names = (column.to_pylist() for column in groups.columns)
        group_of = dict(zip(ids, names, strict=True))
        return np.array([group_of[one] for one in table.column(self.key).to_pylist()])

    def findings_of(
        self,
        ground: TaskContext,
        request: TrainingConfig,
        trial: TabularTrial,
        predict: Predict,
    ) -> list[dict[str, Any]]:
        """Try the obvious cases, and where it was asked for each dimension alone."""
        sds = {name: standard.sd for name, standard in trial.standards.items()}
        found = try_cases(read_cases(ground.folder), trial.targets, predict, sds)
        return found + train_single_tasks(trial, request) if request.options["single"] else found


def train_single_tasks(trial: TabularTrial, request: TrainingConfig) -> list[dict[str, Any]]:
    """Train each dimension with a network of its own, and tell whether sharing one helped.

    The single networks see the same rows in the same order, with the same settings.
    """
    from hueset.training import loop
    from hueset.training.null_callback import NullCallback
    from hueset.training.tabular import TabularTrial

    if len(trial.targets) < 2:
        message = "one dimension is trained, so there is nothing that it could share a trunk with"
        return [{"code": "vibe.single", "verdict": Verdict.WARN, "message": message, "skills": {}}]
    together = {one.target: one.skill for one in trial.outcomes()}
    skills = {}
    for name in trial.targets:
        other = TabularTrial(trial.parts, [name], frozenset(), request.settings)
        stages = [[name] for stage in request.stages if name in stage]
        try:
            loop.train_network(
                other, request.settings, stages, NullCallback(), loop.TrainingState()
            )
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
            "verdict": Verdict.PASS if helps else Verdict.WARN,
            "message": f"skill with a shared trunk: {said}",
            "skills": skills,
        }
    ]


def _skill(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"


TASKS = (Vibe(),)
