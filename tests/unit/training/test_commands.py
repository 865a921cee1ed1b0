"""The commands on a small written version, as a person runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.in_process_build import command
from tests.support.training_store import REPO, mood_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("store")
    mood_version(root)
    return root


def test_training_prints_coverage_before_and_verdicts_after(store: Path, tmp_path: Path) -> None:
    done = command(
        "train",
        "vibe",
        "--epochs",
        "4",
        "--batch-size",
        "64",
        "--learning-rate",
        "0.01",
        "--set",
        "features=ngrams:2048",
        "--store",
        str(store),
        cwd=REPO,
    )
    assert done.returncode == 0, done.stderr
    assert "refused" in done.stderr
    assert "geometry" in done.stderr
    assert "learned" in done.stdout
    page = tmp_path / "run.html"
    shown = command("runs", "last", "--html", str(page), "--store", str(store), cwd=REPO)
    assert shown.returncode == 0, shown.stderr
    assert "<h2>Before" in page.read_text()
    assert str(page) in shown.stdout
    assert "--html run.html" not in shown.stdout, "it was just written"
    listed = command("runs", "--json", "--store", str(store), cwd=REPO)
    assert json.loads(listed.stdout)["runs"][0]["verdicts"]["learned"] == 1


def test_a_dimension_without_data_is_refused_with_exit_1(store: Path) -> None:
    done = command(
        "train", "vibe", "--dimensions", "geometry", "--json", "--store", str(store), cwd=REPO
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "E_UNTRAINABLE"


def test_a_probe_is_recorded(store: Path) -> None:
    done = command("probe", "vibe", "--rows", "300", "--json", "--store", str(store), cwd=REPO)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["targets"]
    assert [one["verdict"] for one in told if one["target"] == "valence"] == ["learnable"]
    assert list((store / "vibe/_records").glob("*/probe-*.json"))
    shown = command("coverage", "vibe", "--json", "--store", str(store), cwd=REPO)
    assert json.loads(shown.stdout)["probe"]["targets"] == told
