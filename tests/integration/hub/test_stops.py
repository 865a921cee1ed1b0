"""Publishing that is killed or interrupted, and the run after it."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from hueset.store.store import write_json
from tests.support.hub_sessions import REPO, Client, Zoo, hub_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fake_hub import FakeHub, Hub

full = pytest.mark.full

POINTS = [
    pytest.param("hub-created", "old", marks=full),
    pytest.param("hub-uploading", "old"),
    pytest.param("hub-uploaded", "old", marks=full),
    pytest.param("hub-committing", "old", marks=full),
    pytest.param("hub-committed", "new"),
    pytest.param("hub-verified", "new", marks=full),
    pytest.param("hub-tagged", "new"),
    pytest.param("hub-recorded", "new", marks=full),
]


@pytest.mark.parametrize(("point", "holds"), POINTS)
def test_killed_anywhere_the_hub_holds_the_old_or_the_new_and_the_next_run_finishes(
    client: Client, server: FakeHub, hub: Hub, zoo: Zoo, tmp_path: Path, point: str, holds: str
) -> None:
    repo = None
    if point != "hub-created":
        assert client("publish", "zoo", "--yes", "--version", "1.0.0", *zoo.arguments).code == 0
        repo = hub.repos[REPO]
        old = repo.head
    killed = _start(zoo, server, tmp_path, HUESET_TEST_KILL_AT=point)
    _, err = killed.communicate(timeout=60)

    assert killed.returncode == -signal.SIGKILL, err
    if repo:
        assert (repo.head == old) == (holds == "old")
        if holds == "new":
            assert _holds_all(hub, zoo, repo.head)
    again = client("publish", "zoo", "--yes", "--json", *zoo.arguments)
    assert again.code == 0, again.err
    repo = hub.repos[REPO]
    titles = [c.title for c in repo.commits.values() if c.title == "Release zoo v1.1.0"]
    assert len(titles) == 1
    assert _holds_all(hub, zoo, repo.tags["v1.1.0"])
    assert len(zoo.store.records(zoo.new, "release")) == 1


def test_ctrl_c_while_sending_leaves_the_old_release_and_says_so(
    client: Client, server: FakeHub, hub: Hub, zoo: Zoo, tmp_path: Path
) -> None:
    assert client("publish", "zoo", "--yes", "--version", "1.0.0", *zoo.arguments).code == 0
    old = hub.repos[REPO].head
    hub.log.clear()
    big = _add_file(zoo, "quarantine/big.parquet", 40_000_000)
    hub.faults.add("lfs-part", "slow", seconds=2, times=None)

    running = _start(zoo, server, tmp_path)
    _interrupt_at("lfs-part", running, hub)
    _, err = running.communicate(timeout=60)

    assert running.returncode == 130
    assert "error[E_INTERRUPTED]: stopped; keepers/zoo is as it was: the release v1.0.0" in err
    assert hub.repos[REPO].head == old
    assert big not in hub.lfs, "it went on to the end of a large file"


def test_ctrl_c_while_the_commit_is_answered_says_that_it_is_there(
    client: Client, server: FakeHub, hub: Hub, zoo: Zoo, tmp_path: Path
) -> None:
    hub.faults.add("commit", "slow_answer", seconds=2)

    running = _start(zoo, server, tmp_path)
    _interrupt_at("commit", running, hub)
    _, err = running.communicate(timeout=60)

    head = hub.repos[REPO].head
    assert running.returncode == 130
    assert f"the commit {head[:12]} on keepers/zoo is whole, but not yet tagged v1.1.0" in err
    assert _holds_all(hub, zoo, head)
    again = client("publish", "zoo", "--yes", "--json", *zoo.arguments)
    assert (again.code, again.document["state"]) == (0, "completed")


def _start(zoo: Zoo, server: FakeHub, home: Path, **extra: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hueset", "publish", "zoo", "--yes", *zoo.arguments],
        env=hub_environment(server.url, home / "hf", **extra),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _add_file(zoo: Zoo, path: str, size: int) -> str:
    """Let the version hold one more file; returns its SHA-256."""
    content = bytes(range(250)) * (size // 250)
    digest = hashlib.sha256(content).hexdigest()
    (zoo.new.path / path).write_bytes(content)
    file = {"path": path, "bytes": len(content), "sha256": digest}
    manifest = {**zoo.new.manifest_json, "files": [*zoo.new.manifest_json["files"], file]}
    write_json(zoo.new.path / "manifest.json", manifest)
    return digest


def _interrupt_at(call: str, running: subprocess.Popen[str], hub: Hub) -> None:
    limit = time.monotonic() + 30
    while call not in hub.log:
        assert time.monotonic() < limit, f"{call} never came"
        time.sleep(0.02)
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)


def _holds_all(hub: Hub, zoo: Zoo, oid: str) -> bool:
    files = hub.repos[REPO].commits[oid].files
    return all(
        files[file.path].sha256 == file.sha256
        for table in zoo.new.manifest.tables.values()
        for file in table.files
    )
