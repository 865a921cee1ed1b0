"""The training tasks of a dataset: the module `tasks` of its package names them.

What many tasks need stands in `hueset.training` (features of text, trials over tables, baselines,
verdicts); what one dataset means by its rows stands with that dataset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.builder.dataset_modules import DatasetModule, load_dataset_module
from hueset.errors import BuildError, UnknownNameError

if TYPE_CHECKING:
    from hueset.declaration.project import Project
    from hueset.training.task import Task

PARTS = ("name", "about", "options", "reads", "settings", "targets", "trial", "examples")
"""What a task has, see `hueset.training.task.Task`."""


def tasks_of(project: Project, dataset: str) -> tuple[Task, ...]:
    """Return the tasks of a dataset, the usual one first; none where it has no module `tasks`.

    Raises
    ------
    BuildError
        The module cannot be imported, or does not name its tasks.
    """
    module = load_dataset_module(project, project.dataset(dataset), DatasetModule.TASKS)
    if module is None:
        return ()
    tasks = getattr(module, "TASKS", None)
    if not isinstance(tasks, tuple | list) or not tasks:
        message = f"{module.__name__} names no tasks"
        raise BuildError(message, hint="write TASKS = (YourTask(),), see docs/training.md")
    for task in tasks:
        lacking = [part for part in PARTS if not hasattr(task, part)]
        if lacking:
            message = f"{module.__name__}: {task!r} is no task, it lacks {', '.join(lacking)}"
            raise BuildError(message, hint="a task is what hueset.training.task.Task describes")
    return tuple(tasks)


def task_of(project: Project, dataset: str, name: str | None = None) -> Task:
    """Return a task of a dataset; by default the first one that is listed.

    Raises
    ------
    UnknownNameError
        The dataset has no task, or none of that name.
    """
    tasks = {task.name: task for task in tasks_of(project, dataset)}
    if not tasks:
        message = f"no task learns from {dataset}"
        hint = "a module `tasks` beside its builder would name some, see docs/training.md"
        raise UnknownNameError(message, hint=hint, value=dataset)
    if name is not None and name not in tasks:
        raise UnknownNameError.unknown("task", name, tasks, where=dataset)
    return tasks[name] if name else next(iter(tasks.values()))
