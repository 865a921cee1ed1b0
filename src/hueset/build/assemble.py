"""From shards to the tables of a version, in the order of the units, in bounded memory.

Tables with `files: per_unit` are not read again: their files are those of the shards, linked.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hueset.build.import_guard import only_known_code
from hueset.build.row_accounting import check_keys, check_tables
from hueset.build.units import ShardTables, check_reject, not_ours
from hueset.builder import Batch, Finding, Reject
from hueset.builder.loader import builder_code, load_builder, whole_sources
from hueset.errors import UnknownNameError
from hueset.tables.writer import MAX_GROUP_BYTES, TableWriter, WrittenFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from hueset.build.shard import Shard
    from hueset.builder import Inputs
    from hueset.declaration import Dataset


@dataclass(frozen=True)
class AssembledTables:
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


def assemble_tables(inputs: Inputs, shards: Sequence[Shard], folder: Path) -> AssembledTables:
    """Write every declared table below `folder/data`.

    What the builder's `combine` yields replaces the units' rows of that table; the other tables
    pass through.

    Raises
    ------
    RowAccountError
        A row of the units, or one that `combine` yields, is neither written nor refused.
    """
    tables = inputs.dataset.tables
    writers = {
        name: TableWriter(folder / "data" / name, name, table) for name, table in tables.items()
    }
    rejects: list[Reject] = []
    findings: list[Finding] = []
    yielded: Counter[str] = Counter()
    combine = getattr(load_builder(inputs.dataset.builder), "combine", None)
    source = ShardTables(inputs.dataset, shards)
    module = inputs.dataset.builder
    with only_known_code(module), builder_code(module, "in combine", whole_sources(inputs)):
        for made in combine(source, inputs) if combine else ():
            match made:
                case Batch(table, rows):
                    if table not in writers:
                        raise UnknownNameError.unknown("table in a batch", table, writers)
                    writers[table].write(rows)
                    yielded[table] += rows.num_rows
                case Reject():
                    check_reject(made, inputs.dataset)
                    rejects.append(made)
                case Finding():
                    findings.append(made)
                case _:
                    raise not_ours(made, "combine", inputs.dataset)
    files: dict[str, list[WrittenFile]] = {}
    content: dict[str, dict[str, dict[str, str]]] = {}
    for name, writer in writers.items():
        own = [] if name in yielded else source.files(name)
        if own and tables[name].files == "per_unit":
            files[name], content[name] = _taken_over(shards, name, folder)
            continue
        for rows in _read(own, tables[name].row_group_rows):
            writer.write(rows)
        files[name], content[name] = writer.close()
    check_tables(shards, yielded, rejects, files)
    for name in yielded:
        if tables[name].key and (own := source.files(name)):
            written = [folder / file.path for file in files[name]]
            check_keys(name, tables[name].key, own, written, rejects)
    return AssembledTables(files, content, tuple(rejects), tuple(findings))


def _read(paths: Iterable[Path], rows: int) -> Iterator[pa.Table]:
    """Read the units' files in order, as tables of at least so many rows; the last may have fewer.

    Small files are put together, because writing one row costs as much as writing thousands. In
    memory are at most so many rows and one row group, or fewer rows of the size of one.
    """
    waiting: list[pa.Table] = []
    held = size = 0
    for path in paths:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                waiting.append(file.read_row_group(group, use_threads=False))
                held += waiting[-1].num_rows
                size += waiting[-1].nbytes
                if held >= rows or size >= MAX_GROUP_BYTES:
                    yield pa.concat_tables(waiting)
                    waiting.clear()
                    held = size = 0
    if waiting:
        yield pa.concat_tables(waiting)


def _taken_over(
    shards: Sequence[Shard], table: str, folder: Path
) -> tuple[list[WrittenFile], dict[str, dict[str, str]]]:
    """Link the units' files of one table into a version; their hashes are those of the units.

    A column's digest is that over the digests of its units, in their order. A unit without rows
    leaves a file of the split `train` behind, which says nothing of the table's splits: it is taken
    only where no unit has any row.
    """
    by_split: dict[str, list[tuple[Path, dict[str, Any]]]] = defaultdict(list)
    digests: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with_files = [shard for shard in shards if table in shard.whole]
    for shard in [one for one in with_files if one.rows[table]] or with_files[:1]:
        told = shard.whole[table]
        for file in told["files"]:
            by_split[file["split"]].append((shard.path / file["path"], file))
        for split, columns in told["content"].items():
            for column, digest in columns.items():
                digests[split][column].append(digest)
    files = []
    for split, found in sorted(by_split.items()):
        for at, (path, file) in enumerate(found):
            place = f"data/{table}/{split}-{at:05d}-of-{len(found):05d}.parquet"
            _link(path, folder / place)
            told = {**file, "path": place}
            del told["stamp"]
            files.append(WrittenFile(**told))
    content = {
        split: {
            column: hashlib.sha256("".join(several).encode()).hexdigest()
            for column, several in columns.items()
        }
        for split, columns in sorted(digests.items())
    }
    return files, content


def _link(path: Path, final: Path) -> None:
    """Let a file appear under a second name; as a copy where the file system has no links."""
    try:
        os.link(path, final)
    except OSError:
        shutil.copyfile(path, final)


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
