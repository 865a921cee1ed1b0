"""What keeps a training from starting, or from counting as finished."""

from __future__ import annotations

from hueset.errors import HuesetError, UsageError


class TrainExtraError(UsageError, ImportError):
    """The optional libraries for training are not installed."""

    code = "E_TRAIN_EXTRA"


class RefusedTrainingError(HuesetError, ValueError):
    """Nothing of what was asked for can be trained on this version."""

    code = "E_UNTRAINABLE"
    exit_code = 1


class FailedTrainingError(HuesetError, ArithmeticError):
    """A run ended without a result that counts: no batch, a loss of 0 or NaN, all stuck."""

    code = "E_TRAINING_FAILED"
    exit_code = 1
