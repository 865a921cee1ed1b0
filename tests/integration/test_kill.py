"""kill -9 at every named step: afterwards the old version or the new one, never half of one."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hueset.store.lineage import parent_versions
from hueset.store.store import VersionStore
from hueset.store.verify import verify_version
from tests.support.herds_project import write_herds
from tests.support.in_process_build import build_pets, command, environment_of
from tests.support.pets_project import repin

POINTS = (
    "before-shard",
    "after-shard",
    "after-assemble",
    "before-publish",
    "before-rename",
    "after-rename",
    "after-latest",
)


def change(pets: Path) -> None:
    path = pets / "mirror/pets/b.csv"
    path.write_text(path.read_text().replace("zoe,cat,0.2", "zoe,cat,0.25"))
    repin(pets)


def build(pets: Path, store: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return command(
        "build",
        "pets",
        "--mirror",
        "mirror",
        "--out",
        str(store),
        "--workers",
        "1",
        "--json",
        cwd=pets,
        **environment,
    )


def assert_sound(store: Path) -> None:
    """Every version that can be seen is whole, and the pointer leads to one of them."""
    found = VersionStore(store)
    versions = found.versions("pets")
    for name in versions:
        assert verify_version(found.version("pets", name)).faults == ()
    assert found.latest("pets") in versions


@pytest.mark.parametrize("point", POINTS)
def test_a_build_killed_at_a_named_step_leaves_old_or_new(
    pets: Path, tmp_path: Path, point: str
) -> None:
    store = tmp_path / "store"
    old = build_pets(pets, store).version.name
    change(pets)
    killed = build(pets, store, HUESET_TEST_KILL_AT=point)
    assert killed.returncode == -signal.SIGKILL
    assert_sound(store)
    if not point.startswith(("after-rename", "after-latest")):
        assert VersionStore(store).versions("pets") == [old]
    again = build_pets(pets, store)
    assert again.reused == {"before-shard": 1}.get(point, 2)
    assert_sound(store)
    assert VersionStore(store).latest("pets") == again.version.name != old
    assert len(VersionStore(store).versions("pets")) == 2


@pytest.mark.full
def test_fifty_kills_at_random_moments_never_harm_the_store(pets: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    started = time.monotonic()
    assert build(pets, store).returncode == 0
    usual_s = time.monotonic() - started
    for at in range(50):
        path = pets / "mirror/pets/b.csv"
        path.write_text(f"zoe,cat,0.{at + 100}\n")
        repin(pets)
        arguments = ["build", "pets", "--mirror", "mirror", "--out", str(store), "--workers", "2"]
        process = subprocess.Popen(
            [sys.executable, "-m", "hueset", *arguments],
            cwd=pets,
            env=environment_of(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(usual_s * (at + 1) / 51)
        process.kill()
        process.wait()
        assert_sound(store)
    assert build(pets, store).returncode == 0
    assert_sound(store)


def build_at_once(project: Path, store: Path, *names: str) -> None:
    """Start one real build for each name, and wait until all have ended well."""
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "hueset",
                "build",
                name,
                "--mirror",
                "mirror",
                "--out",
                str(store),
            ],
            cwd=project,
            env=environment_of(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in started:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said


def test_two_builders_of_one_dataset_do_not_harm_each_other(pets: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    build_at_once(pets, store, "pets", "pets")
    assert len(VersionStore(store).versions("pets")) == 1
    assert_sound(store)


@pytest.mark.full
def test_builders_of_two_datasets_in_one_store_do_not_harm_each_other(
    pets: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    old = build_pets(pets, store).version.name
    write_herds(pets)
    change(pets)
    build_at_once(pets, store, "pets", "herds")
    found = VersionStore(store)
    assert len(found.versions("pets")) == 2
    assert found.latest("pets") != old
    herds = found.version("herds")
    # Made from the pets of before or of after, whole either way, and the receipt says from which.
    (parent,) = parent_versions(found, herds)
    assert parent.version in found.versions("pets")
    assert verify_version(herds).faults == ()
    assert_sound(store)
    for dataset in ("pets", "herds"):
        assert list((store / dataset / "_staging").iterdir()) == []


def test_ctrl_c_leaves_the_store_as_it_was_and_says_so(pets: Path, tmp_path: Path) -> None:
    builder = pets / "pets_builders/pets.py"
    slow = "    import time; time.sleep(60 if unit.key == 'b.csv' else 0)\n    rows = []\n"
    builder.write_text(builder.read_text().replace("    rows = []\n", slow))
    store = tmp_path / "store"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "hueset",
            "build",
            "pets",
            "--mirror",
            "mirror",
            "--out",
            str(store),
            "--workers",
            "2",
        ],
        cwd=pets,
        env=environment_of(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    units = store / "pets/_units"
    deadline = time.monotonic() + 60
    while not list(units.glob("*/unit.json")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "what was finished is kept" in said
    assert "Traceback" not in said
    assert VersionStore(store).versions("pets") == []
    assert list((store / "pets/_staging").iterdir()) == []
    assert len(list(units.glob("*/unit.json"))) == 1


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 256 KiB; only root can make one."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("a tmpfs cannot be mounted here: it needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_named_and_leaves_nothing_half_written(pets: Path, small_disk: Path) -> None:
    store = small_disk / "store"
    assert build(pets, store).returncode == 0
    old = VersionStore(store).latest("pets")
    path = pets / "mirror/pets/b.csv"
    path.write_text("".join(f"pet{at:06d},cat,0.{at:06d}\n" for at in range(60_000)))
    repin(pets)
    full = build(pets, store)
    assert full.returncode == 4
    assert "E_STORE" in full.stderr
    assert "No space left" in full.stderr
    assert_sound(store)
    assert VersionStore(store).versions("pets") == [old]
