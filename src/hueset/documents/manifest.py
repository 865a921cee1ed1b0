"""`manifest.json`: what a version is made of, and what it holds, with the hash of every file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, JsonValue, model_validator

from hueset.declaration.column_types import parse_type
from hueset.documents.base import (
    Count,
    DocumentError,
    FilePath,
    Label,
    Name,
    OpenPart,
    Semver,
    Sha256,
    StrictPart,
    Text,
    VersionName,
)
from hueset.documents.verdicts import PinState, Verdict
from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

MOST_BRACKETS = 20
"""Levels of nesting in the type of a column."""


def _column_type(text: str) -> str:
    levels = deepest = 0
    for letter in text:
        levels += {"<": 1, ">": -1}.get(letter, 0)
        deepest = max(deepest, levels)
    if deepest > MOST_BRACKETS:
        msg = f"a column type is nested at most {MOST_BRACKETS} deep"
        raise ValueError(msg)
    try:
        parse_type(text)
    except DeclarationError as error:
        msg = f"a column type is expected ({error.message})"
        raise ValueError(msg) from error
    return text


class FileEntry(StrictPart):
    """A file of the version that is no table."""

    path: FilePath
    bytes: Count
    sha256: Sha256


class TableFile(StrictPart):
    """A parquet file of a table."""

    path: FilePath
    split: Label
    rows: Count
    bytes: Count
    sha256: Sha256
    arrow_bytes: Count


class ColumnEntry(StrictPart):
    """A column, as it was declared."""

    type: Annotated[str, Field(max_length=200_000), AfterValidator(_column_type)]
    nullable: bool = True
    unit: Text | None = None
    description: Text = ""
    values: tuple[Text, ...] = ()
    parameter: Name | None = None


class TableEntry(StrictPart):
    """A table: what it was declared to be, and its files."""

    description: Text
    rows: Count
    key: Annotated[tuple[Name, ...], Field(min_length=1)]
    split: Name | None
    group: Name | None
    splits: dict[Label, Count]
    columns: Annotated[dict[Name, ColumnEntry], Field(min_length=1)]
    files: tuple[TableFile, ...]
    content: dict[Label, dict[Name, Label]]

    @model_validator(mode="after")
    def _parts_agree(self) -> TableEntry:
        for name in (*self.key, *filter(None, (self.split, self.group))):
            if name not in self.columns:
                msg = f"key, split and group are columns of the table, {name!r} is none"
                raise ValueError(msg)
        if not self.rows == sum(self.splits.values()) == sum(one.rows for one in self.files):
            msg = "the rows of a table are those of its splits and of its files together"
            raise ValueError(msg)
        return self


class VersionOf(StrictPart):
    """The version of another dataset that a source was."""

    dataset: Name | None
    version: VersionName | None


class SourceEntry(OpenPart):
    """A source that was used; `origin` is where its exact bytes may be had, if anybody knows."""

    name: Name
    via: Label
    digest: Label
    bytes: Count | None
    members: Count | None
    pin: PinState
    licence: Label
    citation: Text | None
    homepage: Text | None
    origin: Text | None = Field(default=None, alias="from")
    version_of: VersionOf | None = None


class Derivation(OpenPart):
    """How a version was cut down from another by licences."""

    from_version: VersionName = Field(alias="from")
    only_licence: tuple[Label, ...]
    dropped: dict[Name, Count]


class MetadataStamp(StrictPart):
    """Which metadata revision it speaks by; see `hueset.documents.metadata`."""

    revision: Annotated[int, Field(ge=1, le=2**31)]
    digest: Label
    prose: Sha256 | None
    history: Sha256 | None


class WrittenBy(OpenPart):
    """What a version was written with: versions of programs."""

    hueset: Label
    python: Label | None = None
    pyarrow: Label | None = None
    polars: Label | None = None
    duckdb: Label | None = None
    numpy: Label | None = None


class Manifest(OpenPart):
    """The whole manifest; `format` 1."""

    format: Count
    dataset: Name
    version: VersionName
    semver: Semver
    sample: bool
    subset: dict[Name, JsonValue] = {}
    verdict: Verdict
    title: Text
    summary: Text
    licence: Text
    language: tuple[Label, ...]
    tags: tuple[Label, ...]
    task_categories: tuple[Label, ...]
    fingerprint: dict[Label, Label]
    licence_declared: Text | None = None
    metadata: MetadataStamp | None = None
    metadata_digest: Label | None = None
    parameters: dict[Name, JsonValue]
    changed_parameters: dict[Name, JsonValue]
    places: tuple[Name, ...] = ()
    units: Count
    sources: tuple[SourceEntry, ...]
    tables: Annotated[dict[Name, TableEntry], Field(min_length=1)]
    quarantine: dict[Label, dict[Label, Count]]
    contract: dict[Name, JsonValue] | None = None
    written_by: WrittenBy
    licences: dict[Name, dict[Label, Count]]
    files: tuple[FileEntry, ...]
    derived: Derivation | None = None

    def __repr__(self) -> str:
        tables = ", ".join(f"{name} {table.rows:,}" for name, table in self.tables.items())
        parts = f"{len(self.sources)} sources, {len(self.files)} files"
        return f"<Manifest of {self.dataset} {self.version}: {tables}; {parts}, {self.licence}>"

    @model_validator(mode="after")
    def _files_are_apart(self) -> Manifest:
        if not self.version.startswith(f"{self.semver}+"):
            msg = f"the version {self.version} does not begin with its semver {self.semver}"
            raise ValueError(msg)
        paths = [file.path for table in self.tables.values() for file in table.files]
        for path in paths:
            if not path.startswith("data/"):
                msg = f"the files of tables lie below data/, {path!r} does not"
                raise ValueError(msg)
        paths += [file.path for file in self.files]
        if len(set(paths)) < len(paths):
            msg = "a file is named twice"
            raise ValueError(msg)
        for name in (*self.changed_parameters, *self.places):
            if name not in self.parameters:
                msg = f"changed parameters and places are parameters, {name!r} is none"
                raise ValueError(msg)
        for table in self.quarantine if self.files else ():
            if f"quarantine/{table}.parquet" not in paths:
                msg = f"rows of {table!r} were refused, and quarantine/{table}.parquet is no file"
                raise ValueError(msg)
        return self

    @property
    def every_file(self) -> tuple[TableFile | FileEntry, ...]:
        """All files but the manifest itself and the documents that are made from it."""
        return (*self.files, *(file for table in self.tables.values() for file in table.files))

    def parameter(self, name: str, kind: type[T]) -> T:
        """Return the value of a parameter that is of a type.

        Raises
        ------
        DocumentError
            There is none of that name, or it is of another type.
        """
        value = self.parameters.get(name)
        if isinstance(value, kind) and isinstance(value, bool) is (kind is bool):
            return value
        message = f"{self.dataset} {self.version}: manifest.json, parameters.{name}: {value!r}"
        hint = f"a value of the type {kind.__name__} is expected: build the version again"
        raise DocumentError(message, hint=hint, value=value)

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def refused_rows(self) -> int:
        """The rows that were refused."""
        return sum(sum(reasons.values()) for reasons in self.quarantine.values())

    @property
    def metadata_revision(self) -> int:
        """The number of the metadata revision that it speaks by."""
        return self.metadata.revision if self.metadata else 1


def manifest_of(plain: Mapping[str, Any]) -> Manifest:
    """Return a manifest that is being written, as it will be read."""
    return Manifest.model_validate_json(json.dumps(plain))
