"""Runs in the store: `_runs/<id>/` with `run.json`, tables of curves and outcomes, and weights.

An id is `<task>-<digest of the request>-<time>`. Each table repeats the version, the hashes of
data, code and facts, the digest of the request and the seed in every row, so that no number can be
carried away from what it was measured on.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.errors import StoreError, UnknownNameError, sentence_of
from hueset.files.safe_paths import open_beneath
from hueset.store.damage import Unreadable, read_or_reason
from hueset.store.store import write_json
from hueset.training.code import code_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from hueset.store.store import StoredVersion, VersionStore
    from hueset.training.task import TaskContext, TrainingConfig

FOLDER = "_runs"
UNFINISHED = ("running", "interrupted")

PROVENANCE = (
    "id",
    "task",
    "dataset",
    "version",
    "manifest_sha256",
    "data_sha256",
    "companions",
    "code_sha256",
    "facts_sha256",
    "request_digest",
    "seed",
)
"""What stands in every row of a run's tables."""

COMPANION = ("dataset", "version", "manifest_sha256", "data_sha256")
"""What is said of each version of another dataset that the task read."""


@dataclass(frozen=True)
class Run:
    """One run's folder."""

    path: Path

    @property
    def id(self) -> str:
        """Its name."""
        return self.path.name

    @property
    def document(self) -> dict[str, Any]:
        """What `run.json` says."""
        from hueset.documents.base import read_document
        from hueset.documents.training_run import TrainingRun

        path = self.path / "run.json"
        hint = "restore it, or move the run's folder away"
        return read_document(path, TrainingRun, below=self.path, what=str(path), hint=hint).plain

    def write(self, document: Mapping[str, Any]) -> None:
        """Write `run.json`: strict JSON, by one rename."""
        write_json(self.path / "run.json", document)

    def write_table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows as parquet with the provenance in front of each; no rows write nothing."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        other = [(key, pa.string()) for key in COMPANION]
        if rows:
            held = self.document
            front = {key: held[key] for key in PROVENANCE}
            table = pa.Table.from_pylist([{**front, **row} for row in rows])
            at = table.schema.get_field_index("companions")
            others = pa.array([held["companions"]] * len(rows), pa.list_(pa.struct(other)))
            table = table.set_column(at, "companions", others)
            pq.write_table(table, self.path / f"{name}.parquet")

    def read_table(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table; none if it was never written.

        Raises
        ------
        StoreError
            It cannot be read, or is a link.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = f"{name}.parquet"
        if not os.path.lexists(self.path / file):
            return []
        try:
            with open_beneath(self.path, file) as stream:
                rows: list[dict[str, Any]] = pq.read_table(stream).to_pylist()
                return rows
        except (OSError, pa.ArrowException) as error:
            message = f"{self.path / file} cannot be read: {sentence_of(error)}"
            hint = "restore it, or move the run's folder away"
            raise StoreError(message, hint=hint, value=str(self.path / file)) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run: two processes never train the same one.

        Raises
        ------
        StoreError
            Another process trains it.
        """
        with (self.path / ".lock").open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                message = f"the run {self.id} is being trained by another process"
                raise StoreError(message, hint="wait for it, or leave --resume away") from error
            yield


def start_run(ground: TaskContext, request: TrainingConfig) -> Run:
    """Make the folder of a new run, with a document that says it is running."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    store, version, digest = ground.store, ground.version, request.digest()
    base, number = f"{request.task}-{digest[:8]}-{stamp}", 1
    root = store.root / FOLDER
    root.mkdir(parents=True, exist_ok=True)
    while True:
        path = root / (base if number == 1 else f"{base}-{number}")
        try:
            path.mkdir()
            break
        except FileExistsError:
            number += 1
    run = Run(path)
    run.write(
        {
            "format": 1,
            "id": run.id,
            "status": "running",
            "reason": None,
            "task": request.task,
            "dataset": version.dataset,
            "version": version.name,
            "sample": version.sample,
            **run_provenance(ground),
            "request_digest": digest,
            "seed": request.settings.seed,
            "request": request.to_json(),
            "environment": run_environment(),
            "started_at": _now(),
            "finished_at": None,
            "seconds": None,
        }
    )
    return run


def find_unfinished(ground: TaskContext, request: TrainingConfig) -> Run | None:
    """Return the newest run of the same request, data, code and facts that did not end."""
    mine = run_provenance(ground)
    for run in reversed(all_runs(ground.store)):
        held = run.document
        if (
            held["status"] in UNFINISHED
            and held["request_digest"] == request.digest()
            and held["version"] == ground.version.name
            and all(held.get(key) == value for key, value in mine.items())
        ):
            return run
    return None


def all_runs(store: VersionStore) -> list[Run]:
    """Return every run of a store that can be read, oldest first; see `unreadable_runs`."""
    found = [
        run for run in _folders(store) if not isinstance(read_or_reason(_start_of, run), Unreadable)
    ]
    return sorted(found, key=_start_of)


def unreadable_runs(store: VersionStore) -> dict[str, str]:
    """Return the runs of a store that cannot be read, with the reason of each."""
    tried = {run.id: read_or_reason(_start_of, run) for run in _folders(store)}
    return {name: one.reason for name, one in tried.items() if isinstance(one, Unreadable)}


def _folders(store: VersionStore) -> list[Run]:
    """Return every folder of a run that began, whether it can be read or not."""
    folder = store.root / FOLDER
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [Run(p) for p in paths if p.name[:1] != "." and os.path.lexists(p / "run.json")]


def _start_of(run: Run) -> tuple[str, str]:
    return str(run.document["started_at"]), run.id


def find_run(store: VersionStore, name: str) -> Run:
    """Return a run by its id or the beginning of it; `last` is the newest.

    Raises
    ------
    UnknownNameError
        None, or more than one, has that name.
    """
    runs = all_runs(store)
    known = [run.id for run in runs]
    if name == "last" and runs:
        return runs[-1]
    found = [run for run in runs if run.id == name] or [r for r in runs if r.id.startswith(name)]
    if len(found) > 1:
        message = f"{len(found)} runs begin with {name!r}"
        raise UnknownNameError(message, hint=f"they are {', '.join(r.id for r in found)}")
    if not found:
        for lost, reason in unreadable_runs(store).items():
            if lost.startswith(name):
                raise StoreError(reason, hint="restore it, or move the run's folder away")
        raise UnknownNameError.unknown("run", name, known)
    return found[0]


def run_provenance(ground: TaskContext) -> dict[str, Any]:
    """Return the hashes that tie a number to its data, its code and its tables of facts.

    Returns
    -------
    dict
        `data_sha256` covers every table of the version and of its `companions`, the versions of
        other datasets that the task reads; `code_sha256` see `hueset.training.code`;
        `facts_sha256` the YAML files beside the declaration (obvious cases, a lexicon).
    """
    version = ground.version
    others = [
        {
            "dataset": name,
            "version": other.name,
            "manifest_sha256": _manifest_sha256(other),
            "data_sha256": _data_sha256([other]),
        }
        for name, other in sorted(ground.companions.items())
    ]
    every = [version, *(other for _, other in sorted(ground.companions.items()))]
    return {
        "manifest_sha256": _manifest_sha256(version),
        "data_sha256": _data_sha256(every),
        "companions": others,
        "code_sha256": code_sha256(ground.module),
        "facts_sha256": _facts_sha256(ground.folder),
    }


def _manifest_sha256(version: StoredVersion) -> str:
    from hueset.files.hashing import file_sha256

    digest, _ = file_sha256(version.path / "manifest.json")
    return digest


def _data_sha256(versions: Sequence[StoredVersion]) -> str:
    files = sorted(
        (version.dataset, file.path, file.sha256)
        for version in versions
        for table in version.manifest.tables.values()
        for file in table.files
    )
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def _facts_sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def run_environment() -> dict[str, Any]:
    """Return what the numbers were computed with."""
    import numpy as np
    import torch

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }


def finish_document(document: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a run's document with its end."""
    return {**document, "finished_at": _now(), **changes}


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
