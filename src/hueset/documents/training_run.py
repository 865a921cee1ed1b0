"""`_runs/<id>/run.json`: one training, what it was asked and what came of it."""

from __future__ import annotations

from typing import Any

from hueset.documents.base import Count, Label, Name, OpenPart, Sha256, Text, VersionName
from hueset.documents.verdicts import RunStatus


class Companion(OpenPart):
    """The version of another dataset that the task read."""

    dataset: Name
    version: VersionName
    manifest_sha256: Sha256
    data_sha256: Sha256


class RunRequest(OpenPart):
    """What was asked for."""

    settings: dict[Label, Any]
    stages: tuple[tuple[Label, ...], ...]
    options: dict[Label, Any] = {}
    quick: bool = False


class TrainingRun(OpenPart):
    """The document of a run."""

    format: Count
    id: Label
    status: RunStatus
    reason: Text | None = None
    task: Label
    dataset: Name
    version: VersionName
    manifest_sha256: Sha256
    data_sha256: Sha256
    companions: tuple[Companion, ...] = ()
    code_sha256: Sha256
    facts_sha256: Sha256
    request_digest: Label
    seed: int
    request: RunRequest
    started_at: Label
    finished_at: Label | None = None
    seconds: float | None = None
