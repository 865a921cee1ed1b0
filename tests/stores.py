"""Stores that several tests of the service share, each built once."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.building import REPO, build_pets, command, environment_of
from tests.pets import write_pets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving import Service


@pytest.fixture(scope="session")
def pets_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two versions of the ten pets; nobody may change it."""
    root = write_pets(tmp_path_factory.mktemp("service") / "pets_project")
    build_pets(root, root / "artifacts")
    build_pets(root, root / "artifacts", salt="another")
    return root / "artifacts"


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the embedded sample: real audio, MIDI, lyrics."""
    store = tmp_path_factory.mktemp("sample") / "store"
    subprocess.run(
        [sys.executable, "-m", "hueset", "build", "chromatic", "--sample", "--out", str(store)],
        cwd=REPO,
        env=environment_of(HUESET_CACHE=str(store.parent / "cache")),
        check=True,
        capture_output=True,
    )
    return store


@pytest.fixture(scope="session")
def vibe_store(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the real vibe, built once by the command for all processes of a run.

    What is in it nobody may change; a dataset that is made from vibe may be built into it.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    store = folder / "vibe_store"
    with (folder / "vibe_store.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (store / "vibe/latest").exists():
            done = command(
                "build", "vibe", "--mirror", str(data_dir), "--out", str(store),
                cwd=REPO, timeout_s=280, HUESET_CACHE=str(folder / "vibe_cache"),
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-3_000:]
    return store


@pytest.fixture(scope="module")
def service(pets_store: Path) -> Iterator[Service]:
    """The service over the pets."""
    from tests.serving import serving

    with serving(pets_store, pets_store.parent) as running:
        yield running


@pytest.fixture(scope="module")
def sample_service(sample_store: Path) -> Iterator[Service]:
    """The service over the embedded sample."""
    from tests.serving import serving

    with serving(sample_store, REPO) as running:
        yield running
