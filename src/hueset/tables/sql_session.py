"""Statements of our own on one locked connection: several at once, and all ended together.

A statement runs in one thread of DuckDB, so that a mean has the same last bits every time; what is
done at once is several statements, each on its own cursor.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from hueset.threads import count_cores

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType
    from typing import Self

    import duckdb

MOST_AT_ONCE = 4
"""More would only slow each other down, and each takes memory of its own."""


class Statement(NamedTuple):
    """One statement, with what its question marks stand for."""

    sql: str
    values: tuple[Any, ...] = ()


class SqlSession:
    """Runs statements until it is closed or interrupted.

    Parameters
    ----------
    con
        From `hueset.tables.sql.open_database`, best with one thread. A session uses cursors of it
        and leaves it open; views that hang on the connection itself are seen with `at_once=1`.
    at_once
        So many statements run side by side; None for one per processor, four at the most.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, *, at_once: int | None = None) -> None:
        self._con = con
        self.at_once = at_once or min(MOST_AT_ONCE, count_cores())
        self._lock = threading.Lock()
        self._running: set[duckdb.DuckDBPyConnection] = set()
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
        import duckdb

        with self._lock:
            if self._ended:
                raise duckdb.InterruptException("the session was ended")
            cursor = self._con if self.at_once == 1 else self._con.cursor()
            self._running.add(cursor)
        try:
            done = cursor.execute(sql, list(values))
            names = [column[0] for column in done.description or ()]
            return [dict(zip(names, row, strict=True)) for row in done.fetchall()]
        finally:
            with self._lock:
                self._running.discard(cursor)
            if cursor is not self._con:
                cursor.close()

    def rows_of_each(self, statements: Sequence[Statement]) -> list[list[dict[str, Any]]]:
        """Return the rows of each of several statements, in their order."""
        if self.at_once == 1 or len(statements) < 2:
            return [self.rows(*one) for one in statements]
        with ThreadPoolExecutor(min(self.at_once, len(statements))) as pool:
            return list(pool.map(lambda one: self.rows(*one), statements))
