"""The folders of the source are the way of the data: imports run down, and never in a circle."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

REPO = Path(__file__).parents[2]
PACKAGES = {
    "hueset": REPO / "src/hueset",
    "hueset_builders": REPO / "builders/hueset_builders",
    "hueset_api": REPO / "api/hueset_api",
}
FLOORS = (
    {
        "hueset",
        "errors",
        "failpoints",
        "files",
        "former_names",
        "lazy_exports",
        "module_path",
        "redaction",
        "threads",
        "words",
    },
    {"declaration"},
    {"documents"},
    {"builder"},
    {"tables"},
    {"store"},
    {"sources"},
    {"coverage"},
    {"gate"},
    {"build"},
    {"annotate", "release", "training"},
    {"render"},
    {"python_api"},
    {"cli", "hueset_api", "hueset_builders", "__main__"},
)
"""The rooms from the ground up; each imports its own floor's and lower ones."""

STILL_UP = {
    ("build", "release"): "a build writes the card; the caller should hand it in",
    ("builder", "sources"): "the protocol names the source that a builder reads",
    ("store", "build"): "whether a unit is whole, and what a metadata revision compares",
    ("store", "sources"): "gc gives back what lies in the cache of sources",
    ("store", "release"): "a metadata revision renders the card",
    ("tables", "store"): "the media reader takes a version",
}
"""Arrows that run up and are known: none may be added, and one that is gone is struck out here."""


FRONT_DOORS = {"hueset", "hueset.errors"}
"""What these import for type checkers is no arrow: names that are loaded at their first use."""


def test_imports_run_down_the_house() -> None:
    level = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    up = defaultdict(set)
    for module, imported in _imports():
        here, there = _room(module), _room(imported)
        if here != there and level[here] < level[there]:
            up[here, there].add(f"{module} -> {imported}")
    known = set(STILL_UP)
    assert set(up) - known == set(), dict(up)
    assert known - set(up) == set(), "an arrow is gone: strike it out of STILL_UP"


def test_the_engine_knows_no_builder_and_only_the_command_line_starts_the_service() -> None:
    foreign = {
        (module, imported)
        for module, imported in _imports()
        if module.partition(".")[0] == "hueset" != imported.partition(".")[0]
    }
    assert {module for module, _ in foreign} == {"hueset.cli.serve"}
    assert {imported.partition(".")[0] for _, imported in foreign} == {"hueset_api"}


def _imports() -> list[tuple[str, str]]:
    """Return (module, module of ours that it imports), wherever in the file the import stands."""
    files = {
        ".".join([name, *path.relative_to(root).with_suffix("").parts]).removesuffix(
            ".__init__"
        ): path
        for name, root in PACKAGES.items()
        for path in sorted(root.rglob("*.py"))
    }
    found = []
    for module, path in files.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(_without_types(tree) if module in FRONT_DOORS else tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [name if name in files else node.module for name in inner]
            found += [(module, name) for name in names if name in files and name != module]
    assert len(found) > 500, "nothing was looked at"
    return found


def _without_types(tree: ast.Module) -> ast.Module:
    kept = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return ast.Module(kept, [])


def _room(module: str) -> str:
    top, _, rest = module.partition(".")
    return top if top != "hueset" else rest.partition(".")[0] or top
