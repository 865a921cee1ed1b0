"""Which version is meant: the order of appearance, which no copy and no touch changes."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from hueset.errors import StoreError, UnknownNameError
from hueset.render.terminal.datasets import version_document
from hueset.store.gc import find_garbage
from hueset.store.store import VersionStore
from tests.support.in_process_build import build_pets
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Three versions 1.0.0 in the order of their building, not of their names, and a 2.0.0."""
    root = tmp_path_factory.mktemp("sound") / "pets_project"
    write_pets(root)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUESET_CACHE", str(tmp_path_factory.mktemp("cache")))
        names = [
            build_pets(root, root / "artifacts", salt=salt).version.name for salt in ("a", "b", "c")
        ]
        path = root / "datasets/pets/dataset.yaml"
        path.write_text(path.read_text().replace("version: 1.0.0", "version: 2.0.0"))
        names.append(build_pets(root, root / "artifacts", salt="a").version.name)
        path.write_text(path.read_text().replace("version: 2.0.0", "version: 1.0.0"))
    return root, names


@pytest.fixture
def store(sound: tuple[Path, list[str]], tmp_path: Path) -> tuple[VersionStore, list[str]]:
    shutil.copytree(sound[0], tmp_path / "pets_project", symlinks=True)
    return VersionStore(tmp_path / "pets_project/artifacts"), sound[1]


def touched(store: VersionStore, names: list[str]) -> VersionStore:
    for at, name in enumerate(names):
        os.utime(store.root / "pets" / name, (2e9 - at, 2e9 - at))
    return store


def copied(store: VersionStore, names: list[str]) -> VersionStore:
    subprocess.run(["cp", "-r", store.root, store.root.with_name("copy")], check=True)
    return VersionStore(store.root.with_name("copy"))


def unpacked(store: VersionStore, names: list[str]) -> VersionStore:
    there = store.root.with_name("unpacked")
    there.mkdir()
    archive = there.with_name("store.tar")
    subprocess.run(["tar", "cf", archive, "-C", store.root, "."], check=True)
    subprocess.run(["tar", "xmf", archive, "-C", there], check=True)
    return VersionStore(there)


@pytest.mark.parametrize("moved", [touched, copied, unpacked])
def test_neither_touch_nor_copy_nor_tar_changes_which_is_newer(
    store: tuple[VersionStore, list[str]], moved: Callable[[VersionStore, list[str]], VersionStore]
) -> None:
    found = moved(*store)
    names = store[1]
    assert found.versions("pets") == names
    assert found.version("pets", "1.0.0").name == names[2]
    gone = {one.path.rpartition("/")[2] for one in find_garbage(found, keep=1).garbage}
    assert {name for name in names if name in gone} == set(names[:2])


def test_a_version_without_a_record_counts_as_the_newest_and_says_so(
    store: tuple[VersionStore, list[str]],
) -> None:
    found, names = store
    shutil.rmtree(found.root / "pets/_records" / names[0])
    assert found.versions("pets") == [*names[1:3], names[0], names[3]]
    document = version_document(found, found.version("pets", names[0]))
    assert document["recorded"] is False
    assert version_document(found, found.version("pets", names[1]))["recorded"] is True


def test_among_several_without_records_the_name_decides(
    store: tuple[VersionStore, list[str]],
) -> None:
    found, names = store
    shutil.rmtree(found.root / "pets/_records")
    assert found.versions("pets") == [*sorted(names[:3]), names[3]]


def test_the_next_build_makes_up_for_a_lost_record(store: tuple[VersionStore, list[str]]) -> None:
    found, names = store
    shutil.rmtree(found.root / "pets/_records" / names[0])
    done = build_pets(found.root.parent, found.root, salt="a")
    assert (done.state, done.version.name) == ("unchanged", names[0])
    (record,) = found.records(done.version, "build")
    assert record.state == "found"
    assert set(record.documents) == {"README.md", "croissant.json"}
    assert found.version("pets", "1.0.0").name == names[0]  # since then it has appeared
    build_pets(found.root.parent, found.root, salt="a")
    assert len(found.records(done.version, "build")) == 1


def test_no_record_is_made_up_for_bytes_that_are_not_the_promised_ones(
    store: tuple[VersionStore, list[str]],
) -> None:
    found, names = store
    shutil.rmtree(found.root / "pets/_records" / names[0])
    path = found.version("pets", names[0]).files("pets")[0]
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="has no record, and data/pets/"):
        build_pets(found.root.parent, found.root, salt="a")


def failing(store: VersionStore, *names: str) -> None:
    """Let versions have failed their gate."""
    for name in names:
        path = store.root / "pets" / name / "manifest.json"
        path.write_text(path.read_text().replace('"verdict": "warn"', '"verdict": "fail"', 1))
        assert '"verdict": "fail"' in path.read_text()


def test_a_bare_semver_means_the_newest_that_passed_then_the_newest(
    store: tuple[VersionStore, list[str]],
) -> None:
    found, names = store
    assert found.latest("pets") == names[3]  # of another semver
    failing(found, names[2])
    assert found.version("pets", "1.0.0").name == names[1]
    failing(found, names[0], names[1])
    assert found.version("pets", "1.0.0").name == names[2]


def test_a_bare_semver_of_which_there_are_samples_alone_means_the_latest_of_them(
    sound: tuple[Path, list[str]], tmp_path: Path
) -> None:
    store = VersionStore(tmp_path / "samples")
    for name in ("1.0.0+sample.aa", "1.0.0+sample.bb"):
        shutil.copytree(sound[0] / "artifacts/pets" / sound[1][0], store.root / "pets" / name)
    (store.root / "pets/latest-sample").symlink_to("1.0.0+sample.aa")
    assert store.version("pets").name == store.version("pets", "1.0.0").name == "1.0.0+sample.aa"


def test_a_version_that_cannot_be_read_is_none_that_passed(
    store: tuple[VersionStore, list[str]],
) -> None:
    found, names = store
    (found.root / "pets" / names[2] / "manifest.json").write_text("{")
    assert found.version("pets", "1.0.0").name == names[1]


def test_an_empty_name_is_no_version(store: tuple[VersionStore, list[str]]) -> None:
    with pytest.raises(UnknownNameError, match="holds no version '' of pets") as error:
        store[0].version("pets", "")
    assert "none of them passed" not in str(error.value.hint)
