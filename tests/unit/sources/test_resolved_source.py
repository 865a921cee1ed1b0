from __future__ import annotations

import io
import os
import pickle
import stat
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hueset.errors import SourceFormatError
from hueset.sources import LocalSource, bounds, pins, tars
from hueset.sources import cache as cachedir
from hueset.sources.containers import open_container
from hueset.sources.members import clean_name
from tests.support.source_declarations import declare, write_folder, write_tar, write_zip

MEMBERS = {"b/two.txt": b"two", "a/one.txt": b"one" * 5000, "top.csv": b"x,y\n", "b/empty": b""}


def make(form: str, root: Path, members: dict[str, bytes] = MEMBERS) -> Path:
    match form:
        case "folder":
            return write_folder(root / "folder", members)
        case "zip":
            return write_zip(root / "pets.zip", members)
        case "tar":
            return write_tar(root / "pets.tar", members, "w:")
        case "tgz":
            return write_tar(root / "pets.tgz", members)
    return write_tar(root / "pets.tar.gz", members)


def resolved(path: Path, glob: tuple[str, ...] | None = None) -> LocalSource:
    pin = {"members": {"glob": glob, "count": 1}} if glob else {"unpinned": True}
    declared = declare({"pets": {"kind": "folder", "pin": pin}}).sources["pets"]
    return pins.resolved_source(path, "pets", "flag", pins.identify_bytes(path, "pets", declared))


every_form = pytest.mark.parametrize("form", ["folder", "zip", "tar", "tar.gz", "tgz"])


@every_form
def test_every_form_gives_the_same_names_bytes_and_digest(form: str, tmp_path: Path) -> None:
    source = resolved(make(form, tmp_path))
    assert source.names() == ["a/one.txt", "b/empty", "b/two.txt", "top.csv"]
    assert source.names("*.txt") == ["a/one.txt", "b/two.txt"]
    assert source.names("b/*") == ["b/empty", "b/two.txt"]
    assert {name: source.read(name) for name in source.names()} == MEMBERS
    assert source.digest == resolved(make("folder", tmp_path / "other")).digest
    assert source.size == sum(map(len, MEMBERS.values()))


@every_form
def test_members_come_sorted_in_whatever_order_they_were_packed(form: str, tmp_path: Path) -> None:
    source = resolved(make(form, tmp_path))
    assert list(source.iterate("*.txt")) == [
        ("a/one.txt", MEMBERS["a/one.txt"]),
        ("b/two.txt", MEMBERS["b/two.txt"]),
    ]


@every_form
def test_an_open_member_can_seek(form: str, tmp_path: Path) -> None:
    with resolved(make(form, tmp_path)).open("a/one.txt") as stream:
        assert stream.read(4) == b"oneo"
        assert stream.seek(-2, io.SEEK_END) == 14998
        assert stream.read() == b"ne"
        assert stream.seek(1) == 1
        assert stream.read(2) == b"ne"
        assert stream.read(-1) == MEMBERS["a/one.txt"][3:]


@every_form
def test_hidden_members_do_not_count(form: str, tmp_path: Path) -> None:
    hidden = {".git/config": b"x", "a/.DS_Store": b"x", "__MACOSX/._top.csv": b"x"}
    assert resolved(make(form, tmp_path, {**MEMBERS, **hidden})).names() == sorted(MEMBERS)


@every_form
def test_a_member_that_is_not_there_is_named(form: str, tmp_path: Path) -> None:
    source = resolved(make(form, tmp_path))
    with pytest.raises(SourceFormatError, match=r"no member 'c\.txt'.*one of 4"):
        source.read("c.txt")


@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz"])
def test_what_is_not_pinned_cannot_be_read(form: str, tmp_path: Path) -> None:
    source = resolved(make(form, tmp_path), ("a/*", "b/t*"))
    assert source.names() == ["a/one.txt", "b/two.txt"]
    with pytest.raises(SourceFormatError, match=r"no member 'top\.csv'"):
        source.open("top.csv")


@every_form
def test_a_resolved_source_is_read_in_another_process_after_pickling(
    form: str, tmp_path: Path
) -> None:
    source = resolved(make(form, tmp_path))
    source.read("b/two.txt")
    assert pickle.loads(pickle.dumps(source)).read("b/two.txt") == b"two"


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_threads_that_read_one_archive_do_not_disturb_each_other(form: str, tmp_path: Path) -> None:
    members = {f"{n}.txt": bytes([n]) * 3000 for n in range(60)}
    source = resolved(make(form, tmp_path, members))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(source.read, list(members) * 5)) == list(members.values()) * 5


def test_a_plain_file_is_read_without_a_member(tmp_path: Path) -> None:
    path = tmp_path / "pets.csv"
    path.write_bytes(b"a,b\n")
    source = LocalSource("pets", path, "flag", "d", 4)
    assert source.read() == b"a,b\n"
    assert source.names() == []
    with pytest.raises(SourceFormatError, match="plain file"):
        source.open("a")
    with pytest.raises(SourceFormatError, match="plain file"):
        list(source.iterate())


