"""Garbage: what a store can give back without losing a version anybody needs."""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.store import STAGING_AGE_S, Version

if TYPE_CHECKING:
    from hueset.store import Store


@dataclass(frozen=True)
class Garbage:
    """One folder that can go.

    Attributes
    ----------
    dataset
        Whose it is.
    kind
        `staging` (left by a killed build), `units` (shards no latest version is made of) or
        `version` (older than the ones to keep, never latest, never released).
    path
        The folder.
    bytes
        Its size.
    """

    dataset: str
    kind: str
    path: str
    bytes: int


def find_garbage(store: Store, *, keep: int | None = None) -> list[Garbage]:
    """Return what can go.

    Parameters
    ----------
    store
        The store.
    keep
        Keep so many versions of each dataset beside the latest and the released ones; None keeps
        all versions.
    """
    return [
        found
        for dataset in store.datasets()
        for found in [
            *_staging(store, dataset),
            *_units(store, dataset),
            *(_versions(store, dataset, keep) if keep is not None else []),
        ]
    ]


def sweep(garbage: list[Garbage]) -> dict[str, Any]:
    """Remove what was found; returns it as JSON with the bytes given back."""
    for item in garbage:
        # A version is hidden by one rename first, so that no reader meets half of it.
        path = Path(item.path)
        hidden = path.with_name(f".gone-{path.name}-{time.time_ns()}")
        path.rename(hidden)
        shutil.rmtree(hidden)
    return told(garbage, removed=True)


def told(garbage: list[Garbage], *, removed: bool) -> dict[str, Any]:
    """Return the garbage as JSON."""
    return {
        "removed": removed,
        "bytes": sum(item.bytes for item in garbage),
        "garbage": [asdict(item) for item in garbage],
    }


def _staging(store: Store, dataset: str) -> list[Garbage]:
    return [
        _garbage(dataset, "staging", path)
        for path in sorted((store.root / dataset / "_staging").glob("*"))
        if _age_s(path) > STAGING_AGE_S
    ]


def _units(store: Store, dataset: str) -> list[Garbage]:
    """Return shards that no latest version is made of; fresh ones a build may still want."""
    used: set[str] = set()
    for sample in (False, True):
        if name := store.latest(dataset, sample=sample):
            used |= set(Version(dataset, name, store.root / dataset / name).units.values())
    return [
        _garbage(dataset, "units", path)
        for path in sorted(store.units(dataset).glob("*"))
        if path.name not in used and _age_s(path) > STAGING_AGE_S
    ]


def _versions(store: Store, dataset: str, keep: int) -> list[Garbage]:
    pointed = {store.latest(dataset), store.latest(dataset, sample=True)}
    old = []
    for name in store.versions(dataset):
        version = store.version(dataset, name)
        if name not in pointed and not store.records(version, "release"):
            old.append(version)
    return [_garbage(dataset, "version", v.path) for v in (old[:-keep] if keep else old)]


def _garbage(dataset: str, kind: str, path: Path) -> Garbage:
    size = sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    return Garbage(dataset, kind, str(path), size)


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime
