import numpy as np
import pytest

from hueset.declaration.project import find_project
from hueset.store.store import VersionStore
from hueset.training.probe import probe_findings, probe_leaks, probe_targets, probe_version
from hueset.training.task import Examples, ground_of
from hueset.training.tasks import task_of
from tests.support.training_store import REPO, mood_version

RNG = np.random.default_rng(8)
N = 300


def examples(**changes) -> Examples:
    x = RNG.normal(size=(N, 5)).astype(np.float32)
    made = {
        "features": x,
        "targets": {
            "told": x[:, 0] + RNG.normal(0, 0.5, N),
            "noise": RNG.normal(size=N),
            "class": (x[:, 1] + RNG.normal(0, 0.3, N) > 0).astype(float),
            "few": np.where(np.arange(N) < 30, 1.0, np.nan),
        },
        "binary": frozenset({"class"}),
        "groups": np.array([f"g{at // 3}" for at in range(N)]),
        "nuisance": {},
    }
    return Examples(**{**made, **changes})


def test_what_the_features_tell_is_learnable_and_noise_is_not() -> None:
    made = {one.target: one for one in probe_targets(examples())}
    assert made["told"].verdict == "learnable"
    assert made["told"].value == pytest.approx(0.89, abs=0.05)
    assert (made["class"].metric, made["class"].verdict) == ("auc", "learnable")
    assert made["noise"].verdict == "none"
    assert abs(made["noise"].chance) < 0.05
    assert made["few"].value is None
    assert made["few"].why == "30 rows with a label, 40 are needed"


def test_a_song_that_fixes_its_label_is_a_leak_although_no_text_can_be_learned() -> None:
    songs = np.array([f"song {at // 10}" for at in range(N)])
    label = np.repeat(RNG.normal(size=N // 10), 10)
    held = examples(
        features=RNG.normal(size=(N, 5)).astype(np.float32),
        targets={"mood": label},
        binary=frozenset(),
        groups=songs,
        nuisance={"song": songs, "split": np.array(["train"] * N)},
    )
    (told,), (song, split) = probe_targets(held), probe_leaks(held)
    assert told.verdict == "none"
    assert told.permuted == "groups"
    assert song.verdict == "perfect"
    assert (split.value, split.why) == (None, "split is the same for every row")
    codes = [one["code"] for one in probe_findings([vars(told)], [vars(song), vars(split)])]
    assert codes == ["probe.nothing", "probe.leak_perfect"]


def test_a_group_is_never_seen_in_training_and_judged_as_well() -> None:
    # Each group has its own feature and its own label: whoever saw a row of it knows the others.
    group = np.arange(N) // 10
    features = np.eye(N // 10, dtype=np.float32)[group]
    label = RNG.normal(size=N // 10)[group] + RNG.normal(0, 0.01, N)
    kinds = np.array([f"g{at}" for at in group])
    held = examples(features=features, targets={"x": label}, binary=frozenset(), groups=kinds)
    alone = examples(
        features=features,
        targets={"x": label},
        binary=frozenset(),
        groups=np.array([f"r{at}" for at in range(N)]),
    )
    assert probe_targets(held)[0].verdict == "none"
    assert probe_targets(alone)[0].value > 0.95


def test_a_p_value_counts_the_real_labels_among_the_permuted() -> None:
    x = RNG.normal(size=(N, 3)).astype(np.float32)
    held = examples(features=x, targets={"x": x[:, 0].astype(float)}, binary=frozenset())
    assert probe_targets(held)[0].p_value == 1 / 200


def test_what_a_source_tells_better_than_the_features_is_a_finding() -> None:
    source = np.array([f"s{at % 2}" for at in range(N)])
    labels = (np.arange(N) % 2) + RNG.normal(0, 0.5, N)
    held = examples(targets={"x": labels}, binary=frozenset(), nuisance={"source": source})
    leaks = [vars(one) for one in probe_leaks(held)]
    found = probe_findings([vars(one) for one in probe_targets(held)], leaks)
    assert leaks[0]["verdict"] == "tells"
    assert [one["code"] for one in found] == ["probe.nothing", "probe.leak"]


def test_the_length_of_a_text_can_tell_a_label() -> None:
    length = RNG.integers(10, 2000, N).astype(float)
    held = examples(
        targets={"x": np.log(length) + RNG.normal(0, 0.2, N)},
        binary=frozenset(),
        nuisance={"text_length": length},
    )
    (leak,) = probe_leaks(held)
    assert leak.verdict == "tells"


def test_probing_a_version_takes_only_what_has_labels(tmp_path) -> None:
    version = mood_version(tmp_path)
    task = task_of(find_project(REPO), "vibe")
    ground = ground_of(find_project(REPO), VersionStore(tmp_path), version, task)
    body = probe_version(ground, task, rows=400)
    assert {one["target"] for one in body["targets"]} == {"valence", "arousal"}
    valence = next(one for one in body["targets"] if one["target"] == "valence")
    assert valence["verdict"] == "learnable"
    assert body["rows"] == 400
    again = probe_version(ground, task, rows=400)
    assert again == body
