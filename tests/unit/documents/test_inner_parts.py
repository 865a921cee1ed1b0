"""Inner parts of documents: an odd one is named as damage, and what is read can be shown."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from rich.console import Console

from hueset.documents.base import DocumentError, read_document
from hueset.documents.records import KINDS
from hueset.documents.training_run import TrainingRun
from hueset.release.card.page import render_card
from hueset.release.croissant import render_croissant
from hueset.render import terminal as show
from hueset.render.report.document import render_report
from hueset.store.store import VersionStore
from hueset.store.version import StoredVersion
from tests.support.documents import FLOORS, class_list, dimension, finding, label_set, presence
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from pathlib import Path

TAGS = label_set(3, low_tags=1, high_tags=2)
CLASSES = class_list("kinds", {"class": "cat", "n": 1, "verdict": "thin"})
PEOPLE = {"n": 1, "kinds": "rating", "mean": 1.0, "mean_sd": None}
PEOPLE |= {"low": None, "high": None, "agreement": None}
SOURCE = {
    "name": "s",
    "via": "mirror",
    "digest": "0",
    "bytes": None,
    "members": None,
    "pin": "ok",
    "licence": "MIT",
    "citation": None,
    "homepage": None,
    "from": None,
}
CHECK = {
    "id": "a",
    "table": "pets",
    "type": "invariant",
    "columns": [],
    "severity": "critical",
    "verdict": "pass",
    "evaluated": 1,
    "unexpected_count": 0,
    "observed": {"any": [1]},
    "example_keys": [],
    "why": "",
    "message": "",
    "unexpected_share": 0.0,
}


@pytest.fixture
def version(tmp_path: Path) -> StoredVersion:
    rows = pa.table({"name": ["rex"]})
    return write_version(tmp_path / "store", "pets", {"pets": (["name"], rows)})


def with_parts(version: StoredVersion, name: str, **parts: Any) -> StoredVersion:
    """Return a version with other parts in one of its documents."""
    path = version.path / name
    return rewritten(version, name, {**json.loads(path.read_text()), **parts})


def rewritten(version: StoredVersion, name: str, document: dict[str, Any]) -> StoredVersion:
    """Return a version with another document, of which its manifest has the hash."""
    content = json.dumps(document).encode()
    (version.path / name).write_bytes(content)
    place = version.path / "manifest.json"
    manifest = json.loads(place.read_text())
    for file in manifest["files"]:
        if file["path"] == name:
            file |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    if name != place.name:
        place.write_text(json.dumps(manifest))
    return StoredVersion(version.dataset, version.name, version.path)


def show_everywhere(version: StoredVersion) -> str:
    """Go through everything that reads the documents of a version."""
    card = render_card(version.manifest, version.coverage, version.gate, "", "", "a/b")
    render_croissant(version.manifest, version.coverage, "a/b")
    store, console = VersionStore(version.path.parents[1]), Console(file=io.StringIO(), width=200)
    show.print_coverage(console, show.coverage_document(store, version))
    show.print_version(console, show.version_document(store, version))
    return card + render_report(version)


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"sources": [{**SOURCE, "from": {"a": 1}}]}, "sources[0].from"),
        ({"sources": [{**SOURCE, "from": [1]}]}, "sources[0].from"),
        ({"sources": [{**SOURCE, "version_of": {"dataset": 5, "version": []}}]}, "version_of"),
        ({"sources": [{**SOURCE, "pin": "splendid"}]}, "sources[0].pin"),
        ({"written_by": {}}, "lacks written_by.hueset"),
        ({"quarantine": {"nosuch": {"r": 5}}, "files": []}, None),
        ({"changed_parameters": {"salt": 1}}, "'salt' is none"),
        ({"places": ["zz"]}, "'zz' is none"),
        ({"verdict": "splendid"}, "verdict"),
    ],
)
def test_an_odd_part_of_a_manifest_is_damage(
    version: StoredVersion, parts: dict[str, Any], place: str | None
) -> None:
    found = with_parts(version, "manifest.json", **parts)
    if place is None:
        assert show_everywhere(found)
        return
    with pytest.raises(DocumentError) as error:
        show_everywhere(found)
    assert "manifest.json" in error.value.message
    assert place in error.value.message


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"dimensions": [dimension("calm", 3, verdict="splendid")]}, "dimensions[0].verdict"),
        ({"dimensions": [dimension("calm", 0, verdict="trainable")]}, "no label at all is absent"),
        ({"dimensions": [dimension("calm", 3, group={"a": 1})]}, "dimensions[0].group"),
        ({"dimensions": [dimension("calm", 3, low=5)]}, "dimensions[0].low"),
        ({"dimensions": [dimension("calm", 3, aside={"x": {"y": 1}})]}, "aside.x.n"),
        (
            {"dimensions": [dimension("calm", 3, raters={"by_source": {"x": {"y": [1]}}})]},
            "raters.by_source.x.kinds",
        ),
        (
            {
                "dimensions": [
                    dimension("calm", 3, raters={"by_source": {"x": {**PEOPLE, "mean": "a"}}})
                ]
            },
            "raters.by_source.x.mean",
        ),
        ({"dimensions": [dimension("calm", 3, evidence={"": TAGS})]}, "evidence"),
        ({"dimensions": [dimension("calm", 3, evidence={}, judged="tag")]}, "not among"),
        (
            {"dimensions": [dimension("calm", 3, evidence={"tag": label_set(3)}, judged="tag")]},
            "low_tags or high_tags is missing",
        ),
        (
            {"dimensions": [dimension("calm", 3, evidence={"tag": TAGS}, judged="tag")]},
            "positives",
        ),
        (
            {
                "dimensions": [
                    dimension("calm", 3, evidence={"tag": TAGS}, by_source={"s": label_set(3)})
                ]
            },
            "the kinds of label are apart",
        ),
        ({"dimensions": [dimension("calm", 3)], "floors": None}, "judged by floors"),
        ({"classes": [{**CLASSES, "classes": []}]}, "classes[0].classes"),
        ({"classes": [class_list("a", {"class": "b", "n": 1, "verdict": None})]}, "verdict"),
        ({"presence": [presence("audio", 7, 3, share=1.0)]}, "more rows are present"),
        ({"presence": [presence("audio", 1, 3, share=None)]}, "its share is at odds"),
        ({"presence": [presence("audio", 1, 3, groups={"a": [5, 0]})]}, "more rows are present"),
    ],
)
def test_an_odd_part_of_a_coverage_is_damage(
    version: StoredVersion, parts: dict[str, Any], place: str
) -> None:
    found = with_parts(version, "coverage.json", **{"floors": FLOORS, **parts})
    with pytest.raises(DocumentError) as error:
        show_everywhere(found)
    assert "coverage.json" in error.value.message
    assert place in error.value.message


@pytest.mark.parametrize(
    "dimensions",
    [
        [dimension("calm", 3)],
        [dimension("calm", 3), dimension("calm", 0)],
        [
            dimension(
                "calm", 3, by_source={"s": label_set(3)}, raters={"mean": 1.0, "by_source": {}}
            )
        ],
        [dimension("calm", 3, raters={"mean": None, "mean_sd": None, "by_source": {"s": PEOPLE}})],
        [
            dimension(
                "calm",
                3,
                judged="tag",
                evidence={"tag": TAGS},
                by_source={"s": {**label_set(3), "evidence": {"tag": TAGS}, "judged": "tag"}},
            ),
            dimension("loud", 0, evidence={}, aside={"track": {"n": 1, "low": 1, "high": 0}}),
        ],
    ],
)
def test_what_may_be_missing_of_a_dimension_is_shown_as_missing(
    version: StoredVersion, dimensions: list[dict[str, Any]]
) -> None:
    floors = {**FLOORS, "positives": 2}
    parts = {"dimensions": dimensions, "floors": floors, "classes": [CLASSES]}
    shown = show_everywhere(with_parts(version, "coverage.json", **parts))
    assert "calm" in shown
    assert "None" not in shown


def test_a_coverage_that_does_not_name_its_dataset_is_shown(version: StoredVersion) -> None:
    path = version.path / "coverage.json"
    plain = {key: value for key, value in json.loads(path.read_text()).items() if key != "dataset"}
    assert show_everywhere(rewritten(version, "coverage.json", plain))


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"checks": [{**CHECK, "severity": "splendid"}]}, "checks[0].severity"),
        ({"checks": [{**CHECK, "unexpected_share": -1.0}]}, "checks[0].unexpected_share"),
        ({"checks": [{**CHECK, "example_keys": [1]}]}, "checks[0].example_keys[0]"),
        ({"findings": [finding(examples="abc")]}, "findings[0].examples"),
        ({"findings": [finding(verdict="splendid")]}, "findings[0].verdict"),
    ],
)
def test_an_odd_part_of_a_gate_report_is_damage(
    version: StoredVersion, parts: dict[str, Any], place: str
) -> None:
    with pytest.raises(DocumentError) as error:
        show_everywhere(with_parts(version, "gate/report.json", **parts))
    assert f"at {place}" in error.value.message


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        ("build", {"workers": "many"}, "workers"),
        ("build", {"against": 5}, "against"),
        (
            "probe",
            {
                "task": "t",
                "rows": 1,
                "findings": [],
                "targets": [{"target": "calm", "metric": "auc", "n": 0, "why": ""}],
            },
            "targets[0].verdict",
        ),
        ("training", {"run": "r", "task": "t", "status": "splendid"}, "status"),
        (
            "training",
            {"run": "r", "task": "t", "status": "finished", "outcomes": [{"target": [1]}]},
            "outcomes[0].target",
        ),
        (
            "verification",
            {"verdict": "pass", "files": 1, "bytes": 1, "faults": [{"path": "a"}]},
            "faults[0].kind",
        ),
    ],
)
def test_an_odd_part_of_a_record_is_damage(
    tmp_path: Path, kind: str, body: dict[str, Any], place: str
) -> None:
    told = {"kind": kind, "at": "20260101T000000Z", "manifest_sha256": "0" * 64, **body}
    (tmp_path / "one.json").write_text(json.dumps(told))
    with pytest.raises(DocumentError, match="the record") as error:
        read_document(
            tmp_path / "one.json", KINDS[kind], below=tmp_path, what="the record", hint=""
        )
    assert place in error.value.message


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"findings": [{"code": "a", "verdict": "warn"}]}, "findings[0].message"),
        ({"curves": [{"step": "x"}]}, "curves[0].step"),
        ({"before": [{"name": "a", "verdict": "splendid", "n": 1, "reason": ""}]}, "before[0]"),
        ({"outcomes": [{"target": "a"}]}, "outcomes[0].n"),
        ({"waiver": {}}, "waiver.why"),
    ],
)
def test_an_odd_part_of_a_run_is_damage(tmp_path: Path, parts: dict[str, Any], place: str) -> None:
    hashes = ("manifest_sha256", "data_sha256", "code_sha256", "facts_sha256")
    told = {
        **dict.fromkeys(hashes, "0" * 64),
        "format": 1,
        "id": "r",
        "status": "finished",
        "task": "t",
        "dataset": "pets",
        "version": "1.0.0+a",
        "request_digest": "x",
        "seed": 1,
        "request": {"settings": {}, "stages": []},
        "started_at": "2026-01-01T00:00:00Z",
    }
    path = tmp_path / "run.json"
    path.write_text(json.dumps(told))
    read_document(path, TrainingRun, below=tmp_path, what="run.json", hint="")
    path.write_text(json.dumps({**told, **parts}))
    with pytest.raises(DocumentError) as error:
        read_document(path, TrainingRun, below=tmp_path, what="run.json", hint="")
    assert place in error.value.message


def test_a_document_is_given_out_as_it_was_written(version: StoredVersion) -> None:
    parts = {
        "dimensions": [dimension("calm", 3, scale=[0, 360], newer={"of": "a program"})],
        "floors": FLOORS,
        "classes": [CLASSES],
        "presence": [presence("audio", 1, 3)],
    }
    found = with_parts(version, "coverage.json", **parts)
    assert found.coverage.to_json() == json.loads((found.path / "coverage.json").read_text())
    assert found.manifest.to_json() == json.loads((found.path / "manifest.json").read_text())
    assert found.gate.to_json() == json.loads((found.path / "gate/report.json").read_text())
