from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.make_constraints import PAGE, closure, page

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


def pinned() -> dict[str, str]:
    lines = [one for one in PAGE.read_text().splitlines() if not one.startswith("#")]
    return dict(one.split("==") for one in lines)


def test_every_dependency_of_the_tests_is_pinned_inside_its_range() -> None:
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    extras = project["optional-dependencies"]
    named = ("annotate", "api", "hub", "mel", "onnx", "train", "test")
    wanted = [*project["dependencies"], *(one for name in named for one in extras[name])]
    requirements = [Requirement(one) for one in wanted if not one.startswith("hueset[")]
    outside = [
        f"{one} is {pinned().get(canonicalize_name(one.name))}"
        for one in requirements
        if pinned().get(canonicalize_name(one.name)) not in one.specifier
    ]
    assert len(requirements) > 25
    assert outside == []


def test_the_file_names_versions_and_no_address() -> None:
    assert not {"@", "/", "+"} & set("".join(f"{n}{v}" for n, v in pinned().items()))


def test_a_requirement_brings_what_it_needs_and_what_its_extra_needs() -> None:
    assert {"httpx", "httpcore", "anyio", "idna"} <= set(closure("httpx"))
    assert "opentelemetry-api" not in closure("httpx")
    assert page({"b": "2", "a": "1", "me": "0"}, "me").splitlines()[1:] == ["a==1", "b==2"]


def test_what_is_not_installed_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError):
        closure("no-such-package-here")
