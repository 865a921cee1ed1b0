"""The column types of a declaration, as Arrow types and as the features `datasets` restores.

A type is written as it is read: `string`, `int32`, `float64`, `bool`, `binary`, `date32`,
`list<string>`, `list<float32, 40>` (fixed length), `array<float32, 64, 313>` (nested fixed-size
lists), `struct<name: string, discogs_id: int64>`, `class<a | b>` (stored as int64 ids from 0; a
builder gives ids or names; read by its names in coverage, SQL, suites and the service), `audio`
(`struct<bytes: binary, path: string>` holding FLAC or WAV).

The `huggingface` metadata is written without importing `datasets`, in the form that `datasets` 2.14
and all after it restore; tests hold it against the real `Features`, the oldest and the newest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

SCALARS = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "string",
    "large_string",
    "binary",
    "large_binary",
    "date32",
)


class TypedColumn(Protocol):
    """What is asked of a declared column here: its type as it is written."""

    @property
    def type(self) -> str:
        """For example `list<string>`."""
        ...


class TypedTable(Protocol):
    """What is asked of a declared table here: its columns, in order."""

    @property
    def columns(self) -> Mapping[str, TypedColumn]:
        """Name → column."""
        ...


@dataclass(frozen=True)
class Scalar:
    """A scalar of one of the names in `SCALARS`."""

    name: str


@dataclass(frozen=True)
class ListOf:
    """A list; `length` is None where it varies."""

    item: Type
    length: int | None


@dataclass(frozen=True)
class StructOf:
    """Named fields, in order."""

    fields: tuple[tuple[str, Type], ...]


@dataclass(frozen=True)
class ClassOf:
    """An integer id into a closed list of names."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Audio:
    """Encoded audio bytes with a file name."""


Type = Scalar | ListOf | StructOf | ClassOf | Audio


def parse_type(text: str) -> Type:
    """Read a column type; raises `DeclarationError` that quotes the part that is wrong."""
    head, _, rest = text.strip().partition("<")
    head = head.strip()
    if not rest:
        if head == "audio":
            return Audio()
        if head in SCALARS:
            return Scalar(head)
        raise DeclarationError.unknown("column type", head, (*SCALARS, "audio", "list<…>"))
    if not rest.endswith(">"):
        message = f"column type {text!r} lacks its closing '>'"
        raise DeclarationError(message, hint="for example list<string>", value=text)
    inner = rest[:-1]
    if not inner.strip() and head in _INSIDE:
        message = f"column type {text!r} names no {_INSIDE[head][0]}"
        raise DeclarationError(message, hint=f"for example {_INSIDE[head][1]}", value=text)
    match head:
        case "class":
            names = tuple(name.strip() for name in inner.split("|"))
            twice = sorted({name for name in names if names.count(name) > 1 and name})
            if twice or not all(names):
                what = f"names a class twice: {twice[0]}" if twice else "has a class without a name"
                hint = "names stand between bars: class<a | b>"
                raise DeclarationError(f"column type {text!r} {what}", hint=hint, value=text)
            return ClassOf(names)
        case "list" | "array":
            item, *lengths = _split(inner)
            if len(lengths) > 1 if head == "list" else not lengths:
                message = f"column type {text!r} has {len(lengths)} lengths"
                hint = "list<item>, list<item, length> or array<item, length, length>"
                raise DeclarationError(message, hint=hint, value=text)
            made: Type = parse_type(item)
            for length in reversed(lengths):
                made = ListOf(made, _length(length, text))
            return made if lengths else ListOf(made, None)
        case "struct":
            pairs = [part.partition(":") for part in _split(inner)]
            for name, _, item in pairs:
                if not (name.strip() and item.strip()):
                    message = f"column type {text!r}: a field is a name and a type, found {name!r}"
                    hint = f"for example {_INSIDE[head][1]}"
                    raise DeclarationError(message, hint=hint, value=text)
            return StructOf(tuple((name.strip(), parse_type(item)) for name, _, item in pairs))
        case _:
            raise DeclarationError.unknown(
                "column type", head, ("list", "array", "struct", "class", *SCALARS)
            )


_INSIDE = {
    "class": ("class", "class<a | b>"),
    "list": ("item", "list<string>"),
    "array": ("item", "array<float32, 64, 313>"),
    "struct": ("field", "struct<name: string, year: int32>"),
}
"""What stands in the brackets of a type, and an example."""


def _length(text: str, whole: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        message = f"column type {whole!r}: the length {text!r} is no whole number above 0"
        raise DeclarationError(message, hint="for example list<float32, 40>", value=text)
    return int(text)


def arrow_schema(table: TypedTable) -> pa.Schema:
    """Return the frozen Arrow schema of a declared table, with the `huggingface` metadata."""
    import pyarrow as pa

    fields = [
        pa.field(name, arrow_type(parse_type(column.type)))
        for name, column in table.columns.items()
    ]
    info = {"info": {"features": portable_features(table.columns)}}
    return pa.schema(fields, metadata={"huggingface": json.dumps(info)})


def arrow_type(kind: Type) -> pa.DataType:
    """Return the Arrow type of a parsed column type."""
    import pyarrow as pa

    match kind:
        case Scalar(name):
            return getattr(pa, {"bool": "bool_"}.get(name, name))()
        case ListOf(item, None):
            return pa.list_(arrow_type(item))
        case ListOf(item, length):
            return pa.list_(arrow_type(item), length)
        case StructOf(fields):
            return pa.struct([pa.field(name, arrow_type(item)) for name, item in fields])
        case ClassOf():
            return pa.int64()
        case Audio():
            return pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])


def column_features(columns: Mapping[str, TypedColumn]) -> dict[str, Any]:
    """Return the columns as `datasets.Features.to_dict()` of `datasets` 4 and later gives them."""
    return {name: _feature(parse_type(column.type), _list) for name, column in columns.items()}


def portable_features(columns: Mapping[str, TypedColumn]) -> dict[str, Any]:
    """Return the columns in the form that `datasets` 2.14 and all after it read as the same.

    None of them before 4 knows `List`; all read `[item]` for a list, and `Sequence` with a length
    for a fixed one. Before 4 there is no form for a fixed list of structs.
    """
    return {
        name: _feature(parse_type(column.type), _portable_list) for name, column in columns.items()
    }


def _feature(kind: Type, list_of: Callable[[Any, int | None], Any]) -> Any:
    match kind:
        case Scalar(name):
            return {"dtype": name, "_type": "Value"}
        case ListOf(item, length):
            return list_of(_feature(item, list_of), length)
        case StructOf(fields):
            return {name: _feature(item, list_of) for name, item in fields}
        case ClassOf(names):
            return {"names": list(names), "_type": "ClassLabel"}
        case Audio():
            return {"_type": "Audio"}


def _list(item: Any, length: int | None) -> Any:
    fixed = {} if length is None else {"length": length}
    return {"feature": item, **fixed, "_type": "List"}


def _portable_list(item: Any, length: int | None) -> Any:
    return [item] if length is None else {"feature": item, "length": length, "_type": "Sequence"}


def _split(text: str) -> list[str]:
    """Split at the commas that stand outside angle brackets."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]
