"""SQL over the store, read-only: a view `<dataset>.<table>` for every table of every dataset.

What somebody types is exactly one SELECT, with a row cap and a time limit, on a connection that can
open no file at all (`hueset.tables.sql` says how); from the shell it runs in a process of its own.
A column of classes holds their names there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hueset.errors import QueryError, UnknownNameError
from hueset.store.damage import Unreadable, read_or_reason
from hueset.store.table_shapes import require_declared_shapes
from hueset.tables.class_names import manifest_types, select_named
from hueset.tables.select import QueryAnswer
from hueset.tables.select import run_select as ask
from hueset.tables.select_process import View
from hueset.tables.sql import add_parquet_view, add_sealed_view, open_database

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from hueset.store.store import StoredVersion, VersionStore
    from hueset.tables.sql import Limits

__all__ = [
    "OpenStore",
    "QueryAnswer",
    "Readable",
    "ask",
    "connect_locked",
    "connect_reader",
    "open_store",
    "versions_of",
]


def connect_locked(
    versions: Iterable[StoredVersion], *, limits: Limits | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a locked connection with a view for every table, for what somebody types.

    It is for one thread: its views hang on Arrow datasets that a `cursor()` does not see.
    """
    con = open_database(limits=limits)
    for one in _views(versions):
        add_sealed_view(con, one.files, one.table, schema=one.schema, select=one.select)
    return con


def connect_reader(
    versions: Iterable[StoredVersion], *, limits: Limits | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a locked connection for statements of our own, with the same views.

    It reads the parquet itself, so it must never run a person's SQL. One connection must not be
    shared by threads: give each its `cursor()`, which sees the same views.

    Raises
    ------
    StoreError
        A table cannot be opened, or is not what the manifest says.
    """
    known = list(versions)
    for version in known:
        require_declared_shapes(version)
    views = _views(known)
    con = open_database([path for one in views for path in one.files], limits=limits)
    for one in views:
        add_parquet_view(con, one.files, one.table, schema=one.schema, select=one.select)
    return con


@dataclass(frozen=True)
class Readable:
    """What of a store can be asked.

    Attributes
    ----------
    versions
        The latest version of each dataset.
    broken
        Datasets that cannot be asked, with the reason; the others can.
    unpassed
        Datasets of which no version passed its gate, each with the versions that there are.
    """

    versions: tuple[StoredVersion, ...]
    broken: dict[str, str]
    unpassed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def views(self) -> list[View]:
        """Every table, as a statement names it."""
        return _views(self.versions)

    def explain(self, error: QueryError, statement: str) -> QueryError:
        """Return what DuckDB said of a statement, or why what the statement names is not there.

        Parameters
        ----------
        error
            What was said.
        statement
            The statement; a dataset that it names and that never passed is to blame.
        """
        for name, known in self.unpassed.items():
            if re.search(rf"\b{re.escape(name)}\b", statement):
                message = f"{name} cannot be asked: none of its versions passed its gate"
                message += f"; there are: {', '.join(known)}"
                hint = f"`hueset show {name} --version {known[-1]}` says why; a version that did "
                hint += "not pass is opened by name alone, and a statement names datasets"
                return QueryError(message, hint=hint, value=name, known=known)
        if self.broken:
            error.hint = f"left out: {'; '.join(self.broken.values())}"
        return error


def versions_of(store: VersionStore, only: Iterable[str] = ()) -> Readable:
    """Return the latest version of every dataset in the store that can be read.

    Raises
    ------
    UnknownNameError
        There is no store.
    QueryError
        There is no version in it.
    """
    store.require_there()
    names = list(only) or store.datasets()
    if not names:
        message = f"{store.root} holds no version of any dataset"
        raise QueryError(message, hint="build one first: `build-dataset NAME`")
    whole, broken, unpassed = [], {}, {}
    for name in names:
        version = read_or_reason(_open_whole, store, name)
        if isinstance(version, Unreadable):
            broken[name] = version.reason
        elif version is not None:
            whole.append(version)
        else:
            unpassed[name] = tuple(store.versions(name))
    return Readable(tuple(whole), broken, unpassed)


def _open_whole(store: VersionStore, name: str) -> StoredVersion | None:
    """Open the latest version of a dataset; None where nothing of it passed its gate yet."""
    try:
        version = store.version(name)
    except UnknownNameError:
        return None
    version.require_whole()
    return version


@dataclass(frozen=True)
class OpenStore:
    """A store, open for statements in this process.

    Attributes
    ----------
    con
        The connection, from `connect`.
    broken
        Datasets that cannot be asked, with the reason; the others can.
    """

    con: duckdb.DuckDBPyConnection
    broken: dict[str, str]


def open_store(store: VersionStore, only: Iterable[str] = ()) -> OpenStore:
    """Open the latest version of every dataset in the store that can be read.

    Raises
    ------
    QueryError
        There is none at all.
    """
    readable = versions_of(store, only)
    return OpenStore(connect_locked(readable.versions), readable.broken)


def _views(versions: Iterable[StoredVersion]) -> list[View]:
    return [
        View(
            version.dataset,
            name,
            tuple(version.files(name)),
            select_named(manifest_types(table)),
        )
        for version in versions
        for name, table in version.manifest.tables.items()
    ]
