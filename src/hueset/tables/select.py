"""One SELECT that somebody typed, on a connection with sealed views: row cap, time limit."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

DEFAULT_ROWS = 1_000
DEFAULT_SECONDS = 60.0
MAX_SECONDS = 86_400.0
MAX_ROWS = 10**9
PORTION_ROWS = 65_536


@dataclass(frozen=True)
class QueryAnswer:
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


def run_select(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    *,
    rows: int = DEFAULT_ROWS,
    seconds: float = DEFAULT_SECONDS,
) -> QueryAnswer:
    """Run one SELECT.

    Parameters
    ----------
    con
        From `hueset.tables.sql.open_database`, with sealed views alone.
    sql
        One statement.
    rows
        At most so many rows are returned.
    seconds
        DuckDB is asked to stop after this. Inside one call of a function it does not hear that:
        `hueset.tables.select_process` ends it all the same.

    Raises
    ------
    QueryError
        It is not exactly one SELECT, names what is not there, or took too long.
    """
    check_rows(rows)
    with _one_select(con, sql, seconds):
        cursor = con.execute(sql)
        names = tuple(column[0] for column in cursor.description or ())
        fetched = cursor.fetchmany(rows + 1)
    return QueryAnswer(names, fetched[:rows], len(fetched) > rows)


def select_arrow(
    con: duckdb.DuckDBPyConnection, sql: str, *, rows: int | None, seconds: float
) -> tuple[pa.Table, bool]:
    """Run one SELECT as `run_select` does; return its rows as Arrow, and whether the cap cut them.

    Parameters
    ----------
    con, sql, seconds
        As of `run_select`.
    rows
        At most so many rows are returned, and little more is computed; None returns all.

    Raises
    ------
    QueryError
        It is not exactly one SELECT, names what is not there, or took too long.
    """
    import pyarrow as pa

    with _one_select(con, sql, seconds):
        batches: list[pa.RecordBatch] = []
        with con.sql(sql).to_arrow_reader(PORTION_ROWS) as reader:
            for batch in reader:
                batches.append(batch)
                if rows is not None and sum(one.num_rows for one in batches) > rows:
                    break
        found = pa.Table.from_batches(batches, reader.schema)
    more = rows is not None and found.num_rows > rows
    return (found.slice(0, rows) if more else found), more


@contextmanager
def _one_select(con: duckdb.DuckDBPyConnection, sql: str, seconds: float) -> Iterator[None]:
    """Refuse what is not one SELECT; bound the time of what runs inside, and tell its errors."""
    import duckdb

    check_seconds(seconds)
    try:
        sql.encode()
        statements = con.extract_statements(sql)
    except UnicodeEncodeError as error:
        message = "the statement is not UTF-8"
        raise QueryError(message, hint="look at your shell's encoding", value=sql) from error
    except duckdb.Error as error:
        raise _as_query_error(error) from error
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        message = f"expected one SELECT, found {', '.join(kinds) or 'nothing'}"
        raise QueryError(message, hint="this shell only reads; write one SELECT", value=sql)
    timer = threading.Timer(seconds, con.interrupt)
    timer.start()
    try:
        con.execute("BEGIN TRANSACTION READ ONLY")
        yield
    except duckdb.InterruptException as error:
        raise too_slow(seconds) from error
    except duckdb.Error as error:
        raise _as_query_error(error) from error
    finally:
        timer.cancel()
        _end(con)


def check_seconds(seconds: float) -> None:
    """Refuse a time limit that is none.

    Raises
    ------
    QueryError
        It is not above 0, or beyond a day.
    """
    if not 0 < seconds <= MAX_SECONDS:
        message = f"a time limit of {seconds:g} s: above 0 and up to {MAX_SECONDS:g} s is expected"
        raise QueryError(message, hint="give a longer time, or omit the limit", value=seconds)


def check_rows(rows: int) -> None:
    """Refuse a row cap that is none.

    Raises
    ------
    QueryError
        It is not at least 1, or beyond what any answer has.
    """
    if not 1 <= rows <= MAX_ROWS:
        message = f"a cap of {rows} rows: from 1 to {MAX_ROWS:,} is expected"
        raise QueryError(message, hint="give another number of rows", value=rows)


def too_slow(seconds: float) -> QueryError:
    """Return the error for a statement that took too long."""
    message = f"interrupted after {seconds:g} s"
    return QueryError(message, hint="ask for less, or allow more seconds")


def _end(con: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    try:
        con.execute("ROLLBACK")
    except duckdb.TransactionException:
        return  # the statement never began


def _as_query_error(error: Exception) -> QueryError:
    """Return DuckDB's error without the statement it repeats, and with the names it suggests."""
    said = str(error).strip().partition("\n\nLINE")[0].partition("\nLINE")[0]
    message = " ".join(said.partition("Possible solutions:")[0].split())
    hint = None
    if "Parquet" in message or "open local file" in message:
        hint = "a file of the store cannot be read: `hueset verify NAME` names it"
    elif "pytz" in message:
        hint = "ask for a time with a zone as text: now()::VARCHAR"
    elif message.startswith("Out of Memory"):
        hint = "ask for less: fewer columns or rows, or a LIMIT"
    elif message.startswith(("Catalog", "Binder")):
        hint = "tables are named <dataset>.<table>: see `hueset list` and `hueset show NAME`"
    return QueryError(message, hint=hint)
