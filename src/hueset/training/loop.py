"""The one loop: steps, checkpoints, early ends; it knows targets by name and nothing of the data.

Randomness is a function of the seed and the step (never of how the process got there), so a run
that was stopped and resumed ends with the same weights, bit by bit, as one that was not.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch

from hueset.training.errors import FailedTrainingError
from hueset.training.verdicts import STUCK_SD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import Tensor

    from hueset.training.task import Check, Learner, Settings

CHECKPOINT = "checkpoint.pt"

VANISHING, EXPLODING = 1e-7, 100.0
"""Norms of the whole gradient, before clipping, that are counted."""


class Watch(Protocol):
    """What is told while it runs."""

    def epoch(self, stage: int, epoch: int, train: Mapping[str, Any], check: Any) -> None:
        """Tell of an epoch: mean training loss and validation check of each target."""

    def stopped(self, target: str, reason: str) -> None:
        """Tell of a target that is left out from here on."""


@dataclass
class TrainingState:
    """Where the loop is; all of it is in a checkpoint.

    Attributes
    ----------
    stage, epoch, step
        What comes next; `step` counts within the epoch, `epoch` within the stage.
    total
        Steps done in all.
    curves
        One row per stage, epoch, split and target: `loss`, `moved`.
    left_out
        Target → why it is no longer trained.
    gradients
        `least` and `most` norm so far, and how many steps were `vanishing` or `exploding`.
    """

    stage: int = 0
    epoch: int = 0
    step: int = 0
    total: int = 0
    since_best: int = 0
    best_loss: float | None = None
    curves: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    still: dict[str, int] = field(default_factory=dict)
    sums: dict[str, list[float]] = field(default_factory=dict)
    gradients: dict[str, float] = field(default_factory=dict)
    ended: bool = False


def train_network(
    trial: Learner,
    settings: Settings,
    stages: Sequence[Sequence[str]],
    watch: Watch,
    state: TrainingState,
    folder: Path | None = None,
    *,
    resume: bool = False,
    stop_after: int | None = None,
) -> None:
    """Train a trial's network in place.

    Parameters
    ----------
    trial
        The network with its data.
    settings
        Epochs are for each stage.
    stages
        The targets of each stage; the network stays the same from one to the next.
    watch
        Is told of every epoch.
    state
        A fresh one; it is moved along, and tells where the loop came to even if it fails.
    folder
        Where checkpoints go; None writes none.
    resume
        Go on from the checkpoint in `folder`, if there is one.
    stop_after
        Stop after so many steps in all, as if the process had been stopped there.

    Raises
    ------
    FailedTrainingError
        There is no batch, a loss is not finite or exactly 0, or every target is stuck.
    """
    torch.use_deterministic_algorithms(True)
    optimiser = torch.optim.Adam(trial.model.parameters(), lr=settings.rate)
    best: dict[str, Tensor] | None = None
    if resume and folder is not None and (folder / CHECKPOINT).is_file():
        best = _load(folder / CHECKPOINT, trial, optimiser, state)
    steps = trial.steps()
    if steps < 1:
        message = "the training split gives no batch"
        raise FailedTrainingError(message, hint="see `hueset coverage` for what the version holds")
    while not state.ended:
        active = [name for name in stages[state.stage] if name not in state.left_out]
        if active:
            done = _epoch(
                trial, settings, stages, state, best, optimiser, active, folder, steps, stop_after
            )
            if not done:
                return
            best = _after_epoch(trial, settings, state, best, active, watch)
        over = state.since_best >= settings.patience or state.epoch >= settings.epochs
        if not active or over or all(name in state.left_out for name in stages[state.stage]):
            if best is not None:
                trial.model.load_state_dict(best)
            state.stage, state.epoch, state.since_best = state.stage + 1, 0, 0
            state.best_loss, best = None, None
            state.ended = state.stage >= len(stages)
        if folder is not None:
            _save(folder / CHECKPOINT, trial, optimiser, state, best)
    every = {name for stage in stages for name in stage}
    if every <= set(state.left_out):
        told = "; ".join(f"{name}: {why}" for name, why in sorted(state.left_out.items()))
        hint = "nothing was learned; run `hueset probe` to see whether there is anything to learn"
        raise FailedTrainingError(f"every target is stuck: {told}", hint=hint)


def rate_at(step: int, steps: int, settings: Settings) -> float:
    """Return the learning rate of a step: a linear warm-up, then half a cosine down to 0."""
    warm = max(1, round(steps * settings.warm_up))
    if step < warm:
        return settings.rate * (step + 1) / warm
    along = (step - warm) / max(1, steps - warm)
    return settings.rate * 0.5 * (1 + math.cos(math.pi * min(along, 1.0)))


def _epoch(
    trial: Learner,
    settings: Settings,
    stages: Sequence[Sequence[str]],
    state: TrainingState,
    best: dict[str, Tensor] | None,
    optimiser: torch.optim.Optimizer,
    active: Sequence[str],
    folder: Path | None,
    steps: int,
    stop_after: int | None,
) -> bool:
    """Run an epoch from where the state is; False if it was stopped in the middle."""
    trial.model.train()
    whole = steps * settings.epochs
    number = state.stage * settings.epochs + state.epoch
    for batch in trial.batches(number, state.step):
        # The seed of a step: a resumed run draws the same dropout masks as an uninterrupted one.
        torch.manual_seed(settings.seed * 1_000_003 + number * 100_003 + state.step)
        losses = {k: v for k, v in trial.losses(batch, number).items() if k in active}
        if losses:
            total = torch.stack(list(losses.values())).mean()
            _sound(losses, state)
            for group in optimiser.param_groups:
                group["lr"] = rate_at(state.epoch * steps + state.step, whole, settings)
            optimiser.zero_grad()
            total.backward()  # type: ignore[no-untyped-call]
            _watch_gradient(trial, settings, state)
            optimiser.step()
            for name, loss in losses.items():
                held = state.sums.setdefault(name, [0.0, 0.0])
                held[0] += float(loss.detach())
                held[1] += 1
        state.step += 1
        state.total += 1
        if folder is not None and state.total % settings.checkpoint_steps == 0:
            _save(folder / CHECKPOINT, trial, optimiser, state, best)
        if stop_after is not None and state.total >= stop_after:
            if folder is not None:
                _save(folder / CHECKPOINT, trial, optimiser, state, best)
            return False
    return True


def _watch_gradient(trial: Learner, settings: Settings, state: TrainingState) -> None:
    limit = math.inf if settings.clip is None else settings.clip
    norm = float(torch.nn.utils.clip_grad_norm_(trial.model.parameters(), limit))
    if not math.isfinite(norm):
        message = f"the gradient is {norm} at step {state.total}"
        raise FailedTrainingError(message, hint="lower the rate with --learning-rate")
    held = state.gradients
    held["least"] = min(held.get("least", norm), norm)
    held["most"] = max(held.get("most", norm), norm)
    held["vanishing"] = held.get("vanishing", 0) + (norm < VANISHING)
    held["exploding"] = held.get("exploding", 0) + (norm > EXPLODING)


def _sound(losses: Mapping[str, Tensor], state: TrainingState) -> None:
    for name, loss in losses.items():
        if not bool(torch.isfinite(loss)):
            message = f"the loss of {name} is {float(loss.detach())} at step {state.total}"
            hint = "lower the rate with --learning-rate, or look for values that are not finite"
            raise FailedTrainingError(message, hint=hint, value=name)


def _after_epoch(
    trial: Learner,
    settings: Settings,
    state: TrainingState,
    best: dict[str, Tensor] | None,
    active: Sequence[str],
    watch: Watch,
) -> dict[str, Tensor] | None:
    """Note the epoch, leave out what is stuck, and return the best weights so far."""
    means = {name: held[0] / held[1] for name, held in sorted(state.sums.items()) if held[1]}
    if not means:
        message = f"no batch of epoch {state.epoch} carries a label"
        raise FailedTrainingError(message, hint="see `hueset coverage`: the split may be empty")
    if all(value == 0.0 for value in means.values()):
        message = f"the training loss of epoch {state.epoch} is exactly 0, which is never measured"
        raise FailedTrainingError(message, hint="look at the labels: they may all be equal")
    for name in active:
        if means.get(name) == 0.0:
            state.left_out[name] = "its training loss is exactly 0, which is never measured"
            watch.stopped(name, state.left_out[name])
    trial.model.eval()
    with torch.no_grad():
        checks = trial.check()
    for name in active:
        check = checks.get(name)
        _note(state, "train", name, means.get(name), None)
        if check is not None:
            _note(state, "validation", name, check.loss, check.moved)
        if check is not None and name not in state.left_out:
            _leave_out(state, settings, name, check, watch)
    watch.epoch(state.stage, state.epoch, means, checks)
    state.epoch, state.step, state.sums = state.epoch + 1, 0, {}
    measured = [
        loss for n in active if (c := checks.get(n)) and (loss := _capped_loss(c)) is not None
    ]
    # Without validation rows the last weights are kept, and nothing ends early.
    if not measured:
        return copy.deepcopy(trial.model.state_dict())
    loss = sum(measured) / len(measured)
    if state.best_loss is None or loss < state.best_loss:
        state.best_loss, state.since_best = loss, 0
        return copy.deepcopy(trial.model.state_dict())
    state.since_best += 1
    return best


def _capped_loss(check: Check) -> float | None:
    """Return what a check counts in the choice of the best weights: at most 1, a guess.

    How much worse than a guess a target is says nothing, and would outweigh what others learned.
    """
    if check.loss is None or not check.guess:
        return check.loss
    return min(check.loss / check.guess, 1.0)


def _leave_out(
    state: TrainingState, settings: Settings, name: str, check: Check, watch: Watch
) -> None:
    if check.moved is None or check.moved >= STUCK_SD:
        state.still[name] = 0
        return
    state.still[name] = state.still.get(name, 0) + 1
    if state.still[name] >= settings.stuck_after:
        why = f"predictions vary by {check.moved:.1%} of what the labels do"
        state.left_out[name] = f"{why}, {state.still[name]} epochs running"
        watch.stopped(name, state.left_out[name])


def _note(
    state: TrainingState, split: str, target: str, loss: float | None, moved: float | None
) -> None:
    state.curves.append(
        {
            "stage": state.stage,
            "epoch": state.epoch,
            "step": state.total,
            "split": split,
            "target": target,
            "loss": loss,
            "moved": moved,
        }
    )


def _save(
    path: Path,
    trial: Learner,
    optimiser: torch.optim.Optimizer,
    state: TrainingState,
    best: dict[str, Tensor] | None,
) -> None:
    fresh = path.with_suffix(".part")
    held = {
        "model": trial.model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "state": vars(state),
        "best": best,
    }
    torch.save(held, fresh)
    fresh.replace(path)


def _load(
    path: Path, trial: Learner, optimiser: torch.optim.Optimizer, state: TrainingState
) -> dict[str, Tensor] | None:
    held = torch.load(path, weights_only=True)
    trial.model.load_state_dict(held["model"])
    optimiser.load_state_dict(held["optimiser"])
    for name, value in held["state"].items():
        setattr(state, name, value)
    best: dict[str, Tensor] | None = held["best"]
    return best
