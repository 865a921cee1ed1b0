"""Modules and classes are nouns, functions verbs with an object, and one name means one thing."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.unit.test_rooms import PACKAGES, REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTICIPLES = frozenset(
    {
        *("asked", "called", "carried", "covered", "found", "given", "heard", "held", "kept"),
        *("listed", "looked", "made", "named", "picked", "said", "seen", "shown", "taken", "told"),
    }
)
"""What a name was once made of here, so that nobody could say what it is."""

MOST_ONE_WORD = 0.35
"""The share of public functions whose name may be one word, in each package."""


def test_no_class_name_stands_for_two_things() -> None:
    places = defaultdict(list)
    for path, tree in _modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(REPO)))
    assert len(places) > 200
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_nothing_public_is_called_by_a_participle() -> None:
    called = []
    for path, tree in _modules():
        names = [path.stem]
        names += [
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
        called += [f"{path.name}: {name}" for name in names if name.lower() in PARTICIPLES]
    assert called == []


def test_most_functions_say_what_they_do_and_to_what() -> None:
    words = defaultdict(Counter)
    for path, tree in _modules():
        package = next(name for name, root in PACKAGES.items() if path.is_relative_to(root))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
                words[package]["one" if "_" not in node.name else "more"] += 1
    shares = {name: count["one"] / count.total() for name, count in words.items()}
    assert set(shares) == set(PACKAGES)
    assert {name: share for name, share in shares.items() if share > MOST_ONE_WORD} == {}


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for root in PACKAGES.values():
        for path in sorted(root.rglob("*.py")):
            if "skeleton" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))
