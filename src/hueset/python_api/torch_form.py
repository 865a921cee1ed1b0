"""A table as a torch dataset; torch itself is loaded here, and only when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.python_api.table import Table
    from hueset.training.table_batches import TableBatches


def torch_batches(
    table: Table,
    *,
    columns: Sequence[str],
    labels: Sequence[str],
    split: str | None,
    batch_size: int,
    buffer_rows: int,
    seed: int | None,
    rank: int | None,
    ranks: int | None,
    even: bool,
) -> TableBatches:
    """Return the batches; see `hueset.Version.torch`."""
    columns, labels = table.known_columns(columns), table.known_columns(labels)
    if not (columns or labels):
        message = f"{table.name}: neither columns nor labels are named"
        raise UsageError(message, hint='as in torch("training", columns=["text"], labels=["calm"])')
    if batch_size < 1:
        message = f"batch_size={batch_size}: a number of rows of at least 1 is expected"
        raise UsageError(message, hint="omit it for 256", value=batch_size)
    files = table.files(split)
    own_rank, own_ranks = _share()
    from hueset.training.table_batches import TableBatches

    return TableBatches(
        files,
        {name: column.type for name, column in table.columns.items()},
        columns=columns,
        labels=labels,
        batch_size=batch_size,
        buffer_rows=buffer_rows,
        seed=seed,
        rank=own_rank if rank is None else rank,
        ranks=own_ranks if ranks is None else ranks,
        even=even,
    )


def _share() -> tuple[int, int]:
    """Return rank and ranks of this process as `torch.distributed` has them, if it is running."""
    try:
        from torch import distributed
    except ImportError as error:
        from hueset.training.errors import TrainExtraError

        message = "a torch dataset needs torch, which is not installed"
        raise TrainExtraError(message, hint="pip install 'hueset[train]'") from error
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1
