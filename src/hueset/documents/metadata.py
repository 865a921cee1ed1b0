"""What a declaration says *about* rows: licence, citation, title, descriptions, the card's words.

None of it decides a row, so a change of it makes no other version. It makes a metadata revision:
the first one stands in the manifest, each later one in a folder of its own beside the version
(`_metadata/<version>/<number>/`), with the card and the Croissant file that belong to it. The
newest one is what card, Croissant file, `show`, `diff`, releases and the service speak by.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from hueset.documents.base import Count, FilePath, Label, Name, Sha256, StrictPart, Text
from hueset.documents.licences import licence_of
from hueset.documents.manifest import manifest_of
from hueset.files.hashing import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from hueset.declaration import Dataset
    from hueset.documents.manifest import Manifest

FIRST = 1
"""The number of the revision that a version appears with."""


class SourceMetadata(StrictPart):
    """What is said about a source."""

    licence: Label
    citation: Text | None
    homepage: Text | None = None


class ColumnMetadata(StrictPart):
    """What is said about a column."""

    description: Text = ""
    unit: Text | None = None


class TableMetadata(StrictPart):
    """What is said about a table."""

    description: Text
    columns: dict[Name, ColumnMetadata]


class Metadata(StrictPart):
    """All that is said about the rows of a version.

    Attributes
    ----------
    licence
        The declared one of the whole; None where none is declared.
    prose, history
        SHA-256 of the declaration's `card.md` and `CHANGES.md`; None where a version was written
        before they were recorded.
    """

    title: Text
    summary: Text
    licence: Text | None
    language: tuple[Label, ...] = ()
    tags: tuple[Label, ...] = ()
    task_categories: tuple[Label, ...] = ()
    sources: dict[Name, SourceMetadata]
    tables: dict[Name, TableMetadata]
    prose: Sha256 | None = None
    history: Sha256 | None = None

    @property
    def digest(self) -> str:
        """The first 12 hex digits over all of it."""
        return digest_of(self.model_dump(mode="json"))[:12]


class RevisionDocument(StrictPart):
    """The file `metadata.json` of a revision.

    Attributes
    ----------
    number
        2 for the first change after the version appeared, and so on.
    digest
        That of the metadata.
    manifest_sha256
        Of the manifest it speaks of: a version built again under its name is another one.
    changes
        What differs from the revision before, in words.
    licences
        The rows of each table by licence, counted by these licences of the sources.
    documents
        SHA-256 of the documents beside it.
    """

    number: int = Field(gt=FIRST)
    digest: Label
    manifest_sha256: Sha256
    changes: tuple[Text, ...]
    metadata: Metadata
    licences: dict[Name, dict[Label, Count]]
    documents: dict[FilePath, Sha256] = {}


@dataclass(frozen=True)
class Revision:
    """A revision that is laid over a manifest.

    Attributes
    ----------
    document
        What it says.
    folder
        Where it lies with its documents; None where it is not recorded.
    """

    document: RevisionDocument
    folder: Path | None = None

    def over(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Return a manifest that says what this revision says; its files and rows are as before."""
        told = self.document.metadata
        sources = [
            {**source, **told.sources[source["name"]].model_dump()}
            if source["name"] in told.sources
            else source
            for source in manifest["sources"]
        ]
        tables = {
            name: _described_table(table, told.tables[name]) if name in told.tables else table
            for name, table in manifest["tables"].items()
        }
        return named_by_licence(
            {
                **manifest,
                "title": told.title,
                "summary": told.summary,
                "licence_declared": told.licence,
                "language": list(told.language),
                "tags": list(told.tags),
                "task_categories": list(told.task_categories),
                "metadata": metadata_stamp(told, self.document.number),
                "sources": sources,
                "tables": tables,
                "licences": self.document.licences,
            }
        )


