"""Datasets of installed packages: listed behind one's own, never in place of it, never imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from hueset.declaration.project import Project
from hueset.declaration.scaffold import init_project
from hueset.errors import DeclarationError, UnknownNameError
from tests.support.moods_project import PACKAGE, install_moods

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    install_moods(folder)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_it_is_listed_behind_one_s_own_and_read_where_it_lies(tmp_path: Path, site: Path) -> None:
    init_project(tmp_path / "mine", "tides")
    project = Project(tmp_path / "mine")
    assert project.datasets == ("tides", "moods")
    assert project.catalog.datasets == ("tides",)
    assert project.dataset("moods").builder == f"{PACKAGE}.moods.build"
    assert project.folder("moods") == site / PACKAGE / "datasets/moods"
    assert project.suites_folder("moods") == site / PACKAGE / "expectations/moods"
    assert project.home_of("moods").installed
    assert PACKAGE not in sys.modules
    with pytest.raises(UnknownNameError, match="unknown dataset 'mods'") as caught:
        project.dataset("mods")
    assert "moods" in str(caught.value.hint)


def test_one_s_own_dataset_of_that_name_comes_first(tmp_path: Path, site: Path) -> None:
    init_project(tmp_path / "mine", "moods")
    project = Project(tmp_path / "mine")
    assert project.datasets == ("moods",)
    assert project.folder("moods") == tmp_path / "mine/datasets/moods"
    assert project.dataset("moods").builder == "makers.moods.build"


def test_a_dataset_of_two_packages_is_an_error_that_names_both(tmp_path: Path, site: Path) -> None:
    install_moods(site, "other_pack")
    init_project(tmp_path / "mine", "tides")
    project = Project(tmp_path / "mine")
    assert project.dataset("tides").name == "tides"
    with pytest.raises(DeclarationError, match="moods_pack and other_pack"):
        project.dataset("moods")


def test_a_package_without_a_catalog_is_named(tmp_path: Path, site: Path) -> None:
    (site / PACKAGE / "catalog.yaml").unlink()
    init_project(tmp_path / "mine", "tides")
    project = Project(tmp_path / "mine")
    assert project.dataset("tides").name == "tides", "one's own needs nothing of the package"
    with pytest.raises(DeclarationError, match=PACKAGE):
        project.dataset("moods")
