import numpy as np
import pytest

from hueset.training.verdicts import judge_class, judge_numbers, roc_auc

RNG = np.random.default_rng(5)
LABELS = RNG.normal(0.5, 0.2, 400)


def test_good_predictions_are_learned_and_beat_the_mean() -> None:
    made = judge_numbers("x", LABELS, LABELS + RNG.normal(0, 0.1, 400), train_mean=0.5)
    assert made.verdict == "learned"
    assert made.skill == pytest.approx(0.75, abs=0.06)
    assert made.value < made.baselines["mean"] < made.baselines["permuted"]
    assert made.p_value == 1 / 200


def test_the_same_answer_for_every_row_is_stuck() -> None:
    made = judge_numbers("x", LABELS, np.full(400, 0.5), train_mean=0.5)
    assert made.verdict == "stuck"
    assert made.sd_predictions == 0


def test_predictions_that_have_nothing_to_do_with_the_labels_are_stuck() -> None:
    made = judge_numbers("x", LABELS, RNG.normal(0.5, 0.2, 400), train_mean=0.5)
    assert made.verdict == "stuck"
    assert made.p_value > 0.01


def test_a_small_gain_that_is_no_chance_is_weak() -> None:
    made = judge_numbers(
        "x", LABELS, 0.5 + 0.05 * (LABELS - 0.5) + RNG.normal(0, 0.02, 400), train_mean=0.5
    )
    assert made.verdict == "weak"
    assert 0 < made.skill < 0.1


def test_predictions_that_follow_the_labels_but_miss_by_more_than_a_guess_are_stuck() -> None:
    made = judge_numbers("x", LABELS, LABELS + 0.5, train_mean=0.5)
    assert made.p_value == 1 / 200
    assert made.skill < 0
    assert (made.verdict, made.against) == ("stuck", "mean")
    assert made.why.startswith("no better than its best baseline")
    known = {"style": float(((LABELS - LABELS.mean()) ** 2).mean()) / 4}
    near = LABELS + RNG.normal(0, 0.15, 400)
    assert judge_numbers("x", LABELS, near, train_mean=0.5).verdict == "learned"
    beaten = judge_numbers("x", LABELS, near, train_mean=0.5, baselines=known)
    assert (beaten.verdict, beaten.against) == ("stuck", "style")


def test_of_rows_that_share_their_label_whole_groups_are_permuted() -> None:
    # Four groups of 100 have but 24 orders, and one of them is the real one.
    groups = np.repeat([f"g{at}" for at in range(4)], 100)
    labels = np.repeat([0.1, 0.4, 0.6, 0.9], 100)
    guess = labels + RNG.normal(0, 0.05, 400)
    assert judge_numbers("x", labels, guess, train_mean=0.5).verdict == "learned"
    held = judge_numbers("x", labels, guess, train_mean=0.5, groups=groups)
    assert held.p_value > 0.01
    assert held.verdict == "stuck"


def test_too_few_rows_have_no_verdict_and_no_number() -> None:
    made = judge_numbers("x", LABELS[:5], LABELS[:5], train_mean=0.5)
    assert (made.verdict, made.value, made.skill, made.n) == (None, None, None, 5)
    assert made.why == "only 5 held-out rows"


def test_labels_that_are_missing_are_left_out() -> None:
    holes = LABELS.copy()
    holes[::2] = np.nan
    assert judge_numbers("x", holes, LABELS, train_mean=0.5).n == 200


def test_auc_counts_a_tie_half() -> None:
    labels = np.array([True, True, False, False])
    assert roc_auc(labels, np.array([0.9, 0.5, 0.5, 0.1])) == (1 + 1 + 0.5 + 1) / 4
    assert roc_auc(labels, np.zeros(4)) == 0.5


def test_a_class_is_judged_against_a_guess() -> None:
    labels = (RNG.random(600) < 0.2).astype(float)
    scores = 1 / (1 + np.exp(-(2 * labels - 1 + RNG.normal(0, 1, 600))))
    made = judge_class("x", labels, scores)
    assert made.verdict == "learned"
    assert made.value == pytest.approx(0.92, abs=0.04)
    assert made.baselines["permuted"] == pytest.approx(0.5, abs=0.02)
    assert made.more["majority"] == pytest.approx(0.8, abs=0.05)


def test_a_class_with_hardly_a_row_is_not_judged() -> None:
    labels = np.zeros(400)
    labels[:3] = 1
    made = judge_class("x", labels, RNG.random(400))
    assert made.verdict is None
    assert made.why == "3 rows of one side"
