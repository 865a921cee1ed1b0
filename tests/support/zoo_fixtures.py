"""Fixtures: a project with two built versions to look at, and a copy of it to publish from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_sessions import Zoo


@pytest.fixture(scope="session")
def built_zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """The project, built twice; read it, never publish from it."""
    from hueset.store.store import VersionStore
    from tests.support.hub_sessions import Zoo
    from tests.support.zoo_project import SHELTER, STREET, build_zoo, declare, write_zoo

    root = write_zoo(tmp_path_factory.mktemp("zoo") / "project")
    store = VersionStore(root / "artifacts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUESET_CACHE", str(root / "cache"))
        project, old = build_zoo(root, store)
        declare(root, "1.1.0", [*SHELTER, ("uma", "cat", "0.7")], STREET)
        _, new = build_zoo(root, store)
    return Zoo(project, store, old, new)


@pytest.fixture
def zoo(built_zoo: Zoo, tmp_path: Path) -> Zoo:
    """A copy of the project and its store."""
    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion, VersionStore
    from tests.support.hub_sessions import Zoo

    root = shutil.copytree(built_zoo.project.root, tmp_path / "zoo", symlinks=True)
    store = VersionStore(root / "artifacts")
    old, new = (
        StoredVersion("zoo", version.name, store.root / "zoo" / version.name)
        for version in (built_zoo.old, built_zoo.new)
    )
    return Zoo(Project(root), store, old, new)
