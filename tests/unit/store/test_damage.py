"""A store that somebody harmed: what is broken is named, and hides nothing else."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from hueset.build.plan import make_plan
from hueset.build.quarantine import replay_quarantine
from hueset.declaration.project import find_project
from hueset.errors import QueryError, StoreError, UnknownNameError, UsageError
from hueset.render.terminal.datasets import list_document
from hueset.sources import Where
from hueset.store import gc as sweep
from hueset.store.diff import diff_versions
from hueset.store.query import ask, open_store
from hueset.store.store import STAGING_AGE_S, StoredVersion, VersionStore
from hueset.store.verify import verify_and_record
from tests.support.in_process_build import Silent, build_pets, plan_pets
from tests.support.pets_project import repin, write_pets

COUNT = "SELECT count(*) FROM {}.pets"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> StoredVersion:
    """One version of pets, built once; the project of each test has the same fingerprint."""
    root = tmp_path_factory.mktemp("sound")
    return build_pets(write_pets(root / "pets_project"), root / "store").version


@pytest.fixture
def built(sound: StoredVersion, tmp_path: Path) -> StoredVersion:
    """That version in a store of this test, `tmp_path/store`."""
    shutil.copytree(sound.path.parents[1], tmp_path / "store", symlinks=True)
    return StoredVersion("pets", sound.name, tmp_path / "store/pets" / sound.name)


def with_cats(pets: Path, store: VersionStore) -> None:
    """Put a second dataset into the project and the store: a sound copy of the first."""
    (pets / "catalog.yaml").write_text("datasets: [pets, cats]\n")
    shutil.copytree(pets / "datasets/pets", pets / "datasets/cats")
    declaration = pets / "datasets/cats/dataset.yaml"
    declaration.write_text(declaration.read_text().replace("name: pets\nv", "name: cats\nv"))
    shutil.copytree(store.root / "pets", store.root / "cats", symlinks=True)


def another(pets: Path, root: Path) -> StoredVersion:
    """Build a second version from a changed source."""
    path = pets / "mirror/pets/a.csv"
    path.write_text(path.read_text().replace("rex,dog,0.9", "rex,dog,0.91"))
    repin(pets)
    return build_pets(pets, root).version


def age(path: Path) -> None:
    old = time.time() - STAGING_AGE_S - 10
    os.utime(path, (old, old))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda v: (v.path / "manifest.json").unlink(), "half deleted"),
        (lambda v: (v.path / "manifest.json").write_text("{"), "manifest.json cannot be read"),
        (lambda v: (v.path / "manifest.json").write_text("[]"), "an object is expected"),
        (lambda v: (v.path / "manifest.json").write_text("{}"), "manifest.json lacks format"),
        (lambda v: (v.path / "coverage.json").unlink(), "coverage.json is missing"),
        (lambda v: shutil.rmtree(v.path / "data"), "is missing, and 2 more"),
        (lambda v: v.files("pets")[0].write_bytes(b"PAR1"), "has 4 bytes, promised"),
        (lambda v: shutil.rmtree(v.path), "latest names 1.0.0+"),
    ],
)
def test_a_broken_version_is_named_and_the_other_datasets_answer(
    pets: Path, built: StoredVersion, tmp_path: Path, harm: object, said: str
) -> None:
    store = VersionStore(tmp_path / "store")
    with_cats(pets, store)
    harm(built)  # type: ignore[operator]
    listed = {one["name"]: one for one in list_document(find_project(pets), store)["datasets"]}
    assert said in listed["pets"]["fault"]
    assert (listed["cats"]["fault"], listed["cats"]["rows"]) == (None, 10)
    opened = open_store(store)
    assert said in opened.broken["pets"]
    assert ask(opened.con, COUNT.format("cats")).rows == [(10,)]
    with pytest.raises(QueryError):
        ask(opened.con, COUNT.format("pets"))
    with pytest.raises(StoreError):
        _, plan = plan_pets(pets)
        replay_quarantine(plan, store, store.version("pets"), Silent())
    with pytest.raises(StoreError):
        diff_versions(store.version("pets"), store.version("pets"))


def test_a_broken_declaration_does_not_hide_the_other_datasets(
    pets: Path, built: StoredVersion, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "store")
    with_cats(pets, store)
    (pets / "datasets/cats/dataset.yaml").write_text("name: [")
    listed = list_document(find_project(pets), store)["datasets"]
    assert listed[0]["version"] == built.name
    assert "datasets/cats/dataset.yaml:1: not valid YAML" in listed[1]["fault"]


def test_a_folder_that_is_no_version_is_not_taken_for_one(
    built: StoredVersion, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "store")
    for name in ("a+b", "1.0+x", "+", "1.0.0+"):
        (store.root / "pets" / name).mkdir()
        (store.root / "pets" / name / "manifest.json").write_text("{}")
    assert store.versions("pets") == [built.name]


def test_a_version_without_its_manifest_is_set_aside_and_built_again(
    pets: Path, built: StoredVersion, tmp_path: Path
) -> None:
    (built.path / "manifest.json").unlink()
    again = build_pets(pets, tmp_path / "store")
    assert (again.state, again.version.name) == ("built", built.name)
    assert again.version.damage() == []
    garbage = sweep.find_garbage(VersionStore(tmp_path / "store")).garbage
    assert [item.kind for item in garbage] == ["remains"]


def test_a_version_that_lacks_a_file_is_not_called_finished(
    pets: Path, built: StoredVersion, tmp_path: Path
) -> None:
    built.files("pets")[0].unlink()
    _, plan = plan_pets(pets)
    assert plan.state(VersionStore(tmp_path / "store")) == "damaged"
    with pytest.raises(StoreError, match="is damaged: data/pets/") as caught:
        build_pets(pets, tmp_path / "store")
    assert "move" in str(caught.value.hint)
    with pytest.raises(StoreError, match="is damaged"):
        build_pets(pets, tmp_path / "store", force=True)


@pytest.mark.parametrize("harm", ["cut", "gone", "garbled"])
def test_a_shard_that_was_harmed_is_made_again(
    pets: Path, built: StoredVersion, tmp_path: Path, harm: str
) -> None:
    before = {path.name: path.read_bytes() for path in built.files("pets")}
    shutil.rmtree(built.path)
    for unit in (tmp_path / "store/pets/_units").iterdir():
        rows = unit / "pets.parquet"
        match harm:
            case "cut":
                rows.write_bytes(rows.read_bytes()[:50])
            case "gone":
                rows.unlink()
            case _:
                (unit / "unit.json").write_text("{")
    again = build_pets(pets, tmp_path / "store")
    assert again.reused == 0
    assert {path.name: path.read_bytes() for path in again.version.files("pets")} == before


def test_a_pointer_that_is_a_folder_is_named_and_costs_no_version(
    pets: Path, built: StoredVersion, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "store")
    pointer = store.root / "pets/latest"
    pointer.unlink()
    shutil.copytree(built.path, pointer)
    with pytest.raises(StoreError, match="no symbolic link"):
        store.version("pets")
    with pytest.raises(StoreError, match="no symbolic link"):
        build_pets(pets, store.root)
    found = sweep.find_garbage(store, keep=0)
    assert found.garbage == ()
    assert "no symbolic link" in found.left["pets"]


@pytest.mark.parametrize("harm", ["dangling", "lost", "unreadable"])
def test_gc_removes_no_version_where_it_cannot_tell_what_is_needed(
    pets: Path, built: StoredVersion, tmp_path: Path, harm: str
) -> None:
    store = VersionStore(tmp_path / "store")
    second = another(pets, store.root)
    for unit in store.units("pets").iterdir():
        age(unit)
    match harm:
        case "dangling":
            shutil.rmtree(second.path)
        case "lost":
            (store.root / "pets/latest").unlink()
        case _:
            (second.path / "manifest.json").write_text("{")
    found = sweep.find_garbage(store, keep=0)
    assert "version" not in {item.kind for item in found.garbage}
    assert "pets" in found.left


def test_gc_leaves_shards_that_a_running_build_has_just_reused(
    pets: Path, built: StoredVersion, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "store")
    shutil.rmtree(built.path)
    (store.root / "pets/latest").unlink()
    for unit in store.units("pets").iterdir():
        age(unit)
    assert len(sweep.find_garbage(store).garbage) == 2
    build_pets(pets, store.root)
    (store.root / "pets/latest").unlink()
    assert sweep.find_garbage(store).garbage == ()


def test_staging_of_a_process_that_still_runs_is_left_however_old(
    built: StoredVersion, tmp_path: Path
) -> None:
    staging = tmp_path / "store/pets/_staging"
    mine, dead = staging / f"{os.getpid()}-1", staging / "999999999-1"
    for path in (mine, dead):
        path.mkdir()
        age(path)
    with VersionStore(tmp_path / "store").staging("pets"):
        pass
    assert mine.exists()
    assert not dead.exists()


def test_verify_names_a_manifest_or_a_document_that_was_written_over(
    built: StoredVersion, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "store")
    assert verify_and_record(store, built).faults == ()
    for name in ("manifest.json", "README.md", "croissant.json"):
        place = built.path / name
        place.write_bytes(place.read_bytes().replace(b"Pets", b"Mice"))
    fresh = StoredVersion(built.dataset, built.name, built.path)
    faults = {fault.path: fault.kind for fault in verify_and_record(store, fresh).faults}
    assert faults == {
        "manifest.json": "changed",
        "README.md": "changed",
        "croissant.json": "changed",
    }


def test_verify_reports_a_manifest_that_cannot_be_read(
    built: StoredVersion, tmp_path: Path
) -> None:
    (built.path / "manifest.json").write_text("{")
    fresh = StoredVersion(built.dataset, built.name, built.path)
    found = verify_and_record(VersionStore(tmp_path / "store"), fresh)
    assert [(fault.path, fault.kind) for fault in found.faults] == [("manifest.json", "unreadable")]


def test_a_manifest_of_another_format_says_so(built: StoredVersion) -> None:
    place = built.path / "manifest.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | {"format": 2}))
    with pytest.raises(StoreError, match="has the format 2"):
        _ = StoredVersion(built.dataset, built.name, built.path).manifest


def test_a_record_that_cannot_be_read_is_named(built: StoredVersion, tmp_path: Path) -> None:
    store = VersionStore(tmp_path / "store")
    record = next((store.root / "pets/_records").rglob("*.json"))
    record.write_text("{")
    with pytest.raises(StoreError, match=record.name):
        store.records(built)


def test_a_version_is_found_by_its_semver_its_beginning_and_its_pointer(
    pets: Path, built: StoredVersion, tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "store")
    second = another(pets, store.root)
    store.point(built)
    assert store.version("pets", "1.0.0").name == built.name, "the latest, not the newest"
    assert store.version("pets", "v1.0.0").name == built.name
    assert store.version("pets", second.name[:10]).name == second.name
    with pytest.raises(UnknownNameError):
        store.version("pets", "1.0.0+")
    with pytest.raises(UnknownNameError):
        store.version("pets", "latest-sample")


def test_a_sample_is_never_meant_by_a_bare_semver(built: StoredVersion, tmp_path: Path) -> None:
    store = VersionStore(tmp_path / "store")
    sample = store.root / "pets/1.0.0+sample.0123456789ab"
    shutil.copytree(built.path, sample)
    (store.root / "pets/latest").unlink()
    assert store.version("pets", "1.0.0").name == built.name


def test_a_store_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(StoreError, match="Not a directory"):
        VersionStore(tmp_path / "store").datasets()
    with pytest.raises(StoreError, match="Not a directory"):
        VersionStore(tmp_path / "store").versions("pets")


@pytest.mark.parametrize("name", ["st[o]re", "st*re", "it's a store", "run=5", "a#b?c", "naïve%20"])
def test_a_store_may_have_any_name(pets: Path, tmp_path: Path, name: str) -> None:
    done = build_pets(pets, tmp_path / name)
    assert done.verdict == "warn"
    opened = open_store(VersionStore(tmp_path / name))
    columns = ask(opened.con, "SELECT * FROM pets.pets").columns
    assert columns == ("name", "kind", "calm", "split")
    other = another(pets, tmp_path / name)
    assert diff_versions(done.version, other)["tables"]["pets"]["changed"] == 1


def test_a_project_and_its_sources_may_have_any_name(pets: Path, tmp_path: Path) -> None:
    odd = tmp_path / "p[r]o*ject=1 it's/pets_project"
    shutil.copytree(pets, odd)
    project = find_project(odd)
    where = Where(
        project_root=odd, dataset_dir=project.folder("pets"), mirror=odd / "mirror", flags={}
    )
    assert len(make_plan(project, "pets", where).units) == 2


def test_a_store_whose_path_is_not_utf8_is_refused_before_anything_is_built(
    tmp_path: Path,
) -> None:
    with pytest.raises(UsageError, match=r"caf\\xe9' is not UTF-8") as seen:
        VersionStore(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")))
    assert "--out" in str(seen.value.hint)
