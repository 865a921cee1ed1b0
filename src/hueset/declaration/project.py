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
from hueset.declaration.installed import installed_roots
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
        Whether it is what Hueset was installed with, taken as there is no other, or what another
        installed package brings along: a place to read from, and never to write to.
    package
        The installed package that brings it along (see `hueset.declaration.installed`).
    """

    root: Path
    explicit: bool = True
    installed: bool = False
    package: str | None = None

    @cached_property
    def catalog(self) -> Catalog:
        """The validated catalog."""
        return yamlfile.validate_model(Catalog, yamlfile.load_yaml(self.root / "catalog.yaml"))

    @cached_property
    def packages(self) -> tuple[Project, ...]:
        """The projects of the installed packages that bring datasets along, by name."""
        if self.package is not None:
            return ()
        return tuple(
            Project(root, installed=True, package=name) for name, root in installed_roots().items()
        )

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets of the catalog, then those that installed packages bring along."""
        brought = (name for one in self.packages for name in one.catalog.datasets)
        return tuple(dict.fromkeys((*self.catalog.datasets, *brought)))

    def home_of(self, name: str) -> Project:
        """Return the project that declares a dataset: this one, else an installed package's.

        Raises
        ------
        UnknownNameError
            Neither the catalog nor an installed package lists it.
        DeclarationError
            Two installed packages do.
        """
        if name in self.catalog.datasets:
            return self
        found = [one for one in self.packages if name in one.catalog.datasets]
        if len(found) > 1:
            packages = " and ".join(str(one.package) for one in found)
            message = f"{name!r} is a dataset of two installed packages: {packages}"
            raise DeclarationError(message, hint="remove one of the two", value=name)
        if not found:
            raise UnknownNameError.unknown("dataset", name, self.datasets)
        return found[0]

    def folder(self, name: str) -> Path:
        """Return the folder of a dataset's declaration."""
        return self._root_of(name) / "datasets" / name

    def suites_folder(self, name: str) -> Path:
        """Return the folder of a dataset's suites."""
        return self._root_of(name) / "expectations" / name

    def _root_of(self, name: str) -> Path:
        """Return where a dataset would be declared: nothing listed is looked for here."""
        listed = name not in self.catalog.datasets and name in self.datasets
        return self.home_of(name).root if listed else self.root

    def dataset(self, name: str) -> Dataset:
        """Return a validated declaration.

        Raises
        ------
        UnknownNameError
            The catalog does not list it.
        DeclarationError
            The declaration has a fault; the message names file and line.
        """
        self.home_of(name)
        located = yamlfile.load_yaml(self.folder(name) / "dataset.yaml")
        declared = yamlfile.validate_model(Dataset, located)
        if declared.name != name:
            message = (
                f"{located.where(('name',))}: the folder is {name!r}, the name {declared.name!r}"
            )
            raise DeclarationError(message, hint="make them equal", value=declared.name)
        for source, told in declared.sources.items():
            if told.dataset is not None and told.dataset not in self.datasets:
                where = located.where(("sources", source, "dataset"))
                raise DeclarationError.unknown("dataset", told.dataset, self.datasets, where=where)
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
        home = self.home_of(dataset.name)
        if home.package is None:  # else Python finds what is installed by itself
            home.offer_module(dataset.builder)
        missing = missing_module(dataset.builder)
        if missing is not None:
            located = yamlfile.load_yaml(self.folder(dataset.name) / "dataset.yaml")
            message = f"{located.where(('builder',))}: builder: there is no module {missing!r}"
            file = home.root.joinpath(*dataset.builder.split(".")).with_suffix(".py")
            hint = explain_missing(missing) or f"write {file}, or fix `builder:`"
            raise DeclarationError(message, hint=hint, value=dataset.builder)

    def offer_module(self, module: str) -> None:
        """Make the package of a module of this project importable, if it is one's own.

        Raises
        ------
        ForeignProjectError
            The project was met on the way up, and the module or a package above it is not.
        """
        if not self.explicit:
            require_own(self.root, builder_files(self.root, module))
        offer_packages({module.partition(".")[0]: self.root})


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
