"""The trial that most tasks share: fixed features in, a number or a class out for each target.

Numbers are standardised by the mean and sd of the training labels; a missing label has no loss;
the loss of a class is weighted so that its two sides count alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from hueset.training.nets.trunk import Trunk
from hueset.training.task import Check
from hueset.training.verdicts import judge_class, judge_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from hueset.training.task import Settings
    from hueset.training.text import Features
    from hueset.training.verdicts import TargetOutcome

AT_ONCE = 4096
"""Rows in a batch where nothing is learned."""


@dataclass(frozen=True)
class FeaturePart:
    """One split.

    Attributes
    ----------
    features
        Of n rows.
    labels
        Target → float64 [n]; NaN where there is none, 0 or 1 for a class.
    kinds
        What each row is of (its source, say), for numbers by kind; may be empty.
    groups
        What shares its labels (a song), so that only whole groups are permuted; None for rows.
    baselines
        Target → name → predictions [n] that the network must beat.
    """

    features: Features
    labels: Mapping[str, NDArray[np.float64]]
    kinds: NDArray[np.str_]
    groups: NDArray[np.str_] | None = None
    baselines: Mapping[str, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Standard:
    """Mean and sd of a target's training labels; 0 and 1 for a class."""

    mean: float
    sd: float


class TabularTrial:
    """A trunk with a head for each target, over features that fit in memory.

    `encoder` names what made the features of text, if anything did.
    """

    def __init__(
        self,
        parts: Mapping[str, FeaturePart],
        targets: Sequence[str],
        binary: frozenset[str],
        settings: Settings,
        *,
        inner: int = 64,
        dropout: float = 0.2,
        encoder: str | None = None,
    ) -> None:
        self.encoder = encoder
        self.parts, self.targets, self.binary = dict(parts), list(targets), binary
        self.settings = settings
        train = parts["train"]
        torch.manual_seed(settings.seed)
        self.net = Trunk(
            train.features.width,
            len(targets),
            bags=train.features.bags,
            inner=inner,
            dropout=dropout,
        )
        self.standards = {
            name: _standard(train.labels[name], binary=name in binary) for name in targets
        }
        self._scaled = {split: self._scale(part) for split, part in self.parts.items()}
        shares = {n: _share(train.labels[n]) for n in targets if n in binary}
        self._weights = {n: ((1 - s) / s if 0 < s < 1 else 1.0) for n, s in shares.items()}

    @property
    def model(self) -> nn.Module:
        """The network."""
        return self.net

    @property
    def facts(self) -> Mapping[str, Any]:
        """Rows per split, and the mean and sd by which each target is standardised."""
        return {
            "encoder": self.encoder,
            "rows": {split: len(part.features) for split, part in self.parts.items()},
            "standards": {n: vars(s) for n, s in self.standards.items() if n not in self.binary},
            "labels": {
                split: {n: int(np.isfinite(part.labels[n]).sum()) for n in self.targets}
                for split, part in self.parts.items()
            },
        }

    def steps(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-len(self.parts["train"].features) // self.settings.batch)

    def batches(self, epoch: int, start: int) -> Iterator[tuple[tuple[Tensor, ...], Tensor]]:
        """Yield features and standardised labels [n, targets], NaN where there is none."""
        n = len(self.parts["train"].features)
        order = np.random.default_rng([self.settings.seed, epoch]).permutation(n)
        for at in range(start * self.settings.batch, n, self.settings.batch):
            rows = order[at : at + self.settings.batch]
            yield self._inputs("train", rows), torch.from_numpy(self._scaled["train"][rows])

    def losses(self, batch: tuple[tuple[Tensor, ...], Tensor], epoch: int) -> dict[str, Tensor]:
        """Return the loss of each target that has a label in the batch."""
        features, labels = batch
        made = self.net(*features)
        return self._losses(made, labels)

    def check(self) -> dict[str, Check]:
        """Look at the validation split."""
        part = self.parts["validation"]
        if not len(part.features):
            return {name: Check(None, None) for name in self.targets}
        made = self._forward("validation")
        labels = torch.from_numpy(self._scaled["validation"])
        losses, guesses = self._losses(made, labels), self._losses(torch.zeros_like(made), labels)
        return {name: self._check(name, made, losses, guesses) for name in self.targets}

    def predict(self, split: str) -> dict[str, NDArray[np.float64]]:
        """Return predictions in the unit of the label; of a class the probability."""
        made = self._forward(split)
        return {name: self._unscaled(name, made[:, at]) for at, name in enumerate(self.targets)}

    def predict_features(self, features: Features) -> dict[str, NDArray[np.float64]]:
        """Return predictions for other features of the same kind."""
        self.net.eval()
        with torch.no_grad():
            made = self.net(*_tensors(features, np.arange(len(features))))
        return {name: self._unscaled(name, made[:, at]) for at, name in enumerate(self.targets)}

    def outcomes(self) -> list[TargetOutcome]:
        """Judge every target on the test split."""
        part = self.parts["test"]
        made = self.predict("test")
        return [self._judge(name, part, made[name]) for name in self.targets]

    def findings(self) -> list[dict[str, Any]]:
        """Return nothing: a task that has more to say adds it."""
        return []

    def write(self, folder: Path) -> None:
        """Write nothing beside the weights."""

    def _judge(self, name: str, part: FeaturePart, made: NDArray[np.float64]) -> TargetOutcome:
        labels = part.labels[name]
        if name in self.binary:
            return judge_class(name, labels, made, groups=part.groups, seed=self.settings.seed)
        mean = self.standards[name].mean
        more = {"by_group": _by_group(labels, made, part.kinds)} if len(part.kinds) else {}
        there = np.isfinite(labels)
        others = {
            key: float(((labels - guess)[there] ** 2).mean())
            for key, guess in part.baselines.get(name, {}).items()
            if there.any()
        }
        return judge_numbers(
            name,
            labels,
            made,
            train_mean=mean,
            more=more,
            baselines=others,
            groups=part.groups,
            seed=self.settings.seed,
        )

    def _losses(self, made: Tensor, labels: Tensor) -> dict[str, Tensor]:
        told = {}
        for at, name in enumerate(self.targets):
            there = torch.isfinite(labels[:, at])
            if not bool(there.any()):
                continue
            guess, truth = made[there, at], labels[there, at]
            if name in self.binary:
                weight = torch.tensor(self._weights[name])
                told[name] = functional.binary_cross_entropy_with_logits(
                    guess, truth, pos_weight=weight
                )
            else:
                told[name] = functional.mse_loss(guess, truth)
        return told

    def _check(
        self,
        name: str,
        made: Tensor,
        losses: Mapping[str, Tensor],
        guesses: Mapping[str, Tensor],
    ) -> Check:
        at = self.targets.index(name)
        labels = self.parts["validation"].labels[name]
        there = np.isfinite(labels)
        spread = float(labels[there].std()) if there.any() else 0.0
        if name not in losses or spread == 0.0:
            return Check(float(losses[name]) if name in losses else None, None)
        moved = float(self._unscaled(name, made[:, at])[there].std()) / spread
        return Check(float(losses[name]), moved, float(guesses[name]))

    def _forward(self, split: str) -> Tensor:
        features = self.parts[split].features
        self.net.eval()
        made = []
        with torch.no_grad():
            for at in range(0, len(features), AT_ONCE):
                rows = np.arange(at, min(at + AT_ONCE, len(features)))
                made.append(self.net(*_tensors(features, rows)))
        return torch.cat(made) if made else torch.zeros(0, len(self.targets))

    def _inputs(self, split: str, rows: NDArray[np.int64]) -> tuple[Tensor, ...]:
        return _tensors(self.parts[split].features, rows)

    def _scale(self, part: FeaturePart) -> NDArray[np.float32]:
        columns = [
            (part.labels[name] - self.standards[name].mean) / self.standards[name].sd
            for name in self.targets
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    def _unscaled(self, name: str, made: Tensor) -> NDArray[np.float64]:
        values: NDArray[np.float64] = made.numpy().astype(np.float64)
        if name in self.binary:
            values = 1 / (1 + np.exp(-values.clip(-50, 50)))
        else:
            values = values * self.standards[name].sd + self.standards[name].mean
        return values


def _tensors(features: Features, rows: NDArray[np.int64]) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(held) for held in features.rows(rows))


def _standard(labels: NDArray[np.float64], *, binary: bool) -> Standard:
    there = labels[np.isfinite(labels)]
    if binary or not len(there):
        return Standard(0.0, 1.0)
    # Labels that are all equal teach nothing; dividing by 1 keeps that visible as a loss of 0.
    return Standard(float(there.mean()), float(there.std()) or 1.0)


def _share(labels: NDArray[np.float64]) -> float:
    there = labels[np.isfinite(labels)]
    return float(there.mean()) if len(there) else 0.0


def _by_group(
    labels: NDArray[np.float64], made: NDArray[np.float64], kinds: NDArray[np.str_]
) -> dict[str, Any]:
    """Return n and correlation within each group: what is left when the group is known."""
    told = {}
    for kind in sorted(set(kinds.tolist())):
        there = (kinds == kind) & np.isfinite(labels)
        y, guess = labels[there], made[there]
        flat = len(y) < 3 or y.std() == 0 or guess.std() == 0
        told[kind] = {
            "n": len(y),
            "correlation": None if flat else float(np.corrcoef(y, guess)[0, 1]),
        }
    return told
