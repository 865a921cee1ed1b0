"""Queries over the parquet of one version: a connection per version, a cursor per query.

One DuckDB connection shared by threads mixes up their answers, so every query runs on its own
cursor, in a worker thread, and is interrupted when it takes too long. The statements are ours;
what a client sends is only ever a parameter or a name that the manifest knows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from hueset.coverage.recount import version_tables
from hueset.errors import DeclarationError, StoreError, SystemRefusedError
from hueset.store.query import connect_reader
from hueset.tables.sql import Limits, scanning
from hueset.tables.sql_session import SqlSession
from hueset_api.problems import BrokenVersionError, TooSlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    import duckdb

    from hueset.coverage.tables import CoverageTables
    from hueset.store.store import StoredVersion

    T = TypeVar("T")

OPEN_CONNECTIONS = 16
AT_ONCE = 4
"""More queries than this wait for their turn: they would only slow each other down."""

LIMITS = Limits(memory="2GB", threads=2)
"""What the queries on one version may use together."""

COUNTING = Limits(memory="2GB", threads=1)
"""The same of those that count its coverage: in one thread each, so that a mean is the build's to
its last bit."""


class Database:
    """The connections of the versions that are asked about.

    Parameters
    ----------
    seconds
        A query is interrupted after so many.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._open: OrderedDict[tuple[str, str, Limits], duckdb.DuckDBPyConnection] = OrderedDict()
        self._running: set[SqlSession] = set()
        self._closed = False
        self._turns = anyio.CapacityLimiter(AT_ONCE)
        self.queries = 0

    async def run(self, work: Callable[..., T], *values: Any) -> T:
        """Do work that queries or decodes, in a worker thread, when it is its turn."""
        return await anyio.to_thread.run_sync(lambda: work(*values), limiter=self._turns)

    def rows(
        self, version: StoredVersion, sql: str, values: Sequence[Any] = ()
    ) -> list[dict[str, Any]]:
        """Return the rows of one statement as dicts.

        Raises
        ------
        TooSlowError
            It was interrupted, took too much memory, or the service ends.
        BrokenVersionError
            A file of the version cannot be read.
        """
        with self._session(version, LIMITS) as session:
            return session.rows(sql, values)

    @contextmanager
    def coverage_tables(self, version: StoredVersion) -> Iterator[CoverageTables]:
        """Open the tables of a version to count its coverage, until the block ends.

        Raises
        ------
        TooSlowError
            It was interrupted, or the service ends.
        BrokenVersionError
            A file of the version cannot be read, or its contract does not fit its tables.
        """
        import duckdb

        with self._session(version, COUNTING) as session:
            try:
                yield version_tables(version, session)
            except (
                duckdb.ProgrammingError,
                duckdb.DataError,
                duckdb.PermissionException,
                DeclarationError,
            ) as error:  # the contract is what the version itself brings
                raise _unreadable(version, error) from error

    @contextmanager
    def _session(self, version: StoredVersion, limits: Limits) -> Iterator[SqlSession]:
        import duckdb

        session = self._open_session(version, limits)
        self.queries += 1
        timer = threading.Timer(self._seconds, session.interrupt)
        timer.start()
        try:
            with scanning(f"{version.dataset} {version.name}"):
                yield session
        except duckdb.InterruptException as error:
            if self._closed:
                raise _service_ended_error() from error
            message = f"the query was stopped after {self._seconds:g} s"
            raise TooSlowError(message, hint="ask for less: fewer columns, or a filter") from error
        except SystemRefusedError as error:
            message = f"the query needs more memory than {limits.memory}"
            raise TooSlowError(message, hint="ask for less: fewer columns, or a filter") from error
        except BrokenVersionError:
            raise
        except StoreError as error:
            self._forget(version)
            raise _unreadable(version, error.__cause__ or error) from error
        finally:
            timer.cancel()
            with self._lock:
                self._running.discard(session)

    def close(self) -> None:
        """Stop the queries that run, and answer no more; a connection ends with its last query."""
        with self._lock:
            self._closed = True
            for session in self._running:
                session.interrupt()
            self._open.clear()

    def _open_session(self, version: StoredVersion, limits: Limits) -> SqlSession:
        key = (version.dataset, version.name, limits)
        with self._lock:
            if self._closed:
                raise _service_ended_error()
            connection = self._open.get(key)
            if connection is None:
                try:
                    connection = connect_reader([version], limits=limits)
                except StoreError as error:
                    raise _unreadable(version, error) from error
                self._open[key] = connection
            self._open.move_to_end(key)
            while len(self._open) > OPEN_CONNECTIONS:
                self._open.popitem(last=False)
            session = SqlSession(connection)
            self._running.add(session)
            return session

    def _forget(self, version: StoredVersion) -> None:
        with self._lock:
            for limits in (LIMITS, COUNTING):
                self._open.pop((version.dataset, version.name, limits), None)


def _service_ended_error() -> TooSlowError:
    return TooSlowError("the service ended before the query did", hint="ask when it is back")


def _unreadable(version: StoredVersion, error: BaseException) -> BrokenVersionError:
    first = str(error).splitlines()[0].replace(f"{version.path}/", "")
    message = f"{version.dataset} {version.name}: {first}"
    return BrokenVersionError(message, hint=f"look at it with `hueset verify {version.dataset}`")
