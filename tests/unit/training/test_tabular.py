"""The trial most tasks share: what a missing label does, what is seen of the held-out rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hueset.training.nets.trunk import PaddedTrunk, Trunk
from hueset.training.onnx import pad_bags
from hueset.training.tabular import FeaturePart, TabularTrial
from hueset.training.task import Settings
from hueset.training.text import Features, HashedNgrams

RNG = np.random.default_rng(12)


def part(n: int, labels: dict[str, np.ndarray]) -> FeaturePart:
    x = RNG.normal(size=(n, 4)).astype(np.float32)
    return FeaturePart(Features(4, dense=x), labels, np.array([], np.str_))


def trial(binary: frozenset[str] = frozenset(), **splits: dict[str, np.ndarray]) -> TabularTrial:
    parts = {name: part(len(next(iter(held.values()))), held) for name, held in splits.items()}
    targets = list(splits["train"])
    return TabularTrial(parts, targets, binary, Settings(batch=8), inner=4, dropout=0.0)


def far(n: int) -> dict[str, np.ndarray]:
    return {"x": RNG.normal(100, 50, n)}


def test_labels_are_standardised_by_the_training_split_alone() -> None:
    train = RNG.normal(3, 2, 60)
    made = trial(train={"x": train}, validation=far(30), test=far(30))
    told = made.facts["standards"]["x"]
    assert told == {"mean": pytest.approx(train.mean()), "sd": pytest.approx(train.std())}
    _, labels = next(iter(made.batches(0, 0)))
    assert float(labels.abs().max()) < 5


def test_a_missing_label_has_no_loss_and_no_gradient() -> None:
    train = {"x": np.array([0.0, 2.0, np.nan, np.nan]), "y": np.full(4, np.nan)}
    train["y"][3] = 1.0
    made = trial(train=train, validation=far(9) | {"y": far(9)["x"]}, test=train)
    batch = next(iter(made.batches(0, 0)))
    there = torch.isfinite(batch[1][:, 0])
    losses = made.losses(batch, 0)
    guess = made.net(*batch[0])[there, 0]
    expected = ((guess - batch[1][there, 0]) ** 2).mean()
    assert losses["x"].item() == pytest.approx(expected.item())
    losses["x"].backward()
    x, y = made.net.heads
    assert x.weight.grad is not None
    assert y.weight.grad is None or float(y.weight.grad.abs().max()) == 0
    none = (batch[0], torch.full_like(batch[1], torch.nan))
    assert made.losses(none, 0) == {}


def test_both_sides_of_a_class_weigh_alike() -> None:
    labels = {"x": np.array([1.0] + [0.0] * 7)}
    made = trial(frozenset({"x"}), train=labels, validation=labels, test=labels)
    with torch.no_grad():
        made.net.heads[0].weight.zero_()  # type: ignore[union-attr, operator]
        made.net.heads[0].bias.fill_(0.7)  # type: ignore[union-attr, operator]
    (loss,) = made.losses(next(iter(made.batches(0, 0))), 0).values()
    yes, no = np.log1p(np.exp(-0.7)), np.log1p(np.exp(0.7))
    assert loss.item() == pytest.approx((7 * yes + 7 * no) / 8, rel=1e-5)


def test_bags_of_any_length_answer_alike_when_they_are_padded() -> None:
    torch.manual_seed(3)
    features = HashedNgrams(64).encode(["one", "a much longer text than that", "", "two words"])
    net = Trunk(64, 2, bags=True, inner=4).eval()
    rows = np.array([2, 0, 1, 3])
    plain = net(*(torch.from_numpy(held) for held in features.rows(rows)))
    filled = pad_bags(features, rows)
    assert (filled == 0).any()
    shifted = PaddedTrunk(net, torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    expected = plain * torch.tensor([3.0, 4.0]) + torch.tensor([1.0, 2.0])
    assert torch.allclose(shifted(torch.from_numpy(filled)), expected, atol=1e-5)


def test_a_verdict_is_of_the_test_split_and_a_check_of_the_validation_split() -> None:
    held = far(40)
    made = trial(train={"x": RNG.normal(0, 1, 80)}, validation=far(25), test=held)
    (outcome,) = made.outcomes()
    assert outcome.n == 40
    assert outcome.value == pytest.approx(((held["x"] - made.predict("test")["x"]) ** 2).mean())
    labels = made.parts["validation"].labels["x"]
    standard = made.standards["x"]
    scaled = (labels - standard.mean) / standard.sd
    guess = (made.predict("validation")["x"] - standard.mean) / standard.sd
    assert made.check()["x"].loss == pytest.approx(float(((scaled - guess) ** 2).mean()), rel=1e-4)
