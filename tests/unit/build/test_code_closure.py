"""Whatever code or data a builder reads beside itself is part of its fingerprint, and no more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hueset.build import code_closure
from hueset.build.code_closure import find_code
from hueset.build.fingerprint import code_digest
from hueset.build.import_guard import only_known_code
from hueset.builder.dataset_modules import DatasetModule
from hueset.builder.loader import load_builder
from hueset.declaration.builder_package import _FINDER, offer_packages
from hueset.errors import BuildError, DeclarationError
from tests.support.in_process_build import build_pets

if TYPE_CHECKING:
    from collections.abc import Iterator

REPO = Path(__file__).parents[3]
FUNCTIONS = "def plan_units(inputs):\n    return []\ndef build_unit(unit, inputs):\n    yield\n"


@pytest.fixture(autouse=True)
def finder() -> Iterator[None]:
    """Leave what is offered and what was imported as they were."""
    offered, loaded = dict(_FINDER.roots), set(sys.modules)
    yield
    _FINDER.roots.clear()
    _FINDER.roots.update(offered)
    for name in set(sys.modules) - loaded:
        if name.startswith(("inked_", "hueset_builders")):
            del sys.modules[name]


@pytest.fixture
def makers(tmp_path: Path) -> Path:
    """A package with two builders side by side, one of them a package, and what they may read."""
    root = tmp_path / "inked_makers"
    for place, text in {
        "__init__.py": "",
        "one.py": FUNCTIONS,
        "two.py": FUNCTIONS,
        "helper.py": "V = 1\n",
        "sub/__init__.py": "",
        "sub/deep.py": "V = 1\n",
        "three/__init__.py": FUNCTIONS,
        "three/inner.py": "V = 1\n",
        "three/view.py": "V = 1\n",
        "three/report/__init__.py": "V = 1\n",
    }.items():
        write(root / place, text)
    offer_packages({"inked_makers": tmp_path})
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def changed(makers: Path, place: str, builder: str = "one") -> bool:
    """Whether other bytes at a place make another digest of a builder's code."""
    before = code_digest(f"inked_makers.{builder}")
    write(makers / place, "V = 2\n")
    return code_digest(f"inked_makers.{builder}") != before


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("from inked_makers import helper", "helper.py"),
        ("import inked_makers.sub.deep", "sub/__init__.py"),
        ("from .sub import deep", "sub/deep.py"),
        ("from . import helper", "helper.py"),
        ("from .sub.deep import V", "sub/deep.py"),
        ("from inked_makers.sub import *", "sub/deep.py"),
        ("def f():\n    from inked_makers.sub import deep", "sub/deep.py"),
        ("import importlib\ndef f(n):\n    return importlib.import_module(n)", "sub/deep.py"),
        ("from importlib import import_module as get", "sub/deep.py"),
        ("from importlib.util import spec_from_file_location", "sub/deep.py"),
        ("def f(n):\n    return __import__(n)", "helper.py"),
        ("def f(path):\n    exec(path.read_text())", "sub/deep.py"),
        ("import runpy", "helper.py"),
        ("import pkgutil", "helper.py"),
    ],
)
def test_code_that_a_builder_may_reach_counts(makers: Path, line: str, place: str) -> None:
    write(makers / "one.py", f"{line}\n{FUNCTIONS}")
    assert changed(makers, place)
    assert not changed(makers, place, "two"), "it is no code of the other builder"


def test_code_that_it_cannot_reach_does_not_count(makers: Path) -> None:
    write(makers / "one.py", f"from importlib.util import find_spec\n{FUNCTIONS}")
    assert not changed(makers, "two.py")
    assert not changed(makers, "sub/deep.py")
    assert not changed(makers, "three/inner.py")
    assert changed(makers, "__init__.py")


@pytest.mark.parametrize(("entry", "builder"), [("__init__", "three"), ("build", "three.build")])
def test_a_computed_import_reaches_the_package_but_not_what_reads_versions(
    makers: Path, entry: str, builder: str
) -> None:
    write(makers / f"three/{entry}.py", f"import importlib\n{FUNCTIONS}")
    assert changed(makers, "three/inner.py", builder)
    assert not changed(makers, "three/view.py", builder)
    assert not changed(makers, "three/report/__init__.py", builder)
    assert not changed(makers, "helper.py", builder)
    write(makers / f"three/{entry}.py", f"from inked_makers.three import view\n{FUNCTIONS}")
    write(makers / "three/view.py", "V = 3\n")
    assert changed(makers, "three/view.py", builder)


