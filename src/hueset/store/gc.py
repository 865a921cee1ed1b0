"""Garbage: what a store can give back without losing a version anybody needs.

What is given back bears a name that only Hueset gives, and lies in the store itself: a folder of
the store may be a link to one that is somebody's, and somebody may have put files beside ours.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.documents.record_kinds import RecordKind
from hueset.errors import StoreError, UnknownNameError
from hueset.files.safe_paths import discard_path, list_entries
from hueset.store.damage import Unreadable, read_or_reason
from hueset.store.lineage import parent_versions
from hueset.store.store import STAGED, STAGING, STAGING_AGE_S, StoredVersion, left_behind
from hueset.store.version import KINDS, VERSION

if TYPE_CHECKING:
    from hueset.store.store import VersionStore

HIDDEN = re.compile(r"\.gone-.+-\d+|\.broken-\d+\.\d+\.\d+\+[\w.]+-\d+")
"""What a killed `gc` had hidden already, and versions that were found half deleted."""

CUT_POINTER = re.compile(r"\.latest(-[a-z]+)?-[0-9a-f]{16}")
CUT_RECORD = re.compile(r"\.[a-z_-]+-[\w.-]+-[0-9a-f]{16}")
CUT_RUN = re.compile(r"\.run\.json-[0-9a-f]{16}")
UNIT = re.compile(r"[0-9a-f]{64}")
CACHED_FEATURES = re.compile(r"[0-9a-f]{32}\.npz|\.[0-9a-f]{32}\.npz-[0-9a-f]{16}")
BEGUN_RUN = re.compile(r"[a-z][a-z0-9_]*-[0-9a-f]{8}-\d{8}T\d{6}Z(-\d+)?")
"""A run is a folder `<task>-<digest>-<time>`, see `hueset.training.runs.start_run`."""

FEATURES = "_features"
RUNS = "_runs"

FEATURES_AGE_S = 30 * 24 * 3600
"""Features of texts that no training asked for in so long are given back: they are a cache."""


@dataclass(frozen=True)
class Garbage:
    """One folder or file that can go.

    Attributes
    ----------
    dataset
        Whose it is; None for what all datasets share: features, runs, and the cache of sources.
    kind
        `staging` (left by a killed build), `units` (shards no latest version is made of),
        `remains` (of a version that is half deleted, of a file that was never finished) or
        `version` (older than the ones to keep, never latest, never released, and no other version
        was built from it); `features` (of texts, not used for long) and `run` (a folder of a run
        that never began). What lies in the cache of sources has the kinds of
        `hueset.sources.cache_cleanup`.
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
class FoundGarbage:
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


