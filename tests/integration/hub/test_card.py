"""The card of a version that is released already: told when it differs, sent alone, tag unmoved."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from hueset.documents.licences import licence_of
from hueset.store.store import VersionStore
from tests.support.hub_sessions import REPO, Client, Said, Zoo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fake_hub import Hub


@pytest.fixture
def released(client: Client, hub: Hub, zoo: Zoo) -> Zoo:
    """Version 1.1.0 is on the Hub; since then the prose of its card was changed."""
    assert publish(client, zoo).code == 0
    place = zoo.project.folder("zoo") / "card.md"
    place.write_text(place.read_text().replace("Animals that people met.", "Animals, met."))
    return zoo


def publish(client: Client, zoo: Zoo, *more: str) -> Said:
    return client("publish", "zoo", "--yes", "--json", *zoo.arguments, *more)


def test_a_changed_card_of_a_released_version_is_told_and_not_sent(
    client: Client, hub: Hub, released: Zoo
) -> None:
    head = hub.repos[REPO].head

    said = publish(client, released)
    screen = client("publish", "zoo", "--yes", *released.arguments)

    assert (said.code, said.document["state"]) == (0, "unchanged")
    assert said.document["card_differs"] == ["README.md", "manifest.json"]
    assert "nothing to send" in screen.out
    assert "README.md, manifest.json; --card-only sends that alone" in " ".join(screen.out.split())
    assert hub.repos[REPO].head == head


def test_the_card_alone_is_one_commit_and_the_tag_stays(
    client: Client, hub: Hub, released: Zoo
) -> None:
    repo = hub.repos[REPO]
    before = dict(repo.commits[repo.head].files)
    tags = dict(repo.tags)
    hub.log.clear()

    said = publish(client, released, "--card-only")

    assert (said.code, said.document["state"], said.document["sent"]) == (0, "card", 2), said.err
    made = repo.commits[repo.head]
    assert (made.title, said.document["commit"]) == ("Card of zoo v1.1.0", repo.head)
    assert "Animals, met." in hub.read(made.files["README.md"]).decode()
    sent = {"README.md", "manifest.json"}
    assert {p: e for p, e in made.files.items() if p not in sent} == {
        p: e for p, e in before.items() if p not in sent
    }
    assert repo.tags == tags
    assert (hub.calls("commit"), hub.calls("tag"), hub.calls("lfs-put")) == (1, 0, 0)
    (record,) = released.store.records(released.new, "card")
    digest = hashlib.sha256(hub.read(made.files["README.md"])).hexdigest()
    assert record.files["README.md"].sha256 == digest
    for more in ((), ("--card-only",)):
        again = publish(client, released, *more)
        assert (again.document["state"], again.document["card_differs"]) == ("unchanged", [])
    assert repo.head == made.oid
    assert publish(client, released, "--repo", "ann/zoo").code == 0


def test_a_licence_that_changed_after_the_release_is_told_sent_and_pulled(
    client: Client, hub: Hub, released: Zoo, tmp_path: Path
) -> None:
    path = released.project.folder("zoo") / "dataset.yaml"
    path.write_text(path.read_text().replace("licence: mixed", "licence: CC-BY-NC-4.0"))

    screen = client("publish", "zoo", "--yes", *released.arguments)

    said = " ".join(screen.out.split())
    was, now = "CC-BY-4.0 AND unstated", "CC-BY-NC-4.0 AND unstated"
    assert f"licence: main says {was}, it is {now}" in said
    store = VersionStore(tmp_path / "elsewhere")
    there = (
        "pull",
        f"{REPO}@v1.1.0",
        "--json",
        "--project",
        str(released.project.root),
        "--store",
        str(store.root),
    )
    assert client(*there).document["state"] == "pulled"
    assert licence_of(store.version("zoo").manifest) == was

    assert publish(client, released, "--card-only").document["state"] == "card"

    assert client(*there).document["state"] == "unchanged"
    pulled = store.version("zoo")
    assert pulled.manifest.licence == now
    assert "license_name: cc-by-nc-4.0-and-unstated" in (pulled.papers / "README.md").read_text()
    assert pulled.manifest == released.store.version("zoo").manifest
    assert publish(client, released).document["card_differs"] == []


def test_a_dry_run_of_the_card_sends_nothing(client: Client, hub: Hub, released: Zoo) -> None:
    head = hub.repos[REPO].head

    said = publish(client, released, "--card-only", "--dry-run")

    assert said.document["card_differs"] == ["README.md", "manifest.json"]
    assert hub.repos[REPO].head == head


def test_the_answer_of_a_card_that_was_lost_is_not_sent_twice(
    client: Client, hub: Hub, released: Zoo
) -> None:
    commits = len(hub.repos[REPO].commits)
    hub.faults.add("commit", "lose_answer")

    said = publish(client, released, "--card-only")

    assert (said.code, said.document["state"]) == (0, "card"), said.err
    assert len(hub.repos[REPO].commits) == commits + 1


def test_a_push_before_the_card_is_kept_and_told(client: Client, hub: Hub, released: Zoo) -> None:
    repo = hub.repos[REPO]
    tags = dict(repo.tags)
    hub.faults.add("commit", "push")

    said = publish(client, released, "--card-only")

    assert said.document["error"]["code"] == "E_HUB_MOVED"
    assert "NOTES.md" in repo.commits[repo.head].files
    assert publish(client, released, "--card-only").document["state"] == "card"
    assert "NOTES.md" in repo.commits[repo.head].files
    assert repo.tags == tags


def test_wrong_bytes_of_a_card_are_told(client: Client, hub: Hub, released: Zoo) -> None:
    hub.faults.add("resolve", "wrong_bytes", path="README.md", times=1)

    said = publish(client, released, "--card-only")

    assert (said.code, said.document["error"]["code"]) == (3, "E_PUBLISHED")
    assert "v1.1.0 stands where it stood" in said.document["error"]["hint"]


def test_the_card_of_an_older_release_does_not_go_over_a_newer_one(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    for version in ("1.0.0", "1.1.0"):
        assert publish(client, zoo, "--version", version).code == 0
    head = hub.repos[REPO].head

    said = publish(client, zoo, "--version", "1.0.0", "--card-only")

    assert said.code == 2
    assert "does not hold v1.0.0: the newest is v1.1.0" in said.document["error"]["message"]
    assert publish(client, zoo, "--version", "1.0.0").document["card_differs"] == []
    assert hub.repos[REPO].head == head


def test_a_version_that_is_not_released_has_no_card_of_its_own(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    said = publish(client, zoo, "--card-only")

    assert said.code == 2
    assert "its card goes out with it" in said.document["error"]["message"]
    assert hub.repos == {}
