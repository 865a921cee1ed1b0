from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.make_constraints import HASHED_HEAD, HASHED_PAGE, PAGE, UNHASHED, closure, hashed, page

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


def hashed_versions() -> dict[str, list[str]]:
    """Return name==version → its hashes."""
    found: dict[str, list[str]] = {}
    text = HASHED_PAGE.read_text().removeprefix(HASHED_HEAD)
    for entry in text.replace("\\\n", " ").splitlines():
        name, *hashes = entry.split()
        found[name] = [one.removeprefix("--hash=sha256:") for one in hashes]
    return found


def test_the_file_with_hashes_holds_the_same_versions_and_a_hash_of_each() -> None:
    wanted = {f"{n}=={v}" for n, v in pinned().items() if n not in UNHASHED}
    found = hashed_versions()
    assert set(found) == wanted
    assert [name for name, hashes in found.items() if not hashes] == []
    assert {len(one) for hashes in found.values() for one in hashes} == {64}
    assert not {"@", "/", "+"} & set("".join(found))


def test_where_to_look_never_reaches_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = "--index-url https://example.org\n--find-links /wheels\na==1 \\\n    --hash=sha256:"
    told += "0" * 64 + "\n    # via b\n"
    uv = tmp_path / "uv"
    uv.write_text(f"#!{sys.executable}\nprint({told!r}, end='')\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    lines = hashed({"a": "1"}).removeprefix(HASHED_HEAD).splitlines()
    assert lines == ["a==1 \\", "    --hash=sha256:" + "0" * 64]
