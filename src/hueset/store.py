"""The store: immutable version folders, one atomic appearance, append-only records beside them.

Layout below the root: `<dataset>/<version>/` (never changes after it appears), the symlinks
`<dataset>/latest`, `latest-subset` and `latest-sample`, `_records/<version>/*.json` (what is
learned later), `_units/<digest>/` (finished shards, so that a build resumes), `_staging/` (work
in progress; nothing reads it).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.errors import StoreError, UnknownNameError
from hueset.shards import is_whole
from hueset.testpoints import reached
from hueset.version import KINDS, VERSION, Version, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STAGING_AGE_S = 24 * 3600
"""Staging folders older than this were left by a killed build, and are removed by the next one."""

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Faults of the disk that may show anywhere in a build: full, over quota, read-only."""

RESERVED = tuple(KINDS.values())

__all__ = ["STAGING_AGE_S", "UNWRITABLE", "Store", "Version", "left_behind", "write_json"]


@dataclass(frozen=True)
class Store:
    """A folder of datasets and their versions."""

    root: Path

    def datasets(self) -> list[str]:
        """Return the datasets that have at least one version."""
        return [name for name in self.folders() if self.versions(name) or self.points_to(name)]

    def folders(self) -> list[str]:
        """Return the datasets that have anything here, if only what a killed build left."""
        if not self._is_there():
            return []
        with _told(self.root):
            names = sorted(path.name for path in self.root.iterdir() if path.is_dir())
        return [name for name in names if not name.startswith(("_", "."))]

    def versions(self, dataset: str) -> list[str]:
        """Return the versions of a dataset, oldest first by semver, then by time of appearance."""
        folder = self.root / dataset
        if not self._is_there() or not folder.is_dir():
            return []
        with _told(folder):
            found = [p for p in folder.iterdir() if VERSION.fullmatch(p.name)]
            found = [p for p in found if (p / "manifest.json").is_file()]
            return [path.name for path in sorted(found, key=_age)]

    def latest(self, dataset: str, kind: str = "whole") -> str | None:
        """Return the version that the pointer of a kind names; None where there is none."""
        pointer = self._pointer(dataset, KINDS[kind])
        return pointer.readlink().name if pointer.is_symlink() else None

    def opens(self, dataset: str) -> str | None:
        """Return the version that `version` opens where none is named; None where none passed."""
        return next(filter(None, (self.latest(dataset, kind) for kind in KINDS)), None)

    def points_to(self, dataset: str) -> bool:
        """Whether there is a pointer, whatever it names."""
        return any(self._pointer(dataset, name).is_symlink() for name in RESERVED)

    def version(self, dataset: str, name: str | None = None) -> Version:
        """Open a version; by default the latest of the first of `KINDS` that there is.

        Parameters
        ----------
        dataset
            Whose version.
        name
            A version; the beginning of one; a semver, of which the latest is meant, else the
            newest that is whole; or the name of a pointer.

        Raises
        ------
        UnknownNameError
            There is no such version; the hint says how to build one.
        StoreError
            It is half deleted, or the pointer names one that is not there.
        """
        known = self.versions(dataset)
        chosen = self._chosen(dataset, name, known)
        if chosen in known:
            return Version(dataset, str(chosen), self.root / dataset / str(chosen))
        self._refuse_broken(dataset, name, chosen, known)
        what = f"version {name!r} of {dataset}" if name else f"version of {dataset} that passed"
        hint = f"known: {', '.join(known)}" if known else f"build one: `build-dataset {dataset}`"
        if known and not name:
            hint += f"; none of them passed its gate: name one, as in `--version {known[-1]}`"
        message = f"{self.root} holds no {what}"
        raise UnknownNameError(message, hint=hint, value=name, known=known)

    def _chosen(self, dataset: str, name: str | None, known: list[str]) -> str | None:
        if name is None:
            return self.opens(dataset)
        for kind, pointer in KINDS.items():
            if name == pointer:
                return self.latest(dataset, kind)
        wanted = name.removeprefix("v")
        if "+" in wanted:
            begun = [found for found in known if found.startswith(wanted)]
            return begun[0] if len(begun) == 1 else wanted
        matches = [found for found in known if found.split("+")[0] == wanted]
        latest = self.latest(dataset)
        if latest in matches:
            return latest
        whole = [found for found in matches if kind_of(found) == "whole"]
        return next(reversed(whole or matches), wanted)

    def _refuse_broken(
        self, dataset: str, name: str | None, chosen: str | None, known: list[str]
    ) -> None:
        """Raise where what was asked for is here in part: that is no unknown name."""
        others = f"; known: {', '.join(known)}" if known else ""
        again = f"build it again: `build-dataset {dataset}`{others}"
        if chosen and VERSION.fullmatch(chosen) and (self.root / dataset / chosen).is_dir():
            message = f"{dataset} {chosen} is half deleted: it has no manifest.json"
            raise StoreError(message, hint=again, value=chosen)
        if name is None or name in RESERVED:
            for pointer in RESERVED if name is None else (name,):
                place = self._pointer(dataset, pointer)
                if place.is_symlink() and chosen:
                    message = f"{place} names {chosen}, which is not in the store"
                    raise StoreError(message, hint=again, value=chosen)
                if place.exists():
                    raise _no_pointer(place)

    def has_unit(self, dataset: str, digest: str) -> bool:
        """Whether the shard of a unit is finished, and whole."""
        return is_whole(self.units(dataset) / digest)

    def units(self, dataset: str) -> Path:
        """Return the folder of finished shards."""
        return self.root / dataset / "_units"

    @contextmanager
    def staging(self, dataset: str) -> Iterator[Path]:
        """Make a private folder for work in progress; removed at the end, whatever happens."""
        base = self.root / dataset / "_staging"
        path = base / f"{os.getpid()}-{time.time_ns()}"
        with _told(path):
            path.mkdir(parents=True)
        self._clean(base)
        try:
            yield path
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            raise _unwritable(error, path) from error
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, staged: Path, dataset: str, version: str, *, to_latest: bool) -> Version:
        """Let a finished folder appear as a version by one rename, then move the pointer.

        A version that another builder published meanwhile is kept; the same fingerprint means the
        same content.
        """
        final = self.root / dataset / version
        with _told(final):
            _sync_tree(staged)
            with self._locked(dataset):
                reached("before-rename")
                if final.exists() and not (final / "manifest.json").is_file():
                    # Half deleted by somebody: set aside, and given back by `hueset gc`.
                    final.rename(final.with_name(f".broken-{version}-{time.time_ns()}"))
                if not final.exists():
                    staged.rename(final)
                    _sync(final.parent)
                reached("after-rename")
                if to_latest:
                    self._point(dataset, version)
                reached("after-latest")
        return Version(dataset, version, final)

    def point(self, version: Version) -> None:
        """Let the pointer name a version that is there, if it does not already."""
        if self.latest(version.dataset, version.kind) != version.name:
            with _told(version.path), self._locked(version.dataset):
                self._point(version.dataset, version.name)

    def record(self, version: Version, kind: str, body: Mapping[str, Any]) -> Path:
        """Append what was learned of a version: `_records/<version>/<kind>-<time>.json`.

        The record names the SHA-256 of the manifest it speaks of; the version stays as it is.
        """
        from hueset.parquet import file_sha256

        folder = self.root / version.dataset / "_records" / version.name
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        digest, _ = file_sha256(version.path / "manifest.json")
        document = {"kind": kind, "at": stamp, "manifest_sha256": digest, **body}
        path = folder / f"{kind}-{stamp}-{time.time_ns() % 10**9:09d}.json"
        with _told(path):
            folder.mkdir(parents=True, exist_ok=True)
            write_json(path, document)
        return path

    def records(self, version: Version, kind: str = "*") -> list[dict[str, Any]]:
        """Return the records of a version, oldest first."""
        folder = self.root / version.dataset / "_records" / version.name
        return [_record(path) for path in sorted(folder.glob(f"{kind}-*.json"))]

    def _is_there(self) -> bool:
        if self.root.exists() and not self.root.is_dir():
            raise _unwritable(NotADirectoryError(errno.ENOTDIR, "Not a directory"), self.root)
        return self.root.exists()

    def _pointer(self, dataset: str, name: str) -> Path:
        return self.root / dataset / name

    def _point(self, dataset: str, version: str) -> None:
        pointer = self._pointer(dataset, KINDS[kind_of(version)])
        if pointer.exists() and not pointer.is_symlink():
            raise _no_pointer(pointer)
        fresh = pointer.with_name(f".{pointer.name}-{os.getpid()}-{time.time_ns()}")
        fresh.symlink_to(version)
        fresh.replace(pointer)
        _sync(pointer.parent)

    @contextmanager
    def _locked(self, dataset: str) -> Iterator[None]:
        """Hold the dataset's lock; the system frees it even after kill -9."""
        path = self.root / dataset / ".lock"
        with path.open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _clean(self, base: Path) -> None:
        for old in base.iterdir():
            if left_behind(old):
                shutil.rmtree(old, ignore_errors=True)


