"""What several tests share: the real data, where it is present, and a tiny project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.pets_project import write_pets
from tests.support.zoo_fixtures import built_zoo, zoo

__all__ = ["built_zoo", "zoo"]

pytest_plugins = ["tests.support.service_stores"]

# Tests are never timed, and draw the same examples on every run.
settings.register_profile("hueset", deadline=None, derandomize=True)
settings.load_profile("hueset")

REPO = Path(__file__).parents[1]


def real_data() -> Path | None:
    """Return the folder with the real files, if this machine has it."""
    configured = os.environ.get("HUESET_DATA")
    found = Path(configured) if configured else REPO.parent / "shared" / "data"
    return found if found.is_dir() else None


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The real files; a test that needs them is skipped where they are absent."""
    found = real_data()
    if found is None:
        pytest.skip("the real data is absent: set HUESET_DATA, or put it into ../shared/data")
    return found


@pytest.fixture(autouse=True)
def private_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or fills the cache of the person who runs it."""
    monkeypatch.setenv("HUESET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HUESET_PROJECT", raising=False)
    monkeypatch.delenv("HUESET_STORE", raising=False)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A project with one dataset of ten rows, made for tests."""
    return write_pets(tmp_path / "pets_project")
