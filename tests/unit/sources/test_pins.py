from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hueset.errors import (
    HtmlPageError,
    LfsPointerError,
    SourceChangedError,
    SourceError,
    SourceFormatError,
)
from hueset.sources import pins
from hueset.sources.lock import LockEntry
from tests.support.source_declarations import (
    HTML_PAGE,
    LFS_POINTER,
    declare,
    file_pin,
    members_pin,
    sha256,
    write_folder,
    write_tar,
    write_zip,
)

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = {"a/1.txt": b"one", "a/2.txt": b"two", "b/3.txt": b"three"}


def check(path: Path, recorded: LockEntry | None = None, **said: Any) -> str:
    source = declare({"pets": said}).sources["pets"]
    return pins.check_pin(path, "pets", source, pins.identify_bytes(path, "pets", source), recorded)


def identify(path: Path, **said: Any) -> pins.Identity:
    return pins.identify_bytes(path, "pets", declare({"pets": said}).sources["pets"])


def csv(root: Path, data: bytes = b"a,b\n1,2\n") -> Path:
    path = root / "pets.csv"
    path.write_bytes(data)
    return path


def test_the_pinned_bytes_are_ok(tmp_path: Path) -> None:
    assert check(csv(tmp_path), pin=file_pin(b"a,b\n1,2\n")) == "ok"


@pytest.mark.parametrize("data", [b"a,b\n1,3\n", b"a,b\n1,2\n\n", b""])
def test_other_bytes_name_both_values(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(SourceChangedError) as seen:
        check(csv(tmp_path, data), pin=file_pin(b"a,b\n1,2\n"))
    assert sha256(data) in seen.value.message
    assert sha256(b"a,b\n1,2\n") in seen.value.message
    assert f"({len(data):,} bytes)" in seen.value.message
    assert "(8 bytes)" in seen.value.message
    assert seen.value.exit_code == 3


def test_a_pointer_in_place_of_the_file_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(LfsPointerError):
        check(csv(tmp_path, LFS_POINTER), pin=file_pin(b"data"))


def test_a_page_in_place_of_the_file_is_told_as_such_even_where_nothing_is_pinned(
    tmp_path: Path,
) -> None:
    with pytest.raises(HtmlPageError):
        check(csv(tmp_path, HTML_PAGE), pin={"unpinned": True})


def test_a_members_pin_holds_in_any_container_whatever_else_lies_there(tmp_path: Path) -> None:
    pin = members_pin(MEMBERS, "a/*.txt", "b/*.txt")
    more = {"unsup/9.txt": b"not counted", **MEMBERS, "README": b"x"}
    for path in (
        write_folder(tmp_path / "folder", more),
        write_zip(tmp_path / "x.zip", dict(reversed(more.items()))),
        write_tar(tmp_path / "x.tar.gz", more),
        write_tar(tmp_path / "x.tar", MEMBERS, "w:"),
    ):
        assert check(path, kind="folder", pin=pin) == "ok"
        identity = identify(path, kind="folder", pin=pin)
        assert [member.name for member in identity.members] == sorted(MEMBERS)
        assert identity.digest == pin["members"]["digest"]
        assert identity.size == 11


def test_a_missing_member_is_told_with_both_counts(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "x", {"a/1.txt": b"one", "a/2.txt": b"two"})
    with pytest.raises(SourceChangedError, match=r"has 2 members that match \*; pinned: 3"):
        check(path, kind="folder", pin=members_pin(MEMBERS))


def test_one_changed_member_is_told_with_both_digests(tmp_path: Path) -> None:
    pin = members_pin(MEMBERS)
    path = write_zip(tmp_path / "x.zip", {**MEMBERS, "a/1.txt": b"One"})
    with pytest.raises(SourceChangedError) as seen:
        check(path, kind="folder", pin=pin)
    assert pin["members"]["digest"] in seen.value.message
    assert str(seen.value.value) in seen.value.message
    assert seen.value.value != pin["members"]["digest"]


def test_a_renamed_member_is_a_change(tmp_path: Path) -> None:
    renamed = {"a/9.txt": MEMBERS["a/1.txt"], "a/2.txt": b"two", "b/3.txt": b"three"}
    with pytest.raises(SourceChangedError):
        check(write_folder(tmp_path / "x", renamed), kind="folder", pin=members_pin(MEMBERS))


def test_pointers_among_members_explain_the_change(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "x", {**MEMBERS, "a/1.txt": LFS_POINTER})
    with pytest.raises(LfsPointerError, match=r"1 of 3 members .* e\.g\. a/1\.txt") as seen:
        check(path, kind="folder", pin=members_pin(MEMBERS))
    assert "git lfs pull" in str(seen.value.hint)


def test_pointers_are_never_recorded_as_the_source(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "x", {**MEMBERS, "a/1.txt": LFS_POINTER})
    with pytest.raises(LfsPointerError):
        check(path, kind="folder", pin={"pin_on_first_fetch": True})


def test_a_pointer_in_ones_own_corpus_is_for_the_builder_to_refuse(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "x", {**MEMBERS, "a/1.txt": LFS_POINTER})
    assert check(path, kind="folder", pin={"unpinned": True}) == "open"


def test_an_archive_pinned_as_a_file_is_its_own_bytes_with_members(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", MEMBERS)
    identity = identify(path, pin=file_pin(path.read_bytes()))
    assert identity.whole
    assert identity.digest == sha256(path.read_bytes())
    assert identity.size == path.stat().st_size
    assert [member.name for member in identity.members] == sorted(MEMBERS)
    assert check(path, pin=file_pin(path.read_bytes())) == "ok"


def test_a_folder_where_one_file_is_pinned_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "x", MEMBERS)
    with pytest.raises(SourceFormatError, match="is a folder, and it is declared as a file"):
        check(path, pin=file_pin(b"x"))
    with pytest.raises(SourceChangedError, match="3 members"):
        check(path, kind="folder", pin=file_pin(b"x"))


def test_a_file_where_a_folder_is_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="neither a folder nor an archive"):
        check(csv(tmp_path), kind="folder", pin={"unpinned": True})
    with pytest.raises(SourceFormatError, match="neither a folder nor an archive"):
        check(csv(tmp_path), pin=members_pin(MEMBERS))


