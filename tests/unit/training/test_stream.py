from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.errors import UsageError
from hueset.training.stream import ParquetStream


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = []
    for at in range(3):
        path = tmp_path / f"part-{at}.parquet"
        values = list(range(at * 100, at * 100 + 100))
        pq.write_table(
            pa.table({"n": values, "text": [str(v) for v in values]}), path, row_group_size=20
        )
        made.append(path)
    return made


def values(stream: ParquetStream) -> list[list[int]]:
    return [batch.column("n").to_pylist() for batch in stream]


def test_an_epoch_holds_every_row_once_in_another_order(files: list[Path]) -> None:
    stream = ParquetStream(files, ["n"], batch=7, buffer=50)
    first = values(stream)
    flat = [n for batch in first for n in batch]
    assert sorted(flat) == list(range(300))
    assert flat != list(range(300))
    assert len(first) == len(stream)
    assert values(stream) == first
    assert values(stream.at(1)) != first


def test_both_the_shards_and_the_rows_of_a_buffer_are_shuffled_anew_each_epoch(
    files: list[Path],
) -> None:
    # A row group of 20 rows fills the buffer, so a block of 20 is one group.
    stream = ParquetStream(files, ["n"], batch=20, buffer=20)
    one, two = values(stream.at(0)), values(stream.at(1))
    for epoch in (one, two):
        assert all(max(block) - min(block) == 19 for block in epoch)
        assert not any(block == sorted(block) for block in epoch)
        assert [min(block) for block in epoch] != sorted(min(block) for block in epoch)
    assert [min(block) for block in one] != [min(block) for block in two]
    same = {min(block): block for block in two}
    assert any(same[min(block)] != block for block in one)


def test_without_a_seed_the_order_is_that_of_the_files(files: list[Path]) -> None:
    stream = ParquetStream(files, ["n"], batch=50, buffer=100, seed=None)
    assert [n for batch in values(stream) for n in batch] == list(range(300))


@pytest.mark.parametrize("start", [0, 1, 7, 8, 20, 44, 45])
def test_it_resumes_at_a_step(files: list[Path], start: int) -> None:
    stream = ParquetStream(files, ["n"], batch=7, buffer=50)
    whole = values(stream.at(2))
    assert values(stream.at(2, start)) == whole[start:]


def test_what_is_skipped_is_not_read(files: list[Path], monkeypatch) -> None:
    stream = ParquetStream(files, ["n"], batch=20, buffer=60)
    read = []
    real = ParquetStream._read
    monkeypatch.setattr(ParquetStream, "_read", lambda self, b: read.append(b) or real(self, b))
    list(stream.at(0, 12))
    assert len(read) == 1


@pytest.mark.parametrize("ranks", [2, 3, 4, 5])
def test_ranks_share_the_rows_without_overlap(files: list[Path], ranks: int) -> None:
    parts = [
        ParquetStream(files, ["n"], batch=7, buffer=50, rank=r, ranks=ranks) for r in range(ranks)
    ]
    seen = [[n for batch in values(part) for n in batch] for part in parts]
    assert sorted(n for part in seen for n in part) == list(range(300))
    assert all(len(values(part)) == len(part) for part in parts)


@pytest.mark.parametrize(("ranks", "workers"), [(3, 1), (1, 3), (2, 2)])
def test_every_rank_with_its_workers_resumes_at_a_step(
    files: list[Path], monkeypatch, ranks: int, workers: int
) -> None:
    def loaded(rank: int, start: int) -> list[list[int]]:
        """Return batches as a loader with workers takes them: one from each in turn."""
        part = ParquetStream(files, ["n"], batch=7, buffer=50, rank=rank, ranks=ranks)
        shares = []
        for at in range(workers):
            info = SimpleNamespace(id=at, num_workers=workers)
            monkeypatch.setattr("hueset.training.stream.get_worker_info", lambda info=info: info)
            shares.append(values(part.at(1, start)))
        return [b for row in zip_longest(*shares) for b in row if b is not None]

    whole = [loaded(rank, 0) for rank in range(ranks)]
    assert sorted(n for part in whole for batch in part for n in batch) == list(range(300))
    for start in (1, 2, 5, 6):
        resumed = [loaded(rank, start) for rank in range(ranks)]
        assert [part[:6] for part in resumed] == [part[start : start + 6] for part in whole]


def test_even_ranks_take_equally_many_steps(files: list[Path]) -> None:
    parts = [
        ParquetStream(files, ["n"], batch=7, buffer=50, rank=r, ranks=4, even=True)
        for r in range(4)
    ]
    assert len({len(values(part)) for part in parts}) == 1


def test_the_workers_of_a_loader_share_the_rows(files: list[Path]) -> None:
    from torch.utils.data import DataLoader

    stream = ParquetStream(files, ["n"], batch=7, buffer=50)
    loader = DataLoader(stream, batch_size=None, num_workers=2, multiprocessing_context="spawn")
    seen = [n for batch in loader for n in batch.column("n").to_pylist()]
    assert sorted(seen) == list(range(300))


def test_a_rank_that_does_not_exist_is_refused(files: list[Path]) -> None:
    with pytest.raises(UsageError, match="rank 2 of 2 ranks"):
        ParquetStream(files, ["n"], batch=7, rank=2, ranks=2)
