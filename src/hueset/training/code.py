"""The hash of the code that makes a number: the task, the training modules, and what they import.

Of Hueset and of the package that the task lies in; read from the source, not from what happens to
be loaded, so it is the same before and after a run. Other libraries are named by version in a run's
`environment`.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

import hueset
from hueset.declaration.builder_package import package_folders

ROOT = Path(hueset.__file__).parent


@cache
def code_sha256(task: str) -> str:
    """Return the hash of `code_files`, names and bytes."""
    digest = hashlib.sha256()
    for name, path in code_files(task).items():
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def code_files(task: str) -> dict[str, Path]:
    """Return every module of `hueset.training` and the task's own, with all that they lead to.

    Parameters
    ----------
    task
        The module of the task: what it imports of its own top-level package counts too.

    Returns
    -------
    dict
        The file of each, by its name with `/` between: `hueset/training/loop.py`.
    """
    top = task.partition(".")[0]
    roots = dict([("hueset", ROOT), *((top, place) for place in package_folders(top)[:1])])
    todo = [*(ROOT / "training").rglob("*.py"), *_files(task, roots)]
    found: dict[str, Path] = {}
    while todo:
        path = todo.pop()
        name = _name(path, roots)
        if name not in found:
            found[name] = path
            imported = _imported_modules(ast.parse(path.read_bytes()))
            todo += [file for one in imported for file in _files(one, roots)]
    return dict(sorted(found.items()))


def _imported_modules(tree: ast.AST) -> set[str]:
    """Return the names a module imports when it runs; for the type checker alone is not running."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        found |= _imported_modules(node)
    return found


def _files(name: str, roots: dict[str, Path]) -> list[Path]:
    """Return the file of a module below one of the packages; none for anything else."""
    first, *parts = name.split(".")
    if first not in roots:
        return []
    place = roots[first].joinpath(*parts)
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return [path for path in candidates if path.is_file()]


def _name(path: Path, roots: dict[str, Path]) -> str:
    top, root = next((top, root) for top, root in roots.items() if path.is_relative_to(root))
    return f"{top}/{path.relative_to(root).as_posix()}"
