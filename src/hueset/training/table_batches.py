"""A table as a torch dataset of batches: columns, labels, and masks of what is known.

A missing value is never a number that could be learned: a real number that is missing is NaN, an id
or whole number `torch.nn.CrossEntropyLoss`'s `ignore_index`, and the mask beside it is False.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import torch
from torch.utils.data import IterableDataset

from hueset.declaration.column_types import ClassOf, parse_type
from hueset.errors import UsageError
from hueset.training.stream import ParquetStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

IGNORED = -100
"""What stands for an id or whole number that is missing: losses of torch ignore it."""

Values: TypeAlias = torch.Tensor | list[Any]
"""A tensor; a list where the values are text, bytes, or lists of different lengths."""


@dataclass(frozen=True)
class TorchBatch:
    """Some rows.

    Attributes
    ----------
    columns
        Column → what is learned from. Real numbers and truth values are float32, whole numbers and
        the ids of classes int64, both of shape [rows]; arrays of a fixed size [rows, …]; text,
        bytes and lists of different lengths a list, with None where there is none.
    labels
        Label → what is learned, in the same forms.
    masks
        Column or label → bool of shape [rows]: True where the value is known. Where it is not, a
        float is NaN and an int is -100 (`IGNORED`).
    """

    columns: dict[str, Values]
    labels: dict[str, Values]
    masks: dict[str, torch.Tensor]

    def to(self, device: torch.device | str) -> TorchBatch:
        """Return it with its tensors on a device."""

        def moved(values: Mapping[str, Values]) -> dict[str, Values]:
            return {
                name: one.to(device) if isinstance(one, torch.Tensor) else one
                for name, one in values.items()
            }

        masks = {name: one.to(device) for name, one in self.masks.items()}
        return TorchBatch(moved(self.columns), moved(self.labels), masks)

    def __len__(self) -> int:
        """Return how many rows it has."""
        return len(next(iter(self.masks.values())))

    def __repr__(self) -> str:
        told = [f"{name} {_form(one)}" for name, one in (self.columns | self.labels).items()]
        return f"<TorchBatch of {len(self)} rows: {', '.join(told)}>"


class TableBatches(IterableDataset[TorchBatch]):
    """Batches of a table, shuffled by row group and buffer, resumable, for many ranks and workers.

    The order of an epoch is a function of seed and epoch alone. Every pass over it is the next
    epoch. Its state is exact where it is iterated in this process; the workers of a loader have
    copies of it, so there call `set_epoch` before a pass, and resume with the number of batches
    that you took: `load_state_dict({**dataset.state_dict(), "epoch": e, "batch": n})`.

    Parameters
    ----------
    files
        The parquet files of one table, in order.
    types
        Declared types of all its columns.
    columns, labels
        What is learned from, and what is learned.
    batch_size
        Rows in a batch.
    buffer_rows
        Rows among which is shuffled.
    seed
        Of the shuffle; None keeps the order of the files.
    rank, ranks
        This process's share.
    even
        Let every rank give the same number of batches.

    Attributes
    ----------
    classes
        Column of classes → their names, in the order of their ids.
    """

    def __init__(
        self,
        files: Sequence[Path],
        types: Mapping[str, str],
        *,
        columns: Sequence[str],
        labels: Sequence[str],
        batch_size: int,
        buffer_rows: int,
        seed: int | None,
        rank: int = 0,
        ranks: int = 1,
        even: bool = False,
    ) -> None:
        super().__init__()
        self.columns, self.labels = tuple(columns), tuple(labels)
        self._names = list(dict.fromkeys([*columns, *labels]))
        kinds = {name: parse_type(types[name]) for name in self._names}
        self.classes = {n: kind.names for n, kind in kinds.items() if isinstance(kind, ClassOf)}
        self.stream = ParquetStream(
            files,
            self._names,
            batch=batch_size,
            buffer=buffer_rows,
            seed=seed,
            rank=rank,
            ranks=ranks,
            even=even,
        )
        self.epoch, self.batch = 0, 0

    def set_epoch(self, epoch: int) -> None:
        """Let the next pass be the beginning of an epoch, counted from 0."""
        self.epoch, self.batch = epoch, 0

    def state_dict(self) -> dict[str, Any]:
        """Return where it is: the epoch, the batches taken of it, and what gives their order."""
        stream = self.stream
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "seed": stream.seed,
            "batch_size": stream.batch,
            "buffer_rows": stream.buffer,
            "rank": stream.rank,
            "ranks": stream.ranks,
            "row_groups": [size for _, _, size in stream.groups],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another one was; the next pass begins with the batch that it had not given.

        Raises
        ------
        UsageError
            Its order was another: other rows, seed, sizes or share.
        """
        own = self.state_dict()
        for name in own.keys() - {"epoch", "batch"}:
            if state.get(name) != own[name]:
                message = f"the state has {name} {state.get(name)!r}, this dataset {own[name]!r}"
                hint = "a state goes on with the same version, split, sizes, seed and share"
                raise UsageError(message, hint=hint, value=name)
        self.epoch, self.batch = int(state["epoch"]), int(state["batch"])

    def __len__(self) -> int:
        """Return how many batches an epoch has, for this rank, without workers."""
        return len(self.stream)

    def __iter__(self) -> Iterator[TorchBatch]:
        """Iterate over the rest of the epoch; the next pass is the next epoch."""
        for rows in self.stream.at(self.epoch, self.batch):
            self.batch += 1
            yield self._batch(rows)
        self.set_epoch(self.epoch + 1)

    def _batch(self, rows: pa.Table) -> TorchBatch:
        values, masks = {}, {}
        for name in self._names:
            column = rows.column(name).combine_chunks()
            known = column.is_valid().to_numpy(zero_copy_only=False)
            values[name] = _values(column, known)
            masks[name] = torch.from_numpy(known.copy())
        return TorchBatch(
            {name: values[name] for name in self.columns},
            {name: values[name] for name in self.labels},
            masks,
        )

    def __repr__(self) -> str:
        columns, labels = (", ".join(one) or "none" for one in (self.columns, self.labels))
        share = f", rank {self.stream.rank} of {self.stream.ranks}" if self.stream.ranks > 1 else ""
        return f"<TableBatches, {len(self)} batches an epoch{share}; {columns} → {labels}>"


