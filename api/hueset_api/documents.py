"""The documents the service answers with, each made from a version's own evidence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hueset.declaration.licence_terms import licence_of
from hueset.documents.metadata import revision_of
from hueset.documents.record_kinds import RecordKind
from hueset.errors import name_as_text
from hueset.store.damage import Unreadable, attempt
from hueset.store.probe_records import probe_summary
from hueset.store.version import kind_of
from hueset_api.addresses import link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.store.store import Store, Version
    from hueset_api.integrity import Receipts
    from hueset_api.source_freshness import Pins
    from hueset_api.version_index import IndexedVersion, VersionIndex

VERDICTS = ("pass", "warn", "fail", "error")


def dataset_line(
    library: VersionIndex, receipts: Receipts, pins: Pins, name: str
) -> dict[str, Any]:
    """Return one dataset in a line: its verdict, size, age and coverage in counts."""
    told = attempt(_listed, library, receipts, pins, name)
    if not isinstance(told, Unreadable):
        return told
    shown = name_as_text(name)
    return {
        "name": shown,
        "title": pins.title(name) or shown,
        "version": None,
        "sample": None,
        "subset": None,
        "latest": False,
        "verdict": "error",
        "reason": told.reason,
        "rows": None,
        "built_at": None,
        "versions": 0,
        "coverage": {},
        "links": dataset_links(quote(shown), None),
    }


def _listed(library: VersionIndex, receipts: Receipts, pins: Pins, name: str) -> dict[str, Any]:
    found = library.open(name)
    version = found.version
    return {
        "name": name,
        "title": version.manifest["title"],
        "version": version.name,
        "sample": version.sample,
        "subset": version.subset,
        "latest": found.latest,
        **verdict_of(found, receipts, library.store),
        "rows": sum(table["rows"] for table in version.manifest["tables"].values()),
        "built_at": built_at(library.store, version),
        "versions": len(library.versions(name)),
        "coverage": verdict_counts(version.coverage),
        "links": dataset_links(name, None),
    }


def verdict_of(found: IndexedVersion, receipts: Receipts, store: Store) -> dict[str, str]:
    """Return the verdict on a version as it lies there now, and why, in one sentence."""
    receipt = receipts.of(found.version)
    faults = list(found.faults)
    if not faults and receipt is not None and receipt.found is not None:
        faults = [f"{fault.path} is {fault.kind}" for fault in receipt.found.faults]
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        return {"verdict": "error", "reason": f"the version is damaged: {faults[0]}{more}"}
    report = found.version.gate
    tally = Counter(finding["verdict"] for finding in report["findings"])
    held = sum(check["verdict"] == "pass" for check in report["checks"])
    said = f"{held} of {len(report['checks'])} checks hold"
    for word, what in (("error", "could not be judged"), ("fail", "failed"), ("warn", "warning")):
        if tally[word]:
            said += f", {tally[word]} {what}" + ("s" if word == "warn" and tally[word] > 1 else "")
    lost = store.read_records(found.version).unreadable
    if lost:
        said += f"; {lost[0]}" + (f", and {len(lost) - 1} more" if len(lost) > 1 else "")
    return {"verdict": found.version.manifest["verdict"], "reason": said}


def health_document(
    found: IndexedVersion, store: Store, receipts: Receipts, pins: Pins
) -> dict[str, Any]:
    """Return the health of a version: what one must know before training on it."""
    version = found.version
    manifest, report = version.manifest, version.gate
    tally = Counter(check["verdict"] for check in report["checks"])
    refused = {table: dict(reasons) for table, reasons in manifest["quarantine"].items()}
    kept = sum(table["rows"] for table in manifest["tables"].values())
    quarantined = sum(sum(reasons.values()) for reasons in refused.values())
    receipt = receipts.told(version)
    if found.faults:
        receipt = {**receipt, "state": "faulty", "faults": list(found.faults[:20])}
    waivers = store.read_records(version, RecordKind.WAIVER).readable
    probes = store.read_records(version, RecordKind.PROBE).readable
    return {
        "dataset": version.dataset,
        "version": version.name,
        "title": manifest["title"],
        "sample": version.sample,
        "subset": version.subset,
        "latest": found.latest,
        **verdict_of(found, receipts, store),
        "waived": bool(waivers),
        "rows": kept,
        "built_at": built_at(store, version),
        "licence": licence_of(manifest),
        "metadata_revision": revision_of(manifest),
        "gate": {
            "verdict": report["verdict"],
            "summary": report["summary"],
            "checks": {word: tally[word] for word in VERDICTS},
            "findings": report["findings"],
        },
        "coverage": {
            "counts": verdict_counts(version.coverage),
            "dimensions": [
                {key: d[key] for key in ("name", "verdict", "reason", "n")}
                for d in version.coverage["dimensions"]
            ],
            "classes": [
                {
                    "name": told["name"],
                    "classes": {
                        c["class"]: {"n": c["n"], "verdict": c["verdict"]} for c in told["classes"]
                    },
                }
                for told in version.coverage["classes"]
            ],
            "presence": [
                {key: p[key] for key in ("name", "verdict", "present", "n", "share")}
                for p in version.coverage["presence"]
            ],
        },
        "probe": probe_summary(probes[-1]) if probes else None,
        "sources": [pins.freshness(version.dataset, source) for source in manifest["sources"]],
        "quarantine": {
            "rows": quarantined,
            "rate": quarantined / (kept + quarantined) if kept + quarantined else None,
            "tables": refused,
        },
        "receipt": receipt,
        "links": dataset_links(version.dataset, version.name),
    }


def version_list(library: VersionIndex, name: str) -> dict[str, Any]:
    """Return every version of a dataset, newest first; a broken one says so and harms no other."""
    told = []
    for one in reversed(library.versions(name)):
        row = attempt(_version, library, name, one)
        if isinstance(row, Unreadable):
            row = {
                "version": one,
                "latest": False,
                "sample": kind_of(one) == "sample",
                "subset": {},
                "verdict": "error",
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
        "verdict": "error" if found.faults else version.manifest["verdict"],
        "reason": found.faults[0] if found.faults else version.gate["summary"].split("\n")[0],
        "rows": sum(table["rows"] for table in version.manifest["tables"].values()),
        "built_at": built_at(library.store, version),
        "released": [str(record.get("tag") or record["at"]) for record in releases],
    }


def verdict_counts(coverage: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return per kind of coverage how many of each verdict there are."""
    return {
        "dimensions": _tally(coverage["dimensions"]),
        "classes": _tally([c for told in coverage["classes"] for c in told["classes"]]),
        "presence": _tally(coverage["presence"]),
    }


def built_at(store: Store, version: Version) -> str | None:
    """Return when a version appeared in this store; None where no record says it.

    The times of its files say nothing: copying and unpacking renew them.
    """
    at = store.appeared_at(version.dataset, version.name)
    return at and f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[9:11]}:{at[11:13]}:{at[13:15]}Z"


def dataset_links(name: str, version: str | None) -> dict[str, str]:
    """Return where the rest about a dataset is found."""
    base = link(f"/v1/datasets/{name}")
    query = f"?version={quote(version, safe='')}" if version else ""
    parts = ("health", "coverage", "ready", "statistics", "rows", "quarantine", "report", "card")
    return {
        "self": f"{base}/health{query}" if version else base,
        "versions": f"{base}/versions",
        **{part: f"{base}/{part}{query}" for part in parts},
        "page": link(f"/datasets/{name}{query}"),
    }


def _tally(cells: list[Mapping[str, Any]]) -> dict[str, int]:
    return dict(sorted(Counter(cell["verdict"] for cell in cells).items()))
