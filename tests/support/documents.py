"""Typed documents for tests: another version of one that is there, and small ones by hand."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from hueset.documents.base import Part
from hueset.documents.coverage import CoverageDocument
from hueset.documents.gate_report import FindingEntry
from hueset.documents.manifest import Manifest
from hueset.documents.records import VerificationRecord, WaiverRecord
from tests.support.handwritten_version import manifest_of

P = TypeVar("P", bound=Part)

NUMBERS = (
    "distinct",
    "min",
    "max",
    "mean",
    "sd",
    "q25",
    "median",
    "q75",
    "neutral_band_share",
    "neutral_point_share",
)
FLOORS = {
    "examples": 4,
    "examples_warn": 8,
    "distinct": 2,
    "sd": 0.1,
    "neutral_band_share": 0.5,
    "neutral_point_share": 0.3,
}
TABLE = {
    "description": "One row per name.",
    "rows": 0,
    "key": ["name"],
    "split": None,
    "group": None,
    "splits": {},
    "columns": {"name": {"type": "string"}},
    "files": [],
    "content": {},
}


def changed(document: P, **more: Any) -> P:
    """Return a document with other parts, checked as when it is read."""
    return type(document).model_validate_json(json.dumps({**document.to_json(), **more}))


def manifest(**more: Any) -> Manifest:
    """Return the manifest of a version with one table that has no row."""
    plain = {**manifest_of("pets", "1.0.0+abc", {"pets": TABLE}), **more}
    return Manifest.model_validate_json(json.dumps(plain))


def label_set(n: int, **more: Any) -> dict[str, Any]:
    """Return some labels, judged."""
    verdict = "trainable" if n else "absent"
    return {**dict.fromkeys(NUMBERS), "verdict": verdict, "reason": "", "n": n, **more}


def dimension(name: str, n: int, **more: Any) -> dict[str, Any]:
    """Return a dimension as it stands in `coverage.json`."""
    return {
        **label_set(n),
        "name": name,
        "by_source": {},
        "by_split": {},
        "histogram": [n, *[0] * 19] if n else [],
        "label_kinds": {},
        "unknown_kind_labels": 0,
        **more,
    }


def class_list(name: str, *classes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a list of classes as it stands in `coverage.json`."""
    return {
        "name": name,
        "table": "pets",
        "column": name,
        "by": None,
        "floor": 5,
        "required": [],
        "labelled": 0,
        "unlabelled": 0,
        "classes": [{"by": {}, **one} for one in classes],
        "undeclared": [],
        **more,
    }


def presence(name: str, present: int, n: int, **more: Any) -> dict[str, Any]:
    """Return a presence as it stands in `coverage.json`."""
    told = {"name": name, "table": "pets", "by": None, "n": n, "present": present, "groups": {}}
    return {**told, "share": present / n if n else None, "verdict": "trainable", **more}


def coverage(**parts: Any) -> CoverageDocument:
    """Return the coverage of a version; parts that are not given are empty."""
    plain = {"dimensions": [], "floors": FLOORS, "classes": [], "presence": [], **parts}
    return CoverageDocument.model_validate_json(json.dumps(plain))


def finding(check: str = "some.check", **more: Any) -> dict[str, Any]:
    """Return a finding as it stands in a gate report."""
    told = {"check": check, "verdict": "warn", "message": "", "table": None, "count": 1}
    return {**told, "examples": [], **more}


def finding_entry(**more: Any) -> FindingEntry:
    """Return a finding of a gate report."""
    return FindingEntry.model_validate_json(json.dumps(finding(**more)))


def verification(at: str, *faults: str, **more: Any) -> VerificationRecord:
    """Return the record of a check that found some files changed."""
    told = {
        "kind": "verification",
        "at": at,
        "manifest_sha256": "0" * 64,
        "verdict": "fail" if faults else "pass",
        "files": 1,
        "bytes": 1,
        "faults": [{"path": path, "kind": "changed"} for path in faults],
    }
    return VerificationRecord.model_validate_json(json.dumps({**told, **more}))


def waiver(why: str) -> WaiverRecord:
    """Return the record of a waiver."""
    told = {"kind": "waiver", "at": "20260101T000000Z", "manifest_sha256": "0" * 64}
    return WaiverRecord.model_validate_json(json.dumps({**told, "verdict": "fail", "why": why}))
