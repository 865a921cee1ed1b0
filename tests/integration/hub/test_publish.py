"""Publishing to the fake Hub with the real client, when nothing goes wrong."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from hueset.store.store import StoredVersion, write_json
from tests.support.hub_sessions import REPO, Client, Said, Zoo, hub_environment, run_python

if TYPE_CHECKING:
    from tests.support.fake_hub import FakeHub, Hub


def publish(client: Client, zoo: Zoo, *more: str) -> Said:
    return client("publish", "zoo", "--yes", "--json", *zoo.arguments, *more)


def test_a_release_holds_every_file_of_the_version_under_its_tag(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    said = publish(client, zoo)

    assert said.code == 0, said.err
    repo = hub.repos[REPO]
    commit = repo.resolve("v1.1.0")
    assert commit is not None
    assert commit.oid == said.document["commit"]
    manifest = zoo.new.manifest
    files = [*manifest.files, *(f for t in manifest.tables.values() for f in t.files)]
    for file in files:
        entry = commit.files[file.path]
        assert (entry.sha256, entry.size) == (file.sha256, file.bytes)
        assert hashlib.sha256(hub.read(entry)).hexdigest() == file.sha256
    here = (zoo.new.path / "manifest.json").read_bytes()
    assert hub.read(commit.files["manifest.json"]) == here
    assert said.document["state"] == "published"
    assert commit.title == "Release zoo v1.1.0"


def test_the_release_is_a_record_and_the_version_stays_as_it_was(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    before = {p: p.stat().st_mtime_ns for p in zoo.new.path.rglob("*")}

    said = publish(client, zoo)

    (record,) = zoo.store.records(zoo.new, "release")
    assert {p: p.stat().st_mtime_ns for p in zoo.new.path.rglob("*")} == before
    assert (record.repo, record.tag) == (REPO, "v1.1.0")
    assert record.commit == said.document["commit"] == hub.repos[REPO].tags["v1.1.0"]
    digest = hashlib.sha256((zoo.new.path / "manifest.json").read_bytes()).hexdigest()
    assert record.manifest_sha256 == digest


def test_a_second_run_has_nothing_to_do(client: Client, hub: Hub, zoo: Zoo) -> None:
    publish(client, zoo)
    head = hub.repos[REPO].head
    hub.log.clear()

    said = publish(client, zoo)

    assert said.document["state"] == "unchanged"
    assert hub.repos[REPO].head == head
    assert not {"create", "preupload", "commit", "tag"} & set(hub.log)
    assert len(zoo.store.records(zoo.new, "release")) == 1


def test_the_next_release_sends_only_what_changed_and_removes_what_is_gone(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    publish(client, zoo, "--version", "1.0.0")
    repo = hub.repos[REPO]
    old = repo.commits[repo.head].files
    stray = "data/animals/train-00000-of-00002.parquet"
    hub.push(REPO, stray, b"an older shard")
    hub.push(REPO, "notes.txt", b"somebody's own")
    hub.log.clear()

    said = publish(client, zoo, "--version", "1.1.0")

    new = repo.commits[repo.head].files
    assert said.code == 0, said.err
    assert stray not in new
    assert "notes.txt" in new
    changed = {
        path
        for path, entry in new.items()
        if path.endswith(".parquet") and entry.sha256 not in {one.sha256 for one in old.values()}
    }
    assert 0 < hub.calls("lfs-put") == len({new[path].sha256 for path in changed})
    assert set(repo.tags) == {"v1.0.0", "v1.1.0"}
    assert repo.commits[repo.tags["v1.0.0"]].files == old


def test_a_dry_run_changes_nothing_and_tells_everything(client: Client, hub: Hub, zoo: Zoo) -> None:
    said = client("publish", "zoo", "--dry-run", "--private", "--json", *zoo.arguments)

    plan = said.document
    assert said.code == 0
    assert hub.repos == {}
    assert (plan["creates_repository"], plan["private"], plan["state"]) == (True, True, "new")
    sizes = {file["path"]: file["bytes"] for file in plan["send"]}
    place = zoo.new.path / "manifest.json"
    assert sizes["manifest.json"] == place.stat().st_size
    assert plan["bytes_to_send"] == sum(sizes.values())


def test_the_screen_of_a_dry_run_names_files_sizes_and_the_tag(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    publish(client, zoo, "--version", "1.0.0")

    said = client("publish", "zoo", "--dry-run", *zoo.arguments)

    assert "keepers/zoo@v1.1.0" in said.out
    assert "there now: v1.0.0" in said.out
    assert "there already" in said.out
    assert "one commit, one tag" in said.out


def test_nobody_is_asked_in_a_script_without_yes(client: Client, hub: Hub, zoo: Zoo) -> None:
    said = client("publish", "zoo", *zoo.arguments)

    assert said.code == 2
    assert "--yes" in said.err
    assert hub.repos == {}


def test_a_private_repository_is_made_private(client: Client, hub: Hub, zoo: Zoo) -> None:
    assert publish(client, zoo, "--private").code == 0
    assert hub.repos[REPO].private


def test_another_repository_gets_a_card_that_names_it(client: Client, hub: Hub, zoo: Zoo) -> None:
    assert publish(client, zoo, "--repo", "ann/animals").code == 0

    repo = hub.repos["ann/animals"]
    card = hub.read(repo.commits[repo.head].files["README.md"]).decode()
    assert 'load_dataset("ann/animals", "animals"' in card
    assert REPO not in card


def test_a_semver_released_with_another_digest_is_refused(
    client: Client, hub: Hub, zoo: Zoo
) -> None:
    publish(client, zoo, "--version", "1.0.0")
    other = _variant(zoo, zoo.old, name="1.0.0+ffffffffffff")
    before = dict(hub.repos[REPO].tags)

    said = publish(client, zoo, "--version", other.name)

    assert said.code == 2
    assert said.document["error"]["code"] == "E_RELEASED"
    assert zoo.old.name in said.document["error"]["message"]
    assert "raise `version:`" in said.document["error"]["hint"]
    assert hub.repos[REPO].tags == before


def test_the_same_version_with_other_bytes_is_refused(client: Client, hub: Hub, zoo: Zoo) -> None:
    publish(client, zoo, "--version", "1.0.0")
    path = zoo.old.path / "manifest.json"
    text = path.read_text()
    sha256 = zoo.old.manifest.tables["animals"].files[0].sha256
    path.write_text(text.replace(sha256, "0" * 64))

    said = publish(client, zoo, "--version", "1.0.0")

    assert said.document["error"]["code"] == "E_RELEASED"
    assert "data/animals/" in said.document["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "verdict", "waiver", "tag"),
    [
        ("failed", "fail", False, "v1.0.0-failed"),
        ("waived", "fail", True, "v1.0.0-failed"),
        ("sample", "warn", False, "v1.0.0-sample"),
    ],
)
def test_what_is_not_a_good_version_goes_out_only_by_name(
    client: Client, hub: Hub, zoo: Zoo, kind: str, verdict: str, waiver: bool, tag: str
) -> None:
    name = "1.0.0+sample.abcdefabcdef" if kind == "sample" else "1.0.0+abcdefabcdef"
    odd = _variant(zoo, zoo.old, name=name, verdict=verdict, sample=kind == "sample")
    if waiver:
        zoo.store.record(odd, "waiver", {"verdict": verdict, "why": "known"})

    refused = publish(client, zoo, "--version", name)
    assert refused.code == 1
    assert refused.document["error"]["code"] == "E_REFUSED"
    assert f"--allow {kind}" in refused.document["error"]["hint"]
    assert hub.repos == {}

    allowed = publish(client, zoo, "--version", name, "--allow", kind)
    assert allowed.code == 0, allowed.err
    assert list(hub.repos[REPO].tags) == [tag]
    (record,) = zoo.store.records(odd, "release")
    assert record.allowed == (kind,)


def test_only_allowed_rows_are_published(client: Client, hub: Hub, zoo: Zoo) -> None:
    said = publish(client, zoo, "--only-licence", "CC-BY-4.0")

    assert said.code == 0, said.err
    repo = hub.repos[REPO]
    files = repo.commits[repo.tags["v1.1.0"]].files
    manifest = json.loads(hub.read(files["manifest.json"]))
    assert manifest["derived"]["from"] == zoo.new.name
    assert manifest["tables"]["animals"]["rows"] == 5
    assert not any(path.startswith("quarantine/") for path in files)
    for path, entry in files.items():
        if path.endswith(".parquet"):
            rows = pq.read_table(io.BytesIO(hub.read(entry))).to_pylist()
            assert not {row["name"] for row in rows} & {"zoe", "max", "lea", "pip"}
    (record,) = zoo.store.records(zoo.new, "release")
    assert record.version == manifest["version"] != zoo.new.name
    assert publish(client, zoo, "--only-licence", "CC-BY-4.0").document["state"] == "unchanged"


def test_the_published_release_loads_from_the_hub_by_its_tag(
    client: Client, server: FakeHub, hub: Hub, zoo: Zoo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    publish(client, zoo, "--version", "1.0.0")
    publish(client, zoo, "--version", "1.1.0")
    home = tmp_path_factory.mktemp("load")
    script = f"""
