"""The loop on a network of a few weights."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from hueset.training import loop
from hueset.training.errors import FailedTrainingError
from hueset.training.tabular import FeaturePart, TabularTrial
from hueset.training.task import Check, Settings
from hueset.training.text import Features

SETTINGS = Settings(epochs=3, batch=16, rate=1e-2, seed=4, checkpoint_steps=3, patience=9)


class Told:
    def __init__(self) -> None:
        self.epochs: list[tuple[int, int]] = []
        self.left_out: dict[str, str] = {}

    def epoch(self, stage: int, epoch: int, train: Any, check: Any) -> None:
        self.epochs.append((stage, epoch))

    def stopped(self, target: str, reason: str) -> None:
        self.left_out[target] = reason


def trial(settings: Settings = SETTINGS, rows: int = 100, flat: bool = False) -> TabularTrial:
    rng = np.random.default_rng(1)

    def part(n: int) -> FeaturePart:
        x = rng.normal(size=(n, 6)).astype(np.float32)
        labels = {
            "up": x[:, 0] * 0.3 + 0.5 if not flat else rng.normal(size=n),
            "noise": rng.normal(size=n),
        }
        labels = {name: np.asarray(column, np.float64) for name, column in labels.items()}
        labels["up"][: n // 4] = np.nan
        x = x * 0 if flat else x
        return FeaturePart(Features(6, dense=x), labels, np.array([], np.str_))

    parts = {"train": part(rows), "validation": part(40), "test": part(40)}
    return TabularTrial(parts, ["up", "noise"], frozenset(), settings, inner=8, dropout=0.3)


def weights(one: TabularTrial) -> list[bytes]:
    return [value.detach().numpy().tobytes() for value in one.model.state_dict().values()]


def run(one: TabularTrial, settings: Settings = SETTINGS, **more: Any) -> loop.TrainingState:
    state = loop.TrainingState()
    stages = more.pop("stages", [["up", "noise"]])
    loop.train_network(one, settings, stages, more.pop("watch", Told()), state, **more)
    return state


@pytest.mark.parametrize("stop_after", [1, 4, 7, 10, 20])
def test_a_stopped_and_resumed_run_ends_with_the_same_weights(tmp_path, stop_after: int) -> None:
    whole = trial()
    straight = run(whole)
    run(trial(), folder=tmp_path, stop_after=stop_after)
    again = trial()
    resumed = run(again, folder=tmp_path, resume=True)
    assert weights(again) == weights(whole)
    assert resumed.curves == straight.curves


def test_training_ends_early_and_the_best_weights_are_kept() -> None:
    settings = replace(SETTINGS, epochs=40, patience=3, rate=5e-2, stuck_after=99)
    one = trial(settings)
    state = run(one, settings)
    held = [row for row in state.curves if row["split"] == "validation"]
    last = max(row["epoch"] for row in held)
    guess = {name: told.guess for name, told in one.check().items()}
    mean = [
        np.mean([min(row["loss"] / guess[row["target"]], 1) for row in held if row["epoch"] == e])
        for e in range(last + 1)
    ]
    best = int(np.argmin(mean))
    assert last == best + 3 < 39
    now = one.check()
    assert np.mean(
        [min(now[name].loss / guess[name], 1) for name in ("up", "noise")]
    ) == pytest.approx(mean[best])


def test_a_target_that_gets_worse_and_worse_does_not_hide_what_another_learned() -> None:
    one = trial()
    told = iter([(0.9, 2.0), (0.7, 9.0), (0.5, 40.0)])

    def check() -> dict[str, Check]:
        up, noise = next(told)
        return {"up": Check(up, 1.0, 1.0), "noise": Check(noise, 1.0, 1.0)}

    one.check = check  # type: ignore[method-assign]
    state = run(one)
    assert (state.epoch, state.stage) == (0, 1)
    seen = trial()
    seen.check = lambda: {"up": Check(None, None), "noise": Check(None, None)}  # type: ignore[method-assign]
    run(seen)
    assert weights(one) == weights(seen)


def test_a_resumed_run_remembers_its_best_weights(tmp_path) -> None:
    settings = replace(SETTINGS, epochs=12, patience=4, rate=8e-2, checkpoint_steps=2)
    whole = trial(settings)
    state = run(whole, settings)
    best = min(
        (row["loss"], row["step"])
        for row in state.curves
        if (row["split"], row["target"]) == ("validation", "up")
    )
    run(trial(settings), settings, folder=tmp_path, stop_after=state.total - 1)
    assert best[1] < state.total - 1
    again = trial(settings)
    run(again, settings, folder=tmp_path, resume=True)
    assert weights(again) == weights(whole)


def test_a_gradient_is_clipped_and_one_that_is_not_finite_ends_the_run() -> None:
    still = replace(SETTINGS, epochs=1, clip=1e-9, warm_up=0.0)
    one = trial(still)
    before = {name: value.clone() for name, value in one.model.state_dict().items()}
    # Adam divides by the gradient's own size; against 1e-8 a clipped one is small.
    state = run(one, still)
    moved = max(float((v - before[k]).abs().max()) for k, v in one.model.state_dict().items())
    free = trial(replace(still, clip=None))
    run(free, replace(still, clip=None))
    far = max(float((v - before[k]).abs().max()) for k, v in free.model.state_dict().items())
    assert moved < far / 2
    assert state.gradients["most"] > 1e-3
    broken = trial()
    for weight in broken.model.parameters():
        weight.register_hook(lambda gradient: gradient * math.nan)
    with pytest.raises(FailedTrainingError, match="the gradient is nan at step 0"):
        run(broken)


def test_another_seed_gives_other_weights() -> None:
    one, two = trial(), trial(replace(SETTINGS, seed=5))
    run(one)
    run(two, replace(SETTINGS, seed=5))
    assert weights(one) != weights(two)


def test_the_rate_rises_and_then_falls_along_a_cosine() -> None:
    settings = Settings(rate=1.0, warm_up=0.1)
    rates = [loop.rate_at(step, 100, settings) for step in range(101)]
    assert rates[:10] == pytest.approx([(n + 1) / 10 for n in range(10)])
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0)


def test_a_loss_that_is_not_finite_ends_the_run() -> None:
    one = trial()
    with torch.no_grad():
        one.net.heads[0].bias.fill_(math.inf)  # type: ignore[operator, union-attr]
    with pytest.raises(FailedTrainingError, match="the loss of up is inf at step 0"):
        run(one)


def test_a_loss_of_exactly_0_is_no_result() -> None:
    one = trial()
    one._losses = lambda made, labels: {"up": made.sum() * 0}  # type: ignore[method-assign]
    with pytest.raises(FailedTrainingError, match="exactly 0"):
        run(one)


def test_a_target_whose_loss_is_exactly_0_is_left_out_and_the_others_go_on() -> None:
    one, watch = trial(), Told()
    real = one._losses
    one._losses = lambda made, labels: {**real(made, labels), "noise": made.sum() * 0}  # type: ignore[method-assign]
    run(one, watch=watch)
    assert watch.left_out == {"noise": "its training loss is exactly 0, which is never measured"}
    assert watch.epochs == [(0, 0), (0, 1), (0, 2)]


def test_no_batch_is_no_result() -> None:
    with pytest.raises(FailedTrainingError, match="no batch"):
        run(trial(rows=0))


def test_when_nothing_moves_every_target_is_left_out_and_the_run_fails() -> None:
    watch = Told()
    settings = replace(SETTINGS, epochs=9, stuck_after=2)
    state = loop.TrainingState()
    with pytest.raises(FailedTrainingError, match="every target is stuck"):
        loop.train_network(trial(settings, flat=True), settings, [["up", "noise"]], watch, state)
    assert set(watch.left_out) == {"up", "noise"}
    assert watch.epochs == [(0, 0), (0, 1)]
    assert len(state.curves) == 8


def test_a_target_that_is_in_no_stage_is_not_trained() -> None:
    one = trial()
    before = [p.detach().clone() for p in one.net.heads[1].parameters()]
    run(one, stages=[["up"]])
    after = list(one.net.heads[1].parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_stages_are_learned_one_after_the_other() -> None:
    watch = Told()
    state = run(trial(), stages=[["up"], ["up", "noise"]], watch=watch)
    assert watch.epochs == [(s, e) for s in (0, 1) for e in range(3)]
    assert {row["target"] for row in state.curves if row["stage"] == 0} == {"up"}
    assert {row["target"] for row in state.curves if row["stage"] == 1} == {"up", "noise"}