def test_data_beside_the_code_counts_and_what_tools_leave_there_does_not(makers: Path) -> None:
    assert changed(makers, "d.json")
    assert changed(makers, "tables/more/e.csv")
    assert changed(makers, "three/f.json", "three")
    assert not changed(makers, "three/f.json"), "it is no data of the other builder"
    for place in ("__pycache__/one.pyc", ".cache/x.json", ".hidden", "one.py~", "py.typed"):
        assert not changed(makers, place), place
    (makers / "d.json").rename(makers / "g.json")
    assert "inked_makers/g.json" in find_code("inked_makers.one").data


def test_more_data_than_belongs_beside_code_is_refused(
    makers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(makers / "d.json", "{}")
    monkeypatch.setattr(code_closure, "MOST_DATA_BYTES", 1)
    with pytest.raises(DeclarationError, match="lie beside the code") as caught:
        code_digest("inked_makers.one")
    assert "as a source" in str(caught.value.hint)


def test_an_import_that_no_source_shows_ends_the_build_with_its_name(makers: Path) -> None:
    # What `lazy_exports` of Hueset's own packages does: the import is computed outside the package.
    write(
        makers / "one.py",
        "from hueset.lazy_exports import lazy_exports\n"
        f"get = lazy_exports('inked_makers', {{'V': 'helper'}})\n{FUNCTIONS}",
    )
    builder = "inked_makers.one"
    with only_known_code(builder):
        made = load_builder(builder)
    with (
        pytest.raises(BuildError, match=r"imports inked_makers\.helper \(.*helper\.py\)") as caught,
        only_known_code(builder),
    ):
        made.get("V")
    assert caught.value.hint == "import it by its name: `import inked_makers.helper`"


def test_a_module_of_the_project_outside_the_package_ends_the_build(
    makers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(makers.parent / "inked_stray.py", "V = 1\n")
    monkeypatch.syspath_prepend(str(makers.parent))
    write(makers / "one.py", f"import json, inked_stray\n{FUNCTIONS}")
    with (
        pytest.raises(BuildError, match="imports inked_stray") as caught,
        only_known_code("inked_makers.one"),
    ):
        load_builder("inked_makers.one")
    assert "move it into the package inked_makers" in str(caught.value.hint)


def test_every_step_of_a_build_is_watched(pets: Path, tmp_path: Path) -> None:
    maker = pets / "pets_builders/pets.py"
    text = maker.read_text()
    (pets / "pets_builders/helper.py").write_text("V = 1\n")
    get = (
        "\n    from hueset.lazy_exports import lazy_exports"
        "\n    lazy_exports('pets_builders', {'V': 'helper'})('V')"
    )
    steps = {
        "plan_units": text.replace("plan_units(inputs):", f"plan_units(inputs):{get}"),
        "build_unit": text.replace("build_unit(unit, inputs):", f"build_unit(unit, inputs):{get}"),
        "combine": f"{text}\ndef combine(shards, inputs):{get}\n    return []\n",
        "check": f"{text}\ndef check(tables, inputs):{get}\n    return []\n",
    }
    for step, changed_text in steps.items():
        maker.write_text(changed_text)
        with pytest.raises(BuildError, match=r"imports pets_builders\.helper"):
            build_pets(pets, tmp_path / step)


def test_a_change_of_one_dataset_of_this_repository_is_none_of_another() -> None:
    home = REPO / "builders/hueset_builders"
    names = sorted(path.parent.name for path in home.glob("*/__init__.py"))
    names.remove("readers")
    assert len(names) >= 8
    for name in names:
        code = find_code(f"hueset_builders.{name}.build")
        assert not code.data
        inside = {
            module.split(".")[1] for module in code.modules if module.startswith("hueset_builders.")
        }
        assert inside <= {name, "readers"}, name
        assert not any(f"hueset_builders.{name}.{one}" in code.modules for one in DatasetModule), (
            name
        )
