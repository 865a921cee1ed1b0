"""Where the store is: as named, else by the environment, else the project's, else here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from hueset.cli.app import app
from hueset.cli.options import store_of
from hueset.declaration.project import find_project
from hueset.errors import UsageError
from hueset.store.place import named_store
from tests.support.in_process_build import build_pets

if TYPE_CHECKING:
    from typer.testing import Result

REPO = Path(__file__).parents[3]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_what_is_named_goes_before_the_environment_and_that_before_the_project(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = find_project(pets)
    assert store_of(project, None).root == pets / "artifacts"
    monkeypatch.setenv("HUESET_STORE", str(tmp_path / "mine"))
    assert store_of(project, None).root == tmp_path / "mine"
    assert store_of(project, tmp_path / "named").root == tmp_path / "named"
    monkeypatch.setenv("HUESET_STORE", "~/mine")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store_of(project, None).root == tmp_path / "mine"


def test_an_empty_variable_is_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUESET_STORE", " ")
    with pytest.raises(UsageError, match="HUESET_STORE is empty"):
        named_store(None)


def test_outside_any_project_the_store_is_here_and_not_where_hueset_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = find_project()
    assert (project.root, project.installed) == (REPO, True)
    assert store_of(project, None).root == tmp_path / "artifacts"
    assert find_project(start=REPO / "docs").installed is False
    monkeypatch.setenv("HUESET_PROJECT", str(REPO))
    assert store_of(find_project(), None).root == REPO / "artifacts"


def test_outside_any_project_no_lock_is_written_where_hueset_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("sources", "poems", "--lock")
    assert done.exit_code == 2
    assert "which Hueset was installed with" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["ready", "pets"],
        ["show", "pets"],
        ["coverage", "pets"],
        ["verify", "pets"],
        ["list"],
        ["sql", "select 1"],
        ["gc", "--dry-run"],
        ["runs"],
        ["diff", "pets", "1.0.0"],
    ],
)
def test_where_there_is_no_store_that_is_said(
    command: list[str], pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pets)
    there = tmp_path / "nostore"
    for named in (["--out", str(there)], []):
        if not named:
            monkeypatch.setenv("HUESET_STORE", str(there))
        done = run(*command, *named, "--json")
        assert done.exit_code == 2, done.output
        error = json.loads(done.stdout)["error"]
        assert (error["code"], error["message"]) == ("E_NOT_FOUND", f"there is no store at {there}")
        assert "build-dataset" in error["hint"]
    assert not there.exists()


def test_a_project_without_a_store_yet_lists_what_can_be_built(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pets)
    (told,) = json.loads(run("list", "--json").stdout)["datasets"]
    assert told["name"] == "pets"


def test_the_shell_asks_the_store_of_the_environment(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_pets(pets, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUESET_STORE", str(tmp_path / "mine"))
    assert run("ready", "pets", "--dimensions", "calm").exit_code == 0
