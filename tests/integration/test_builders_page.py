"""docs/builders.md: its example is written as it stands, and its tests are run."""

from __future__ import annotations

import inspect
import re
import runpy
from typing import TYPE_CHECKING

import pytest

from hueset import builder
from hueset.build import testing
from tests.conftest import REPO

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (REPO / "docs/builders.md").read_text(encoding="utf-8")
BLOCK = re.compile(r'```\w+ title="([^"]+)"\n(.*?)```', re.DOTALL)


def test_the_example_passes_its_own_tests(tmp_path: Path) -> None:
    for title, text in BLOCK.findall(PAGE):
        path = tmp_path / title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
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
