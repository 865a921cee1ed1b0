"""Ready, and every way not to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from hueset.coverage.readiness import version_readiness
from hueset.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from hueset.store.store import Version

COVERAGE = {
    "dimensions": [
        {
            "name": "calm",
            "verdict": "trainable",
            "n": 20,
            "reason": "20 examples",
            "by_split": {"train": 15, "test": 5},
        },
        {
            "name": "loud",
            "verdict": "neutral",
            "n": 90,
            "reason": "sd 0.010, floor 0.1",
            "by_split": {"train": 90},
        },
    ],
    "classes": [
        {
            "name": "kinds",
            "floor": 5,
            "classes": [
                {"class": "cat", "n": 9, "verdict": "trainable"},
                {"class": "dog", "n": 0, "verdict": "absent"},
            ],
        },
        {
            "name": "moods",
            "floor": 5,
            "classes": [
                {"class": "glad", "n": 9, "verdict": "trainable", "by_split": {"train": 9}},
            ],
        },
    ],
    "presence": [{"name": "audio", "verdict": "trainable", "present": 7, "n": 10}],
}


@dataclass
class FakeVersion:
    """What `readiness` reads of a version."""

    verdict: str = "warn"
    kind: str = "whole"
    coverage: dict[str, Any] = field(default_factory=lambda: COVERAGE)
    dataset: str = "pets"
    name: str = "1.0.0+abc"

    @property
    def manifest(self) -> dict[str, Any]:
        return {"verdict": self.verdict}


def ask(*names: str, version: FakeVersion | None = None, **more: Any) -> tuple[bool, list[str]]:
    told = version_readiness(cast("Version", version or FakeVersion()), names, **more)
    return told.ready, list(told.reasons)


@pytest.mark.parametrize(
    ("names", "more", "reasons"),
    [
        (["calm"], {}, []),
        (["calm"], {"minimum": 21}, ["calm: 20 examples, asked for 21"]),
        (["calm"], {"minimum": 6, "split": "test"}, ["calm: 5 examples, asked for 6"]),
        (["loud"], {}, ["loud: neutral: sd 0.010, floor 0.1"]),
        (["kinds:cat"], {"minimum": 9}, []),
        (["kinds"], {}, ["kinds:dog: absent: no row"]),
        (["moods:glad"], {"minimum": 9, "split": "train"}, []),
        (["moods:glad"], {"split": "test"}, ["moods:glad: no row in test"]),
        (["calm"], {"split": "validation"}, ["calm: no example in validation"]),
        (["audio"], {"minimum": 8}, ["audio: 7 examples, asked for 8"]),
        ([], {}, []),
    ],
)
def test_each_thing_asked_for_has_its_own_reason(
    names: list[str], more: dict[str, Any], reasons: list[str]
) -> None:
    assert ask(*names, **more) == (not reasons, reasons)


def test_a_failed_gate_is_not_ready_without_a_waiver() -> None:
    failed = FakeVersion(verdict="fail")
    assert ask("calm", version=failed)[0] is False
    assert ask("calm", version=failed, records=[{"kind": "waiver"}])[0] is True


def test_files_that_changed_since_are_a_reason_until_a_later_check_finds_them_whole() -> None:
    bad = {"kind": "verification", "verdict": "fail", "faults": [1, 2], "at": "then"}
    good = {"kind": "verification", "verdict": "pass", "faults": [], "at": "later"}
    assert ask(records=[bad]) == (False, ["2 files were not what the manifest says at then"])
    assert ask(records=[bad, good]) == (True, [])


def test_files_that_are_missing_are_a_reason_however_good_the_labels() -> None:
    told = ask("calm", faults=["a.parquet is missing", "a.parquet is missing"])
    assert told == (False, ["the version is damaged: a.parquet is missing"])


def test_it_says_when_the_files_were_last_found_whole_and_nothing_where_they_never_were() -> None:
    def verified(*records: dict[str, Any]) -> str | None:
        return version_readiness(cast("Version", FakeVersion()), [], records=records).verified_at

    good = {"kind": "verification", "verdict": "pass", "faults": [], "at": "20261121T000826Z"}
    bad = {"kind": "verification", "verdict": "fail", "faults": [1], "at": "20261122T000000Z"}
    assert verified() is None
    assert verified(bad) is None
    assert verified(good, bad) == "2026-11-21T00:08:26Z"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("sample", "this is the embedded sample, not the dataset"),
        ("subset", "this is a subset, not the whole dataset"),
    ],
)
def test_a_part_is_ready_only_for_those_who_ask_for_it(kind: str, reason: str) -> None:
    part = FakeVersion(kind=kind)
    assert ask("calm", version=part) == (False, [reason])
    assert ask("calm", version=part, allow_part=True) == (True, [])


def test_an_unknown_name_names_the_nearest_and_a_split_of_classes_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown dimension 'clam'") as error:
        ask("clam")
    assert "calm" in str(error.value.hint)
    with pytest.raises(UsageError, match="not counted by split"):
        ask("kinds", split="train")


@pytest.mark.parametrize("split", ["trian", "", "Train"])
def test_a_split_that_is_none_is_an_error_with_those_there_are(split: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown split '{split}'") as error:
        ask("calm", split=split)
    assert "known: test, train, validation" in str(error.value.hint)
    assert ("did you mean 'train'?" in str(error.value.hint)) == (split != "")
