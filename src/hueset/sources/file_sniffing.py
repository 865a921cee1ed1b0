"""What lies where data should be: an HTML page (a login, an error), or a git-LFS pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.errors import HtmlPageError, LfsPointerError

if TYPE_CHECKING:
    from pathlib import Path

HEAD_BYTES = 1024
"""How much of the beginning is enough to tell; a git-LFS pointer is smaller than this whole."""

_LFS = (b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/")
_HTML = (b"<!doctype html", b"<html", b"<head", b"<script", b"<body")
_HTML_SUFFIXES = {".html", ".htm", ".xhtml"}


def is_lfs_pointer(head: bytes) -> bool:
    """Return whether these first bytes are those of a git-LFS pointer."""
    return head.startswith(_LFS)


def is_html(head: bytes) -> bool:
    """Return whether these first bytes are those of an HTML page."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    while start.startswith((b"<!--", b"<?xml")):
        _, closed, rest = start.partition(b"-->" if start.startswith(b"<!--") else b"?>")
        start = rest.lstrip() if closed else b""
    return start.startswith(_HTML)


def refuse_non_data(head: bytes, *, source: str, place: str, name: str, fetched: bool) -> None:
    """Raise if these first bytes are no data.

    Parameters
    ----------
    head
        The first `HEAD_BYTES` bytes, or all there are.
    source
        The source's name, for the message.
    place
        The path or URL they came from.
    name
        The expected file name: where it ends in `.html`, a page is data.
    fetched
        Whether they were downloaded; the next step differs.

    Raises
    ------
    LfsPointerError, HtmlPageError
        They are no data.
    """
    if is_lfs_pointer(head):
        size = _pointed_size(head)
        message = (
            f"source {source!r}: {place} is a git-LFS pointer"
            f"{f' to a file of {size:,} bytes' if size else ''}, not the file itself"
        )
        hint = (
            "the URL names the pointer: use the repository's media or resolve address"
            if fetched
            else "run `git lfs pull` in that repository"
        )
        raise LfsPointerError(message, hint=f"{hint}, or --source {source}=PATH", value=place)
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix not in _HTML_SUFFIXES and is_html(head):
        message = f"source {source!r}: {place} is an HTML page, not data"
        hint = (
            "open the URL in a browser: it may want a login or a consent, or has moved"
            if fetched
            else "it was saved from a browser by mistake: download the file itself"
        )
        hint = f"{hint}; then give the file by --source {source}=PATH"
        raise HtmlPageError(message, hint=hint, value=place)


def refuse_file(path: Path, *, source: str) -> None:
    """Raise if a file on this machine is no data; see `refuse`."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    refuse_non_data(head, source=source, place=str(path), name=path.name, fetched=False)


def _pointed_size(head: bytes) -> int | None:
    for line in head.splitlines():
        key, _, value = line.partition(b" ")
        if key == b"size" and value.isdigit():
            return int(value)
    return None
