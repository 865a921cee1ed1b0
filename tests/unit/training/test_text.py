import sys
from pathlib import Path

import numpy as np
import pytest

from hueset.errors import SourceMissingError, UnknownNameError, UsageError
from hueset.training.errors import TrainExtraError
from hueset.training.text import (
    HashedNgrams,
    SentenceVectors,
    cached_features,
    encoder_of,
    hashed_matrix,
)


def test_a_text_gives_its_words_and_its_pairs() -> None:
    made = HashedNgrams().encode(["not good", "good not", "", "Not good"])
    bags = [made.rows(np.array([at]))[0].tolist() for at in range(4)]
    assert [len(bag) for bag in bags] == [3, 3, 1, 3]
    assert bags[0] == bags[3]
    assert set(bags[0]) & set(bags[1]) == {bags[0][0], bags[0][1]}
    assert min(min(bag) for bag in bags) >= 1


def test_rows_can_be_taken_in_any_order() -> None:
    made = HashedNgrams().encode(["a b c", "d", "e f"])
    ids, starts = made.rows(np.array([2, 0]))
    assert starts.tolist() == [0, 3]
    assert ids[3:].tolist() == made.rows(np.array([0]))[0].tolist()


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    text = " ".join(["first"] + ["middle"] * 100 + ["last"])
    short, full = HashedNgrams(words=4), HashedNgrams(words=400)
    assert len(short.encode([text]).ids) == 4 + 3
    assert set(short.encode([text]).ids) - set(full.encode([text]).ids) == set()


def test_features_come_from_the_cache_the_second_time(tmp_path: Path) -> None:
    class Counting(HashedNgrams):
        def encode(self, texts):
            calls.append(len(texts))
            return super().encode(texts)

    calls: list[int] = []
    first = cached_features(tmp_path, Counting(), ["one", "two words"])
    second = cached_features(tmp_path, Counting(), ["one", "two words"])
    cached_features(tmp_path, Counting(), ["one", "two others"])
    assert calls == [2, 2]
    assert first.ids.tolist() == second.ids.tolist()
    assert first.width == second.width


@pytest.mark.parametrize("harm", ["cut", "empty", "zeroed", "other", "before", "folder", "loop"])
def test_features_that_are_not_what_was_kept_are_made_again_and_told(
    tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    texts = ["one", "two words"]
    made = cached_features(tmp_path, HashedNgrams(), texts)
    (path,) = tmp_path.iterdir()
    sound = path.read_bytes()
    match harm:
        case "cut":
            path.write_bytes(sound[: len(sound) // 2])
        case "empty":
            path.write_bytes(b"")
        case "zeroed":
            path.write_bytes(bytes(len(sound)))
        case "other":
            np.savez(path, width=made.width, ids=made.ids + 1, offsets=made.offsets, sha256="x")
        case "before":
            np.savez(path, width=made.width, ids=made.ids, offsets=made.offsets)
        case "folder":
            path.unlink()
            (path / "in").mkdir(parents=True)
        case _:
            path.unlink()
            path.symlink_to(path.name)
    again = cached_features(tmp_path, HashedNgrams(), texts)
    assert again.ids.tolist() == made.ids.tolist()
    assert "made again" in caplog.text
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    caplog.clear()
    cached_features(tmp_path, HashedNgrams(), texts)
    assert caplog.text == ""


def test_hashed_rows_have_length_one() -> None:
    made = hashed_matrix(["one two", "three", "one two"], 64)
    assert made.shape == (3, 64)
    assert np.linalg.norm(made, axis=1) == pytest.approx(1)
    assert made[0].tolist() == made[2].tolist()


def test_sentence_vectors_say_which_extra_they_need(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(TrainExtraError) as caught:
        SentenceVectors("nowhere").encode(["a"])
    assert "hueset[minilm]" in str(caught.value.hint)


def test_unknown_features_are_named() -> None:
    assert encoder_of("minilm").name == "sentences-sentence-transformers/all-MiniLM-L6-v2"
    with pytest.raises((UnknownNameError, UsageError), match="unknown features 'ngram'"):
        encoder_of("ngram")


def test_a_folder_of_a_sentence_model_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        (folder / "pooling").mkdir(parents=True)
        (folder / "pooling/config.json").write_text("{}")
        (folder / "model.safetensors").write_bytes(b"weights")
    (two / "README.md").write_text("words about it")
    assert encoder_of(f"minilm:{one}").name == encoder_of(f"minilm:{two}").name
    (two / "model.safetensors").write_bytes(b"others")
    assert encoder_of(f"minilm:{one}").name != encoder_of(f"minilm:{two}").name
    with pytest.raises(SourceMissingError, match="is no folder of a sentence model"):
        _ = encoder_of(f"minilm:{tmp_path}/three").name
