"""The store as the service sees it: each dataset's versions, and which of them can be read.

New versions appear by themselves: the times of the folders that matter are looked at again at most
every quarter of a second. What is broken is broken for one dataset only.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.errors import HuesetError, UnknownNameError, name_as_text, sentence_of
from hueset.files.safe_paths import list_entries
from hueset.store.version import KINDS, StoredVersion
from hueset_api.problems import BrokenVersionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hueset.store.store import VersionStore

LOOK_AGAIN_S = 0.25

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""What a dataset may be called; a folder with versions and another name is shown as broken."""

Stamp = tuple[Any, ...]


@dataclass(frozen=True)
class IndexedVersion:
    """One version that was opened.

    Attributes
    ----------
    version
        With manifest, coverage and gate report read.
    latest
        Whether the pointer names it.
    faults
        Files that are missing or of another size than the manifest says, seen at a glance.
    stamp
        Changes when the version, its records or its files may have changed.
    """

    version: StoredVersion
    latest: bool
    faults: tuple[str, ...]
    stamp: Stamp

    @property
    def digest(self) -> str:
        """The part of the version's name that stands for its content."""
        return self.version.name.partition("+")[2]


class VersionIndex:
    """Opens versions, and remembers them until their folders change.

    Parameters
    ----------
    store
        The store; it is only read.
    receipt
        Returns a number that grows with each finished check of a dataset's files.
    declared
        Returns the datasets of the project that is served, built or not.
    """

    def __init__(
        self,
        store: VersionStore,
        receipt: Callable[[str], int],
        declared: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self.store = store
        self._declared = declared
        self._receipt = receipt
        self._lock = threading.Lock()
        self._stamps: dict[str, tuple[float, Stamp]] = {}
        self._glances: dict[Path, tuple[float, object]] = {}
        self._found: dict[tuple[str, str | None], IndexedVersion] = {}

    def datasets(self) -> list[str]:
        """Return every dataset with something that is or was a version, broken ones too."""
        root = self.store.root
        if not root.is_dir():
            return []
        names = self.store.folders()
        return [name for name in names if _has_versions(root / name)]

    def versions(self, name: str) -> list[str]:
        """Return a dataset's readable versions, oldest first."""
        self._known(name)
        try:
            return self.store.versions(name)
        except (OSError, ValueError) as error:
            raise _broken_version_error(name, f"its folder cannot be listed: {error}") from error

    def stamp(self, name: str) -> Stamp:
        """Return what changes when anything of a dataset may have changed."""
        now = time.monotonic()
        known = self._stamps.get(name)
        if known is not None and now - known[0] < LOOK_AGAIN_S:
            return known[1]
        stamp = (*self._look(name), self._receipt(name))
        if known is not None and known[1] == stamp:
            stamp = known[1]
        self._stamps[name] = (now, stamp)
        return stamp

    def stamp_of_all(self) -> Stamp:
        """Return what changes when anything of any dataset may have changed."""
        now = time.monotonic()
        known = self._stamps.get("")
        if known is not None and now - known[0] < LOOK_AGAIN_S:
            return known[1]
        try:
            stamp: Stamp = tuple((name, self.stamp(name)) for name in self.datasets())
        except OSError as error:
            stamp = (sentence_of(error),)
        if known is not None and known[1] == stamp:
            stamp = known[1]
        self._stamps[""] = (now, stamp)
        return stamp

    def open(self, name: str, version: str | None = None) -> IndexedVersion:
        """Open a version: the one named, else the latest, else the newest that there is.

        Raises
        ------
        UnknownNameError
            No such dataset or version.
        BrokenVersionError
            It is there, and cannot be read.
        """
        stamp = self.stamp(name)
        known = self._found.get((name, version))
        if known is not None and known.stamp == stamp:
            return known
        self._known(name)
        try:
            found = self._open(name, version, stamp)
        except (UnknownNameError, BrokenVersionError):
            raise
        except (HuesetError, OSError, ValueError, LookupError, TypeError) as error:
            raise _broken_version_error(name, sentence_of(error, self.store.root)) from error
        with self._lock:
            if len(self._found) > 256:
                self._found.clear()
            self._found[name, version] = found
        return found

    def glance(self, version: StoredVersion) -> object:
        """Return what changes when a file of a version was touched; no file of it is read.

        Every file is looked at, at most every quarter of a second.
        """
        now = time.monotonic()
        known = self._glances.get(version.path)
        if known is not None and now - known[0] < LOOK_AGAIN_S:
            return known[1]
        glance = _glance(version.path)
        if known is not None and known[1] == glance:
            glance = known[1]
        self._glances[version.path] = (now, glance)
        return glance

    def _open(self, name: str, wanted: str | None, stamp: Stamp) -> IndexedVersion:
        known = self.versions(name)
        try:
            version = self.store.version(name, wanted)
        except UnknownNameError:
            if wanted is not None:
                raise
            if not known:
                raise _broken_version_error(name, "its folder holds no readable version") from None
            version = self.store.version(name, known[-1])  # none of them passed
        kept = self._found.get((name, version.name))
        if kept is not None and kept.version.path == version.path and kept.stamp == stamp:
            return kept
        _ = (version.manifest, version.coverage, version.gate)  # it is read now, or broken
        pointer = self.store.latest(name, version.kind)
        self.glance(version)  # from now on a change of its files is seen in the dataset's stamp
        return IndexedVersion(version, pointer == version.name, tuple(version.damage()), stamp)

    def _known(self, name: str) -> None:
        if NAME.fullmatch(name) is None and name in self.datasets():
            raise _broken_version_error(
                name_as_text(name), "its folder's name is no name of a dataset"
            )
        if not (self.store.root / name).is_dir() or name.startswith(("_", ".")):
            raise self._unknown(name)

    def _unknown(self, name: str) -> UnknownNameError:
        """Return why there is nothing of a dataset: nobody knows it, or nobody built it yet."""
        if name not in self._declared():
            return UnknownNameError.unknown("dataset", name, self.datasets())
        message = f"the dataset {name!r} is declared and not built: the store holds no version"
        hint = f"build it into this store: `build-dataset {name} --out STORE`"
        return UnknownNameError(message, hint=hint, value=name)

    def _look(self, name: str) -> Stamp:
        """Return the times of the folders that tell of a change."""
        base = self.store.root / name
        times: list[Any] = [_mtime(base)]
        try:
            for pointer in KINDS.values():
                link = base / pointer
                times.append(link.readlink().name if link.is_symlink() else None)
            for folder in _version_folders(base):
                times += _tree_times(folder)
                times.append(_mtime(base / "_records" / folder.name))
                times.append(_mtime(base / "_metadata" / folder.name))
                if folder in self._glances:  # it was opened: every file of it counts
                    times.append(self.glance(StoredVersion(name, folder.name, folder)))
        except OSError as error:
            times.append(sentence_of(error))
        return tuple(times)


def _tree_times(folder: Path) -> list[int | None]:
    data = folder / "data"
    tables = sorted(data.iterdir()) if data.is_dir() else []
    places = [folder, folder / "manifest.json", folder / "gate", folder / "quarantine", *tables]
    return [_mtime(path) for path in places]


def _glance(folder: Path) -> object:
    try:
        there = list_entries(folder)
    except OSError as error:
        return sentence_of(error)
    return hash(
        tuple(
            (path, entry.st_mode, entry.st_size, entry.st_mtime_ns, entry.st_ino)
            for path, entry in sorted(there.items())
        )
    )


def _version_folders(base: Path) -> list[Path]:
    if not base.is_dir():
        return []
    found = sorted(path for path in base.iterdir() if "+" in path.name)
    return [path for path in found if not path.name.startswith(".")]


def _has_versions(base: Path) -> bool:
    pointers = KINDS.values()
    if any((base / pointer).is_symlink() for pointer in pointers):
        return True
    try:
        return bool(_version_folders(base))
    except OSError:
        return True  # what cannot be listed is shown as broken


def _mtime(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _broken_version_error(name: str, why: str) -> BrokenVersionError:
    message = f"{name} cannot be read: {why}"
    hint = f"build it again with `build-dataset {name}`, or look at it with `hueset verify {name}`"
    return BrokenVersionError(message, hint=hint)
