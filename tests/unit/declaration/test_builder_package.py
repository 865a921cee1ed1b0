"""Builders are imported by the name that is declared, and nothing that lies beside them."""

from __future__ import annotations

import importlib
import io
import pickle
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from hueset.build.fingerprint import code_digest
from hueset.builder import Inputs
from hueset.builder.loader import load_builder
from hueset.declaration.builder_package import (
    _FINDER,
    builder_file,
    builder_files,
    explain_missing,
    offer_packages,
    offered_packages,
)
from hueset.declaration.project import find_project
from hueset.errors import BuildError, DeclarationError
from hueset.render.terminal.build import plan_document, print_plan
from hueset.store.store import VersionStore
from tests.support.in_process_build import plan_pets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILDER = """
from offered_makers.shared import NAME

class Row:
    pass

def plan_units(inputs):
    return []

def build_unit(unit, inputs):
    yield
"""


@pytest.fixture(autouse=True)
def finder() -> Iterator[None]:
    """Leave the module path, and what was imported from it, as they were."""
    path, offered = list(sys.path), dict(_FINDER.roots)
    yield
    assert sys.path == path
    _FINDER.roots.clear()
    _FINDER.roots.update(offered)
    for name in [one for one in sys.modules if one.partition(".")[0].startswith("offered_")]:
        del sys.modules[name]


def make(root: Path, name: str = "here") -> Path:
    (root / "offered_makers").mkdir(parents=True)
    (root / "offered_makers/__init__.py").write_text("")
    (root / "offered_makers/shared.py").write_text(f"NAME = {name!r}\n")
    (root / "offered_makers/moods.py").write_text(BUILDER)
    (root / "offered_stray.py").write_text("")
    return root


def test_the_declared_package_is_imported_with_its_modules_and_nothing_beside_it(tmp_path) -> None:
    root = make(tmp_path)
    offer_packages({"offered_makers": root})
    builder = load_builder("offered_makers.moods")
    assert builder.NAME == "here"
    assert builder_file("offered_makers.moods") == root / "offered_makers/moods.py"
    assert find_spec("offered_stray") is None
    assert str(root) not in sys.path


def test_its_classes_are_pickled_by_the_name_of_their_module(tmp_path) -> None:
    offer_packages({"offered_makers": make(tmp_path)})
    row = load_builder("offered_makers.moods").Row()
    packed = pickle.dumps(row)
    for name in [one for one in sys.modules if one.startswith("offered_makers")]:
        del sys.modules[name]
    assert type(pickle.loads(packed)).__module__ == "offered_makers.moods"


def test_a_single_module_and_a_folder_without_init_are_found_too(tmp_path) -> None:
    (tmp_path / "offered_single.py").write_text(BUILDER.replace("from offered", "# from offered"))
    (tmp_path / "offered_plain").mkdir()
    (tmp_path / "offered_plain/moods.py").write_text("plan_units = build_unit = print\n")
    offer_packages({"offered_single": tmp_path, "offered_plain": tmp_path})
    assert load_builder("offered_single").__file__ == str(tmp_path / "offered_single.py")
    assert load_builder("offered_plain.moods").__file__ == str(tmp_path / "offered_plain/moods.py")
    assert builder_files(tmp_path, "offered_plain.moods") == [
        tmp_path / "offered_plain",
        tmp_path / "offered_plain/moods.py",
    ]


def test_a_library_is_never_hidden_by_a_package_of_its_name(tmp_path) -> None:
    (tmp_path / "json").mkdir()
    (tmp_path / "json/__init__.py").write_text("raise SystemExit('planted')")
    (tmp_path / "json/moods.py").write_text("raise SystemExit('planted')")
    offer_packages({"json": tmp_path})
    with pytest.raises(BuildError) as caught:
        load_builder("json.moods")
    assert "has the same name as" in str(caught.value.hint)
    assert str(tmp_path / "json") in str(caught.value.hint)
    with pytest.raises(DeclarationError) as missing:
        code_digest("json.moods")
    assert "has the same name as" in str(missing.value.hint)
    assert importlib.import_module("json").dumps([]) == "[]"


def test_what_lies_beside_the_package_is_named_where_the_builder_wants_it(tmp_path) -> None:
    root = make(tmp_path)
    (root / "offered_makers/moods.py").write_text("import offered_stray\n")
    offer_packages({"offered_makers": root})
    with pytest.raises(BuildError, match="offered_stray") as caught:
        load_builder("offered_makers.moods")
    assert f"move it into {root / 'offered_makers'}" in str(caught.value.hint)
    assert explain_missing("no_such_library") is None
    assert explain_missing(None) is None


def test_two_projects_may_name_their_packages_alike(tmp_path) -> None:
    first, second = make(tmp_path / "a", "first"), make(tmp_path / "b", "second")
    for root, name in ((first, "first"), (second, "second"), (first, "first")):
        offer_packages({"offered_makers": root})
        assert name == load_builder("offered_makers.moods").NAME
        assert offered_packages()["offered_makers"] == root


def test_what_is_imported_from_elsewhere_is_not_forgotten(tmp_path) -> None:
    offer_packages({"json": tmp_path})
    before = sys.modules["json"]
    offer_packages({"json": tmp_path / "other"})
    assert sys.modules["json"] is before


def test_finding_a_project_imports_and_offers_nothing(pets: Path) -> None:
    before = offered_packages()
    before.pop("pets_builders", None)
    project = find_project(start=pets)
    dataset = project.dataset("pets")
    assert Inputs(dataset, {}, {}, project.facts(dataset)).dataset.name == "pets"
    assert offered_packages().get("pets_builders") != pets
    project.offer_builder(dataset)
    assert offered_packages()["pets_builders"] == pets


def test_a_plan_says_whose_code_it_ran(pets: Path, tmp_path: Path) -> None:
    _, made = plan_pets(pets)
    document = plan_document(made, VersionStore(tmp_path / "store"))
    file = str(pets / "pets_builders/pets.py")
    assert document["builder"] == {"module": "pets_builders.pets", "file": file}
    console = Console(file=io.StringIO(), width=200)
    print_plan(console, document)
    assert f"code that runs  pets_builders.pets, {file}" in console.file.getvalue()
