"""The fake Hub, and one process with the real client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.fake_hub import FakeHub, Hub, User
from tests.support.hub_sessions import TOKEN, Client

if TYPE_CHECKING:
    from collections.abc import Iterator


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