def _values(column: pa.Array, known: np.ndarray[Any, Any]) -> Values:
    shape: list[int] = []
    inner, kind, missing = column, column.type, known
    while pa.types.is_fixed_size_list(kind):
        # `values` holds the items of a null list too, where `flatten` leaves them out.
        size = kind.list_size
        inner = inner.values.slice(inner.offset * size, len(inner) * size)
        shape.append(size)
        missing = np.repeat(missing, size) & inner.is_valid().to_numpy(zero_copy_only=False)
        kind = inner.type
    if pa.types.is_integer(kind):
        flat = inner.fill_null(IGNORED) if _holds(kind, IGNORED) else _wide(inner)
        numbers = flat.to_numpy(zero_copy_only=False).astype(np.int64)
        return torch.from_numpy(np.where(missing, numbers, IGNORED).reshape(-1, *shape))
    if pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        raw = inner.fill_null(False if pa.types.is_boolean(kind) else np.nan)
        reals = raw.to_numpy(zero_copy_only=False).astype(np.float32)
        return torch.from_numpy(np.where(missing, reals, np.float32("nan")).reshape(-1, *shape))
    listed: list[Any] = column.to_pylist()
    return listed


def _holds(kind: pa.DataType, number: int) -> bool:
    return bool(pa.types.is_signed_integer(kind)) and number >= -(2 ** (kind.bit_width - 1))


def _wide(numbers: pa.Array) -> pa.Array:
    return numbers.cast(pa.int64()).fill_null(IGNORED)


def _form(values: Values) -> str:
    if isinstance(values, torch.Tensor):
        return f"{str(values.dtype).removeprefix('torch.')} {list(values.shape)}"
    return f"list of {len(values)}"
