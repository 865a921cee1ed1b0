"""SQL over the store, read-only: views `<dataset>.<table>` in an in-memory DuckDB.

The parquet is reached through registered Arrow datasets, so the connection itself needs no file
access and has none: external access is off and the configuration is locked before a person's
statement runs. Exactly one statement, of type SELECT, with a row cap and a time limit.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.damage import Unreadable, attempt
from hueset.errors import QueryError, UnknownNameError
from hueset.parquet import duckdb_paths

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from hueset.store import Store, Version

DEFAULT_ROWS = 1_000
DEFAULT_SECONDS = 60.0
MAX_SECONDS = 86_400.0


@dataclass(frozen=True)
class Answer:
    """The rows of a statement.

    Attributes
    ----------
    columns
        Column names in order.
    rows
        Python values.
    more
        Whether the row cap cut the answer.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool


def connect(versions: Iterable[Version]) -> duckdb.DuckDBPyConnection:
    """Return a locked in-memory connection with a view for every table of the versions.

    It is for one thread: its views hang on Arrow datasets that a `cursor()` does not see.
    """
    import duckdb
    import pyarrow.dataset as ds

    con = duckdb.connect(
        ":memory:", config={"temp_directory": "", "autoinstall_known_extensions": False}
    )
    for version in versions:
        con.execute(f'CREATE SCHEMA "{version.dataset}"')
        for table in version.manifest["tables"]:
            name = f"_{version.dataset}__{table}"
            con.register(name, ds.dataset([str(path) for path in version.files(table)]))
            con.execute(f'CREATE VIEW "{version.dataset}"."{table}" AS SELECT * FROM "{name}"')
    con.execute("SET python_enable_replacements = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def reader(versions: Iterable[Version]) -> duckdb.DuckDBPyConnection:
    """Return an in-memory connection for statements of our own, with the same views.

    It reads the parquet itself, so it must never run a person's SQL. One connection must not be
    shared by threads: give each its `cursor()`, which sees the same views.
    """
    import duckdb

    con = duckdb.connect(":memory:")
    for version in versions:
        con.execute(f'CREATE SCHEMA "{version.dataset}"')
        for table in version.manifest["tables"]:
            files = duckdb_paths(version.files(table))
            con.execute(
                f'CREATE VIEW "{version.dataset}"."{table}" AS SELECT * FROM '
                f"read_parquet([{', '.join(map(_quoted, files))}], hive_partitioning = false)"
            )
    return con


@dataclass(frozen=True)
class Opened:
    """A store, open for statements.

    Attributes
    ----------
    con
        The connection, from `connect`.
    broken
        Datasets that cannot be asked, with the reason; the others can.
    """

    con: duckdb.DuckDBPyConnection
    broken: dict[str, str]


def open_store(store: Store, only: Iterable[str] = ()) -> Opened:
    """Open the latest version of every dataset in the store that can be read.

    Raises
    ------
    QueryError
        There is none at all.
    """
    names = list(only) or store.datasets()
    if not names:
        message = f"{store.root} holds no version of any dataset"
        raise QueryError(message, hint="build one first: `build-dataset NAME`")
    found, broken = [], {}
    for name in names:
        version = attempt(_whole, store, name)
        if isinstance(version, Unreadable):
            broken[name] = version.reason
        elif version is not None:
            found.append(version)
    return Opened(connect(found), broken)


def _whole(store: Store, name: str) -> Version | None:
    """Open the latest version of a dataset; None where nothing of it passed its gate yet."""
    try:
        version = store.version(name)
    except UnknownNameError:
        return None
    version.require_whole()
    return version


def ask(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    *,
    rows: int = DEFAULT_ROWS,
    seconds: float = DEFAULT_SECONDS,
) -> Answer:
    """Run one SELECT.

    Parameters
    ----------
    con
        From `connect` (or a cursor of it).
    sql
        One statement.
    rows
        At most so many rows are returned.
    seconds
        The statement is interrupted after this.

    Raises
    ------
    QueryError
        It is not exactly one SELECT, names what is not there, or took too long.
    """
    import duckdb

    if not 0 < seconds <= MAX_SECONDS:
        message = f"a time limit of {seconds:g} s"
        raise QueryError(message, hint=f"above 0, up to {MAX_SECONDS:g}", value=seconds)
    try:
        sql.encode()
        statements = con.extract_statements(sql)
    except UnicodeEncodeError as error:
        message = "the statement is not UTF-8"
        raise QueryError(message, hint="look at your shell's encoding", value=sql) from error
    except duckdb.Error as error:
        raise _told(error) from error
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        message = f"expected one SELECT, found {', '.join(kinds) or 'nothing'}"
        raise QueryError(message, hint="this shell only reads; give it one SELECT", value=sql)
    timer = threading.Timer(seconds, con.interrupt)
    timer.start()
    try:
        con.execute("BEGIN TRANSACTION READ ONLY")
        cursor = con.execute(sql)
        names = tuple(column[0] for column in cursor.description or ())
        found = cursor.fetchmany(rows + 1)
    except duckdb.InterruptException as error:
        message = f"interrupted after {seconds:g} s"
        raise QueryError(message, hint="ask for less, or raise --seconds") from error
    except duckdb.Error as error:
        raise _told(error) from error
    finally:
        timer.cancel()
        _end(con)
    return Answer(names, found[:rows], len(found) > rows)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _end(con: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    try:
        con.execute("ROLLBACK")
    except duckdb.TransactionException:
        return  # the statement never began


def _told(error: Exception) -> QueryError:
    """Return DuckDB's error without the statement it repeats, and with the names it suggests."""
    said = str(error).strip().partition("\n\nLINE")[0].partition("\nLINE")[0]
    message = " ".join(said.split())
    hint = None
    if "Parquet" in message or "open local file" in message:
        hint = "a file of the store cannot be read: `hueset verify NAME` names it"
    elif "pytz" in message:
        hint = "ask for a time with a zone as text: now()::VARCHAR"
    elif message.startswith(("Catalog", "Binder")):
        hint = "tables are named <dataset>.<table>: see `hueset list` and `hueset show NAME`"
    return QueryError(message, hint=hint)
