"""A watch that tells nobody, for trainings within a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class NullCallback:
    """Tells nobody."""

    def epoch(self, stage: int, epoch: int, train: Mapping[str, Any], check: Any) -> None:
        """Tell nothing."""

    def stopped(self, target: str, reason: str) -> None:
        """Tell nothing."""
