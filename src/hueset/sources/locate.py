"""Where a source lies on this machine: every place that is looked at, in one fixed order.

`--source NAME=PATH` › environment › `hueset.local.yaml` › `--mirror DIR` › cache. What these do not
give is fetched (see `hueset.sources.resolution`). A version of another dataset lies in the store.
Every look is kept, for the inventory and for the error that lists what is missing.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hueset.declaration import yaml_lines as yamlfile
from hueset.declaration.project import LOCAL_FILE
from hueset.errors import DeclarationError, SourceMissingError, UnknownNameError
from hueset.sources import cache as cachedir
from hueset.sources import hashes, hub, versions
from hueset.sources.fetch import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hueset.builder.source import Via
    from hueset.declaration import Dataset, Source


@dataclass(frozen=True)
class Where:
    """Where the sources of a dataset may lie.

    Attributes
    ----------
    project_root
        The folder of `catalog.yaml`; `hueset.local.yaml` lies there.
    dataset_dir
        The folder of the declaration; the sample and `sources.lock` lie there.
    flags
        `--source NAME=PATH`, by name.
    mirror
        `--mirror DIR`: a folder laid out as the declared `mirror:` paths.
    sample
        True for `--sample`, False for never, None for what the declaration says.
    offline
        Nothing is downloaded.
    store
        The store's root: versions of other datasets are read from there.
    policy
        How downloads are tried.
    """

    project_root: Path
    dataset_dir: Path
    flags: Mapping[str, Path] = field(default_factory=dict)
    mirror: Path | None = None
    sample: bool | None = None
    offline: bool = False
    store: Path | None = None
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True)
class Look:
    """One place that was looked at.

    Attributes
    ----------
    via
        Which way.
    place
        The flag, variable, file, path or URL.
    outcome
        `found`, or why not.
    """

    via: Via
    place: str
    outcome: str

    def __str__(self) -> str:
        """Return it as a line for people."""
        return f"{self.place}: {self.outcome}"


@dataclass(frozen=True)
class LocatedSource:
    """What the ways on this machine gave for one source.

    Attributes
    ----------
    name
        The source.
    looked
        Every look, in order.
    found
        Where it lies, and which way gave it; None if nowhere.
    configured
        Whether somebody said where this very source is.
    """

    name: str
    looked: tuple[Look, ...]
    found: tuple[Path, Via] | None = None
    configured: bool = False


def locate_sources(
    dataset: Dataset, where: Where, names: Iterable[str]
) -> dict[str, LocatedSource]:
    """Look for sources on this machine.

    Parameters
    ----------
    dataset
        The declaration.
    where
        Where to look.
    names
        Which of its sources.

    Returns
    -------
    dict
        What was found, and every place that was looked at, by source.

    Raises
    ------
    UnknownNameError
        A flag, a variable or the local file names a source that is not declared.
    DeclarationError
        The local file is not valid.
    SourceMissingError
        The mirror is not a folder.
    """
    configured = _configured_paths(dataset, where)
    if where.mirror is not None and not where.mirror.is_dir():
        message = f"the mirror {where.mirror} is not a folder"
        hint = "fix --mirror DIR: the folder that holds the declared `mirror:` paths"
        raise SourceMissingError(message, hint=hint, value=str(where.mirror))
    return {
        name: _locate(dataset, where, name, dataset.sources[name], configured.get(name, ()))
        for name in names
    }


def is_configured(dataset: Dataset, where: Where) -> bool:
    """Return whether anything at all was said about where this dataset's sources are."""
    return where.mirror is not None or bool(_configured_paths(dataset, where))


def source_variable(dataset: str, source: str) -> str:
    """Return the environment variable that may name a source's path."""
    return f"HUESET_SOURCE_{dataset.upper()}_{source.upper()}"


def cache_path(dataset: str, name: str, url: str, sha256: str | None) -> Path:
    """Return where what a URL gives lies in the cache once it was downloaded."""
    file = urlsplit(url).path.rpartition("/")[2].lstrip(".") or name
    home = sha256 or f"{dataset}.{name}.{cachedir.key_of(url)[:12]}"
    return cachedir.cache_dir() / "sources" / home / file


