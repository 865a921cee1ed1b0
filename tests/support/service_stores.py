"""Stores that several tests of the service share, each built once for all workers of a run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.in_process_build import REPO, build_pets, command, environment_of
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.service_process import Service


@pytest.fixture(scope="session")
def pets_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two versions of the ten pets; nobody may change it."""

    def build(folder: Path) -> None:
        root = write_pets(folder / "pets_project")
        build_pets(root, root / "artifacts")
        build_pets(root, root / "artifacts", salt="another")

    return once(tmp_path_factory, "service", build) / "pets_project/artifacts"


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the embedded sample: real audio, MIDI, lyrics; nobody may change it."""

    def build(folder: Path) -> None:
        command = ["-m", "hueset", "build", "chromatic", "--sample", "--out", str(folder / "store")]
        subprocess.run(
            [sys.executable, *command],
            cwd=REPO,
            env=environment_of(HUESET_CACHE=str(folder / "cache")),
            check=True,
            capture_output=True,
        )

    return once(tmp_path_factory, "sample", build) / "store"


@pytest.fixture(scope="session")
def vibe_store(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the real vibe, built once by the command for all processes of a run.

    What is in it nobody may change; a dataset that is made from vibe may be built into it.
    """

    def build(folder: Path) -> None:
        done = command(
            "build",
            "vibe",
            "--mirror",
            str(data_dir),
            "--out",
            str(folder / "store"),
            cwd=REPO,
            timeout_s=280,
            HUESET_CACHE=str(folder / "cache"),
        )
        assert done.returncode == 0, done.stderr[-3_000:]

    return once(tmp_path_factory, "vibe", build) / "store"


def once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """Return a folder that the first worker to ask has built; the others wait for it."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, finished = base / f"shared-{name}", base / f"shared-{name}.finished"
    with (base / f"shared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            folder.mkdir()
            build(folder)
            finished.touch()
    return folder


@pytest.fixture(scope="session")
def service(pets_store: Path) -> Iterator[Service]:
    """The service over the pets, which every test of a worker asks."""
    from tests.support.service_process import serving

    with serving(pets_store, pets_store.parent) as running:
        yield running


@pytest.fixture(scope="session")
def sample_service(sample_store: Path) -> Iterator[Service]:
    """The service over the embedded sample, which every test of a worker asks."""
    from tests.support.service_process import serving

    with serving(sample_store, REPO) as running:
        yield running
