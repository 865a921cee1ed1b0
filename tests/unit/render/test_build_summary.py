"""What a person reads of a build, and of two versions: why, from where, and what differs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from hueset.cli.app import app
from hueset.render.terminal.words import LONGEST_WHY, why_note
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose suite makes a promise that is not held, and whose name is not salted."""
    root = write_pets(tmp_path_factory.mktemp("summary") / "pets_project")
    suite = root / "expectations/pets/pets.yaml"
    text = suite.read_text().replace("max_value: 1}", "max_value: 0.5}")
    suite.write_text(text.replace("severity: critical", "severity: warning"))
    declaration = root / "datasets/pets/dataset.yaml"
    declaration.write_text(
        declaration.read_text().replace("parameters: {salt: s}", "parameters: {salt: s, note: a}")
    )
    return root


def run(root: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*arguments, "--project", str(root)])
    assert done.exit_code == code, done.output
    return done.output


def test_a_broken_promise_is_told_with_its_why_and_each_build_with_its_own_sources(
    root: Path,
) -> None:
    built = run(root, "build", "pets", "--source", f"pets={root}/mirror/pets")
    assert "warn" in built
    assert "· why: calm is a share" in built
    assert "pets (flag)" in built
    assert "· why: calm is a share" in run(root, "show", "pets")
    again = run(root, "build", "pets", "--mirror", str(root / "mirror"))
    assert "nothing to do" in again
    assert "pets (mirror)" in again


def test_rows_do_not_differ_where_every_table_is_the_same(root: Path) -> None:
    mirror = ("--mirror", str(root / "mirror"))
    run(root, "build", "pets", *mirror)
    run(root, "build", "pets", *mirror, "--set", "note=b")
    told = run(root, "show", "pets", "--json")
    old, new = sorted(json.loads(told)["versions"])
    differs = run(root, "diff", "pets", old, new)
    assert "what differs: parameters; every table is the same" in differs
    run(root, "build", "pets", *mirror, "--set", "salt=t")
    assert "rows" in run(root, "diff", "pets", old).partition("what differs:")[2].split("\n")[0]


def test_a_page_for_a_folder_that_is_not_there_is_no_fault_of_the_store(root: Path) -> None:
    run(root, "build", "pets", "--mirror", str(root / "mirror"))
    said = run(root, "report", "pets", "--to", str(root / "no/x.html"), code=2)
    assert "error[E_USAGE]" in said
    assert "there is no folder" in said


def test_a_long_reason_is_cut() -> None:
    assert why_note(None) == ""
    assert len(why_note("word " * 100)) < LONGEST_WHY + 15
