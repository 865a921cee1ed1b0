"""A machine that fails: what is said of the store is true, and what can go on goes on."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hueset.coverage.readiness import check_readiness, version_readiness
from hueset.documents.record_kinds import RecordKind
from hueset.documents.record_list import own_verifications
from hueset.errors import StoreError, SystemRefusedError, UnknownNameError
from hueset.store import gc as sweep
from hueset.store.store import STAGING_AGE_S, StoredVersion, VersionStore, left_behind
from hueset.store.verify import FaultKind, verify_and_record, verify_version
from tests.support.documents import verification
from tests.support.in_process_build import build_pets
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_AGO = time.time() - 40 * 24 * 3600


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> StoredVersion:
    root = tmp_path_factory.mktemp("sound")
    return build_pets(write_pets(root / "pets_project"), root / "store").version


@pytest.fixture
def built(sound: StoredVersion, tmp_path: Path) -> StoredVersion:
    shutil.copytree(sound.path.parents[1], tmp_path / "store", symlinks=True)
    return StoredVersion("pets", sound.name, tmp_path / "store/pets" / sound.name)


@pytest.fixture
def store(built: StoredVersion) -> VersionStore:
    return VersionStore(built.path.parents[1])


def failing(number: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_store_that_holds_no_links_is_said_before_anything_is_built(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "symlink_to", failing(errno.EPERM))
    with pytest.raises(StoreError, match="holds no symbolic links") as caught:
        build_pets(pets, tmp_path / "fat")
    assert "another file system" in str(caught.value.hint)
    assert VersionStore(tmp_path / "fat").versions("pets") == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EIO, "fails"),
        (errno.EROFS, "read-only"),
        (errno.EMFILE, "ulimit"),
        (errno.EACCES, "permissions"),
    ],
)
def test_a_pointer_that_cannot_move_does_not_deny_the_version(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    """The version has appeared by then: that the store is as it was would not be true."""
    monkeypatch.setattr(VersionStore, "_point", failing(number))
    with pytest.raises(StoreError) as caught:
        build_pets(pets, tmp_path / "store")
    (name,) = VersionStore(tmp_path / "store").versions("pets")
    assert f"{name} is in the store" in str(caught.value.hint)
    assert said in str(caught.value.hint)
    monkeypatch.undo()
    assert build_pets(pets, tmp_path / "store").state == "unchanged"
    assert VersionStore(tmp_path / "store").latest("pets") == name


def test_a_fault_of_the_machine_in_the_midst_of_a_build_is_told_as_one(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hueset.build.run.write_documents", failing(errno.EIO))
    with pytest.raises(StoreError, match="Input/output error") as caught:
        build_pets(pets, tmp_path / "store")
    assert "no version changed, and finished units are kept" in str(caught.value.hint)
    assert VersionStore(tmp_path / "store").versions("pets") == []


def test_no_hint_of_the_system_asserts_a_state() -> None:
    told = SystemRefusedError.of(OSError(errno.EIO, "Input/output error", "/x"))
    assert told.message == "/x: Input/output error"
    assert "system's log" in str(told.hint)


def test_a_good_hub_clears_no_fault_of_this_store(
    store: VersionStore, built: StoredVersion
) -> None:
    file = built.files("pets")[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert verify_and_record(store, built).faults
    hub = {"verdict": "pass", "faults": [], "repo": "a/b", "tag": "v1.0.0"}
    store.record(built, RecordKind.HUB_VERIFICATION, hub)
    answer = check_readiness(store, "pets", ["calm"])
    assert not answer.ready
    assert "were not what the manifest says" in " ".join(answer.reasons)
    assert answer.verified_at is None


def test_a_record_of_before_that_names_a_repository_is_one_of_the_hub(built: StoredVersion) -> None:
    bad = verification("20260101T000000Z", "a.parquet")
    hub = verification("20260102T000000Z", repo="a/b")
    assert own_verifications([bad, hub]) == [bad]
    assert not version_readiness(built, ["calm"], records=[bad, hub]).ready


def test_an_unreadable_check_is_no_yes_and_an_unreadable_probe_is_no_no(
    store: VersionStore, built: StoredVersion
) -> None:
    store.record(built, RecordKind.PROBE, {}).write_text("{")
    assert check_readiness(store, "pets", ["calm"]).ready
    store.record(built, RecordKind.VERIFICATION, {"verdict": "fail", "faults": []}).write_text("")
    answer = check_readiness(store, "pets", ["calm"])
    assert (answer.ready, "cannot be read" in answer.reasons[0]) == (False, True)
    read = store.read_records(built)
    assert [len(read.readable), len(read.unreadable)] == [1, 2]


def test_verify_says_of_which_documents_no_record_speaks(
    store: VersionStore, built: StoredVersion
) -> None:
    assert verify_version(built, records=store.records(built)).unrecorded == ()
    found = verify_version(built)
    assert found.faults == ()
    assert found.unrecorded == ("manifest.json", "README.md", "croissant.json")


def test_verify_reads_the_manifest_again_and_follows_nothing(
    store: VersionStore, built: StoredVersion, tmp_path: Path
) -> None:
    assert built.manifest.verdict == "warn"
    (built.path / "quarantine").rename(tmp_path / "elsewhere")
    (built.path / "quarantine").symlink_to(tmp_path / "elsewhere")
    (built.path / "manifest.json").write_text("{}")
    found = verify_version(built, records=store.records(built))
    assert [(one.path, one.kind) for one in found.faults] == [
        ("manifest.json", FaultKind.UNREADABLE)
    ]


def age(path: Path, at: float = LONG_AGO) -> None:
    os.utime(path, (at, at), follow_symlinks=False)


def test_two_gc_at_once_share_the_work(store: VersionStore, built: StoredVersion) -> None:
    shutil.rmtree(built.path)
    (store.root / "pets/latest").unlink()
    for unit in store.units("pets").iterdir():
        age(unit)
    first, second = sweep.find_garbage(store), sweep.find_garbage(store)
    assert len(sweep.collect_garbage(store, first).garbage) == 2
    gone = sweep.collect_garbage(store, second)
    told = sweep.garbage_document(gone, removed=True)
    assert (told["garbage"], told["bytes"]) == ([], 0)


def test_a_shard_that_a_build_took_up_meanwhile_stays(
    store: VersionStore, built: StoredVersion
) -> None:
    shutil.rmtree(built.path)
    (store.root / "pets/latest").unlink()
    units = sorted(store.units("pets").iterdir())
    for unit in units:
        age(unit)
    found = sweep.find_garbage(store)
    os.utime(units[0])  # what a build does with each shard that it will use
    gone = sweep.collect_garbage(store, found)
    assert [Path(one.path).name for one in gone.garbage] == [units[1].name]
    assert units[0].is_dir()


NEVER, ENDED, BEGINNING = (f"vibe-0123abcd-20260101T00000{n}Z" for n in range(3))


def test_gc_knows_features_runs_and_what_was_never_finished(
    store: VersionStore, built: StoredVersion
) -> None:
    old = [
        f"_features/{'1' * 32}.npz",
        f"_features/.{'2' * 32}.npz-0123456789abcdef",
        f"_runs/{NEVER}/weights.pt",
        f"_runs/{ENDED}/.run.json-0123456789abcdef",
        "pets/.latest-0123456789abcdef",
        f"pets/_records/{built.name}/.build-1.json-0123456789abcdef",
    ]
    kept = [f"_features/{'3' * 32}.npz", f"_runs/{ENDED}/run.json", f"_runs/{BEGINNING}/.lock"]
    for place in [*old, *kept]:
        (store.root / place).parent.mkdir(parents=True, exist_ok=True)
        (store.root / place).write_text("{}")
    for place in old:
        age(store.root / place)
    age(store.root / f"_runs/{NEVER}")
    age(store.root / f"_runs/{ENDED}/run.json")
    found = sweep.collect_garbage(store, sweep.find_garbage(store)).garbage
    kinds = sorted(one.kind for one in found)
    assert kinds == ["features", "features", "remains", "remains", "remains", "run"]
    assert not [place for place in old if (store.root / place).exists()]
    assert [place for place in kept if (store.root / place).exists()] == kept


PLACES = ("pets/_staging", "pets/_units", "pets/_records", "_features", "_runs")


@pytest.mark.parametrize("place", PLACES)
def test_neither_gc_nor_a_build_removes_what_lies_behind_a_link(
    store: VersionStore, built: StoredVersion, tmp_path: Path, place: str
) -> None:
    """A folder that was moved to a larger disk, with a person's own files beside ours."""
    theirs = tmp_path / "theirs"
    names = ("keep", "1-1", "a" * 64, f"{'a' * 32}.npz", NEVER, built.name)
    for name in names:
        inside = theirs / name / ".build-1.json-0123456789abcdef"
        inside.parent.mkdir(parents=True)
        inside.write_text("precious")
        age(inside)
        age(inside.parent)
    linked = store.root / place
    shutil.rmtree(linked, ignore_errors=True)
    linked.symlink_to(theirs)
    found = sweep.find_garbage(store)
    sweep.collect_garbage(store, found)
    with store.staging("pets"):
        assert len(list(theirs.glob("*/.build-1*"))) == len(names)
    assert any("is a symbolic link" in reason for reason in found.left.values())


