"""How a document is read, wherever it comes from: a store, a release that was pulled, a service.

That the hashes of a document fit says who wrote it last, not that it is one of ours. So every one
is held against a schema before anything is made of it: types, enums, bounds, the grammar of names,
and paths that stay below the version. What a document may hold beyond its schema is said by its
class: a `StrictPart`, which decides names, files and statements, holds nothing else; an `OpenPart`
may hold more JSON, which a newer program of the same format wrote and this one does not read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from hueset.errors import StoreError, sentence_of
from hueset.files.safe_paths import read_beneath

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 64 << 20
"""No document of ours comes near it; a larger one is not opened."""

MOST_DEPTH = 60
"""Levels of nesting; ours have fewer than ten."""

SHOWN = 80
"""So many letters of a value or name stand in an error."""


class Part(BaseModel):
    """A part of a document, as it was read."""

    def to_json(self) -> dict[str, Any]:
        """Return it as it was written: dicts, lists and plain values, nothing added."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class StrictPart(Part):
    """A part of a document that holds nothing but what is declared."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )


class OpenPart(Part):
    """A part of a document that may hold more JSON than is declared; nobody reads it."""

    model_config = ConfigDict(
        frozen=True, extra="allow", strict=True, allow_inf_nan=False, defer_build=True
    )


def _below_version(path: str) -> str:
    parts = PurePosixPath(path).parts
    plain = path.isprintable() and "\\" not in path and path == "/".join(parts)
    if not plain or path.startswith(("/", "~")) or ".." in parts or not parts:
        msg = "a path below the version is expected, such as data/rows/train-00000.parquet"
        raise ValueError(msg)
    return path


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""A dataset, table, column or source: the grammar of the declaration."""

VersionName = Annotated[
    str, Field(pattern=r"^\d+\.\d+\.\d+\+[A-Za-z0-9][A-Za-z0-9.]*$", max_length=200)
]
Semver = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$", max_length=64)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Text = Annotated[str, Field(max_length=1_000_000)]
Label = Annotated[str, Field(max_length=10_000)]
"""A short text of the data: a group, a reason, a class."""

FilePath = Annotated[str, Field(max_length=1_000), AfterValidator(_below_version)]

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class ParsedDocument(Generic[T]):
    """A document that holds to its schema.

    Attributes
    ----------
    typed
        As its class.
    plain
        As it was written: dicts, lists and plain values.
    """

    typed: T
    plain: dict[str, Any]


class DocumentError(StoreError):
    """A document cannot be read, or is not what a document of its kind is."""


def read_bytes(path: Path, *, below: Path, what: str, hint: str) -> bytes:
    """Return the bytes of a document; a link, and one that is too large, is not followed.

    Parameters
    ----------
    path
        The file.
    below
        The folder that it belongs to: no part of the path beneath may be a link.
    what
        How an error names the document.
    hint
        What to do where it cannot be read.

    Raises
    ------
    DocumentError
        It cannot be read.
    """
    try:
        return read_beneath(below, path.relative_to(below).as_posix(), most_bytes=MOST_BYTES)
    except OSError as error:
        message = f"{what} cannot be read: {sentence_of(error)}"
        raise DocumentError(message, hint=hint, value=str(path)) from error


def parse_json(content: bytes, what: str, hint: str) -> dict[str, Any]:
    """Return strict JSON: one object, no key twice, every number finite, nesting bounded.

    Raises
    ------
    DocumentError
        It is none.
    """
    try:
        plain = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
        deep = _is_deeper(plain, MOST_DEPTH)
    except RecursionError:
        deep = True
    except ValueError as error:  # JSON, UTF-8, numbers of thousands of digits, and our own
        raise DocumentError(f"{what} cannot be read: {error}", hint=hint) from error
    if deep:
        message = f"{what} cannot be read: it is nested more than {MOST_DEPTH} deep"
        raise DocumentError(message, hint=hint)
    if not isinstance(plain, dict):
        message = f"{what} cannot be read: an object is expected, found {type(plain).__name__}"
        raise DocumentError(message, hint=hint)
    return plain


def validate_document(
    content: bytes, plain: dict[str, Any], model: type[T], *, what: str, hint: str
) -> ParsedDocument[T]:
    """Hold a document against its schema.

    Parameters
    ----------
    content
        Its bytes.
    plain
        The same, from `parse_json`.
    model
        What it should be.
    what
        How an error names the document, with its file.
    hint
        What to do where it is not.

    Raises
    ------
    DocumentError
        It is not; the message names the first place, what stands there and what is expected.
    """
    try:
        return ParsedDocument(model.model_validate_json(content), plain)
    except ValidationError as error:
        raise DocumentError(f"{what} {_first_fault(error)}", hint=hint) from error


def read_document(
    path: Path, model: type[T], *, below: Path, what: str, hint: str
) -> ParsedDocument[T]:
    """Read a document and hold it against its schema; see `read_bytes` and `validate_document`.

    Raises
    ------
    DocumentError
        It cannot be read, or is not what a document of its kind is.
    """
    content = read_bytes(path, below=below, what=what, hint=hint)
    plain = parse_json(content, what, hint)
    return validate_document(content, plain, model, what=what, hint=hint)


def _first_fault(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False)
    missing = [
        str(one["loc"][0]) for one in faults if one["type"] == "missing" and len(one["loc"]) == 1
    ]
    if missing:
        return f"lacks {', '.join(missing)}"
    first = faults[0]
    place = _place(first["loc"])
    if first["type"] == "missing":
        return f"lacks {place}"
    if first["type"] == "extra_forbidden":
        return f"has {place}, which no such document has"
    said = first["msg"].removeprefix("Value error, ")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"at {place}: found {_cut(repr(first['input']))}; {said[:1].lower()}{said[1:]}{more}"


def _place(parts: Iterable[int | str]) -> str:
    """Return where something stands, as `tables.rows.files[2].path`; an odd name is quoted."""
    made = ""
    for part in parts:
        if isinstance(part, int):
            made += f"[{part}]"
        elif part == "[key]":
            made += " (the name)"
        else:
            name = part if re.fullmatch(r"[\w+.-]{1,80}", part) else _cut(repr(part))
            made += f".{name}" if made else name
    return made or "the document"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"the key {_cut(repr(twice))} stands twice in one object"
        raise ValueError(msg)
    return made


def _refuse_constant(name: str) -> float:
    msg = f"{name} is no number of JSON"
    raise ValueError(msg)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        msg = f"the number {_cut(text)} is out of range"
        raise ValueError(msg)
    return number


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether a value is nested deeper than so many levels."""
    if isinstance(value, dict):
        return levels == 0 or any(_is_deeper(one, levels - 1) for one in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_is_deeper(one, levels - 1) for one in value)
    return False