def _configured_paths(
    dataset: Dataset, where: Where
) -> dict[str, tuple[tuple[Via, str, Path], ...]]:
    """Return what was said about each source, strongest first: which way, in words, the path."""
    said: dict[str, list[tuple[Via, str, Path]]] = {}
    for name, path in where.flags.items():
        _require_known_source(dataset, name, "--source")
        said.setdefault(name, []).append(("flag", f"--source {name}={path}", Path(path)))
    variables = {source_variable(dataset.name, name): name for name in dataset.sources}
    _refuse_misspelt(dataset, variables)
    for key, name in variables.items():
        if os.environ.get(key):
            path = Path(os.environ[key]).expanduser()
            said.setdefault(name, []).append(("environment", f"{key}={path}", path))
    for name, text in _local_file(dataset, where.project_root / LOCAL_FILE).items():
        path = where.project_root / Path(text).expanduser()
        said.setdefault(name, []).append(("local file", f"{LOCAL_FILE}: {path}", path))
    return {name: tuple(ways) for name, ways in said.items()}


def _locate(
    dataset: Dataset,
    where: Where,
    name: str,
    source: Source,
    said: tuple[tuple[Via, str, Path], ...],
) -> LocatedSource:
    for via, words, given in said[:1]:
        path = (
            versions.named_version_folder(where.store, source.dataset, given)
            if source.dataset
            else given
        )
        there = path.exists()
        look = Look(via, words, "found" if there else "does not exist")
        return LocatedSource(name, (look,), (path, via) if there else None, configured=True)
    looked = [
        Look("flag", f"--source {name}=PATH", "not given"),
        Look("environment", source_variable(dataset.name, name), "not set"),
        Look("local file", f"{LOCAL_FILE}, {dataset.name}: {name}", "not given"),
    ]
    for way, place, lies, outcome in _default_paths(dataset, where, name, source):
        looked.append(Look(way, place, outcome))
        if lies is not None:
            return LocatedSource(name, tuple(looked), (lies, way))
    return LocatedSource(name, tuple(looked))


def _default_paths(
    dataset: Dataset, where: Where, name: str, source: Source
) -> Iterable[tuple[Via, str, Path | None, str]]:
    """Yield mirror and cache, or for a version the store: way, place, path if there, outcome."""
    if source.dataset is not None:
        lies = versions.latest_version_folder(where.store, source.dataset)
        place = f"{where.store or 'the store'}, latest version of {source.dataset}"
        yield "store", place, lies, "found" if lies else "does not exist"
        return
    if source.mirror is None:
        yield "mirror", "mirror", None, "the declaration has no mirror path"
    elif where.mirror is None:
        yield "mirror", f"--mirror DIR, {source.mirror}", None, "not given"
    else:
        path = where.mirror / source.mirror
        there = path.exists()
        yield "mirror", str(path), path if there else None, "found" if there else "does not exist"
    if source.url is not None:
        cached = cache_path(dataset.name, name, source.url, source.pin.sha256)
        outcome = _cache_state(cached, source)
        yield "cache", str(cached), cached if outcome == "found" else None, outcome
    if source.hub is not None:
        held = hub.cached_hub_file(source.hub)
        yield "cache", f"cache of {source.hub}", held, "found" if held else "does not exist"


def _cache_state(path: Path, source: Source) -> str:
    """Return `found`, or why the cache does not help; a damaged file there is fetched again."""
    if not path.exists():
        return "does not exist"
    pin = source.pin
    if pin.sha256 is None:
        return "found"
    if path.stat().st_size != pin.bytes or hashes.file_digest(path) != pin.sha256:
        return "damaged, it will be fetched again"
    return "found"


def _local_file(dataset: Dataset, path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    located = yamlfile.load_yaml(path)
    match located.data:
        case None:
            return {}
        case dict() as document:
            named = document.get(dataset.name) or {}
        case _:
            named = None
    if not isinstance(named, dict):
        message = f"{located.where((dataset.name,))}: expected `<dataset>: {{<source>: <path>}}`"
        raise DeclarationError(message, hint="write one line per source: `name: path`")
    for name, value in named.items():
        _require_known_source(dataset, str(name), located.where((dataset.name, name)))
        if not isinstance(value, str) or not value.strip():
            message = f"{located.where((dataset.name, name))}: expected a path, found {value!r}"
            raise DeclarationError(message, hint="write the path as text", value=value)
    return named


def _require_known_source(dataset: Dataset, name: str, where: str) -> None:
    if name not in dataset.sources:
        raise UnknownNameError.unknown(
            f"source of {dataset.name}", name, dataset.sources, where=where
        )


def _refuse_misspelt(dataset: Dataset, variables: Mapping[str, str]) -> None:
    """Raise for a variable that is nearly one of ours: not to see it would be to ignore it.

    What is not near to any may belong to another dataset whose name begins with this one's.
    """
    prefix = source_variable(dataset.name, "")
    for key in sorted(os.environ):
        if key.startswith(prefix) and key not in variables:
            near = difflib.get_close_matches(key, variables, n=1, cutoff=0.9)
            if near:
                raise UnknownNameError.unknown("environment variable", key, variables)
