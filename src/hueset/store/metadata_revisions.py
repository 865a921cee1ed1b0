"""Metadata revisions in the store: `_metadata/<version>/<number>/`, beside the version they are of.

A version never changes; what is said about it may. Each revision is a folder that appears by one
rename and never changes either: `metadata.json`, and the card and the Croissant file made by it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from hueset.declaration.row_schema import carries_licences, schema_digest
from hueset.documents.manifest import manifest_of
from hueset.documents.metadata import (
    Revision,
    RevisionDocument,
    declared_metadata,
    metadata_changes,
    metadata_of,
)
from hueset.documents.record_kinds import RecordKind
from hueset.errors import StoreError, UsageError
from hueset.files.safe_paths import hash_beneath, read_beneath
from hueset.store.revision_folders import (
    DOCUMENT,
    FOLDER,
    newest_revision,
    read_revision,
    revision_numbers,
    revisions_folder,
)
from hueset.store.row_licences import count_licences
from hueset.store.store import VersionStore, json_bytes
from hueset.store.version import StoredVersion
from hueset.store.version_documents import write_documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from hueset.declaration.project import Project
    from hueset.documents.metadata import Metadata
    from hueset.store.version_documents import DocumentRenderer


def pending_revision(
    version: StoredVersion, declared: Metadata, sources: Iterable[Mapping[str, Any]] | None = None
) -> Revision | None:
    """Return the revision that a version lacks to say what is declared; None where it says that.

    Parameters
    ----------
    version
        The version.
    declared
        What is declared (`hueset.documents.metadata.declared_metadata`).
    sources
        What a manifest written now would say of its sources; default what its own says.
    """
    current = version.manifest
    before = metadata_of(current)
    changes = metadata_changes(before, declared)
    if not changes:
        return None
    of_source = {name: told.licence for name, told in declared.sources.items()}
    licences = {table: dict(counts) for table, counts in current.licences.items()}
    if of_source != {name: told.licence for name, told in before.sources.items()}:
        named = [
            {**one, "licence": of_source.get(one["name"], one["licence"])}
            for one in (version.manifest_json["sources"] if sources is None else sources)
        ]
        said_now = manifest_of({**version.manifest_json, "sources": named})
        licences = count_licences(said_now, version.path)
    document = RevisionDocument(
        number=current.metadata_revision + 1,
        digest=declared.digest,
        manifest_sha256=_sha256((version.path / "manifest.json").read_bytes()),
        changes=tuple(changes),
        metadata=declared,
        licences=licences,
    )
    return Revision(document)


def declared_revision(project: Project, version: StoredVersion) -> Revision | None:
    """Return the revision that a version lacks to say what the declaration says today.

    A version is spoken for by the declaration if that has its semver and the shape of its rows. One
    that was pulled, and never built here, is spoken for by who released it.

    Raises
    ------
    UsageError
        The rows themselves say a licence of a source that is another one now: only a build fixes
        that.
    """
    if version.dataset not in project.datasets or version.manifest.derived:
        return None
    kinds = VersionStore(version.path.parents[1]).kinds_recorded(version.dataset, version.name)
    if RecordKind.PULL in kinds and RecordKind.BUILD not in kinds:
        return None
    dataset, current = project.dataset(version.dataset), version.manifest
    if dataset.version != current.semver:
        return None
    try:
        shape = schema_digest(dataset.typed(current.parameters))
    except KeyError:  # a parameter that there is no more
        return None
    if shape != current.fingerprint.get("schema"):
        return None
    declared = declared_metadata(
        dataset,
        version.manifest_json["sources"],
        project.prose(dataset.name),
        project.changes(dataset.name),
    )
    _refuse_other_licences_in_rows(version, declared)
    return pending_revision(version, declared)


def as_declared(project: Project, version: StoredVersion) -> StoredVersion:
    """Return a version that says what the declaration says today; nothing is written."""
    found = declared_revision(project, version)
    return _with(version, found) if found else version


def record_as_declared(
    project: Project, store: VersionStore, version: StoredVersion, render: DocumentRenderer
) -> StoredVersion:
    """Return a version that says what the declaration says today, recorded where that is new."""
    found = declared_revision(project, version)
    return record_revision(project, store, version, found, render) if found else version


def record_revision(
    project: Project,
    store: VersionStore,
    version: StoredVersion,
    revision: Revision,
    render: DocumentRenderer,
) -> StoredVersion:
    """Let a revision appear in the store with its documents, and return the version as it is now.

    `render` makes the documents.

    Raises
    ------
    StoreError
        The store cannot be written; it is as it was.
    """
    texts = render(project, _with(version, revision), None)
    return write_revision(store, version, revision.document, texts)


def write_revision(
    store: VersionStore,
    version: StoredVersion,
    document: RevisionDocument,
    texts: Mapping[str, str],
) -> StoredVersion:
    """Write a revision with the text of its documents, by one rename, and record when."""
    there = newest_revision(version.path)
    if there is not None and there.document.digest == document.digest:
        return _with(version, None)
    hashes = {name: _sha256(text.encode()) for name, text in sorted(texts.items())}
    folder = revisions_folder(version.path)
    # Those of an earlier version of this name are no longer looked at, and stay.
    number = max([document.number - 1, *revision_numbers(folder)]) + 1
    told = document.model_copy(update={"number": number, "documents": hashes})
    content = json_bytes(told.model_dump(mode="json"))
    with store.staging(version.dataset) as staged:
        fresh = staged / str(number)
        fresh.mkdir()
        write_documents(fresh, texts)
        (fresh / DOCUMENT).write_bytes(content)
        placed = store.place(fresh, folder / fresh.name)
    if placed:
        body = {
            "revision": number,
            "digest": told.digest,
            "changes": list(told.changes),
            "metadata_sha256": _sha256(content),
        }
        store.record(version, RecordKind.METADATA, body)
    return _with(version, None)


def told_revisions(version: StoredVersion) -> list[dict[str, Any]]:
    """Return number, digest and changes of every revision of a version but its first."""
    newest = version.revision
    folder = revisions_folder(version.path)
    found = [read_revision(folder / str(number)) for number in revision_numbers(folder)]
    return [
        {"revision": one.number, "digest": one.digest, "changes": list(one.changes)}
        for one in sorted(found, key=lambda one: one.number)
        if newest is not None and one.manifest_sha256 == newest.document.manifest_sha256
    ]


def manifest_bytes(version: StoredVersion) -> bytes:
    """Return the manifest as it goes out: by the newest metadata revision of the version."""
    if version.revision is None:
        return read_beneath(version.path, "manifest.json")
    return json_bytes(version.manifest_json)


def revision_faults(version: Path) -> list[tuple[str, str, str]]:
    """Return the documents of a version's newest revision that are not what it says of them.

    Returns
    -------
    list
        Path below the version's dataset, expected SHA-256, the one that is there (empty: none).
    """
    try:
        found = newest_revision(version)
    except StoreError as error:
        return [(str(error.value), "", "")]
    if found is None or found.folder is None:
        return []
    faults = []
    for name, expected in found.document.documents.items():
        try:
            digest = hash_beneath(found.folder, name)[0]
        except OSError:
            digest = ""
        if digest != expected:
            faults.append((f"{FOLDER}/{version.name}/{found.folder.name}/{name}", expected, digest))
    return faults


def _with(version: StoredVersion, revision: Revision | None) -> StoredVersion:
    return StoredVersion(version.dataset, version.name, version.path, revision)


def _refuse_other_licences_in_rows(version: StoredVersion, declared: Metadata) -> None:
    tables = version.manifest.tables
    if not carries_licences({name: told.columns for name, told in tables.items()}):
        return
    for name, was in metadata_of(version.manifest).sources.items():
        now = declared.sources.get(name)
        if now is not None and now.licence != was.licence:
            message = (
                f"{version.dataset} {version.name}: its rows say {was.licence} for the source "
                f"{name}, the declaration says {now.licence}"
            )
            hint = f"build the version whose rows say it: `build-dataset {version.dataset}`"
            raise UsageError(message, hint=hint, value=now.licence)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
