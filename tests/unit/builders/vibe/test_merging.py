from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl
import pytest

from hueset.builder import Inputs
from hueset_builders.vibe import goemotions
from hueset_builders.vibe.merging import merge_rows
from hueset_builders.vibe.units import clean_texts
from tests.support.vibe_corpora import EMOBANK, Made, build_units, write

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Inputs]


@pytest.fixture
def made(tiny: dict[str, Path], make_inputs: Make) -> Made:
    return build_units(make_inputs(**tiny))


def labels_of(made: Made, source_id: str) -> dict[str, dict[str, object]]:
    example = made.rows("_examples")[source_id]["example_id"]
    rows = made.scan("_labels").collect().iter_rows(named=True)
    return {row["dimension"]: row for row in rows if row["example_id"] == example}


def test_the_row_of_the_strictest_published_split_stays(made: Made) -> None:
    kept = made.rows("_examples")
    assert "e3" in kept
    assert "e4" not in kept
    assert kept["test/pos/0_10.txt"]["upstream_split"] == "test"
    assert "train/pos/1_7.txt" not in kept


def test_among_equals_the_smallest_id_stays(tiny: dict[str, Path], make_inputs: Make) -> None:
    more = EMOBANK + "e0,test,2.0,3.0,3.0,yes.\n"
    write(tiny["emobank"].parent, {"m.csv": more})
    kept = build_units(make_inputs(**tiny)).rows("_examples")
    assert "e0" in kept
    assert "e3" not in kept


def test_every_other_row_lies_in_the_quarantine_with_its_labels(made: Made) -> None:
    found = {reject.key: reject for reject in made.rejects}
    assert set(found) == {"e4", "train/pos/1_7.txt"}
    assert found["e4"].reason == "duplicate_text"
    assert found["e4"].observed == "labels V3.0 A3.0 D3.0, published split train"
    assert found["e4"].expected == "merged into e3 (labels V1.0 A5.0 D3.0)"


def test_ratings_are_merged_by_the_number_of_raters(made: Made) -> None:
    valence = labels_of(made, "e3")["valence"]
    assert valence["n_raters"] == 4
    assert valence["value_raw"] == (2 * 1.0 + 2 * 3.0) / 4
    singles = [1, 1, 2, 4]
    mean = sum(singles) / 4
    assert valence["rater_sd"] == pytest.approx((sum((x - mean) ** 2 for x in singles) / 4) ** 0.5)


def test_stars_are_merged_by_their_mean(made: Made) -> None:
    valence = labels_of(made, "test/pos/0_10.txt")["valence"]
    assert valence["value_raw"] == 8.5
    assert valence["n_raters"] == 2
    assert valence["rater_sd"] is None


def test_classes_of_equal_comments_are_united(tiny: dict[str, Path], make_inputs: Make) -> None:
    write(tiny["goemotions"], {"test.tsv": "HUG\t27\tg0\nFine\t0\tg7\n"})
    made = build_units(make_inputs(**tiny))
    kept = made.rows("_examples")
    assert "g3" not in kept
    rows = made.scan("_classes").collect().iter_rows(named=True)
    united = sorted(r["class"] for r in rows if r["example_id"] == kept["g0"]["example_id"])
    assert united == ["caring", "joy", "neutral"]
    assert labels_of(made, "g0")["valence"]["value_raw"] == 8.21


def test_flags_tell_a_repeated_text_and_whether_its_labels_differ(
    tiny: dict[str, Path], make_inputs: Make
) -> None:
    same = EMOBANK + 'e9,train,4.0,2.0,3.0,He said “go”.\ne8,train,4.0,2.0,3.0,"he said ""GO""."\n'
    write(tiny["emobank"].parent, {"m.csv": same})
    kept = build_units(make_inputs(**tiny)).rows("_examples")
    assert kept["e3"]["flags"] == ["repeated_text", "conflicting_labels"]
    assert kept["e2"]["flags"] == ["repeated_text"]
    assert kept["e9"]["flags"] == []


def test_leaks_between_published_splits_are_told(made: Made) -> None:
    told = {f.message.split(":")[0]: f for f in made.findings if f.check.endswith("split_leaks")}
    assert {name: f.examples for name, f in told.items()} == {
        "emobank": ("e3",),
        "imdb": ("test/pos/0_10.txt",),
    }


def test_a_label_of_a_single_row_stays_bit_for_bit(made: Made) -> None:
    assert labels_of(made, "g6")["valence"]["value_raw"] == (2.4 + 6.5) / 2
    assert labels_of(made, "e2")["valence"]["value_raw"] == 4.0


def test_a_text_of_nothing_is_refused(tiny: dict[str, Path], make_inputs: Make) -> None:
    write(tiny["imdb"], {"aclImdb/train/pos/7_8.txt": b" <br /> \t"})
    made = build_units(make_inputs(**tiny))
    assert made.reasons()["train/pos/7_8.txt"] == "empty_text"
    assert "train/pos/7_8.txt" not in made.rows("_examples")


def test_a_text_that_was_left_out_leaves_nothing_behind(
    tiny: dict[str, Path], make_inputs: Make
) -> None:
    reading = goemotions.read_split(make_inputs(**tiny))
    texts = clean_texts(reading)
    single = texts.filter(~pl.col("text_hash").is_duplicated())["source_id"]
    gone = next(one for one in single if one in reading.labels["source_id"])
    merged = merge_rows(texts.filter(pl.col("source_id") != gone), reading)
    for rows in (merged.texts, merged.labels, merged.classes):
        assert rows.height
        assert gone not in rows["source_id"]
