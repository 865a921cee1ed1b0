"""What the gate tells of the whole set: nothing of a sound one, each fault by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import polars as pl
import pytest

from hueset.builder import Finding, Inputs
from hueset_builders.maestro.checks import check

SOUND = {
    "performance": ["a", "b", "c"],
    "composer": ["Franz Liszt", "Franz Liszt", "Johann Sebastian Bach"],
    "title": ["Etude", "Sonata", "Fugue"],
    "composition": ["liszt: etude", "liszt: sonata", "bach: fugue"],
    "split": ["train", "validation", "test"],
    "split_by_composition": ["train", "validation", "test"],
    "audio_origin": ["rendered", "rendered", "recorded"],
    "audio_s": [100.0, 50.0, 30.0],
    "midi_s": [99.0, 49.0, 31.0],
    "duration_s": [100.0, 50.0, 30.0],
    "aligned": [True, True, True],
    "onset_lag_ms": [5.0, -3.0, 2.0],
    "windows": [20, 10, 6],
    "silent_windows": [1, 0, 0],
    "notes": [1000, 500, 300],
    "midi": [b"", b"", b""],
}
PUBLISHED = {
    "performances": 3,
    "train": 1,
    "validation": 1,
    "test": 1,
    "notes": 1800,
    "hours": 0.05,
}


@dataclass
class Tables:
    """A fake of the tables of all units: performances as given, and so many windows of each."""

    performances: pl.DataFrame
    windows: tuple[int, ...] = (20, 10, 6)

    def scan(self, table: str) -> pl.LazyFrame:
        if table == "performances":
            return self.performances.lazy()
        keys = [key for key, n in zip("abc", self.windows, strict=True) for _ in range(n)]
        return pl.LazyFrame({"performance": keys})


def findings(bent: dict[str, Any], **given: Any) -> dict[str, Finding]:
    """Check the sound tables with some columns bent; the findings by the name of their check."""
    windows = given.pop("windows", (20, 10, 6))
    tables = Tables(pl.DataFrame({**SOUND, **bent}), windows)
    parameters = {"limit": None, "where": {}, "published": PUBLISHED, **given}
    inputs = Inputs(cast("Any", None), {}, parameters, {})
    return {one.check: one for one in check(cast("Any", tables), inputs)}


def test_of_a_sound_set_nothing_is_told() -> None:
    assert findings({}) == {}


def test_every_pair_of_composer_and_title_in_two_splits_is_listed() -> None:
    told = findings(
        {
            "title": ["Etude", "Etude", "Fugue"],
            "composition": ["liszt: etude", "liszt: etude", "bach: fugue"],
            "split_by_composition": ["train", "train", "test"],
        }
    )
    assert set(told) == {"input.title_straddles_split", "input.composition_straddles_split"}
    title = told["input.title_straddles_split"]
    assert (title.verdict, title.count) == ("warn", 1)
    assert "Franz Liszt: Etude (train, validation)" in title.message
    assert "with 2 performances" in title.message
    assert "liszt: etude (train, validation)" in told["input.composition_straddles_split"].message


def test_a_composition_in_two_of_our_own_splits_fails() -> None:
    told = findings({"composition": ["liszt: etude", "liszt: etude", "bach: fugue"]})
    assert told["output.split_by_composition"].verdict == "fail"
    assert told["output.split_by_composition"].examples == ("liszt: etude",)


@pytest.mark.parametrize(
    ("bent", "name", "verdict"),
    [
        ({"duration_s": [100.0, 50.0, 30.2]}, "input.audio_length", "warn"),
        ({"midi_s": [99.0, 49.0, 29.0]}, "input.audio_midi_length", "warn"),
        ({"midi_s": [101.0, 49.0, 31.0]}, "input.audio_midi_length", "warn"),
        ({"aligned": [True, True, False]}, "input.onset_lag", "warn"),
        ({"aligned": [True, True, None]}, "input.onset_lag_unknown", "warn"),
        ({"silent_windows": [0, 0, 2]}, "input.silent_recording", "warn"),
        ({"windows": [20, 10, 7]}, "output.windows_add_up", "fail"),
        ({"notes": [1000, 500, 301]}, "output.count_notes", "fail"),
        ({"split": ["train", "train", "test"]}, "output.count_validation", "fail"),
        ({"duration_s": [100.0, 50.0, 90.0]}, "output.count_hours", "fail"),
    ],
)
def test_each_fault_is_told_by_its_name(bent: dict[str, Any], name: str, verdict: str) -> None:
    assert findings(bent)[name].verdict == verdict


def test_a_performance_without_any_window_does_not_add_up() -> None:
    assert findings({}, windows=(20, 10, 0))["output.windows_add_up"].examples == ("c",)


@pytest.mark.parametrize("part", [{"limit": 3}, {"where": {"year": 2018}}])
def test_a_declared_part_is_not_held_to_the_counts_of_the_whole(part: dict[str, Any]) -> None:
    assert "output.count_notes" not in findings({"notes": [1, 2, 3]}, **part)
