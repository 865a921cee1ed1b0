"""The modules beside a builder: found by name in its package, and part of no fingerprint."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from hueset.build.fingerprint import code_digest
from hueset.builder.dataset_modules import DatasetModule, load_dataset_module, package_of
from hueset.declaration.builder_package import offer_packages
from hueset.declaration.project import Project, find_project
from hueset.errors import BuildError, ForeignProjectError
from tests.support.moods_project import write_moods

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hueset.declaration import Dataset


@pytest.fixture
def moods(tmp_path: Path) -> Iterator[Path]:
    yield write_moods(tmp_path / "project")
    for name in [one for one in sys.modules if one.partition(".")[0] == "makers"]:
        del sys.modules[name]


def declared(root: Path) -> tuple[Project, Dataset]:
    project = Project(root)
    return project, project.dataset("moods")


def test_each_is_found_and_nothing_else_is_imported(moods: Path) -> None:
    module = load_dataset_module(*declared(moods), DatasetModule.TASKS)
    assert module is not None and module.__file__ == str(moods / "makers/moods/tasks.py")
    assert {one for one in sys.modules if one.partition(".")[0] == "makers"} == {
        "makers",
        "makers.moods",
        "makers.moods.tasks",
    }


def test_where_there_is_none_nothing_is_imported(moods: Path) -> None:
    (moods / "makers/moods/report.py").unlink()
    assert load_dataset_module(*declared(moods), DatasetModule.REPORT) is None
    assert not [one for one in sys.modules if one.partition(".")[0] == "makers"]


def test_a_builder_that_shares_its_package_has_none(moods: Path) -> None:
    (moods / "makers/moods/build.py").rename(moods / "makers/plain.py")
    (moods / "makers/report.py").write_text("raise ImportError('somebody else')")
    file = moods / "datasets/moods/dataset.yaml"
    file.write_text(file.read_text().replace("makers.moods.build", "makers.plain"))
    assert load_dataset_module(*declared(moods), DatasetModule.REPORT) is None


def test_a_package_that_is_the_builder_holds_its_own(moods: Path) -> None:
    offer_packages({"makers": moods})
    assert package_of("makers.moods") == "makers.moods"
    assert package_of("makers.moods.build") == "makers.moods"
    assert package_of("makers.moods.checks") is None


def test_what_fails_in_it_is_named_with_file_and_line(moods: Path) -> None:
    (moods / "makers/moods/tasks.py").write_text("\nTASKS = 1 / 0\n")
    with pytest.raises(BuildError, match=r"makers\.moods\.tasks failed.*tasks\.py:2"):
        load_dataset_module(*declared(moods), DatasetModule.TASKS)


@pytest.mark.parametrize("part", ["", "tasks.py"])
def test_one_that_everybody_may_write_is_not_imported(moods: Path, part: str) -> None:
    (moods / "makers/moods" / part).chmod(0o777)
    project = find_project(start=moods / "datasets")
    dataset = project.dataset("moods")
    with pytest.raises(ForeignProjectError, match="may be written by everybody"):
        load_dataset_module(project, dataset, DatasetModule.TASKS)
    assert not [one for one in sys.modules if one.partition(".")[0] == "makers"]


def test_they_are_no_part_of_the_fingerprint(moods: Path) -> None:
    offer_packages({"makers": moods})
    before = code_digest("makers.moods.build")
    for name in ("report.py", "tasks.py", "view.py"):
        (moods / "makers/moods" / name).write_text("changed = True\n")
    assert code_digest("makers.moods.build") == before
    (moods / "makers/moods/checks.py").write_text("changed = True\n")
    assert code_digest("makers.moods.build") != before
