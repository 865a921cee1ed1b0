"""A builder's rows in the declared columns and types, with no field and no value lost on the way.

Arrow's own cast drops a field that is not declared, fills one that is missing with null, makes
`true` of 0.5, a date of a time and infinity of 70000. Here each of these is an error that names
the path, at any depth: `who.discogs` is a field of a struct, `many[].name` one of a list of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pyarrow as pa

from hueset.errors import BuildError
from hueset.tables.casts import (
    LossyCastError,
    cast_without_loss,
    holds_text,
    is_castable,
    is_list,
    name_of,
)
from hueset.tables.class_ids import class_ids

if TYPE_CHECKING:
    from collections.abc import Sequence


def conform_rows(rows: pa.Table, schema: pa.Schema, *, where: str) -> pa.Table:
    """Return the rows in the declared column order and types.

    A batch without a column is one without rows.

    Parameters
    ----------
    rows
        What a builder gave.
    schema
        The declared columns.
    where
        Unit and table, for error messages.

    Raises
    ------
    BuildError
        A column or inner field is missing or undeclared, or a value does not fit its declared type
        without loss.
    """
    check_rows(rows, where)
    check_texts(rows, where)
    if not rows.num_columns and not rows.num_rows:
        return schema.empty_table()
    if rows.schema.types == schema.types and rows.column_names == schema.names:
        return pa.Table.from_arrays(rows.columns, schema=schema)
    rows = class_ids(rows, schema, where=where)
    differences = _Differences()
    differences.compare_fields(list(rows.schema), list(schema), "")
    if differences:
        raise BuildError(f"{where}: the builder's batch {differences}", hint=differences.hint())
    try:
        columns = [
            cast_without_loss(rows.column(declared.name), declared.type, declared.name)
            for declared in schema
        ]
    except LossyCastError as error:
        message = f"{where}: a value does not fit its declared type: {error}"
        hint = "give values of the declared type, or declare the type of the values"
        raise BuildError(message, hint=hint) from error
    return pa.Table.from_arrays(columns, schema=schema)


def check_rows(rows: object, where: str) -> None:
    """Raise `BuildError` for rows that are no Arrow table."""
    if not isinstance(rows, pa.Table):
        message = f"{where}: the builder's batch holds a {type(rows).__name__}"
        raise BuildError(message, hint="rows are a pyarrow.Table")


def check_texts(rows: pa.Table, where: str) -> None:
    """Raise `BuildError` for texts whose bytes are not UTF-8, at any depth: nobody could read them.

    Arrow takes a text that is put together from buffers as it stands.
    """
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if not holds_text(column.type):
            continue
        for chunk in column.chunks:
            try:
                chunk.validate(full=True)
            except pa.ArrowInvalid as error:
                message = f"{where}: the column {name!r} is not sound: {error}"
                hint = "decode the source with its own encoding, and give texts in UTF-8"
                raise BuildError(message, hint=hint, value=name) from error


@dataclass
class _Differences:
    """How the columns of a batch, and the fields in them, differ from the declared ones."""

    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.doubled or self.other)

    def __str__(self) -> str:
        parts = [f"lacks {self.missing}"] if self.missing else []
        parts += [f"has undeclared {self.extra}"] if self.extra else []
        parts += [f"has twice {self.doubled}"] if self.doubled else []
        parts += [f"is of other types: {', '.join(self.other)}"] if self.other else []
        return " and ".join(parts)

    def hint(self) -> str:
        """Return the next step, with the declared name that an undeclared one may stand for."""
        for name in self.extra:
            if near := get_close_matches(name, self.missing, n=1):
                return f"did you mean {near[0]!r} for {name!r}? else declare it"
        if self.other and not self.missing and not self.extra:
            return "give values of the declared type, or declare the type of the values"
        return "declare the column, or fix the builder"

    def compare_fields(
        self, given: Sequence[pa.Field], declared: Sequence[pa.Field], parent: str
    ) -> None:
        """Compare fields by name, and those of the same name by type."""
        times = Counter(one.name for one in given)
        types = {one.name: one.type for one in given}
        names = [one.name for one in declared]
        self.doubled += [f"{parent}{name}" for name, count in times.items() if count > 1]
        self.missing += [f"{parent}{name}" for name in names if name not in types]
        self.extra += [f"{parent}{name}" for name in times if name not in names]
        for one in declared:
            if one.name in types:
                self._compare(types[one.name], one.type, f"{parent}{one.name}")

    def _compare(self, given: pa.DataType, declared: pa.DataType, path: str) -> None:
        if given == declared or pa.types.is_null(given):
            return
        if pa.types.is_struct(declared) and pa.types.is_struct(given):
            self.compare_fields(list(given), list(declared), f"{path}.")
        elif is_list(declared) and is_list(given):
            self._compare(given.value_type, declared.value_type, f"{path}[]")
        elif is_list(declared) or pa.types.is_struct(declared) or not is_castable(given, declared):
            self.other.append(f"`{path}` is {name_of(given)}, declared {name_of(declared)}")
