from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hueset.sources import Entry, Inventory, lock, take_inventory
from hueset.sources.lock import LockEntry
from tests.support.source_declarations import (
    LFS_POINTER,
    declare,
    file_pin,
    members_pin,
    places,
    sha256,
    write_folder,
)

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"a,b\n1,2\n3,4\n"


def source(**said: Any) -> dict[str, Any]:
    return {"mirror": "pets.csv", "pin": file_pin(DATA), **said}


def stock(root: Path, sources: dict[str, Any], **said: Any) -> Inventory:
    return take_inventory(declare(sources), places(root, **{"mirror": root, **said}))


def only(root: Path, data: bytes | None = DATA, **said: Any) -> Entry:
    if data is not None:
        (root / "pets.csv").write_bytes(data)
    (entry,) = stock(root, {"pets": source(**said)}).entries
    return entry


def test_a_sound_source_is_shown_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    entry = only(
        tmp_path, columns=["a", "b"], rows=2, dimensions=["valence"], requirement="optional"
    )
    assert entry.name == "pets"
    assert (entry.found, entry.used, entry.state, entry.via) == (True, True, "ok", "mirror")
    assert entry.path == tmp_path / "pets.csv"
    assert entry.identity
    assert (entry.identity.size, entry.identity.digest) == (12, sha256(DATA))
    assert (entry.declared_columns, entry.found_columns) == (("a", "b"), ("a", "b"))
    assert (entry.declared_rows, entry.found_rows, entry.found_width) == (2, 2, 2)
    assert (entry.requirement, entry.dimensions, entry.faults) == ("optional", ("valence",), ())


def test_what_is_nowhere_is_shown_with_every_place_that_was_looked_at(tmp_path: Path) -> None:
    entry = only(tmp_path, data=None)
    assert (entry.found, entry.used, entry.state) == (False, False, "missing")
    assert len(entry.looked) == 4
    assert entry.identity is None


def test_changed_bytes_are_shown_and_still_measured(tmp_path: Path) -> None:
    entry = only(tmp_path, b"a,c\n1,2\n", columns=["a", "b"], rows=2)
    assert entry.state == "changed"
    assert (entry.found_columns, entry.found_rows) == (("a", "c"), 1)
    assert len(entry.faults) == 2
    assert sha256(DATA) in entry.faults[0]
    assert "found 'c', declared 'b'" in entry.faults[1]
    assert "it has 1 row, declared are 2" in entry.faults[1]


def test_rows_that_do_not_fit_the_header_are_a_fault(tmp_path: Path) -> None:
    entry = only(tmp_path, b"a,b\n1,2,3\n", pin={"unpinned": True})
    (fault,) = entry.faults
    assert "1 row does not fit its columns: line 2 has 3 fields, not 2" in fault


def test_a_pointer_is_shown_as_unreadable_with_what_to_do(tmp_path: Path) -> None:
    entry = only(tmp_path, LFS_POINTER)
    assert entry.state == "unreadable"
    assert "git lfs pull" in entry.faults[0]


def test_a_broken_table_is_shown_and_does_not_stop_it(tmp_path: Path) -> None:
    entry = only(tmp_path, b"a\xff\n", pin={"unpinned": True})
    assert entry.state == "open"
    assert "cannot be read as a table" in entry.faults[0]


def test_a_file_that_may_not_be_read_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "pets.csv")

    monkeypatch.setattr("hueset.sources.pins.identify_bytes", refuse)
    entry = only(tmp_path)
    assert entry.state == "unreadable"
    assert "Permission denied" in entry.faults[0]


def test_it_never_stops_at_a_fault(tmp_path: Path) -> None:
    write_folder(tmp_path, {"bad.csv": LFS_POINTER, "old.csv": b"old", "good.csv": DATA})
    sources = {
        "bad": source(mirror="bad.csv"),
        "gone": source(mirror="gone.csv"),
        "old": source(mirror="old.csv"),
        "named": source(mirror="named.csv"),
        "good": source(mirror="good.csv"),
    }
    taken = stock(tmp_path, sources, flags={"named": tmp_path / "nowhere"})
    states = {entry.name: entry.state for entry in taken.entries}
    assert states == {
        "bad": "unreadable",
        "gone": "missing",
        "old": "changed",
        "named": "missing",
        "good": "ok",
    }
    assert not taken.complete
    assert "does not exist" in next(e.faults[0] for e in taken.entries if e.name == "named")


