"""Documents whose hashes fit and that do not agree: no guard says yes, and `verify` names them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from hueset.coverage.readiness import check_readiness
from hueset.documents.record_kinds import RecordKind
from hueset.errors import StoreError
from hueset.files.hashing import file_sha256
from hueset.store import query
from hueset.store.store import VersionStore
from hueset.store.verify import FaultKind, verify_version
from hueset.store.version import StoredVersion
from hueset_api.app import create_app
from hueset_api.settings import ServiceSettings
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUBSET = "1.0.0+subset.handmade"


@pytest.fixture
def version(tmp_path: Path) -> StoredVersion:
    made = write_version(
        tmp_path / "store", "pets", {"pets": (["name"], pa.table({"name": ["rex", "tom"]}))}
    )
    hashes = {name: file_sha256(made.path / name)[0] for name in ("README.md", "croissant.json")}
    body = {"state": "built", "documents": hashes, "seconds": {}}
    VersionStore(tmp_path / "store").record(made, RecordKind.BUILD, body)
    return made


def rewrite(folder: Path, name: str, **changes: Any) -> None:
    """Change a document, and let the manifest and the records speak of what it is then."""
    told = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(told | changes))
    manifest = json.loads((folder / "manifest.json").read_text())
    digest, size = file_sha256(folder / name)
    for file in manifest["files"]:
        if file["path"] == name:
            file |= {"bytes": size, "sha256": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for record in folder.parent.glob("_records/*/*.json"):
        digest, _ = file_sha256(folder / "manifest.json")
        told = json.loads(record.read_text())
        record.write_text(json.dumps(told | {"manifest_sha256": digest}))


def renamed(folder: Path) -> None:
    for place in (folder.parent, folder.parent / "_records"):
        (place / folder.name).rename(place / SUBSET)
    (folder.parent / "latest").unlink()
    (folder.parent / "latest-subset").symlink_to(SUBSET)
    rewrite(folder.parent / SUBSET, "manifest.json", version=SUBSET)


def moved(folder: Path) -> None:
    other = folder.with_name("1.0.0+other")
    shutil.copytree(folder, other)
    folder.parent.joinpath("latest").unlink()
    folder.parent.joinpath("latest").symlink_to(other.name)


CASES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a sample that goes by the name of the whole": (
        lambda folder: rewrite(folder, "manifest.json", sample=True),
        "sample is true, and its name says whole",
    ),
    "a subset that goes by the name of the whole": (
        lambda folder: rewrite(folder, "manifest.json", subset={"limit": 5}),
        "limit chose a part, and its name says whole",
    ),
    "a whole one that is called a subset": (renamed, "nothing chose a part, and its name says"),
    "a verdict that is not the gate's": (
        lambda folder: rewrite(folder, "gate/report.json", verdict="fail"),
        "its verdict is fail, that of the manifest pass",
    ),
    "coverage of another dataset": (
        lambda folder: rewrite(folder, "coverage.json", dataset="cats"),
        "it is of the dataset cats",
    ),
    "a manifest of another dataset": (
        lambda folder: rewrite(folder, "manifest.json", dataset="cats"),
        "it is of the dataset cats",
    ),
    "a manifest of another version": (moved, "it is that of 1.0.0+handmade"),
}


def test_a_version_of_which_all_agrees_is_ready_and_verified(version: StoredVersion) -> None:
    assert check_readiness(VersionStore(version.path.parents[1]), "pets", []).ready
    assert verify_version(version).faults == ()


@pytest.mark.parametrize("case", CASES)
def test_what_contradicts_itself_is_ready_for_nobody(version: StoredVersion, case: str) -> None:
    harm, said = CASES[case]
    harm(version.path)
    store = VersionStore(version.path.parents[1])
    name = store.version("pets").name
    shell = check_readiness(store, "pets", [], version=name)
    assert not shell.ready
    assert any(said in reason for reason in shell.reasons)
    made = create_app(settings=ServiceSettings(store.root, access_log=False))
    client = TestClient(made, base_url="http://localhost")  # nothing is checked in the background
    answer = client.get("/v1/datasets/pets/ready", params={"version": name})
    assert answer.status_code == 409
    assert answer.json()["reasons"] == list(shell.reasons)
    faults = verify_version(store.version("pets", name)).faults
    assert {fault.kind for fault in faults} == {FaultKind.CONTRADICTION}
    assert any(said in str(fault.reason) for fault in faults)


@pytest.mark.parametrize("name", ["manifest.json", "README.md", "coverage.json"])
def test_a_document_that_was_written_over_is_seen_without_a_check_of_all(
    version: StoredVersion, name: str
) -> None:
    """The same size, and hashes that nobody made fit."""
    place = version.path / name
    place.write_bytes(place.read_bytes()[:-1] + b" ")
    if name != "README.md":
        place.write_text(place.read_text()[:-1].replace(" ", "\n", 1) + "}")
    answer = check_readiness(VersionStore(version.path.parents[1]), "pets", [])
    assert answer.reasons == (f"the version is damaged: {name}: changed",)


def tables(version: StoredVersion, change: Callable[[dict[str, Any]], object]) -> None:
    told = json.loads((version.path / "manifest.json").read_text())["tables"]
    change(told["pets"])
    rewrite(version.path, "manifest.json", tables=told)


TABLES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another name": (
        lambda table: table.update(key=["nom"], columns={"nom": {"type": "string"}}),
        "it lacks nom and has name",
    ),
    "another type": (
        lambda table: table["columns"].update(name={"type": "int64"}),
        "name is string, the manifest says int64",
    ),
    "other rows": (
        lambda table: (
            table.update(rows=5, splits={"train": 5}),
            table["files"][0].update(rows=5),
        ),
        "it has 2 rows, the manifest says 5",
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_table_that_is_not_what_the_manifest_says_is_named_and_not_asked(
    version: StoredVersion, case: str
) -> None:
    change, said = TABLES[case]
    tables(version, change)
    store = VersionStore(version.path.parents[1])
    (fault,) = verify_version(store.version("pets")).faults
    assert (fault.path, fault.kind) == ("data/pets-train.parquet", FaultKind.CONTRADICTION)
    assert fault.reason == said
    with pytest.raises(StoreError, match=said):
        query.connect_reader([store.version("pets")])
    client = TestClient(
        create_app(settings=ServiceSettings(store.root, access_log=False)),
        base_url="http://localhost",
    )
    for route in ("rows", "statistics", "rows?columns=name", "statistics?table=pets"):
        answer = client.get(f"/v1/datasets/pets/{route}")
        assert answer.status_code in {404, 503}, answer.text
        assert "E_INTERNAL" not in answer.text


def test_a_document_that_is_none_is_named_though_its_hash_fits(version: StoredVersion) -> None:
    rewrite(version.path, "coverage.json", dimensions=5)
    (fault,) = verify_version(StoredVersion("pets", version.name, version.path)).faults
    assert (fault.path, fault.kind) == ("coverage.json", FaultKind.UNREADABLE)
    assert "at dimensions: found 5" in str(fault.reason)


def test_a_version_that_was_cut_down_to_licences_has_no_units_and_is_whole(
    version: StoredVersion,
) -> None:
    (version.path / "units.json").unlink()
    files = json.loads((version.path / "manifest.json").read_text())["files"]
    kept = [file for file in files if file["path"] != "units.json"]
    rewrite(version.path, "manifest.json", files=kept)
    again = StoredVersion("pets", version.name, version.path)
    again.check_documents()
    assert again.units == {}
    assert verify_version(again).faults == ()


def edited(document: dict[str, Any], *place: str | int, to: Any) -> dict[str, Any]:
    inner: Any = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = to
    return document


COVERAGE_EDITS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a verdict": (
        lambda one: edited(one, "dimensions", 1, "verdict", to="trainable"),
        "no label at all is absent",
    ),
    "a thin dimension that is called trainable": (
        lambda one: edited(one, "dimensions", 0, "verdict", to="thin"),
        "calm: it is thin, and by its numbers and floors trainable",
    ),
    "more labels than rows": (
        lambda one: edited(one, "dimensions", 0, "n", to=10**6),
        "calm: 1,000,000 labels, and the table has 10 rows",
    ),
    "a split": (
        lambda one: edited(one, "dimensions", 0, "by_split", "train", to=10**7),
        "in the splits",
    ),
    "a floor": (
        lambda one: edited(one, "floors", "examples", to=1),
        "the floor examples is 1, that of the contract 2",
    ),
    "a mean": (
        lambda one: edited(one, "dimensions", 0, "mean", to=7.5),
        "calm: the mean 7.5 lies outside of",
    ),
    "the quartiles": (
        lambda one: edited(one, "dimensions", 0, "q75", to=-1.0),
        "quartiles and largest value are not in order",
    ),
    "a dimension twice": (
        lambda one: edited(one, "dimensions", to=[one["dimensions"][0], *one["dimensions"]]),
        "the dimension calm is listed 2 times",
    ),
}


@pytest.mark.parametrize(("change", "said"), COVERAGE_EDITS.values(), ids=COVERAGE_EDITS)
def test_what_follows_from_other_numbers_is_drawn_from_them_again(
    pets_store: Path, tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str
) -> None:
    store = VersionStore(shutil.copytree(pets_store, tmp_path / "store", symlinks=True))
    version = store.version("pets")
    assert version.contradictions() == []
    document = json.loads((version.path / "coverage.json").read_text())
    rewrite(version.path, "coverage.json", **change(document))
    answer = check_readiness(store, "pets", ["calm"])
    assert not answer.ready
    assert said in " ".join(answer.reasons)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: edited(one, "checks", 0, "verdict", to="fail"), "the worst of its checks"),
        (lambda one: edited(one, "checks", to=[]), "no check looked at"),
        (lambda one: edited(one, "checks", 0, "unexpected_count", to=5000), "are unexpected"),
    ],
    ids=["a failed check", "no check", "a check that counts against itself"],
)
def test_a_gate_is_no_better_than_its_checks(
    pets_store: Path, tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str
) -> None:
    store = VersionStore(shutil.copytree(pets_store, tmp_path / "store", symlinks=True))
    version = store.version("pets")
    document = json.loads((version.path / "gate/report.json").read_text())
    rewrite(version.path, "gate/report.json", **change(document))
    answer = check_readiness(store, "pets", ["calm"])
    assert not answer.ready
    assert said in " ".join(answer.reasons)
