"""Parquet files of an input that cannot be read to their end, looked for once something failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hueset.builder.source import ResolvedSource

ReadInput = tuple["ResolvedSource", "str | None"]
"""What a step may read: a source, and one member of it; None for all of it."""

MOST_BYTES = 4 << 30
"""More is not read again to find out whose fault a failure was."""


class BrokenTable(NamedTuple):
    """A parquet file that cannot be read whole."""

    source: ResolvedSource
    member: str | None
    error: Exception


def find_broken_table(inputs: Sequence[ReadInput]) -> BrokenTable | None:
    """Return the first parquet file of an input that cannot be read to its end; None if all can."""
    import pyarrow.parquet as pq

    left = MOST_BYTES
    for source, member, size in _parquet_files(inputs):
        left -= size
        if left < 0:
            return None
        try:
            with source.open(member) as stream, pq.ParquetFile(stream) as file:
                for _ in file.iter_batches(use_threads=False):
                    pass
        except Exception as error:  # whatever it is: this file cannot be read
            return BrokenTable(source, member, error)
    return None


def _parquet_files(inputs: Sequence[ReadInput]) -> Iterator[tuple[ResolvedSource, str | None, int]]:
    for source, wanted in dict.fromkeys(inputs):
        if not source.members:
            if source.path.name.lower().endswith(".parquet"):
                yield source, None, source.size
            continue
        for member in source.members:
            if member.name.lower().endswith(".parquet") and wanted in {None, member.name}:
                yield source, member.name, member.size
