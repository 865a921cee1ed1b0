"""The files for the forge: they can be read, run what is there, and hold no secret."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

REPO = Path(__file__).parents[2]
WORKFLOWS = sorted((REPO / ".github/workflows").glob("*.yml"))

each = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def load(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in load(path)["jobs"].values() for step in job["steps"]]


def test_there_are_two() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "release.yml"]


@each
def test_a_workflow_may_read_and_nothing_more_unless_a_job_says_so(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    broad = {name for name, job in workflow["jobs"].items() if "permissions" in job}
    assert broad == ({"publish"} if path.name == "release.yml" else set())


@each
def test_every_step_does_one_thing_and_every_action_has_its_version(path: Path) -> None:
    for step in steps(path):
        assert ("uses" in step) != ("run" in step), step
        if "uses" in step:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+@(v\d+|release/v\d+|[0-9a-f]{40})", step["uses"])


@each
def test_no_secret_stands_in_them_and_none_stays_in_the_checkout(path: Path) -> None:
    assert "secrets." not in path.read_text()
    checkouts = [step for step in steps(path) if "checkout" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@each
def test_no_text_of_a_stranger_becomes_a_command(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", ""), step


def test_ci_runs_what_a_person_runs() -> None:
    assert (REPO / ".ci/run").stat().st_mode & 0o111
    assert ".ci/run" in [step.get("run") for step in steps(WORKFLOWS[0])]
    script = (REPO / ".ci/run").read_text()
    for check in ("pytest", "ruff format --check .", "ruff check .", "mypy", "check_licences"):
        assert check in script


def test_the_tested_pythons_are_those_that_are_promised() -> None:
    classifiers = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["classifiers"]
    promised = {one.rpartition(" ")[2] for one in classifiers if re.search(r":: 3\.\d+$", one)}
    jobs = load(WORKFLOWS[0])["jobs"]
    others = set(jobs["other-pythons"]["strategy"]["matrix"]["python-version"])
    container = re.search(r"python:(3\.\d+)", jobs["run"]["container"])
    assert container is not None
    assert others | {container[1]} == promised


def test_the_checks_before_a_commit_are_local() -> None:
    repos = load(REPO / ".pre-commit-config.yaml")["repos"]
    assert {one["repo"] for one in repos} == {"local"}
    hooks = {hook["id"]: hook["entry"] for one in repos for hook in one["hooks"]}
    assert set(hooks) == {"ruff-format", "ruff-check", "mypy"}
