from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl
import pytest

from hueset.builder import Inputs
from hueset_builders.vibe import build as vibe
from tests.support.vibe_corpora import Made, build

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Inputs]


@pytest.fixture
def inputs(tiny: dict[str, Path], make_inputs: Make) -> Inputs:
    return make_inputs(**tiny)


@pytest.fixture
def finished(inputs: Inputs) -> Made:
    return build(inputs)[1]


def broken(finished: Made, inputs: Inputs, table: str, **columns: pl.Expr) -> set[str]:
    rows = finished.scan(table).with_columns(**columns).collect()
    finished.batches[table] = [rows.to_arrow()]
    told = list(vibe.check(finished, inputs))
    assert all(finding.verdict == "fail" and finding.examples for finding in told)
    return {finding.check for finding in told}


def test_a_good_build_breaks_no_promise(finished: Made, inputs: Inputs) -> None:
    assert list(vibe.check(finished, inputs)) == []


def test_equal_texts_in_two_splits_fail(finished: Made, inputs: Inputs) -> None:
    split = pl.when(pl.col("source_id") == "g5").then(pl.lit("train")).otherwise("split")
    assert "vibe.examples.text_in_two_splits" in broken(finished, inputs, "examples", split=split)


def test_a_row_of_training_that_was_changed_fails(finished: Made, inputs: Inputs) -> None:
    text = pl.when(pl.col("source") == "imdb").then(pl.lit("other")).otherwise("text")
    assert broken(finished, inputs, "training", text=text) == {"vibe.training.other_rows"}


def test_a_row_that_training_lacks_fails(finished: Made, inputs: Inputs) -> None:
    rows = finished.scan("training").filter(pl.col("valence").is_not_null()).collect()
    finished.batches["training"] = [rows.to_arrow()]
    assert [(f.check, f.count) for f in vibe.check(finished, inputs)] == [
        ("vibe.training.other_rows", 2)
    ]


def test_a_row_of_training_that_is_no_example_fails(finished: Made, inputs: Inputs) -> None:
    more = finished.scan("training").filter(pl.col("valence").is_null()).collect()
    more = more.with_columns(example_id=pl.lit("imdb-0000000000000000"))
    finished.batches["training"].append(more.to_arrow())
    assert {f.check for f in vibe.check(finished, inputs)} == {"vibe.training.other_rows"}


def test_a_value_that_is_no_label_fails(finished: Made, inputs: Inputs) -> None:
    found = broken(finished, inputs, "training", arousal=pl.col("arousal").fill_null(0.5))
    assert found == {"vibe.training.other_values"}
    found = broken(finished, inputs, "training", warmth=pl.lit(0.5))
    assert found == {"vibe.training.other_values"}


def test_a_label_that_was_lost_fails(finished: Made, inputs: Inputs) -> None:
    lost = pl.when(pl.col("source") != "imdb").then("valence")
    assert broken(finished, inputs, "training", valence=lost) == {"vibe.training.other_values"}


def test_a_review_that_tells_its_score_fails(finished: Made, inputs: Inputs) -> None:
    text = pl.when(pl.col("source") == "imdb").then(pl.lit("so 8/10")).otherwise("text")
    found = broken(finished, inputs, "examples", text=text)
    assert "vibe.examples.score_in_text" in found


def test_a_label_or_class_of_no_example_fails(finished: Made, inputs: Inputs) -> None:
    nowhere = pl.lit("imdb-0000000000000000")
    assert "vibe.labels.without_example" in broken(finished, inputs, "labels", example_id=nowhere)
    assert "vibe.classes.without_example" in broken(finished, inputs, "classes", example_id=nowhere)


def test_more_votes_than_raters_fail(finished: Made, inputs: Inputs) -> None:
    votes = {"n_votes": pl.lit(3, dtype=pl.Int32), "n_raters": pl.lit(2, dtype=pl.Int32)}
    assert broken(finished, inputs, "classes", **votes) == {"vibe.classes.more_votes_than_raters"}
