"""A table of a run that cannot be read is named, and no link is followed for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.errors import StoreError
from hueset.training.runs import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b"PAR1 no table PAR1"),
        lambda path: os.truncate(path, 20),
        lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
        lambda path: (path.unlink(), os.mkfifo(path)),
    ],
)
def test_a_table_that_is_none_is_an_error_that_names_it(
    tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    place = tmp_path / "curves.parquet"
    pq.write_table(pa.table({"step": [1, 2]}), place)
    assert Run(tmp_path).read_table("curves") == [{"step": 1}, {"step": 2}]
    assert Run(tmp_path).read_table("outcomes") == []
    harm(place)
    with pytest.raises(StoreError, match=r"curves\.parquet cannot be read"):
        Run(tmp_path).read_table("curves")
