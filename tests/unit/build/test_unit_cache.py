"""A shard is believed by its hash: what is not what was written is made again, and told."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from hueset.build import unit_cache as shards
from hueset.build.unit_cache import ACCOUNT, ShardCondition, condition_of, keep_fresh, write_account
from hueset.store.store import StoredVersion, VersionStore
from tests.support.in_process_build import build_pets
from tests.support.pets_project import write_pets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The folder of a finished unit, with one file that is read and one that is taken over."""
    folder = tmp_path / "unit"
    (folder / "whole").mkdir(parents=True)
    (folder / "rows.parquet").write_bytes(b"rows" * 100)
    taken = folder / "whole/a.parquet"
    taken.write_bytes(b"whole" * 100)
    file = {
        "path": "whole/a.parquet",
        "bytes": 500,
        "stamp": shards.file_stamp(taken),
        "sha256": shards.hash_beneath(folder, "whole/a.parquet")[0],
    }
    account = {"key": "a", "rows": {}, "rejects": [], "findings": []}
    write_account(folder, {**account, "whole": {"whole": {"files": [file]}}})
    return folder


def change(path: Path, *, keep_time: bool) -> None:
    """Change five bytes in the middle, as a bad disk does: the time of the file may stay."""
    before = path.stat()
    with path.open("r+b") as stream:
        stream.seek(before.st_size // 2)
        stream.write(b"XXXXX")
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("keep_time", [False, True])
@pytest.mark.parametrize("file", ["rows.parquet", "whole/a.parquet"])
def test_five_changed_bytes_are_seen(unit: Path, file: str, keep_time: bool) -> None:
    change(unit / file, keep_time=keep_time)
    assert condition_of(unit) is ShardCondition.DAMAGED


def test_a_large_file_that_is_taken_over_is_believed_by_its_stamp(
    unit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ALWAYS_HASHED_BYTES", 100)
    assert condition_of(unit) is ShardCondition.WHOLE
    change(unit / "whole/a.parquet", keep_time=False)
    assert condition_of(unit) is ShardCondition.DAMAGED


def test_a_file_is_hashed_once_while_it_looks_the_same(
    unit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert condition_of(unit) is ShardCondition.WHOLE
    monkeypatch.setattr(shards, "hash_beneath", None)
    assert condition_of(unit) is ShardCondition.WHOLE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.parquet", bytes(400)),
        ("rows.parquet", b""),
        (ACCOUNT, b""),
        (ACCOUNT, bytes(400)),
        (ACCOUNT, b"[]"),
    ],
)
def test_what_a_power_loss_leaves_is_damaged(unit: Path, name: str, content: bytes) -> None:
    (unit / name).write_bytes(content)
    assert condition_of(unit) is ShardCondition.DAMAGED


def test_a_word_changed_in_the_account_is_seen_and_another_format_is_no_damage(unit: Path) -> None:
    told = json.loads((unit / ACCOUNT).read_text())
    (unit / ACCOUNT).write_text(json.dumps({**told, "rejects": [{"reason": "other"}]}))
    assert condition_of(unit) is ShardCondition.DAMAGED
    (unit / ACCOUNT).write_text(json.dumps({**told, "format": 1}))
    assert condition_of(unit) is ShardCondition.OUTDATED
    shutil.rmtree(unit)
    assert condition_of(unit) is ShardCondition.ABSENT


def test_a_shard_that_a_gc_took_just_now_is_not_reused(unit: Path, tmp_path: Path) -> None:
    assert keep_fresh([unit, tmp_path / "taken"]) == {"unit"}


@pytest.mark.parametrize("harm", ["changed", "zeroed", "file", "link"])
def test_a_build_makes_a_damaged_shard_again_and_says_so(tmp_path: Path, harm: str) -> None:
    pets, root = write_pets(tmp_path / "pets_project"), tmp_path / "store"
    first = build_pets(pets, root).version
    before = {path.name: path.read_bytes() for path in first.files("pets")}
    shutil.rmtree(first.path)
    unit = min(VersionStore(root).units("pets").iterdir())
    match harm:
        case "changed":
            change(unit / "pets.parquet", keep_time=True)
        case "zeroed":
            rows = unit / "pets.parquet"
            rows.write_bytes(bytes(rows.stat().st_size))
        case "file":
            shutil.rmtree(unit)
            unit.write_text("no folder")
        case _:
            unit.rename(tmp_path / "moved")
            unit.symlink_to(unit.name)
    done = build_pets(pets, root)
    assert (done.reused, done.remade) == (1, 1)
    again = StoredVersion("pets", done.version.name, done.version.path)
    assert {path.name: path.read_bytes() for path in again.files("pets")} == before
    assert build_pets(pets, root).remade == 0
