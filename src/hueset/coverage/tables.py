"""The tables whose coverage is counted: parquet, opened for one session of our own statements.

The contract of a version that came from somewhere holds conditions in SQL, which somebody wrote. A
file that DuckDB may read it may also write, so those run apart, where no file can be opened.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.tables.class_names import declared_types, manifest_types, select_named
from hueset.tables.sql import (
    Limits,
    add_parquet_view,
    add_sealed_view,
    open_database,
    quote_identifier,
    quote_path,
)
from hueset.tables.sql_session import SqlSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from hueset.declaration import TableDeclaration
    from hueset.documents.manifest import TableEntry

ONE_THREAD = Limits(threads=1)
"""A float mean over several threads would differ in its last bits from run to run."""


@dataclass(frozen=True)
class TableShape:
    """What of a table matters here: the types of its columns, its split and its group."""

    types: Mapping[str, str]
    split: str | None = None
    group: str | None = None

    @classmethod
    def of_declared(cls, table: TableDeclaration) -> TableShape:
        """Return the shape of a declared table."""
        return cls(declared_types(table), table.split, table.group)

    @classmethod
    def of_manifest(cls, table: TableEntry) -> TableShape:
        """Return the shape of a table of a manifest."""
        return cls(manifest_types(table), table.split, table.group)


@dataclass(frozen=True)
class ParquetTable:
    """The files of a table, and what it is."""

    files: Sequence[Path]
    shape: TableShape


@dataclass(frozen=True)
class CoverageTables:
    """The tables that are counted, and who answers.

    Attributes
    ----------
    session
        Knows every table by its name, with classes by theirs.
    shapes
        The tables by name.
    schema
        Where the session has them; None where a name alone will do.
    sealed
        Opens the same tables where no file can be reached, for conditions that are not of the
        project's own declaration; None where they are.
    """

    session: SqlSession
    shapes: Mapping[str, TableShape]
    schema: str | None = None
    sealed: Callable[[], AbstractContextManager[SqlSession]] | None = None

    def relation(self, table: str) -> str:
        """Return a table as SQL takes it."""
        return quote_path(self.schema, table) if self.schema else quote_identifier(table)

    def for_conditions(self) -> AbstractContextManager[SqlSession]:
        """Open the session in which a condition runs that somebody wrote."""
        return self.sealed() if self.sealed else nullcontext(self.session)


@contextmanager
def open_tables(
    tables: Mapping[str, ParquetTable], *, trusted: bool = False
) -> Iterator[CoverageTables]:
    """Open tables until the block ends.

    Parameters
    ----------
    tables
        The tables by name.
    trusted
        Whether the contract is the project's own declaration.
    """

    @contextmanager
    def sealed() -> Iterator[SqlSession]:  # called within the block below
        with open_database(limits=ONE_THREAD) as apart:
            for name, table in tables.items():
                add_sealed_view(apart, table.files, name, select=select_named(table.shape.types))
            with session.open_beside(apart) as beside:
                yield beside

    files = [path for table in tables.values() for path in table.files]
    with open_database(files, limits=ONE_THREAD) as con:
        for name, table in tables.items():
            # The contract names classes; the parquet holds their ids.
            add_parquet_view(con, table.files, name, select=select_named(table.shape.types))
        shapes = {name: table.shape for name, table in tables.items()}
        with SqlSession(con) as session:
            yield CoverageTables(session, shapes, sealed=None if trusted else sealed)
