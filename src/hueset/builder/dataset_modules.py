"""What a dataset has beside its builder: a report, tasks to train, a view in the service.

All of one dataset lies in one package and is found there by name. The package is the one whose
`build` module the declaration names, or the builder itself where that is a package:

`report`
    `sections(material) -> list[hueset.render.report.Section]`, for `hueset report`.
`tasks`
    `TASKS`, the training tasks (`hueset.training.task.Task`), the usual one first.
`view`
    `TITLE`, `offered(version)` and a `router`, for the service (`hueset_api.views`).

A builder never imports them, so they are no part of a version's fingerprint.
"""

from __future__ import annotations

import importlib
from enum import StrEnum
from typing import TYPE_CHECKING

from hueset.builder.loader import builder_code
from hueset.declaration.builder_package import missing_module, package_folders

if TYPE_CHECKING:
    from types import ModuleType

    from hueset.declaration import Dataset
    from hueset.declaration.project import Project

ENTRY = "build"
"""The module of a dataset's package that its declaration names."""


class DatasetModule(StrEnum):
    """A module that a dataset's package may have."""

    REPORT = "report"
    TASKS = "tasks"
    VIEW = "view"


def load_dataset_module(
    project: Project, dataset: Dataset, kind: DatasetModule
) -> ModuleType | None:
    """Import a module of a dataset's package; None where it has none, and nothing is imported then.

    Raises
    ------
    BuildError
        It cannot be imported; the message names file and line.
    DeclarationError
        There is no such builder.
    ForeignProjectError
        The project was met on the way up, and the module is not one's own.
    """
    project.offer_builder(dataset)
    package = package_of(dataset.builder)
    name = f"{package}.{kind}"
    if package is None or missing_module(name) is not None:
        return None
    home = project.home_of(dataset.name)
    if home.package is None:
        home.offer_module(name)
    with builder_code(name, "to be imported"):
        return importlib.import_module(name)


def package_of(builder: str) -> str | None:
    """Return the package that holds all of a dataset; None where the builder shares its own."""
    parent, _, last = builder.rpartition(".")
    if last == ENTRY and parent:
        return parent
    return builder if package_folders(builder) else None
