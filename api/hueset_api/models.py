"""What the documents look like, for the OpenAPI description; their examples are tested."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.store.summary import DatasetSummary, VersionSummary


class Document(BaseModel):
    """A document of the service."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """An error, as RFC 9457 says it, with a stable code and the next step."""

    type: str = Field(examples=["/problems/e_not_found"])
    title: str
    status: int
    code: str = Field(description="Stable; the same codes as on the command line.")
    former_code: str | None = Field(
        default=None,
        description="The name of `code` before 0.2, if it was another; sent until 0.3.",
    )
    detail: str
    hint: str | None


class DatasetListing(DatasetSummary):
    """One dataset in a line, as in `hueset list --json`."""

    links: dict[str, str]


class Datasets(Document):
    """Every dataset of the store, and those declared but not built."""

    datasets: list[DatasetListing]
    not_built: list[str]


class FindingModel(Document):
    """One thing the gate has to say."""

    check: str
    verdict: Verdict
    message: str
    table: str | None
    count: int
    examples: list[str]


class SourceState(Document):
    """A source, held against what the declaration pins today."""

    name: str
    state: Literal["fresh", "stale", "own", "locked", "undeclared", "unknown"]
    meaning: str
    digest: str
    bytes: int | None
    licence: str
    citation: str
    homepage: str | None
    description: str | None
    via: str


class ReceiptDocument(Document):
    """The files, hashed again in the background and held against the manifest."""

    state: Literal["pending", "verified", "faulty", "unchecked"]
    checked_at: str | None = Field(description="When the last check was finished, UTC.")
    files: int | None
    bytes: int | None
    faults: list[str]
    remarks: list[str] = Field(description="Records that could not be read.")
    reason: str | None = Field(description="Why the files could not be checked.")
    recheck_s: float


class Health(VersionSummary):
    """What one must know before training on a version; `hueset show --json` says it too."""

    sources: list[SourceState]
    receipt: ReceiptDocument
    links: dict[str, str]


class BrokenHealth(Document):
    """The health of a dataset whose version cannot be read."""

    dataset: str
    version: None
    verdict: Literal[Verdict.ERROR]
    reason: str
    hint: str | None
    versions: list[str]
    links: dict[str, str]


class VersionLine(Document):
    """One version in a line."""

    version: str
    latest: bool
    sample: bool
    subset: dict[str, Any]
    verdict: Verdict
    reason: str
    rows: int | None
    built_at: str | None
    released: list[str]


class Versions(Document):
    """The versions of a dataset, newest first."""

    dataset: str
    latest: str | None
    versions: list[VersionLine]


class CoverageModel(BaseModel):
    """The whole coverage of a version: every dimension with counts, spread and histogram."""

    dataset: str
    version: str
    sample: bool
    subset: dict[str, Any]
    dimensions: list[dict[str, Any]]
    floors: dict[str, Any] | None
    classes: list[dict[str, Any]]
    presence: list[dict[str, Any]]


class GroupedCoverage(Document):
    """Coverage counted afresh by the columns asked for."""

    dataset: str
    version: str
    by: list[str]
    groups: list[dict[str, Any]]
    classes: list[dict[str, Any]]


class AskedFor(Document):
    """One dimension that was asked for."""

    name: str
    verdict: CoverageVerdict
    n: int
    minimum: int
    ready: bool
    reason: str


class Ready(Document):
    """May one train on it? 200 yes, 409 no."""

    dataset: str
    version: str | None
    ready: bool
    reasons: list[str]
    asked: list[AskedFor]
    verified_at: str | None = Field(
        description="When every byte was last compared with the manifest; null if never."
    )


class RowsModel(Document):
    """A page of rows; media are links, arrays are left out unless asked for by name."""

    dataset: str
    version: str
    table: str
    total: int
    limit: int
    offset: int
    columns: list[str]
    left_out: list[str]
    rows: list[dict[str, Any]]
    next: str | None


class Statistics(Document):
    """Per column: nulls, distinct values, quantiles, histogram, text lengths, audio durations."""

    dataset: str
    version: str
    table: str
    rows: int
    columns: dict[str, dict[str, Any]]


class RefusedRowsPage(Document):
    """The rows that were refused, by table and reason."""

    dataset: str
    version: str
    counts: dict[str, dict[str, int]]
    matching: int
    limit: int
    offset: int
    rows: list[dict[str, Any]]


class Difference(BaseModel):
    """What changed between two versions."""

    dataset: str
    old: str
    new: str
    verdict: list[str]
    tables: dict[str, Any]
    coverage: list[dict[str, Any]]


class Report(BaseModel):
    """The gate's report: every check, passed or not."""

    dataset: str
    verdict: Verdict
    summary: str
    checks: list[dict[str, Any]]
    findings: list[FindingModel]


class Alive(Document):
    """The process answers."""

    status: Literal["ok"]


class Serving(Document):
    """The store can be read."""

    status: Literal["ok", "empty"]
    datasets: int
