"""A dataset built from a version of another: found, recorded, shown, and stale when it is."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

from hueset.build.run import run_build
from hueset.declaration.project import find_project
from hueset.errors import (
    DeclarationError,
    SourceChangedError,
    SourceFormatError,
    SourceMissingError,
)
from hueset.release.card import render_documents
from hueset.store.lineage import parent_versions
from hueset.store.store import VersionStore
from tests.support.herds_project import build_herds, plan_herds, write_herds
from tests.support.in_process_build import Silent, build_pets, command, plan_pets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def herds(pets: Path) -> Path:
    return write_herds(pets)


def test_the_latest_version_of_the_other_dataset_is_read_and_recorded(
    herds: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    read = build_pets(herds, store).version
    made = build_herds(herds, store).version
    assert pl.read_parquet(made.files("herds")).rows() == [("cat", 5), ("dog", 5)]
    (source,) = made.manifest.sources
    assert source.via == "store"
    assert source.version_of.to_json() == {"dataset": "pets", "version": read.name}
    assert f"version `{read.name}` of pets" in (made.path / "README.md").read_text()


def test_without_a_version_the_other_dataset_is_to_be_built_first(
    herds: Path, tmp_path: Path
) -> None:
    with pytest.raises(SourceMissingError) as seen:
        plan_herds(herds, tmp_path / "store")
    assert "`build-dataset pets` first" in str(seen.value.hint)
    assert "latest version of pets: does not exist" in seen.value.message


def test_a_newer_version_makes_what_was_built_from_it_stale_until_it_is_built_again(
    herds: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    build_pets(herds, store)
    first = build_herds(herds, store).version
    assert [one.stale for one in parent_versions(VersionStore(store), first)] == [False]
    newer = build_pets(herds, store, salt="other").version
    assert [one.latest for one in parent_versions(VersionStore(store), first) if one.stale] == [
        newer.name
    ]
    second = build_herds(herds, store)
    assert second.state == "built"
    assert second.version.name != first.name
    assert not any(one.stale for one in parent_versions(VersionStore(store), second.version))


def test_list_show_and_coverage_say_that_it_is_stale(herds: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    build_pets(herds, store)
    build_herds(herds, store)
    newer = build_pets(herds, store, salt="other").version.name
    for arguments in (["list"], ["show", "herds"], ["coverage", "herds"]):
        told = command(*arguments, "--out", str(store), cwd=herds).stdout
        assert "stale: herds was built from pets" in told, arguments
        assert newer in told.replace("\n", "")
    document = json.loads(command("show", "herds", "--json", "--out", str(store), cwd=herds).stdout)
    assert document["built_from"][0]["stale"] is True


def test_the_plan_names_the_version_it_would_read(herds: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    read = build_pets(herds, store).version
    told = command("plan", "herds", "--out", str(store), cwd=herds).stdout
    assert f"pets {read.name}" in told


def test_an_older_version_is_read_by_its_name_or_its_folder(herds: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    older = build_pets(herds, store).version
    build_pets(herds, store, salt="other")
    elsewhere = tmp_path / "copy" / older.name
    shutil.copytree(older.path, elsewhere)
    by_name = plan_herds(herds, store, pets=type(older.path)(older.name))
    by_folder = plan_herds(herds, store, pets=elsewhere)
    assert by_name.inputs.sources["pets"].version == older.name
    assert by_name.version == by_folder.version != plan_herds(herds, store).version


def test_a_file_that_was_changed_in_the_store_is_refused(herds: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    read = build_pets(herds, store).version
    file = read.files("pets")[0]
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(SourceChangedError, match="was changed"):
        plan_herds(herds, store)


def test_a_version_that_failed_its_gate_is_refused(herds: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    suite = herds / "expectations/pets/pets.yaml"
    suite.write_text(suite.read_text().replace("max_value: 1", "max_value: 0.5"))
    project, plan = plan_pets(herds)
    failed = run_build(
        project, plan, VersionStore(store), Silent(), render=render_documents
    ).version
    with pytest.raises(SourceMissingError):
        plan_herds(herds, store)
    with pytest.raises(SourceFormatError, match="did not pass its gate"):
        plan_herds(herds, store, pets=failed.path)


def test_a_version_of_another_dataset_is_refused(herds: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    build_pets(herds, store)
    other = build_herds(herds, store).version
    with pytest.raises(SourceFormatError, match="a version of herds, declared is pets"):
        plan_herds(herds, store, pets=other.path)
    with pytest.raises(SourceFormatError, match="is no version of a dataset"):
        plan_herds(herds, store, pets=herds)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("dataset: pets", "dataset: petz", "did you mean 'pets'"),
        ("dataset: pets", "dataset: herds", "version of this very dataset"),
        ("    dataset: pets\n", "", "belong together"),
        ("dataset: pets", "dataset: pets\n    mirror: pets", "no mirror, url, hub or pin"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_an_error(
    herds: Path, old: str, new: str, said: str
) -> None:
    path = herds / "datasets/herds/dataset.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DeclarationError) as seen:
        find_project(herds).dataset("herds")
    assert said in f"{seen.value.message} {seen.value.hint}"
