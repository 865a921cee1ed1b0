"""The project: its catalog, its declarations, and where they are found.

Looked for in this order: `--project` › environment `HUESET_PROJECT` › the nearest folder upwards
with a `catalog.yaml` › the copy that ships with the package, or the checkout it was installed from.
One that was neither named nor installed has to be one's own: see `hueset.declaration.ownership`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from hueset.declaration import Dataset, Frozen, Name
from hueset.declaration import yaml_lines as yamlfile
from hueset.declaration.builder_package import (
    builder_files,
    explain_missing,
    missing_module,
    offer_packages,
)
from hueset.declaration.ownership import require_own
from hueset.errors import DeclarationError, UnknownNameError

LOCAL_FILE = "hueset.local.yaml"
"""Beside the catalog: where the sources lie on this machine."""


class Catalog(Frozen):
    """What a project makes: `catalog.yaml`."""

    datasets: tuple[Name, ...] = Field(description="The datasets, in the order they are listed.")
    store: str = Field(default="artifacts", description="The store's folder below the project.")
    hub_namespace: str | None = Field(default=None, description="Where `publish` goes by default.")

    @field_validator("datasets")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            message = f"{', '.join(twice)}: listed twice"
            raise DeclarationError(message, hint="leave one of the two away")
        return value


@dataclass(frozen=True)
class Project:
    """A folder with a catalog, declarations and suites.

    Attributes
    ----------
    root
        The folder.
    explicit
        Whether it was named, or is what Hueset was installed with; else it was met on the way up.
    installed
        Whether it is what Hueset was installed with, taken as there is no other: a place to read
        from, and never to write to.
    """

    root: Path
    explicit: bool = True
    installed: bool = False

    @cached_property
    def catalog(self) -> Catalog:
        """The validated catalog."""
        return yamlfile.validate_model(Catalog, yamlfile.load_yaml(self.root / "catalog.yaml"))

    def folder(self, name: str) -> Path:
        """Return the folder of a dataset's declaration."""
        return self.root / "datasets" / name

    def suites_folder(self, name: str) -> Path:
        """Return the folder of a dataset's suites."""
        return self.root / "expectations" / name

    def dataset(self, name: str) -> Dataset:
        """Return a validated declaration.

        Raises
        ------
        UnknownNameError
            The catalog does not list it.
        DeclarationError
            The declaration has a fault; the message names file and line.
        """
        if name not in self.catalog.datasets:
            raise UnknownNameError.unknown("dataset", name, self.catalog.datasets)
        located = yamlfile.load_yaml(self.folder(name) / "dataset.yaml")
        declared = yamlfile.validate_model(Dataset, located)
        if declared.name != name:
            message = (
                f"{located.where(('name',))}: the folder is {name!r}, the name {declared.name!r}"
            )
            raise DeclarationError(message, hint="make them equal", value=declared.name)
        for source, told in declared.sources.items():
            if told.dataset is not None and told.dataset not in self.catalog.datasets:
                where = located.where(("sources", source, "dataset"))
                raise DeclarationError.unknown(
                    "dataset", told.dataset, self.catalog.datasets, where=where
                )
        return declared

    def prose(self, name: str) -> str:
        """Return what the declaration's `card.md` says in words; empty where there is none."""
        card = self.folder(name) / "card.md"
        return card.read_text(encoding="utf-8") if card.is_file() else ""

    def changes(self, name: str) -> str:
        """Return the history of a dataset, `CHANGES.md`; empty where there is none."""
        history = self.folder(name) / "CHANGES.md"
        return history.read_text(encoding="utf-8") if history.is_file() else ""

    def facts(self, dataset: Dataset) -> dict[str, Any]:
        """Return the declared tables of facts, parsed, by file name."""
        return {
            name: yamlfile.load_yaml(self.folder(dataset.name) / name).data
            for name in dataset.lookup_tables
        }

    def offer_builder(self, dataset: Dataset) -> None:
        """Make the package of a dataset's builder importable; nothing else of the project is.

        Raises
        ------
        DeclarationError
            There is no such module.
        ForeignProjectError
            The project was met on the way up, and the package is not one's own.
        """
        if not self.explicit:
            require_own(self.root, builder_files(self.root, dataset.builder))
        offer_packages({dataset.builder.partition(".")[0]: self.root})
        missing = missing_module(dataset.builder)
        if missing is not None:
            located = yamlfile.load_yaml(self.folder(dataset.name) / "dataset.yaml")
            message = f"{located.where(('builder',))}: builder: there is no module {missing!r}"
            file = self.root.joinpath(*dataset.builder.split(".")).with_suffix(".py")
            hint = explain_missing(missing) or f"write {file}, or fix `builder:`"
            raise DeclarationError(message, hint=hint, value=dataset.builder)


def find_project(explicit: Path | None = None, start: Path | None = None) -> Project:
    """Find the project.

    Parameters
    ----------
    explicit
        The folder that was named; naming it is trusting it.
    start
        Where the way up begins; by default the working folder.

    Raises
    ------
    DeclarationError
        No catalog was found in any of the places.
    ForeignProjectError
        One was found on the way up that belongs to somebody else.
    """
    project = _project(explicit, start or Path.cwd())
    if not (project.root / "catalog.yaml").is_file():
        message = f"{project.root} holds no catalog.yaml"
        raise DeclarationError(message, hint="give --project DIR, or make one with `hueset init`")
    return project


def _project(explicit: Path | None, start: Path) -> Project:
    configured = explicit or os.environ.get("HUESET_PROJECT")
    if configured:
        return Project(Path(configured).resolve())
    packaged = Path(__file__).parents[1] / "_project"
    checkout = Path(__file__).parents[3]  # of an editable install, which packages nothing
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "catalog.yaml").is_file():
            if folder == checkout:  # whose code is running already
                return Project(folder)
            require_own(folder, [folder, folder / "catalog.yaml", folder / LOCAL_FILE])
            return Project(folder, explicit=False)
    is_checkout = not packaged.is_dir() and (checkout / "catalog.yaml").is_file()
    return Project(checkout if is_checkout else packaged, installed=True)
