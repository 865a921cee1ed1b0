"""Garbage: what store and cache can give back without losing a version anybody needs."""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.errors import StoreError, UnknownNameError
from hueset.lineage import parents
from hueset.records import RecordKind
from hueset.sources import leftovers
from hueset.store import STAGING_AGE_S, Version, left_behind
from hueset.version import KINDS, PASSED

if TYPE_CHECKING:
    from hueset.store import Store

HIDDEN = (".gone-*", ".broken-*")
"""What a killed `gc` had hidden already, and versions that were found half deleted."""


@dataclass(frozen=True)
class Garbage:
    """One folder of the store, or file of the cache, that can go.

    Attributes
    ----------
    dataset
        Whose it is; None for what lies in the cache, which all datasets share.
    kind
        `staging` (left by a killed build), `units` (shards no latest version is made of),
        `remains` (of a version that is half deleted) or `version` (older than the ones to keep,
        never latest, never released, and no other version was built from it); in the cache
        `partial`, `lock` or `unpacked` (see `hueset.sources.leftovers`).
    path
        The folder or file.
    bytes
        What removing it gives back; files it shares with another shard or version do not count.
    """

    dataset: str | None
    kind: str
    path: str
    bytes: int


@dataclass(frozen=True)
class Found:
    """What can go, and where that cannot be told.

    Attributes
    ----------
    garbage
        What can go.
    left
        Datasets of which nothing but old staging is given back, with the reason: where a version
        cannot be read, nobody knows what it needs.
    """

    garbage: tuple[Garbage, ...]
    left: dict[str, str]


def find_garbage(store: Store, *, keep: int | None = None) -> Found:
    """Return what can go.

    Parameters
    ----------
    store
        The store.
    keep
        Keep so many versions of each dataset beside the latest and the released ones; None keeps
        all versions.
    """
    garbage: list[Garbage] = []
    left: dict[str, str] = {}
    parented = _parents(store, left)
    for dataset in store.folders():
        garbage += [*_staging(store, dataset), *_remains(store, dataset)]
        try:
            wanted = _units(store, dataset)
            if keep is not None and parented is not None:
                wanted += _versions(store, dataset, keep, parented)
        except StoreError as error:
            left.setdefault(dataset, error.message)
        else:
            garbage += wanted
    garbage += [
        Garbage(None, one.kind, str(one.path), one.path.stat().st_size)
        for one in leftovers.leftovers()
    ]
    return Found(tuple(garbage), left)


def sweep(found: Found) -> dict[str, Any]:
    """Remove what was found; returns it as JSON with the bytes given back."""
    for item in found.garbage:
        if item.dataset is None:
            leftovers.remove(Path(item.path))
            continue
        # A version is hidden by one rename first, so that no reader meets half of it.
        path = Path(item.path)
        hidden = path.with_name(f".gone-{path.name}-{time.time_ns()}")
        path.rename(hidden)
        shutil.rmtree(hidden)
    return told(found, removed=True)


def told(found: Found, *, removed: bool) -> dict[str, Any]:
    """Return the garbage as JSON."""
    return {
        "removed": removed,
        "bytes": sum(item.bytes for item in found.garbage),
        "garbage": [asdict(item) for item in found.garbage],
        "left": found.left,
    }


def _parents(store: Store, left: dict[str, str]) -> set[tuple[str, str]] | None:
    """Return the versions that others were built from; None where one cannot be read."""
    needed: set[tuple[str, str]] = set()
    whole = True
    for dataset in store.datasets():
        try:
            for name in store.versions(dataset):
                version = Version(dataset, name, store.root / dataset / name)
                needed |= {(one.dataset, one.version) for one in parents(store, version)}
        except StoreError as error:
            left[dataset] = error.message
            whole = False
    return needed if whole else None


def _staging(store: Store, dataset: str) -> list[Garbage]:
    return [
        _garbage(dataset, "staging", path)
        for path in sorted((store.root / dataset / "_staging").glob("*"))
        if left_behind(path)
    ]


def _remains(store: Store, dataset: str) -> list[Garbage]:
    return [
        _garbage(dataset, "remains", path)
        for pattern in HIDDEN
        for path in sorted((store.root / dataset).glob(pattern))
    ]


def _units(store: Store, dataset: str) -> list[Garbage]:
    """Return shards that no latest version is made of; fresh ones a build may still want."""
    used: set[str] = set()
    for pointer in KINDS.values():
        try:
            used |= set(store.version(dataset, pointer).units.values())
        except UnknownNameError:
            continue  # there is no such pointer
    return [
        _garbage(dataset, "units", path)
        for path in sorted(store.units(dataset).glob("*"))
        if path.name not in used and _age_s(path) > STAGING_AGE_S
    ]


def _versions(
    store: Store, dataset: str, keep: int, parented: set[tuple[str, str]]
) -> list[Garbage]:
    pointed = {store.latest(dataset, kind) for kind in KINDS}
    old = []
    for name in store.versions(dataset):
        version = store.version(dataset, name)
        if version.manifest["verdict"] in PASSED and not store.latest(dataset, version.kind):
            message = f"{name} passed and no pointer names it: were links lost in a copy?"
            raise StoreError(message, hint=f"`build-dataset {dataset}` points to its version again")
        needed = name in pointed or (dataset, name) in parented
        if not needed and not store.records(version, RecordKind.RELEASE):
            old.append(version)
    return [_garbage(dataset, "version", v.path) for v in (old[:-keep] if keep else old)]


def _garbage(dataset: str, kind: str, path: Path) -> Garbage:
    # A file with a second name lies in another shard or version too: removing one gives nothing.
    found = [p.stat() for p in path.rglob("*") if p.is_file()]
    size = sum(file.st_size for file in found if file.st_nlink == 1)
    return Garbage(dataset, kind, str(path), size)


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime
