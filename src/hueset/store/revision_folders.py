"""The metadata revisions of a version as they lie in the store: `_metadata/<version>/<number>/`.

Each is a folder that appears by one rename and never changes: `metadata.json`, and the card and
the Croissant file made by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.documents.base import read_document
from hueset.documents.metadata import Revision, RevisionDocument
from hueset.errors import StoreError, sentence_of
from hueset.files.safe_paths import hash_beneath

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "_metadata"
DOCUMENT = "metadata.json"


def revisions_folder(version: Path) -> Path:
    """Return where the revisions of a version folder lie."""
    return version.parent / FOLDER / version.name


def newest_revision(version: Path) -> Revision | None:
    """Return the newest revision of a version folder; None where it has but its first.

    Raises
    ------
    StoreError
        The newest one cannot be read: an older one would say what holds no more.
    """
    folder = revisions_folder(version)
    if not folder.is_dir():
        return None
    try:
        manifest = hash_beneath(version, "manifest.json")[0]
        numbers = sorted(revision_numbers(folder), reverse=True)
    except FileNotFoundError:
        return None  # who reads the manifest says it better
    except OSError as error:
        message = f"the metadata revisions {folder} cannot be read: {sentence_of(error)}"
        raise StoreError(message, hint="look at their permissions", value=str(folder)) from error
    for number in numbers:
        found = Revision(read_revision(folder / str(number)), folder / str(number))
        # Another version of this name, since given back, may have left its own.
        if found.document.manifest_sha256 == manifest:
            return found
    return None


def read_revision(folder: Path) -> RevisionDocument:
    """Return what one revision says; raises `StoreError` where it cannot be read."""
    path = folder / DOCUMENT
    hint = "restore the file; or delete its folder, and build again to recreate it"
    what, below = f"the metadata revision {path}", folder.parents[1]
    try:
        return read_document(path, RevisionDocument, below=below, what=what, hint=hint).typed
    except StoreError as error:
        error.value = path.relative_to(folder.parents[2]).as_posix()
        raise


def revision_numbers(folder: Path) -> list[int]:
    """Return the numbers of the revisions in a folder (see `revisions_folder`), unsorted."""
    if not folder.is_dir():
        return []
    return [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
