from __future__ import annotations

import tarfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl
import pytest

from hueset.builder import Inputs
from hueset.errors import SourceFormatError
from hueset_builders.vibe import imdb
from tests.support.vibe_corpora import REVIEWS, write

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Inputs]


def test_stars_are_read_from_the_names_of_files(tiny: dict[str, Path], make_inputs: Make) -> None:
    reading = imdb.read_reviews(make_inputs(imdb=tiny["imdb"]), "imdb")
    stars = dict(zip(reading.labels["source_id"], reading.labels["value_raw"], strict=True))
    assert stars == {
        "train/pos/0_9.txt": 9.0,
        "train/pos/1_7.txt": 7.0,
        "train/neg/0_1.txt": 1.0,
        "test/pos/0_10.txt": 10.0,
        "test/neg/0_4.txt": 4.0,
    }
    told = reading.labels.select("dimension", "raw_min", "raw_max", "label_kind").unique().rows()
    assert told == [("valence", 1.0, 10.0, "stars")]
    assert set(reading.texts["upstream_split"]) == {"train", "test"}


def test_archive_folder_and_folder_above_it_are_the_same_corpus(
    tiny: dict[str, Path], make_inputs: Make, tmp_path: Path
) -> None:
    packed = tmp_path / "aclImdb_v1.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(tiny["imdb"] / "aclImdb", "aclImdb")
    above = imdb.read_reviews(make_inputs(imdb=tiny["imdb"]), "imdb")
    archived = imdb.read_reviews(make_inputs(imdb=packed), "imdb")
    folder = make_inputs(imdb_folder=tiny["imdb"] / "aclImdb")
    unpacked = imdb.read_reviews(folder, "imdb_folder")
    assert above.texts.equals(archived.texts)
    assert above.texts.equals(unpacked.texts)
    assert above.labels.equals(unpacked.labels)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("aclImdb/train/pos/9_3.txt", b"Odd", "stars_contradict_folder"),
        ("aclImdb/train/neg/9_5.txt", b"Odd", "stars_contradict_folder"),
        ("aclImdb/train/pos/9_11.txt", b"Odd", "stars_contradict_folder"),
        ("aclImdb/train/pos/9_8.txt", b"Caf\xe9", "not_utf8"),
    ],
)
def test_a_review_that_cannot_be_right_is_refused(
    tmp_path: Path, make_inputs: Make, name: str, data: bytes, reason: str
) -> None:
    write(tmp_path / "imdb", {**REVIEWS, name: data})
    reading = imdb.read_reviews(make_inputs(imdb=tmp_path / "imdb"), "imdb")
    key = name.removeprefix("aclImdb/")
    assert [(r.key, r.reason) for r in reading.rejects] == [(key, reason)]
    assert key not in reading.texts["source_id"]
    assert key not in reading.labels["source_id"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path, make_inputs: Make) -> None:
    write(tmp_path / "imdb", {"pos/great film.txt": "8"})
    with pytest.raises(SourceFormatError, match="holds no review"):
        imdb.read_reviews(make_inputs(imdb=tmp_path / "imdb"), "imdb")


def test_the_hub_knows_two_classes_and_no_stars(tmp_path: Path, make_inputs: Make) -> None:
    for split, label in (("train", 1), ("test", 0)):
        rows = pl.DataFrame({"text": [f"{split} a", f"{split} b"], "label": [label, 1]})
        rows.write_parquet(tmp_path / f"{split}-00000-of-00001.parquet")
    pl.DataFrame({"text": ["?"], "label": [-1]}).write_parquet(
        tmp_path / "unsupervised-00000-of-00001.parquet"
    )
    reading = imdb.read_hub(make_inputs(imdb_hub=tmp_path))
    assert reading.labels["value_raw"].to_list() == [1.0, 1.0, 0.0, 1.0]
    told = reading.labels.select("raw_min", "raw_max", "label_kind").unique().rows()
    assert told == [(0.0, 1.0, "class")]
    assert reading.texts["source_id"].to_list() == ["train/0", "train/1", "test/0", "test/1"]


def test_a_split_the_hub_lacks_is_named(tmp_path: Path, make_inputs: Make) -> None:
    rows = pl.DataFrame({"text": ["a"], "label": [1]})
    rows.write_parquet(tmp_path / "train-00000-of-00001.parquet")
    with pytest.raises(SourceFormatError, match=r"holds no test-\*\.parquet"):
        imdb.read_hub(make_inputs(imdb_hub=tmp_path))
