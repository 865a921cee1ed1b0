"""A package that only one builder needs is asked for by name, with what brings it."""

from __future__ import annotations

import sys

import pytest

from hueset.builder import Inputs, require_package
from hueset.declaration.project import find_project
from hueset.errors import UsageError
from hueset_builders.atlas import build as atlas
from hueset_builders.poems import build as poems
from tests.support.in_process_build import REPO


def test_a_package_that_cannot_be_imported_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require_package("json", install="python", what="this test")
    monkeypatch.setitem(sys.modules, "datasketch", None)
    with pytest.raises(UsageError, match="this test needs datasketch") as caught:
        require_package("datasketch", install="hueset[poems]", what="this test")
    assert caught.value.hint == 'pip install "hueset[poems]"'


@pytest.mark.parametrize(
    ("builder", "name", "package"), [(poems, "poems", "datasketch"), (atlas, "atlas", "fastexcel")]
)
def test_the_datasets_with_an_extra_ask_when_they_plan(
    monkeypatch: pytest.MonkeyPatch, builder: object, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    project = find_project(REPO)
    inputs = Inputs(project.dataset(name), {"clear": None}, {}, {})  # type: ignore[dict-item]
    with pytest.raises(UsageError, match=f"{name}.* needs {package}") as caught:
        builder.plan_units(inputs)  # type: ignore[attr-defined]
    assert caught.value.hint == f'pip install "hueset[{name}]"'
