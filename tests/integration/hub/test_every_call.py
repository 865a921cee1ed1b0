"""Every call to the Hub, failing in every way, once and for good: the same promise holds for all.

`main` is the old release or the whole new one, a tag stands only on what is whole, the error says
which it is or what to do, and the same command again finishes the job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.hub_sessions import REPO, Client, Said, Zoo

if TYPE_CHECKING:
    from tests.support.fake_hub import Hub
    from tests.support.fake_hub.repos import Commit

CALLS = (
    "create",
    "info",
    "refs",
    "tree",
    "validate",
    "preupload",
    "lfs-batch",
    "lfs-put",
    "lfs-part",
    "lfs-complete",
    "lfs-verify",
    "commit",
    "commits",
    "tag",
    "resolve",
)
PATIENT = ("tree", "commits", "preupload", "lfs-put", "lfs-part")
"""The library itself waits some 20 s for these and asks again; one failing for good, the PUT, is in
`test_faults.py`."""

LASTING = [
    pytest.param(call, status, id=f"{call}-{status}")
    for call in CALLS
    for status in (401, 403, 404, 409, 412, 500)
    if not (status == 500 and call in PATIENT)
]
STATES = (
    "as it was",
    "nothing of this release",
    "the Hub holds",
    "whole and verified",
    "may not see it",
    "hf auth login",
    "may not do this",
    "to resume",
    "publish it without",
    "run the same command again",
)


@pytest.mark.full
@pytest.mark.parametrize(("call", "status"), LASTING)
def test_a_status_that_stays_leaves_the_old_or_the_whole_new_release(
    client: Client, hub: Hub, zoo: Zoo, call: str, status: int
) -> None:
    old = _prepare(client, hub, zoo, call)
    planned = hub.faults.add(call, status=status, times=None)

    said = _publish(client, zoo)

    if planned.hits == 0 or said.code == 0:
        # Asked for nothing, or for nothing that the release depends on.
        assert said.code == 0, said.err
        _assert_released(hub, zoo)
        assert planned.hits == 0 or call in {"validate", "create", "lfs-verify"}
        return
    error = said.document["error"]
    text = f"{error['message']} {error['hint']}"
    assert error["code"] in {"E_HUB_TOKEN", "E_HUB", "E_HUB_MOVED", "E_PUBLISHED"}, text
    assert any(state in text for state in STATES), text
    if call == "commits":
        assert "or the whole commit “Release zoo v1.1.0” without its tag" in text
    repo = hub.repos.get(REPO)
    if repo is not None:
        assert repo.head == (old.oid if old else repo.head) or _is_whole(hub, zoo, repo.head)
        assert "v1.1.0" not in repo.tags or _is_whole(hub, zoo, repo.tags["v1.1.0"])
    hub.faults.clear()
    again = _publish(client, zoo)
    assert again.code == 0, again.err
    _assert_released(hub, zoo)


@pytest.mark.full
@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_asks_once_for_time_is_waited_for(
    client: Client, hub: Hub, zoo: Zoo, call: str
) -> None:
    _prepare(client, hub, zoo, call)
    planned = hub.faults.add(call, status=429, headers={"Retry-After": "1"})

    said = _publish(client, zoo)

    assert said.code == 0, said.err
    assert planned.hits == 1
    _assert_released(hub, zoo)


def _prepare(client: Client, hub: Hub, zoo: Zoo, call: str) -> Commit | None:
    """Bring the Hub to where the call is made; returns the old release, where there is one."""
    if call == "create":
        return None
    assert _publish(client, zoo, "--version", "1.0.0").code == 0
    if call in {"lfs-part", "lfs-complete"}:
        hub.part_bytes = 1000
    if call == "commits":
        hub.faults.add("commit", "lose_answer")
    repo = hub.repos[REPO]
    return repo.commits[repo.head]


def _publish(client: Client, zoo: Zoo, *more: str) -> Said:
    return client("publish", "zoo", "--yes", "--json", *zoo.arguments, *more)


def _is_whole(hub: Hub, zoo: Zoo, oid: str) -> bool:
    files = hub.repos[REPO].commits[oid].files
    manifest = zoo.new.manifest
    told = [*manifest.files, *(f for t in manifest.tables.values() for f in t.files)]
    return all(file.path in files and files[file.path].sha256 == file.sha256 for file in told)


def _assert_released(hub: Hub, zoo: Zoo) -> None:
    repo = hub.repos[REPO]
    assert _is_whole(hub, zoo, repo.tags["v1.1.0"])
    titles = [commit.title for commit in repo.commits.values()]
    assert titles.count("Release zoo v1.1.0") == 1
    assert len(zoo.store.records(zoo.new, "release")) == 1
