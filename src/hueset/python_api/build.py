"""Building from Python: the engine that `build-dataset` runs too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.errors import UnknownNameError, UsageError
from hueset.python_api.arguments import require_count, require_text
from hueset.python_api.built_version import BuiltVersion
from hueset.python_api.errors import GateFailedError
from hueset.python_api.store import Store, open_store

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from hueset.build.progress import BuildEvent
    from hueset.declaration.project import Project
    from hueset.sources import Where
    from hueset.store.store import VersionStore as StoreFolder


def build(
    dataset: str,
    *,
    store: Store | str | os.PathLike[str] | None = None,
    project: str | os.PathLike[str] | None = None,
    mirror: str | os.PathLike[str] | None = None,
    sources: Mapping[str, str | os.PathLike[str]] | None = None,
    sample: bool = False,
    parameters: Mapping[str, Any] | None = None,
    workers: int | None = None,
    force: bool = False,
    engine: str = "process",
    ray_address: str | None = None,
    progress: Callable[[BuildEvent], None] | None = None,
) -> BuiltVersion:
    """Build a dataset: sources, rows, quarantine, splits, gate, one immutable version.

    What is there is not built again: the same sources, parameters and code give the same version,
    and the finished units of a build that was stopped are taken over. Stopped by Ctrl-C it leaves
    the store as it was, but for finished units; the same call goes on from there.

    Parameters
    ----------
    dataset
        A dataset of the project's catalog.
    store
        Where the version appears: a store or its folder; None as `open_store` takes it.
    project
        The folder that holds `catalog.yaml`; None looks for it from the working folder up.
    mirror
        A folder laid out as the declared `mirror:` paths.
    sources
        Where single sources lie, by name.
    sample
        Use the small embedded sample.
    parameters
        Declared parameters of the builder to set, by name.
    workers
        Worker processes; None for one per core.
    force
        Build again although the version is there, and compare the bytes.
    engine, ray_address
        What runs the steps: `process` or `ray`, with the address of a running cluster.
    progress
        Called with a `BuildEvent` whenever something is finished, in this thread; what it raises
        ends the build.

    Returns
    -------
    BuiltVersion
        The version, with `.result`.

    Raises
    ------
    GateFailedError
        The version did not pass; it is in the error's `.version`, and in the store.
    UnknownNameError
        The catalog has no such dataset, or the dataset no such source or parameter.
    UsageError
        An argument is not of its type, `workers` is below 1, or `sample` stands beside sources.
    DeclarationError
        The declaration, a table of facts or a suite has a fault.
    SourceError
        A source is missing, is not what was pinned, or cannot be fetched; all are listed.
    BuildError
        A builder broke its promise; finished units are kept.
    StoreError
        The store cannot be written.
    """
    from hueset.declaration.project import find_project
    from hueset.python_api.source_places import source_places
    from hueset.store.place import named_store, project_store

    require_text(dataset, "a dataset")
    if workers is not None:
        require_count(workers, "workers", 1)
    home = find_project(_path(project))
    _refuse_unknown_sources(home, dataset, sources or {}, mirror=mirror, sample=sample)
    if store is None:
        to = named_store(None) or project_store(home)
    else:
        to = (store if isinstance(store, Store) else open_store(store)).folder
    places = source_places(
        home,
        dataset,
        store=to.root,
        mirror=_path(mirror),
        sources={name: Path(place).expanduser() for name, place in (sources or {}).items()},
        sample=sample,
    )
    return build_in_project(
        home,
        dataset,
        to,
        places,
        parameters=parameters,
        workers=workers,
        force=force,
        engine=engine,
        ray_address=ray_address,
        progress=progress,
    )


def build_in_project(
    project: Project,
    dataset: str,
    store: StoreFolder,
    places: Where,
    *,
    parameters: Mapping[str, Any] | None = None,
    workers: int | None = None,
    force: bool = False,
    engine: str = "process",
    ray_address: str | None = None,
    progress: Callable[[BuildEvent], None] | None = None,
) -> BuiltVersion:
    """Build a dataset of a project that is found already, as `build` and the command do.

    Parameters
    ----------
    project
        The project with the declaration.
    dataset
        A dataset of its catalog.
    store
        Where the version appears.
    places
        Where the sources may lie.
    parameters, workers, force, engine, ray_address, progress
        As of `build`, and so is what is returned and raised.
    """
    from hueset.build.executor import check_engine
    from hueset.build.plan import make_plan
    from hueset.build.progress import EventWatcher
    from hueset.build.run import run_build
    from hueset.release.card import render_documents
    from hueset.threads import count_cores

    check_engine(engine)
    watcher = EventWatcher(progress)
    plan = make_plan(project, dataset, places, overrides=parameters, progress=watcher.source)
    result = run_build(
        project,
        plan,
        store,
        watcher,
        render=render_documents,
        workers=workers or count_cores(),
        force=force,
        engine=engine,
        address=ray_address,
    )
    version = BuiltVersion(store, result)
    if not version.gate.passed:
        raise GateFailedError.of(version)
    return version


def _refuse_unknown_sources(
    project: Project, dataset: str, sources: Iterable[str], *, mirror: object, sample: bool
) -> None:
    """Refuse in the words of this call what the engine would refuse in those of the command."""
    declared = project.dataset(dataset).sources
    for name in sources:
        if name not in declared:
            what = f"source of {dataset}"
            raise UnknownNameError.unknown(what, str(name), declared, where="sources")
    if sample and (sources or mirror):
        message = "the embedded sample cannot be combined with sources or mirror"
        raise UsageError(message, hint="omit sample to build from your sources")


def _path(place: str | os.PathLike[str] | None) -> Path | None:
    return None if place is None else Path(place).expanduser()
