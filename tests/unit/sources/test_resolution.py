from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hueset.errors import (
    FetchError,
    SourceChangedError,
    SourceError,
    SourceFormatError,
    SourceMissingError,
    UnknownNameError,
)
from hueset.sources import Policy, Resolution, Where, lock, resolve_sources
from hueset.sources.lock import LockEntry
from tests.support.source_declarations import (
    declare,
    file_pin,
    members_pin,
    places,
    sha256,
    write_folder,
)

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"a,b\n1,2\n"
NOBODY = "http://127.0.0.1:9/pets.csv"
"""The port `discard`: nobody listens there."""


def source(name: str, **said: Any) -> dict[str, Any]:
    return {"mirror": f"{name}.csv", "pin": file_pin(DATA), **said}


def where_with(root: Path, *names: str, **said: Any) -> Where:
    """Return places whose mirror holds these sources."""
    write_folder(root / "mirror", {f"{name}.csv": DATA for name in names} or {".keep": b""})
    policy = Policy(tries=2, sleep=lambda _: None, connect_timeout_s=2)
    return places(root, **{"mirror": root / "mirror", "policy": policy, **said})


def test_what_is_found_is_checked_and_handed_over_in_declared_order(tmp_path: Path) -> None:
    dataset = declare({"b": source("b"), "a": source("a", requirement="optional")})
    resolution = resolve_sources(dataset, where_with(tmp_path, "a", "b"))
    assert list(resolution.sources) == ["b", "a"]
    assert resolution.sources["a"].read() == DATA
    assert resolution.sources["a"].via == "mirror"
    assert resolution.pins == {"a": "ok", "b": "ok"}
    assert resolution.missing_optional == ()
    assert not resolution.sample


def test_all_that_is_missing_is_listed_at_once_with_where_it_may_be_had(tmp_path: Path) -> None:
    dataset = declare(
        {
            "a": source("a"),
            "b": source("b"),
            "c": source(
                "c", homepage="https://example.org/c", manual_download="write to its author"
            ),
            "d": source("d", requirement="any_of:forms", hub="hf://datasets/x/y@abc/d.csv"),
            "e": source("e", requirement="any_of:forms", url="https://example.org/e.csv"),
            "f": source("f", requirement="optional"),
        }
    )
    with pytest.raises(SourceMissingError) as seen:
        resolve_sources(dataset, where_with(tmp_path, "a", offline=True))
    message = seen.value.message
    assert seen.value.value == ("b", "c", "d", "e")
    assert seen.value.exit_code == 3
    assert "required sources of pets are missing (3)" in message
    assert "one of the group 'forms'" in message
    assert "available in a mirror as b.csv" in message
    assert "available by hand: write to its author" in message
    assert "available from its homepage https://example.org/c" in message
    assert "available from hf://datasets/x/y@abc/d.csv" in message
    assert "available from https://example.org/e.csv" in message
    assert f"looked at {tmp_path / 'mirror/b.csv'}: does not exist" in message
    assert "looked at HUESET_SOURCE_PETS_B: not set" in message
    assert "The f." not in message
    assert "--mirror" in str(seen.value.hint)


def test_what_is_optional_and_absent_is_named(tmp_path: Path) -> None:
    dataset = declare({"a": source("a"), "b": source("b", requirement="optional")})
    resolution = resolve_sources(dataset, where_with(tmp_path, "a"))
    assert resolution.missing_optional == ("b",)
    assert list(resolution.sources) == ["a"]
    assert "does not exist" in str(resolution.looked["b"][-1])


@pytest.mark.parametrize("need", ["required", "optional", "any_of:forms"])
def test_a_configured_path_that_is_absent_is_an_error_whatever_the_need(
    need: str, tmp_path: Path
) -> None:
    dataset = declare(
        {"a": source("a", requirement=need), "b": source("b", requirement="any_of:forms")}
    )
    where = where_with(tmp_path, "a", "b", flags={"a": tmp_path / "nowhere.csv"})
    with pytest.raises(SourceMissingError, match=r"a: --source a=.*nowhere\.csv: does not exist"):
        resolve_sources(dataset, where)


@pytest.mark.parametrize(
    ("there", "used"), [(("a", "b", "c"), "a"), (("b", "c"), "b"), (("c",), "c")]
)
def test_of_a_group_the_first_declared_that_is_there_is_used(
    there: tuple[str, ...], used: str, tmp_path: Path
) -> None:
    dataset = declare({name: source(name, requirement="any_of:forms") for name in "abc"})
    assert list(resolve_sources(dataset, where_with(tmp_path, *there)).sources) == [used]


