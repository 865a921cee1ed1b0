"""Ready, and every way not to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from hueset.coverage.readiness import version_readiness
from hueset.errors import UnknownNameError, UsageError
from tests.support.documents import (
    class_list,
    coverage,
    dimension,
    manifest,
    presence,
    verification,
    waiver,
)

if TYPE_CHECKING:
    from hueset.documents.coverage import CoverageDocument
    from hueset.documents.manifest import Manifest
    from hueset.documents.records import VerificationRecord
    from hueset.store.store import StoredVersion

COVERAGE = coverage(
    dimensions=[
        dimension("calm", 20, reason="20 examples", by_split={"train": 15, "test": 5}),
        dimension(
            "loud", 90, verdict="neutral", reason="sd 0.010, floor 0.1", by_split={"train": 90}
        ),
    ],
    classes=[
        class_list(
            "kinds",
            {"class": "cat", "n": 9, "verdict": "trainable"},
            {"class": "dog", "n": 0, "verdict": "absent"},
        ),
        class_list(
            "moods", {"class": "glad", "n": 9, "verdict": "trainable", "by_split": {"train": 9}}
        ),
    ],
    presence=[presence("audio", 7, 10)],
)


@dataclass
class FakeVersion:
    """What `readiness` reads of a version."""

    verdict: str = "warn"
    kind: str = "whole"
    coverage: CoverageDocument = COVERAGE
    dataset: str = "pets"
    name: str = "1.0.0+abc"

    @property
    def manifest(self) -> Manifest:
        return manifest(verdict=self.verdict)


def ask(*names: str, version: FakeVersion | None = None, **more: Any) -> tuple[bool, list[str]]:
    told = version_readiness(cast("StoredVersion", version or FakeVersion()), names, **more)
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
    assert ask("calm", version=failed, records=[waiver("only for a look")])[0] is True


def test_files_that_changed_since_are_a_reason_until_a_later_check_finds_them_whole() -> None:
    bad = verification("20261121T000826Z", "a", "b")
    good = verification("20261122T000000Z")
    said = "2 files were not what the manifest says at 20261121T000826Z"
    assert ask(records=[bad]) == (False, [said])
    assert ask(records=[bad, good]) == (True, [])


def test_files_that_are_missing_are_a_reason_however_good_the_labels() -> None:
    told = ask("calm", faults=["a.parquet is missing", "a.parquet is missing"])
    assert told == (False, ["the version is damaged: a.parquet is missing"])


def test_it_says_when_the_files_were_last_found_whole_and_nothing_where_they_never_were() -> None:
    def verified(*records: VerificationRecord) -> str | None:
        return version_readiness(
            cast("StoredVersion", FakeVersion()), [], records=records
        ).verified_at

    good = verification("20261121T000826Z")
    bad = verification("20261122T000000Z", "a")
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
