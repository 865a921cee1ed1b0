"""The same steps on Ray: the same bytes, the same resume, a killed worker named."""

import json
from pathlib import Path

import pytest

from tests.support.in_process_build import command, tree

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]
pytest.importorskip("ray", reason='the engine ray needs pip install "hueset[ray]"')


def build(pets: Path, store: Path, *more: str) -> dict:
    done = command(
        "build", "pets", "--mirror", "mirror", "--out", str(store), "--json", *more, cwd=pets
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def parquet(store: Path, version: str) -> dict[str, bytes]:
    found = tree(store / "pets" / version)
    return {name: data for name, data in found.items() if name.endswith(".parquet")}


def test_ray_gives_the_bytes_of_one_worker(pets: Path, tmp_path: Path) -> None:
    here = build(pets, tmp_path / "one", "--workers", "1")
    there = build(pets, tmp_path / "ray", "--engine", "ray", "--workers", "2")
    assert here["version"] == there["version"]
    assert parquet(tmp_path / "one", here["version"]) == parquet(tmp_path / "ray", there["version"])


def test_a_killed_worker_is_named_and_the_next_build_goes_on(pets: Path, tmp_path: Path) -> None:
    builder = pets / "pets_builders/pets.py"
    text = builder.read_text()
    dies = "    import os; unit.key == 'b.csv' and os.kill(os.getpid(), 9)\n    rows = []\n"
    builder.write_text(text.replace("    rows = []\n", dies))
    arguments = [
        "build",
        "pets",
        "--mirror",
        "mirror",
        "--out",
        str(tmp_path / "store"),
        "--workers",
        "1",
    ]
    killed = command(*arguments, "--engine", "ray", cwd=pets)
    assert killed.returncode == 4
    assert "b.csv" in killed.stderr
    again = command(*arguments, "--plan", "--json", cwd=pets)
    assert json.loads(again.stdout)["units"] == {"total": 2, "finished": 1}


def test_a_cluster_that_does_not_answer_is_named(pets: Path, tmp_path: Path) -> None:
    done = command(
        "build",
        "pets",
        "--mirror",
        "mirror",
        "--out",
        str(tmp_path / "store"),
        "--engine",
        "ray",
        "--ray-address",
        "127.0.0.1:1",
        cwd=pets,
    )
    assert done.returncode == 2
    assert "127.0.0.1:1" in done.stderr
