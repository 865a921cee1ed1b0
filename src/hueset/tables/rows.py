"""Rows given as dicts, as a table of declared types, with nothing dropped or bent in silence.

`pyarrow.Table.from_pylist` takes the columns of the first row for those of all, drops a key that
its schema does not name, fills one that is missing with null, and makes 0 of 0.5 where the schema
says `int64`. Here keys are compared at every depth, and values become their type without loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hueset.errors import BuildError
from hueset.tables.casts import is_list
from hueset.tables.conformance import conform_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def table_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Return rows as a table of a schema.

    Parameters
    ----------
    rows
        Each with exactly the keys of the schema, and in a struct exactly its fields.
    schema
        The declared columns, e.g.
        `hueset.declaration.column_types.arrow_schema(inputs.dataset.tables["songs"])`.

    Raises
    ------
    BuildError
        A row, or a struct in it, has other keys, or a value does not fit its type without loss.
    """
    names = set(schema.names)
    nested = [field for field in schema if _holds_structs(field.type)]
    for at, row in enumerate(rows):
        _check_keys(row, names, f"row {at}")
        for field in nested:
            _check_value(row[field.name], field.type, f"row {at}: {field.name}")
    if not rows:
        return schema.empty_table()
    columns = [_array([row[field.name] for row in rows], field) for field in schema]
    return conform_rows(pa.Table.from_arrays(columns, schema.names), schema, where="rows")


def _array(values: list[Any], field: pa.Field) -> pa.Array:
    """Return values in the type that they have; `conform` brings it to the declared one."""
    try:
        made = pa.array(values)
        return pa.array(values, field.type) if pa.types.is_null(made.type) else made
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        message = f"the values of `{field.name}` are of no single type: {error}"
        raise BuildError(message, hint="give values of the declared type, or None") from error


def _holds_structs(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) or (is_list(kind) and _holds_structs(kind.value_type))


def _check_value(value: Any, kind: pa.DataType, place: str) -> None:
    """Compare the keys of the structs in a value with the declared fields."""
    if value is None:
        return
    if pa.types.is_struct(kind):
        _check_keys(value, {field.name for field in kind}, place)
        for field in kind:
            if _holds_structs(field.type):
                _check_value(value[field.name], field.type, f"{place}.{field.name}")
    elif is_list(kind):
        for item in value:
            _check_value(item, kind.value_type, f"{place}[]")


def _check_keys(given: Mapping[str, Any], expected: set[str], place: str) -> None:
    if given.keys() != expected:
        lacking, extra = sorted(expected - given.keys()), sorted(given.keys() - expected)
        message = f"{place} lacks {lacking} and has undeclared {extra}"
        raise BuildError(message, hint="declare the column, or fix the builder")
