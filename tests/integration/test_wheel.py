"""The wheel, installed elsewhere: its project lists, builds its sample and begins others."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from hueset import __version__
from tests.support.in_process_build import REPO


def run(*arguments: str, cwd: Path, installed: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "NO_COLOR": "1", "COLUMNS": "110"}
    return subprocess.run(
        [sys.executable, "-m", "hueset", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this checkout, built without asking anybody for anything."""
    if find_spec("hatchling") is None:
        pytest.skip("the build backend is absent: pip install hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPO,
        capture_output=True,
        check=True,
    )
    return next(folder.glob("hueset-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked where no checkout is near; what it depends on is this environment's.

    But for what only extras bring, which cannot be imported there.
    """
    target = tmp_path_factory.mktemp("site")
    for name in ("datasketch", "fastexcel", "mido"):
        (target / f"{name}.py").write_text("raise ImportError('this is a base installation')")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def test_the_wheel_holds_every_file_of_the_packages_and_of_the_project(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    tracked = subprocess.run(
        [
            "git",
            "ls-files",
            "src/hueset",
            "builders",
            "api",
            "datasets",
            "expectations",
            "catalog.yaml",
        ],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    if not tracked:
        pytest.skip("this is no git checkout")
    for path in tracked:
        inside = path.removeprefix("src/").removeprefix("builders/").removeprefix("api/")
        if path.startswith(("datasets/", "expectations/", "catalog.yaml")):
            inside = f"hueset/_project/{path}"
        assert inside in held, f"{path} is not in the wheel"
    assert not [name for name in held if name.startswith(("tests/", "tools/", "benchmarks/"))]


def test_what_is_installed_has_three_names_and_the_sources_hold_no_tests(
    wheel: Path, tmp_path: Path
) -> None:
    assert wheel.name.startswith(f"hueset-{__version__}-"), "there is one place for the version"
    with zipfile.ZipFile(wheel) as archive:
        names = {name.split("/")[0] for name in archive.namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {
        "hueset",
        "hueset_api",
        "hueset_builders",
    }
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)],
        cwd=REPO,
        capture_output=True,
        check=True,
    )
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sources:
        paths = [name.partition("/")[2] for name in sources.getnames()]
    assert {path.split("/")[0] for path in paths} == {
        "src",
        "builders",
        "api",
        "datasets",
        "expectations",
        "catalog.yaml",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "SECURITY.md",
        "PKG-INFO",
        ".gitignore",
    }


def test_the_installed_project_builds_its_sample_as_the_checkout_does(
    installed: Path, tmp_path: Path
) -> None:
    done = run("build", "chromatic", "--json", cwd=tmp_path, installed=installed)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["path"].startswith(str(tmp_path / "artifacts")), "never into site-packages"
    here = subprocess.run(
        [sys.executable, "-m", "hueset", "plan", "chromatic", "--json", "--out", str(tmp_path)],
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": f"{REPO / 'src'}{os.pathsep}{REPO}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told["version"] == json.loads(here.stdout)["version"]


def test_what_a_dataset_lacks_is_said_when_it_is_planned(installed: Path, tmp_path: Path) -> None:
    poem = "[{'title': 'A', 'text': 'b'}]".replace("'", '"')
    (tmp_path / "poems.json").write_text(poem)
    given = ["poems", "--source", f"json_list={tmp_path / 'poems.json'}"]
    done = run("plan", *given, cwd=tmp_path, installed=installed)
    assert done.returncode == 2
    assert "the dataset poems needs datasketch" in done.stderr
    assert 'pip install "hueset[poems]"' in done.stderr


def test_a_project_begun_by_the_installed_command_runs_beside_it(
    installed: Path, tmp_path: Path
) -> None:
    assert run("init", "mine", "--dataset", "moods", cwd=tmp_path, installed=installed).stderr == ""
    listed = run("list", "--json", cwd=tmp_path / "mine", installed=installed)
    assert [one["name"] for one in json.loads(listed.stdout)["datasets"]] == ["moods"]
    elsewhere = run("list", "--json", cwd=tmp_path, installed=installed)
    assert "chromatic" in [one["name"] for one in json.loads(elsewhere.stdout)["datasets"]]
