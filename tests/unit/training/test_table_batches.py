"""A table as a torch dataset: masks of what is known, shares, and a state to go on from."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
import torch
from torch.utils.data import DataLoader

import hueset
from hueset.errors import UnknownNameError, UsageError
from hueset.training.errors import TrainExtraError
from tests.support.handwritten_version import write_version
from tests.support.toys_version import write_toys

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def toys(tmp_path: Path) -> hueset.Version:
    write_toys(tmp_path)
    return hueset.open_store(tmp_path).version("toys")


@pytest.fixture
def numbers(tmp_path: Path) -> hueset.Version:
    starts = {"train": 0, "test": 100}
    rows = {split: pa.table({"n": range(at, at + 100)}) for split, at in starts.items()}
    write_version(tmp_path, "numbers", {"rows": (["n"], rows)}, types={"n": "int64"})
    return hueset.open_store(tmp_path).version("numbers")


def taken(batches: hueset.TableBatches) -> list[list[int]]:
    return [batch.columns["n"].tolist() for batch in batches]


def test_a_batch_has_tensors_and_masks_of_what_is_known(toys: hueset.Version) -> None:
    batches = toys.torch(
        "toys",
        columns=["text", "spot", "id", "good"],
        labels=["kind", "calm", "legs", "tags"],
        split="train",
        seed=None,
    )
    (batch,) = batches
    assert batch.columns["text"] == ["<b>a</b>", None, "c"]
    assert batch.columns["id"].tolist() == [2**53 + 1, 2, 3]
    spot = batch.columns["spot"]
    assert (spot.dtype, tuple(spot.shape)) == (torch.float32, (3, 2, 2))
    assert spot[2].tolist() == [[5.0, 6.0], [7.0, 8.0]]
    assert spot[1].isnan().all()
    assert batch.columns["good"][0] == 1
    assert batch.labels["kind"].tolist() == [0, 1, -100]
    assert batches.classes == {"kind": ("cat", "dog")}
    assert batch.labels["legs"].tolist() == [4, -100, 2]
    calm = batch.labels["calm"].tolist()
    assert (calm[0], calm[2], math.isnan(calm[1])) == (0.25, 0.75, True)
    assert batch.labels["tags"] == [[1, 0], None, []]
    assert batch.masks["calm"].tolist() == [True, False, True]
    assert batch.masks["id"].all()
    assert set(batch.masks) == {*batch.columns, *batch.labels}
    assert len(batch) == 3
    moved = batch.to("cpu")
    assert moved.columns["text"] == batch.columns["text"]
    loss = torch.nn.functional.cross_entropy(torch.zeros(3, 2), batch.labels["kind"])
    assert loss.item() == pytest.approx(math.log(2))


def test_only_a_splits_rows_are_given_and_each_pass_is_the_next_epoch(
    numbers: hueset.Version,
) -> None:
    batches = numbers.torch("rows", columns=["n"], split="test", batch_size=30)
    first, second = taken(batches), taken(batches)
    for epoch in (first, second):
        assert sorted(n for batch in epoch for n in batch) == list(range(100, 200))
    assert first != second
    assert len(batches) == len(first) == 4
    batches.set_epoch(0)
    assert taken(batches) == first


def test_a_state_goes_on_with_the_batch_that_was_not_given(numbers: hueset.Version) -> None:
    options = {"columns": ["n"], "batch_size": 30}
    whole = numbers.torch("rows", **options)
    epochs = taken(whole) + taken(whole)
    half = numbers.torch("rows", **options)
    steps = iter(half)
    got = [next(steps).columns["n"].tolist() for _ in range(3)]
    again = numbers.torch("rows", **options)
    again.load_state_dict(half.state_dict())
    assert got + taken(again) + taken(again) == epochs
    with pytest.raises(UsageError, match="batch_size 30, this dataset 29"):
        numbers.torch("rows", columns=["n"], batch_size=29).load_state_dict(half.state_dict())


@pytest.mark.parametrize("workers", [0, 2])
def test_ranks_share_the_rows_with_and_without_workers(
    numbers: hueset.Version, workers: int
) -> None:
    seen: list[int] = []
    for rank in range(2):
        mine = numbers.torch("rows", columns=["n"], batch_size=16, rank=rank, ranks=2)
        context = {"multiprocessing_context": "fork"} if workers else {}
        for batch in DataLoader(mine, batch_size=None, num_workers=workers, **context):
            seen += batch.columns["n"].tolist()
    assert sorted(seen) == list(range(200))


def test_what_cannot_be_given_is_refused(toys: hueset.Version) -> None:
    with pytest.raises(UnknownNameError, match="column of toys 'clam'") as told:
        toys.torch("toys", labels=["clam"])
    assert "did you mean 'calm'?" in str(told.value.hint)
    with pytest.raises(UsageError, match="neither columns nor labels"):
        toys.torch("toys")
    with pytest.raises(UsageError, match="batch_size=0: a number of rows"):
        toys.torch("toys", labels=["calm"], batch_size=0)
    with pytest.raises(UsageError, match="rank 2 of 2"):
        toys.torch("toys", labels=["calm"], rank=2, ranks=2)


def test_without_torch_the_extra_is_named(
    toys: hueset.Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(TrainExtraError, match="needs torch") as told:
        toys.torch("toys", labels=["calm"])
    assert told.value.hint == "pip install 'hueset[train]'"
