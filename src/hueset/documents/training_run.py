"""`_runs/<id>/run.json`: one training, what it was asked and what came of it."""

from __future__ import annotations

from pydantic import JsonValue  # noqa: TC002 - the model is built with it

from hueset.documents.base import Count, Label, Name, OpenPart, Sha256, Text, VersionName
from hueset.documents.verdicts import CoverageVerdict, LearningVerdict, RunStatus, Verdict

Cell = str | int | float | bool | None
"""A value in a row of a finding."""


class Companion(OpenPart):
    """The version of another dataset that the task read."""

    dataset: Name
    version: VersionName
    manifest_sha256: Sha256
    data_sha256: Sha256


class RunRequest(OpenPart):
    """What was asked for."""

    settings: dict[Label, JsonValue]
    stages: tuple[tuple[Label, ...], ...]
    options: dict[Label, JsonValue] = {}
    quick: bool = False


class TargetBefore(OpenPart):
    """What the coverage said of a target before the first step."""

    name: Label
    verdict: CoverageVerdict
    reason: Text
    n: Count


class RefusedStage(OpenPart):
    """A stage that was refused whole."""

    stage: tuple[Label, ...]
    reason: Text


class RunWaiver(OpenPart):
    """The waiver that a version which did not pass was trained under."""

    why: Text


class CurvePoint(OpenPart):
    """The loss of one target at the end of an epoch; None where there was no label."""

    step: Count
    split: Label
    target: Label
    loss: float | None


class RunOutcome(OpenPart):
    """What was learned of a target, in short."""

    target: Label
    n: Count
    metric: Label
    value: float | None
    skill: float | None
    p_value: float | None
    verdict: LearningVerdict | None


class TargetOutcomeEntry(RunOutcome):
    """What was learned of a target, with what it had to beat."""

    why: Text
    baselines: dict[Label, float | None]
    sd_predictions: float | None
    sd_labels: float | None
    against: Label | None = None


class FailedCase(OpenPart):
    """An obvious case that a model got wrong."""

    kind: Label
    texts: tuple[Text, Text]


class RunFinding(OpenPart):
    """What a task has to say of a trained model.

    Attributes
    ----------
    rows
        A table of it, or how many rows it concerns.
    confusion, classes
        Counts of the true class by row and the told one by column, and the names of the classes.
    failed
        Obvious cases that the model got wrong.
    """

    code: Label
    verdict: Verdict
    message: Text
    target: Label | None = None
    rows: tuple[dict[Label, Cell], ...] | Count | None = None
    classes: tuple[Label, ...] = ()
    confusion: tuple[tuple[Count, ...], ...] = ()
    failed: tuple[FailedCase, ...] = ()


class TrainingRun(OpenPart):
    """The document of a run; of one that did not end, only what there was."""

    format: Count
    id: Label
    status: RunStatus
    reason: Text | None = None
    task: Label
    dataset: Name
    version: VersionName
    sample: bool = False
    manifest_sha256: Sha256
    data_sha256: Sha256
    companions: tuple[Companion, ...] = ()
    code_sha256: Sha256
    facts_sha256: Sha256
    request_digest: Label
    seed: int
    request: RunRequest
    environment: dict[Label, JsonValue] = {}
    started_at: Label
    finished_at: Label | None = None
    seconds: float | None = None
    before: tuple[TargetBefore, ...] = ()
    trained: tuple[Label, ...] = ()
    stages: tuple[tuple[Label, ...], ...] = ()
    refused: dict[Label, Text] = {}
    refused_stages: tuple[RefusedStage, ...] = ()
    waiver: RunWaiver | None = None
    resumed: bool = False
    facts: dict[Label, JsonValue] = {}
    curves: tuple[CurvePoint, ...] = ()
    gradients: dict[Label, JsonValue] = {}
    left_out: dict[Label, Text] = {}
    outcomes: tuple[TargetOutcomeEntry, ...] = ()
    findings: tuple[RunFinding, ...] = ()
    parameters: Count | None = None
