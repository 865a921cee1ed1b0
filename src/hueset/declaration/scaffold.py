"""A new project elsewhere: catalog, one declared dataset, its suite and builder, ready to run."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from hueset.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

SKELETON = {
    "catalog.yaml": "catalog.yaml",
    "dataset.yaml": "datasets/$name/dataset.yaml",
    "dimensions.yaml": "datasets/$name/dimensions.yaml",
    "card.md": "datasets/$name/card.md",
    "changes.md": "datasets/$name/CHANGES.md",
    "suite.yaml": "expectations/$name/examples.yaml",
    "maker.py.txt": "makers/$name/build.py",
}


def init_project(root: Path, name: str) -> list[Path]:
    """Write the skeleton of a project with one dataset.

    Parameters
    ----------
    root
        The folder to make; it may exist, but none of the files may.
    name
        The dataset's name.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    UsageError
        The name is not lower-case letters, digits and `_`, or a file exists already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
        message = f"{name!r} is no name for a dataset: lower-case letters, digits and _ only"
        raise UsageError(message, hint="for example lyric_moods", value=name)
    words = {"name": name, "title": name.replace("_", " ").capitalize()}
    texts = {
        root / Template(place).substitute(words): Template(
            (files("hueset.declaration") / "skeleton" / source).read_text(encoding="utf-8")
        ).substitute(words)
        for source, place in SKELETON.items()
    }
    makers = root / "makers"
    texts[makers / "__init__.py"] = '"""What this project makes, one package for each dataset."""\n'
    texts[makers / name / "__init__.py"] = f'"""The dataset `{name}`: all of it in one place."""\n'
    there = [path for path in texts if path.exists()]
    if there:
        message = f"{there[0]} exists already"
        raise UsageError(message, hint="nothing was written; give another folder")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)
