from __future__ import annotations

import json
import logging
import multiprocessing
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from hueset.sources import Member, hashes, members
from hueset.sources import cache as cachedir
from hueset.sources.containers import open_container
from tests.support.source_declarations import sha256, write_folder, write_tar, write_zip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMBERS = {"a.txt": b"one", "b/c.txt": b"two" * 1000}


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of this test count as old, though it has just written them."""
    monkeypatch.setattr(members, "SETTLED_NS", -(10**18))


def digests(path: Path, wanted: tuple[str, ...] = tuple(MEMBERS)) -> tuple[Member, ...]:
    inside = open_container(path)
    assert inside is not None
    return hashes.member_digests(path, inside, wanted)


def reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        pytest.fail("bytes were hashed again")

    monkeypatch.setattr(hashes, "_digest", fail)
    monkeypatch.setattr(hashes, "_digests", fail)


def test_the_digest_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 3_000_000)
    assert hashes.file_digest(path) == sha256(b"x" * 3_000_000)


@pytest.mark.usefixtures("settled")
def test_an_unchanged_file_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    first = hashes.file_digest(path)
    reads_nothing(monkeypatch)
    assert hashes.file_digest(path) == first


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", ["size", "mtime", "ctime", "inode"])
def test_a_changed_file_is_read_again(change: str, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    hashes.file_digest(path)
    before = path.stat()
    match change:
        case "size":
            path.write_bytes(b"longer")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        case "mtime":
            path.write_bytes(b"new")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
        case "ctime":  # the same size, and the time set back, as `cp -p` does
            time.sleep(0.02)
            path.write_bytes(b"new")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        case "inode":
            (tmp_path / "b.bin").write_bytes(b"new")
            os.utime(tmp_path / "b.bin", ns=(before.st_atime_ns, before.st_mtime_ns))
            (tmp_path / "b.bin").replace(path)
    assert hashes.file_digest(path) == sha256(path.read_bytes())


@pytest.mark.parametrize("form", ["file", "folder", "zip"])
def test_what_changed_just_now_is_read_again_for_it_may_keep_its_stamp(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ("x.zip" if form == "zip" else "x")
    path.write_bytes(b"x") if form == "file" else (write_zip if form == "zip" else write_folder)(
        path, MEMBERS
    )
    read: list[object] = []
    one, several = hashes._digest, hashes._digests

    def watched(path: Path, inside: Any, missing: list[str], entries: Any) -> Iterator[Any]:
        read.extend(missing)
        return several(path, inside, missing, entries)

    monkeypatch.setattr(hashes, "_digest", lambda *given: (read.append(given), one(*given))[1])
    monkeypatch.setattr(hashes, "_digests", watched)
    once = hashes.file_digest if form == "file" else digests
    first = once(path)
    before, _ = len(read), read.clear()
    assert once(path) == first
    assert len(read) == before > 0


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz"])
def test_unchanged_members_are_not_read_again(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"x.{form}"
    {"folder": write_folder, "zip": write_zip, "tar.gz": write_tar}[form](path, MEMBERS)
    first = digests(path)
    assert [(m.name, m.sha256, m.size) for m in first] == [
        (name, sha256(data), len(data)) for name, data in MEMBERS.items()
    ]
    reads_nothing_but_empty(monkeypatch)
    assert digests(path) == first


def reads_nothing_but_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    real = hashes._digests

    def only_empty(path: Path, inside: object, members: list[str], entries: object) -> object:
        assert members == []
        return real(path, inside, members, entries)  # type: ignore[arg-type]

    monkeypatch.setattr(hashes, "_digests", only_empty)


@pytest.mark.usefixtures("settled")
def test_one_changed_file_of_a_folder_is_the_only_one_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_folder(tmp_path / "x", MEMBERS)
    digests(root)
    (root / "a.txt").write_bytes(b"changed")
    seen: list[list[str]] = []
    real = hashes._digests
    monkeypatch.setattr(
        hashes, "_digests", lambda p, i, m, e: (seen.append(m), real(p, i, m, e))[1]
    )
    assert digests(root)[0].sha256 == sha256(b"changed")
    assert seen == [["a.txt"]]


def test_only_wanted_members_are_hashed(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", MEMBERS)
    assert [m.name for m in digests(path, ("a.txt",))] == ["a.txt"]
    (kept,) = (tmp_path / "cache/hashes").iterdir()
    assert cachedir.read_sealed(kept)["members"]["b/c.txt"][2] is None
    assert digests(path)[1].sha256 == sha256(MEMBERS["b/c.txt"])


@pytest.mark.usefixtures("settled")
def test_the_file_and_its_members_are_kept_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "x.zip", MEMBERS)
    digests(path)
    whole = hashes.file_digest(path)
    digests(path, ("a.txt",))
    reads_nothing_but_empty(monkeypatch)
    monkeypatch.setattr(hashes, "_digest", lambda *_: pytest.fail("the file was hashed again"))
    assert hashes.file_digest(path) == whole
    digests(path)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"form": 3}',
        b'{"form": 3, "path": PATH, "members": []}',
        b'{"form": 3, "path": PATH, "stamp": STAMP, "members": {"a.txt": [3, "", 7]}}',
        b'{"form": 3, "path": PATH, "stamp": STAMP, "members": {"a.txt": "x"}}',
        b'{"form": 3, "path": PATH, "stamp": STAMP, "sha256": 5}',
    ],
)
def test_a_damaged_cache_is_ignored_and_written_anew(damage: bytes, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", MEMBERS)
    first, whole = digests(path), hashes.file_digest(path)
    (kept,) = (tmp_path / "cache/hashes").iterdir()
    stamp = json.dumps(list(members.member_stamp(path))).encode()
    body = damage.replace(b"PATH", json.dumps(str(path)).encode()).replace(b"STAMP", stamp)
    seal = sha256(body).encode() + b"\n" if body.startswith(b'{"') else b""
    kept.write_bytes(seal + body)
    assert digests(path) == first
    assert hashes.file_digest(path) == whole
    assert cachedir.read_sealed(kept)["sha256"] == whole


def _hash_often(path: Path, wanted: str) -> None:
    members.SETTLED_NS = -(10**18)  # in a process of its own
    for _ in range(20):
        os.utime(path)
        assert hashes.file_digest(path) == wanted


def test_processes_that_share_the_cache_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 1000)
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_hash_often, args=(path, sha256(b"x" * 1000))) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert [kept.suffix for kept in (tmp_path / "cache/hashes").iterdir()] == [".json"]


@pytest.mark.usefixtures("settled")
def test_a_cache_that_cannot_be_written_only_costs_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("HUESET_CACHE", str(tmp_path / "file"))
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    with caplog.at_level(logging.WARNING, "hueset"):
        assert hashes.file_digest(path) == sha256(b"x")
    assert "hashes are not kept" in caplog.text


def test_the_cache_folder_is_the_configured_one_else_that_of_the_platform(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUESET_CACHE", str(tmp_path))
    assert cachedir.cache_dir() == tmp_path
    monkeypatch.delenv("HUESET_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cachedir.cache_dir().name == "hueset"


def test_the_digest_over_members_is_over_sorted_lines() -> None:
    members = [Member("b", "2" * 64, 1), Member("a", "1" * 64, 1)]
    assert hashes.digest_over(members) == sha256(f"{'1' * 64}  a\n{'2' * 64}  b\n".encode())


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 2_500_000)
    told: list[tuple[str, int, int | None]] = []
    hashes.file_digest(path, "pets", lambda *args: told.append(args))
    assert told[-1] == ("pets", 2_500_000, 2_500_000)
    assert [done for _, done, _ in told] == sorted({done for _, done, _ in told})


def test_a_file_that_is_written_to_while_it_is_hashed_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def touch(*_: object) -> None:
        path.write_bytes(b"newer")

    hashes.file_digest(path, "pets", touch)
    assert hashes.file_digest(path) == sha256(b"newer")
