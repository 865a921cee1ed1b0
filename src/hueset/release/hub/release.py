"""What a release is: the files of one version under one tag, and whether it may go out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.declaration.licence_terms import UNSTATED
from hueset.documents.licences import licence_of
from hueset.documents.metadata import FIRST
from hueset.documents.record_kinds import RecordKind
from hueset.errors import UsageError
from hueset.release.card import render_documents
from hueset.release.hub.errors import PublishedBytesError, RefusedReleaseError
from hueset.release.tag import tag_of
from hueset.store.metadata_revisions import manifest_bytes
from hueset.store.version import NOT_THE_DATASET
from hueset.store.version_documents import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from hueset.declaration.project import Project
    from hueset.documents.manifest import FileEntry, Manifest, TableFile
    from hueset.store.store import StoredVersion, VersionStore

EXCEPTIONS = ("failed", "sample", "subset", "waived")
"""What a version may be that is not published unless told so by this name."""

FOLDERS = ("data/", "quarantine/", "gate/")
ROOT_FILES = ("manifest.json", "coverage.json", "units.json", *DOCUMENTS)
"""What lies there on the Hub belongs to the release; a file the release lacks is removed."""


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release.

    Attributes
    ----------
    path
        Below the repository's root.
    sha256
        Hex digest of its bytes.
    size
        In bytes.
    content
        The path of the file, or its bytes where it is made for the release.
    """

    path: str
    sha256: str
    size: int
    content: Path | bytes

    def read(self) -> bytes:
        """Return its bytes."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()

    @property
    def blob_id(self) -> str:
        """The git object id that a small file has on the Hub."""
        content = self.read()
        return hashlib.sha1(b"blob %d\x00" % len(content) + content).hexdigest()  # noqa: S324


@dataclass(frozen=True)
class Release:
    """One version as it goes out.

    Attributes
    ----------
    dataset, version
        What it is.
    tag
        `v<semver>`; `v<semver>-sample`, `-subset` or `-failed` of a version that is that.
    manifest_sha256
        Hex digest of its manifest: what the commit is recognised by.
    licences
        The rows of each table by licence.
    files
        Every file, by path.
    licence
        What the whole is called by.
    revision
        The number of the metadata revision that card, Croissant file and manifest speak by.
    """

    dataset: str
    version: str
    tag: str
    manifest_sha256: str
    licences: dict[str, dict[str, int]]
    files: dict[str, ReleaseFile]
    licence: str = UNSTATED
    revision: int = FIRST

    @property
    def title(self) -> str:
        """The commit's title."""
        return f"Release {self.dataset} {self.tag}"

    @property
    def message(self) -> str:
        """The commit's message, by which it is recognised after a lost answer."""
        return f"version: {self.version}\nmanifest sha256: {self.manifest_sha256}"


def make_release(project: Project, version: StoredVersion, repo: str) -> Release:
    """Return the release of a version: its files as they are, and its documents for this repo.

    Raises
    ------
    StoreError
        A file is missing, of another size, or is reached by a link.
    """
    version.require_whole()
    manifest = version.manifest
    files = {}
    for path, told in files_of(manifest).items():
        place = version.path / path
        files[path] = ReleaseFile(path, told.sha256, told.bytes, place)
    for path, text in render_documents(project, version, repo).items():
        files[path] = _release_file(path, text.encode())
    files["manifest.json"] = _release_file("manifest.json", manifest_bytes(version))
    digest = files["manifest.json"].sha256
    return Release(
        version.dataset,
        version.name,
        tag_of(manifest),
        digest,
        manifest.licences,
        files,
        licence_of(manifest),
        manifest.metadata_revision,
    )


def check_allowed(store: VersionStore, version: StoredVersion, allowed: Collection[str]) -> None:
    """Refuse a version that failed, is a part or lives by a waiver, unless told so by name.

    Raises
    ------
    RefusedReleaseError
        It is one of them and not allowed.
    UsageError
        `allowed` names something else.
    """
    for name in allowed:
        if name not in EXCEPTIONS:
            raise UsageError.unknown("exception", name, EXCEPTIONS, where="--allow")
    for name in version_exceptions(store, version):
        if name not in allowed:
            message = f"{version.dataset} {version.name} is {_SAID[name]}: it is not published"
            hint = f"to publish it anyway: --allow {name}"
            raise RefusedReleaseError(message, hint=hint, value=version.name)


def version_exceptions(store: VersionStore, version: StoredVersion) -> list[str]:
    """Return which of `EXCEPTIONS` a version is."""
    found = []
    if not version.manifest.verdict.passes:
        waived = store.records(whole_of(store, version), RecordKind.WAIVER)
        found.append("waived" if waived else "failed")
    if version.kind != "whole":
        found.append(version.kind)
    return found


def whole_of(store: VersionStore, version: StoredVersion) -> StoredVersion:
    """Return the version of the store that a part was cut from, or the version itself."""
    derived = version.manifest.derived
    if derived and version.name not in store.versions(version.dataset):
        return store.version(version.dataset, derived.from_version)
    return version


def files_of(manifest: Manifest) -> dict[str, TableFile | FileEntry]:
    """Return what a manifest says of each file it names, by path; the documents are not among them.

    None of them leads out of the version folder: a manifest that says so is not read.
    """
    return {file.path: file for file in manifest.every_file if file.path not in DOCUMENTS}


def read_manifest(content: bytes, where: str) -> Manifest:
    """Return a manifest that came from outside, once its shape is known to be one.

    Raises
    ------
    PublishedBytesError
        It is no manifest.
    """
    from hueset.documents.base import DocumentError, parse_json, validate_document
    from hueset.documents.manifest import Manifest

    what = f"{where}: manifest.json"
    hint = "this repository was not published by Hueset, or its manifest is damaged"
    try:
        plain = parse_json(content, what, hint)
        return validate_document(content, plain, Manifest, what=what, hint=hint).typed
    except DocumentError as error:
        raise PublishedBytesError(error.message, hint=error.hint, value=error.value) from error


def is_release_file(path: str) -> bool:
    """Whether a file on the Hub is one of ours, so that a release that lacks it removes it."""
    return path.startswith(FOLDERS) or path in ROOT_FILES


def _release_file(path: str, content: bytes) -> ReleaseFile:
    return ReleaseFile(path, hashlib.sha256(content).hexdigest(), len(content), content)


_SAID = {
    "failed": "a version that the gate did not let through",
    **NOT_THE_DATASET,
    "waived": "a version that the gate did not let through, with a recorded waiver",
}
