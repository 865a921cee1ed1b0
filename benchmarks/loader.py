"""Text and a number from parquet shards to shuffled torch batches: ours against `datasets`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS, FILES, BATCH, BUFFER = 120_000, 6, 256, 16_384


def make(folder: Path) -> None:
    """Write six shards of short texts with a score."""
    rng = np.random.default_rng(0)
    words = np.array([f"word{at}" for at in range(5000)])
    for number in range(FILES):
        n = ROWS // FILES
        drawn = rng.integers(0, len(words), (n, 20))
        texts = [" ".join(row) for row in words[drawn]]
        ids = np.arange(number * n, number * n + n)
        table = pa.table({"id": ids, "text": texts, "score": rng.random(n)})
        pq.write_table(
            table, folder / f"part-{number}.parquet", row_group_size=5000, compression="zstd"
        )


def ours(folder: Path) -> Callable[[], Any]:
    """Read through `ParquetStream`."""
    import torch

    from hueset.training.stream import ParquetStream

    def work() -> dict[str, Any]:
        stream = ParquetStream(_files(folder), ["id", "text", "score"], batch=BATCH, buffer=BUFFER)
        seen: list[int] = []
        letters, total = 0, 0.0
        for batch in stream:
            letters += sum(map(len, batch.column("text").to_pylist()))
            total += float(torch.from_numpy(batch.column("score").to_numpy().copy()).sum())
            seen += batch.column("id").to_pylist()
        return _summary(seen, letters, total)

    return work


def iterable(folder: Path) -> Callable[[], Any]:
    """Read through a streaming `datasets`, shuffled by shard and buffer, as ours is."""
    import torch
    from datasets import load_dataset

    def work() -> dict[str, Any]:
        held = load_dataset("parquet", data_files=_names(folder), split="train", streaming=True)
        return _batches(held.shuffle(seed=0, buffer_size=BUFFER).iter(batch_size=BATCH), torch)

    return work


def in_memory(folder: Path) -> Callable[[], Any]:
    """Read through `datasets` from its cache of Arrow files, shuffled as a whole."""
    import torch
    from datasets import load_dataset

    def work() -> dict[str, Any]:
        held = load_dataset(
            "parquet", data_files=_names(folder), split="train", cache_dir=str(folder / "cache")
        )
        return _batches(held.shuffle(seed=0).iter(batch_size=BATCH), torch)

    return work


def same(one: Any, two: Any) -> str:
    """Compare what was read; the orders differ, and both must be shuffled."""
    for key in ("rows", "ids", "letters"):
        if one[key] != two[key]:
            message = f"{key}: {one[key]} and {two[key]}"
            raise ValueError(message)
    if abs(one["total"] - two["total"]) > 1e-6 * abs(one["total"]):
        message = f"sums differ: {one['total']} and {two['total']}"
        raise ValueError(message)
    if one["sorted"] or two["sorted"]:
        message = "one of them did not shuffle"
        raise ValueError(message)
    return "every row once, letters, sum of scores"


def _batches(batches: Any, torch: Any) -> dict[str, Any]:
    seen: list[int] = []
    letters, total = 0, 0.0
    for batch in batches:
        letters += sum(map(len, batch["text"]))
        total += float(torch.tensor(batch["score"], dtype=torch.float64).sum())
        seen += batch["id"]
    return _summary(seen, letters, total)


def _summary(seen: list[int], letters: int, total: float) -> dict[str, Any]:
    return {
        "rows": len(seen),
        "ids": len(set(seen)),
        "letters": letters,
        "total": total,
        "sorted": seen == sorted(seen),
    }


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))


def _names(folder: Path) -> list[str]:
    return [str(path) for path in _files(folder)]


WORKS = [
    Work(
        name="loader.epoch",
        title=f"one shuffled epoch of {ROWS:,} texts in batches of {BATCH}",
        make=make,
        ours="benchmarks.loader:ours",
        peers={
            "datasets, iterable": "benchmarks.loader:iterable",
            "datasets, Arrow cache": "benchmarks.loader:in_memory",
        },
        same=same,
        packages=("pyarrow", "torch", "datasets"),
    )
]

if __name__ == "__main__":
    from benchmarks.__main__ import main

    main(["loader"])
