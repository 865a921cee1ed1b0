"""Where the store is: as it is named, else as the environment says, else below the project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.errors import UsageError

if TYPE_CHECKING:
    from hueset.declaration.project import Project
    from hueset.store.store import VersionStore

STORE_VARIABLE = "HUESET_STORE"


def store_of_environment() -> Path | None:
    """Return the folder that `HUESET_STORE` names, `~` being home; None where it is not set.

    Raises
    ------
    UsageError
        It is set and empty: nobody may take that for a store somewhere else.
    """
    text = os.environ.get(STORE_VARIABLE)
    if text is None:
        return None
    if not text.strip():
        message = f"{STORE_VARIABLE} is empty; is a variable unset?"
        hint = f"name the store's folder, or unset {STORE_VARIABLE}"
        raise UsageError(message, hint=hint, value=text)
    return Path(text).expanduser().resolve()


def named_store(folder: Path | None, *, named_by: str = "--out") -> VersionStore | None:
    """Return the store of a folder, else of `HUESET_STORE`; None where neither is named.

    Parameters
    ----------
    folder
        The folder that was named.
    named_by
        What an error says that it was named by.

    Raises
    ------
    UsageError
        The place lies in a version, or `HUESET_STORE` is empty.
    """
    from hueset.store.store import VersionStore

    if folder is not None:
        return VersionStore(_outside_versions(folder.resolve(), named_by))
    configured = store_of_environment()
    return VersionStore(_outside_versions(configured, STORE_VARIABLE)) if configured else None


def project_store(project: Project) -> VersionStore:
    """Return the store that the catalog says, below the project.

    Outside any project it lies in the working folder: what Hueset was installed with is no place
    for a store.
    """
    from hueset.store.store import VersionStore

    base = Path.cwd() if project.installed else project.root
    return VersionStore(base / project.catalog.store)


def _outside_versions(root: Path, named_by: str) -> Path:
    """Return the root of a store; inside a version, which never changes, there can be none."""
    from hueset.store.version import VERSION

    for place in (root, *root.parents):
        if VERSION.fullmatch(place.name) and (place / "manifest.json").is_file():
            message = f"{named_by} {root} lies in the version {place}, which never changes"
            hint = f"the store of that version is {place.parent.parent}"
            raise UsageError(message, hint=hint, value=str(root))
    return root
