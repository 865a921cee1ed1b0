"""Statements of our own on one locked connection: several at once, and all ended together.

A statement runs in one thread of DuckDB, so that a mean has the same last bits every time; what is
done at once is several statements, each on its own cursor.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from hueset.threads import count_cores

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    import duckdb

MOST_AT_ONCE = 4
"""More would only slow each other down, and each takes memory of its own."""


class Statement(NamedTuple):
    """One statement, with what its question marks stand for."""

    sql: str
    values: tuple[Any, ...] = ()


EVERY_ROW = Statement("")
"""The condition on rows that is none."""


class _Interruptible(Protocol):
    def interrupt(self) -> None: ...


class SqlSession:
    """Runs statements until it is closed or interrupted.

    Parameters
    ----------
    con
        From `hueset.tables.sql.open_database`; it is left open.
    at_once
        So many statements run side by side, each on a cursor of its own; None for one per
        processor, four at the most.
    alone
        Whether the connection is this session's own: then its statements run one by one, and see
        what hangs on the connection itself, such as a sealed view.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, *, at_once: int | None = None, alone: bool = False
    ) -> None:
        self._con = con
        self._alone = alone
        self.at_once = 1 if alone else at_once or min(MOST_AT_ONCE, count_cores())
        self._lock = threading.Lock()
        self._running: set[_Interruptible] = set()
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.interrupt()

    def interrupt(self) -> None:
        """End what runs, and run nothing more."""
        with self._lock:
            self._ended = True
            for cursor in self._running:
                cursor.interrupt()

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[dict[str, Any]]:
        """Return the rows of one statement as dicts.

        Raises
        ------
        duckdb.Error
            It cannot be run; `duckdb.InterruptException` where the session was ended.
        """
        cursor = self._con if self._alone else self._con.cursor()
        try:
            with self._among_running(cursor):
                done = cursor.execute(sql, list(values))
                names = [column[0] for column in done.description or ()]
                return [dict(zip(names, row, strict=True)) for row in done.fetchall()]
        finally:
            if cursor is not self._con:
                cursor.close()

    def rows_of_each(self, statements: Sequence[Statement]) -> list[list[dict[str, Any]]]:
        """Return the rows of each of several statements, in their order."""
        if self.at_once == 1 or len(statements) < 2:
            return [self.rows(*one) for one in statements]
        with ThreadPoolExecutor(min(self.at_once, len(statements))) as pool:
            return list(pool.map(lambda one: self.rows(*one), statements))

    @contextmanager
    def open_beside(self, con: duckdb.DuckDBPyConnection) -> Iterator[SqlSession]:
        """Open a session alone on another connection, which is ended with this one."""
        with SqlSession(con, alone=True) as beside, self._among_running(beside):
            yield beside

    @contextmanager
    def _among_running(self, one: _Interruptible) -> Iterator[None]:
        import duckdb

        with self._lock:
            if self._ended:
                message = "the session was ended"
                raise duckdb.InterruptException(message)
            self._running.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(one)
