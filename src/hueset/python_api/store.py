"""A store of datasets, opened for reading; builds write into it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hueset.errors import UnknownNameError, UsageError
from hueset.python_api.arguments import require_text
from hueset.python_api.reprs import html_table
from hueset.python_api.version import Version

if TYPE_CHECKING:
    import os

    from hueset.python_api.query_result import QueryResult
    from hueset.store.store import VersionStore as StoreFolder


def open_store(
    place: str | os.PathLike[str] | None = None, *, project: str | os.PathLike[str] | None = None
) -> Store:
    """Open a store.

    It need not be there yet: the first build makes it. Reading from one that is not there is an
    error, and not an empty answer.

    Parameters
    ----------
    place
        Its folder; None takes what `HUESET_STORE` names, else the project's `artifacts`.
    project
        The folder of the project, which is otherwise looked for from the working folder up.

    Raises
    ------
    UsageError
        The place is an address, is empty, or lies in a version, which never changes.
    """
    from hueset.declaration.project import find_project
    from hueset.store.place import named_store, project_store

    if place is None:
        home = Path(project) if project is not None else None
        return Store(named_store(None) or project_store(find_project(home)))
    text = str(place)
    if "://" in text or not text.strip():
        message = f"{text!r} is no folder"
        hint = "a store is a folder of a file system: open_store('artifacts')"
        raise UsageError(message, hint=hint, value=text)
    opened = named_store(Path(place).expanduser(), named_by="the store")
    assert opened is not None  # noqa: S101 - it was named
    return Store(opened)


class Store:
    """A folder of datasets and their versions.

    It holds no open file and caches nothing: a version that a build adds is seen by the next call.
    Threads may share it.
    """

    def __init__(self, folder: StoreFolder) -> None:
        self._folder = folder

    @property
    def folder(self) -> StoreFolder:
        """The engine's own view of it, which is no part of the public API."""
        return self._folder

    @property
    def root(self) -> Path:
        """Its folder."""
        return self._folder.root

    def datasets(self) -> list[str]:
        """Return the names of the datasets that have a version.

        Raises
        ------
        UnknownNameError
            There is no store at this place.
        """
        self._folder.require_there()
        return self._folder.datasets()

    def versions(self, dataset: str) -> list[str]:
        """Return the versions of a dataset, oldest first, whatever their gates said.

        Raises
        ------
        UnknownNameError
            The store has no such dataset; the hint has the nearest.
        """
        self._require_known(dataset)
        return self._folder.versions(dataset)

    def version(self, dataset: str, name: str | None = None) -> Version:
        """Open a version.

        Parameters
        ----------
        dataset
            Whose version.
        name
            A version; the beginning of one; a semver (`"1.1.0"`), of which the latest is meant; or
            a pointer (`"latest"`, `"latest-subset"`, `"latest-sample"`). None opens the latest that
            passed: of the whole dataset, else of a subset, else of the embedded sample.

        Raises
        ------
        UnknownNameError
            There is no such dataset or version, or none that passed.
        StoreError
            It is half deleted, or the pointer names one that is not there.
        """
        self._require_known(dataset)
        if name is not None:
            require_text(name, "a version")
        return Version(self._folder, self._folder.version(dataset, name))

    def sql(
        self, statement: str, *, rows: int | None = None, seconds: float = 3600.0
    ) -> QueryResult:
        """Run one SELECT over the latest version of every dataset, as `hueset sql` does.

        Tables are `<dataset>.<table>`; classes show by their names. The statement reads these
        tables and nothing else: no file, no network.

        Parameters
        ----------
        statement
            One SELECT.
        rows
            At most so many rows; None returns all.
        seconds
            It is ended after this.

        Raises
        ------
        QueryError
            It is not exactly one SELECT, names what is not there, or took too long.
        UnknownNameError
            There is no store at this place.
        """
        from hueset.python_api.querying import select_latest
        from hueset.store.query import versions_of

        return select_latest(versions_of(self._folder), statement, rows=rows, seconds=seconds)

    def _require_known(self, dataset: str) -> None:
        require_text(dataset, "a dataset")
        known = self.datasets()
        if dataset not in known:
            where = f"the store {self.root}"
            error = UnknownNameError.unknown("dataset", dataset, known, where=where)
            error.hint = f"{error.hint}; one is built by hueset.build(NAME, store=store)"
            raise error

    def __eq__(self, other: object) -> bool:
        """Whether it is the same place."""
        return isinstance(other, Store) and self.root == other.root

    def __hash__(self) -> int:
        """Return a hash of its place."""
        return hash(self.root)

    def __repr__(self) -> str:
        if not self.root.is_dir():
            return f"<Store {self.root}, not there yet>"
        names = ", ".join(self._folder.datasets()) or "empty"
        return f"<Store {self.root}: {names}>"

    def _repr_html_(self) -> str:
        there = self._folder.datasets() if self.root.is_dir() else []
        rows = [
            (name, self._folder.opens(name) or "none passed", len(self._folder.versions(name)))
            for name in there
        ]
        note = "" if self.root.is_dir() else "not there yet"
        return html_table(f"Store {self.root}", ("dataset", "latest", "versions"), rows, note)
