from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.errors import DeclarationError
from hueset.sources import lock
from hueset.sources.lock import LockEntry

if TYPE_CHECKING:
    from pathlib import Path

FILE = LockEntry("a" * 64, 10)
FOLDER = LockEntry("b" * 64, 20, members=3)


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    assert lock.read_lock(tmp_path) == {}
    lock.record_lock(tmp_path, {"pets": FILE, "birds": FOLDER})
    assert lock.read_lock(tmp_path) == {"birds": FOLDER, "pets": FILE}


def test_what_was_recorded_before_stays(tmp_path: Path) -> None:
    lock.record_lock(tmp_path, {"pets": FILE})
    lock.record_lock(tmp_path, {"pets": LockEntry("c" * 64, 1), "birds": FOLDER})
    assert lock.read_lock(tmp_path) == {"pets": FILE, "birds": FOLDER}


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    lock.record_lock(tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_the_file_says_what_it_is_and_can_be_read_by_others(tmp_path: Path) -> None:
    lock.record_lock(tmp_path, {"pets": FILE})
    path = tmp_path / lock.FILE
    assert path.read_text().startswith("# ")
    assert path.stat().st_mode & 0o044 == 0o044
    assert [found.name for found in tmp_path.iterdir()] == [lock.FILE]


@pytest.mark.parametrize(
    "text",
    ["pets: 5\n", "pets: {sha256: 12}\n", "pets: {members: {count: 3}}\n", "[]\n", "pets: {\n"],
)
def test_a_damaged_file_is_an_error_with_its_line(text: str, tmp_path: Path) -> None:
    (tmp_path / lock.FILE).write_text(text)
    with pytest.raises(DeclarationError, match=r"sources\.lock:\d"):
        lock.read_lock(tmp_path)


def test_an_emptied_file_records_nothing(tmp_path: Path) -> None:
    (tmp_path / lock.FILE).write_text("# all deleted\n")
    assert lock.read_lock(tmp_path) == {}
