"""Classes by their names in Arrow, at any depth of a column, as SQL and polars show them.

An id that stands for no class stays a number, as text, so that it can be seen as what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hueset.declaration.column_types import ClassOf, ListOf, StructOf, Type, arrow_type, parse_type

if TYPE_CHECKING:
    from collections.abc import Mapping


def name_arrow_classes(rows: pa.Table, types: Mapping[str, str]) -> pa.Table:
    """Return rows with the names of classes in place of their ids.

    Parameters
    ----------
    rows
        Rows as they are stored; columns may be left out.
    types
        Declared types by column.
    """
    for at, name in enumerate(rows.column_names):
        kind = parse_type(types[name]) if "class<" in types.get(name, "") else None
        if kind is not None:
            stored = rows.column(at)
            chunks = [_name_ids(chunk, kind) for chunk in stored.chunks]
            named = pa.chunked_array(chunks, named_type(kind))
            rows = rows.set_column(at, rows.schema.field(at).with_type(named.type), named)
    return rows


def named_type(kind: Type) -> pa.DataType:
    """Return the Arrow type of a column, with text in place of the ids of classes."""
    match kind:
        case ClassOf():
            return pa.string()
        case ListOf(item, None):
            return pa.list_(named_type(item))
        case ListOf(item, length):
            return pa.list_(named_type(item), length)
        case StructOf(fields):
            return pa.struct([pa.field(name, named_type(item)) for name, item in fields])
        case _:
            return arrow_type(kind)


def _name_ids(stored: pa.Array, kind: Type) -> pa.Array:
    """Return an array with names in place of ids."""
    match kind:
        case ClassOf(names):
            return _names_of(stored, names)
        case ListOf(item, None):
            start, end = stored.offsets[0].as_py(), stored.offsets[-1].as_py()
            values = _name_ids(stored.values.slice(start, end - start), item)
            offsets = pc.subtract(stored.offsets, stored.offsets[0])
            return pa.ListArray.from_arrays(offsets, values, mask=stored.is_null())
        case ListOf(item, int(length)):
            values = _name_ids(
                stored.values.slice(stored.offset * length, len(stored) * length), item
            )
            return pa.FixedSizeListArray.from_arrays(values, length, mask=stored.is_null())
        case StructOf(fields):
            parts = [
                _name_ids(stored.field(stored.type.get_field_index(name)), item)
                for name, item in fields
            ]
            told = [name for name, _ in fields]
            return pa.StructArray.from_arrays(parts, told, mask=stored.is_null())
        case _:
            return stored


def _names_of(ids: pa.Array, names: tuple[str, ...]) -> pa.Array:
    known = pc.and_(pc.greater_equal(ids, 0), pc.less(ids, len(names)))
    named = pa.array(names, pa.string()).take(pc.if_else(known, ids, None))
    if pc.all(known).as_py() is not False:  # null where there is nothing but nulls
        return named
    return pc.if_else(known, named, ids.cast(pa.string()))
