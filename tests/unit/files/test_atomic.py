"""Files appear whole, from names that nobody can guess and nobody can lay a trap under."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

import pytest

from hueset.files.atomic import path_beside, replace_file

if TYPE_CHECKING:
    from pathlib import Path


def test_a_name_is_hidden_beside_its_place_and_never_the_same(tmp_path: Path) -> None:
    names = {path_beside(tmp_path / "page.html") for _ in range(50)}
    assert len(names) == 50
    assert {one.parent for one in names} == {tmp_path}
    assert all(one.name.startswith(".page.html-") for one in names)
    assert not any(str(os.getpid()) == one.name.rpartition("-")[2] for one in names)


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replace_file(path) as stream:
        stream.write(b"half")
        assert path.read_text() == "old"
        raise ZeroDivisionError
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("page.html", "old")]
    with replace_file(path) as stream:
        stream.write(b"new")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("page.html", "new")]


def test_it_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replace_file(tmp_path / "page.html") as stream:
            stream.write(b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o640


def test_a_link_laid_under_the_name_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda _: "guessed")
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".page.html-guessed").symlink_to("precious")
    with pytest.raises(FileExistsError), replace_file(tmp_path / "page.html") as stream:
        stream.write(b"new")
    assert (tmp_path / "precious").read_text() == "precious"


def test_what_cannot_be_put_in_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    with pytest.raises(OSError, match="directory"), replace_file(tmp_path / "page.html") as stream:
        stream.write(b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]
