"""docs/builders.md: its example is written as it stands, and its tests are run."""

from __future__ import annotations

import inspect
import json
import re
import runpy
from typing import TYPE_CHECKING

import pytest

from hueset import builder
from hueset.build import testing
from tests.conftest import REPO
from tests.support.in_process_build import command

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (REPO / "docs/builders.md").read_text(encoding="utf-8")
BLOCK = re.compile(r'```\w+ title="([^"]+)"\n(.*?)```', re.DOTALL)


def write_example(root: Path) -> None:
    for title, text in BLOCK.findall(PAGE):
        path = root / title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_example_is_built_by_the_command(tmp_path: Path) -> None:
    write_example(tmp_path)
    for town, bells in {"ulm": {"great": 110.0}, "bonn": {"great": 111.0, "small": 440}}.items():
        (tmp_path / "heard").mkdir(exist_ok=True)
        (tmp_path / f"heard/{town}.json").write_text(json.dumps(bells), encoding="utf-8")
    done = command("build", "bells", "--source", "towns=heard", "--json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert document["tables"]["bells"]["rows"] == 2


def test_the_example_passes_its_own_tests(tmp_path: Path) -> None:
    write_example(tmp_path)
    tests = {
        name: run
        for name, run in runpy.run_path(str(tmp_path / "test_bells.py")).items()
        if name.startswith("test_")
    }
    assert len(tests) == 3
    for name, run in tests.items():
        folder = tmp_path / name
        folder.mkdir()
        run(folder)


@pytest.mark.parametrize("name", ["make_inputs", "build_tables", "check_builder"])
def test_the_kit_takes_what_the_page_says(name: str) -> None:
    (given,) = re.findall(rf"^\| `{name}\((.*?)\)` \|", PAGE, re.MULTILINE)
    known = inspect.signature(getattr(testing, name)).parameters
    assert {one.strip().lstrip("*") for one in given.split(",")} <= set(known)


def test_the_page_names_all_that_a_builder_imports() -> None:
    protocols = {"Builder", "Shards", "Verdict", "csv_rows"}
    assert [one for one in builder.__all__ if one not in protocols and one not in PAGE] == []