import duckdb, json, sys
from datasets import Audio, load_dataset
from huggingface_hub import HfFileSystem, snapshot_download
whole = load_dataset("{REPO}", "calls", revision="v1.0.0")
assert isinstance(whole["train"].features["call"], Audio), whole["train"].features
lazy = load_dataset("{REPO}", "animals", revision="v1.0.0", streaming=True)
folder = snapshot_download("{REPO}", repo_type="dataset", revision="v1.0.0")
class Files(HfFileSystem):
    def modified(self, path):
        import datetime
        return datetime.datetime.now()
con = duckdb.connect()
con.register_filesystem(Files())
counted = con.execute(
    "SELECT count(*) FROM read_parquet('hf://datasets/{REPO}@v1.0.0/data/animals/*.parquet')"
).fetchone()[0]
print(json.dumps({{
    "eager": {{s: len(r) for s, r in whole.items()}},
    "names": sorted(row["name"] for rows in lazy.values() for row in rows),
    "duckdb": counted,
    "snapshot": folder,
}}))
"""
    told = json.loads(run_python(script, hub_environment(server.url, home)))

    tables = zoo.old.manifest.tables
    assert told["eager"] == tables["calls"].splits
    assert told["names"] == ["ida", "kit", "lea", "max", "rex", "tom", "zoe"]
    assert told["duckdb"] == 7


def test_large_files_go_in_parts(client: Client, hub: Hub, zoo: Zoo) -> None:
    hub.part_bytes = 1000

    said = publish(client, zoo)

    assert said.code == 0, said.err
    assert hub.calls("lfs-part") > 2 * hub.calls("lfs-complete") > 0
    files = hub.repos[REPO].commits[hub.repos[REPO].head].files
    for entry in files.values():
        assert hashlib.sha256(hub.read(entry)).hexdigest() == entry.sha256


def _variant(zoo: Zoo, of: StoredVersion, *, name: str, **changes: object) -> StoredVersion:
    """Copy a version under another name, with another manifest."""
    path = shutil.copytree(of.path, of.path.parent / name)
    document = {**of.manifest_json, "version": name, **changes}
    write_json(path / "manifest.json", document)
    return StoredVersion("zoo", name, path)
