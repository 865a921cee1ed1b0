"""Files below a folder: never led out, never waited for, written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from hueset.files.atomic import write_file
from hueset.files.safe_paths import (
    hash_beneath,
    list_entries,
    open_beneath,
    read_beneath,
    require_regular,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root/deep").mkdir(parents=True)
    (tmp_path / "root/deep/file").write_bytes(b"inside")
    (tmp_path / "secret").write_bytes(b"outside")
    return tmp_path / "root"


def test_a_file_is_read_hashed_and_listed(root: Path) -> None:
    assert read_beneath(root, "deep/file") == b"inside"
    assert hash_beneath(root, "deep/file")[1] == 6
    assert list(list_entries(root)) == ["deep/file"]
    assert require_regular(root, "deep/file") == root / "deep/file"


@pytest.mark.parametrize("read", [open_beneath, require_regular])
@pytest.mark.parametrize(
    "make",
    [
        lambda root: (root / "x").symlink_to("../secret"),
        lambda root: (root / "x").symlink_to("deep/file"),
        lambda root: (root / "x").symlink_to("x"),
        lambda root: os.mkfifo(root / "x"),
        lambda root: (root / "x").mkdir(),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(root: Path, read: object, make: object) -> None:
    make(root)  # type: ignore[operator]
    with pytest.raises(OSError, match=r"symbolic link|no regular file"):
        read(root, "x")  # type: ignore[operator]
    assert "x" in list_entries(root) or (root / "x").is_dir()


@pytest.mark.parametrize("read", [open_beneath, require_regular])
def test_a_link_on_the_way_is_not_followed(root: Path, read: object) -> None:
    (root / "way").symlink_to("deep")
    with pytest.raises(OSError, match="symbolic link"):
        read(root, "way/file")  # type: ignore[operator]
    assert list(list_entries(root)) == ["way", "deep/file"]


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", "", "deep/../../secret", "a\0b"])
def test_a_path_that_leads_out_is_refused(root: Path, path: str) -> None:
    with pytest.raises(OSError, match="leads out"):
        read_beneath(root, path)


def test_a_document_of_any_size_is_not_read_into_memory(root: Path) -> None:
    with pytest.raises(OSError, match="more than the 3 that are read"):
        read_beneath(root, "deep/file", most_bytes=3)


def test_bytes_and_then_the_name_reach_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a power loss leaves a file of the right name that holds nothing."""
    seen: list[str] = []
    sync = os.fsync

    def watched(handle: int) -> None:
        seen.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        assert (tmp_path / "told.json").exists() == (seen[-1] == "folder")
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_file(tmp_path / "told.json", b"{}")
    assert seen == ["file", "folder"]


def test_a_planted_name_is_neither_followed_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "victim").write_text("kept")
    monkeypatch.setattr("secrets.token_hex", lambda _: "foreseen")
    (tmp_path / ".told.json-foreseen").symlink_to("victim")
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "told.json", b"{}")
    assert (tmp_path / "victim").read_text() == "kept"


def test_a_full_disk_leaves_what_was_there_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "told.json").write_text("before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(tmp_path / "told.json", b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ["told.json"]
    assert (tmp_path / "told.json").read_text() == "before"
