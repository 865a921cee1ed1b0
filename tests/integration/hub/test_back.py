"""The way back from the Hub: verify what is published, pull it into a store, export it."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hueset.store.store import VersionStore
from hueset.store.verify import FaultKind, verify_version
from tests.support.hub_sessions import REPO, Client, Said, Zoo, hub_environment, run_python
from tests.support.in_process_build import tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fake_hub import FakeHub, Hub


@pytest.fixture
def published(client: Client, hub: Hub, zoo: Zoo) -> Zoo:
    """Both versions are on the Hub."""
    for version in ("1.0.0", "1.1.0"):
        said = client("publish", "zoo", "--yes", "--version", version, *zoo.arguments)
        assert said.code == 0, said.err
    return zoo


def test_what_is_published_verifies_and_loads(client: Client, published: Zoo) -> None:
    said = client("verify", "zoo", "--repo", REPO, "--json", *published.arguments)

    told = said.document
    assert said.code == 0, said.err
    assert (told["verdict"], told["tag"], told["faults"]) == ("pass", "v1.1.0", [])
    tables = published.new.manifest.tables
    assert {t["table"]: t["eager"] for t in told["tables"]} == {
        name: table.splits for name, table in tables.items()
    }
    assert all(t["streaming"] == t["eager"] for t in told["tables"])
    (record,) = published.store.records(published.new, "hub_verification")
    assert record.repo == REPO


def test_other_bytes_on_the_hub_are_found(client: Client, hub: Hub, published: Zoo) -> None:
    path = published.new.manifest.tables["animals"].files[0].path
    entry = hub.repos[REPO].resolve("v1.1.0").files[path]  # type: ignore[union-attr]
    content = hub.lfs[entry.sha256]
    hub.spoil(REPO, path, content[:-9] + b"x" + content[-8:])

    said = client("verify", "zoo", "--repo", REPO, "--json", *published.arguments)

    assert said.code == 1
    (fault,) = said.document["faults"]
    assert (fault["path"], fault["kind"], fault["expected"]) == (path, "sha256", entry.sha256)


@pytest.mark.full
def test_a_card_with_a_wrong_count_is_found_by_loading(
    client: Client, hub: Hub, published: Zoo
) -> None:
    repo = hub.repos[REPO]
    files = repo.commits[repo.tags["v1.1.0"]].files
    card = hub.read(files["README.md"]).decode()
    assert "num_examples: 4" in card
    hub.spoil(REPO, "README.md", card.replace("num_examples: 4", "num_examples: 5").encode())

    said = client("verify", "zoo", "--repo", REPO, "--json", *published.arguments)

    assert said.code == 1
    assert {fault["kind"] for fault in said.document["faults"]} == {"load"}


def test_a_version_that_was_never_published_is_said_to_be_so(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    client("publish", "zoo", "--yes", "--version", "1.0.0", *zoo.arguments)

    said = client("verify", "zoo", "--repo", REPO, "--json", *zoo.arguments)

    assert said.code == 3
    assert "has no release v1.1.0" in said.document["error"]["message"]
    assert "releases: v1.0.0" in said.document["error"]["hint"]


def test_a_release_is_pulled_byte_for_byte(client: Client, published: Zoo, tmp_path: Path) -> None:
    store = VersionStore(tmp_path / "elsewhere")

    said = _pull(client, published, store, f"{REPO}@v1.0.0")

    assert said.code == 0, said.err
    pulled = store.version("zoo", "1.0.0")
    assert tree(pulled.path) == tree(published.old.path)
    assert store.latest("zoo") == published.old.name
    (record,) = store.records(pulled, "pull")
    assert record.repo == REPO
    assert (
        client(
            "verify", "zoo", "--project", str(published.project.root), "--store", str(store.root)
        ).code
        == 0
    )


def test_a_card_that_changed_after_the_pull_is_found(
    client: Client, published: Zoo, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "elsewhere")
    assert _pull(client, published, store, f"{REPO}@v1.1.0").code == 0
    version = store.version("zoo")
    card = version.path / "README.md"
    card.write_text(card.read_text() + "tampered\n")
    (fault,) = verify_version(version, records=store.records(version)).faults
    assert (fault.path, fault.kind) == ("README.md", FaultKind.CHANGED)


def test_without_a_tag_the_newest_release_is_pulled(
    client: Client, published: Zoo, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "elsewhere")

    assert _pull(client, published, store, REPO).document["tag"] == "v1.1.0"
    older = _pull(client, published, store, f"{REPO}@v1.0.0")

    assert older.document["latest"] is False
    assert store.latest("zoo") == published.new.name
    assert _pull(client, published, store, REPO).document["state"] == "unchanged"


@pytest.mark.parametrize("times", [1, None])
def test_wrong_bytes_at_download_are_asked_for_again_and_never_stored(
    client: Client, hub: Hub, published: Zoo, tmp_path: Path, times: int | None
) -> None:
    hub.faults.add("resolve", "wrong_bytes", path="calls/train", times=times)
    store = VersionStore(tmp_path / "elsewhere")

    said = _pull(client, published, store, REPO)

    if times == 1:
        assert said.code == 0, said.err
        assert tree(store.version("zoo").path) == tree(published.new.path)
        return
    assert (said.code, said.document["error"]["code"]) == (3, "E_PUBLISHED")
    assert "data/calls/train-00000-of-00001.parquet should be" in said.document["error"]["message"]
    assert store.versions("zoo") == []
    hub.faults.clear()
    assert _pull(client, published, store, REPO).code == 0


def test_a_pull_that_broke_off_does_not_ask_for_whole_files_again(
    client: Client, hub: Hub, published: Zoo, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "elsewhere")
    hub.faults.add("resolve", status=503, times=None, path="labels")
    assert _pull(client, published, store, REPO).code == 4
    hub.faults.clear()
    hub.log.clear()

    said = _pull(client, published, store, REPO)

    assert said.code == 0, said.err
    files = sum(len(t.files) for t in published.new.manifest.tables.values())
    assert hub.calls("resolve") < files


def test_two_pulls_at_once_do_not_meet(client: Client, published: Zoo, tmp_path: Path) -> None:
    store = VersionStore(tmp_path / "elsewhere")
    lock = store.root / "zoo/_staging" / f"pull-{published.new.name}" / "lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        said = _pull(client, published, store, REPO)

    assert (said.code, said.document["error"]["code"]) == (4, "E_STORE")
    assert "by another process" in said.document["error"]["message"]
    assert _pull(client, published, store, REPO).code == 0


def test_a_pull_that_is_killed_leaves_no_version_and_the_next_one_finishes(
    client: Client, published: Zoo, tmp_path: Path, server: FakeHub
) -> None:
    store = VersionStore(tmp_path / "elsewhere")
    places = ["--project", str(published.project.root), "--store", str(store.root)]
    killed = subprocess.run(
        [sys.executable, "-m", "hueset", "pull", REPO, *places],
        env=hub_environment(server.url, tmp_path / "hf", HUESET_TEST_KILL_AT="pulled"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert store.versions("zoo") == []
    assert _pull(client, published, store, REPO).code == 0
    assert tree(store.version("zoo").path) == tree(published.new.path)
    assert list((store.root / "zoo/_staging").iterdir()) == []


@pytest.mark.parametrize(
    ("reference", "code", "says"),
    [
        ("zoo", 2, "is no published version"),
        ("keepers/zoo@", 2, "is no published version"),
        ("keepers/zoo@v9.0.0", 3, "has no release v9.0.0"),
        ("keepers/nothing", 3, "there is no keepers/nothing"),
    ],
)
def test_a_reference_that_leads_nowhere_is_said_to(
    client: Client, published: Zoo, tmp_path: Path, reference: str, code: int, says: str
) -> None:
    said = _pull(client, published, VersionStore(tmp_path / "elsewhere"), reference)

    assert said.code == code
    assert says in said.document["error"]["message"]


@pytest.mark.parametrize("path", ["../../evil.parquet", "/tmp/evil.parquet", "data/../../evil"])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(
    client: Client, hub: Hub, published: Zoo, tmp_path: Path, path: str
) -> None:
    manifest = json.loads((published.new.path / "manifest.json").read_text())
    manifest["files"].append({"path": path, "bytes": 1, "sha256": "0" * 64})
    hub.spoil(REPO, "manifest.json", json.dumps(manifest).encode())
    store = VersionStore(tmp_path / "elsewhere")

    said = _pull(client, published, store, REPO)

    assert said.document["error"]["code"] == "E_PUBLISHED"
    assert "a path below the version is expected" in said.document["error"]["message"]
    assert not store.root.exists()


def test_an_export_loads_offline_with_features_splits_and_counts(
    client: Client, hub: Hub, zoo: Zoo, tmp_path: Path, server: FakeHub
) -> None:
    folder = tmp_path / "exported"

    said = client("export", "zoo", "--to", str(folder), "--json", *zoo.arguments)

    assert said.code == 0, said.err
    script = f"""
