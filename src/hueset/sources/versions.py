"""A version of another dataset as a source: found in the store, known by what its rows are.

Its digest is over its name and the content of each of its tables, as its manifest holds them: the
same version is the same source wherever it was built, and whichever pyarrow wrote it. Its parquet
files are its members, and each is held against the manifest before a builder reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.errors import SourceChangedError, SourceFormatError, StoreError
from hueset.sources import hashes
from hueset.sources.containers import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.builder.source import Member
    from hueset.sources.hashes import Progress

"""Verdicts with which a version may be built from."""


@dataclass(frozen=True)
class ExaminedVersion:
    """A version that is whole.

    Attributes
    ----------
    name
        Its name, `<semver>+<digest>`.
    digest
        SHA-256 over dataset, name and the content of its tables.
    members
        Its parquet files, sorted by name.
    """

    name: str
    digest: str
    members: tuple[Member, ...]


def latest_version_folder(root: Path | None, dataset: str) -> Path | None:
    """Return the folder of the latest version that passed its gate; None where there is none."""
    from hueset.store.store import VersionStore

    name = VersionStore(root).latest(dataset) if root is not None else None
    return root / dataset / name if root is not None and name else None


def named_version_folder(root: Path | None, dataset: str, given: Path) -> Path:
    """Return what somebody named: the folder of a version in the store, else the path itself."""
    inside = root / dataset / given if root is not None and len(given.parts) == 1 else given
    return inside.resolve() if inside.exists() else given


def examine_version(
    path: Path, name: str, dataset: str, progress: Progress | None = None
) -> ExaminedVersion:
    """Hold a version against its own manifest.

    Parameters
    ----------
    path
        The folder of the version.
    name
        The source's name.
    dataset
        The dataset it must be a version of.
    progress
        Called with (name, bytes done, bytes in all) while its files are hashed.

    Raises
    ------
    SourceFormatError
        It is no version, one of another dataset, or one that did not pass its gate.
    SourceChangedError
        A file is not the one the manifest names.
    """
    from hueset.files.hashing import digest_of
    from hueset.store.store import StoredVersion

    try:
        manifest = StoredVersion(dataset, path.name, path).manifest
    except StoreError as error:
        message = f"source {name!r}: {path} is no version of a dataset: {error.message}"
        raise SourceFormatError(message, hint="name a version, or its folder") from error
    told, version = manifest.dataset, manifest.version
    if told != dataset:
        message = f"source {name!r}: {path} is a version of {told}, declared is {dataset}"
        raise SourceFormatError(message, hint=f"name a version of {dataset}", value=told)
    if not manifest.verdict.passes:
        message = f"source {name!r}: {dataset} {version} did not pass its gate"
        hint = f"`hueset show {dataset} --version {version}` says why; name one that passed"
        raise SourceFormatError(message, hint=hint, value=manifest.verdict)
    promised = {
        file.path: file.sha256 for table in manifest.tables.values() for file in table.files
    }
    missing = [file for file in promised if not (path / file).is_file()]
    if missing:
        message = f"source {name!r}: {dataset} {version} lacks {missing[0]}"
        raise SourceChangedError(message, hint=f"`hueset verify {dataset}`", value=missing[0])
    members = hashes.member_digests(path, Folder(path), sorted(promised), name, progress)
    for member in members:
        if member.sha256 != promised[member.name]:
            message = f"source {name!r}: {member.name} of {dataset} {version} was changed"
            raise SourceChangedError(message, hint=f"`hueset verify {dataset}`", value=member.name)
    content = {table: told.content for table, told in manifest.tables.items()}
    return ExaminedVersion(version, digest_of([dataset, version, content]), members)
