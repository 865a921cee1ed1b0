"""What a task is: it says what a version lets one learn, and makes the trial that learns it."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from hueset.documents.verdicts import CoverageVerdict
from hueset.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion, VersionStore
    from hueset.training.verdicts import TargetOutcome


@dataclass(frozen=True)
class Target:
    """One thing a task can learn, with what the version's coverage says of it.

    Attributes
    ----------
    name
        The dimension, class or quantity.
    verdict
        What its labels are worth; a word that is none of them is refused.
    reason
        Why, in plain words.
    n
        How many rows carry a label.
    """

    name: str
    verdict: CoverageVerdict
    reason: str
    n: int

    def __post_init__(self) -> None:
        """Refuse a verdict that there is none of: it would be trained by nobody's decision."""
        object.__setattr__(self, "verdict", CoverageVerdict.parse(self.verdict))


@dataclass(frozen=True)
class Settings:
    """How the loop runs.

    Attributes
    ----------
    epochs
        For each stage.
    batch
        Rows in a batch.
    rate
        The highest learning rate of Adam; it rises over `warm_up` (share of all steps) and then
        falls along a cosine to 0.
    patience
        Epochs without a better validation loss before a stage ends.
    stuck_after
        Epochs a target may predict one and the same value before it is left out.
    rows
        At most so many training rows; None takes all.
    clip
        Norm to which gradients are clipped; None leaves them.
    checkpoint_steps
        A checkpoint is written after so many steps, and after every epoch.
    """

    epochs: int = 8
    batch: int = 256
    rate: float = 1e-3
    warm_up: float = 0.05
    patience: int = 3
    stuck_after: int = 3
    seed: int = 1
    rows: int | None = None
    clip: float | None = None
    checkpoint_steps: int = 200


@dataclass(frozen=True)
class TaskContext:
    """What a task stands on.

    Attributes
    ----------
    store, version
        The version, and the store around it.
    folder
        The declaration's.
    companions
        The version of each other dataset that the task also reads, see `Task.reads`.
    module
        The Python module of the task, whose code is a part of a run's provenance.
    """

    store: VersionStore
    version: StoredVersion
    folder: Path
    companions: Mapping[str, StoredVersion] = field(default_factory=dict)
    module: str = "hueset.training"


@dataclass(frozen=True)
class TrainingConfig:
    """One asked-for training, as it is written into the run.

    Attributes
    ----------
    stages
        What is learned one after the other; mostly one stage with all targets.
    options
        The task's own options.
    """

    task: str
    settings: Settings
    stages: tuple[tuple[str, ...], ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    quick: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """Every target of any stage, in order."""
        return tuple(dict.fromkeys(name for stage in self.stages for name in stage))

    def to_json(self) -> dict[str, Any]:
        """Return it as strict JSON."""
        return {
            "task": self.task,
            "quick": self.quick,
            "stages": [list(stage) for stage in self.stages],
            "settings": asdict(self.settings),
            "options": dict(self.options),
        }

    def digest(self) -> str:
        """Return 12 hex digits that change with any part of it."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Check:
    """One target on the validation split after an epoch.

    Attributes
    ----------
    loss
        Its mean loss; None where no validation row carries the label.
    moved
        sd of the predictions over the sd of the labels; None where it is not defined.
    guess
        The loss of the same answer for every row; None where the task does not say.
    """

    loss: float | None
    moved: float | None
    guess: float | None = None


@dataclass(frozen=True)
class Examples:
    """What the probe of a dataset looks at.

    Attributes
    ----------
    features
        Texts, or vectors of shape [n, d].
    targets
        Target → labels, float64 [n], NaN where there is none; a class is 0 or 1.
    binary
        The targets that are classes.
    groups
        What must not straddle two folds (song, text, contributor), [n].
    nuisance
        What must not tell the label: source, song, split (strings) or length (floats), each [n].
    """

    features: Sequence[str] | NDArray[np.float32]
    targets: Mapping[str, NDArray[np.float64]]
    binary: frozenset[str]
    groups: NDArray[np.str_]
    nuisance: Mapping[str, NDArray[Any]]


def numbers_of(options: Mapping[str, Any], name: str) -> list[float]:
    """Return the numbers of an option like `study=4,8,16`; none where it is not set.

    Raises
    ------
    UsageError
        It is no list of positive numbers.
    """
    text = options[name]
    if text is None:
        return []
    try:
        parts = text if isinstance(text, list) else str(text).split(",")
        found = [float(part) for part in parts]
    except (ValueError, TypeError):
        found = [math.nan]
    if not all(value > 0 and math.isfinite(value) for value in found):
        message = f"{name} is {text!r}, which is no list of positive numbers"
        raise UsageError(message, hint=f"write it as in --set {name}=1,2,4", value=text)
    return found


def ground_of(
    project: Project,
    store: VersionStore,
    version: StoredVersion,
    task: Task,
    companions: Mapping[str, str] | None = None,
) -> TaskContext:
    """Return what a task stands on.

    Parameters
    ----------
    companions
        Dataset → version, for the others that the task reads; by default the latest of each.
    """
    found = {name: store.version(name, (companions or {}).get(name)) for name in task.reads}
    folder = project.folder(version.dataset)
    return TaskContext(store, version, folder, found, type(task).__module__)


class Learner(Protocol):
    """One task on one version: the network, its batches, its losses and what came of it."""

    @property
    def model(self) -> nn.Module:
        """The network."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the run should remember of the data: rows per split, mean and sd of targets."""

    def steps(self) -> int:
        """Return the number of batches in an epoch."""

    def batches(self, epoch: int, start: int) -> Iterator[Any]:
        """Yield the batches of an epoch from a step on; the same epoch gives the same batches."""

    def losses(self, batch: Any, epoch: int) -> Mapping[str, Tensor]:
        """Return a scalar loss for each target that has a label in the batch."""

    def check(self) -> Mapping[str, Check]:
        """Look at the validation split."""

    def outcomes(self) -> list[TargetOutcome]:
        """Judge the trained network on the held-out split."""

    def findings(self) -> list[dict[str, Any]]:
        """Return what else there is to say: `{"code", "verdict", "message", …}`."""

    def write(self, folder: Path) -> None:
        """Write what belongs to the run beside the weights (pictures, exports); often nothing."""


class Task(Protocol):
    """A task of a dataset, by name; `reads` names the datasets it reads besides its own."""

    name: str
    about: str
    options: Mapping[str, Any]
    reads: tuple[str, ...]

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return what could be learned, from the version's own coverage."""

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> Learner:
        """Make the trial for some of the targets."""

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Return what the probe looks at, at most so many rows."""
