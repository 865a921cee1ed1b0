"""A store with two versions, the fake Hub, and one process with the real client."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from hueset.project import Project
from hueset.store import Store, Version
from tests.fakehub import FakeHub, Hub, User
from tests.hubbing import TOKEN, Client, Zoo
from tests.zoo import SHELTER, STREET, build_zoo, declare, write_zoo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def built_zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """The project, built twice; read it, never publish from it."""
    root = write_zoo(tmp_path_factory.mktemp("zoo") / "project")
    store = Store(root / "artifacts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUESET_CACHE", str(root / "cache"))
        project, old = build_zoo(root, store)
        declare(root, "1.1.0", [*SHELTER, ("uma", "cat", "0.7")], STREET)
        _, new = build_zoo(root, store)
    return Zoo(project, store, old, new)


@pytest.fixture
def zoo(built_zoo: Zoo, tmp_path: Path) -> Zoo:
    """A copy of the project and its store."""
    root = shutil.copytree(built_zoo.project.root, tmp_path / "zoo", symlinks=True)
    store = Store(root / "artifacts")
    old, new = (
        Version("zoo", version.name, store.root / "zoo" / version.name)
        for version in (built_zoo.old, built_zoo.new)
    )
    return Zoo(Project(root), store, old, new)


@pytest.fixture(scope="session")
def server() -> Iterator[FakeHub]:
    """The running fake Hub."""
    with FakeHub() as running:
        yield running


@pytest.fixture
def hub(server: FakeHub) -> Hub:
    """The fake Hub, empty, and well-behaved."""
    state, fresh = server.hub, Hub()
    state.users = {TOKEN: User("ann", ("keepers",)), "other": User("bob")}
    state.part_bytes = fresh.part_bytes
    for kept in (state.repos, state.lfs, state.parts, state.log):
        kept.clear()
    state.faults.clear()
    return state


@pytest.fixture(scope="session")
def client(server: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The process with the real client."""
    with Client(server.url, tmp_path_factory.mktemp("hf")) as running:
        yield running
