"""The documents of a version: its card and its Croissant file, rendered by whoever is handed in.

They are derived: no number in them is typed by hand, they can be made again at any time, and a
changed word in them makes no other version. So a manifest does not name them among its files, and
the store knows their names alone: `hueset.release.card` renders them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hueset.files.hashing import file_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hueset.declaration.project import Project
    from hueset.store.version import StoredVersion

DOCUMENTS = ("README.md", "croissant.json")


class DocumentRenderer(Protocol):
    """What makes the text of the documents, as `hueset.release.card.render_documents` does."""

    def __call__(
        self, project: Project, version: StoredVersion, repo: str | None
    ) -> Mapping[str, str]:
        """Return name → text of each of `DOCUMENTS`.

        Parameters
        ----------
        project
            The project, for the card's prose and the history.
        version
            The version.
        repo
            `namespace/name` where it is published; None for the namespace of the catalog.
        """
        ...


def write_documents(folder: Path, texts: Mapping[str, str]) -> None:
    """Write documents into a folder that has not appeared yet."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def hash_documents(version: StoredVersion) -> dict[str, str]:
    """Return the SHA-256 of each document of a version, as a record of its appearance has it."""
    return {name: file_sha256(version.path / name)[0] for name in DOCUMENTS}
