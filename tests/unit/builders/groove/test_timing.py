from __future__ import annotations

import numpy as np
import pytest

from hueset_builders.groove.timing import Grid, measure_swing, place_hits

COMMON = Grid(us_per_quarter=500_000, numerator=4, denominator=4)
"""120 bpm: a sixteenth is 125 ms, a bar 2 s."""


def at(*sixteenths: float) -> np.ndarray:
    return np.array(sixteenths) * COMMON.sixteenth_s


def test_a_late_hit_is_positive_and_an_early_one_negative() -> None:
    placed = place_hits(at(4.2, 7.9), COMMON)
    assert placed.step.tolist() == [4, 8]
    np.testing.assert_allclose(placed.offset_sixteenth, [0.2, -0.1])
    np.testing.assert_allclose(placed.offset_ms, [25.0, -12.5])


def test_a_hit_just_before_the_bar_belongs_to_the_bar() -> None:
    placed = place_hits(at(15.8, 16.0, 15.4), COMMON)
    assert placed.bar.tolist() == [1, 1, 0]
    assert placed.step.tolist() == [0, 0, 15]


def test_a_hit_on_half_a_sixteenth_is_always_early() -> None:
    lines = np.arange(4_000)
    placed = place_hits(at(*(lines + 0.5)), COMMON)
    assert set(placed.offset_sixteenth.tolist()) == {-0.5}
    np.testing.assert_array_equal(placed.bar * 16 + placed.step, lines + 1)


@pytest.mark.parametrize(
    ("numerator", "denominator", "steps", "bar_s"),
    [(4, 4, 16, 2.0), (3, 4, 12, 1.5), (6, 8, 12, 1.5), (5, 4, 20, 2.5), (5, 8, 10, 1.25)],
)
def test_metres_of_the_dataset(numerator: int, denominator: int, steps: int, bar_s: float) -> None:
    grid = Grid(500_000, numerator, denominator)
    assert grid.steps == steps
    assert grid.bar_s == pytest.approx(bar_s)


def test_straight_eighths_do_not_swing_and_triplets_do() -> None:
    beats = np.arange(8) * COMMON.quarter_s
    straight = np.concatenate([beats, beats + 0.5 * COMMON.quarter_s])
    triplet = np.concatenate([beats, beats + 2 / 3 * COMMON.quarter_s])
    assert measure_swing(straight, COMMON, 8) == pytest.approx(0.0, abs=1e-6)
    assert measure_swing(triplet, COMMON, 8) == pytest.approx(1.0, abs=1e-6)


def test_sixteenths_beside_the_off_beat_do_not_count_as_swing() -> None:
    beats = np.arange(8) * COMMON.quarter_s
    sixteenths = np.concatenate([beats + 0.25 * COMMON.quarter_s, beats + 0.75 * COMMON.quarter_s])
    assert measure_swing(sixteenths, COMMON, 1) is None


def test_too_few_off_beats_give_no_swing() -> None:
    assert measure_swing(at(2, 6, 10), COMMON, 4) is None
    assert measure_swing(at(2, 6, 10, 14), COMMON, 4) == pytest.approx(0.0, abs=1e-6)


def test_a_beat_that_is_no_quarter_gives_no_swing() -> None:
    assert measure_swing(at(2, 6, 10, 14), Grid(500_000, 6, 8), 1) is None