def test_what_is_open_is_never_compared(tmp_path: Path) -> None:
    assert check(csv(tmp_path), LockEntry("0" * 64, 1), pin={"unpinned": True}) == "open"


def test_a_lock_is_unrecorded_first_and_then_holds(tmp_path: Path) -> None:
    path = csv(tmp_path)
    recorded = pins.recorded_as(identify(path, pin={"pin_on_first_fetch": True}))
    assert check(path, pin={"pin_on_first_fetch": True}) == "unrecorded"
    assert check(path, recorded, pin={"pin_on_first_fetch": True}) == "locked"
    csv(tmp_path, b"other")
    with pytest.raises(SourceChangedError) as seen:
        check(path, recorded, pin={"pin_on_first_fetch": True})
    assert recorded.digest in seen.value.message
    assert sha256(b"other") in seen.value.message
    assert "sources.lock" in str(seen.value.hint)


def test_a_locked_folder_is_the_same_packed_otherwise(tmp_path: Path) -> None:
    said = {"kind": "folder", "pin": {"pin_on_first_fetch": True}}
    recorded = pins.recorded_as(identify(write_folder(tmp_path / "x", MEMBERS), **said))
    assert recorded.members == 3
    assert check(write_zip(tmp_path / "x.zip", MEMBERS), recorded, **said) == "locked"


def test_members_without_a_digest_are_counted_and_locked(tmp_path: Path) -> None:
    said = {"kind": "folder", "pin": {"members": {"glob": ["*"], "count": 3}}}
    path = write_folder(tmp_path / "x", MEMBERS)
    recorded = pins.recorded_as(identify(path, **said))
    assert check(path, **said) == "unrecorded"
    assert check(path, recorded, **said) == "locked"
    (path / "a/1.txt").write_bytes(b"One")
    with pytest.raises(SourceChangedError, match=r"recorded in sources\.lock: 3 members"):
        check(path, recorded, **said)
    (path / "a/4.txt").write_bytes(b"four")
    with pytest.raises(SourceChangedError, match="has 4 members"):
        check(path, recorded, **said)


def test_every_fault_of_a_source_leaves_with_exit_code_3() -> None:
    kinds = [SourceError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert len(kinds) > 10
    assert {kind.exit_code for kind in kinds} == {3}
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_the_pins_of_the_real_files_hold(data_dir: Path) -> None:
    said = {
        "pin": {
            "sha256": "1ade4a4a453e880c0f39d0536d2b355e8a716e0cf88236c64cdb4d438cf9605b",
            "bytes": 1335010,
        }
    }
    assert check(data_dir / "emobank/emobank.csv", **said) == "ok"


def test_the_members_of_the_real_review_archive_hold(data_dir: Path) -> None:
    globs = [
        f"aclImdb/{part}/{side}/*.txt" for part in ("train", "test") for side in ("pos", "neg")
    ]
    digest = "b155ae18c4016500d64b7ea091f3f04c4ea9e702ab3bdb2b4aa0effbd4da11c6"
    pin = {"members": {"glob": globs, "count": 50_000, "digest": digest}}
    source = declare({"imdb": {"kind": "folder", "pin": pin}}).sources["imdb"]
    path = data_dir / "imdb/aclImdb_v1_labelled.tar.gz"
    identity = pins.identify_bytes(path, "imdb", source)
    assert pins.check_pin(path, "imdb", source, identity, None) == "ok"
    assert identity.size == 65_483_508
    found = pins.resolved_source(path, "imdb", "mirror", identity)
    assert sum(len(data) for _, data in found.iterate()) == 65_483_508
    last = found.names()[-1]
    assert len(found.read(last)) == found.member(last).size
