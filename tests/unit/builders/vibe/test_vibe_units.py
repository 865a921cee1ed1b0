from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from hueset.builder import Batch, Inputs
from hueset.errors import SourceMissingError
from hueset_builders.vibe import build as vibe
from tests.support.vibe_corpora import build_units

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Inputs]


def test_there_is_one_unit_per_corpus_in_the_form_that_is_there(
    tiny: dict[str, Path], make_inputs: Make
) -> None:
    units = vibe.plan_units(make_inputs(**tiny))
    assert [unit.key for unit in units] == ["emobank", "goemotions", "imdb"]
    assert [name for name, _ in units[0].inputs] == [
        "emobank",
        "emobank_readers",
        "emobank_writers",
    ]
    folder = {**tiny, "imdb_folder": tiny["imdb"] / "aclImdb"}
    del folder["imdb"]
    units = vibe.plan_units(make_inputs(**folder))
    assert units[2].payload == {"form": "imdb_folder"}


def test_a_corpus_in_no_form_is_named(tiny: dict[str, Path], make_inputs: Make) -> None:
    del tiny["goemotions"]
    with pytest.raises(SourceMissingError, match="goemotions: none of goemotions, goemotions_raw"):
        vibe.plan_units(make_inputs(**tiny))


def test_text_is_cleaned_and_the_published_one_kept(
    tiny: dict[str, Path], make_inputs: Make
) -> None:
    rows = build_units(make_inputs(**tiny)).rows("_examples")
    review = rows["train/pos/0_9.txt"]
    assert review["text"] == "Great! I say [SCORE]."
    assert review["text_raw"] == "Great!<br /><br />I say 8/10."
    assert review["flags"] == ["line_breaks", "score_masked"]
    assert rows["train/neg/0_1.txt"]["text"] == "Bad… very bad"
    assert rows["train/neg/0_1.txt"]["flags"] == ["control_characters"]


def test_scores_are_masked_only_where_they_are_the_label(
    tiny: dict[str, Path], make_inputs: Make
) -> None:
    rows = build_units(make_inputs(**tiny)).rows("_examples")
    assert rows["g7"]["text"] == "Fine, 9/10"
    assert rows["g7"]["flags"] == []


def test_example_ids_tell_no_stars_and_depend_on_nothing_else(
    tiny: dict[str, Path], make_inputs: Make
) -> None:
    first = build_units(make_inputs(**tiny)).rows("_examples")
    (tiny["imdb"] / "aclImdb/train/pos/1_7.txt").unlink()
    second = build_units(make_inputs(**tiny)).rows("_examples")
    key = "train/pos/0_9.txt"
    assert first[key]["example_id"] == second[key]["example_id"] == "imdb-f8487c79c1e6d152"


def test_the_licence_is_that_of_the_source(tiny: dict[str, Path], make_inputs: Make) -> None:
    rows = build_units(make_inputs(**tiny)).rows("_examples")
    assert {rows[key]["licence"] for key in ("e1", "g1", "test/neg/0_4.txt")} == {
        "CC-BY-SA-4.0",
        "CC-BY-4.0",
        "unstated",
    }


def test_the_order_of_the_source_does_not_matter(tiny: dict[str, Path], make_inputs: Make) -> None:
    before = build_units(make_inputs(**tiny))
    means = tiny["emobank"].read_text().splitlines()
    tiny["emobank"].write_text("\n".join([means[0], *reversed(means[1:]), ""]))
    after = build_units(make_inputs(**tiny))
    for table in ("_examples", "_labels", "_classes"):
        assert before.scan(table).collect().equals(after.scan(table).collect())


def test_every_unit_gives_every_table_so_that_each_has_a_schema(
    tiny: dict[str, Path], make_inputs: Make
) -> None:
    inputs = make_inputs(**tiny)
    for unit in vibe.plan_units(inputs):
        batches = [b for b in vibe.build_unit(unit, inputs) if isinstance(b, Batch)]
        assert [b.table for b in batches] == ["_examples", "_labels", "_classes"]