def test_the_mirror_is_tried_for_the_whole_group_before_any_url(tmp_path: Path) -> None:
    dataset = declare(
        {
            "a": source("a", requirement="any_of:forms", url=NOBODY),
            "b": source("b", requirement="any_of:forms"),
        }
    )
    resolution = resolve_sources(dataset, where_with(tmp_path, "b"))
    assert list(resolution.sources) == ["b"]
    assert [look.via for look in resolution.looked["a"]][-1] == "cache"


def test_of_a_group_the_configured_one_is_used_though_an_earlier_lies_in_the_mirror(
    tmp_path: Path,
) -> None:
    dataset = declare({name: source(name, requirement="any_of:forms") for name in "ab"})
    where = where_with(tmp_path, "a", "b")
    where = replace(where, flags={"b": tmp_path / "mirror/b.csv"})
    assert list(resolve_sources(dataset, where).sources) == ["b"]


def test_changed_bytes_are_an_error_even_of_what_is_optional(tmp_path: Path) -> None:
    dataset = declare({"a": source("a", requirement="optional", pin=file_pin(b"other"))})
    with pytest.raises(SourceChangedError):
        resolve_sources(dataset, where_with(tmp_path, "a"))


def test_other_columns_are_an_error(tmp_path: Path) -> None:
    dataset = declare({"a": source("a", pin={"unpinned": True}, columns=["a", "c"])})
    with pytest.raises(SourceFormatError, match="found 'b', declared 'c'"):
        resolve_sources(dataset, where_with(tmp_path, "a"))


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hueset.sources.hashes.file_digest", refuse)
    with pytest.raises(SourceError, match=r"a\.csv cannot be read: Permission denied") as seen:
        resolve_sources(declare({"a": source("a")}), where_with(tmp_path, "a"))
    assert seen.value.exit_code == 3


def test_only_named_sources_are_resolved(tmp_path: Path) -> None:
    dataset = declare({"a": source("a"), "b": source("b")})
    assert list(resolve_sources(dataset, where_with(tmp_path, "a"), names=["a"]).sources) == ["a"]
    with pytest.raises(UnknownNameError, match="'z'"):
        resolve_sources(dataset, where_with(tmp_path, "a"), names=["z"])


def test_one_source_that_cannot_be_fetched_raises_its_own_error(tmp_path: Path) -> None:
    dataset = declare({"a": source("a", url=NOBODY)})
    with pytest.raises(FetchError, match="no connection"):
        resolve_sources(dataset, where_with(tmp_path))


def test_several_that_cannot_be_fetched_are_listed_together(tmp_path: Path) -> None:
    dataset = declare(
        {
            "a": source("a", url=NOBODY),
            "b": source("b", url=NOBODY, requirement="any_of:forms"),
            "c": source("c", requirement="any_of:forms"),
        }
    )
    with pytest.raises(SourceMissingError, match=r"E_FETCH, .*no connection") as seen:
        resolve_sources(dataset, where_with(tmp_path))
    assert seen.value.value == ("a", "b", "c")


def test_what_cannot_be_had_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    waited: list[float] = []
    dataset = declare({"a": source("a", url=NOBODY), "b": source("b")})
    where = where_with(tmp_path, policy=Policy(tries=3, sleep=waited.append))
    with pytest.raises(SourceMissingError) as seen:
        resolve_sources(dataset, where)
    assert seen.value.value == ("b",)
    assert waited == []


def test_an_optional_source_is_tried_once_and_its_fault_is_kept(tmp_path: Path) -> None:
    waited: list[float] = []
    dataset = declare({"a": source("a", url=NOBODY, requirement="optional")})
    where = where_with(tmp_path, policy=Policy(tries=3, sleep=waited.append))
    resolution = resolve_sources(dataset, where)
    assert resolution.missing_optional == ("a",)
    assert "E_FETCH" in resolution.looked["a"][-1].outcome
    assert waited == []


def test_offline_nothing_is_fetched(tmp_path: Path) -> None:
    dataset = declare({"a": source("a", url=NOBODY, requirement="optional")})
    resolution = resolve_sources(dataset, where_with(tmp_path, offline=True))
    assert str(resolution.looked["a"][-1]) == f"{NOBODY}: not tried: offline"


