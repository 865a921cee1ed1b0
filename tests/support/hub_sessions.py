"""What tests of publishing share: a store to publish from, the fake Hub, the real client."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.support.in_process_build import environment_of

if TYPE_CHECKING:
    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion, VersionStore

TOKEN = "hf_MARKERmarkerMARKERmarkerMARKER12"
REPO = "keepers/zoo"


@dataclass(frozen=True)
class Zoo:
    """A project with built versions, and the store they lie in."""

    project: Project
    store: VersionStore
    old: StoredVersion
    """1.0.0"""
    new: StoredVersion
    """1.1.0: one animal more."""

    @property
    def arguments(self) -> list[str]:
        """The options that lead a command here."""
        return ["--project", str(self.project.root), "--store", str(self.store.root)]


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its one JSON document."""
        return json.loads(self.out)


class Client:
    """One process that runs `hueset` commands against a Hub, with the real huggingface_hub."""

    def __init__(self, url: str, home: Path, **environment: str) -> None:
        self.environment = hub_environment(url, home, **environment)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.hub_worker"],
            env=self.environment,
            cwd=Path(__file__).parents[2],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __call__(self, *arguments: str) -> Said:
        """Run one command."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        return Said(told["code"], told["out"], told["err"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def hub_environment(url: str, home: Path, **extra: str) -> dict[str, str]:
    """Return the environment of a client of the fake Hub; it must be there before the import."""
    made = environment_of(
        HF_ENDPOINT=url,
        HF_HOME=str(home),
        HF_TOKEN=TOKEN,
        HF_HUB_DISABLE_XET="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        HUESET_HUB_WAIT_S="0.02",
        HUESET_HUB_TRIES="3",
    )
    return {**made, **extra}


def run_python(code: str, environment: dict[str, str], cwd: Path | None = None) -> str:
    """Run a script in a process of its own; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=cwd,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
