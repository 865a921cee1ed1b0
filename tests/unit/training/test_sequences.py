"""The tasks on curves, windows and poems, each on a small version written by hand."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from hueset.declaration.project import find_project
from hueset.errors import SourceFormatError, SourceMissingError, UsageError
from hueset.store.store import VersionStore
from hueset.training import loop, runs
from hueset.training.clusters import davies_bouldin, mean_silhouette
from hueset.training.nets.curves import contrastive_loss
from hueset.training.nets.recurrent import Bottleneck, Pitches, rtneural_weights
from hueset.training.null_callback import NullCallback
from hueset.training.task import Settings, TrainingConfig
from hueset.training.tasks import task_of
from hueset.training.wordvectors import fit_vectors, read_vectors
from hueset_builders.maestro.tasks import _best_threshold, judge_frames
from hueset_builders.poems.tasks import Chunks, chunks_of, poetry_trial
from tests.support.training_store import REPO, write_version
from tests.unit.training.test_tasks import ground, split_of, train

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(6)
SEA = ("sea", "wave", "salt", "tide", "ship")
WOOD = ("tree", "leaf", "root", "moss", "bird")
WORDS = ("warm", "bright", "soft", "hard")


def contributions(root: Path, n: int) -> Path:
    shapes = {word: RNG.normal(size=40).cumsum() for word in WORDS}
    rows = [
        {
            "effect": "eq",
            "term_normalised": word,
            "split": split_of(at),
            "language": "en",
            "values": (shapes[word] + RNG.normal(0, 0.5, 40)).tolist(),
        }
        for at in range(n)
        for word in WORDS
    ]
    terms = [
        {
            "effect": "eq",
            "term_normalised": f"{word} {at}",
            "aggregation": "word",
            "language": "en",
            "enough_examples": False,
            "count": None,
            "separability": None,
            "mean_curve": (shapes[word] + RNG.normal(0, 0.5, 40)).tolist(),
        }
        for at in range(50)
        for word in WORDS
    ]
    write_version(
        root, "socialfx", {"contributions": rows, "contributions_filtered": rows, "terms": terms}
    )
    return root


def test_words_that_lie_apart_are_found_apart_in_the_latent_space(tmp_path: Path) -> None:
    root = contributions(tmp_path, 60)
    document = train(root, "socialfx", changes={"epochs": 25, "batch": 48})
    made = {one["target"]: one for one in document["outcomes"]}
    assert made["curve"]["verdict"] == "learned"
    assert made["terms"]["value"] > made["terms"]["baselines"]["raw"] > 0.2
    assert made["terms"]["baselines"]["permuted"] < 0.05
    assert "beats the raw curves" in document["findings"][0]["message"]
    folder = runs.find_run(VersionStore(root), document["id"]).path
    assert (folder / "latent.svg").read_text().count("<circle") == 240
    curves = json.loads((folder / "words.json").read_text())
    assert {word: len(curve) for word, curve in curves.items()} == dict.fromkeys(WORDS, 40)
    told = {one["code"]: one for one in document["findings"]}
    errors = told["equaliser.from_words"]["mse"]
    assert "a PCA of the same width" in told["equaliser.pca"]["message"]
    assert errors["word_mean"] < errors["made"] < errors["mean"] / 4


def test_weights_of_the_contrast_stand_side_by_side_full_and_filtered(tmp_path: Path) -> None:
    root = contributions(tmp_path, 30)
    document = train(
        root, "socialfx", changes={"epochs": 4, "batch": 48}, options={"study": ".1,.5,1"}
    )
    told = {one["code"]: one for one in document["findings"]}["equaliser.study"]
    assert [(row["rows"], row["weight"]) for row in told["rows"]] == [
        (name, weight) for name in ("full", "filtered") for weight in (0.1, 0.5, 1.0)
    ]
    assert len({row["silhouette"] for row in told["rows"][:3]}) == 3
    assert all(row["raw"] is not None and row["davies_bouldin"] > 0 for row in told["rows"])
    with pytest.raises(UsageError, match="no list of positive numbers"):
        train(root, "socialfx", options={"study": "a,b"})


def test_on_one_curve_per_word_it_says_what_cannot_be_measured(tmp_path: Path) -> None:
    document = train(
        contributions(tmp_path, 2), "socialfx", changes={"epochs": 10}, options={"study": [0.1, 1]}
    )
    assert [one["target"] for one in document["outcomes"]] == ["curve"]
    assert document["refused"]["terms"].startswith("absent: one published curve per word")
    assert document["findings"][0]["silhouette"] is None
    (study,) = [one for one in document["findings"] if one["code"] == "equaliser.study"]
    assert study["message"].startswith("no word has a contrast")


def test_indices_of_groups_equal_those_of_scikit_learn() -> None:
    from sklearn.metrics import davies_bouldin_score, silhouette_score

    points = RNG.normal(size=(80, 5)).astype(np.float32)
    kinds = np.array([str(at % 4) for at in range(80)])
    points[kinds == "0"] += 2
    assert mean_silhouette(points, kinds) == pytest.approx(silhouette_score(points, kinds))
    assert davies_bouldin(points, kinds) == pytest.approx(davies_bouldin_score(points, kinds))


def test_contrast_is_smaller_when_words_lie_together() -> None:
    kinds = torch.tensor([0, 0, 1, 1])
    together = torch.tensor([[1.0, 0], [1, 0.1], [0, 1], [0.1, 1]])
    mixed = torch.tensor([[1.0, 0], [0, 1], [1, 0.1], [0.1, 1]])
    assert contrastive_loss(together, kinds) < contrastive_loss(mixed, kinds)
    assert float(contrastive_loss(together, torch.arange(4))) == 0


def windows(root: Path) -> Path:
    rows = []
    for at in range(150):
        mel, packed = RNG.normal(-60, 3, (64, 20)), np.zeros((20, 128), np.uint8)
        for pitch in RNG.choice([60, 67, 76], 2, replace=False):
            start = int(RNG.integers(0, 12))
            packed[start : start + 8, pitch] = 1
            mel[(pitch - 50) * 2, start : start + 8] += 40
        rows.append(
            {
                "mel": mel.tolist(),
                "pitch_activity": np.packbits(packed, axis=1).tolist(),
                "valid_frames": 20,
                "audio_origin": "rendered",
                "note_count": 2,
                "split": split_of(at),
            }
        )
    schema = pa.schema(
        {
            "mel": pa.list_(pa.list_(pa.float32(), 20), 64),
            "pitch_activity": pa.list_(pa.list_(pa.uint8(), 16), 20),
            "valid_frames": pa.int32(),
            "audio_origin": pa.string(),
            "note_count": pa.int32(),
            "split": pa.string(),
        }
    )
    performances = [{"aligned": True, "year": 2018}]
    write_version(
        root,
        "maestro",
        {"windows": rows, "performances": performances},
        schemas={"windows": schema},
    )
    return root


def test_keys_are_learned_from_mel_and_the_weights_are_exported(tmp_path: Path) -> None:
    document = train(
        windows(tmp_path),
        "maestro",
        named=["pitch_activity"],
        quick=True,
        changes={"epochs": 30, "rate": 2e-2},
        options={"hidden": 24},
    )
    (outcome,) = document["outcomes"]
    assert outcome["verdict"] == "learned"
    assert outcome["value"] > 0.8 > outcome["baselines"]["threshold"]
    run = runs.find_run(VersionStore(tmp_path), document["id"])
    held = json.loads((run.path / "rtneural.json").read_text())
    assert [layer["type"] for layer in held["layers"]] == ["lstm", "dense"]
    assert np.array(held["layers"][0]["weights"][0]).shape == (64, 4 * 24)


def test_frames_that_are_padding_have_no_loss(tmp_path: Path) -> None:
    options = {"hidden": 8, "layers": 1, "dropout": 0.0}
    request = TrainingConfig("melody", Settings(batch=8), (("pitch_activity",),), options)
    trial = task_of(find_project(REPO), "maestro").trial(
        ground(windows(tmp_path), "maestro"), request, []
    )
    mel, keys, valid = next(iter(trial.batches(0, 0)))
    short, other = valid.clone(), keys.clone()
    short[:, 12:] = 0
    other[:, 12:] = 1 - other[:, 12:]

    def loss(*batch: torch.Tensor) -> float:
        return trial.losses(batch, 0)["pitch_activity"].item()

    assert loss(mel, keys, short) == loss(mel, other, short)
    assert loss(mel, keys, valid) != loss(mel, other, valid)


def test_keys_are_said_to_be_held_from_the_threshold_that_serves_best() -> None:
    keys = RNG.random((30, 10, 128)) < 0.1
    valid = np.ones((30, 10), np.bool_)
    scores = np.where(keys, 0.32, 0.18).astype(np.float32)
    threshold = _best_threshold(scores, keys, valid)
    assert 0.18 < threshold <= 0.32
    nothing = np.zeros_like(keys)
    assert judge_frames(scores, keys, valid, nothing, threshold).value == 1
    assert judge_frames(scores, keys, valid, nothing).value == 0


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_exported_weights_give_what_the_network_gives() -> None:
    torch.manual_seed(1)
    net = Pitches(5, 7, 2, 0.0, torch.full((128,), 0.1))
    mel = torch.randn(1, 9, 5)
    held = mel[0].numpy()
    *lstms, dense = rtneural_weights(net)["layers"]
    for layer in lstms:
        kernel, recurrent, bias = (np.array(part) for part in layer["weights"])
        state = memory = np.zeros(7)
        made = []
        for frame in held:
            i, f, g, o = np.split(frame @ kernel + state @ recurrent + bias, 4)
            memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(g)
            state = sigmoid(o) * np.tanh(memory)
            made.append(state)
        held = np.array(made)
    kernel, bias = (np.array(part) for part in dense["weights"])
    with torch.no_grad():
        expected = torch.sigmoid(net(mel))[0].numpy()
    assert sigmoid(held @ kernel + bias) == pytest.approx(expected, abs=1e-5)


def poems(root: Path, *, only_in_test: str = "") -> Path:
    chunks, rows = [], []
    for at in range(200):
        tokens = [str(RNG.choice(SEA if at % 2 else WOOD)) for _ in range(12)]
        split = split_of(at // 2)
        if only_in_test and split == "test":
            tokens[:2] = [only_in_test, only_in_test]
        chunks.append(
            {
                "poem_id": f"p{at}",
                "tokens": tokens,
                "split": split,
                "text": " ".join(tokens),
                "chunks_in_poem": 1,
            }
        )
        rows.append(
            {
                "split": split,
                "split_by_author": split,
                "author": "a",
                "year": None,
                "encoding_damaged": False,
                "tags": [],
                "stanzas": 1,
            }
        )
    write_version(root, "poems", {"poems": rows, "chunks": chunks})
    return root


def test_what_a_chunk_is_about_comes_through_the_bottleneck(tmp_path: Path) -> None:
    document = train(
        poems(tmp_path),
        "poems",
        quick=True,
        options={"study": "2"},
        changes={"epochs": 12, "rate": 1e-2},
    )
    made = {one["target"]: one for one in document["outcomes"]}
    assert made["tokens"]["verdict"] == "learned"
    assert made["tokens"]["value"] > made["tokens"]["baselines"]["mean_vector"]
    assert document["gradients"]["exploding"] == 0
    assert document["facts"]["tokens_without_vector"] == {"train": 0, "validation": 0, "test": 0}
    told = {one["code"]: one for one in document["findings"]}
    assert told["poetry.study"]["rows"][0]["bottleneck"] == 2


def test_given_word_vectors_are_used_and_named_by_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    rows = {word: RNG.normal(size=6) for word in (*SEA, *WOOD[:4])}
    path.write_text("".join(f"{w} {' '.join(f'{x:.3f}' for x in v)}\n" for w, v in rows.items()))
    document = train(
        poems(tmp_path),
        "poems",
        quick=True,
        changes={"epochs": 1},
        options={"embeddings": str(path), "hidden": 8},
    )
    told = document["facts"]["vectors"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert told == {"of": f"vectors.txt sha256 {digest}", "tokens": 9, "width": 6}
    assert document["facts"]["tokens_without_vector"]["train"] > 0


def test_vectors_are_fitted_on_the_training_split_alone(tmp_path: Path) -> None:
    held = ground(poems(tmp_path, only_in_test="unheard"), "poems")
    options = {"preset": "tiny", "hidden": None, "bottleneck": None, "embeddings": None}
    made = chunks_of(held, TrainingConfig("poetry", Settings(), (("sequences",),), options))
    assert made.facts["tokens_without_vector"] == {"train": 0, "validation": 0, "test": 80}


def long_chunks() -> Chunks:
    ids = [RNG.integers(0, 9, n) for n in (60, 60, 7)]
    vectors = RNG.normal(size=(9, 5)).astype(np.float32)
    return Chunks(vectors, dict.fromkeys(("train", "validation", "test"), ids), {})


def sequences(root: Path) -> Any:
    options = {
        "preset": "tiny",
        "cell": "gru",
        "bidirectional": False,
        "bottleneck": 2,
        "hidden": 4,
        "embeddings": None,
        "study": None,
    }
    request = TrainingConfig("poetry", Settings(epochs=8, batch=3), (("sequences",),), options)
    return poetry_trial(ground(poems(root), "poems"), request, long_chunks())


def test_the_curriculum_grows_longer_and_is_told_the_truth_less_often(tmp_path: Path) -> None:
    trial, told = sequences(tmp_path), []
    real = trial.net.forward
    trial.net.forward = lambda v, n, forcing: told.append(forcing) or real(v, n, forcing)
    longest = []
    for epoch in range(8):
        batch = next(iter(trial.batches(epoch, 0)))
        longest.append(int(batch[1].max()))
        trial.losses(batch, epoch)
    assert longest == [20, 20, 30, 30, 40, 40, 50, 50]
    assert told == [0.9, 0.9, 0.7, 0.7, 0.3, 0.3, 0.1, 0.1]


def test_steps_that_are_padding_have_no_loss(tmp_path: Path) -> None:
    trial = sequences(tmp_path)
    vectors, lengths, there = next(iter(trial.batches(0, 0)))
    more = torch.zeros(3, 6, 5)

    def loss(*batch: torch.Tensor) -> float:
        torch.manual_seed(1)
        return trial.losses(batch, 0)["sequences"].item()

    longer = (torch.cat([vectors, more], 1), lengths, torch.cat([there, more[:, :, 0] > 0], 1))
    assert loss(*longer) == pytest.approx(loss(vectors, lengths, there), rel=1e-5)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_stopped_and_resumed_curriculum_ends_with_the_same_weights(tmp_path, cell: str) -> None:
    held = ground(poems(tmp_path), "poems")
    settings = Settings(epochs=4, batch=32, rate=1e-2, checkpoint_steps=2, patience=9)
    options = {
        "preset": "tiny",
        "cell": cell,
        "bidirectional": True,
        "bottleneck": 4,
        "hidden": 8,
        "embeddings": None,
        "study": None,
    }
    request = TrainingConfig("poetry", settings, (("sequences",),), options)
    chunks = chunks_of(held, request)

    def run(folder: Path | None, **more: Any) -> list[bytes]:
        trial = poetry_trial(held, request, chunks)
        loop.train_network(
            trial, settings, request.stages, NullCallback(), loop.TrainingState(), folder, **more
        )
        return [value.numpy().tobytes() for value in trial.model.state_dict().values()]

    straight = run(None)
    run(tmp_path, stop_after=7)
    assert run(tmp_path, resume=True) == straight


def test_the_decoder_knows_nothing_but_what_came_through_the_bottleneck() -> None:
    torch.manual_seed(2)
    net = Bottleneck(6, 8, 3, cell="gru", bidirectional=False)
    with torch.no_grad():
        net.narrow.weight.zero_()
        one, two = (net(torch.randn(2, 5, 6), torch.tensor([5, 5]), 0.0) for _ in range(2))
    assert torch.equal(one, two)


def test_tokens_of_one_kind_have_vectors_that_lie_together() -> None:
    chunks = [[str(RNG.choice(kind)) for _ in range(20)] for kind in (SEA, WOOD) * 20]
    known, made = fit_vectors(chunks, 2)
    unit = made / np.linalg.norm(made, axis=1, keepdims=True)
    at = {token: row for row, token in enumerate(known)}
    assert unit[at["sea"]] @ unit[at["wave"]] > 0.7
    assert abs(unit[at["sea"]] @ unit[at["tree"]]) < 0.1


def test_vectors_of_a_file_are_looked_up_and_never_made_up(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("sea 1 2\nleaf 3 4\nother 5 6\n")
    known, made = read_vectors(path, {"Sea", "leaf", "unheard"})
    assert known == ["Sea", "leaf"]
    assert made.tolist() == [[1, 2], [3, 4]]
    path.write_text("sea 1 2\nleaf 3\n")
    with pytest.raises(SourceFormatError, match=r"vectors.txt:2: 1 numbers"):
        read_vectors(path, {"sea", "leaf"})
    with pytest.raises(SourceFormatError, match="a vector for none of 1 tokens"):
        read_vectors(path, {"unheard"})
    with pytest.raises(SourceMissingError):
        read_vectors(tmp_path / "none.txt", {"sea"})
