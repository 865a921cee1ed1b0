"""The tasks by name, each with the dataset it learns from; imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from hueset.errors import UnknownNameError

if TYPE_CHECKING:
    from hueset.training.task import Task

TASKS = {
    "vibe": "vibe",
    "emotion": "emotions",
    "emotion_audio": "emotions",
    "rebracketing": "chromatic",
    "groove": "groove",
    "melody": "maestro",
    "equaliser": "socialfx",
    "poetry": "poems",
}
"""Task → dataset. The module of a task has its name, and holds it as `TASK`."""


def task_of(dataset: str, name: str | None = None) -> Task:
    """Return a task of a dataset; by default the first one that is listed.

    Raises
    ------
    UnknownNameError
        The dataset has no task, or none of that name.
    """
    known = [task for task, of in TASKS.items() if of == dataset]
    if not known:
        message = f"no task learns from {dataset}"
        hint = f"datasets with a task: {', '.join(dict.fromkeys(TASKS.values()))}"
        raise UnknownNameError(message, hint=hint, value=dataset, known=TASKS.values())
    if name is not None and name not in known:
        raise UnknownNameError.unknown("task", name, known, where=dataset)
    module = import_module(f"hueset.training.tasks.{name or known[0]}")
    found: Task = module.TASK
    return found
