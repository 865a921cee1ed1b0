"""One dataset in a line, and one version in short: what the command line and the service both say.

`hueset list --json` and `/v1/datasets` give a `DatasetSummary` of each dataset, `hueset show
--json` and `/v1/datasets/NAME/health` a `VersionSummary`, each with what only it can know beside.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hueset.documents.base import Count, Share
from hueset.documents.gate_report import FindingEntry
from hueset.documents.licences import licence_of
from hueset.documents.record_kinds import RecordKind
from hueset.documents.records import ProbeRecord
from hueset.documents.verdicts import CoverageVerdict, Learnability, Verdict
from hueset.errors import StoreError, UnknownNameError
from hueset.store.lineage import parent_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hueset.documents.coverage import CoverageDocument
    from hueset.store.store import VersionStore
    from hueset.store.version import StoredVersion


class Summary(BaseModel):
    """A part of a summary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return self.model_dump()


class VerdictCounts(Summary):
    """How many there are of each coverage verdict."""

    dimensions: dict[CoverageVerdict, Count] = {}
    classes: dict[CoverageVerdict, Count] = {}
    presence: dict[CoverageVerdict, Count] = {}


class ParentSummary(Summary):
    """A version of another dataset that this one was built from."""

    source: str
    dataset: str
    version: str
    latest: str | None
    stale: bool = Field(description="The store holds a newer one than the one that was read.")


class DatasetSummary(Summary):
    """One dataset in a line."""

    name: str
    title: str
    version: str | None = Field(description="None where there is none that can be read.")
    semver: str | None
    sample: bool | None
    subset: dict[str, JsonValue] | None
    latest: bool = Field(description="False where no version passed the gate.")
    verdict: Verdict | None = Field(description="None where nothing was built yet.")
    reason: str
    fault: str | None = Field(description="Why it cannot be read, or what of it is damaged.")
    rows: Count | None
    built_at: str | None
    versions: Count
    coverage: VerdictCounts
    stale: list[ParentSummary]


