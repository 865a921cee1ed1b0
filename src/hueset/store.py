"""The store: immutable version folders, one atomic appearance, append-only records beside them.

Layout below the root: `<dataset>/<version>/` (never changes after it appears), the symlinks
`<dataset>/latest` and `<dataset>/latest-sample`, `_records/<version>/*.json` (what is learned
later), `_units/<digest>/` (finished shards, so that a build resumes), `_staging/` (work in
progress; nothing reads it).
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
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hueset.errors import StoreError, UnknownNameError
from hueset.testpoints import reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STAGING_AGE_S = 24 * 3600
"""Staging folders older than this were left by a killed build, and are removed by the next one."""

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Faults of the disk that may show anywhere in a build: full, over quota, read-only."""

RESERVED = ("latest", "latest-sample")


@dataclass(frozen=True)
class Version:
    """One immutable version folder."""

    dataset: str
    name: str
    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The receipt: what it is made of, and what it holds."""
        return self._json("manifest.json")

    @cached_property
    def coverage(self) -> dict[str, Any]:
        """How many real labels each dimension has."""
        return self._json("coverage.json")

    @cached_property
    def gate(self) -> dict[str, Any]:
        """The verdict and every check behind it."""
        return self._json("gate/report.json")

    @cached_property
    def units(self) -> dict[str, str]:
        """The units it is made of: key → digest of the shard."""
        return self._json("units.json")

    @property
    def sample(self) -> bool:
        """Whether it was built from the embedded sample."""
        return "+sample." in self.name

    def files(self, table: str) -> list[Path]:
        """Return the parquet files of one table."""
        if table not in self.manifest["tables"]:
            raise UnknownNameError.unknown("table", table, self.manifest["tables"])
        return [self.path / file["path"] for file in self.manifest["tables"][table]["files"]]

    def _json(self, name: str) -> dict[str, Any]:
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]
        except (OSError, ValueError) as error:
            message = f"{self.dataset} {self.name}: {name} cannot be read: {error}"
            hint = f"check it with `hueset verify {self.dataset} --version {self.name}`"
            raise StoreError(message, hint=hint) from error


@dataclass(frozen=True)
class Store:
    """A folder of datasets and their versions."""

    root: Path

    def datasets(self) -> list[str]:
        """Return the datasets that have at least one version."""
        if not self.root.is_dir():
            return []
        names = sorted(path.name for path in self.root.iterdir() if path.is_dir())
        return [name for name in names if not name.startswith(("_", ".")) and self.versions(name)]

    def versions(self, dataset: str) -> list[str]:
        """Return the versions of a dataset, oldest first by semver, then by time of appearance."""
        folder = self.root / dataset
        if not folder.is_dir():
            return []
        shown = [p for p in folder.iterdir() if "+" in p.name and not p.name.startswith(".")]
        found = [p for p in shown if (p / "manifest.json").is_file()]
        return [path.name for path in sorted(found, key=_age)]

    def latest(self, dataset: str, *, sample: bool = False) -> str | None:
        """Return the version that the pointer names; None where there is none."""
        pointer = self.root / dataset / ("latest-sample" if sample else "latest")
        return pointer.readlink().name if pointer.is_symlink() else None

    def version(self, dataset: str, name: str | None = None) -> Version:
        """Open a version; by default the latest, or the latest sample where there is no other.

        Raises
        ------
        UnknownNameError
            There is no such version; the hint says how to build one.
        """
        known = self.versions(dataset)
        chosen = name or self.latest(dataset) or self.latest(dataset, sample=True)
        if name in RESERVED:
            chosen = self.latest(dataset, sample=name == "latest-sample")
        if name and "+" not in name and name not in RESERVED:
            matches = [found for found in known if found.split("+")[0] == name.removeprefix("v")]
            chosen = matches[-1] if matches else name
        if chosen is None or chosen not in known:
            what = f"version {name!r} of {dataset}" if name else f"version of {dataset} that passed"
            message = f"{self.root} holds no {what}"
            hint = (
                f"known: {', '.join(known)}" if known else f"build one: `build-dataset {dataset}`"
            )
            raise UnknownNameError(message, hint=hint, value=name, known=known)
        return Version(dataset, chosen, self.root / dataset / chosen)

    def has_unit(self, dataset: str, digest: str) -> bool:
        """Whether the shard of a unit is finished."""
        return (self.units(dataset) / digest / "unit.json").is_file()

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
        if self.latest(version.dataset, sample=version.sample) != version.name:
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
        return [json.loads(path.read_text()) for path in sorted(folder.glob(f"{kind}-*.json"))]

    def _point(self, dataset: str, version: str) -> None:
        pointer = self.root / dataset / ("latest-sample" if "+sample." in version else "latest")
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
            if time.time() - old.stat().st_mtime > STAGING_AGE_S:
                shutil.rmtree(old, ignore_errors=True)


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


def _unwritable(error: OSError, path: Path) -> StoreError:
    message = f"{error.filename or path}: {error.strerror or error}"
    hint = "the store is as it was; free some space, or give another one with --out DIR"
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
