"""Where the sources of a build may lie, as a call or a command says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hueset.declaration.project import Project
    from hueset.sources import Where


def source_places(
    project: Project,
    name: str,
    *,
    store: Path,
    mirror: Path | None = None,
    sources: Mapping[str, Path] | None = None,
    sample: bool = False,
) -> Where:
    """Return where the sources of a dataset may lie; versions of others lie in the store.

    Parameters
    ----------
    project, name
        The dataset.
    store
        The root of the store.
    mirror
        A folder laid out as the declared `mirror:` paths.
    sources
        Where single sources lie, by name.
    sample
        Use the embedded sample; else what the declaration says.

    Raises
    ------
    UsageError
        The sample is asked for, and sources are named.
    UnknownNameError
        `hueset.local.yaml` speaks of a dataset that does not exist: it would have no effect.
    """
    from hueset.sources import Where

    _refuse_strange_datasets(project)
    if sample and (sources or mirror):
        message = "the embedded sample cannot be combined with --source or --mirror"
        raise UsageError(message, hint="omit the sample to build from your sources")
    return Where(
        flags=dict(sources or {}),
        mirror=mirror,
        project_root=project.root,
        dataset_dir=project.folder(name),
        sample=True if sample else None,
        store=store,
    )


def _refuse_strange_datasets(project: Project) -> None:
    from hueset.declaration import yaml_lines as yamlfile
    from hueset.declaration.project import LOCAL_FILE

    path = project.root / LOCAL_FILE
    located = yamlfile.load_yaml(path) if path.exists() else None
    for name in located.data if located and isinstance(located.data, dict) else ():
        if name not in project.datasets:
            where = located.where((name,)) if located else LOCAL_FILE
            raise UnknownNameError.unknown("dataset", str(name), project.datasets, where=where)