def find_garbage(store: VersionStore, *, keep: int | None = None) -> FoundGarbage:
    """Return what can go from a store.

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
        certain = read_or_reason(
            lambda name: [*_staging(store, name), *_remains(store, name)], dataset
        )
        wanted = read_or_reason(_removable_garbage, store, dataset, keep, parented)
        for some in (certain, wanted):
            if isinstance(some, Unreadable):
                left.setdefault(dataset, some.reason)
            else:
                garbage += some
    shared = read_or_reason(lambda: [*_features(store), *_runs(store)])
    if isinstance(shared, Unreadable):
        left[f"{FEATURES}, {RUNS}"] = shared.reason
    else:
        garbage += shared
    return FoundGarbage(tuple(garbage), left)


def collect_garbage(store: VersionStore, found: FoundGarbage) -> FoundGarbage:
    """Remove what was found in a store; returns what of it was removed.

    What another `gc` took, or a build took up again meanwhile, is left out.
    """
    gone = [item for item in found.garbage if _remove(store, item)]
    return FoundGarbage(tuple(gone), found.left)


def _remove(store: VersionStore, item: Garbage) -> bool:
    """Remove one thing; returns whether it was still there, and still garbage."""
    path = Path(item.path)
    # A version is hidden by one rename first, so that no reader meets half of it.
    hidden = path.with_name(f".gone-{path.name}-{time.time_ns()}")
    try:
        if item.kind == "units":
            # Under the lock a build says which shards it uses, by making them look new.
            with store.locked(str(item.dataset)):
                if _age_s(path) <= STAGING_AGE_S:
                    return False
                path.rename(hidden)
        else:
            path.rename(hidden)
    except FileNotFoundError:
        return False
    discard_path(hidden)
    return True


def garbage_document(found: FoundGarbage, *, removed: bool) -> dict[str, Any]:
    """Return the garbage as JSON."""
    return {
        "removed": removed,
        "bytes": sum(item.bytes for item in found.garbage),
        "garbage": [asdict(item) for item in found.garbage],
        "left": found.left,
    }


def _parents(store: VersionStore, left: dict[str, str]) -> set[tuple[str, str]] | None:
    """Return the versions that others were built from; None where one cannot be read."""
    needed: set[tuple[str, str]] = set()
    whole = True
    for dataset in store.folders():
        found = read_or_reason(_parents_of, store, dataset)
        if isinstance(found, Unreadable):
            left[dataset] = found.reason
            whole = False
        else:
            needed |= found
    return needed if whole else None


def _parents_of(store: VersionStore, dataset: str) -> set[tuple[str, str]]:
    versions = [
        StoredVersion(dataset, n, store.root / dataset / n) for n in store.versions(dataset)
    ]
    return {
        (one.dataset, one.version)
        for version in versions
        for one in parent_versions(store, version)
    }


def _entries(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """Return what lies in a folder of the store under a name of ours.

    Raises
    ------
    StoreError
        The folder is a link: what lies behind it may be somebody else's.
    """
    if folder.is_symlink():
        message = f"{folder.name} is a symbolic link: what lies behind it is left alone"
        raise StoreError(message, hint="put the folder itself there, or give back by hand")
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if name.fullmatch(path.name)]


def _staging(store: VersionStore, dataset: str) -> list[Garbage]:
    return [
        _garbage(dataset, "staging", path)
        for path in _entries(store.root / dataset / STAGING, STAGED)
        if left_behind(path)
    ]


def _remains(store: VersionStore, dataset: str) -> list[Garbage]:
    root = store.root / dataset
    cut = [*_entries(root, CUT_POINTER)]
    for records in _entries(root / "_records", VERSION):
        cut += _entries(records, CUT_RECORD)
    old = [path for path in cut if _age_s(path) > STAGING_AGE_S]
    return [_garbage(dataset, "remains", path) for path in [*_entries(root, HIDDEN), *old]]


def _removable_garbage(
    store: VersionStore, dataset: str, keep: int | None, parented: set[tuple[str, str]] | None
) -> list[Garbage]:
    """Return what can go where it is known what the versions of a dataset need."""
    wanted = _units(store, dataset)
    if keep is not None and parented is not None:
        wanted += _versions(store, dataset, keep, parented)
    return wanted


def _features(store: VersionStore) -> list[Garbage]:
    """Return features that nobody asked for in long, and files that were never finished."""
    return [
        _garbage(None, "features", path)
        for path in _entries(store.root / FEATURES, CACHED_FEATURES)
        if _age_s(path) > (STAGING_AGE_S if path.name.startswith(".") else FEATURES_AGE_S)
    ]


def _runs(store: VersionStore) -> list[Garbage]:
    """Return folders of runs that never began, and files that were never finished; no run."""
    root = store.root / RUNS
    runs = [path for path in _entries(root, BEGUN_RUN) if not path.is_symlink()]
    never = [path for path in runs if not os.path.lexists(path / "run.json")]
    cut = [one for path in runs for one in _entries(path, CUT_RUN)]
    return [
        _garbage(None, kind, path)
        for kind, paths in (("run", never), ("remains", cut))
        for path in paths
        if _age_s(path) > STAGING_AGE_S
    ]


def _units(store: VersionStore, dataset: str) -> list[Garbage]:
    """Return shards that no latest version is made of; fresh ones a build may still want."""
    used: set[str] = set()
    for pointer in KINDS.values():
        try:
            used |= set(store.version(dataset, pointer).units.values())
        except UnknownNameError:
            continue  # there is no such pointer
    return [
        _garbage(dataset, "units", path)
        for path in _entries(store.units(dataset), UNIT)
        if path.name not in used and _age_s(path) > STAGING_AGE_S
    ]


def _versions(
    store: VersionStore, dataset: str, keep: int, parented: set[tuple[str, str]]
) -> list[Garbage]:
    pointed = {store.latest(dataset, kind) for kind in KINDS}
    old = []
    for name in store.versions(dataset):
        version = store.version(dataset, name)
        if version.manifest.verdict.passes and not store.latest(dataset, version.kind):
            message = f"{name} passed and no pointer names it: were links lost in a copy?"
            raise StoreError(message, hint=f"`build-dataset {dataset}` points to its version again")
        needed = name in pointed or (dataset, name) in parented
        if not needed and not store.records(version, RecordKind.RELEASE):
            old.append(version)
    return [_garbage(dataset, "version", v.path) for v in (old[:-keep] if keep else old)]


def _garbage(dataset: str | None, kind: str, path: Path) -> Garbage:
    # A file with a second name lies in another shard or version too: removing one gives nothing.
    is_folder = path.is_dir() and not path.is_symlink()
    found = list_entries(path).values() if is_folder else [path.lstat()]
    size = sum(file.st_size for file in found if file.st_nlink == 1)
    return Garbage(dataset, kind, str(path), size)


def _age_s(path: Path) -> float:
    return time.time() - path.lstat().st_mtime