def test_alternatives_are_all_shown_and_one_is_used(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a.csv": DATA, "b.csv": DATA})
    names = ("c", "a", "b")
    taken = stock(
        tmp_path, {n: source(mirror=f"{n}.csv", requirement="any_of:forms") for n in names}
    )
    assert [(e.name, e.found, e.used) for e in taken.entries] == [
        ("c", False, False),
        ("a", True, True),
        ("b", True, False),
    ]
    assert taken.complete


def test_a_source_that_a_build_would_download_is_no_gap(tmp_path: Path) -> None:
    url = "https://example.org/pets.csv"
    taken = stock(tmp_path, {"pets": source(url=url)})
    assert [entry.state for entry in taken.entries] == ["to fetch"]
    assert taken.complete
    offline = stock(tmp_path, {"pets": source(url=url)}, offline=True)
    assert [entry.state for entry in offline.entries] == ["missing"]
    assert not offline.complete


@pytest.mark.parametrize(
    ("need", "complete"), [("required", False), ("optional", True), ("any_of:x", False)]
)
def test_it_is_complete_when_nothing_needed_is_missing(
    need: str, complete: bool, tmp_path: Path
) -> None:
    assert stock(tmp_path, {"pets": source(requirement=need)}).complete is complete


def test_a_changed_optional_source_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "pets.csv").write_bytes(b"other")
    assert not stock(tmp_path, {"pets": source(requirement="optional")}).complete


def test_a_configured_optional_source_that_is_absent_is_a_gap(tmp_path: Path) -> None:
    flags = {"pets": tmp_path / "nowhere"}
    assert not stock(tmp_path, {"pets": source(requirement="optional")}, flags=flags).complete


def test_the_sample_is_shown_as_such(tmp_path: Path) -> None:
    sample = {"default": True, "sources": {"a": "sample/a.csv"}}
    dataset = declare({"a": source(), "b": source()}, sample)
    where = places(tmp_path)
    write_folder(where.dataset_dir / "sample", {"a.csv": b"a,b\n"})
    taken = take_inventory(dataset, where)
    assert taken.sample
    assert taken.complete
    assert [(e.name, e.state, e.found) for e in taken.entries] == [
        ("a", "sample", True),
        ("b", "missing", False),
    ]


def test_files_of_a_folder_are_its_rows(tmp_path: Path) -> None:
    members = {"a.txt": b"1", "b.txt": b"2"}
    write_folder(tmp_path / "corpus", members)
    said = {"kind": "folder", "mirror": "corpus", "pin": members_pin(members), "rows": 2}
    (entry,) = stock(tmp_path, {"corpus": said}).entries
    assert (entry.state, entry.found_rows, entry.faults) == ("ok", 2, ())


def test_lock_records_what_waits_for_it_and_nothing_else(tmp_path: Path) -> None:
    members = {"a.txt": b"1"}
    write_folder(tmp_path, {"pets.csv": DATA})
    write_folder(tmp_path / "corpus", members)
    sources = {
        "late": source(pin={"pin_on_first_fetch": True}),
        "late_folder": {"kind": "folder", "mirror": "corpus", "pin": {"pin_on_first_fetch": True}},
        "counted": {
            "kind": "folder",
            "mirror": "corpus",
            "pin": {"members": {"glob": ["*"], "count": 1}},
        },
        "pinned": source(),
        "own": source(pin={"unpinned": True}),
    }
    where = places(tmp_path, mirror=tmp_path)
    dataset = declare(sources)
    before = [entry.state for entry in take_inventory(dataset, where).entries]
    assert before == ["unrecorded", "unrecorded", "unrecorded", "ok", "open"]
    assert not (where.dataset_dir / lock.FILE).exists()

    after = [entry.state for entry in take_inventory(dataset, where, lock=True).entries]
    assert after == ["locked", "locked", "locked", "ok", "open"]
    digest = members_pin(members)["members"]["digest"]
    assert lock.read_lock(where.dataset_dir) == {
        "late": LockEntry(sha256(DATA), len(DATA)),
        "late_folder": LockEntry(digest, 1, members=1),
        "counted": LockEntry(digest, 1, members=1),
    }
    assert [entry.state for entry in take_inventory(dataset, where).entries] == after


def test_lock_does_not_paint_over_a_change(tmp_path: Path) -> None:
    where = places(tmp_path, mirror=tmp_path)
    dataset = declare({"pets": source(pin={"pin_on_first_fetch": True})})
    (tmp_path / "pets.csv").write_bytes(DATA)
    take_inventory(dataset, where, lock=True)
    (tmp_path / "pets.csv").write_bytes(b"a,b\n")
    (entry,) = take_inventory(dataset, where, lock=True).entries
    assert entry.state == "changed"
    assert lock.read_lock(where.dataset_dir)["pets"].digest == sha256(DATA)


def test_the_real_inventory_of_texts(data_dir: Path, tmp_path: Path) -> None:
    pin = {"members": {"glob": ["train.tsv", "dev.tsv", "test.tsv"], "count": 3}}
    sources = {
        "goemotions": {
            "kind": "folder",
            "mirror": "goemotions",
            "pin": pin,
            "rows": 54_263,
            "columns": ["text", "labels", "id"],
            "format": {"header": False},
        },
        "emobank": {
            "mirror": "emobank/emobank.csv",
            "rows": 10_062,
            "columns": ["id", "split", "V", "A", "D", "text"],
        },
    }
    taken = stock(tmp_path, sources, mirror=data_dir)
    assert [entry.faults for entry in taken.entries] == [(), ()]
    assert [entry.found_rows for entry in taken.entries] == [54_263, 10_062]
