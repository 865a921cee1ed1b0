"""Each task on a small version written by hand: what it offers, and what it learns."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hueset.declaration.project import find_project
from hueset.errors import UnknownNameError
from hueset.store.store import VersionStore
from hueset.training import runs, session
from hueset.training.errors import RefusedTrainingError
from hueset.training.task import Settings, TrainingConfig, ground_of
from hueset.training.tasks import task_of, tasks_of
from hueset_builders.chromatic.tasks import mask_words
from hueset_builders.emotions.text_task import on_tree
from tests.support.training_store import REPO, mood_version, write_version
from tests.unit.training.test_session import Quiet

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(2)


def ground(root: Path, dataset: str) -> Any:
    project = find_project(REPO)
    version = VersionStore(root).version(dataset)
    return ground_of(project, VersionStore(root), version, task_of(project, dataset))


def train(root: Path, dataset: str, **more: Any) -> dict[str, Any]:
    version = VersionStore(root).version(dataset)
    plan = session.make_plan(find_project(REPO), VersionStore(root), version, **more)
    return session.train_plan(plan, Quiet())


def split_of(at: int) -> str:
    return ("train", "train", "train", "validation", "test")[at % 5]


def test_every_task_is_found_by_its_dataset() -> None:
    project = find_project(REPO)
    found = {name: tasks_of(project, name) for name in project.datasets}
    assert {name: [task.name for task in tasks] for name, tasks in found.items() if tasks} == {
        "vibe": ["vibe"],
        "emotions": ["emotion", "emotion_audio"],
        "chromatic": ["rebracketing"],
        "groove": ["groove"],
        "maestro": ["melody"],
        "socialfx": ["equaliser"],
        "poems": ["poetry"],
    }
    assert task_of(project, "emotions").name == "emotion"
    assert task_of(project, "emotions", "emotion_audio").name == "emotion_audio"
    with pytest.raises(UnknownNameError, match="no task learns from atlas"):
        task_of(project, "atlas")
    with pytest.raises(UnknownNameError, match="unknown task 'vibes'"):
        task_of(project, "vibe", "vibes")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    mood_version(tmp_path)
    nodes = [
        {"node_id": n, "base_id": b, "sub_id": s}
        for n, b, s in (("Iia", "I", "Ii"), ("Ija", "I", "Ij"), ("IIia", "II", "IIi"))
    ]
    places = [("joy", "Iia"), ("sadness", "II"), ("neutral", None)]
    class_map = [
        {
            "scheme": "goemotions",
            "class_name": name,
            "rank": 1,
            "target_id": place,
            "mapped": place is not None,
            "node_id": None,
        }
        for name, place in places
    ]
    recordings = [
        {"node_id": None, "base_id": None, "audio_class": None, "source": "x", "split": "train"}
    ]
    synonyms = [{"ambiguous": False}]
    tables = {
        "nodes": nodes,
        "class_map": class_map,
        "recordings": recordings,
        "synonyms": synonyms,
    }
    write_version(tmp_path, "emotions", tables)
    return tmp_path


def test_classes_are_learned_from_text_and_placed_on_the_tree(tree: Path) -> None:
    document = train(
        tree,
        "emotions",
        changes={"epochs": 6, "batch": 64, "rate": 1e-2},
        options={"features": "ngrams:2048"},
    )
    assert {one["target"]: one["verdict"] for one in document["outcomes"]} == {
        "joy": "learned",
        "sadness": "learned",
    }
    assert document["refused"]["grief"] == "absent: 0 texts"
    covered, scored, *cases = document["findings"]
    assert [one["target"] for one in cases] == ["joy", "sadness"]
    assert all(0 <= one["pass_rate"] <= 1 for one in cases)
    assert covered["nodes"] == ["Iia"]
    assert covered["message"].startswith("1 of 3 nodes")
    assert scored["f1"] > scored["baseline"]["f1"]


def test_a_run_names_the_version_whose_texts_it_read_and_is_read_again_from_that_one(
    tree: Path,
) -> None:
    store = VersionStore(tree)
    document = train(
        tree, "emotions", changes={"epochs": 1, "batch": 64}, options={"features": "ngrams:2048"}
    )
    (read,) = document["companions"]
    assert (read["dataset"], read["version"]) == ("vibe", store.version("vibe").name)
    alone = runs.run_provenance(replace(ground(tree, "emotions"), companions={}))
    assert document["data_sha256"] != alone["data_sha256"]
    run = runs.find_run(store, document["id"])
    assert {str(row["companions"]) for row in run.read_table("outcomes")} == {str([read])}
    newer = tree / "vibe" / "1.0.0+fedcba987654"
    shutil.copytree(tree / "vibe" / read["version"], newer)
    (tree / "vibe/latest").unlink()
    (tree / "vibe/latest").symlink_to(newer.name)
    trial = session.reload_learner(find_project(REPO), store, run)
    assert [one.to_json() for one in trial.outcomes()] == document["outcomes"]
    other = train(
        tree,
        "emotions",
        changes={"epochs": 1, "batch": 64},
        named=["joy"],
        options={"features": "ngrams:2048"},
    )
    assert other["companions"][0]["version"] == newer.name


def test_a_near_miss_on_the_tree_counts_in_part(tree: Path) -> None:
    scores = {"joy": np.array([0.9, 0.9]), "sadness": np.array([0.1, 0.1])}
    labels = {"joy": np.array([1.0, 0.0]), "sadness": np.array([0.0, 1.0])}
    _, scored = on_tree(ground(tree, "emotions"), scores, labels)
    # Said {I, Ii, Iia} twice; true {I, Ii, Iia} and {II}.
    assert (scored["precision"], scored["recall"]) == (3 / 6, 3 / 4)


def test_emotion_of_audio_is_refused_without_recordings(tree: Path) -> None:
    with pytest.raises(RefusedTrainingError, match="happy: absent: 0 recordings"):
        train(tree, "emotions", task="emotion_audio")


def test_a_bar_is_learned_against_the_mean_of_its_style(tmp_path: Path) -> None:
    bars, hits = [], []
    for at in range(1500):
        style, late = ("rock", "funk")[at % 2], bool(RNG.random() < 0.5)
        mean = (8.0 if style == "funk" else -4.0) + (6.0 if late else -6.0)
        key = {"performance": f"p{at // 10}", "bar": at % 10, "style": style}
        bars.append(
            {
                **key,
                "session": f"s{at // 30}",
                "drummer": "d",
                "bpm": 120,
                "beat_type": "beat",
                "hits": 2,
                "split": split_of(at // 30),
                "split_by_session": split_of(at // 30),
                "offset_mean_ms": mean + RNG.normal(0, 1),
                "offset_sd_ms": None,
                "velocity_mean": 60.0 + RNG.normal(0, 9),
                "velocity_sd": None,
            }
        )
        hits += [
            {**key, "voice": voice, "step": step}
            for voice, step in (("kick", 0), ("snare", 7 if late else 4))
        ]
    performances = [
        {"performance": "p", "style": "rock", "split": "train", "recorded": True, "swing": None}
    ]
    write_version(tmp_path, "groove", {"performances": performances, "bars": bars, "hits": hits})
    document = train(tmp_path, "groove", changes={"epochs": 12, "rate": 1e-2, "batch": 64})
    made = {one["target"]: one for one in document["outcomes"]}
    assert made["offset_mean_ms"]["verdict"] == "learned"
    assert made["offset_mean_ms"]["baselines"]["style_mean"] == pytest.approx(36, abs=6)
    assert made["offset_mean_ms"]["value"] < 10
    assert made["velocity_mean"]["verdict"] == "stuck"
    assert document["refused"] == {
        "offset_sd_ms": "absent: 0 bars",
        "velocity_sd": "absent: 0 bars",
    }


def test_words_are_masked_whole_and_whatever_their_case() -> None:
    listed = frozenset({"no longer", "no", "not"})
    assert mask_words("No longer nothing, not NO knot", listed) == "nothing, knot"


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    rows, segments = [], []
    for at in range(60):
        seems = at % 2 == 0
        concept = f"A heap {'seems' if seems else ''} of grain {at} and of flour"
        labels = {
            "rebracketing_type": "spatial" if seems else "temporal",
            "has_rebracketing_markers": seems,
            "rebracketing_intensity": float(seems) * 10,
            "boundary_fluidity": 0.0,
            "temporal_complexity": 0.0,
        }
        split = split_of(at // 2)
        album = "test" if at % 3 == 0 else "train"
        common = {"song_id": f"s{at:02d}", "split": split, "split_by_album": album, **labels}
        rows.append(common)
        segments += [
            {
                **common,
                "segment_index": i,
                "concept": concept,
                "lyric_text": f"line {i}",
                "colour": "Red",
                "content_type": "unknown",
                "has_audio": False,
                "has_midi": False,
            }
            for i in range(3)
        ]
    write_version(tmp_path, "chromatic", {"songs": rows, "segments": segments})
    return tmp_path


def test_a_label_of_a_word_list_is_learned_with_its_words_and_lost_without(songs: Path) -> None:
    document = train(
        songs,
        "chromatic",
        quick=True,
        changes={"batch": 16, "epochs": 30, "rate": 2e-2},
        named=["has_markers", "intensity", "type:spatial", "type:temporal"],
        options={"features": "ngrams:512", "ensemble": 2, "context": 1},
    )
    made = {one["target"]: one["verdict"] for one in document["outcomes"]}
    assert made["has_markers"] == "learned"
    told = {one["code"]: one for one in document["findings"]}
    with_words, without = told["rebracketing.lexicon"]["skills"]["has_markers"]
    assert with_words > 0.9
    assert without < 0.5
    assert told["rebracketing.types"]["verdict"] == "pass"
    assert np.array(told["rebracketing.types"]["confusion"]).sum() == 36
    assert told["rebracketing.ensemble"]["spread"]["intensity"] > 0
    assert "boundary" in told["rebracketing.absent"]["classes"]
    assert told["cases.none"]["targets"] == ["intensity"]


def test_songs_are_held_out_by_song_or_by_album(songs: Path) -> None:
    by = {
        split: task_of(find_project(REPO), "chromatic").trial(
            ground(songs, "chromatic"), request(split), ["has_markers"]
        )
        for split in ("song", "album")
    }
    assert {k: one.facts["rows"]["test"] for k, one in by.items()} == {"song": 36, "album": 60}
    with pytest.raises(UnknownNameError, match="unknown split 'year'"):
        task_of(find_project(REPO), "chromatic").trial(
            ground(songs, "chromatic"), request("year"), ["has_markers"]
        )


def request(split: str) -> TrainingConfig:
    options = {"features": "ngrams:512", "split": split, "context": 0, "mask": False, "ensemble": 0}
    return TrainingConfig("rebracketing", Settings(), (("has_markers",),), options)
