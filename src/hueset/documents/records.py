"""`_records/<version>/<kind>-<time>.json`: what was learned of a version after it appeared."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from hueset.documents.base import Count, FilePath, Label, Name, OpenPart, Sha256, StrictPart, Text
from hueset.documents.record_kinds import RecordKind
from hueset.documents.verdicts import GateVerdict

Time = Annotated[str, Field(pattern=r"^\d{8}T\d{6}Z$")]


class Record(OpenPart):
    """A record of any kind."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z_-]*$", max_length=64)]
    at: Time
    manifest_sha256: Sha256


class BuildRecord(Record):
    """How a version was built."""

    documents: dict[FilePath, Sha256] = {}
    seconds: dict[Label, float] = {}


class FaultEntry(OpenPart):
    """A file that is not what the manifest says."""

    path: Text
    kind: Label


class VerificationRecord(Record):
    """Every file hashed again."""

    verdict: GateVerdict
    files: Count
    bytes: Count
    faults: tuple[FaultEntry, ...]


class HubVerificationRecord(VerificationRecord):
    """What is published of it, read back; it says nothing of the files in this store."""

    repo: Label
    tag: Label
    commit: Label


class WaiverRecord(Record):
    """Why a version that did not pass may be used all the same."""

    verdict: GateVerdict
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


class PullRecord(Record):
    """Where a version was pulled from."""

    repo: Label
    commit: Label


class ProbedTarget(OpenPart):
    """What a linear model makes of a target."""

    target: Label
    verdict: Label | None
    metric: Label
    value: float | None
    p_value: float | None
    n: Count
    why: Text


class ProbeFinding(OpenPart):
    """What a probe has to say."""

    code: Label
    verdict: GateVerdict
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
    status: Label
    outcomes: tuple[dict[Label, Any], ...] = ()
    dataset: Name | None = None


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
