"""What no value may be, at any depth: a number that is none, a word not declared, a private path.

A leaf is a number or text inside a column, however many lists and structs lie around it. Each is
read by row group, flattened and looked at as one array; which rows are to blame is asked only of a
group that holds something wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hueset.declaration.column_types import (
    Audio,
    ClassOf,
    ListOf,
    Scalar,
    StructOf,
    Type,
    parse_type,
)
from hueset.gate.report import MAX_EXAMPLES
from hueset.gate.values import Family, family_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hueset.declaration import TableDeclaration

_PATH_NAME = re.compile(r"(^|_)(file|path)s?$")

# An octet without leading zeros, so that a numbered file name such as 01.02.03.04 is no address.
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PRIVATE = {
    "an absolute path": r"^(/|~|file:)",
    "a home folder": r"(^|[/\\])(home|Users)[/\\]",
    "a Windows path": r"^([A-Za-z]:[/\\]|\\\\)",
    "an IPv4 address": rf"(^|[^0-9.]){_OCTET}(\.{_OCTET}){{3}}($|[^0-9.])",
    "an e-mail address": r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
}
_PRIVATE_PATTERN = "|".join(f"({pattern})" for pattern in _PRIVATE.values())


@dataclass
class LeafFinding:
    """What one check saw of one leaf.

    Attributes
    ----------
    check
        `finite`, `values` or `private`.
    column
        The column it lies in.
    leaf
        Where in the column, as people write it: `mel[][]`, `person.file`.
    says
        What is wrong with a value that does not hold, after "3 of 20 values …".
    evaluated
        How many values that are not null were looked at.
    failed
        How many of them do not hold.
    rows
        The first ten rows that hold one of these, as positions over all files.
    """

    check: str
    column: str
    leaf: str
    says: str
    evaluated: int = 0
    failed: int = 0
    rows: list[int] = field(default_factory=list)


def check_leaves(table: TableDeclaration, paths: Sequence[Path]) -> list[LeafFinding]:
    """Look at every leaf of a table's files for which there is something that it may not be.

    Parameters
    ----------
    table
        The declared table.
    paths
        Its files, in order. A row group is read at a time, and of it one nested leaf at a time.

    Returns
    -------
    list of LeafFinding
        In the order of the declared columns; those that hold too.
    """
    leaves = [leaf for name in table.columns for leaf in _leaves_of(table, name)]
    start = 0
    for path in paths:
        with pq.ParquetFile(path) as file:
            places = _parquet_paths(file)
            for at in range(file.num_row_groups):
                for group in _read_together(leaves):
                    wanted = [places[leaf.column][leaf.at] for leaf in group]
                    read = file.read_row_group(at, columns=wanted)
                    for leaf in group:
                        leaf.look(_one_array(read.column(leaf.column)), start)
                start += file.metadata.row_group(at).num_rows
    return [finding for leaf in leaves for finding, _ in leaf.checks]


@dataclass
class _Leaf:
    """A leaf with its checks; `at` counts the leaves of its column, as parquet lays them out."""

    column: str
    at: int
    kind: Type
    names: tuple[str, ...]
    checks: list[tuple[LeafFinding, Callable[[pa.Array], pa.BooleanArray]]]

    @property
    def nested(self) -> bool:
        return len(self.names) > 1

    def look(self, column: pa.Array, start: int) -> None:
        values = _flatten(column)
        for finding, holds in self.checks:
            held = holds(values)
            finding.evaluated += len(values) - values.null_count
            wrong = held.false_count
            if wrong:
                finding.failed += wrong
                rows = _rows_of(column)[~held.fill_null(True).to_numpy(zero_copy_only=False)]
                room = MAX_EXAMPLES - len(finding.rows)
                finding.rows += [start + int(row) for row in np.unique(rows)[:room]]


def _leaves_of(table: TableDeclaration, name: str) -> Iterator[_Leaf]:
    """Yield the leaves of a column that may hold something wrong."""
    column = table.columns[name]
    for at, (names, kind) in enumerate(_walk((name,), parse_type(column.type))):
        leaf = _Leaf(name, at, kind, names, [])
        told = name + "".join("[]" if one == "[]" else f".{one}" for one in names[1:])
        listed = column.values if set(names[1:]) <= {"[]"} else ()
        for check, says, holds in _promises(names, kind, listed):
            leaf.checks.append((LeafFinding(check, name, told, says), holds))
        if leaf.checks:
            yield leaf


def _walk(names: tuple[str, ...], kind: Type) -> Iterator[tuple[tuple[str, ...], Type]]:
    """Yield every leaf in the order in which parquet lays them out."""
    match kind:
        case ListOf(item, _):
            yield from _walk((*names, "[]"), item)
        case StructOf(fields):
            for name, inner in fields:
                yield from _walk((*names, name), inner)
        case Audio():
            yield (*names, "bytes"), Scalar("binary")
            yield (*names, "path"), Scalar("string")
        case _:
            yield names, kind


def _promises(
    names: tuple[str, ...], kind: Type, listed: Sequence[str]
) -> Iterator[tuple[str, str, Callable[[pa.Array], pa.BooleanArray]]]:
    """Yield (check, what it says of a value that does not hold, whether values hold)."""
    family = family_of(kind)
    if listed and isinstance(kind, Scalar):
        yield "values", "are not among the declared ones", _one_of(listed, family)
    if isinstance(kind, ClassOf):
        last = len(kind.names) - 1
        says = f"are no id of its {len(kind.names)} classes"
        yield (
            "values",
            says,
            lambda ids: pc.and_(pc.greater_equal(ids, 0), pc.less_equal(ids, last)),
        )
    if family is Family.FLOAT:
        yield "finite", "are infinite or not a number", pc.is_finite
    if family is Family.TEXT and any(_PATH_NAME.search(name) for name in names):
        yield "private", f"hold {', '.join(_PRIVATE)}", _is_public


def _one_of(listed: Sequence[str], family: Family) -> Callable[[pa.Array], pa.BooleanArray]:
    """Return a check against declared values, which are written as text whatever the type."""

    def holds(values: pa.Array) -> pa.BooleanArray:
        if family is Family.FLOAT:
            # The nearest of the type; Arrow looks up no float16, and float32 holds the same values.
            kind = values.type.to_pandas_dtype()
            near = np.array([float(one) for one in listed]).astype(kind)
            if pa.types.is_float16(values.type):
                values, near = values.cast(pa.float32()), near.astype(np.float32)
            known = pa.array(near, values.type)
        else:
            values, known = values.cast(pa.large_string()), pa.array(listed, pa.large_string())
        found = pc.is_in(values, value_set=known)
        return pc.if_else(values.is_valid(), found, None)

    return holds


def _is_public(texts: pa.Array) -> pa.BooleanArray:
    return pc.invert(pc.match_substring_regex(texts, _PRIVATE_PATTERN))


def _read_together(leaves: Sequence[_Leaf]) -> Iterator[list[_Leaf]]:
    """Yield the plain columns together, for speed, and each nested leaf alone, for memory."""
    plain = [leaf for leaf in leaves if not leaf.nested]
    yield from ([plain] if plain else [])
    yield from ([leaf] for leaf in leaves if leaf.nested)


def _parquet_paths(file: pq.ParquetFile) -> dict[str, list[str]]:
    """Return the paths of the leaves of each column, in order."""
    schema = file.metadata.schema
    found: dict[str, list[str]] = {}
    for at in range(file.metadata.num_columns):
        path = schema.column(at).path
        found.setdefault(path.partition(".")[0], []).append(path)
    return found


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _flatten(column: pa.Array) -> pa.Array:
    """Return the values of the one leaf of a column, null where anything around it is."""
    while pa.types.is_nested(column.type):
        is_struct = pa.types.is_struct(column.type)
        column = column.flatten()[0] if is_struct else column.flatten()
    return column


def _rows_of(column: pa.Array) -> NDArray[np.int64]:
    """Return for each value of the leaf the row that it lies in."""
    rows = np.arange(len(column))
    while pa.types.is_nested(column.type):
        if pa.types.is_struct(column.type):
            column = column.flatten()[0]
        else:
            rows = rows[pc.list_parent_indices(column).to_numpy()]
            column = column.flatten()
    return rows
