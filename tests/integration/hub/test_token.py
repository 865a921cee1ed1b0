"""The token goes to the Hub and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.hub_sessions import REPO, TOKEN, Client, Zoo, hub_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fake_hub import FakeHub, Hub


@pytest.mark.parametrize("call", ["info", "create", "preupload", "commit", "tag"])
def test_a_server_that_echoes_the_token_does_not_get_it_printed(
    client: Client, hub: Hub, zoo: Zoo, call: str
) -> None:
    hub.faults.add(call, "echo", times=None if call != "preupload" else 1)

    said = client("publish", "zoo", "--yes", "--debug", *zoo.arguments)

    assert (said.code == 0) == (call == "preupload")
    if call != "preupload":
        assert "<token>" in said.err
    assert TOKEN not in said.out + said.err


def test_the_token_is_in_no_file_and_no_log(
    server: FakeHub, hub: Hub, zoo: Zoo, tmp_path: Path
) -> None:
    environment = hub_environment(server.url, tmp_path / "hf", HF_DEBUG="1", HUESET_DEBUG="1")
    del environment["HF_HUB_DISABLE_XET"]  # a server that is not the Hub gets no Xet all the same
    hub.faults.add("commit", status=503)

    done = subprocess.run(
        [sys.executable, "-m", "hueset", "publish", "zoo", "--yes", *zoo.arguments],
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("_records" in path.parts for path in files)
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []
    repo = hub.repos[REPO]
    contents = [hub.read(entry) for entry in repo.commits[repo.head].files.values()]
    assert not any(TOKEN.encode() in content for content in contents)
    assert not any(TOKEN in c.title + c.message for c in repo.commits.values())


def test_without_a_token_it_says_where_one_comes_from(
    server: FakeHub, hub: Hub, zoo: Zoo, tmp_path: Path
) -> None:
    environment = hub_environment(server.url, tmp_path / "hf")
    del environment["HF_TOKEN"]

    done = subprocess.run(
        [sys.executable, "-m", "hueset", "publish", "zoo", "--yes", *zoo.arguments],
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "error[E_HUB_TOKEN]: publishing needs a token" in done.stderr
    assert "hf auth login" in done.stderr
    assert hub.repos == {}


def test_a_token_that_is_not_valid_is_named_so(client: Client, hub: Hub, zoo: Zoo) -> None:
    hub.users = {"another": next(iter((hub.users or {}).values()))}

    said = client("publish", "zoo", "--yes", "--json", *zoo.arguments)

    assert said.document["error"]["code"] == "E_HUB_TOKEN"
    assert "not valid here" in said.document["error"]["hint"]


def test_without_the_extra_it_says_what_to_install(zoo: Zoo, tmp_path: Path) -> None:
    blocked = tmp_path / "huggingface_hub"
    blocked.mkdir()
    (blocked / "__init__.py").write_text("raise ImportError('gone', name='huggingface_hub')\n")
    environment = hub_environment("http://127.0.0.1:1", tmp_path / "hf")
    environment["PYTHONPATH"] = f"{tmp_path}:{environment['PYTHONPATH']}"

    done = subprocess.run(
        [sys.executable, "-m", "hueset", "publish", "zoo", "--dry-run", *zoo.arguments],
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "error[E_HUB_EXTRA]" in done.stderr
    assert 'pip install "hueset[hub]"' in done.stderr
