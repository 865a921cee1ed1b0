"""A training from start to end: coverage before, the loop, verdicts after, all written down."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from hueset.documents.record_kinds import RecordKind
from hueset.errors import UnknownNameError, UsageError
from hueset.store.probe_records import demand_probe
from hueset.training import preflight as before
from hueset.training import runs
from hueset.training.errors import FailedTrainingError, TrainExtraError
from hueset.training.task import TrainingConfig, ground_of
from hueset.training.tasks import task_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.declaration.project import Project
    from hueset.documents.records import WaiverRecord
    from hueset.store.store import StoredVersion, VersionStore
    from hueset.training.task import Learner, Settings, Target, Task, TaskContext


class TrainingProgress(Protocol):
    """What is told while a training is under way."""

    def ready(self, plan: TrainingPlan) -> None:
        """Tell what will be trained and what will not."""

    def started(self, run: str) -> None:
        """Tell the id of the run."""

    def epoch(self, stage: int, epoch: int, train: Mapping[str, Any], check: Any) -> None:
        """Tell of an epoch that is over."""

    def stopped(self, target: str, reason: str) -> None:
        """Tell of a target that is left out from here on."""


@dataclass(frozen=True)
class TrainingPlan:
    """What a training would do.

    Attributes
    ----------
    targets
        Everything the task could learn, with the coverage of each.
    choice
        What of it is trained and what is refused.
    waiver
        The waiver under which a failed version is trained; None where none is needed.
    """

    task: Task
    ground: TaskContext
    request: TrainingConfig
    targets: tuple[Target, ...]
    choice: before.Choice
    waiver: WaiverRecord | None

    def to_json(self) -> dict[str, Any]:
        """Return the coverage before, and the choice, as strict JSON."""
        return {
            "task": self.task.name,
            "dataset": self.ground.version.dataset,
            "version": self.ground.version.name,
            "before": [asdict(one) for one in self.targets],
            "trained": list(self.request.targets),
            "stages": [list(stage) for stage in self.choice.stages],
            "refused": self.choice.refused,
            "refused_stages": self.choice.refused_stages,
            "waiver": self.waiver.to_json() if self.waiver else None,
        }


def make_plan(
    project: Project,
    store: VersionStore,
    version: StoredVersion,
    *,
    task: str | None = None,
    named: Sequence[str] = (),
    stages: Sequence[Sequence[str]] = (),
    options: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    quick: bool = False,
    needs_probe: bool = False,
) -> TrainingPlan:
    """Decide what will be trained; nothing is trained yet.

    Parameters
    ----------
    project, store, version
        What is trained on.
    task
        The task; by default the dataset's first.
    named
        Targets that were asked for.
    stages
        Targets that are learned one stage after the other.
    options
        The task's own options.
    changes
        Settings other than the task's own.
    quick
        Few rows and few epochs.
    needs_probe
        Refuse a version that was never probed.

    Raises
    ------
    RefusedTrainingError
        Nothing can be trained, or the version failed without a waiver.
    UnprobedError
        A probe is demanded, and there is none.
    """
    found = task_of(project, version.dataset, task)
    ground = ground_of(project, store, version, found)
    waiver = before.waiver_of(store, version)
    if needs_probe:
        demand_probe(store, version)
    chosen = {**found.options, **(options or {})}
    for name in chosen:
        if name not in found.options:
            raise UnknownNameError.unknown("option", name, found.options, where=found.name)
    targets = found.targets(ground, chosen)
    choice = before.choose_targets(targets, named, stages)
    settings = _settings(found.settings(quick=quick), changes or {})
    request = TrainingConfig(found.name, settings, choice.stages, chosen, quick)
    return TrainingPlan(found, ground, request, tuple(targets), choice, waiver)


def train_plan(
    plan: TrainingPlan, watch: TrainingProgress, *, resume: bool = False, threads: int = 1
) -> dict[str, Any]:
    """Carry out a plan and return the document of the run.

    A run that comes to nothing has the status `failed` and a reason; whatever was not measured is
    null. Stopped by hand it is `interrupted` and can be resumed.
    """
    torch = _torch()
    torch.set_num_threads(threads)
    store, version, request = plan.ground.store, plan.ground.version, plan.request
    watch.ready(plan)
    run = runs.find_unfinished(plan.ground, request) if resume else None
    fresh = run is None
    run = run or runs.start_run(plan.ground, request)
    watch.started(run.id)
    with run.held():
        document = {**run.document, **plan.to_json(), "resumed": not fresh, **_NOTHING_YET}
        run.write(document)
        began = time.perf_counter()
        try:
            document = _run(plan, watch, run, document, resume=not fresh)
        except FailedTrainingError as error:
            document = {**document, "status": "failed", "reason": error.message}
        except KeyboardInterrupt:
            run.write({**document, "status": "interrupted"})
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            run.write(runs.finish_document(document, status="failed", reason=reason))
            raise
        seconds = time.perf_counter() - began
        document = runs.finish_document(document, seconds=round(seconds, 3))
        run.write(document)
        run.write_table("curves", document["curves"])
        run.write_table("outcomes", [_flat(one) for one in document["outcomes"]])
    _record(store, version, document)
    return document


_NOTHING_YET: dict[str, Any] = {
    "facts": {},
    "curves": [],
    "gradients": {},
    "left_out": {},
    "outcomes": [],
    "findings": [],
    "parameters": None,
}


def _run(
    plan: TrainingPlan,
    watch: TrainingProgress,
    run: runs.Run,
    document: dict[str, Any],
    *,
    resume: bool,
) -> dict[str, Any]:
    import torch

    from hueset.training import loop

    request = plan.request
    trial = plan.task.trial(plan.ground, request, request.targets)
    document["facts"] = dict(trial.facts)
    document["parameters"] = sum(p.numel() for p in trial.model.parameters())
    state = loop.TrainingState()
    try:
        loop.train_network(
            trial, request.settings, request.stages, watch, state, run.path, resume=resume
        )
    finally:
        document["curves"], document["left_out"] = state.curves, state.left_out
        document["gradients"] = state.gradients
    trial.model.eval()
    outcomes = trial.outcomes()
    document["outcomes"] = [one.to_json() for one in outcomes]
    document["findings"] = trial.findings()
    torch.save(trial.model.state_dict(), run.path / "weights.pt")
    trial.write(run.path)
    (run.path / loop.CHECKPOINT).unlink(missing_ok=True)
    judged = [one for one in outcomes if one.verdict is not None]
    if judged and all(one.verdict == "stuck" for one in judged):
        told = "; ".join(f"{one.target}: {one.why}" for one in judged)
        return {**document, "status": "failed", "reason": f"every target is stuck: {told}"}
    return {**document, "status": "finished"}


def reload_learner(project: Project, store: VersionStore, run: runs.Run) -> Learner:
    """Return the trial of a finished run with its trained weights.

    Raises
    ------
    UsageError
        The run has no weights, because it did not finish.
    """
    import torch

    document = run.document
    weights = run.path / "weights.pt"
    if not weights.is_file():
        message = f"the run {run.id} has no weights: it is {document['status']}"
        raise UsageError(message, hint="choose a finished run, see `hueset runs`")
    version = store.version(document["dataset"], document["version"])
    task = task_of(project, version.dataset, document["task"])
    asked = document["request"]
    settings = replace(task.settings(quick=asked["quick"]), **asked["settings"])
    stages = tuple(tuple(stage) for stage in asked["stages"])
    request = TrainingConfig(task.name, settings, stages, asked["options"], asked["quick"])
    read = {one["dataset"]: one["version"] for one in document["companions"]}
    ground = ground_of(project, store, version, task, read)
    trial = task.trial(ground, request, request.targets)
    trial.model.load_state_dict(torch.load(weights, weights_only=True))
    trial.model.eval()
    return trial


def _settings(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    wanted = {name: value for name, value in changes.items() if value is not None}
    known = asdict(settings)
    for name, value in wanted.items():
        if name not in known:
            raise UnknownNameError.unknown("setting", name, known)
        if name in {"epochs", "batch", "rows"} and value < 1:
            message = f"{name} is {value}"
            raise UsageError(message, hint=f"give a {name} of at least 1", value=value)
    return replace(settings, **wanted)


def _record(store: VersionStore, version: StoredVersion, document: Mapping[str, Any]) -> None:
    keys = (
        "id",
        "task",
        "status",
        "reason",
        "data_sha256",
        "companions",
        "code_sha256",
        "facts_sha256",
        "request_digest",
        "seed",
    )
    told = [
        {k: one[k] for k in ("target", "n", "metric", "value", "skill", "p_value", "verdict")}
        for one in document["outcomes"]
    ]
    held = {("run" if key == "id" else key): document[key] for key in keys}
    store.record(version, RecordKind.TRAINING, {**held, "outcomes": told})


def _flat(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Return an outcome as one row: baselines in columns, nested numbers left to `run.json`."""
    row = {key: value for key, value in outcome.items() if key not in {"baselines", "more"}}
    baselines = {f"baseline_{key}": value for key, value in outcome["baselines"].items()}
    return {**row, **baselines}


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        message = "training needs torch, which is not installed"
        raise TrainExtraError(message, hint="pip install 'hueset[train]'") from error
    return torch
