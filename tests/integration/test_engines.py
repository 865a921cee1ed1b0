"""Real data on every engine: the same bytes, and a build that was killed goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPO
from tests.support.in_process_build import command, environment_of, tree

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in Linux's /proc"),
]

needs_fluidsynth = pytest.mark.skipif(
    not (shutil.which("fluidsynth") and Path("/usr/share/sounds/sf2/TimGM6mb.sf2").is_file()),
    reason="rendering needs Debian's fluidsynth and timgm6mb-soundfont",
)
GRIEG = [
    "maestro",
    "--render",
    "--where",
    "canonical_composer=Edvard Grieg",
    "--where",
    "year=2014",
]
"""Three performances, six minutes."""
TWO = pytest.param(["--workers", "2"], marks=pytest.mark.full, id="two")
RAY = pytest.param(["--engine", "ray", "--workers", "2"], marks=pytest.mark.ray, id="ray")
MAESTRO = pytest.param(GRIEG, marks=needs_fluidsynth, id="maestro")
GROOVE = pytest.param(["groove"], id="groove")


@pytest.fixture(scope="module", autouse=True)
def ray_is_there(request: pytest.FixtureRequest) -> None:
    if any(item.get_closest_marker("ray") for item in request.session.items):
        pytest.importorskip("ray", reason='the engine ray needs pip install "hueset[ray]"')


def arguments(data_dir: Path, what: list[str], store: Path, *more: str) -> list[str]:
    return ["build", *what, "--mirror", str(data_dir), "--out", str(store), *more]


def build(data_dir: Path, what: list[str], store: Path, *more: str) -> dict:
    done = command(*arguments(data_dir, what, store, "--json", *more), cwd=REPO, timeout_s=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def parquet(store: Path, what: list[str], version: str) -> dict[str, bytes]:
    found = tree(store / what[0] / version)
    return {name: data for name, data in found.items() if name.endswith(".parquet")}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, data_dir: Path):
    """What one worker makes, built once for each dataset."""
    made: dict[str, tuple[str, dict[str, bytes]]] = {}

    def of(what: list[str]) -> tuple[str, dict[str, bytes]]:
        if what[0] not in made:
            store = tmp_path_factory.mktemp("alone")
            version = build(data_dir, what, store, "--workers", "1")["version"]
            made[what[0]] = version, parquet(store, what, version)
        return made[what[0]]

    return of


@pytest.mark.parametrize("how", [TWO, RAY])
@pytest.mark.parametrize("what", [MAESTRO, GROOVE])
def test_every_engine_gives_the_bytes_of_one_worker(
    data_dir: Path, tmp_path: Path, alone, what: list[str], how: list[str]
) -> None:
    version, bytes_of_one = alone(what)
    assert build(data_dir, what, tmp_path, *how)["version"] == version
    made = parquet(tmp_path, what, version)
    assert made.keys() == bytes_of_one.keys() != set()
    assert [name for name in made if made[name] != bytes_of_one[name]] == []


def descendants(of: int, words: tuple[str, ...]) -> list[int]:
    """The processes below one whose command line holds one of the words."""
    below: list[int] = []
    for task in Path(f"/proc/{of}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            try:
                said = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                below += [child] if any(word in said for word in words) else []
                below += descendants(child, words)
            except OSError:
                continue
    return below


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition, seconds: float = 120.0):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "this did not come to pass"
        time.sleep(0.02)
    return found


@needs_fluidsynth
@pytest.mark.parametrize("how", [TWO, RAY])
@pytest.mark.parametrize("victim", ["worker", "driver"])
def test_a_killed_build_of_maestro_goes_on_with_only_what_is_missing(
    data_dir: Path, tmp_path: Path, alone, how: list[str], victim: str
) -> None:
    version, bytes_of_one = alone(GRIEG)
    process = subprocess.Popen(
        [sys.executable, "-m", "hueset", *arguments(data_dir, GRIEG, tmp_path, *how)],
        cwd=REPO,
        env=environment_of(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    units = tmp_path / "maestro/_units"
    try:
        until(lambda: list(units.glob("*/unit.json")) or process.poll() is not None)
        steps = descendants(process.pid, ("spawn_main", "ray::_step"))
        assert steps, "no worker is busy"
        os.kill(process.pid if victim == "driver" else steps[-1], signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    finally:
        process.kill()
    if victim == "worker":
        assert process.returncode == 4
        assert "worker" in said
        assert "the next build resumes from here" in said
    else:
        assert process.returncode == -signal.SIGKILL
    until(lambda: not any(alive(step) for step in steps))
    finished = len(list(units.glob("*/unit.json")))
    # A worker of Ray may end the unit it is at before it sees that its driver is gone.
    assert 1 <= finished <= (3 if victim == "driver" and "ray" in how else 2)
    assert not (tmp_path / "maestro" / version).exists()

    again = build(data_dir, GRIEG, tmp_path, *how)

    assert again["units"] == {"total": 3, "reused": finished}
    assert again["version"] == version
    assert parquet(tmp_path, GRIEG, version) == bytes_of_one
