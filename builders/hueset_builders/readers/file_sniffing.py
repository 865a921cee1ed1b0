"""Recognise what lies in place of a media file: a git-LFS pointer, a web page, desktop litter."""

from __future__ import annotations

from hueset.errors import InputError

HEAD_BYTES = 512


def refuse_impostor(head: bytes, name: str) -> None:
    """Raise `InputError` when `head` (the first `HEAD_BYTES` of `name`) is not media at all.

    Reasons: `empty_file`, `lfs_pointer`, `html_page`, `finder_litter`.
    """
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        message = f"{name}: the file is empty (0 bytes)"
        raise InputError(message, reason="empty_file", hint="copy the file again from its source")
    if head.startswith(b"version https://git-lfs"):
        message = f"{name}: a git-LFS pointer lies here, not the file itself"
        raise InputError(message, reason="lfs_pointer", hint="run `git lfs pull` in its checkout")
    if text.startswith((b"<!doctype html", b"<html")):
        message = f"{name}: a web page lies here, not the file itself"
        raise InputError(message, reason="html_page", hint="download the file again, not its page")
    if head.startswith((b"\x00\x00\x00\x01Bud1", b"\x00\x05\x16\x07")):
        message = f"{name}: macOS Finder litter, not a media file"
        raise InputError(message, reason="finder_litter", hint="delete it; the real file is beside")