def test_a_folder_cannot_be_opened_as_a_file(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="name the member"):
        resolved(make("folder", tmp_path)).open()


def test_an_archive_can_be_read_as_the_file_it_is(tmp_path: Path) -> None:
    path = make("zip", tmp_path)
    assert resolved(path).read() == path.read_bytes()


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "a\\b", ".", "a\x00b"])
def test_a_member_name_that_is_no_path_below_the_root_is_refused(name: str) -> None:
    with pytest.raises(SourceFormatError, match="not a path below its root"):
        clean_name(name, Path("x.zip"))


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
@pytest.mark.parametrize("name", ["/etc/passwd", "../up.txt", "a/../../up.txt"])
def test_a_hostile_archive_is_refused_whole(form: str, name: str, tmp_path: Path) -> None:
    path = make(form, tmp_path, {"fine.txt": b"x", name: b"x"})
    with pytest.raises(SourceFormatError, match="not a path below its root"):
        resolved(path)


def test_a_dot_slash_in_front_of_names_is_nothing(tmp_path: Path) -> None:
    path = make("tar.gz", tmp_path, {f"./{name}": data for name, data in MEMBERS.items()})
    assert resolved(path).names() == sorted(MEMBERS)


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_held_twice_is_refused(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"pets.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a", b"1")
            archive.writestr("a", b"2")
    else:
        with tarfile.open(path, "w:gz") as packed:
            packed.addfile(tarfile.TarInfo("a"))
            packed.addfile(tarfile.TarInfo("./a"))
    with pytest.raises(SourceFormatError, match="'a' twice"):
        resolved(path)


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pets.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("a")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    with pytest.raises(SourceFormatError, match="'a' is a link or device"):
        resolved(path)


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.75])
def test_an_archive_that_was_cut_short_is_named(form: str, kept: float, tmp_path: Path) -> None:
    members = {"a.bin": os.urandom(20_000), "b.bin": os.urandom(20_000)}
    path = make(form, tmp_path, members)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(SourceFormatError, match=f"{path.name} is not a whole archive"):
        resolved(path)


