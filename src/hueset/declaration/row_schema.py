"""What a declaration decides about the rows of a dataset: their columns, and their licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.files.hashing import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hueset.declaration.dataset import Dataset
    from hueset.declaration.table import TableDeclaration

LICENCE_COLUMNS = ("licence", "licences")
"""Columns in which a row names its licence: one as text, or all that it carries as a list."""


def schema_digest(dataset: Dataset) -> str:
    """Return the digest over what the declaration decides about the rows of every table."""
    return digest_of({name: _shape(table) for name, table in dataset.tables.items()})


def carries_licences(columns: Mapping[str, Iterable[str]]) -> bool:
    """Whether rows say their own licence: then it is a part of them, and no mere metadata.

    Parameters
    ----------
    columns
        The names of the columns of each table.
    """
    return any(name in LICENCE_COLUMNS for names in columns.values() for name in names)


def _shape(table: TableDeclaration) -> dict[str, Any]:
    """Return what a table's declaration decides about its rows; its descriptions decide nothing."""
    decided = table.model_dump(mode="json", exclude={"description", "columns", "min_rows"})
    columns = [[name, c.type, c.nullable, c.values] for name, c in table.columns.items()]
    return {**decided, "columns": columns}
