from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hueset.errors import HtmlPageError, LfsPointerError, SourceFormatError
from hueset.sources import file_sniffing
from tests.support.source_declarations import HTML_PAGE, LFS_POINTER

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "head",
    [
        HTML_PAGE,
        b"<html>",
        b"\xef\xbb\xbf<!doctype HTML>",
        b"<!-- saved --><html lang=en>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">',
        b"<head><title>404",
        b"<script>",
    ],
)
def test_a_page_is_recognised(head: bytes) -> None:
    assert file_sniffing.is_html(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"id,text\n1,<html>\n",
        b"<?xml version='1.0'?><score/>",
        b"PK\x03\x04",
        b"<br /> x",
        b"<!-- never closed",
    ],
)
def test_data_is_not_taken_for_a_page(head: bytes) -> None:
    assert not file_sniffing.is_html(head)


def test_a_pointer_on_disk_says_to_pull(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(LFS_POINTER)
    with pytest.raises(LfsPointerError, match=r"git-LFS pointer to a file of 12,345 bytes") as seen:
        file_sniffing.refuse_file(path, source="pets")
    assert seen.value.code == "E_SOURCE_LFS"
    assert "git lfs pull" in str(seen.value.hint)
    assert isinstance(seen.value, SourceFormatError)


def test_a_page_on_disk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(HTML_PAGE)
    with pytest.raises(HtmlPageError, match=r"x\.csv is an HTML page") as seen:
        file_sniffing.refuse_file(path, source="pets")
    assert seen.value.code == "E_SOURCE_HTML"
    assert "--source pets=PATH" in str(seen.value.hint)


def test_a_page_is_data_where_a_page_is_expected(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_bytes(HTML_PAGE)
    file_sniffing.refuse_file(path, source="pets")


def test_real_pointers_are_recognised(data_dir: Path) -> None:
    pointers = sorted((data_dir / "hostile/lfs_pointers").iterdir())
    assert pointers
    assert all(file_sniffing.is_lfs_pointer(path.read_bytes()) for path in pointers)
