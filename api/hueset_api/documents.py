"""The documents the service answers with, each made from a version's own evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hueset.documents.record_kinds import RecordKind
from hueset.documents.records import ReleaseRecord
from hueset.documents.verdicts import Verdict
from hueset.errors import name_as_text
from hueset.store.damage import Unreadable, read_or_reason
from hueset.store.summary import (
    DatasetSummary,
    built_at,
    missing_dataset,
    summarize_dataset,
    summarize_version,
)
from hueset.store.version import kind_of
from hueset_api.addresses import service_link

if TYPE_CHECKING:
    from hueset.documents.records import Record
    from hueset.store.store import VersionStore
    from hueset_api.integrity import IntegrityMonitor
    from hueset_api.source_freshness import SourceFreshness
    from hueset_api.version_index import IndexedVersion, VersionIndex


def dataset_line(
    library: VersionIndex, receipts: IntegrityMonitor, pins: SourceFreshness, name: str
) -> dict[str, Any]:
    """Return one dataset in a line: its verdict, size, age and coverage in counts."""
    told = read_or_reason(_dataset_summary, library, receipts, name)
    if not isinstance(told, Unreadable):
        return {**told.to_json(), "links": dataset_links(name, None)}
    shown = name_as_text(name)
    line = missing_dataset(shown, pins.title(name) or shown, versions=0, fault=told.reason)
    return {**line.to_json(), "links": dataset_links(quote(shown), None)}


def _dataset_summary(
    library: VersionIndex, receipts: IntegrityMonitor, name: str
) -> DatasetSummary:
    found = library.open(name)
    versions = len(library.versions(name))
    return summarize_dataset(library.store, found.version, versions, _faults(found, receipts))


def _faults(found: IndexedVersion, receipts: IntegrityMonitor) -> list[str]:
    """Return what is known to be wrong with the files: at a glance, else by their hashes."""
    receipt = receipts.of(found.version)
    if found.faults or receipt is None or receipt.found is None:
        return list(found.faults)
    return [f"{fault.path} is {fault.kind}" for fault in receipt.found.faults]


def health_document(
    found: IndexedVersion, store: VersionStore, receipts: IntegrityMonitor, pins: SourceFreshness
) -> dict[str, Any]:
    """Return the health of a version: what one must know before training on it."""
    version = found.version
    receipt = receipts.told(version)
    if found.faults:
        receipt = {**receipt, "state": "faulty", "faults": list(found.faults[:20])}
    return {
        **summarize_version(store, version, _faults(found, receipts)).to_json(),
        "sources": [pins.freshness(version.dataset, one) for one in version.manifest.sources],
        "receipt": receipt,
        "links": dataset_links(version.dataset, version.name),
    }


def version_list(library: VersionIndex, name: str) -> dict[str, Any]:
    """Return every version of a dataset, newest first; a broken one says so and harms no other."""
    told = []
    for one in reversed(library.versions(name)):
        row = read_or_reason(_version, library, name, one)
        if isinstance(row, Unreadable):
            row = {
                "version": one,
                "latest": False,
                "sample": kind_of(one) == "sample",
                "subset": {},
                "verdict": Verdict.ERROR,
                "reason": row.reason,
                "rows": None,
                "built_at": None,
                "released": [],
            }
        told.append(row)
    return {"dataset": name, "latest": library.store.latest(name), "versions": told}


def _version(library: VersionIndex, name: str, one: str) -> dict[str, Any]:
    found = library.open(name, one)
    version = found.version
    releases = library.store.read_records(version, RecordKind.RELEASE).readable
    return {
        "version": one,
        "latest": found.latest,
        "sample": version.sample,
        "subset": version.subset,
        "verdict": Verdict.ERROR if found.faults else version.manifest.verdict,
        "reason": found.faults[0] if found.faults else version.gate.summary.split("\n")[0],
        "rows": version.manifest.rows,
        "built_at": built_at(library.store, version),
        "released": [_release_name(one) for one in releases],
    }


def dataset_links(name: str, version: str | None) -> dict[str, str]:
    """Return where the rest about a dataset is found."""
    base = service_link(f"/v1/datasets/{name}")
    query = f"?version={quote(version, safe='')}" if version else ""
    parts = ("health", "coverage", "ready", "statistics", "rows", "quarantine", "report", "card")
    return {
        "self": f"{base}/health{query}" if version else base,
        "versions": f"{base}/versions",
        **{part: f"{base}/{part}{query}" for part in parts},
        "page": service_link(f"/datasets/{name}{query}"),
    }


def _release_name(record: Record) -> str:
    return record.tag if isinstance(record, ReleaseRecord) else record.at
