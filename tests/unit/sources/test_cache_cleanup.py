"""What a killed process left in the cache goes by age; what is in use or was fetched stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hueset.cli.app import app
from hueset.sources import cache as cachedir
from hueset.sources import tars
from hueset.sources.cache_cleanup import LEFT_AGE_S, UNREAD_AGE_S, find_leftovers
from hueset.sources.tars import Tar
from tests.support.source_declarations import write_tar

KEY = "0123456789abcdef" * 2
CUT = "0123456789abcdef"
LEFT = {
    f"partial/{KEY}.part": "partial",
    f"partial/{KEY}.etag": "partial",
    "hub/datasets--a--b/blobs/ab.1.incomplete": "partial",
    f"tar/.{KEY}-0123456789abcde-{CUT}": "partial",
    f"hashes/.{KEY}.json-{CUT}": "partial",
    f"shapes/.{KEY}.json-{CUT}": "partial",
    f"locks/fetch-{KEY}.lock": "lock",
}
UNPACKED = {
    f"tar/{KEY}-{KEY}.tar": "unpacked",
    f"tar/{KEY}-{KEY}.json": "unpacked",
    f"shapes/{KEY}.json": "unpacked",
}
THEIRS = ("tar/backup.tar", "tar/.notes", "partial/thesis.txt", "locks/door.lock", "shapes/a.json")
"""Files of somebody whose folder `HUESET_CACHE` names."""
KEPT = (
    *("sources/ab/data.csv", f"hashes/{KEY}.json", "hub/datasets--a--b/blobs/ab"),
    *THEIRS,
)


def aged(path: str, age_s: float) -> Path:
    """Write a file in the cache that is so old."""
    place = cachedir.cache_dir() / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"abc")
    age(place, age_s)
    return place


def age(path: Path, age_s: float) -> None:
    then = time.time() - age_s
    os.utime(path, (then, then))


def found() -> dict[str, str]:
    return {str(one.path.relative_to(cachedir.cache_dir())): one.kind for one in find_leftovers()}


def test_remains_go_after_a_day_and_unpacked_archives_after_a_month() -> None:
    for path in (*LEFT, *UNPACKED, *KEPT):
        aged(path, LEFT_AGE_S - 60)
    assert found() == {}
    for path in (*LEFT, *UNPACKED, *KEPT):
        aged(path, LEFT_AGE_S + 60)
    assert found() == LEFT
    for path in (*LEFT, *UNPACKED, *KEPT):
        aged(path, UNREAD_AGE_S + 60)
    assert found() == LEFT | UNPACKED


def test_a_dry_run_shows_them_and_a_sweep_removes_just_them(tmp_path: Path) -> None:
    for path in (*LEFT, *UNPACKED, *KEPT):
        aged(path, UNREAD_AGE_S + 60)
    store = tmp_path / "store"
    store.mkdir()
    sweep = ["gc", "--json", "--out", str(store)]
    shown = json.loads(CliRunner().invoke(app, [*sweep, "--dry-run"]).stdout)
    assert shown["removed"] is False
    assert {item["kind"] for item in shown["garbage"]} == {"partial", "lock", "unpacked"}
    assert {item["dataset"] for item in shown["garbage"]} == {None}
    assert shown["bytes"] == 3 * len(LEFT | UNPACKED)
    removed = json.loads(CliRunner().invoke(app, sweep).stdout)
    assert removed == {**shown, "removed": True}
    left = [path for path in cachedir.cache_dir().rglob("*") if path.is_file()]
    assert sorted(left) == sorted(cachedir.cache_dir() / path for path in KEPT)


def test_what_lies_behind_a_link_stays(tmp_path: Path) -> None:
    for path in UNPACKED:
        aged(path, UNREAD_AGE_S + 60)
    tar = cachedir.cache_dir() / "tar"
    tar.rename(tmp_path / "tar")
    tar.symlink_to(tmp_path / "tar")
    assert found() == {f"shapes/{KEY}.json": "unpacked"}


def test_a_cache_that_does_not_exist_holds_nothing() -> None:
    assert find_leftovers() == []


def test_a_lock_that_is_held_stays_and_goes_once_it_is_free() -> None:
    with cachedir.only_one(f"tar-{KEY}"):
        (lock,) = (cachedir.cache_dir() / "locks").iterdir()
        age(lock, LEFT_AGE_S + 60)
        assert found() == {}
    age(lock, LEFT_AGE_S + 60)
    assert found() == {f"locks/tar-{KEY}.lock": "lock"}


def test_who_waited_for_a_lock_that_was_removed_does_not_share_it_with_others() -> None:
    wait = (
        "from hueset.sources import cache as cachedir\n"
        "print('waits', flush=True)\n"
        f"with cachedir.only_one('tar-{KEY}'):\n"
        "    print('has it', flush=True)\n"
        "    input()\n"
    )
    with cachedir.only_one(f"tar-{KEY}"):
        (lock,) = (cachedir.cache_dir() / "locks").iterdir()
        child = subprocess.Popen(
            [sys.executable, "-c", wait], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert child.stdin
        assert child.stdout
        assert child.stdout.readline() == "waits\n"
        deadline = time.monotonic() + 20
        while not _waits_for(lock, child.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        lock.unlink()  # as `gc` does
    assert child.stdout.readline() == "has it\n"
    assert lock.exists()
    age(lock, LEFT_AGE_S + 60)
    assert found() == {}
    child.communicate("\n", timeout=20)
    assert child.returncode == 0


def _waits_for(path: Path, process: int) -> bool:
    """Whether a process has the file open."""
    opened = []
    for one in Path(f"/proc/{process}/fd").iterdir():
        try:
            opened.append(one.samefile(path))
        except FileNotFoundError:
            continue
    return any(opened)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_archive_that_is_read_stays(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tar"
    write_tar(path, {"a.txt": b"abc"}, mode)
    archive = Tar(path, gzipped=mode == "w:gz")
    assert archive.open("a.txt").read() == b"abc"
    for kept in (cachedir.cache_dir() / "tar").iterdir():
        age(kept, UNREAD_AGE_S + 60)
    assert set(found().values()) == {"unpacked"}
    tars._tar.cache_clear()  # as in another process
    archive.sizes()
    assert found() == {}
    assert path.exists()
