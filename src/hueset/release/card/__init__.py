"""The text of a version's card and Croissant file, made from its manifest and coverage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hueset.release.card.page import render_card
from hueset.release.croissant import render_croissant
from hueset.store.probe_records import last_probe
from hueset.store.store import VersionStore

if TYPE_CHECKING:
    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion

__all__ = ["default_repo", "render_card", "render_documents"]


def render_documents(project: Project, version: StoredVersion, repo: str | None) -> dict[str, str]:
    """Return the text of each document.

    Parameters
    ----------
    project
        The project, for the card's prose and the history.
    version
        The version.
    repo
        `namespace/name` where it is published; None for the namespace of the catalog.
    """
    name = version.dataset
    place = repo or default_repo(project, name)
    prose, changes = project.prose(name), project.changes(name)
    probe = last_probe(VersionStore(version.path.parents[1]), version)
    card = render_card(
        version.manifest, version.coverage, version.gate, prose, changes, place, probe
    )
    croissant = render_croissant(version.manifest, version.coverage, place)
    text = json.dumps(croissant, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return {"README.md": card, "croissant.json": text}


def default_repo(project: Project, dataset: str) -> str:
    """Return where a dataset is published unless somebody says otherwise."""
    namespace = project.catalog.hub_namespace
    return f"{namespace}/{dataset}" if namespace else dataset
