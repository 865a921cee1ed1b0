"""One SELECT in a process of its own, which can be ended whatever DuckDB is doing.

DuckDB looks for an interrupt between portions of rows. Inside one call of a function (a regular
expression, `repeat`, a sum over a list) it hears nothing, and takes memory that its own limit does
not count. So the statement runs in a child: the system's alarm ends it when its time is over, a
limit of the system ends it when it takes too much memory, and Ctrl-C leaves at once.

The child is `python -m hueset.tables.select_process`. One line of JSON goes in, one comes out. It
ends when its input does, so it never outlives the command.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.errors import QueryError
from hueset.tables.json_values import json_value
from hueset.tables.select import (
    DEFAULT_ROWS,
    DEFAULT_SECONDS,
    check_rows,
    check_seconds,
    run_select,
    too_slow,
)
from hueset.tables.sql import Limits, add_sealed_view, half_of_memory, open_database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

GRACE_S = 1.0
"""So long after its time limit a statement may still hear the interrupt by itself."""

HEARD_S = 0.2
"""Ctrl-C is heard within this."""

BEYOND_BYTES = 1 << 30
"""What the process may take beyond DuckDB's own limit: libraries, and the rows as Python values."""


@dataclass(frozen=True)
class View:
    """A table that the statement may name, as `schema.table`.

    `select` is what follows SELECT: all columns, or these with classes by their names.
    """

    schema: str
    table: str
    files: tuple[Path, ...]
    select: str = "*"


@dataclass(frozen=True)
class Reply:
    """The rows of a statement as JSON values.

    Attributes
    ----------
    columns
        Column names in order.
    rows
        JSON values; see `hueset.tables.json_values`.
    more
        Whether the row cap cut the answer.
    broken
        Tables that could not be opened, `schema.table`, with the reason.
    """

    columns: tuple[str, ...]
    rows: list[list[Any]]
    more: bool
    broken: dict[str, str]


class SelectProcess:
    """The child: started early, so that it loads its libraries while the store is looked at."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "hueset.tables.select_process"]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the command, which then ends the child
        )

    def __enter__(self) -> Self:
        """Return itself; at the end the child is gone."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child, whatever it is doing."""
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                _close(stream)

    def run(
        self,
        views: Sequence[View],
        sql: str,
        *,
        rows: int = DEFAULT_ROWS,
        seconds: float = DEFAULT_SECONDS,
        memory_bytes: int | None = None,
    ) -> Reply:
        """Run one SELECT over the views.

        Parameters
        ----------
        views
            The tables it may name.
        sql
            One statement.
        rows
            At most so many rows are returned.
        seconds
            It is over after this, and at most a second more.
        memory_bytes
            What DuckDB may use; None for half of the machine's.

        Raises
        ------
        QueryError
            It is not exactly one SELECT, names what is not there, took too long or too much.
        """
        check_seconds(seconds)
        check_rows(rows)
        memory = memory_bytes or half_of_memory()
        request = {
            "views": [
                [one.schema, one.table, [str(path) for path in one.files], one.select]
                for one in views
            ],
            "sql": sql,
            "rows": rows,
            "seconds": seconds,
            "memory": memory,
        }
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None  # noqa: S101
        assert stdout is not None  # noqa: S101
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
            # A library may have set signals to restart a read that they interrupt (polars does):
            # then Ctrl-C is heard between waits, and not inside a read.
            while not select.select([stdout], [], [], HEARD_S)[0]:
                continue
            answered = stdout.readline()
        except BrokenPipeError:
            answered = b""
        if not answered.endswith(b"\n"):
            raise self._ending(seconds, memory)
        reply = json.loads(answered)
        if "refused" in reply:
            message, hint = reply["refused"]
            broken = "; ".join(f"{name}: {why}" for name, why in reply["broken"].items())
            raise QueryError(message, hint=f"left out: {broken}" if broken else hint, value=sql)
        return Reply(tuple(reply["columns"]), reply["rows"], reply["more"], reply["broken"])

    def _ending(self, seconds: float, memory: int) -> Exception:
        """Return why the child is gone without an answer."""
        code = self._child.wait()
        if code == -signal.SIGALRM:
            return too_slow(seconds)
        if code in {-signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV}:
            # Which of many reasons it was, nobody says; that it was memory is only the likeliest.
            name = signal.Signals(-code).name
            message = f"the process of the statement was ended by {name}"
            hint = f"most likely it wanted more than its {memory >> 20:,} MiB of memory: "
            return QueryError(message, hint=f"{hint}ask for fewer columns or rows")
        return RuntimeError(f"the process of the statement ended with {code}")


def main() -> None:
    """Answer one request; the child's side."""
    # Loaded before the request comes: the command looks at its store meanwhile.
    import duckdb  # noqa: F401
    import pyarrow.dataset as _  # noqa: F401

    line = sys.stdin.buffer.readline()
    if not line:
        return
    threading.Thread(target=_end_with_input, daemon=True).start()
    reply = _reply(json.loads(line))
    sys.stdout.buffer.write(json.dumps(reply, allow_nan=False).encode() + b"\n")
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to be tidied, and the other thread waits for input


def _reply(request: dict[str, Any]) -> dict[str, Any]:
    _limit_memory(request["memory"] + BEYOND_BYTES)
    con = open_database(limits=Limits(memory=f"{request['memory'] >> 20}MiB"))
    broken = {}
    for schema, table, files, columns in request["views"]:
        try:
            paths = [Path(path) for path in files]
            add_sealed_view(con, paths, table, schema=schema, select=columns)
        except Exception as error:
            broken[f"{schema}.{table}"] = " ".join(str(error).split())
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, request["seconds"] + GRACE_S)
    try:
        answer = run_select(con, request["sql"], rows=request["rows"], seconds=request["seconds"])
    except QueryError as error:
        return {"refused": [error.message, error.hint], "broken": broken}
    except MemoryError:
        return {"refused": ["the rows do not fit into memory", "ask for less"], "broken": broken}
    return {
        "columns": answer.columns,
        "rows": [[json_value(value) for value in row] for row in answer.rows],
        "more": answer.more,
        "broken": broken,
    }


def _limit_memory(limit: int) -> None:
    """Let the system refuse memory beyond a limit; files that are mapped are not counted."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _close(stream: Any) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return  # what was not sent is of no use to a child that is gone


if __name__ == "__main__":
    main()
