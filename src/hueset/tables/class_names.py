"""Classes by their names: a column `class<a | b>` stores ids, which mean nothing to a reader.

Whoever asks in SQL, counts, filters or reads keys sees the names, at any depth of a column. An id
that stands for no class stays a number, as text, so that it can be seen as what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.declaration.column_types import ClassOf, ListOf, StructOf, Type, parse_type
from hueset.tables.sql import quote_identifier, quote_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from hueset.declaration import TableDeclaration
    from hueset.documents.manifest import TableEntry


def declared_types(table: TableDeclaration) -> dict[str, str]:
    """Return the types of a declared table by column."""
    return {name: column.type for name, column in table.columns.items()}


def manifest_types(table: TableEntry) -> dict[str, str]:
    """Return the types of a table of a manifest by column."""
    return {name: column.type for name, column in table.columns.items()}


def class_columns(types: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the names of the classes of each column that holds one class a row."""
    kinds = {name: parse_type(text) for name, text in types.items() if "class<" in text}
    return {name: kind.names for name, kind in kinds.items() if isinstance(kind, ClassOf)}


def select_named(types: Mapping[str, str]) -> str:
    """Return what follows SELECT for all declared columns of a table, with classes by their names.

    Each is named, so that a file without one of them does not open, in place of failing later;
    where none is declared all are meant.
    """
    selected = []
    for name, text in types.items():
        column = quote_identifier(name)
        spelled = _name_expression(column, parse_type(text)) if "class<" in text else None
        selected.append(f"{spelled} AS {column}" if spelled else column)
    return ", ".join(selected) or "*"


def name_classes(rows: pl.LazyFrame, types: Mapping[str, str]) -> pl.LazyFrame:
    """Return rows with the names of classes, at any depth of a column."""
    import polars as pl

    made = [
        _read_named(pl.col(name), parse_type(text))
        for name, text in types.items()
        if "class<" in text
    ]
    return rows.with_columns(made) if made else rows


def class_name(names: Sequence[str], number: int | None) -> str | None:
    """Return the name of an id; of one that stands for no class the number as text."""
    if number is None:
        return None
    return names[number] if 0 <= number < len(names) else str(number)


def _read_named(column: pl.Expr, kind: Type) -> pl.Expr:
    """Return the expression that reads a value of a kind, with names in place of ids."""
    import polars as pl

    match kind:
        case ClassOf(names):
            return _name_classes(column, names)
        case ListOf(item, length) if _holds_class(item):
            listed = column if length is None else column.arr.to_list()
            return listed.list.eval(_read_named(pl.element(), item))
        case StructOf(fields) if _holds_class(kind):
            parts = [_read_named(pl.field(name), one) for name, one in fields if _holds_class(one)]
            return column.struct.with_fields(parts)
        case _:
            return column


def _holds_class(kind: Type) -> bool:
    match kind:
        case ClassOf():
            return True
        case ListOf(item, _):
            return _holds_class(item)
        case StructOf(fields):
            return any(_holds_class(one) for _, one in fields)
        case _:
            return False


def _name_classes(column: pl.Expr, names: Sequence[str]) -> pl.Expr:
    import polars as pl

    ids = list(range(len(names)))
    strange = column.cast(pl.String)
    return column.replace_strict(ids, list(names), default=strange, return_dtype=pl.String)


def _name_expression(sql: str, kind: Type, depth: int = 0) -> str | None:
    """Return the expression that reads a value with names; None where there is no class in it."""
    match kind:
        case ClassOf(names):
            listed = ", ".join(map(quote_text, names))
            # A list of SQL begins at 1, and at an index below 0 from its end.
            known = f"{sql} BETWEEN 0 AND {len(names) - 1}"
            return f"CASE WHEN {known} THEN ([{listed}])[{sql} + 1] ELSE {sql}::VARCHAR END"
        case ListOf(item, _):
            one = f"_item{depth}"
            inner = _name_expression(one, item, depth + 1)
            return f"[{inner} FOR {one} IN {sql}]" if inner else None
        case StructOf(fields):
            parts = {name: f"struct_extract({sql}, {quote_text(name)})" for name, _ in fields}
            spelled = {name: _name_expression(parts[name], item, depth) for name, item in fields}
            if not any(spelled.values()):
                return None
            packed = ", ".join(
                f"{quote_identifier(name)} := {spelled[name] or parts[name]}" for name, _ in fields
            )
            return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({packed}) END"
        case _:
            return None
