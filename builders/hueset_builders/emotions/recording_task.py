"""Emotion of speech: recordings → classes; refused where no labelled recording was built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hueset.training.errors import RefusedTrainingError
from hueset.training.frames import labels_of
from hueset.training.task import Examples, Settings, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.training.task import Learner, TaskContext, TrainingConfig

NO_SOUND = "the version lists recordings, but does not hold their sound"


@dataclass(frozen=True)
class EmotionAudio:
    """Recordings → classes of emotion."""

    name: str = "emotion_audio"
    about: str = "recorded speech → classes of emotion"
    reads: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, *, quick: bool) -> Settings:
        """Return how it runs if nothing else is said."""
        return Settings()

    def targets(self, ground: TaskContext, options: Mapping[str, Any]) -> list[Target]:
        """Return the classes of recordings."""
        found = labels_of(ground.version.coverage, "audio_classes")
        return [
            Target(one.class_name, one.verdict, f"{one.n:,} recordings", one.n) for one in found
        ]

    def trial(
        self, ground: TaskContext, request: TrainingConfig, targets: Sequence[str]
    ) -> Learner:
        """Refuse: there is no sound to learn from."""
        raise RefusedTrainingError(NO_SOUND, hint="train the task `emotion`, on text, instead")

    def examples(self, ground: TaskContext, *, rows: int) -> Examples:
        """Refuse: there is no sound to look at."""
        raise RefusedTrainingError(NO_SOUND, hint="probe the task `emotion`, on text, instead")
