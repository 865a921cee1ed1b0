"""What goes wrong on the way to the Hub, and what the Hub holds afterwards.

In every case `main` is the old release or the whole new one, a tag stands only on what was
verified, the message says which it is, and the same command again finishes the job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.hub_sessions import REPO, Client, Said, Zoo

if TYPE_CHECKING:
    from tests.support.fake_hub import Hub
    from tests.support.fake_hub.repos import Commit

full = pytest.mark.full

PASSING = [
    pytest.param("create", {"status": 503}, id="create-503"),
    pytest.param("create", {"kind": "lose_answer"}, id="create-answer-lost"),
    pytest.param("info", {"status": 503}, id="info-503", marks=full),
    pytest.param("info", {"kind": "drop"}, id="info-drop", marks=full),
    pytest.param("refs", {"status": 500}, id="refs-500", marks=full),
    pytest.param("tree", {"status": 502}, id="tree-502", marks=full),
    pytest.param("validate", {"status": 503}, id="validate-503", marks=full),
    pytest.param("preupload", {"status": 503}, id="preupload-503"),
    pytest.param(
        "preupload",
        {"status": 429, "headers": {"Retry-After": "1"}},
        id="preupload-429",
        marks=full,
    ),
    pytest.param("preupload", {"kind": "drop"}, id="preupload-drop", marks=full),
    pytest.param("lfs-batch", {"status": 503}, id="lfs-batch-503", marks=full),
    pytest.param("lfs-put", {"status": 500}, id="put-500", marks=full),
    pytest.param("lfs-put", {"kind": "drop_body"}, id="put-dropped-in-the-middle"),
    pytest.param("lfs-put", {"kind": "lose_answer"}, id="put-answer-lost", marks=full),
    pytest.param("lfs-verify", {"status": 504}, id="lfs-verify-504", marks=full),
    pytest.param("commit", {"status": 500}, id="commit-500", marks=full),
    pytest.param("commit", {"status": 502}, id="commit-502", marks=full),
    pytest.param("commit", {"status": 503}, id="commit-503"),
    pytest.param("commit", {"status": 504}, id="commit-504", marks=full),
    pytest.param("commit", {"status": 409}, id="commit-409-once", marks=full),
    pytest.param("commit", {"kind": "drop"}, id="commit-drop"),
    pytest.param("commit", {"kind": "lose_answer"}, id="commit-answer-lost"),
    pytest.param("tag", {"status": 503}, id="tag-503"),
    pytest.param("tag", {"kind": "drop"}, id="tag-drop", marks=full),
    pytest.param("tag", {"kind": "lose_answer"}, id="tag-answer-lost"),
    pytest.param("resolve", {"status": 503}, id="resolve-503", marks=full),
    pytest.param("resolve", {"kind": "drop"}, id="resolve-drop", marks=full),
]


@pytest.mark.parametrize(("call", "fault"), PASSING)
def test_a_fault_that_passes_is_overcome(
    client: Client, hub: Hub, zoo: Zoo, call: str, fault: dict[str, Any]
) -> None:
    old = None if call == "create" else _release_old(client, hub, zoo)
    planned = hub.faults.add(call, **fault)

    said = _publish(client, zoo)

    assert said.code == 0, said.err
    assert planned.hits == 1
    made = _commits_since(hub, old)
    assert [commit.title for commit in made if commit.title.startswith("Release")] == [
        "Release zoo v1.1.0"
    ]
    _assert_whole(hub, zoo)
    assert hub.repos[REPO].tags["v1.1.0"] == made[0].oid


def test_a_server_that_asks_for_time_gets_it(client: Client, hub: Hub, zoo: Zoo) -> None:
    _release_old(client, hub, zoo)
    hub.faults.add("commit", status=429, headers={"Retry-After": "1"})

    said = client("publish", "zoo", "--yes", *zoo.arguments)

    assert said.code == 0, said.err
    assert "commit: the server answered 429 (planned 429); trying again in 1 s" in said.err


LASTING = [
    pytest.param(
        "create",
        {"status": 401},
        "E_HUB_TOKEN",
        "nothing of this release is there",
        False,
        id="create-401",
    ),
    pytest.param(
        "create", {"status": 403}, "E_HUB_TOKEN", "write access", False, id="create-403", marks=full
    ),
    pytest.param(
        "create",
        {"status": 503},
        "E_HUB",
        "nothing of this release is there",
        False,
        id="create-503-always",
        marks=full,
    ),
    pytest.param(
        "info", {"status": 401}, "E_HUB_TOKEN", "hf auth login", True, id="info-401", marks=full
    ),
    pytest.param(
        "info", {"status": 403}, "E_HUB_TOKEN", "may not do this", True, id="info-403", marks=full
    ),
    pytest.param(
        "info", {"kind": "drop"}, "E_HUB", "again", True, id="info-drop-always", marks=full
    ),
    pytest.param(
        "preupload",
        {"status": 403},
        "E_HUB_TOKEN",
        "as it was: the release v1.0.0",
        True,
        id="preupload-403",
    ),
    pytest.param(
        "preupload",
        {"status": 404},
        "E_HUB",
        "as it was: the release v1.0.0",
        True,
        id="preupload-404",
        marks=full,
    ),
    pytest.param(
        "lfs-put",
        {"status": 403},
        "E_HUB_TOKEN",
        "as it was: the release v1.0.0",
        True,
        id="put-403",
        marks=full,
    ),
    pytest.param(
        "lfs-put",
        {"kind": "drop_body"},
        "E_HUB",
        "as it was: the release v1.0.0",
        True,
        id="put-dropped-always",
        marks=full,
    ),
    pytest.param(
        "lfs-put",
        {"status": 503},
        "E_HUB",
        "as it was: the release v1.0.0",
        True,
        id="put-503-always",
        marks=full,
    ),
    pytest.param(
        "commit",
        {"status": 401},
        "E_HUB_TOKEN",
        "as it was: the release v1.0.0",
        True,
        id="commit-401",
        marks=full,
    ),
    pytest.param(
        "commit",
        {"status": 403},
        "E_HUB_TOKEN",
        "as it was: the release v1.0.0",
        True,
        id="commit-403",
        marks=full,
    ),
    pytest.param(
        "commit",
        {"status": 404},
        "E_HUB",
        "as it was: the release v1.0.0",
        True,
        id="commit-404",
        marks=full,
    ),
    pytest.param(
        "commit",
        {"status": 409},
        "E_HUB",
        "as it was: the release v1.0.0",
        True,
        id="commit-409-always",
        marks=full,
    ),
    pytest.param(
        "commit",
        {"status": 412},
        "E_HUB",
        "as it was: the release v1.0.0",
        True,
        id="commit-412-without-a-push",
        marks=full,
    ),
    pytest.param(
        "commit",
        {"status": 503},
        "E_HUB",
        "as it was: the release v1.0.0",
        True,
        id="commit-503-always",
    ),
    pytest.param(
        "commit",
        {"kind": "drop"},
        "E_HUB",
        "as it was: the release v1.0.0",
        True,
        id="commit-drop-always",
        marks=full,
    ),
]


@pytest.mark.parametrize(("call", "fault", "code", "says", "old"), LASTING)
def test_a_fault_that_stays_leaves_the_old_release(
    client: Client,
    hub: Hub,
    zoo: Zoo,
    call: str,
    fault: dict[str, Any],
    code: str,
    says: str,
    old: bool,
) -> None:
    before = _release_old(client, hub, zoo) if old else None
    hub.faults.add(call, times=None, **fault)

    said = _publish(client, zoo)

    error = said.document["error"]
    assert (said.code != 0, error["code"]) == (True, code), error
    assert says in f"{error['message']} {error['hint']}"
    if before:
        assert hub.repos[REPO].head == before.oid
        assert list(hub.repos[REPO].tags) == ["v1.0.0"]
    _assert_again_finishes(client, hub, zoo)


def test_somebody_elses_push_meanwhile_is_kept_and_told(client: Client, hub: Hub, zoo: Zoo) -> None:
    _release_old(client, hub, zoo)
    hub.faults.add("commit", "push")

    said = _publish(client, zoo)

    error = said.document["error"]
    assert error["code"] == "E_HUB_MOVED"
    assert "nothing of this release is on it" in error["message"]
    assert "the Hub holds the release v1.0.0" in error["hint"]
    repo = hub.repos[REPO]
    assert "NOTES.md" in repo.commits[repo.head].files
    assert list(repo.tags) == ["v1.0.0"]
    _assert_again_finishes(client, hub, zoo)
    assert "NOTES.md" in repo.commits[repo.head].files


def test_a_push_on_top_of_a_commit_whose_answer_was_lost_does_not_hide_it(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    old = _release_old(client, hub, zoo)
    hub.faults.add("commit", "lose_answer")
    hub.faults.add("info", "push", after=1)

    said = _publish(client, zoo)

    assert said.code == 0, said.err
    ours, theirs = _commits_since(hub, old)
    assert (ours.title, theirs.title.split()[0]) == ("Release zoo v1.1.0", "someone's")
    assert hub.repos[REPO].tags["v1.1.0"] == ours.oid


def test_a_tag_that_cannot_be_set_leaves_a_whole_commit_that_the_next_run_tags(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    old = _release_old(client, hub, zoo)
    hub.faults.add("tag", status=503, times=None)

    said = _publish(client, zoo)

    error = said.document["error"]
    assert error["code"] == "E_HUB"
    assert "is whole and verified, but not yet tagged v1.1.0" in error["hint"]
    assert list(hub.repos[REPO].tags) == ["v1.0.0"]
    hub.faults.clear()
    again = _publish(client, zoo)
    assert (again.code, again.document["state"]) == (0, "completed")
    assert len(_commits_since(hub, old)) == 1
    _assert_whole(hub, zoo)


def test_a_tag_set_elsewhere_meanwhile_is_not_moved(client: Client, hub: Hub, zoo: Zoo) -> None:
    old = _release_old(client, hub, zoo)
    repo = hub.repos[REPO]
    original = repo.tags
    # The tag appears between the plan and its own call, at the old commit.
    repo.tags = _TagAppears(original, "v1.1.0", old.oid)

    said = _publish(client, zoo)

    assert said.document["error"]["code"] == "E_HUB_MOVED"
    assert repo.tags["v1.1.0"] == old.oid


@pytest.mark.parametrize(
    ("call", "fault", "says"),
    [
        pytest.param(
            "tree",
            {"kind": "wrong_sha", "path": "animals/train", "after": 1},
            "data/animals/train-00000-of-00001.parquet: sha256 should be",
            id="listing",
        ),
        pytest.param(
            "resolve",
            {"kind": "wrong_bytes", "path": "manifest.json"},
            "manifest.json: sha256 should be",
            id="bytes",
        ),
    ],
)
def test_what_does_not_verify_is_not_tagged(
    client: Client, hub: Hub, zoo: Zoo, call: str, fault: dict[str, Any], says: str
) -> None:
    _release_old(client, hub, zoo)
    hub.faults.add(call, **fault)

    said = _publish(client, zoo)

    error = said.document["error"]
    assert (said.code, error["code"]) == (3, "E_PUBLISHED")
    assert says in error["message"]
    assert "was not tagged as v1.1.0" in error["hint"]
    assert "the Hub holds the release v1.0.0" in error["hint"]
    assert list(hub.repos[REPO].tags) == ["v1.0.0"]
    _assert_again_finishes(client, hub, zoo)


def test_an_unreachable_hub_is_said_at_once(client: Client, hub: Hub, zoo: Zoo) -> None:
    hub.faults.add("info", "drop", times=None)

    said = client("publish", "zoo", "--dry-run", *zoo.arguments)

    assert said.code == 4
    assert "keepers/zoo: could not look at the repository: the connection failed" in said.err


def _release_old(client: Client, hub: Hub, zoo: Zoo) -> Commit:
    said = _publish(client, zoo, "--version", "1.0.0")
    assert said.code == 0, said.err
    return hub.repos[REPO].commits[hub.repos[REPO].head]


def _publish(client: Client, zoo: Zoo, *more: str) -> Said:
    return client("publish", "zoo", "--yes", "--json", *zoo.arguments, *more)


def _commits_since(hub: Hub, old: Commit | None) -> list[Commit]:
    """Return the commits after one (or after the first), oldest first."""
    commits = list(hub.repos[REPO].commits.values())
    first = [commit.oid for commit in commits].index(old.oid) if old else 0
    return commits[first + 1 :]


def _assert_whole(hub: Hub, zoo: Zoo) -> None:
    """Every file of the version is at its tag, byte for byte."""
    commit = hub.repos[REPO].resolve("v1.1.0")
    assert commit is not None
    manifest = zoo.new.manifest
    files = [*manifest.files, *(f for t in manifest.tables.values() for f in t.files)]
    assert {file.path for file in files} < set(commit.files)
    for file in files:
        assert commit.files[file.path].sha256 == file.sha256
    here = (zoo.new.path / "manifest.json").read_bytes()
    assert hub.read(commit.files["manifest.json"]) == here


def _assert_again_finishes(client: Client, hub: Hub, zoo: Zoo) -> None:
    hub.faults.clear()
    again = _publish(client, zoo)
    assert again.code == 0, again.err
    _assert_whole(hub, zoo)
    assert len(zoo.store.records(zoo.new, "release")) == 1


class _TagAppears(dict[str, str]):
    """Tags among which one appears once they were listed."""

    def __init__(self, tags: dict[str, str], name: str, oid: str) -> None:
        super().__init__(tags)
        self.name, self.oid = name, oid

    def items(self) -> Any:
        listed = list(super().items())
        self[self.name] = self.oid
        return listed
