"""The store: immutable version folders, one atomic appearance, append-only records beside them.

Layout below the root: `<dataset>/<version>/` (never changes after it appears), the symlinks
`<dataset>/latest`, `latest-subset` and `latest-sample`, `_records/<version>/*.json` (what is
learned later), `_metadata/<version>/<number>/` (metadata revisions, see
`hueset.store.metadata_revisions`),
`_units/<digest>/` (finished shards, so that a build resumes), `_staging/` (work in progress;
nothing reads it).

Versions are ordered by semver, then by their time of appearance: that of their first record, which
its file name says. A folder's times are of no account, since copying and unpacking renew them. A
version without any record has only just appeared as far as anybody knows (a build was killed right
after it, or it was copied in by hand): it counts as the newest until a build adds its
record; among several such the name decides.
"""

from __future__ import annotations

import errno
import fcntl
import fnmatch
import json
import os
import re
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.documents.record_list import Records
from hueset.errors import (
    UNWRITABLE,
    HuesetError,
    StoreError,
    UnknownNameError,
    UsageError,
    next_step_for,
    sentence_of,
)
from hueset.failpoints import pass_failpoint
from hueset.files.atomic import path_beside, sync_path, sync_tree, write_file
from hueset.files.safe_paths import hash_beneath
from hueset.store.version import KINDS, VERSION, StoredVersion, kind_of, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hueset.documents.records import Record

STAGING_AGE_S = 24 * 3600
"""Staging folders older than this were left by a killed build, and are removed by the next one."""


STAGING = "_staging"

STAGED = re.compile(r"\d+-\d+|pull-\d+\.\d+\.\d+\+[A-Za-z0-9.]+")
"""A folder of work in progress: a process and a time, or a release that is being pulled. Nothing
of another name is ever removed from there."""

LOCK = "lock"
"""A file in a staging folder that its process holds while it lives, on whatever machine it runs."""

NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system says that cannot hold symbolic links."""

RESERVED = tuple(KINDS.values())

RECORD = re.compile(r"([a-z_-]+)-(\d{8}T\d{6}Z-\d{9})\.json")
"""The name of a record: its kind, and when it was written to the nanosecond."""

__all__ = [
    "STAGING_AGE_S",
    "UNWRITABLE",
    "StoredVersion",
    "VersionStore",
    "json_bytes",
    "left_behind",
    "write_json",
]


@dataclass(frozen=True)
class VersionStore:
    """A folder of datasets and their versions.

    Raises
    ------
    UsageError
        Its path is not UTF-8: the libraries that write and read parquet know no other paths.
    """

    root: Path

    def __post_init__(self) -> None:
        """Refuse a path that only some of the libraries could open."""
        try:
            str(self.root).encode()
        except UnicodeEncodeError as error:
            message = f"the store's path {os.fsencode(self.root)!r} is not UTF-8"
            hint = "rename the folder, or give another place with --out DIR"
            raise UsageError(message, hint=hint, value=repr(self.root)) from error

    def require_there(self, dataset: str = "NAME") -> None:
        """Raise where there is no store at this place, which is not the same as an empty one.

        Raises
        ------
        UnknownNameError
            Its folder is not there; the hint says how to build one, of `dataset`.
        StoreError
            There is something else at its place.
        """
        if not self._is_there():
            message = f"there is no store at {self.root}"
            hint = f"name the place of one with --out DIR, or build one: `build-dataset {dataset}`"
            raise UnknownNameError(message, hint=hint, value=str(self.root))

    def datasets(self) -> list[str]:
        """Return the datasets that have at least one version."""
        return [name for name in self.folders() if self.versions(name) or self.points_to(name)]

    def folders(self) -> list[str]:
        """Return the datasets that have anything here, if only what a killed build left."""
        if not self._is_there():
            return []
        with _explain_errors(self.root, ""):
            names = sorted(path.name for path in self.root.iterdir() if path.is_dir())
        return [name for name in names if not name.startswith(("_", "."))]

    def versions(self, dataset: str) -> list[str]:
        """Return the versions of a dataset, oldest first: by semver, then by time of appearance."""
        folder = self.root / dataset
        if not self._is_there() or not folder.is_dir():
            return []
        with _explain_errors(folder, ""):
            found = [p for p in folder.iterdir() if VERSION.fullmatch(p.name)]
            found = [p for p in found if (p / "manifest.json").is_file()]
            return sorted((p.name for p in found), key=lambda name: self._age(dataset, name))

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

    def version(self, dataset: str, name: str | None = None) -> StoredVersion:
        """Open a version; by default the latest of the first of `KINDS` that there is.

        Parameters
        ----------
        dataset
            Whose version.
        name
            A version; the beginning of one; a semver, of which the latest is meant, else the
            newest that passed, else the newest, of the whole ones if there are any; or the name of
            a pointer.

        Raises
        ------
        UnknownNameError
            There is no such version, or no store; the hint says how to build one.
        StoreError
            It is half deleted, or the pointer names one that is not there.
        """
        self.require_there(dataset)
        known = self.versions(dataset)
        chosen = self._chosen(dataset, name, known)
        if chosen in known:
            return opened(StoredVersion(dataset, str(chosen), self.root / dataset / str(chosen)))
        self._refuse_broken(dataset, name, chosen, known)
        what = (
            f"version {name!r} of {dataset}"
            if name is not None
            else f"version of {dataset} that passed"
        )
        hint = f"known: {', '.join(known)}" if known else f"build one: `build-dataset {dataset}`"
        if known and name is None:
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
        whole = [found for found in matches if kind_of(found) == "whole"]
        newest_first = (whole or matches)[::-1]
        pointed = {self.latest(dataset, kind_of(found)) for found in newest_first}
        latest = next((found for found in newest_first if found in pointed), None)
        if latest is not None:
            return latest
        passed = (found for found in newest_first if self._passed(dataset, found))
        return next(passed, newest_first[0] if newest_first else wanted)

    def _passed(self, dataset: str, name: str) -> bool:
        """Whether a version passed its gate; of one that cannot be read that is not known."""
        try:
            verdict = StoredVersion(dataset, name, self.root / dataset / name).original.verdict
        except StoreError:
            return False
        return verdict.passes

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

    def units(self, dataset: str) -> Path:
        """Return the folder of finished shards."""
        return self.root / dataset / "_units"

    @contextmanager
    def staging(self, dataset: str) -> Iterator[Path]:
        """Make a private folder for work in progress; removed at the end, whatever happens."""
        base = self.root / dataset / STAGING
        path = base / f"{os.getpid()}-{time.time_ns()}"
        with _explain_errors(path, UNCHANGED):
            path.mkdir(parents=True)
            _require_links(path)
            lock = (path / LOCK).open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            self._clean(base)
            try:
                yield path
            except HuesetError:
                raise
            except OSError as error:
                if error.errno not in UNWRITABLE:
                    raise
                raise _unwritable(error, path, KEPT_UNITS) from error
            finally:
                shutil.rmtree(path, ignore_errors=True)

    def publish(
        self, staged: Path, dataset: str, version: str, *, to_latest: bool
    ) -> StoredVersion:
        """Let a finished folder appear as a version by one rename, then move the pointer.

        A version that another builder published meanwhile is kept; the same fingerprint means the
        same content.
        """
        final = self.root / dataset / version
        with _explain_errors(final, KEPT_UNITS):
            sync_tree(staged)
        with self.locked(dataset):
            with _explain_errors(final, KEPT_UNITS):
                pass_failpoint("before-rename")
                if final.exists() and not (final / "manifest.json").is_file():
                    # Half deleted by somebody: set aside, and given back by `hueset gc`.
                    final.rename(final.with_name(f".broken-{version}-{time.time_ns()}"))
                if not final.exists():
                    staged.rename(final)
            with _explain_errors(
                final, f"{version} is in the store, and the same command ends what is left"
            ):
                sync_path(final.parent)
                pass_failpoint("after-rename")
                if to_latest:
                    self._point(dataset, version)
                pass_failpoint("after-latest")
        return StoredVersion(dataset, version, final)

    def point(self, version: StoredVersion) -> str | None:
        """Let the pointer name a version that is there; return the other one that it named."""
        before = self.latest(version.dataset, version.kind)
        if before == version.name:
            return None
        with self.locked(version.dataset), _explain_errors(version.path, "no version changed"):
            self._point(version.dataset, version.name)
        return before

    def record(self, version: StoredVersion, kind: str, body: Mapping[str, Any]) -> Path:
        """Append what was learned of a version: `_records/<version>/<kind>-<time>.json`.

        The record names the SHA-256 of the manifest it speaks of; the version stays as it is.
        """
        folder = self._records(version.dataset, version.name)
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))
        path = folder / f"{kind}-{stamp}-{nanoseconds:09d}.json"
        with _explain_errors(path, f"{version.name} itself is as it was"):
            digest, _ = hash_beneath(version.path, "manifest.json")
            document = {"kind": str(kind), "at": stamp, "manifest_sha256": digest, **body}
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                sync_path(folder.parent)
                sync_path(folder.parent.parent)
            write_json(path, document)
        return path

    def records(self, version: StoredVersion, kind: str = "*") -> list[Record]:
        """Return the records of a version, oldest first.

        Raises
        ------
        StoreError
            One of them cannot be read: it may be the one that matters.
        """
        found = self._read_records(version, kind)
        for path, record in found:
            if isinstance(record, HuesetError):
                raise record
            if isinstance(record, OSError):
                raise _no_record(path, record) from record
        return [record for _, record in found if not isinstance(record, HuesetError | OSError)]

    def read_records(self, version: StoredVersion, kind: str = "*") -> Records:
        """Return the records of a version that can be read, and what is wrong with the others."""
        readable, unreadable = [], []
        for path, record in self._read_records(version, kind):
            if not isinstance(record, HuesetError | OSError):
                readable.append(record)
            else:
                said = sentence_of(record, self.root)
                named = path.name in said
                unreadable.append(said if named else f"the record {path.name}: {said}")
        return Records(tuple(readable), tuple(unreadable))

    def _read_records(
        self, version: StoredVersion, kind: str
    ) -> list[tuple[Path, Record | HuesetError | OSError]]:
        """Return each record of a kind, or what reading it raised, oldest first."""
        folder = self._records(version.dataset, version.name)
        try:
            names = sorted(entry.name for entry in os.scandir(folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            return [(folder, error)]
        found: list[tuple[Path, Record | HuesetError | OSError]] = []
        for name in fnmatch.filter(names, f"{kind}-*.json"):
            try:
                found.append((folder / name, _record(folder, name)))
            except (HuesetError, OSError) as error:
                found.append((folder / name, error))
        return found

    def kinds_recorded(self, dataset: str, version: str) -> set[str]:
        """Return which kinds of records a version has; no record is opened for it."""
        return {kind for kind, _ in self._recorded(dataset, version)}

    def appeared_at(self, dataset: str, version: str) -> str | None:
        """Return when a version appeared, `20260131T235959Z`; None where no record says it."""
        times = [at for _, at in self._recorded(dataset, version)]
        return min(times).partition("-")[0] if times else None

    def place(self, staged: Path, final: Path) -> bool:
        """Let a finished folder appear beside the versions, by one rename.

        Returns whether it did: somebody else's of that name, which came first, is kept.
        """
        with _explain_errors(final, UNCHANGED):
            sync_tree(staged)
        with self.locked(final.relative_to(self.root).parts[0]), _explain_errors(final, UNCHANGED):
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.exists():
                return False
            staged.rename(final)
            sync_path(final.parent)
            sync_path(final.parent.parent)
        return True

    def _records(self, dataset: str, version: str) -> Path:
        return self.root / dataset / "_records" / version

    def _recorded(self, dataset: str, version: str) -> list[tuple[str, str]]:
        """Return kind and time of each record, as the names of the files say them."""
        try:
            names = [path.name for path in self._records(dataset, version).iterdir()]
        except OSError:  # there are none, or nobody may look: nothing is known of their times
            return []
        return [(found[1], found[2]) for found in map(RECORD.fullmatch, names) if found]

    def _age(self, dataset: str, version: str) -> tuple[tuple[int, ...], bool, str, str]:
        """Return what versions are ordered by."""
        numbers = tuple(int(part) for part in version.partition("+")[0].split("."))
        times = [at for _, at in self._recorded(dataset, version)]
        return numbers, not times, min(times, default=""), version

    def _is_there(self) -> bool:
        if self.root.exists() and not self.root.is_dir():
            raise _unwritable(NotADirectoryError(errno.ENOTDIR, "Not a directory"), self.root, "")
        return self.root.exists()

    def _pointer(self, dataset: str, name: str) -> Path:
        return self.root / dataset / name

    def _point(self, dataset: str, version: str) -> None:
        pointer = self._pointer(dataset, KINDS[kind_of(version)])
        if pointer.exists() and not pointer.is_symlink():
            raise _no_pointer(pointer)
        fresh = path_beside(pointer)
        fresh.symlink_to(version)
        try:
            fresh.replace(pointer)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        sync_path(pointer.parent)

    @contextmanager
    def locked(self, dataset: str) -> Iterator[None]:
        """Hold the dataset's lock; the system frees it even after kill -9.

        Under it versions appear and pointers move, and it is decided which shards are in use.
        """
        path = self.root / dataset / ".lock"
        with _explain_errors(path, ""):
            stream = path.open("w")
        with stream:
            with _explain_errors(path, ""):
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _clean(self, base: Path) -> None:
        if base.is_symlink():
            return  # what lies behind it may be somebody else's
        try:
            for old in base.iterdir():
                if STAGED.fullmatch(old.name) and left_behind(old):
                    shutil.rmtree(old, ignore_errors=True)
        except FileNotFoundError:
            return  # another build or a `gc` is cleaning too


def left_behind(staging: Path) -> bool:
    """Whether work in progress is old, and the process that began it is gone."""
    if time.time() - staging.lstat().st_mtime <= STAGING_AGE_S:
        return False
    try:
        with (staging / LOCK).open("r") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        # Begun by a Hueset that held no lock, or killed before it did: by its number alone.
        pid = staging.name.partition("-")[0]
        return not (pid.isdecimal() and Path(f"/proc/{pid}").exists())
    except BlockingIOError:
        return False
    except OSError:
        return not staging.is_dir() or staging.is_symlink()
    return True


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write strict JSON (no NaN, no Infinity), keys in the given order, whole and by one rename."""
    write_file(path, json_bytes(document))


