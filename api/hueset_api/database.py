"""Queries over the parquet of one version: a connection per version, a cursor per query.

One DuckDB connection shared by threads mixes up their answers, so every query runs on its own
cursor, in a worker thread, and is interrupted when it takes too long. The statements are ours;
what a client sends is only ever a parameter or a name that the manifest knows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pyarrow as pa

from hueset.errors import StoreError, SystemRefusedError
from hueset.store.query import reader
from hueset.tables.class_names import class_columns, manifest_types
from hueset.tables.sql import Limits, scanning
from hueset_api import counting
from hueset_api.coded import Columns
from hueset_api.problems import BrokenVersionError, TooSlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    import duckdb

    from hueset.store.store import Version
    from hueset_api.counting import Asked, Block

    T = TypeVar("T")

OPEN_VERSIONS = 12
AT_ONCE = 4
"""More queries than this wait for their turn: they would only slow each other down."""

LIMITS = Limits(memory="2GB", threads=2)
"""What the queries on one version may use together."""


class Database:
    """The connections of the versions that are asked about.

    Parameters
    ----------
    seconds
        A query is interrupted after so many.
    column_bytes
        So much memory the columns that were counted may take.
    """

    def __init__(self, seconds: float, column_bytes: int) -> None:
        self._seconds = seconds
        self.columns = Columns(column_bytes)
        self._lock = threading.Lock()
        self._open: OrderedDict[tuple[str, str], duckdb.DuckDBPyConnection] = OrderedDict()
        self._running: set[duckdb.DuckDBPyConnection] = set()
        self._closed = False
        self._turns = anyio.CapacityLimiter(AT_ONCE)
        self.queries = 0

    async def run(self, work: Callable[..., T], *values: Any) -> T:
        """Do work that queries or decodes, in a worker thread, when it is its turn."""
        return await anyio.to_thread.run_sync(lambda: work(*values), limiter=self._turns)

    def rows(self, version: Version, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Return the rows of one statement as dicts.

        Raises
        ------
        TooSlowError
            It was interrupted, took too much memory, or the service ends.
        BrokenVersionError
            A file of the version cannot be read.
        """
        import duckdb

        cursor = self._cursor(version)
        self.queries += 1
        timer = threading.Timer(self._seconds, cursor.interrupt)
        timer.start()
        try:
            with scanning(f"{version.dataset} {version.name}"):
                done = cursor.execute(sql, list(values))
                names = [column[0] for column in done.description or ()]
                return [dict(zip(names, row, strict=True)) for row in done.fetchall()]
        except duckdb.InterruptException as error:
            if self._closed:
                raise _ended() from error
            message = f"the query was stopped after {self._seconds:g} s"
            raise TooSlowError(message, hint="ask for less: fewer columns, or a filter") from error
        except SystemRefusedError as error:
            message = f"the query took more than its {LIMITS.memory} of memory"
            raise TooSlowError(message, hint="ask for less: fewer columns, or a filter") from error
        except StoreError as error:
            self._forget(version)
            raise _unreadable(version, error.__cause__ or error) from error
        finally:
            timer.cancel()
            with self._lock:
                self._running.discard(cursor)
            cursor.close()

    def counted(self, version: Version, table: str, asked: Asked) -> list[Block]:
        """Count the values of a table by groups, in one pass over its rows.

        Raises
        ------
        TooSlowError
            It was stopped.
        BrokenVersionError
            A file of the version cannot be read.
        """
        self.queries += 1
        try:
            classes = class_columns(manifest_types(version.manifest["tables"][table]))
            return counting.count(
                version.files(table), asked, self.columns, seconds=self._seconds, classes=classes
            )
        except TimeoutError as error:
            raise TooSlowError(str(error), hint="count by less, or another table") from error
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(version, error) from error

    def close(self) -> None:
        """Stop the queries that run, and answer no more; a connection ends with its last query."""
        with self._lock:
            self._closed = True
            for cursor in self._running:
                cursor.interrupt()
            self._open.clear()

    def _cursor(self, version: Version) -> duckdb.DuckDBPyConnection:
        key = (version.dataset, version.name)
        with self._lock:
            if self._closed:
                raise _ended()
            connection = self._open.get(key)
            if connection is None:
                try:
                    connection = reader([version], limits=LIMITS)
                except StoreError as error:
                    raise _unreadable(version, error) from error
                self._open[key] = connection
            self._open.move_to_end(key)
            while len(self._open) > OPEN_VERSIONS:
                self._open.popitem(last=False)
            cursor = connection.cursor()
            self._running.add(cursor)
            return cursor

    def _forget(self, version: Version) -> None:
        with self._lock:
            self._open.pop((version.dataset, version.name), None)


def _ended() -> TooSlowError:
    return TooSlowError("the service ended before the query did", hint="ask when it is back")


def _unreadable(version: Version, error: BaseException) -> BrokenVersionError:
    first = str(error).splitlines()[0].replace(f"{version.path}/", "")
    message = f"{version.dataset} {version.name}: {first}"
    return BrokenVersionError(message, hint=f"look at it with `hueset verify {version.dataset}`")
