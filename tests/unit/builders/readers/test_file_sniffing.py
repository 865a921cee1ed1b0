from __future__ import annotations

import pytest

from hueset.errors import InputError
from hueset_builders.readers.file_sniffing import refuse_impostor

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "empty_file"),
        (POINTER, "lfs_pointer"),
        (b"\xef\xbb\xbf\r\n <!DOCTYPE html><html>", "html_page"),
        (b"\x00\x05\x16\x07\x00\x02", "finder_litter"),
        (b"\x00\x00\x00\x01Bud1\x00", "finder_litter"),
    ],
)
def test_what_is_no_media_file_is_called_by_its_name(head: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=r"take 1\.wav") as caught:
        refuse_impostor(head, "take 1.wav")
    assert caught.value.reason == reason


@pytest.mark.parametrize("head", [b"RIFF....WAVE", b"MThd\x00\x00\x00\x06", b"fLaC", b"\x00"])
def test_media_files_pass(head: bytes) -> None:
    refuse_impostor(head, "take 1")
