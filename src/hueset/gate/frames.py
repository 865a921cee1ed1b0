"""Columns of a table for the gate: only those that are named, as their declared types.

For the library they become a pandas frame. Integers and booleans with nulls become pandas' nullable
types there, so that they do not silently turn into floats. Of a column whose values cannot be
judged (audio, lists, structs, bytes) only null or not null is
read, from its lightest leaf.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hueset.declaration.column_types import ClassOf
from hueset.tables.class_names import class_columns, class_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from hueset.declaration import TableDeclaration
    from hueset.declaration.column_types import Type


def row_count(paths: Sequence[Path]) -> int:
    """Return the number of rows, from the footers alone."""
    return sum(pq.read_metadata(path).num_rows for path in paths)


def read_columns(paths: Sequence[Path], types: Mapping[str, Type]) -> pl.DataFrame:
    """Read columns of all files as their declared types, the rows in file order.

    A class is read as its name, not-a-number as null (`output.finite` tells of it), -0.0 as 0.0,
    and of a column whose values cannot be judged only where it has one.

    Raises
    ------
    KeyError
        A file lacks one of the columns.
    """
    schema = pq.read_schema(paths[0]) if paths else pa.schema([])
    plain = [name for name in types if paths and _is_plain(schema.field(name))]
    # Polars decodes parquet at half of Arrow's cost, and hands over what pandas holds text as.
    read = pl.DataFrame()
    if plain:
        read = pl.read_parquet(list(paths), columns=plain, glob=False, hive_partitioning=False)
    columns = {
        name: _as_declared(read[name], kind) if name in plain else _presence(paths, name)
        for name, kind in types.items()
    }
    return pl.DataFrame(columns) if columns else pl.DataFrame(height=row_count(paths))


def to_pandas(frame: pl.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return columns as a pandas frame with a RangeIndex, as the library takes it."""
    import pandas as pd

    table = frame.select(columns).to_arrow(compat_level=pl.CompatLevel.oldest())
    made = {name: _series(table.column(name)) for name in columns}
    given = pd.DataFrame(made, index=pd.RangeIndex(frame.height), copy=False)
    # Names as Arrow text, which pandas infers, take milliseconds at each look-up of a column.
    given.columns = pd.Index(list(made), dtype=object)
    return given


def keys_at(
    paths: Sequence[Path], table: TableDeclaration, positions: Iterable[int]
) -> dict[int, str]:
    """Return the keys of some rows as text, reading only the row groups they lie in.

    Parameters
    ----------
    paths
        The files of the table, in order.
    table
        Its declaration; several columns of a key are joined by ` / `.
    positions
        Row numbers from 0 over all files.
    """
    wanted, found, start = sorted(set(positions)), {}, 0
    keys = table.key
    names = class_columns({key: table.columns[key].type for key in keys})
    for path in paths:
        with pq.ParquetFile(path) as file:
            for at in range(file.num_row_groups):
                stop = start + file.metadata.row_group(at).num_rows
                here = [position for position in wanted if start <= position < stop]
                if here:
                    group = file.read_row_group(at, columns=list(keys))
                    rows = group.take([position - start for position in here]).to_pylist()
                    for position, row in zip(here, rows, strict=True):
                        row |= {key: class_name(names[key], row[key]) for key in names}
                        found[position] = " / ".join(str(row[key]) for key in keys)
                start = stop
    return found


def null_counts(paths: Sequence[Path], columns: Sequence[str]) -> dict[str, int]:
    """Return the number of null rows of columns: from the footers where they say, else by leaf.

    Each footer is read once: a table of media may have many files and many row groups.
    """
    counts = dict.fromkeys(columns, 0)
    for path in paths:
        told = _null_counts(path, columns)
        for name in columns:
            found = told[name]
            counts[name] += int((~_validity([path], name)).sum()) if found is None else found
    return counts


def _null_counts(path: Path, columns: Sequence[str]) -> dict[str, int | None]:
    """Return what the footer of one file says of each column; None where it does not say."""
    with pq.ParquetFile(path) as file:
        meta, schema = file.metadata, file.schema_arrow
        leaves: dict[str, list[int]] = {name: [] for name in columns}
        for at in range(meta.num_columns):
            top = meta.schema.column(at).path.split(".")[0]
            if top in leaves:
                leaves[top].append(at)
        known: dict[str, int | None] = {}
        groups = [meta.row_group(at) for at in range(meta.num_row_groups)]
        for name, places in leaves.items():
            every = [group.column(at).statistics for group in groups for at in places]
            told = [one.null_count if one and one.has_null_count else None for one in every]
            total = sum(count or 0 for count in told)
            # A null leaf is a null row only in a flat column; but no null leaf means no null row.
            flat = not pa.types.is_nested(schema.field(name).type)
            known[name] = total if None not in told and (flat or total == 0) else None
        return known


def _is_plain(field: pa.Field) -> bool:
    kind = field.type
    nested = pa.types.is_nested(kind)
    return not (nested or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _as_declared(column: pl.Series, kind: Type) -> pl.Series:
    if isinstance(kind, ClassOf):
        ids = list(range(len(kind.names)))
        strange = column.cast(pl.String)  # an id of no class stays one: it is no value of any set
        return column.replace_strict(ids, list(kind.names), default=strange)
    if column.dtype == pl.Float16:
        column = column.cast(pl.Float32)
    return column.fill_nan(None) + 0.0 if column.dtype.is_float() else column


def _presence(paths: Sequence[Path], column: str) -> pl.Series:
    """Return true where a column has a value, and null where it has none."""
    return pl.Series(_validity(paths, column), dtype=pl.Boolean).replace(False, None)


def _series(column: pa.ChunkedArray) -> Any:
    mapper = _nullable().get if column.null_count else None
    return column.to_pandas(types_mapper=mapper, date_as_object=False)


def _nullable() -> dict[pa.DataType, Any]:
    import pandas as pd

    widths = (8, 16, 32, 64)
    signed = {getattr(pa, f"int{w}")(): getattr(pd, f"Int{w}Dtype")() for w in widths}
    unsigned = {getattr(pa, f"uint{w}")(): getattr(pd, f"UInt{w}Dtype")() for w in widths}
    return {**signed, **unsigned, pa.bool_(): pd.BooleanDtype()}


def _validity(paths: Sequence[Path], column: str) -> NDArray[np.bool_]:
    """Return where the column has a value."""
    parts = [np.zeros(0, dtype=np.bool_)]
    for path in paths:
        with pq.ParquetFile(path) as file:
            leaf = _lightest(file.schema_arrow.field(column))
            parts += [
                batch.column(0).is_valid().to_numpy(zero_copy_only=False)
                for batch in file.iter_batches(batch_size=100, columns=[leaf])
            ]
    return np.concatenate(parts)


def _lightest(field: pa.Field) -> str:
    """Return the path of a leaf that tells of the column's nulls: a struct's scalar, not bytes."""
    if pa.types.is_struct(field.type):
        inner = [field.type.field(at) for at in range(field.type.num_fields)]
        best = next((one for one in inner if _is_plain(one)), inner[0])
        return f"{field.name}.{best.name}"
    return str(field.name)
