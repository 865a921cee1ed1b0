"""Rows as an Arrow table, with no column lost or left empty in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa


def table_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Return rows as a table of a schema.

    Raises
    ------
    BuildError
        A row has other columns than the schema: Arrow would drop one and fill the other with null.
    """
    import pyarrow as pa

    expected = set(schema.names)
    for at, row in enumerate(rows):
        if row.keys() != expected:
            lacking, extra = sorted(expected - row.keys()), sorted(row.keys() - expected)
            message = f"row {at} lacks {lacking} and has undeclared {extra}"
            raise BuildError(message, hint="declare the column, or mend the builder")
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