def named_by_licence(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest with the licence that the version as a whole is called by.

    Parameters
    ----------
    manifest
        As it will be written; its list of files may still be missing.
    """
    return {**manifest, "licence": licence_of(manifest_of({"files": [], **manifest}))}


def metadata_stamp(metadata: Metadata, number: int) -> dict[str, Any]:
    """Return what a manifest says of its own metadata."""
    return {
        "revision": number,
        "digest": metadata.digest,
        "prose": metadata.prose,
        "history": metadata.history,
    }


def declared_metadata(
    dataset: Dataset, sources: Iterable[Mapping[str, Any]], prose: str, history: str
) -> Metadata:
    """Return what a declaration says about the rows of a version that was made of some sources.

    Parameters
    ----------
    dataset
        The declaration.
    sources
        What the manifest says of the sources that were read; what is declared of others concerns
        no row. The licence of a version of another dataset is that version's own.
    prose, history
        The text of its `card.md` and `CHANGES.md`.
    """
    return Metadata(
        title=dataset.title,
        summary=dataset.summary,
        licence=dataset.licence,
        language=dataset.language,
        tags=dataset.tags,
        task_categories=dataset.task_categories,
        sources={
            used["name"]: SourceMetadata(
                licence=used["licence"] if "version_of" in used else told.licence,
                citation=told.citation,
                homepage=told.homepage,
            )
            for used in sources
            for told in [dataset.sources.get(used["name"])]
            if told is not None
        },
        tables={
            name: TableMetadata(
                description=table.description,
                columns={
                    column: ColumnMetadata(description=one.description, unit=one.unit)
                    for column, one in table.columns.items()
                },
            )
            for name, table in dataset.tables.items()
        },
        prose=_sha256(prose),
        history=_sha256(history),
    )


def metadata_of(manifest: Manifest) -> Metadata:
    """Return what a manifest says about the rows; also one that knows of no revisions yet."""
    known, said = manifest.metadata, "licence_declared" in manifest.model_fields_set
    return Metadata(
        title=manifest.title,
        summary=manifest.summary,
        licence=manifest.licence_declared if said else manifest.licence,
        language=manifest.language,
        tags=manifest.tags,
        task_categories=manifest.task_categories,
        sources={
            source.name: SourceMetadata(
                licence=source.licence, citation=source.citation, homepage=source.homepage
            )
            for source in manifest.sources
        },
        tables={
            name: TableMetadata(
                description=table.description,
                columns={
                    column: ColumnMetadata(description=one.description, unit=one.unit)
                    for column, one in table.columns.items()
                },
            )
            for name, table in manifest.tables.items()
        },
        prose=known.prose if known else None,
        history=known.history if known else None,
    )


def metadata_changes(before: Metadata, after: Metadata) -> list[str]:
    """Return in words what differs; licences first, since they bind whoever has the rows."""
    said = _describe_change("licence", before.licence or "none", after.licence or "none")
    for name in sorted({*before.sources, *after.sources}):
        was, now = before.sources.get(name), after.sources.get(name)
        if was is None or now is None:
            continue
        said += _describe_change(f"licence of {name}", was.licence, now.licence)
        said += [
            f"{word} of {name}"
            for word in ("citation", "homepage")
            if getattr(was, word) != getattr(now, word)
        ]
    said += _describe_change("title", before.title, after.title)
    said += [
        word.replace("_", " ")
        for word in ("summary", "language", "tags", "task_categories")
        if getattr(before, word) != getattr(after, word)
    ]
    described = [
        f"{name}{'' if column is None else f'.{column}'}"
        for name in sorted({*before.tables} & {*after.tables})
        for column in _described_otherwise(before.tables[name], after.tables[name])
    ]
    if described:
        more = f" and {len(described) - 3} more" if len(described) > 3 else ""
        said.append(f"description of {', '.join(described[:3])}{more}")
    for word, what in (("prose", "the card's text"), ("history", "its history")):
        was, now = getattr(before, word), getattr(after, word)
        if None not in {was, now} and was != now:
            said.append(what)
    return said


def _describe_change(what: str, was: str, now: str) -> list[str]:
    return [f"{what} {was} → {now}"] if was != now else []


def _described_otherwise(was: TableMetadata, now: TableMetadata) -> list[str | None]:
    """Return the columns whose words differ; None stands for the table itself."""
    moved: list[str | None] = [None] if was.description != now.description else []
    shared = [column for column in now.columns if column in was.columns]
    return moved + [column for column in shared if was.columns[column] != now.columns[column]]


def _described_table(table: Mapping[str, Any], told: TableMetadata) -> dict[str, Any]:
    columns = {}
    for name, column in table["columns"].items():
        rest = {key: value for key, value in column.items() if key not in {"description", "unit"}}
        words = told.columns[name].model_dump(exclude_defaults=True) if name in told.columns else {}
        columns[name] = {**rest, **words}
    return {**table, "description": told.description, "columns": columns}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()