def test_a_link_in_a_zip_is_refused_like_one_in_a_tar(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "pets.zip", MEMBERS)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("b/link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(SourceFormatError, match=r"b/link\.txt' is a link or device"):
        resolved(path)


def test_a_name_that_is_not_utf8_is_refused_by_name(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    said = {"format": tarfile.GNU_FORMAT, "encoding": "latin-1"}
    with tarfile.open(tmp_path / "pets.tar", "w", **said) as archive:
        archive.addfile(tarfile.TarInfo("caf\xe9.txt"))
    folder = make("folder", tmp_path)
    (folder / name).write_bytes(b"x")
    for path in (tmp_path / "pets.tar", folder):
        with pytest.raises(SourceFormatError, match=r"caf\\xe9\.txt' is not UTF-8"):
            resolved(path)


def test_a_zip_whose_flag_says_utf8_and_whose_name_is_not_is_named(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "pets.zip", {"caf\u00e9.txt": b"x"})
    path.write_bytes(path.read_bytes().replace("\u00e9".encode(), b"\xe9\xe9"))
    with pytest.raises(SourceFormatError, match="not a whole archive"):
        resolved(path)


@pytest.mark.parametrize("form", ["zip", "tar.gz", "tgz"])
def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_does(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "FREE_BYTES", 1 << 20)
    path = make(form, tmp_path, {"zeros": bytes(5 << 20), "a.txt": b"a"})
    with pytest.raises(SourceFormatError, match="unpacks to more than 1,048,576") as seen:
        resolved(path)
    assert "unpacked_bytes" in str(seen.value.hint)
    assert list((tmp_path / "cache").rglob("*.tar")) == []
    said = {"kind": "folder", "pin": {"unpinned": True}, "unpacked_bytes": 6 << 20}
    declared = declare({"pets": said}).sources["pets"]
    found = pins.identify_bytes(path, "pets", declared)
    source = pins.resolved_source(path, "pets", "flag", found, declared.unpacked_bytes)
    assert len(source.read("zeros")) == 5 << 20


def test_what_fails_while_an_open_member_is_read_is_told_as_the_archives_fault(
    tmp_path: Path,
) -> None:
    path = write_zip(tmp_path / "pets.zip", {"a.txt": os.urandom(50_000)})
    source = resolved(path)
    data = bytearray(path.read_bytes())
    data[30_000] ^= 1
    path.write_bytes(data)
    with (
        source.open("a.txt") as stream,
        pytest.raises(SourceFormatError, match=r"pets\.zip is not"),
    ):
        stream.read()


def test_an_unpacked_archive_that_changed_in_the_cache_is_unpacked_again(tmp_path: Path) -> None:
    source = resolved(make("tar.gz", tmp_path))
    (plain,) = (tmp_path / "cache/tar").glob("*.tar")
    plain.write_bytes(plain.read_bytes().replace(b"oneoneone", b"ONEONEONE", 1))
    tars._tar.cache_clear()  # as in another process
    assert source.read("a/one.txt") == MEMBERS["a/one.txt"]


def test_an_unpacked_archive_that_was_only_touched_is_hashed_and_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = resolved(make("tar.gz", tmp_path))
    (plain,) = (tmp_path / "cache/tar").glob("*.tar")
    os.utime(plain, (1, 1))
    tars._tar.cache_clear()
    monkeypatch.setattr(tars, "_unpack", lambda *_: pytest.fail("unpacked again"))
    assert source.read("b/two.txt") == b"two"
    tars._tar.cache_clear()
    monkeypatch.setattr(tars, "file_sha256", lambda *_: pytest.fail("hashed again"))
    assert source.read("b/two.txt") == b"two"


def test_a_flipped_bit_in_a_zip_member_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", b"hello world")
    path.write_bytes(path.read_bytes().replace(b"hello", b"hellO"))
    with pytest.raises(SourceFormatError, match=r"pets\.zip is not a whole archive.*CRC"):
        resolved(path)


def test_a_compressed_table_is_a_plain_file(tmp_path: Path) -> None:
    assert open_container(tmp_path / "tags.tsv.gz") is None


def test_links_are_followed_to_what_lies_in_the_folder(tmp_path: Path) -> None:
    real = make("folder", tmp_path / "real")
    (tmp_path / "linked").symlink_to(real)
    (real / "again").symlink_to(real / "b")
    found = resolved(tmp_path / "linked").names()
    assert found == sorted([*MEMBERS, "again/empty", "again/two.txt"])


@pytest.mark.parametrize("lead", ["/etc/passwd", "/etc", "../outside.txt", "../folder-2/x"])
def test_a_link_that_leads_out_of_a_folder_is_refused(lead: str, tmp_path: Path) -> None:
    root = make("folder", tmp_path)
    write_folder(tmp_path, {"outside.txt": b"secret", "folder-2/x": b"secret"})
    (root / "b/link.txt").symlink_to(lead if lead.startswith("/") else tmp_path / lead[3:])
    with pytest.raises(SourceFormatError, match=r"link\.txt is a link that leads out"):
        resolved(root)


def test_what_the_hub_client_keeps_as_links_is_read(tmp_path: Path) -> None:
    hub = cachedir.cache_dir() / "hub"
    write_folder(hub, {"blobs/ab": b"one"})
    (hub / "snapshots/1/data").mkdir(parents=True)
    (hub / "snapshots/1/data/a.txt").symlink_to("../../../blobs/ab")
    assert resolved(hub / "snapshots/1/data").read("a.txt") == b"one"


def test_a_link_back_to_a_folder_above_is_named(tmp_path: Path) -> None:
    root = make("folder", tmp_path)
    (root / "b/loop").symlink_to(root)
    with pytest.raises(SourceFormatError, match="loop is a link back"):
        resolved(root)


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    root = make("folder", tmp_path)
    (root / "gone.txt").symlink_to(root / "nowhere")
    with pytest.raises(SourceFormatError, match=r"gone\.txt is a link to nothing"):
        resolved(root)


def test_a_gzipped_tar_is_unpacked_once_and_gone_through_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked: list[Path] = []
    real = tars._unpack
    monkeypatch.setattr(
        tars, "_unpack", lambda path, *more: (unpacked.append(path), real(path, *more))[1]
    )
    path = make("tar.gz", tmp_path)
    source = resolved(path)
    for name in sorted(MEMBERS, reverse=True):
        source.read(name)
    tars._tar.cache_clear()  # as in another process
    monkeypatch.setattr(tars, "_tar_places", lambda *_: pytest.fail("gone through again"))
    assert source.read("b/two.txt") == b"two"
    assert unpacked == [path]


def test_a_damaged_note_of_places_is_made_anew(tmp_path: Path) -> None:
    source = resolved(make("tar.gz", tmp_path))
    (note,) = (tmp_path / "cache/tar").glob("*.json")
    for damage in ("", "{", "[1]", '{"a": 1}'):
        note.write_text(damage)
        tars._tar.cache_clear()
        assert source.read("b/two.txt") == b"two"


def test_a_changed_archive_replaces_what_was_unpacked_of_the_old_one(tmp_path: Path) -> None:
    resolved(make("tar.gz", tmp_path))
    changed = resolved(make("tar.gz", tmp_path, {"new.txt": b"new"}))
    assert changed.read("new.txt") == b"new"
    assert len(list((tmp_path / "cache/tar").glob("*.tar"))) == 1
