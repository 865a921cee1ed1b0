"""A training from start to end on a small written version."""

from __future__ import annotations

import json
from typing import Any

import pyarrow.parquet as pq
import pytest

from hueset.declaration.project import find_project
from hueset.errors import UnprobedError
from hueset.store.store import VersionStore
from hueset.training import loop, runs, session
from hueset.training.code import code_files
from hueset.training.compare import compare_runs
from hueset.training.onnx import export_onnx
from hueset.training.report import render_run
from hueset.training.waiver import waive_findings
from tests.support.training_store import REPO, mood_version


class Quiet:
    def ready(self, plan: Any) -> None:
        pass

    def started(self, run: str) -> None:
        self.run = run

    def epoch(self, stage: int, epoch: int, train: Any, check: Any) -> None:
        pass

    def stopped(self, target: str, reason: str) -> None:
        pass


def plan(store: VersionStore, **more: Any) -> session.TrainingPlan:
    version = store.version("vibe")
    changes = {"batch": 64, "epochs": 5, "rate": 1e-2, **more.pop("changes", {})}
    options = {"features": "ngrams:2048", **more.pop("options", {})}
    return session.make_plan(
        find_project(REPO), store, version, changes=changes, options=options, **more
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> VersionStore:
    root = tmp_path_factory.mktemp("store")
    mood_version(root)
    return VersionStore(root)


@pytest.fixture(scope="module")
def document(store: VersionStore) -> dict[str, Any]:
    return session.train_plan(plan(store), Quiet())


def test_what_the_words_say_is_learned_and_what_is_absent_is_refused(document) -> None:
    assert document["status"] == "finished"
    (outcome,) = document["outcomes"]
    assert (outcome["target"], outcome["verdict"]) == ("valence", "learned")
    assert outcome["value"] < outcome["baselines"]["mean"]
    assert len(document["refused"]) == 21
    assert document["refused"]["arousal"].startswith("neutral")
    assert document["refused"]["geometry"] == "absent: no example"
    assert any(one["code"].startswith("cases.") for one in document["findings"])


def test_every_number_carries_where_it_comes_from(store: VersionStore, document) -> None:
    run = runs.find_run(store, document["id"])
    held = json.loads((run.path / "run.json").read_text(), parse_constant=pytest.fail)
    for name in ("curves", "outcomes"):
        rows = pq.read_table(run.path / f"{name}.parquet").to_pylist()
        assert rows
        assert all(row[key] == held[key] for row in rows for key in runs.PROVENANCE)
    record = store.records(store.version("vibe"), "training")[0]
    assert record.run == run.id
    assert record.outcomes[0].verdict == "learned"


def test_labels_that_have_nothing_to_do_with_the_text_end_as_failed(tmp_path) -> None:
    mood_version(tmp_path, teachable=False)
    document = session.train_plan(plan(VersionStore(tmp_path)), Quiet())
    assert document["status"] == "failed"
    assert document["reason"].startswith("every target is stuck")


def test_a_run_that_blows_up_keeps_its_reason_and_nothing_else(
    store: VersionStore, monkeypatch
) -> None:
    def explode(*args: Any) -> Any:
        raise loop.FailedTrainingError("the loss of valence is nan at step 3")

    monkeypatch.setattr(loop, "_epoch", explode)
    document = session.train_plan(plan(store), Quiet())
    assert document["status"] == "failed"
    assert document["reason"] == "the loss of valence is nan at step 3"
    assert document["outcomes"] == []
    assert not (runs.find_run(store, "last").path / "weights.pt").exists()


def test_a_run_stopped_by_hand_goes_on_with_resume(
    store: VersionStore, document, monkeypatch
) -> None:
    real = loop._after_epoch
    seen = []

    def stop(*args: Any) -> Any:
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(loop, "_after_epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        session.train_plan(plan(store), Quiet())
    stopped = runs.find_run(store, "last")
    assert stopped.document["status"] == "interrupted"
    monkeypatch.setattr(loop, "_after_epoch", real)
    resumed = session.train_plan(plan(store), Quiet(), resume=True)
    assert resumed["id"] == stopped.id
    assert resumed["outcomes"] == document["outcomes"]
    assert resumed["curves"] == document["curves"]


def test_two_runs_can_be_compared(store: VersionStore, document) -> None:
    one = document
    two = session.train_plan(plan(store, changes={"epochs": 1}), Quiet())
    made = compare_runs(runs.find_run(store, one["id"]), runs.find_run(store, two["id"]))
    assert made["changed"]["settings.epochs"] == [5, 1]
    assert made["same_data"]
    assert made["same_rows"]
    assert made["targets"][0]["gained"] == two["outcomes"][0]["skill"] - one["outcomes"][0]["skill"]


def test_the_weights_of_a_run_can_be_used_again(store: VersionStore, document) -> None:
    run = runs.find_run(store, document["id"])
    trial = session.reload_learner(find_project(REPO), store, run)
    assert [one.to_json() for one in trial.outcomes()] == document["outcomes"]


def test_a_run_is_a_page_that_needs_nothing_else(document) -> None:
    made = render_run(document)
    assert "<h2>After" in made
    assert made.count("<polyline") == 2
    assert document["data_sha256"] in made
    assert "http" not in made


def test_what_a_page_shows_is_escaped(document) -> None:
    made = render_run({**document, "reason": "<script>alert(1)</script>"})
    assert "<script>" not in made


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_exported_network_answers_as_the_original(
    store: VersionStore, document, tmp_path
) -> None:
    pytest.importorskip("onnxscript")
    trial = session.reload_learner(find_project(REPO), store, runs.find_run(store, document["id"]))
    made = export_onnx(trial, tmp_path / "vibe.onnx")
    assert made["apart"] <= 1e-4
    assert made["targets"] == ["valence"]
    assert made["rows"] == 64


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_an_export_that_answers_otherwise_is_not_written(
    store: VersionStore, document, tmp_path, monkeypatch
) -> None:
    pytest.importorskip("onnxscript")
    trial = session.reload_learner(find_project(REPO), store, runs.find_run(store, document["id"]))
    real = trial.predict("test")
    monkeypatch.setattr(trial, "predict", lambda split: {k: v + 0.001 for k, v in real.items()})
    with pytest.raises(loop.FailedTrainingError, match=r"lies 0\.001 from the original"):
        export_onnx(trial, tmp_path / "vibe.onnx")
    assert not (tmp_path / "vibe.onnx").exists()


def test_each_dimension_can_be_trained_alone_beside_the_shared_trunk(tmp_path) -> None:
    mood_version(tmp_path)
    more = {"named": ["valence", "arousal"], "changes": {"epochs": 2}}
    document = session.train_plan(
        plan(VersionStore(tmp_path), options={"single": True}, **more), Quiet()
    )
    (told,) = [one for one in document["findings"] if one["code"] == "vibe.single"]
    together, alone = told["skills"]["valence"]
    assert together == document["outcomes"][0]["skill"] != alone > 0
    assert told["skills"]["arousal"][1] is None


def test_one_dimension_has_nothing_to_share(tmp_path) -> None:
    mood_version(tmp_path)
    document = session.train_plan(
        plan(VersionStore(tmp_path), options={"single": True}, changes={"epochs": 1}), Quiet()
    )
    (told,) = [one for one in document["findings"] if one["code"] == "vibe.single"]
    assert told["message"].startswith("one dimension is trained")


def test_a_waiver_is_written_into_the_run_it_allows(tmp_path) -> None:
    version = mood_version(tmp_path, verdict="fail")
    waive_findings(VersionStore(tmp_path), version, why="only valence is used")
    document = session.train_plan(plan(VersionStore(tmp_path), changes={"epochs": 1}), Quiet())
    assert document["waiver"]["why"] == "only valence is used"


def test_training_can_demand_a_probe(tmp_path) -> None:
    version = mood_version(tmp_path)
    with pytest.raises(UnprobedError, match="never probed"):
        plan(VersionStore(tmp_path), needs_probe=True)
    VersionStore(tmp_path).record(
        version, "probe", {"task": "t", "rows": 1, "targets": [], "findings": []}
    )
    assert plan(VersionStore(tmp_path), needs_probe=True).request.targets == ("valence",)


def test_the_hash_of_the_code_covers_what_training_leads_to_and_nothing_else() -> None:
    names = set(code_files("hueset_builders.socialfx.tasks"))
    assert {
        "hueset/training/probe.py",
        "hueset/files/hashing.py",
        "hueset/declaration/yaml_lines.py",
        "hueset/store/version.py",
        "hueset_builders/socialfx/tasks.py",
        "hueset_builders/socialfx/curve_verdicts.py",
    } <= names
    no_part = ("hueset/cli/", "hueset/release/hub/", "hueset/gate/", "hueset_builders/vibe/")
    assert not any(name.startswith(no_part) for name in names)