import json
from datasets import Audio, ClassLabel, load_dataset
told = {{}}
for name in ("animals", "calls", "labels"):
    loaded = load_dataset({str(folder)!r}, name=name)
    told[name] = {{split: len(rows) for split, rows in loaded.items()}}
    lazy = load_dataset({str(folder)!r}, name=name, streaming=True)
    assert {{s: sum(1 for _ in r.decode(False)) for s, r in lazy.items()}} == told[name]
    features = loaded[next(iter(loaded))].features
    if name == "animals":
        assert features["kind"] == ClassLabel(names=["cat", "dog"]), features
    if name == "calls":
        assert isinstance(features["call"], Audio), features
        assert loaded["train"].with_format("numpy")["mel"][0].shape == (4, 3)
print(json.dumps(told))
"""
    offline = hub_environment("http://127.0.0.1:1", tmp_path / "hf", HF_HUB_OFFLINE="1")
    told = json.loads(run_python(script, offline))
    assert told == {name: t.splits for name, t in zoo.new.manifest.tables.items()}


def test_an_export_does_not_overwrite(client: Client, zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")

    said = client("export", "zoo", "--to", str(tmp_path / "there"), "--json", *zoo.arguments)

    assert said.document["error"]["code"] == "E_USAGE"
    assert tree(tmp_path / "there") == {"mine.txt": b"mine"}


def test_an_export_of_a_damaged_version_is_refused(
    client: Client, zoo: Zoo, tmp_path: Path
) -> None:
    zoo.new.files("labels")[0].write_bytes(b"damaged")

    said = client("export", "zoo", "--to", str(tmp_path / "out"), "--json", *zoo.arguments)

    assert said.document["error"]["code"] == "E_STORE"
    assert not (tmp_path / "out").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".out")]


def test_an_export_of_some_licences_holds_only_their_rows(
    client: Client, zoo: Zoo, tmp_path: Path
) -> None:
    said = client(
        "export",
        "zoo",
        "--to",
        str(tmp_path / "out"),
        "--json",
        "--only-licence",
        "CC-BY-4.0",
        *zoo.arguments,
    )

    assert said.code == 0, said.err
    rows = {name: told["rows"] for name, told in said.document["tables"].items()}
    assert rows == {"animals": 5, "calls": 5, "labels": 5}
    shutil.rmtree(tmp_path / "out")


def _pull(client: Client, zoo: Zoo, store: VersionStore, reference: str) -> Said:
    return client(
        "pull", reference, "--json", "--project", str(zoo.project.root), "--store", str(store.root)
    )
