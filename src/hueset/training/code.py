"""The hash of the code that makes a number: the training modules, and all they import of Hueset.

Read from the source, not from what happens to be loaded, so it is the same before and after a run.
Other libraries are named by version in a run's `environment`.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

import hueset

ROOT = Path(hueset.__file__).parent


@cache
def code_sha256() -> str:
    """Return the hash of `code_files`, paths and bytes."""
    digest = hashlib.sha256()
    for path in code_files():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def code_files() -> list[Path]:
    """Return every module of `hueset.training`, and every module of Hueset that they lead to."""
    todo = list((ROOT / "training").rglob("*.py"))
    found: set[Path] = set()
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += [
                file for name in _imported(ast.parse(path.read_bytes())) for file in _file(name)
            ]
    return sorted(found)


def _imported(tree: ast.AST) -> set[str]:
    """Return the names a module imports when it runs; for the type checker alone is not running."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        found |= _imported(node)
    return found


def _file(name: str) -> list[Path]:
    """Return the file of a module of Hueset; none for anything else."""
    first, *parts = name.split(".")
    if first != "hueset":
        return []
    place = ROOT.joinpath(*parts)
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return [path for path in candidates if path.is_file()]
