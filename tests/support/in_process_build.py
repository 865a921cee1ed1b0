"""Build the tiny project of the tests inside this process, or as a real command beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.build.plan import BuildPlan, make_plan
from hueset.build.run import BuildResult, run_build
from hueset.declaration.project import Project, find_project
from hueset.release.card import render_documents
from hueset.sources import Where
from hueset.store.store import VersionStore

if TYPE_CHECKING:
    from hueset.build.shard import Shard

REPO = Path(__file__).parents[2]


class Silent:
    """A watcher that remembers what it was told."""

    def __init__(self) -> None:
        self.reused = 0
        self.done: list[str] = []

    def units(self, total: int, reused: int) -> None:
        self.reused = reused

    def unit(self, shard: Shard) -> None:
        self.done.append(shard.key)

    def stage(self, name: str) -> None:
        pass


def plan_pets(root: Path, **overrides: Any) -> tuple[Project, BuildPlan]:
    """Plan the project, with builder modules read afresh from disk."""
    for name in [name for name in list(sys.modules) if name.partition(".")[0] == "pets_builders"]:
        del sys.modules[name]
    sys.path[:] = [p for p in sys.path if not p.endswith("pets_project")]
    sys.path_importer_cache.clear()
    project = find_project(root)
    where = Where(
        project_root=root, dataset_dir=project.folder("pets"), mirror=root / "mirror", flags={}
    )
    return project, make_plan(project, "pets", where, overrides=overrides)


def build_pets(
    root: Path, store: Path, *, workers: int = 1, force: bool = False, **overrides: Any
) -> BuildResult:
    """Build the project into a store."""
    project, plan = plan_pets(root, **overrides)
    return run_build(
        project,
        plan,
        VersionStore(store),
        Silent(),
        render=render_documents,
        workers=workers,
        force=force,
    )


def command(
    *arguments: str, cwd: Path, timeout_s: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `hueset ARGUMENTS` as a person would, in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "hueset", *arguments],
        cwd=cwd,
        env=environment_of(**environment),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def environment_of(**extra: str) -> dict[str, str]:
    """Return the environment of a command: this checkout first, one private cache."""
    more = os.environ.get("PYTHONPATH")  # an empty entry would be the working folder
    ours = [str(REPO / name) for name in ("src", "builders", "api", ".")]
    path = os.pathsep.join([*ours, *([more] if more else [])])
    return {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "110", **extra}


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
