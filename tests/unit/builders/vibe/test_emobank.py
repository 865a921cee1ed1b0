from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from hueset.builder import Inputs
from hueset.errors import SourceFormatError
from hueset_builders.vibe import emobank
from tests.support.vibe_corpora import EMOBANK, READERS, WRITERS, write

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Inputs]


@pytest.fixture
def corpus(tmp_path: Path, make_inputs: Make) -> Callable[..., Inputs]:
    def make(means: str = EMOBANK, readers: str = READERS, writers: str = WRITERS) -> Inputs:
        write(tmp_path, {"m.csv": means, "r.csv": readers, "w.csv": writers})
        return make_inputs(
            emobank=tmp_path / "m.csv",
            emobank_readers=tmp_path / "r.csv",
            emobank_writers=tmp_path / "w.csv",
        )

    return make


def label(inputs: Inputs, source_id: str, dimension: str) -> dict[str, object]:
    rows = emobank.read_emobank(inputs).labels.iter_rows(named=True)
    return next(
        row for row in rows if (row["source_id"], row["dimension"]) == (source_id, dimension)
    )


def test_the_text_none_stays_a_text_and_quotes_are_read_as_csv(corpus: Make) -> None:
    texts = emobank.read_emobank(corpus()).texts
    assert texts["text_raw"].to_list() == ["None", 'He said "go".', "Yes.", "YES."]
    assert texts["text_raw"].null_count() == 0


def test_every_sentence_has_three_ratings_on_one_to_five(corpus: Make) -> None:
    labels = emobank.read_emobank(corpus()).labels
    assert labels.height == 12
    assert set(labels["dimension"]) == {"valence", "arousal", "dominance"}
    assert labels.select("raw_min", "raw_max", "label_kind").unique().rows() == [
        (1.0, 5.0, "rating")
    ]


def test_raters_and_spread_are_of_readers_and_writers_together(corpus: Make) -> None:
    found = label(corpus(), "e2", "valence")
    assert found["n_raters"] == 3
    assert found["value_raw"] == 4.0
    assert found["rater_sd"] == pytest.approx(((1 + 1 + 0) / 3) ** 0.5)


def test_a_rating_of_one_on_all_three_is_not_behind_the_published_mean(corpus: Make) -> None:
    inputs = corpus()
    assert label(inputs, "e1", "valence")["n_raters"] == 3
    assert label(inputs, "e1", "valence")["rater_sd"] == 0.0
    told = [f for f in emobank.read_emobank(inputs).findings if f.check.endswith("all_lowest")]
    assert [(f.count, f.verdict) for f in told] == [(1, "warn")]


def test_a_single_rating_has_no_spread(corpus: Make) -> None:
    inputs = corpus(readers="id,V,A,D\ne1,3,3,3\n", writers="id,V,A,D\n")
    assert label(inputs, "e1", "arousal")["n_raters"] == 1
    assert label(inputs, "e1", "arousal")["rater_sd"] is None
    assert label(inputs, "e2", "arousal")["n_raters"] is None


def test_a_mean_that_is_not_of_the_individual_ratings_is_told(corpus: Make) -> None:
    checks = {f.check: f for f in emobank.read_emobank(corpus()).findings}
    assert "input.mean_differs_from_ratings" not in checks
    other = EMOBANK.replace("e3,test,1.0", "e3,test,2.0")
    checks = {f.check: f for f in emobank.read_emobank(corpus(other)).findings}
    assert checks["input.mean_differs_from_ratings"].examples == ("e3",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("e5,train,5.01,3.0,3.0,Too much", "rating_out_of_range"),
        ("e5,train,0,3.0,3.0,Too little", "rating_out_of_range"),
        ("e5,train,,3.0,3.0,Nothing", "rating_out_of_range"),
        ("e5,holdout,3.0,3.0,3.0,Nowhere", "unknown_split"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused(corpus: Make, row: str, reason: str) -> None:
    reading = emobank.read_emobank(corpus(EMOBANK + row + "\n"))
    assert [(r.key, r.reason) for r in reading.rejects] == [("e5", reason)]
    assert "e5" not in reading.texts["source_id"]
    assert "e5" not in reading.labels["source_id"]


def test_an_individual_rating_off_the_scale_is_left_out_and_told(corpus: Make) -> None:
    inputs = corpus(readers=READERS + "e1,7,3,3\ne1,x,3,3\n")
    assert label(inputs, "e1", "valence")["n_raters"] == 3
    told = {f.check: f.count for f in emobank.read_emobank(inputs).findings}
    assert told["input.individual_rating_off_scale"] == 2


def test_a_file_without_a_column_is_named(corpus: Make) -> None:
    with pytest.raises(SourceFormatError, match=r"emobank_readers.*lacks the columns \['D'\]"):
        emobank.read_emobank(corpus(readers="id,V,A\ne1,3,3\n"))


def test_real_means_are_those_of_the_ratings_that_are_counted(
    data_dir: Path, make_inputs: Make
) -> None:
    folder = data_dir / "emobank"
    inputs = make_inputs(
        emobank=folder / "emobank.csv",
        emobank_readers=folder / "individual_reader_ratings.csv",
        emobank_writers=folder / "individual_writer_ratings.csv",
    )
    reading = emobank.read_emobank(inputs)
    assert reading.texts.height == 10_062
    assert reading.rejects == ()
    assert "None" in reading.texts["text_raw"]
    assert {f.check: f.count for f in reading.findings} == {
        "input.individual_rating_all_lowest": 9_939
    }
    assert reading.labels.select("n_raters", "rater_sd").null_count().row(0) == (0, 0)
