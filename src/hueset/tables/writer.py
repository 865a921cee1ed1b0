"""Parquet that the ecosystem reads: one frozen schema, bounded row groups, the same bytes twice.

Scalars and text are zstd with page index and content-defined chunking; bytes columns (audio, MIDI)
stay uncompressed, because they are compressed already and re-upload cheaply that way. Row groups
are cut at a fixed number of rows, or sooner at a size, whatever batches come in, since Arrow's
chunk layout would otherwise change the bytes.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hueset.declaration import SPLITS
from hueset.declaration.column_types import arrow_schema
from hueset.errors import BuildError
from hueset.files.hashing import file_sha256
from hueset.tables.conformance import conform_rows
from hueset.tables.row_sizes import count_fitting, measure_rows
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hueset.declaration import TableDeclaration

MAX_SHARD_BYTES = 500_000_000
"""`datasets` and the Hub cut shards at 500 MB."""

_LONGEST_SPLIT = 200  # bytes; a file's name may have 255, and the split is its beginning

MAX_GROUP_BYTES = 100_000_000
"""`datasets` cuts row groups at 100 MB too, and the Hub's viewer fails on some three times that.
Bytes of every kind are counted: texts, lists and structs like sound."""

WRITER = f"pyarrow {pa.__version__}"


@dataclass(frozen=True)
class WrittenFile:
    """One parquet file of a table.

    Attributes
    ----------
    path
        Below the version folder, with `/`.
    split
        The split it holds; `train` for a table without splits.
    rows
        Its number of rows.
    bytes
        Its size.
    sha256
        Hex digest of its bytes.
    arrow_bytes
        The size of its rows in memory, as Arrow: what `datasets` calls `num_bytes`.
    """

    path: str
    split: str
    rows: int
    bytes: int
    sha256: str
    arrow_bytes: int


class TableWriter:
    """Writes one table below a folder, one series of shards per split.

    Parameters
    ----------
    folder
        The folder that will hold `<split>-00000-of-0000N.parquet`.
    name
        The table's name, for error messages.
    table
        Its declaration.
    """

    def __init__(self, folder: Path, name: str, table: TableDeclaration) -> None:
        self.folder, self.name, self.table = folder, name, table
        self.schema = arrow_schema(table)
        self._series: dict[str, _Series] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, rows: pa.Table) -> None:
        """Add rows, in order; they are cut into row groups of the declared size."""
        rows = conform_rows(rows, self.schema, where=f"table {self.name!r}")
        column = self.table.split
        if column is None:
            self._into("train").add(rows)
            return
        self._refuse_nameless(rows, rows[column])
        for split in sorted(rows[column].unique().to_pylist()):
            if not split.isidentifier() or len(split.encode()) > _LONGEST_SPLIT:
                shown = f"{split[:40]!r}{'…' if split[40:] else ''}"
                message = f"table {self.name!r}: {shown} is no name of a split"
                raise BuildError(message, hint=f"splits are {', '.join(SPLITS)}", value=split)
            self._into(split).add(rows.filter(pc.equal(rows[column], split)))

    def close(self) -> tuple[list[WrittenFile], dict[str, dict[str, str]]]:
        """Finish; returns the files, and per split the SHA-256 of each column's values.

        The column digests are over canonical Arrow IPC, so they stay equal when only the parquet
        writer changes.
        """
        if not self._series:
            self._into("train")
        files, content = [], {}
        for split, series in sorted(self._series.items()):
            files += series.close(split)
            content[split] = series.digests()
        return files, content

    def _refuse_nameless(self, rows: pa.Table, splits: pa.ChunkedArray) -> None:
        """Raise for rows whose split is null or an empty text: no file could hold them."""
        nameless = rows.filter(pc.fill_null(pc.equal(splits, ""), True))
        if not nameless.num_rows:
            return
        first = ", ".join(f"{name}={nameless[name][0].as_py()!r}" for name in self.table.key)
        have = "has" if nameless.num_rows == 1 else "have"
        message = (
            f"table {self.name!r}: {format_count(nameless.num_rows, 'row')} {have} no split, "
            f"null or an empty text in {self.table.split!r}; the first is {first}"
        )
        hint = f"every row of a table with splits belongs to one of {', '.join(SPLITS)}"
        raise BuildError(message, hint=hint)

    def _into(self, split: str) -> _Series:
        if split not in self._series:
            self._series[split] = _Series(self.folder, split, self.schema, self.table)
        return self._series[split]


@dataclass
class _ShardPart:
    """One shard while it is written."""

    path: Path
    rows: int = 0
    arrow_bytes: int = 0


class _Series:
    """The shards of one split: buffers to whole row groups, rolls over at the size limit."""

    def __init__(
        self, folder: Path, split: str, schema: pa.Schema, table: TableDeclaration
    ) -> None:
        self.folder, self.split, self.schema = folder, split, schema
        self.group_rows = table.row_group_rows
        self.options = write_options(schema)
        self.pending: deque[pa.Table] = deque()
        self.pending_bytes = np.empty(0, np.int64)
        self.parts: list[_ShardPart] = []
        self.writer: pq.ParquetWriter | None = None
        self.hashes = {name: hashlib.sha256() for name in schema.names}

    def add(self, rows: pa.Table) -> None:
        self.pending.append(rows)
        self.pending_bytes = np.concatenate([self.pending_bytes, measure_rows(rows)])
        while count := self._whole_group():
            self._flush(count)

    def close(self, split: str) -> list[WrittenFile]:
        if len(self.pending_bytes) or not self.parts:
            self._flush(len(self.pending_bytes))
        self._end_part()
        total, files = len(self.parts), []
        for at, part in enumerate(self.parts):
            final = part.path.with_name(f"{split}-{at:05d}-of-{total:05d}.parquet")
            part.path.rename(final)
            digest, size = file_sha256(final)
            relative = f"data/{self.folder.name}/{final.name}"
            files.append(WrittenFile(relative, split, part.rows, size, digest, part.arrow_bytes))
        return files

    def digests(self) -> dict[str, str]:
        return {name: made.hexdigest() for name, made in self.hashes.items()}

    def _whole_group(self) -> int:
        """Return the rows of the next row group; 0 while it is not known that no more belong to it.

        It depends on the rows alone, not on how they came in.
        """
        sizes = self.pending_bytes[: self.group_rows]
        count = count_fitting(sizes, MAX_GROUP_BYTES)
        return count if count < len(sizes) or count == self.group_rows else 0

    def _flush(self, count: int) -> None:
        group = pa.concat_tables(self.pending) if self.pending else self.schema.empty_table()
        self.pending.clear()
        if group.num_rows > count:
            self.pending.append(group.slice(count))
            group = group.slice(0, count)
        self.pending_bytes = self.pending_bytes[count:]
        # A slice keeps its parent's offsets, which would show in the digest: make a true copy.
        group = pa.concat_tables([self.schema.empty_table(), group]).combine_chunks()
        for name in self.schema.names:
            for batch in group.select([name]).to_batches():
                self.hashes[name].update(batch.serialize())
        writer = self._part()
        writer.write_table(group, row_group_size=max(count, 1))
        part = self.parts[-1]
        part.rows += count
        part.arrow_bytes += group.nbytes
        if part.arrow_bytes >= MAX_SHARD_BYTES:
            self._end_part()

    def _part(self) -> pq.ParquetWriter:
        if self.writer is None:
            path = self.folder / f"{self.split}-part{len(self.parts):05d}.parquet"
            self.parts.append(_ShardPart(path))
            self.writer = pq.ParquetWriter(path, self.schema, **self.options)
        return self.writer

    def _end_part(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.writer = None


def write_options(schema: pa.Schema) -> dict[str, Any]:
    """Return the per-column settings of `pq.ParquetWriter` for a schema."""
    leaves = list(_leaves(schema))
    plain = [path for path, kind in leaves if not _is_bytes(kind)]
    return {
        "compression": {path: "NONE" if _is_bytes(kind) else "ZSTD" for path, kind in leaves},
        "use_dictionary": [path for path, kind in leaves if pa.types.is_string(kind)],
        "write_statistics": plain,
        "write_page_index": True,
        "use_content_defined_chunking": True,
    }


def write_plain(rows: pa.Table, path: Path) -> None:
    """Write a small table of our own (quarantine, records) as one zstd parquet file."""
    pq.write_table(rows.combine_chunks(), path, compression="zstd", write_page_index=True)


def read_batches(path: Path, rows: int = 20_000) -> Iterator[pa.Table]:
    """Read a parquet file in bounded batches, in order."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=rows):
            yield pa.Table.from_batches([batch])


def _leaves(schema: pa.Schema) -> Iterator[tuple[str, pa.DataType]]:
    for field in schema:
        yield from _leaves_of(field.name, field.type)


def _leaves_of(path: str, kind: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    if pa.types.is_struct(kind):
        for child in kind:
            yield from _leaves_of(f"{path}.{child.name}", child.type)
    elif pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _leaves_of(f"{path}.list.element", kind.value_type)
    else:
        yield path, kind


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
