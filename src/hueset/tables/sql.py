"""The one place that opens DuckDB: two quotings, and connections that are locked before any view.

A connection reaches the files it was opened for and nothing else: no other file, no network, no
extension, no setting that could be changed afterwards. Then it is given views.

There are two kinds of view. `add_parquet_view` lets DuckDB read the files itself; it is for
statements of our own. A file that DuckDB may read it may also write (in DuckDB 2.0
`WITH x AS (COPY … TO 'file' (use_tmp_file false)) SELECT …` is a SELECT, also in a transaction that
is read-only), so a statement that somebody typed runs on `add_sealed_view` alone: Arrow reads the
files, and the connection may open none.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.errors import StoreError, SystemRefusedError
from hueset.threads import count_cores

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import duckdb
    import pyarrow as pa


@dataclass(frozen=True)
class Limits:
    """What a connection may use of the machine.

    Attributes
    ----------
    memory
        As DuckDB takes it: `2GB`; None for half of the machine's.
    threads
        Worker threads; None for one per processor.
    spill
        The folder for what does not fit into memory; None: nothing is ever written.
    ordered
        Whether rows keep the order of the files where a statement asks for none.
    """

    memory: str | None = None
    threads: int | None = None
    spill: Path | None = None
    ordered: bool = True


def half_of_memory() -> int:
    """Return half of the machine's memory in bytes; 2 GiB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (ValueError, OSError):
        return 2 << 30


def quote_identifier(name: str) -> str:
    """Return a name of a schema, table or column as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def quote_path(schema: str, table: str) -> str:
    """Return the name of a table in a schema as SQL takes it."""
    return f"{quote_identifier(schema)}.{quote_identifier(table)}"


def quote_text(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def glob_escaped(paths: Iterable[Path]) -> list[str]:
    """Return paths as DuckDB's `read_parquet` takes them: a `[`, `*` or `?` means itself."""
    return [re.sub(r"([*?\[])", r"[\1]", str(path)) for path in paths]


def parquet_rows(files: Iterable[Path]) -> str:
    """Return what follows FROM for the rows of parquet files, in their order."""
    listed = ", ".join(map(quote_text, glob_escaped(files)))
    return f"read_parquet([{listed}], hive_partitioning = false)"


def open_database(
    files: Iterable[Path] = (), *, limits: Limits | None = None
) -> duckdb.DuckDBPyConnection:
    """Return an in-memory connection, locked, that may read `files` and nothing else.

    One connection must not be shared by threads: give each its `cursor()`, which sees the same
    parquet views.
    """
    import duckdb

    held = limits or Limits()
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": held.memory or f"{half_of_memory() >> 20}MiB",
            "threads": held.threads or count_cores(),
            "temp_directory": str(held.spill) if held.spill else "",
            "preserve_insertion_order": held.ordered,
        },
    )
    paths = list(files)
    # The check is made twice, before and after the escapes of a path are resolved.
    allowed = dict.fromkeys([*map(str, paths), *glob_escaped(paths)])
    if allowed:
        con.execute(f"SET allowed_paths = [{', '.join(map(quote_text, allowed))}]")
    # In this order: what is allowed cannot be named once nothing is.
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def add_parquet_view(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    table: str,
    *,
    schema: str | None = None,
    select: str = "*",
) -> None:
    """Add a view of files that DuckDB reads itself, for statements of our own.

    Parameters
    ----------
    con
        From `open_database`, opened for these files.
    files
        The parquet files of one table, in order.
    table, schema
        What the view is called.
    select
        What follows SELECT, as `hueset.tables.class_names.select_named` makes it.

    Raises
    ------
    StoreError
        A file cannot be opened, or is no parquet.
    """
    place = _place(con, table, schema)
    with _opening(table, schema):
        con.execute(f"CREATE VIEW {place} AS SELECT {select} FROM {parquet_rows(files)}")


@contextmanager
def scanning(what: str) -> Iterator[None]:
    """Turn what DuckDB says of a file in the midst of a scan into an error of the store.

    A damaged file opens as a sound one does, and shows when its pages are unpacked. What is said of
    a statement of ours, that it names no column or cannot be parsed, passes as the defect it is.

    Parameters
    ----------
    what
        What is being read, for the message.

    Raises
    ------
    StoreError
        A file cannot be read to its end.
    SystemRefusedError
        It does not fit into memory.
    """
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        message = f"{what} does not fit into memory: {_first_line(error)}"
        raise SystemRefusedError(message, hint="close other programs, or ask for less") from error
    except duckdb.Error as error:
        if isinstance(error, _of_the_statement()):
            raise
        message = f"{what} cannot be read: {_first_line(error)}"
        raise StoreError(message, hint=MAYBE_DAMAGED) from error


MAYBE_DAMAGED = "`hueset verify` says whether a file is damaged, and which"


def _of_the_statement() -> tuple[type[Exception], ...]:
    """Return what DuckDB raises of a statement, or of who runs it, and of no file."""
    import duckdb

    return (
        duckdb.BinderException,
        duckdb.CatalogException,
        duckdb.ConnectionException,
        duckdb.InterruptException,
        duckdb.ParserException,
        duckdb.PermissionException,
        duckdb.SyntaxException,
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


@contextmanager
def _opening(table: str, schema: str | None) -> Iterator[None]:
    """Turn what DuckDB or Arrow says of a file that it opens into an error of the store."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        name = f"{schema}.{table}" if schema else table
        message = f"the table {name} cannot be opened: {_first_line(error)}"
        raise StoreError(message, hint="`hueset verify` names every damaged file") from error


def add_sealed_view(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    table: str,
    *,
    schema: str | None = None,
    select: str = "*",
) -> None:
    """Add a view of files that Arrow reads, for statements that somebody typed.

    Half-precision numbers, which DuckDB does not take from Arrow, become float32: the same values.
    The view hangs on this connection and is not seen by its `cursor()`.

    Raises
    ------
    StoreError
        As `add_parquet_view`.
    """
    import pyarrow.dataset as ds

    paths = [str(path) for path in files]
    name = f"_{schema or ''}__{table}"
    place = _place(con, table, schema)
    with _opening(table, schema):
        rows = ds.dataset(paths)
        wider = _widened_schema(rows.schema)
        if wider != rows.schema:
            rows = ds.dataset(paths, schema=wider)
        con.register(name, rows)
        con.execute(f"CREATE VIEW {place} AS SELECT {select} FROM {quote_identifier(name)}")


def _place(con: duckdb.DuckDBPyConnection, table: str, schema: str | None) -> str:
    if schema is None:
        return quote_identifier(table)
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_identifier(schema)}")
    return quote_path(schema, table)


def _widened_schema(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    fields = [field.with_type(_widen_type(field.type)) for field in schema]
    return pa.schema(fields, metadata=schema.metadata)


def _widen_type(kind: pa.DataType) -> pa.DataType:
    """Return a type with float32 in place of float16, at any depth."""
    import pyarrow as pa

    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_widen_type(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_widen_type(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_widen_type(kind.value_type)))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_widen_type(kind.value_type)), kind.list_size)
    return kind