class GateSummary(Summary):
    """What the gate says, in counts and findings."""

    verdict: Verdict
    summary: str
    checks: dict[Verdict, Count]
    findings: list[FindingEntry]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, the findings as they were written."""
        return {**self.model_dump(), "findings": [one.to_json() for one in self.findings]}


class DimensionSummary(Summary):
    """One dimension, and whether it may be trained on."""

    name: str
    verdict: CoverageVerdict
    reason: str
    n: Count


class ClassSummary(Summary):
    """One class of a closed list."""

    n: Count
    verdict: CoverageVerdict


class ClassesSummary(Summary):
    """A closed list of classes."""

    name: str
    classes: dict[str, ClassSummary]


class PresenceSummary(Summary):
    """Something a row has or lacks."""

    name: str
    verdict: CoverageVerdict
    present: Count
    n: Count
    share: Share | None


class CoverageSummary(Summary):
    """Coverage in short."""

    counts: VerdictCounts
    dimensions: list[DimensionSummary]
    classes: list[ClassesSummary]
    presence: list[PresenceSummary]


class ProbedTargetSummary(Summary):
    """What a fast linear model makes of one target."""

    target: str
    verdict: Learnability | None
    metric: str
    value: float | None
    p_value: float | None
    n: Count
    why: str


class ProbeFindingSummary(Summary):
    """One thing a probe has to say, such as a label that its source alone tells."""

    code: str
    verdict: Verdict
    message: str


class ProbeSummary(Summary):
    """The last probe: whether labels can be learned, and whether something else tells them."""

    at: str
    task: str
    rows: Count
    targets: list[ProbedTargetSummary]
    findings: list[ProbeFindingSummary]


class QuarantineSummary(Summary):
    """How much was refused."""

    rows: Count
    rate: Share | None
    tables: dict[str, dict[str, Count]]


class VersionSummary(Summary):
    """What one must know before training on a version."""

    dataset: str
    version: str
    title: str
    sample: bool
    subset: dict[str, JsonValue]
    latest: bool
    verdict: Verdict
    reason: str
    waived: bool
    rows: Count
    built_at: str | None = Field(description="None where no record says when it appeared.")
    licence: str
    metadata_revision: int = Field(
        description="1 as it appeared; more where licence, citation or texts were changed since."
    )
    gate: GateSummary
    coverage: CoverageSummary
    probe: ProbeSummary | None = Field(description="None where it was never probed.")
    quarantine: QuarantineSummary
    built_from: list[ParentSummary]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {**self.model_dump(exclude={"gate"}), "gate": self.gate.to_json()}


def summarize_dataset(
    store: VersionStore, version: StoredVersion, versions: int, faults: Sequence[str] | None = None
) -> DatasetSummary:
    """Return a dataset in a line.

    Parameters
    ----------
    store, version
        The version that is opened where none is named, see `served_version`.
    versions
        How many there are.
    faults
        What is known to be missing or changed of its files; default what their sizes tell.

    Raises
    ------
    StoreError
        A document of it cannot be read.
    """
    manifest = version.manifest
    known = version.damage() if faults is None else list(faults)
    try:
        verdict, reason = judge_version(store, version, known)
        coverage = count_verdicts(version.coverage)
    except StoreError:
        version.require_whole()  # that a file is missing says more than that it cannot be read
        raise
    return DatasetSummary(
        name=version.dataset,
        title=manifest.title,
        version=version.name,
        semver=manifest.semver,
        sample=version.sample,
        subset=version.subset,
        latest=store.latest(version.dataset, version.kind) == version.name,
        verdict=verdict,
        reason=reason,
        fault=reason if known else None,
        rows=manifest.rows,
        built_at=built_at(store, version),
        versions=versions,
        coverage=coverage,
        stale=[one for one in _parents(store, version) if one.stale],
    )


def missing_dataset(name: str, title: str, *, versions: int, fault: str | None) -> DatasetSummary:
    """Return the line of a dataset of which there is nothing to read; `fault` says why."""
    return DatasetSummary(
        name=name,
        title=title,
        version=None,
        semver=None,
        sample=None,
        subset=None,
        latest=False,
        verdict=Verdict.ERROR if fault else None,
        reason=fault or "nothing was built yet",
        fault=fault,
        rows=None,
        built_at=None,
        versions=versions,
        coverage=VerdictCounts(),
        stale=[],
    )


def summarize_version(
    store: VersionStore, version: StoredVersion, faults: Sequence[str] | None = None
) -> VersionSummary:
    """Return a version in short; the arguments are those of `summarize_dataset`."""
    manifest, report, coverage = version.manifest, version.gate, version.coverage
    verdict, reason = judge_version(
        store, version, version.damage() if faults is None else list(faults)
    )
    tally = Counter(check.verdict for check in report.checks)
    refused = manifest.refused_rows
    waivers = store.read_records(version, RecordKind.WAIVER).readable
    return VersionSummary(
        dataset=version.dataset,
        version=version.name,
        title=manifest.title,
        sample=version.sample,
        subset=version.subset,
        latest=store.latest(version.dataset, version.kind) == version.name,
        verdict=verdict,
        reason=reason,
        waived=bool(waivers),
        rows=manifest.rows,
        built_at=built_at(store, version),
        licence=licence_of(manifest),
        metadata_revision=manifest.metadata_revision,
        gate=GateSummary(
            verdict=report.verdict,
            summary=report.summary,
            checks={word: tally[word] for word in Verdict},
            findings=list(report.findings),
        ),
        coverage=_coverage(coverage),
        probe=_last_probe(store, version),
        quarantine=QuarantineSummary(
            rows=refused,
            rate=refused / (manifest.rows + refused) if manifest.rows + refused else None,
            tables={table: dict(reasons) for table, reasons in manifest.quarantine.items()},
        ),
        built_from=_parents(store, version),
    )


def served_version(store: VersionStore, dataset: str) -> StoredVersion:
    """Return the version that is opened where none is named: the latest, else the newest.

    Raises
    ------
    UnknownNameError
        There is none.
    StoreError
        It is there, and cannot be read.
    """
    try:
        return store.version(dataset)
    except UnknownNameError:
        known = store.versions(dataset)
        if not known:
            raise
        return store.version(dataset, known[-1])


def judge_version(
    store: VersionStore, version: StoredVersion, faults: Sequence[str]
) -> tuple[Verdict, str]:
    """Return the verdict on a version as it lies there now, and why, in one sentence."""
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        return Verdict.ERROR, f"the version is damaged: {faults[0]}{more}"
    report = version.gate
    tally = Counter(finding.verdict for finding in report.findings)
    held = sum(check.verdict is Verdict.PASS for check in report.checks)
    said = f"{held} of {len(report.checks)} checks hold"
    for word in reversed(Verdict):
        if tally[word] and word is not Verdict.PASS:
            plural = "s" if word is Verdict.WARN and tally[word] > 1 else ""
            said += f", {tally[word]} {word.count_as}{plural}"
    lost = store.read_records(version).unreadable
    if lost:
        said += f"; {lost[0]}" + (f", and {len(lost) - 1} more" if len(lost) > 1 else "")
    return version.manifest.verdict, said


def count_verdicts(coverage: CoverageDocument) -> VerdictCounts:
    """Return per kind of coverage how many of each verdict there are."""
    return VerdictCounts(
        dimensions=_tally(one.verdict for one in coverage.dimensions),
        classes=_tally(one.verdict for classes in coverage.classes for one in classes.classes),
        presence=_tally(one.verdict for one in coverage.presence),
    )


def built_at(store: VersionStore, version: StoredVersion) -> str | None:
    """Return when a version appeared in this store; None where no record says it.

    The times of its files say nothing: copying and unpacking renew them.
    """
    at = store.appeared_at(version.dataset, version.name)
    return at and f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[9:11]}:{at[11:13]}:{at[13:15]}Z"


def summarize_probe(probe: ProbeRecord) -> ProbeSummary:
    """Return what a probe found: each target, and the findings (a leak is one of them)."""
    return ProbeSummary(
        at=probe.at,
        task=probe.task,
        rows=probe.rows,
        targets=[
            ProbedTargetSummary(
                target=one.target,
                verdict=one.verdict,
                metric=one.metric,
                value=one.value,
                p_value=one.p_value,
                n=one.n,
                why=one.why,
            )
            for one in probe.targets
        ],
        findings=[
            ProbeFindingSummary(code=one.code, verdict=one.verdict, message=one.message)
            for one in probe.findings
        ],
    )


def _last_probe(store: VersionStore, version: StoredVersion) -> ProbeSummary | None:
    """Return the last probe that can be read: of another `judge_version` says why it cannot."""
    records = store.read_records(version, RecordKind.PROBE).readable
    probes = [one for one in records if isinstance(one, ProbeRecord)]
    return summarize_probe(probes[-1]) if probes else None


def _coverage(coverage: CoverageDocument) -> CoverageSummary:
    return CoverageSummary(
        counts=count_verdicts(coverage),
        dimensions=[
            DimensionSummary(name=one.name, verdict=one.verdict, reason=one.reason, n=one.n)
            for one in coverage.dimensions
        ],
        classes=[
            ClassesSummary(
                name=classes.name,
                classes={
                    one.class_name: ClassSummary(n=one.n, verdict=one.verdict)
                    for one in classes.classes
                },
            )
            for classes in coverage.classes
        ],
        presence=[
            PresenceSummary(
                name=one.name, verdict=one.verdict, present=one.present, n=one.n, share=one.share
            )
            for one in coverage.presence
        ],
    )


def _parents(store: VersionStore, version: StoredVersion) -> list[ParentSummary]:
    return [ParentSummary(**one.to_json()) for one in parent_versions(store, version)]


def _tally(verdicts: Iterable[CoverageVerdict]) -> dict[CoverageVerdict, int]:
    return dict(sorted(Counter(verdicts).items()))
