"""From shards to the tables of a version, in the order of the units, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from hueset.blame import builder_code, load_builder
from hueset.build.steps import not_ours
from hueset.builder import Batch, Finding, Reject
from hueset.errors import BuildError, UnknownNameError
from hueset.parquet import TableWriter, WrittenFile, read_batches
from hueset.schema import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hueset.build.steps import Shard
    from hueset.builder import Inputs
    from hueset.spec import Dataset


@dataclass(frozen=True)
class Assembled:
    """The finished tables.

    Attributes
    ----------
    files
        The parquet files of each table.
    content
        Per table and split, the digest of each column's values.
    rejects
        What the corpus-wide step refused.
    findings
        What it found.
    """

    files: dict[str, list[WrittenFile]]
    content: dict[str, dict[str, dict[str, str]]]
    rejects: tuple[Reject, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ShardTables:
    """The tables of all finished units (see `hueset.builder.Shards`)."""

    dataset: Dataset
    shards: Sequence[Shard]

    def files(self, table: str) -> list[Path]:
        """Return the parquet files of one table, one per unit that made rows of it."""
        return [shard.path / f"{table}.parquet" for shard in self.shards if table in shard.rows]

    def scan(self, table: str) -> pl.LazyFrame:
        """Return one table over all units, in their order; empty where no unit made rows."""
        files = self.files(table)
        if files:
            return pl.scan_parquet(files, glob=False, hive_partitioning=False)
        if table not in self.dataset.tables:
            if table.startswith("_"):
                message = f"no unit made rows of the working table {table!r}"
                raise BuildError(message, hint="yield an empty batch to give its schema")
            raise UnknownNameError.unknown("table", table, self.dataset.tables)
        empty = arrow_schema(self.dataset.tables[table]).empty_table()
        return pl.DataFrame(pl.from_arrow(empty)).lazy()


def assemble(inputs: Inputs, shards: Sequence[Shard], folder: Path) -> Assembled:
    """Write every declared table below `folder/data`.

    What the builder's `combine` yields replaces the units' rows of that table; the other tables
    pass through.
    """
    tables = inputs.dataset.tables
    writers = {
        name: TableWriter(folder / "data" / name, name, table) for name, table in tables.items()
    }
    rejects: list[Reject] = []
    findings: list[Finding] = []
    replaced: set[str] = set()
    combine = getattr(load_builder(inputs.dataset.builder), "combine", None)
    source = ShardTables(inputs.dataset, shards)
    with builder_code(inputs.dataset.builder, "in combine"):
        for made in combine(source, inputs) if combine else ():
            match made:
                case Batch(table, rows):
                    if table not in writers:
                        raise UnknownNameError.unknown("table in a batch", table, writers)
                    replaced.add(table)
                    writers[table].write(rows)
                case Reject():
                    rejects.append(made)
                case Finding():
                    findings.append(made)
                case _:
                    raise not_ours(made, "combine", inputs.dataset)
    for name, writer in writers.items():
        for path in [] if name in replaced else source.files(name):
            for rows in read_batches(path, rows=tables[name].row_group_rows):
                writer.write(rows)
    files: dict[str, list[WrittenFile]] = {}
    content: dict[str, dict[str, dict[str, str]]] = {}
    for name, writer in writers.items():
        files[name], content[name] = writer.close()
    return Assembled(files, content, tuple(rejects), tuple(findings))


@dataclass(frozen=True)
class FinishedTables:
    """The tables of a version, for the builder's own checks."""

    dataset: Dataset
    folder: Path
    written: dict[str, list[WrittenFile]]

    def files(self, table: str) -> list[Path]:
        """Return the parquet files of one table."""
        return [self.folder / file.path for file in self.written[table]]

    def scan(self, table: str) -> pl.LazyFrame:
        """Return one table over all splits."""
        return pl.scan_parquet(self.files(table), glob=False, hive_partitioning=False)
