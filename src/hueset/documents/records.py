"""`_records/<version>/<kind>-<time>.json`: what was learned of a version after it appeared."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hueset.documents.base import (
    Count,
    FilePath,
    Label,
    Name,
    OpenPart,
    Sha256,
    StrictPart,
    Text,
    VersionName,
)
from hueset.documents.gate_report import FindingEntry
from hueset.documents.record_kinds import RecordKind
from hueset.documents.training_run import Companion, RunOutcome
from hueset.documents.verdicts import Learnability, RunStatus, Verdict

Time = Annotated[str, Field(pattern=r"^\d{8}T\d{6}Z$")]


class Record(OpenPart):
    """A record of any kind."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z_-]*$", max_length=64)]
    at: Time
    manifest_sha256: Sha256


class Comparison(OpenPart):
    """What a build found against the version before it."""

    version: VersionName
    findings: tuple[FindingEntry, ...]


class BuildRecord(Record):
    """How a version was built."""

    documents: dict[FilePath, Sha256] = {}
    seconds: dict[Label, float] = {}
    state: Label | None = None
    engine: Label | None = None
    workers: Count | None = None
    against: Comparison | None = None


class FaultEntry(OpenPart):
    """A file that is not what the manifest says."""

    path: Text
    kind: Label
    expected: Text | None = None
    found: Text | None = None
    reason: Text | None = None


class VerificationRecord(Record):
    """Every file hashed again."""

    verdict: Verdict
    files: Count
    bytes: Count
    faults: tuple[FaultEntry, ...]
    unrecorded: tuple[Text, ...] = ()
    remarks: tuple[Text, ...] = ()
    repo: Label | None = None


class HubVerificationRecord(VerificationRecord):
    """What is published of it, read back; it says nothing of the files in this store."""

    repo: Label
    tag: Label
    commit: Label


class WaiverRecord(Record):
    """Why a version that did not pass may be used all the same."""

    verdict: Verdict
    why: Text
    by: Text | None = None
    checks: tuple[Label, ...] = ()


class SentFile(StrictPart):
    """A file as it was sent."""

    bytes: Count
    sha256: Sha256


class ReleaseRecord(Record):
    """What was published, and where; of a card alone too."""

    repo: Label
    endpoint: Label
    tag: Label
    commit: Label
    files: dict[FilePath, SentFile] = {}
    allowed: tuple[Label, ...] = ()
    version: VersionName | None = None


class PullRecord(Record):
    """Where a version was pulled from."""

    repo: Label
    commit: Label
    endpoint: Label | None = None
    tag: Label | None = None
    documents: dict[FilePath, Sha256] = {}


class ProbedTarget(OpenPart):
    """What a linear model makes of a target; null where it could not be measured."""

    target: Label
    verdict: Learnability | None
    metric: Label
    value: float | None
    p_value: float | None
    n: Count
    why: Text


class ProbeFinding(OpenPart):
    """What a probe has to say."""

    code: Label
    verdict: Verdict
    message: Text


class ProbeRecord(Record):
    """Whether the labels can be learned at all."""

    task: Label
    rows: Count
    targets: tuple[ProbedTarget, ...]
    findings: tuple[ProbeFinding, ...]


class TrainingRecord(Record):
    """A training that was done on it."""

    run: Label
    task: Label
    status: RunStatus
    reason: Text | None = None
    outcomes: tuple[RunOutcome, ...] = ()
    dataset: Name | None = None
    companions: tuple[Companion, ...] = ()


class MetadataRecord(Record):
    """A metadata revision that was made."""

    revision: Count
    digest: Label
    changes: tuple[Text, ...]
    metadata_sha256: Sha256


KINDS: dict[str, type[Record]] = {
    RecordKind.BUILD: BuildRecord,
    RecordKind.CARD: ReleaseRecord,
    RecordKind.HUB_VERIFICATION: HubVerificationRecord,
    RecordKind.METADATA: MetadataRecord,
    RecordKind.PROBE: ProbeRecord,
    RecordKind.PULL: PullRecord,
    RecordKind.RELEASE: ReleaseRecord,
    RecordKind.TRAINING: TrainingRecord,
    RecordKind.VERIFICATION: VerificationRecord,
    RecordKind.WAIVER: WaiverRecord,
}
"""Of another kind no more is known than of any record."""
