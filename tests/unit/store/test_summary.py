"""One dataset in a line, one version in short: the same from the command line and the service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from hueset.declaration.project import find_project
from hueset.documents.verdicts import Verdict
from hueset.render.terminal import list_document, version_document
from hueset.store.store import VersionStore
from hueset.store.summary import DatasetSummary, VersionSummary
from hueset_api.app import create_app
from hueset_api.models import DatasetListing, Health
from hueset_api.settings import ServiceSettings
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OF_THE_SERVICE = {"links"}
"""What only the service can say of a dataset."""


@pytest.fixture(scope="module")
def place(pets_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A project, and a store with two versions of its dataset."""
    return write_pets(tmp_path_factory.mktemp("summary") / "pets_project"), pets_store


@pytest.fixture(scope="module")
def client(place: tuple[Path, Path]) -> Iterator[TestClient]:
    project, store = place
    settings = ServiceSettings(store, project=find_project(project), access_log=False)
    with TestClient(create_app(settings=settings), base_url="http://localhost") as made:
        yield made


def shell(place: tuple[Path, Path]) -> dict[str, Any]:
    """Return what `hueset list --json` says, as it is written."""
    document = list_document(find_project(place[0]), VersionStore(place[1]))
    made: dict[str, Any] = json.loads(json.dumps(document))
    return made


def test_list_and_the_service_give_the_same_document_of_a_dataset(
    place: tuple[Path, Path], client: TestClient
) -> None:
    (mine,) = shell(place)["datasets"]
    (listed,) = client.get("/v1/datasets").json()["datasets"]
    one = client.get("/v1/datasets/pets").json()
    assert listed == one
    assert {key: value for key, value in one.items() if key not in OF_THE_SERVICE} == mine
    assert (
        set(DatasetListing.model_fields)
        == {*DatasetSummary.model_fields, *OF_THE_SERVICE}
        == set(one)
    )


def test_show_and_the_service_give_the_same_document_of_a_version(
    place: tuple[Path, Path], client: TestClient
) -> None:
    store = VersionStore(place[1])
    for name in store.versions("pets"):
        shown = json.loads(json.dumps(version_document(store, store.version("pets", name))))
        health = client.get("/v1/datasets/pets/health", params={"version": name}).json()
        shared = set(VersionSummary.model_fields)
        assert shared == set(shown) & set(health)
        assert {key: shown[key] for key in shared} == {key: health[key] for key in shared}
        Health.model_validate_json(json.dumps(health))


def test_the_whole_report_and_coverage_are_the_same_too(
    place: tuple[Path, Path], client: TestClient
) -> None:
    version = VersionStore(place[1]).version("pets")
    shown = version_document(VersionStore(place[1]), version)
    assert client.get("/v1/datasets/pets/report").json() == json.loads(json.dumps(shown["report"]))
    told = client.get("/v1/datasets/pets/coverage").json()
    written = json.loads((version.path / "coverage.json").read_text())
    assert {key: told[key] for key in written} == written


def test_a_dataset_that_is_not_built_has_a_line_without_a_verdict(
    place: tuple[Path, Path], tmp_path: Path
) -> None:
    document = list_document(find_project(place[0]), VersionStore(tmp_path))
    (line,) = document["datasets"]
    told = (line["version"], line["verdict"], line["fault"], line["versions"])
    assert told == (None, None, None, 0)


def test_a_dataset_that_is_not_declared_is_listed_where_the_store_holds_it(
    place: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "cats").symlink_to(place[1] / "pets")
    names = [
        one["name"]
        for one in list_document(find_project(place[0]), VersionStore(tmp_path))["datasets"]
    ]
    assert names == ["pets", "cats"]


def test_counts_and_verdicts_are_members(place: tuple[Path, Path]) -> None:
    (line,) = list_document(find_project(place[0]), VersionStore(place[1]))["datasets"]
    assert isinstance(line["verdict"], Verdict)
    assert line["coverage"]["dimensions"] == {"absent": 1, "trainable": 1}
