"""A run in MLflow: the real one, with a database in a folder of its own."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import pytest

from hueset.errors import UsageError
from hueset.store.store import VersionStore
from hueset.training import runs
from hueset.training.errors import TrainExtraError
from hueset.training.tracking import log_run
from tests.support.in_process_build import command
from tests.support.training_store import REPO, mood_version

if TYPE_CHECKING:
    from pathlib import Path

OUTCOME: dict[str, Any] = {
    "target": "type:spatial",
    "n": 40,
    "metric": "auc",
    "value": 0.75,
    "baselines": {"guess": 0.5, "permuted": None},
    "skill": 0.5,
    "p_value": 0.005,
    "sd_predictions": None,
    "sd_labels": 0.5,
    "verdict": "learned",
    "why": "",
    "more": {},
    "against": "guess",
}


def run_of(root: Path, **changes: Any) -> runs.Run:
    """Write a run by hand."""
    run = runs.Run(root / "_runs" / "rebracketing-12345678-20260101T000000Z")
    run.path.mkdir(parents=True)
    row = {
        "stage": 0,
        "epoch": 0,
        "step": 7,
        "split": "train",
        "target": "type:spatial",
        "loss": 0.5,
        "moved": None,
    }
    held = dict.fromkeys(runs.PROVENANCE, "x")
    run.write(
        {
            **held,
            "companions": [],
            "status": "finished",
            "reason": None,
            "started_at": "2026-01-01T00:00:00Z",
            "finished_at": "2026-01-01T00:01:00Z",
            "request": {
                "quick": True,
                "stages": [["type:spatial"]],
                "settings": {"rate": 0.01},
                "options": {"split": "album"},
            },
            "curves": [row, {**row, "step": 14, "loss": 0.25}],
            "outcomes": [OUTCOME],
            **changes,
        }
    )
    return run


def test_without_mlflow_it_names_the_extra(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(TrainExtraError) as caught:
        log_run(run_of(tmp_path), "sqlite:///nowhere.db")
    assert "hueset[mlflow]" in str(caught.value.hint)


@pytest.mark.mlflow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_run_is_copied_once_and_what_was_not_measured_is_no_metric(tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    run = run_of(tmp_path)
    told = log_run(run, uri)
    again = log_run(run, uri)
    assert (told["copied"], again["copied"]) == (True, False)
    assert again["run_id"] == told["run_id"]
    client = MlflowClient(tracking_uri=uri)
    made = client.get_run(told["run_id"])
    assert made.info.status == "FINISHED"
    assert made.info.end_time - made.info.start_time == 60_000
    assert made.data.metrics == {
        "train.loss/type:spatial": 0.25,
        "test.value/type:spatial": 0.75,
        "test.skill/type:spatial": 0.5,
        "test.p_value/type:spatial": 0.005,
        "test.baseline.guess/type:spatial": 0.5,
    }
    assert all(math.isfinite(value) for value in made.data.metrics.values())
    losses = client.get_metric_history(told["run_id"], "train.loss/type:spatial")
    assert [(one.step, one.value) for one in losses] == [(7, 0.5), (14, 0.25)]
    assert made.data.params["settings.rate"] == "0.01"
    assert made.data.tags["hueset.data_sha256"] == "x"
    assert made.data.tags["hueset.verdict/type:spatial"] == "learned"
    (kept,) = client.list_artifacts(told["run_id"])
    assert kept.path == "run.json"
    assert (tmp_path / "mlartifacts").is_dir()


@pytest.mark.mlflow
def test_a_run_that_has_not_ended_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is interrupted"):
        log_run(run_of(tmp_path, status="interrupted"), f"sqlite:///{tmp_path}/mlflow.db")


@pytest.mark.mlflow
def test_a_trained_run_is_copied_by_the_command(tmp_path: Path) -> None:
    mood_version(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    done = command(
        "train",
        "vibe",
        "--epochs",
        "2",
        "--batch-size",
        "64",
        "--set",
        "features=ngrams:2048",
        "--mlflow",
        uri,
        "--store",
        str(tmp_path),
        cwd=REPO,
    )
    assert "copied to MLflow, hueset/vibe/vibe" in done.stdout, done.stderr
    shown = command("runs", "last", "--mlflow", uri, "--store", str(tmp_path), cwd=REPO)
    assert "is already in MLflow" in shown.stdout, shown.stderr
    assert len(runs.all_runs(VersionStore(tmp_path))) == 1