def left_behind(staging: Path) -> bool:
    """Whether work in progress is old, and the process that began it is gone."""
    pid = staging.name.partition("-")[0]
    running = pid.isdecimal() and Path(f"/proc/{pid}").exists()
    return not running and time.time() - staging.stat().st_mtime > STAGING_AGE_S


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write strict JSON (no NaN, no Infinity), keys in the given order, by one rename."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn an error of the file system into one that says what to do."""
    try:
        yield
    except OSError as error:
        raise _unwritable(error, path) from error


def _record(path: Path) -> dict[str, Any]:
    from hueset.documents.base import read_document
    from hueset.documents.records import KINDS, Record

    kind, what = path.name.partition("-")[0], f"the record {path}"
    hint = "restore it, or delete it: nothing else needs it"
    return read_document(
        path, KINDS.get(kind, Record), below=path.parent, what=what, hint=hint
    ).plain


def _no_pointer(place: Path) -> StoreError:
    message = f"{place} is no symbolic link: was the store copied without its links?"
    return StoreError(message, hint="delete it; the next build points to its version again")


def _unwritable(error: OSError, path: Path) -> StoreError:
    message = f"{error.filename or path}: {error.strerror or error}"
    room = error.errno in {errno.ENOSPC, errno.EDQUOT}
    first = "free some space" if room else "look at its permissions"
    hint = f"the store is as it was; {first}, or give another one with --out DIR"
    return StoreError(message, hint=hint)


def _age(path: Path) -> tuple[tuple[int, ...], int]:
    semver = path.name.split("+")[0]
    return tuple(int(part) for part in semver.split(".")), path.stat().st_mtime_ns


def _sync_tree(root: Path) -> None:
    for folder, _, files in os.walk(root):
        for name in files:
            _sync(root.__class__(folder) / name)
        _sync(root.__class__(folder))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
