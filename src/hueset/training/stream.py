"""Parquet shards as a stream of batches: shuffled by shard and buffer, resumable, for many ranks.

The order of an epoch is a function of seed and epoch alone: row groups are shuffled, read until
the buffer is full, the buffer is permuted and cut into batches. Since a row group's size stands in
the file's footer, a stream that resumes at a step skips whole buffers without reading them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from torch.utils.data import IterableDataset, get_worker_info

from hueset.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class ParquetStream(IterableDataset[pa.Table]):
    """Batches of rows from the shards of one table.

    Parameters
    ----------
    files
        The parquet files, in a fixed order.
    columns
        What is read; a column of media that is not named costs nothing.
    batch
        Rows in a batch; the last one of a buffer may be shorter.
    buffer
        Rows among which is shuffled; at least one row group.
    seed
        Of the shuffle; None keeps the order of the files.
    rank, ranks
        This process's share. Row groups are dealt out where their number can be divided by
        `ranks`; otherwise every rank reads all and keeps each `ranks`-th row of a buffer.
    even
        Let every rank give the same number of batches, which lockstep training needs; up to one
        batch less a rank then remains unseen in an epoch.
    """

    def __init__(
        self,
        files: Sequence[Path],
        columns: Sequence[str],
        *,
        batch: int,
        buffer: int = 16_384,
        seed: int | None = 0,
        rank: int = 0,
        ranks: int = 1,
        even: bool = False,
    ) -> None:
        super().__init__()
        if not 0 <= rank < ranks:
            message = f"rank {rank} of {ranks} ranks"
            raise UsageError(message, hint="ranks count from 0", value=rank)
        self.files = [str(path) for path in files]
        self.columns = list(columns)
        self.batch, self.buffer, self.seed = batch, buffer, seed
        self.rank, self.ranks, self.even = rank, ranks, even
        self.epoch, self.start = 0, 0
        self.groups = [
            (number, at, footer.row_group(at).num_rows)
            for number, path in enumerate(self.files)
            for footer in [pq.read_metadata(path)]
            for at in range(footer.num_row_groups)
        ]

    def at(self, epoch: int, start: int = 0) -> ParquetStream:
        """Go to a step of an epoch, counted in batches of this rank; returns itself."""
        self.epoch, self.start = epoch, start
        return self

    def __len__(self) -> int:
        """Return the number of batches of an epoch, for this rank, without workers."""
        return self._length(self.rank, self.ranks)

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield batches as Arrow tables."""
        rank, ranks, start = self.rank, self.ranks, self.start
        worker = get_worker_info()
        if worker is not None:
            # A loader takes one batch from each worker in turn, and begins with the first: after a
            # resume it stands for the one whose turn it was.
            turn = (worker.id + start) % worker.num_workers
            rank, ranks = rank * worker.num_workers + turn, ranks * worker.num_workers
            start = start // worker.num_workers + (turn < start % worker.num_workers)
        end = min(self._length(r, ranks) for r in range(ranks)) if self.even else None
        step = 0
        for number, block in enumerate(self._blocks(rank, ranks)):
            rows = sum(size for _, _, size in block)
            mine = self._order(number, rows, rank, ranks)
            count = -(-len(mine) // self.batch)
            if step + count <= start:
                step += count
                continue
            table = self._read(block)
            for at in range(0, len(mine), self.batch):
                if end is not None and step >= end:
                    return
                if step >= start:
                    yield table.take(pa.array(mine[at : at + self.batch]))
                step += 1

    def _blocks(self, rank: int, ranks: int) -> Iterator[list[tuple[int, int, int]]]:
        """Yield the row groups of each buffer."""
        order = self.groups
        if self.seed is not None:
            drawn = np.random.default_rng([self.seed, self.epoch]).permutation(len(order))
            order = [order[at] for at in drawn]
        if self._dealt(ranks):
            order = order[rank::ranks]
        block: list[tuple[int, int, int]] = []
        for group in order:
            block.append(group)
            if sum(size for _, _, size in block) >= self.buffer:
                yield block
                block = []
        if block:
            yield block

    def _order(self, number: int, rows: int, rank: int, ranks: int) -> Any:
        shared = not self._dealt(ranks)
        order = np.arange(rows)
        if self.seed is not None:
            parts = [self.seed, self.epoch, number] + ([] if shared else [rank])
            order = np.random.default_rng(parts).permutation(rows)
        return order[rank::ranks] if shared else order

    def _length(self, rank: int, ranks: int) -> int:
        count = 0
        for block in self._blocks(rank, ranks):
            rows = sum(size for _, _, size in block)
            mine = rows if self._dealt(ranks) else len(range(rank, rows, ranks))
            count += -(-mine // self.batch)
        return count

    def _dealt(self, ranks: int) -> bool:
        return len(self.groups) % ranks == 0

    def _read(self, block: Sequence[tuple[int, int, int]]) -> pa.Table:
        parts = []
        for number, at, _ in block:
            with pq.ParquetFile(self.files[number]) as file:
                parts.append(file.read_row_group(at, columns=self.columns))
        return pa.concat_tables(parts).combine_chunks()
