"""A version as a folder of its own that `datasets.load_dataset(FOLDER, TABLE)` reads offline."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from hueset.errors import StoreError, UsageError
from hueset.files.atomic import path_beside
from hueset.files.hashing import file_sha256
from hueset.release.card import render_documents
from hueset.release.hub.release import files_of
from hueset.store.metadata_revisions import manifest_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion


def export_version(project: Project, version: StoredVersion, folder: Path) -> Path:
    """Copy a version with its card and its Croissant file; every copy is hashed.

    Parameters
    ----------
    project
        The project with the card's prose.
    version
        The version.
    folder
        Where it goes; it must not be there, or be empty.

    Raises
    ------
    UsageError
        The folder holds something already.
    StoreError
        A file could not be copied, or is not what the manifest says.
    """
    if folder.is_dir() and any(folder.iterdir()):
        message = f"{folder} is not empty"
        raise UsageError(
            message, hint="give --to a folder that is not there yet", value=str(folder)
        )
    version.require_whole()  # a link in the place of a file may lead to one without end
    fresh = path_beside(folder)
    try:
        fresh.mkdir(parents=True)
        for path, told in files_of(version.manifest).items():
            target = fresh / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(version.path / path, target)
            if file_sha256(target)[0] != told.sha256:
                message = f"{version.path / path} is not what the manifest says"
                hint = f"look with `hueset verify {version.dataset} --version {version.name}`"
                raise StoreError(message, hint=hint)
        (fresh / "manifest.json").write_bytes(manifest_bytes(version))
        for path, text in render_documents(project, version, None).items():
            (fresh / path).write_text(text, encoding="utf-8")
        if folder.is_dir():
            folder.rmdir()
        fresh.rename(folder)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        message = f"{error.filename or folder}: {error.strerror or error}"
        raise StoreError(message, hint="free some space, or give another --to") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder
