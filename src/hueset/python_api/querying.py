"""One SELECT in this process, over sealed views of versions: it can read them and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import QueryError
from hueset.python_api.arguments import require_text
from hueset.python_api.query_result import QueryResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.store.query import Readable
    from hueset.store.version import StoredVersion as VersionFolder


def select_from(
    versions: Sequence[VersionFolder],
    statement: str,
    *,
    rows: int | None,
    seconds: float,
    alone: Sequence[str] = (),
) -> QueryResult:
    """Run a SELECT over versions.

    Parameters
    ----------
    versions
        Whose tables it may name, as `<dataset>.<table>`.
    statement
        One SELECT.
    rows
        At most so many rows are returned; None returns all.
    seconds
        DuckDB is asked to stop after this.
    alone
        Tables of the first version that may be named without its dataset.

    Raises
    ------
    QueryError
        It is not exactly one SELECT, names what is not there, or took too long.
    """
    require_text(statement, "a statement")
    from hueset.store.query import connect_locked
    from hueset.tables.select import select_arrow
    from hueset.tables.sql import quote_identifier, quote_path

    # A connection of its own for each statement: views of Arrow are seen by one connection alone,
    # and so threads need no lock.
    con = connect_locked(versions)
    try:
        for name in alone:
            named = quote_path(versions[0].dataset, name)
            con.execute(f"CREATE VIEW {quote_identifier(name)} AS FROM {named}")
        table, more = select_arrow(con, statement, rows=rows, seconds=seconds)
    finally:
        con.close()
    return QueryResult(table, more=more)


def select_latest(
    readable: Readable, statement: str, *, rows: int | None, seconds: float
) -> QueryResult:
    """Run a SELECT over what of a store can be asked; an error says what was left out, and why."""
    try:
        return select_from(readable.versions, statement, rows=rows, seconds=seconds)
    except QueryError as error:
        raise readable.explain(error, statement) from error
