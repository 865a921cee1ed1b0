"""One table of a version, in the form of whatever library one works with.

A column of classes is read by the names of its classes, as in SQL; `codes=True` leaves their ids.
A missing value is null in every form.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from hueset.declaration import SPLITS
from hueset.declaration.column_types import arrow_type, parse_type
from hueset.errors import UnknownNameError, UsageError
from hueset.python_api.arguments import require_text, require_texts
from hueset.python_api.named_parts import NamedParts
from hueset.python_api.reprs import cut, html_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import datasets as hf
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from hueset.declaration.column_types import Type
    from hueset.documents.manifest import ColumnEntry, TableEntry
    from hueset.store.version import StoredVersion as VersionFolder

BATCH_BYTES = 64 << 20
"""What a batch of `Table.batches` takes at most, unless a row alone takes more."""


class Columns(NamedParts["ColumnEntry"]):
    """The declared columns of a table by name."""

    def __repr__(self) -> str:
        wide = max(map(len, self), default=0)
        lines = [f"  {name:<{wide}}  {cut(one.type, 60)}" for name, one in self.items()]
        return "\n".join([f"<{len(self)} columns of {self._where}>", *lines])

    def _repr_html_(self) -> str:
        rows = [(name, one.type, one.unit, one.description) for name, one in self.items()]
        title = f"Columns of {self._where}"
        return html_table(title, ("column", "type", "unit", ""), rows)


class Table:
    """One table of a version; nothing is read until a form of it is asked for.

    Every form takes `split` (only the rows of this split; None takes all, in the order of the
    files) and `columns` (only these, in this order; a column that is not named costs nothing).

    Attributes
    ----------
    name
        The table.
    """

    def __init__(self, version: VersionFolder, name: str, entry: TableEntry) -> None:
        self.name = name
        self._folder, self._entry = version, entry
        self._where = f"{version.dataset} {version.name} {name}"

    @property
    def description(self) -> str:
        """What a row is."""
        return self._entry.description

    @property
    def rows(self) -> int:
        """How many rows there are; `len(table)` too."""
        return self._entry.rows

    @property
    def key(self) -> tuple[str, ...]:
        """The columns whose values together name a row."""
        return tuple(self._entry.key)

    @property
    def splits(self) -> Mapping[str, int]:
        """Split → rows."""
        there = self._entry.splits
        ordered = {name: there[name] for name in sorted(there, key=_split_place)}
        return NamedParts(ordered, "split", self._where)

    @property
    def columns(self) -> Mapping[str, ColumnEntry]:
        """Column → its declared `type`, `unit`, `description` and whether it is `nullable`."""
        return Columns(self._entry.columns, f"column of {self.name}", self._where)

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows, with classes by their names."""
        from hueset.tables.class_arrays import named_type

        return _schema({name: named_type(kind) for name, kind in self._kinds.items()})

    def files(self, split: str | None = None) -> list[Path]:
        """Return the parquet files, in order.

        Raises
        ------
        UnknownNameError
            There is no such split.
        StoreError
            One of them is missing, is no regular file, or is reached by a link.
        """
        if split is not None:
            require_text(split, "a split")
            if split not in self._entry.splits:
                known = self._entry.splits
                raise UnknownNameError.unknown("split", split, known, where=self._where)
        paths = zip(self._entry.files, self._folder.files(self.name), strict=True)
        return [path for file, path in paths if split is None or file.split == split]

    def known_columns(self, columns: Sequence[str] | None) -> list[str]:
        """Return the names of columns, each known and given once; of None all.

        Raises
        ------
        UnknownNameError
            There is no such column; the hint has the nearest.
        UsageError
            A column is given twice, or one text in place of a list.
        """
        if columns is None:
            return list(self.columns)
        if isinstance(columns, str):
            message = f"{columns!r} is one text, and a list of columns is expected"
            raise UsageError(message, hint=f"give [{columns!r}]", value=columns)
        require_texts(columns, "a column")
        for name in columns:
            if name not in self.columns:
                what = f"column of {self.name}"
                raise UnknownNameError.unknown(what, name, self.columns, where=self._where)
        if len(set(columns)) < len(columns):
            twice = next(name for name in columns if list(columns).count(name) > 1)
            message = f"{self._where}: the column {twice!r} is given twice"
            raise UsageError(message, hint="leave one of the two", value=twice)
        return list(columns)

    def scan(
        self,
        split: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        codes: bool = False,
    ) -> pl.LazyFrame:
        """Return a polars LazyFrame: what is filtered or left out is not read.

        Raises
        ------
        UnknownNameError
            There is no such split or column.
        """
        import polars as pl

        from hueset.tables.class_names import name_classes

        files, names = self.files(split), self.known_columns(columns)
        if not files:
            return pl.DataFrame(self.arrow(split, columns, codes=codes)).lazy()
        rows = pl.scan_parquet(files, glob=False, hive_partitioning=False).select(names)
        return rows if codes else name_classes(rows, {name: self._types[name] for name in names})

    def polars(
        self,
        split: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        codes: bool = False,
    ) -> pl.DataFrame:
        """Return a polars DataFrame, in memory; see `scan` for one that is read when needed."""
        return self.scan(split, columns, codes=codes).collect()

    def arrow(
        self,
        split: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        codes: bool = False,
    ) -> pa.Table:
        """Return a pyarrow Table, in memory; see `batches` for one in portions.

        With `codes=True` it is what is stored, with the `huggingface` metadata that says which
        class an id is.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        from hueset.tables.class_arrays import name_arrow_classes

        files, names = self.files(split), self.known_columns(columns)
        parts = [pq.read_table(path, columns=names, partitioning=None) for path in files]
        rows = pa.concat_tables(parts) if parts else self._stored_schema(names).empty_table()
        return rows if codes else _without_features(name_arrow_classes(rows, self._types))

    def pandas(
        self,
        split: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        codes: bool = False,
    ) -> pd.DataFrame:
        """Return a pandas DataFrame, in memory, whose columns have Arrow types.

        So a null stays a null (`pd.NA`) in every column, and a whole number with nulls does not
        become a float, which could not hold a 64-bit id.
        """
        import pandas as pd

        rows = self.arrow(split, columns, codes=codes)
        made: pd.DataFrame = rows.to_pandas(types_mapper=pd.ArrowDtype)
        return made

    def duckdb(
        self,
        split: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        codes: bool = False,
        connection: duckdb.DuckDBPyConnection | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """Return a DuckDB relation: what is filtered or left out is not read.

        Parameters
        ----------
        split, columns, codes
            As everywhere.
        connection
            A connection of yours, to join it with other tables there; None opens one that can read
            nothing but this table. A connection is for one thread.
        """
        from hueset.tables.class_names import select_named
        from hueset.tables.sql import open_database, parquet_rows, quote_identifier

        files, names = self.files(split), self.known_columns(columns)
        con = connection if connection is not None else open_database(files)
        if not files:
            return con.from_arrow(self.arrow(split, columns, codes=codes))
        rows = con.sql(f"FROM {parquet_rows(files)}")
        named = rows if codes else rows.select(select_named(self._types))
        return named.select(", ".join(map(quote_identifier, names)))

    def batches(
        self,
        split: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        codes: bool = False,
        max_bytes: int = BATCH_BYTES,
    ) -> Iterator[pa.RecordBatch]:
        """Iterate over the rows as Arrow batches, none of which takes more than `max_bytes`.

        A single row that takes more is a batch of its own.

        Raises
        ------
        UnknownNameError
            There is no such split or column.
        UsageError
            `max_bytes` is not above 0.
        """
        if max_bytes <= 0:
            message = f"max_bytes={max_bytes}: a number of bytes above 0 is expected"
            raise UsageError(message, hint="omit it for 64 MiB", value=max_bytes)
        files, names = self.files(split), self.known_columns(columns)
        return self._batches(files, names, max_bytes, codes=codes)

    def datasets(
        self,
        split: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        streaming: bool = False,
    ) -> hf.DatasetDict | hf.Dataset | hf.IterableDatasetDict | hf.IterableDataset:
        """Return it for the library `datasets`, with its features (ClassLabel, Audio) restored.

        Parameters
        ----------
        split
            One split gives a `Dataset`; None gives a `DatasetDict` of all that have rows.
        columns
            Only these.
        streaming
            Give the iterable kind, which reads as it goes: for tables with media. Otherwise the
            rows are in memory; nothing is copied into the library's cache.

        Raises
        ------
        HubExtraError
            `datasets` is not installed.
        """
        from hueset.python_api.hf_forms import load_streaming, load_table

        names = None if columns is None else self.known_columns(columns)
        chosen = [split] if split is not None else [one for one, n in self.splits.items() if n]
        files = {one: self.files(one) for one in chosen}
        made = load_streaming(files, names) if streaming else load_table(files, names)
        return made if split is None else made[split]

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self.rows

    def __repr__(self) -> str:
        splits = " · ".join(f"{name} {count:,}" for name, count in self.splits.items())
        head = f"<Table {self._where}: {self.rows:,} rows × {len(self.columns)} columns ({splits})>"
        wide = max(map(len, self.columns))
        told = [
            f"  {name:<{wide}}  {cut(column.type, 60)}" for name, column in self.columns.items()
        ]
        more = [f"  … {len(told) - 20} more in .columns"] if len(told) > 20 else []
        return "\n".join([head, *told[:20], *more])

    def _repr_html_(self) -> str:
        rows = [
            (name, column.type, column.unit, column.description)
            for name, column in self.columns.items()
        ]
        splits = " · ".join(f"{name} {count:,}" for name, count in self.splits.items())
        title = f"{self._where}: {self.rows:,} rows ({splits})"
        return html_table(title, ("column", "type", "unit", ""), rows, self.description)

    @property
    def _types(self) -> dict[str, str]:
        return {name: column.type for name, column in self.columns.items()}

    @property
    def _kinds(self) -> dict[str, Type]:
        return {name: parse_type(text) for name, text in self._types.items()}

    def _stored_schema(self, names: Sequence[str]) -> pa.Schema:
        return _schema({name: arrow_type(self._kinds[name]) for name in names})

    def _batches(
        self, files: Sequence[Path], names: list[str], max_bytes: int, *, codes: bool
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow.parquet as pq

        from hueset.tables.class_arrays import name_arrow_classes
        from hueset.tables.row_batches import bounded_batches

        for path in files:
            with pq.ParquetFile(path) as file:
                for rows in bounded_batches(file, names, max_bytes):
                    named = rows if codes else name_arrow_classes(rows, self._types)
                    yield from named.to_batches()


def _split_place(name: str) -> tuple[int, str]:
    """Return where a split stands: as it is told everywhere, and what else there is after it."""
    return (SPLITS.index(name) if name in SPLITS else len(SPLITS)), name


def _without_features(rows: pa.Table) -> pa.Table:
    """Drop the metadata by which `datasets` would take names of classes for their ids."""
    kept = {key: v for key, v in (rows.schema.metadata or {}).items() if key != b"huggingface"}
    return rows.replace_schema_metadata(kept or None)


def _schema(types: Mapping[str, pa.DataType]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(list(types.items()))
