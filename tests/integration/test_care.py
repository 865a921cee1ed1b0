import json
from pathlib import Path

import pytest

from hueset.build import executor
from hueset.build.quarantine import browse_quarantine, replay_quarantine
from hueset.errors import UnknownNameError
from hueset.store import gc as sweep
from hueset.store.diff import diff_evidence, diff_versions
from hueset.store.store import STAGING_AGE_S, VersionStore
from hueset.store.verify import verify_and_record, verify_version
from tests.support.in_process_build import Silent, build_pets, plan_pets
from tests.support.pets_project import repin


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_sound_version_verifies_and_the_result_is_recorded(pets: Path, tmp_path: Path) -> None:
    done = build_pets(pets, tmp_path / "store")
    store = VersionStore(tmp_path / "store")
    found = verify_and_record(store, done.version)
    assert found.faults == ()
    assert found.files > 3
    record = store.records(done.version, "verification")[0]
    assert record.verdict == "pass"
    assert len(record.manifest_sha256) == 64
    assert verify_version(done.version).faults == (), "a record never changes the version"


def test_a_flipped_bit_a_missing_shard_and_an_extra_file_are_each_named(
    pets: Path, tmp_path: Path
) -> None:
    done = build_pets(pets, tmp_path / "store")
    files = sorted((done.version.path / "data/pets").iterdir())
    data = bytearray(files[0].read_bytes())
    data[len(data) // 2] ^= 1
    files[0].write_bytes(data)
    files[1].unlink()
    (done.version.path / "data/pets/stray.parquet").write_text("x")
    faults = {fault.kind: fault.path for fault in verify_version(done.version).faults}
    assert faults == {
        "changed": f"data/pets/{files[0].name}",
        "missing": f"data/pets/{files[1].name}",
        "extra": "data/pets/stray.parquet",
    }


def test_a_diff_names_rows_columns_coverage_and_quarantine(pets: Path, tmp_path: Path) -> None:
    old = build_pets(pets, tmp_path / "store").version
    edit(pets / "mirror/pets/a.csv", "rex,dog,0.9", "rex,dog,0.91")
    edit(pets / "mirror/pets/a.csv", "tom,cat,0.1\n", "new,cat,0.1\nbad,cat,7\n")
    repin(pets)
    new = build_pets(pets, tmp_path / "store").version
    told = diff_versions(old, new)
    rows = told["tables"]["pets"]
    assert (rows["added"], rows["removed"], rows["changed"]) == (1, 1, 1)
    assert rows["columns"] == {"calm": 1}
    assert rows["examples"] == {"added": ["new"], "removed": ["tom"], "changed": ["rex"]}
    assert told["quarantine"] == {"pets: calm_out_of_range": [0, 1]}
    assert told["sources"]["changed"] == ["pets"]
    assert told["parts"] == ["sources"]
    json.dumps(told, allow_nan=False)
    unread = diff_evidence(old, new)
    assert unread.pop("rows") == {}
    assert unread == {part: told[part] for part in unread}


def test_a_diff_names_a_column_that_came_and_a_dimension_that_fell_under_its_floor(
    pets: Path, tmp_path: Path
) -> None:
    old = build_pets(pets, tmp_path / "store").version
    declaration = pets / "datasets/pets/dataset.yaml"
    edit(declaration, "      split: {type", "      age: {type: int32}\n      split: {type")
    edit(declaration, "{examples: 2,", "{examples: 11,")
    edit(pets / "pets_builders/pets.py", '"split": split}', '"split": split, "age": None}')
    new = build_pets(pets, tmp_path / "store").version
    told = diff_versions(old, new)
    assert told["tables"]["pets"]["schema"]["added"] == ["age"]
    assert told["tables"]["pets"]["changed"] == 0
    assert {"cell": "calm", "n": [10, 10], "verdict": ["trainable", "thin"]} in told["coverage"]


def test_the_same_version_has_no_difference(pets: Path, tmp_path: Path) -> None:
    version = build_pets(pets, tmp_path / "store").version
    told = diff_versions(version, version)
    assert told["tables"]["pets"]["state"] == "same"
    assert (told["coverage"], told["parts"], told["quarantine"]) == ([], [], {})


def test_a_diff_across_another_key_says_so_and_counts_no_rows(pets: Path, tmp_path: Path) -> None:
    old = build_pets(pets, tmp_path / "store").version
    declaration = pets / "datasets/pets/dataset.yaml"
    for before, after in (
        ("key: [name]", "key: [pet]"),
        ("group: name", "group: pet"),
        ("      name: {type", "      pet: {type"),
    ):
        edit(declaration, before, after)
    edit(pets / "pets_builders/pets.py", '"name": name', '"pet": name')
    told = diff_versions(old, build_pets(pets, tmp_path / "store").version)["tables"]["pets"]
    assert (told["state"], told["key"]) == ("rekeyed", [["name"], ["pet"]])
    assert told["schema"]["added"] == ["pet"]


def test_where_nothing_was_refused_there_is_no_row(pets: Path, tmp_path: Path) -> None:
    told = browse_quarantine(build_pets(pets, tmp_path / "store").version)
    assert (told["counts"], told["matching"], told["rows"]) == ({}, 0, [])


def test_quarantine_is_browsed_by_reason_and_replayed_after_a_fix(
    pets: Path, tmp_path: Path
) -> None:
    edit(pets / "mirror/pets/a.csv", "rex,dog,0.9", "rex,dog,9")
    edit(pets / "mirror/pets/b.csv", "zoe,cat,0.2", "zoe,cat,-1")
    repin(pets)
    done = build_pets(pets, tmp_path / "store")
    told = browse_quarantine(done.version, reason="calm_out_of_range")
    assert [row["key"] for row in told["rows"]] == ["rex", "zoe"]
    (second,) = browse_quarantine(done.version, table="pets", limit=1, offset=1)["rows"]
    assert second == told["rows"][1]
    with pytest.raises(UnknownNameError):
        browse_quarantine(done.version, reason="calm_out_of_rnage")
    edit(pets / "mirror/pets/a.csv", "rex,dog,9", "rex,dog,0.9")
    repin(pets)
    _, plan = plan_pets(pets)
    again = replay_quarantine(plan, VersionStore(tmp_path / "store"), done.version, Silent())
    assert again["accepted"] == {
        "count": 1,
        "reasons": {"calm_out_of_range": 1},
        "examples": ["rex"],
    }
    assert again["still"]["examples"] == ["zoe"]
    assert again["new"]["count"] == 0
    assert VersionStore(tmp_path / "store").versions("pets") == [done.version.name]


def test_replay_counts_rows_of_which_several_have_one_key(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "one_blas_thread", lambda: True)
    edit(pets / "pets_builders/pets.py", '"calm_out_of_range", calm', '"out_" + kind, calm')
    a, b = pets / "mirror/pets/a.csv", pets / "mirror/pets/b.csv"
    rows = a.read_text()
    a.write_text(f"{rows}dup,dog,7\ndup,cat,8\ndup,cat,8\nx,dog,9\n")
    b.write_text(f"{b.read_text()}dup,dog,7\n")
    repin(pets)
    done = build_pets(pets, tmp_path / "store")

    def replayed(text: str) -> dict:
        a.write_text(rows + text)
        repin(pets)
        again = replay_quarantine(
            plan_pets(pets)[1], VersionStore(tmp_path / "store"), done.version, Silent()
        )
        assert again["refused"] == 5 == again["accepted"]["count"] + again["still"]["count"]
        return {key: again[key]["reasons"] for key in ("accepted", "still", "new")}

    assert replayed("dup,dog,.7\ndup,cat,8\ndup,cat,8\nx,dog,9\n") == {
        "accepted": {"out_dog": 1},
        "still": {"out_cat": 2, "out_dog": 2},
        "new": {},
    }
    assert replayed("dup,cat,.7\ndup,cat,5\ndup,dog,6\nx,dog,9\n") == {
        "accepted": {"out_cat": 1},
        "still": {"out_cat": 1, "out_dog": 3},
        "new": {},
    }
    assert replayed("dup,dog,7\ndup,cat,8\ndup,cat,8\ndup,cat,8\nx,cat,9\n") == {
        "accepted": {},
        "still": {"out_cat": 3, "out_dog": 2},
        "new": {"out_cat": 1},
    }


def test_replay_counts_the_rows_of_units_that_are_gone(pets: Path, tmp_path: Path) -> None:
    edit(pets / "mirror/pets/a.csv", "rex,dog,0.9", "rex,dog,9\nrex,dog,8")
    repin(pets)
    done = build_pets(pets, tmp_path / "store")
    (pets / "mirror/pets/a.csv").rename(pets / "mirror/pets/c.csv")
    repin(pets)
    again = replay_quarantine(
        plan_pets(pets)[1], VersionStore(tmp_path / "store"), done.version, Silent()
    )
    assert (again["refused"], again["gone"], again["units_gone"]) == (2, 2, ["a.csv"])
    assert again["accepted"]["count"] == 0


def age(path: Path) -> None:
    import os
    import time

    old = time.time() - STAGING_AGE_S - 10
    os.utime(path, (old, old))


def test_gc_gives_back_old_staging_and_shards_but_nothing_a_version_needs(
    pets: Path, tmp_path: Path
) -> None:
    root = tmp_path / "store"
    first = build_pets(pets, root).version
    edit(pets / "mirror/pets/a.csv", "rex,dog,0.9", "rex,dog,0.91")
    repin(pets)
    second = build_pets(pets, root).version
    stale = root / "pets/_staging/999999999-1"
    stale.mkdir(parents=True)
    age(stale)
    for path in (root / "pets/_units").iterdir():
        age(path)
    garbage = sweep.find_garbage(VersionStore(root))
    assert sorted(item.kind for item in garbage.garbage) == ["staging", "units"]
    sweep.collect_garbage(VersionStore(root), garbage)
    assert not stale.exists()
    assert VersionStore(root).versions("pets") == [first.name, second.name]
    assert build_pets(pets, root).state == "unchanged"
    old = sweep.find_garbage(VersionStore(root), keep=0)
    assert [Path(item.path).name for item in old.garbage] == [first.name]
    sweep.collect_garbage(VersionStore(root), old)
    assert VersionStore(root).versions("pets") == [second.name]
    assert verify_version(VersionStore(root).version("pets")).faults == ()
