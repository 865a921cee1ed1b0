"""What `hueset sources` finds wrong in a source ends a build too: one reading for both."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from hueset.builder.csv_reader import csv_rows
from hueset.errors import HuesetError, SourceChangedError, SourceFormatError
from hueset.sources import cache as cachedir
from hueset.sources import inspection, resolve_sources, shape, take_inventory
from tests.support.source_declarations import declare, file_pin, places, write_folder, write_zip

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b"id,value\n1,0.5\n2,0.25\n"
COMMA = b"id,value\n1,0,5\n2,0.25\n"


def both(root: Path, name: str, **said: Any) -> tuple[bool, HuesetError | None]:
    """Return whether the inventory is complete, and what a build is refused with."""
    dataset, where = declare({"pets": {"mirror": name, **said}}), places(root, mirror=root)
    complete = take_inventory(dataset, where).complete
    try:
        resolve_sources(dataset, where)
    except HuesetError as error:
        return complete, error
    return complete, None


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", GOOD, {}),
        ("a.csv", GOOD, {"rows": 2, "columns": ["id", "value"]}),
        ("a.csv", GOOD.replace(b"\n", b"\r"), {"rows": 2, "columns": ["id", "value"]}),
        ("a.csv", b"id;value\n1;0,5\n2;0,2,5\n", {"format": {"delimiter": ";"}, "rows": 2}),
        ("a.csv", COMMA, {"format": {"tolerant": True}, "rows": 2}),
        ("a.jsonl", b'{"a": 1}\n{\n', {"format": {"tolerant": True}, "rows": 2}),
        ("a.csv", b"id,text\n1," + b"x" * 150_000 + b"\n", {"rows": 1}),
        ("a.txt", b"\x00\xff", {}),
    ],
)
def test_what_the_inventory_finds_right_a_build_takes(
    name: str, data: bytes, said: dict[str, Any], tmp_path: Path
) -> None:
    write_folder(tmp_path, {name: data})
    assert both(tmp_path, name, **said) == (True, None)


@pytest.mark.parametrize(
    ("name", "data", "said", "message"),
    [
        ("a.csv", GOOD, {"rows": 10}, "it has 2 rows, declared are 10"),
        ("a.csv", COMMA, {}, "1 row does not fit its columns: line 2 has 3 fields, not 2"),
        ("a.csv", COMMA, {"rows": 3}, "it has 2 rows, declared are 3; 1 row does not fit"),
        ("a.csv", COMMA, {"pin": file_pin(COMMA)}, "line 2 has 3 fields"),
        ("a.csv", b"id,value\n1\n", {}, "line 2 has 1 field, not 2"),
        ("a.csv", b"id,value\n", {}, "it has no row, only a header"),
        ("a.jsonl", b"", {}, "it has no row"),
        ("a.csv", b"a\xff\n", {}, "byte 0xff at 1 is not utf-8"),
        ("a.csv", GOOD, {"columns": ["id"]}, "it has 2 columns, declared are 1"),
        ("a.txt", GOOD, {"rows": 2}, "no table whose rows can be counted"),
        ("a.jsonl", b'{"a": 1}\n{\n', {}, "line 2: Expecting property name"),
        ("a.json", b"[" * 100_000, {}, "a.json cannot be read as a table: it is nested too deep"),
        ("a.jsonl", b"{}\n" + b"[" * 100_000, {}, "line 2: it is nested too deep"),
        ("a.parquet", b"PAR1 not", {}, "cannot be read as a table"),
        ("a.csv.gz", b"\x1f\x8b\x08", {}, "cannot be read as a table"),
    ],
)
def test_what_the_inventory_finds_wrong_ends_a_build(
    name: str, data: bytes, said: dict[str, Any], message: str, tmp_path: Path
) -> None:
    write_folder(tmp_path, {name: data})
    complete, error = both(tmp_path, name, **said)
    assert not complete
    assert isinstance(error, SourceFormatError)
    assert message in error.message
    assert name in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("said", "hint"),
    [({}, "fix the file"), ({"url": "https://example.org/a.csv"}, "download it again")],
)
def test_a_file_of_ones_own_is_mended_and_a_published_one_is_had_anew(
    tmp_path: Path, said: dict[str, Any], hint: str
) -> None:
    write_folder(tmp_path, {"a.csv": GOOD})
    _, error = both(tmp_path, "a.csv", columns=["id", "valeu"], **said)
    assert hint in str(error.hint if isinstance(error, SourceFormatError) else None)


def test_members_that_are_not_declared_so_many_end_a_build(tmp_path: Path) -> None:
    write_folder(tmp_path / "a", {"1.txt": b"x", "2.txt": b"y"})
    complete, error = both(tmp_path, "a", kind="folder", rows=3)
    assert not complete
    assert "it has 2 rows, declared are 3" in str(error)


def test_a_broken_member_ends_both(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.txt": os.urandom(50_000)})
    data = bytearray(path.read_bytes())
    data[30_000] ^= 1
    path.write_bytes(data)
    complete, error = both(tmp_path, "a.zip", kind="folder")
    assert not complete
    assert isinstance(error, SourceFormatError)


@pytest.mark.parametrize("inside", [True, False])
def test_a_pipe_is_refused_and_never_waited_for(inside: bool, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.mkfifo(tmp_path / "a/pipe")
    name, kind = ("a", "folder") if inside else ("a/pipe", "file")
    complete, error = both(tmp_path, name, kind=kind)
    assert not complete
    assert isinstance(error, SourceFormatError)
    assert "pipe" in error.message


def test_an_alternative_that_is_not_used_may_be_wrong(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a.csv": GOOD, "b.csv": COMMA})
    said = {name: {"mirror": f"{name}.csv", "requirement": "any_of:forms"} for name in "ab"}
    taken = take_inventory(declare(said), places(tmp_path, mirror=tmp_path))
    assert taken.complete
    assert taken.entries[1].faults
    assert list(resolve_sources(declare(said), places(tmp_path, mirror=tmp_path)).sources) == ["a"]


def test_the_sample_has_fewer_rows_than_was_published(tmp_path: Path) -> None:
    where = places(tmp_path, sample=True)
    write_folder(where.dataset_dir, {"sample/a.csv": GOOD})
    sample = {"sources": {"pets": "sample/a.csv"}, "default": True}
    dataset = declare({"pets": {"rows": 100, "mirror": "a.csv"}}, sample)
    assert take_inventory(dataset, where).complete
    assert resolve_sources(dataset, where).sample


def test_a_pinned_file_with_a_fault_stays_in_the_cache_and_a_changed_one_goes(
    tmp_path: Path,
) -> None:
    declared = declare({"pets": {"url": "https://x.invalid/a.csv", "pin": {"unpinned": True}}})
    from hueset.sources.locate import cache_path

    path = cache_path("pets", "pets", "https://x.invalid/a.csv", None)
    path.parent.mkdir(parents=True)
    path.write_bytes(COMMA)
    with pytest.raises(SourceFormatError):
        resolve_sources(declared, places(tmp_path, offline=True))
    assert path.exists()
    where = places(tmp_path, offline=True)
    lock = {"pets": {"sha256": "0" * 64, "bytes": 1}}
    (where.dataset_dir / "sources.lock").write_text(json.dumps(lock))
    locked = declare(
        {"pets": {"url": "https://x.invalid/a.csv", "pin": {"pin_on_first_fetch": True}}}
    )
    with pytest.raises(SourceChangedError):
        resolve_sources(locked, where)
    assert not path.exists()


def test_a_large_table_is_measured_once_and_not_believed_when_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "KEPT_BYTES", 0)
    write_folder(tmp_path, {"a.csv": GOOD})
    times: list[int] = []
    real = shape.measure_shape
    monkeypatch.setattr(shape, "measure_shape", lambda *a: (times.append(1), real(*a))[1])
    for _ in range(2):
        assert both(tmp_path, "a.csv", rows=2) == (True, None)
    assert len(times) == 1
    (kept,) = (cachedir.cache_dir() / "shapes").iterdir()
    kept.write_bytes(kept.read_bytes().replace(b'"rows":2', b'"rows":9'))
    assert both(tmp_path, "a.csv", rows=2) == (True, None)
    assert len(times) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (COMMA, "line 2 has 3 fields, the header names 2; is there a delimiter inside"),
        (b"a,a\n1,2\n", "the header names 'a' twice"),
        (b"a\xff\n", "byte 0xff"),
    ],
)
def test_rows_by_name_lose_no_field(data: bytes, said: str) -> None:
    with pytest.raises(SourceFormatError, match=f"rows.csv cannot be read as a table: {said}"):
        list(csv_rows(data, "rows.csv"))


def test_rows_by_name_come_with_their_line(tmp_path: Path) -> None:
    text = '\ufeffid,text\r1,"two\rlines"\r\r2,' + "x" * 200_000 + "\r"
    rows = list(csv_rows(text.encode(), "rows.csv"))
    assert [(line, row["id"], len(row["text"])) for line, row in rows] == [
        (3, "1", 9),
        (5, "2", 200_000),
    ]
