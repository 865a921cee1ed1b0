from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
import pytest

from hueset_builders.maestro.passages import combine, passage_hashes, passage_rows, shared_passages
from hueset_builders.readers.midi.notes import read_midi
from hueset_builders.readers.midi.smf import write_smf

if TYPE_CHECKING:
    from hueset.builder import Finding
    from hueset_builders.readers.midi.notes import Score

RNG = np.random.default_rng(8)
TUNE = RNG.integers(30, 100, 400).tolist()


def played(pitches: list[int], step_ms: int = 120) -> Score:
    events: list[tuple[int, bytes]] = []
    for at, pitch in enumerate(pitches):
        events.append((at * step_ms, bytes([0x90, pitch, 64])))
        events.append((at * step_ms + 100, bytes([0x80, pitch, 0])))
    return read_midi(write_smf(500, [events]), "made.mid")


class Shards:
    """A fake of the finished units."""

    def __init__(self, *given: tuple[str, str, Score]) -> None:
        self.performances = pl.DataFrame(
            {
                "performance": [name for name, _, _ in given],
                "split_by_composition": [split for _, split, _ in given],
            }
        )
        rows: list[Any] = [pl.from_arrow(passage_rows(name, s).rows) for name, _, s in given]
        self.passages: pl.DataFrame = pl.concat(rows)

    def scan(self, table: str) -> pl.LazyFrame:
        tables = {"performances": self.performances, "_passages": self.passages}
        return tables[table].lazy()


def found(*given: tuple[str, str, Score]) -> list[Finding]:
    return list(combine(cast("Any", Shards(*given)), cast("Any", None)))


def test_a_passage_does_not_depend_on_tempo_or_on_the_order_in_a_chord() -> None:
    np.testing.assert_array_equal(
        passage_hashes(played(TUNE)), passage_hashes(played(TUNE, step_ms=150))
    )
    assert len(passage_hashes(played(TUNE[:6]))) == 1
    assert len(passage_hashes(played(TUNE[:5]))) == 0
    low, high = [(pitch, pitch + 7) for pitch in TUNE], [(pitch + 7, pitch) for pitch in TUNE]
    struck = [
        [
            (at * 120 + 5 * n, bytes([0x90, p, 64]))
            for at, chord in enumerate(chords)
            for n, p in enumerate(chord)
        ]
        for chords in (low, high)
    ]
    one, other = (read_midi(write_smf(500, [events]), "made.mid") for events in struck)
    assert one.pitch.tolist() != other.pitch.tolist()
    np.testing.assert_array_equal(passage_hashes(one), passage_hashes(other))


def test_the_same_music_in_two_splits_fails_whatever_its_title() -> None:
    """With a wrong note in every ten, and only a part of the piece."""
    worse = [pitch + 1 if at % 10 == 0 else pitch for at, pitch in enumerate(TUNE[:250])]
    (finding,) = found(("a", "train", played(TUNE)), ("b", "test", played(worse)))
    assert (finding.check, finding.verdict) == ("output.split_by_composition_notes", "fail")
    assert (finding.count, finding.table) == (1, "performances")
    assert finding.examples[0].startswith("a and b (0.")


def test_the_same_music_in_one_split_and_other_music_in_another_is_nothing() -> None:
    other = RNG.permutation(TUNE).tolist()
    given = [("a", "train", played(TUNE)), ("b", "train", played(TUNE))]
    assert found(*given, ("c", "test", played(other))) == []
    assert found(given[0]) == []


def test_a_performance_of_too_few_notes_shares_nothing() -> None:
    assert found(("a", "train", played(TUNE)), ("b", "test", played(TUNE[:4]))) == []


def test_the_share_is_that_of_the_shorter_one() -> None:
    table = Shards(("a", "train", played(TUNE)), ("b", "test", played(TUNE[:105])))
    told = shared_passages(table.performances.join(table.passages, on="performance"))
    assert told.row(0)[:3] == ("a", "b", 100)
    assert told["share"][0] == pytest.approx(1.0)
