"""The folders of the source are the way of the data: imports run down, and never in a circle."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import yaml

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


FRONT_DOORS = {"hueset", "hueset.errors"}
"""What these import for type checkers is no arrow: names that are loaded at their first use."""


def test_imports_run_down_the_house() -> None:
    level = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    up = defaultdict(set)
    for module, imported in _imports():
        here, there = _room(module), _room(imported)
        if here != there and level[here] < level[there]:
            up[here, there].add(f"{module} -> {imported}")
    assert dict(up) == {}


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert _circles(_imports()) == []


def test_a_circle_is_seen_however_long_it_is() -> None:
    way = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("c", "e"), ("e", "f")]
    assert _circles(way) == [["b", "c", "d"]]


def test_the_engine_knows_no_builder_and_only_the_command_line_starts_the_service() -> None:
    foreign = {
        (module, imported)
        for module, imported in _imports()
        if module.partition(".")[0] == "hueset" != imported.partition(".")[0]
    }
    assert {module for module, _ in foreign} == {"hueset.cli.serve"}
    assert {imported.partition(".")[0] for _, imported in foreign} == {"hueset_api"}


DATASETS = yaml.safe_load((REPO / "catalog.yaml").read_text(encoding="utf-8"))["datasets"]
NAMED = re.compile(rf"(?<![a-z])({'|'.join(DATASETS)})(?![a-z])", re.IGNORECASE)

NAMES_ALLOWED = {
    ("hueset/__init__.py", "vibe"): "an example in the docstring of the public API",
    ("hueset/coverage/readiness.py", "emotions"): "an example of a set of classes",
    ("hueset/python_api/version.py", "emotions"): "an example of a set of classes",
    ("hueset/declaration/licence_names.py", "poems"): "an example of a licence in a sentence",
}
"""(file, word) → why the word stands there and is no dataset."""


def test_the_engine_and_the_service_know_no_dataset_by_name() -> None:
    looked_at, found = 0, defaultdict(list)
    for name in ("hueset", "hueset_api"):
        root = PACKAGES[name]
        for path in sorted(root.rglob("*")):
            if path.suffix not in {".py", ".html", ".css", ".js", ".txt", ".yaml"}:
                continue
            looked_at += 1
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                for word in NAMED.findall(line):
                    file = f"{name}/{path.relative_to(root).as_posix()}"
                    found[file, word.lower()].append(f"{number}: {line.strip()}")
    assert looked_at > 150, "nothing was looked at"
    assert dict(found) == {key: found[key] for key in NAMES_ALLOWED}


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


def _circles(imports: list[tuple[str, str]]) -> list[list[str]]:
    """Return the modules that cannot be put into any order, group by group."""
    lower = defaultdict(set)
    for module, imported in imports:
        lower[module].add(imported)
    reached: dict[str, set[str]] = {}
    for module in lower:
        seen: set[str] = set()
        waiting = [module]
        while waiting:
            for other in lower.get(waiting.pop(), set()) - seen:
                seen.add(other)
                waiting.append(other)
        reached[module] = seen
    circles = {
        tuple(sorted(other for other in seen if module in reached.get(other, ())))
        for module, seen in reached.items()
        if module in seen
    }
    return [list(one) for one in sorted(circles)]


def _room(module: str) -> str:
    top, _, rest = module.partition(".")
    return top if top != "hueset" else rest.partition(".")[0] or top