def test_gc_removes_nothing_whose_name_is_not_its_own(store: VersionStore) -> None:
    theirs = [
        *(f"pets/{place}/notes.txt" for place in ("_staging", "_units")),
        *(f"{place}/notes/plan.txt" for place in ("_features", "_runs")),
        "pets/.gone-fishing",
        "pets/.latest-notes",
    ]
    for name in theirs:
        place = store.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("mine")
        age(place)
        age(place.parent)
    sweep.collect_garbage(store, sweep.find_garbage(store))
    with store.staging("pets"):
        assert [name for name in theirs if not (store.root / name).exists()] == []


def test_a_killed_gc_and_a_version_set_aside_are_given_back(store: VersionStore) -> None:
    for name in (".gone-1.0.0+x-1", ".broken-1.0.0+x-1"):
        (store.root / "pets" / name).mkdir()
    found = sweep.find_garbage(store)
    assert [one.kind for one in found.garbage] == ["remains", "remains"]
    sweep.collect_garbage(store, found)
    assert sweep.find_garbage(store).garbage == ()


def test_one_dataset_that_cannot_be_judged_costs_gc_nothing_else(
    store: VersionStore, built: StoredVersion
) -> None:
    shutil.copytree(store.root / "pets", store.root / "cats", symlinks=True)
    (store.root / "cats" / built.name / "units.json").write_text("[")
    stale = store.root / "pets/_staging/999999999-1"
    stale.mkdir()
    age(stale)
    found = sweep.find_garbage(store)
    assert [Path(one.path).name for one in found.garbage] == [stale.name]
    assert list(found.left) == ["cats"]


def test_staging_is_held_by_its_lock_whatever_number_its_process_has(store: VersionStore) -> None:
    """Numbers of processes come again, and mean nothing on another machine of a shared disk."""
    with store.staging("pets") as mine:
        renamed = mine.rename(mine.with_name("1-1"))
        age(renamed)
        assert not left_behind(renamed)
        renamed.rename(mine)
    dead = store.root / "pets/_staging" / f"{os.getpid()}-1"
    dead.mkdir()
    (dead / "lock").touch()
    age(dead)
    assert left_behind(dead)
    age(dead, time.time() - STAGING_AGE_S / 2)
    assert not left_behind(dead)


def test_a_name_that_is_not_there_is_unknown_and_a_broken_one_is_broken(
    store: VersionStore,
) -> None:
    with pytest.raises(UnknownNameError):
        store.version("cats")
    (store.root / "cats").write_text("a file in the place of a folder")
    assert store.versions("cats") == []
    assert store.datasets() == ["pets"]