UNCHANGED = "no version changed"
KEPT_UNITS = "no version changed, and finished units are kept"


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Return strict JSON as it is written to a file."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode()


@contextmanager
def _explain_errors(path: Path, state: str) -> Iterator[None]:
    """Turn an error of the file system into one that says what to do.

    `state` is what is known of the store where it happened; empty where nothing is.
    """
    try:
        yield
    except HuesetError:
        raise
    except OSError as error:
        raise _unwritable(error, path, state) from error


def _record(folder: Path, name: str) -> Record:
    from hueset.documents.base import read_document
    from hueset.documents.records import KINDS, Record

    kind, what = name.partition("-")[0], f"the record {folder / name}"
    hint = "restore it; what it said is not known without it"
    return read_document(
        folder / name, KINDS.get(kind, Record), below=folder, what=what, hint=hint
    ).typed


def _no_record(path: Path, error: OSError) -> StoreError:
    message = f"the record {path} cannot be read: {sentence_of(error)}"
    return StoreError(message, hint="restore it; what it said is not known without it")


def _require_links(folder: Path) -> None:
    """Raise before a long build where the pointer at its end could not be made."""
    probe = path_beside(folder / "link")
    try:
        probe.symlink_to("nowhere")
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        message = f"{folder}: its file system holds no symbolic links, which a store is made with"
        hint = "give a store on another file system with --out DIR (FAT and some shares have none)"
        raise StoreError(message, hint=hint) from error
    probe.unlink()


def _no_pointer(place: Path) -> StoreError:
    message = f"{place} is no symbolic link: was the store copied without its links?"
    return StoreError(message, hint="delete it; the next build points to its version again")


def _unwritable(error: OSError, path: Path, state: str) -> StoreError:
    message = f"{error.filename or path}: {sentence_of(error)}"
    hint = f"{next_step_for(error)}, or give another store with --out DIR"
    return StoreError(message, hint=f"{state}; {hint}" if state else hint)
