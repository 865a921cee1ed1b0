"""Columns of classes that a builder gives by name, as the ids that are stored.

`class<cat | dog>` is stored as 0 and 1. A name says which class is meant as well as its id does, so
either is taken; a name that is not declared is an error.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from hueset.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence


def class_ids(rows: pa.Table, schema: pa.Schema, *, where: str) -> pa.Table:
    """Return the rows with the ids of classes in place of their names.

    Parameters
    ----------
    rows
        What a builder gave.
    schema
        The declared columns, with the `huggingface` metadata.
    where
        Unit and table, for error messages.

    Raises
    ------
    BuildError
        A text is no class of its column.
    """
    texts = [name for name in set(rows.column_names) if _is_text(rows.schema, name)]
    declared = _classes(schema) if texts else {}
    for name in sorted(texts):
        if name in declared:
            ids = _ids(rows.column(name), declared[name], name, where)
            rows = rows.set_column(rows.column_names.index(name), name, ids)
    return rows


def _is_text(schema: pa.Schema, name: str) -> bool:
    at = schema.get_field_index(name)  # below 0 where two columns have the name
    kind = schema.field(at).type if at >= 0 else pa.null()
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _classes(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the names of each column of classes, in the order of their ids."""
    told: dict[str, Any] = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    features = told.get("info", {}).get("features", {})
    return {
        name: one["names"]
        for name, one in features.items()
        if isinstance(one, dict) and one.get("_type") == "ClassLabel"
    }


def _ids(given: pa.ChunkedArray, names: Sequence[str], column: str, where: str) -> pa.ChunkedArray:
    texts = given.cast(pa.string())
    ids = pc.index_in(texts, value_set=pa.array(names, pa.string()))
    strange = pc.and_(pc.is_valid(texts), pc.is_null(ids))
    if pc.any(strange).as_py():
        first = texts.filter(strange)[0].as_py()
        message = f"{where}: `{column}` holds {first!r}, which is none of its classes"
        error = BuildError.unfit(message, first, names)
        error.hint = f"{error.hint}; give a name, or an id from 0 to {len(names) - 1}"
        raise error
    return ids.cast(pa.int64())