def test_a_recorded_lock_holds(tmp_path: Path) -> None:
    dataset = declare({"a": source("a", pin={"pin_on_first_fetch": True})})
    where = where_with(tmp_path, "a")
    assert resolve_sources(dataset, where).pins == {"a": "unrecorded"}
    lock.record_lock(where.dataset_dir, {"a": LockEntry(sha256(DATA), len(DATA))})
    assert resolve_sources(dataset, where).pins == {"a": "locked"}
    (tmp_path / "mirror/a.csv").write_bytes(b"a,b\n")
    with pytest.raises(SourceChangedError, match=r"recorded in sources\.lock"):
        resolve_sources(dataset, where)


def test_the_manifest_holds_no_path_of_this_machine(tmp_path: Path) -> None:
    members = {"x/1.txt": b"1", "x/2.txt": b"22"}
    write_folder(tmp_path / "mirror/corpus", members)
    corpus = {"kind": "folder", "mirror": "corpus", "pin": members_pin(members)}
    dataset = declare({"a": source("a", homepage="https://example.org/a"), "corpus": corpus})
    manifest = resolve_sources(dataset, where_with(tmp_path, "a")).to_manifest()
    assert manifest == [
        {
            "name": "a",
            "via": "mirror",
            "digest": sha256(DATA),
            "bytes": 8,
            "members": None,
            "pin": "ok",
            "licence": "CC0-1.0",
            "citation": "The authors of this test.",
            "homepage": "https://example.org/a",
            "from": None,
        },
        {
            "name": "corpus",
            "via": "mirror",
            "digest": corpus["pin"]["members"]["digest"],
            "bytes": 3,
            "members": 2,
            "pin": "ok",
            "licence": "CC0-1.0",
            "citation": "The authors of this test.",
            "homepage": None,
            "from": None,
        },
    ]
    assert str(tmp_path) not in json.dumps(manifest)


def sample_resolution(root: Path, **said: Any) -> Resolution:
    dataset = declare(
        {"a": source("a"), "b": source("b"), "c": source("c", requirement="optional")},
        {"default": True, "sources": {"a": "sample/a.csv"}},
    )
    where = places(root, **said)
    write_folder(where.dataset_dir / "sample", {"a.csv": b"a,b\n7,7\n"})
    return resolve_sources(dataset, where)


def test_the_sample_is_not_held_against_the_pins_and_what_it_lacks_is_not_there(
    tmp_path: Path,
) -> None:
    resolution = sample_resolution(tmp_path)
    assert resolution.sample
    assert list(resolution.sources) == ["a"]
    assert resolution.sources["a"].via == "sample"
    assert resolution.sources["a"].read() == b"a,b\n7,7\n"
    assert resolution.pins == {"a": "sample"}
    assert resolution.missing_optional == ("c",)
    assert "does not hold it" in str(resolution.looked["b"][-1])
    assert resolution.to_manifest()[0]["pin"] == "sample"


def test_a_configured_source_that_is_missing_is_never_replaced_by_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceMissingError):
        sample_resolution(tmp_path, flags={"a": tmp_path / "nowhere"})
    with pytest.raises(SourceMissingError):
        sample_resolution(tmp_path, mirror=tmp_path)
    monkeypatch.setenv("HUESET_SOURCE_PETS_A", str(tmp_path / "nowhere"))
    with pytest.raises(SourceMissingError):
        sample_resolution(tmp_path)


def test_a_sample_folder_is_read_by_member_without_the_globs_of_the_pin(tmp_path: Path) -> None:
    pin = {"members": {"glob": ["deep/*.mid"], "count": 9}}
    dataset = declare(
        {"a": {"kind": "folder", "pin": pin}}, {"default": True, "sources": {"a": "sample"}}
    )
    where = places(tmp_path)
    write_folder(where.dataset_dir / "sample", {"1.mid": b"1", "2.mid": b"2"})
    assert resolve_sources(dataset, where).sources["a"].names() == ["1.mid", "2.mid"]


def test_progress_is_told_while_bytes_are_read(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    dataset = declare({"a": source("a")})
    resolve_sources(dataset, where_with(tmp_path, "a"), progress=lambda *args: told.append(args))
    assert told == [("a", 8, 8)]


def test_a_missing_source_with_an_option_of_its_own_is_told_with_that_option(
    tmp_path: Path,
) -> None:
    dataset = declare({"my_rows": source("rows", option=True)})
    with pytest.raises(SourceMissingError) as caught:
        resolve_sources(dataset, where_with(tmp_path))
    assert "--my-rows PATH (as --source my_rows=PATH)" in (caught.value.hint or "")
