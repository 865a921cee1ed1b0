from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl
import pytest

from hueset.builder import Inputs
from hueset.declaration.column_types import arrow_schema
from hueset.tables.conformance import conform_rows
from hueset_builders.vibe.join import pivot_labels, scale_labels, standardise_labels
from tests.support.vibe_corpora import Made, build

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Inputs]


@pytest.fixture
def finished(tiny: dict[str, Path], make_inputs: Make) -> Made:
    return build(make_inputs(**tiny))[1]


def value(finished: Made, source_id: str, dimension: str) -> float | None:
    example = finished.rows("examples")[source_id]["example_id"]
    found: float | None = finished.rows("training", "example_id")[example][dimension]
    return found


def test_values_are_linear_from_pole_to_pole(finished: Made) -> None:
    assert value(finished, "e2", "valence") == 0.75
    assert value(finished, "e2", "arousal") == 0.25
    assert value(finished, "test/neg/0_4.txt", "valence") == pytest.approx(3 / 9)
    assert value(finished, "g1", "valence") == pytest.approx((8.21 - 1) / 8)


def test_what_nobody_labelled_is_null_and_never_a_middle_value(finished: Made) -> None:
    assert value(finished, "g2", "valence") is None
    assert value(finished, "test/neg/0_4.txt", "arousal") is None
    rows = finished.scan("training").collect()
    filled = [name for name in rows.columns[4:-1] if rows[name].null_count() < rows.height]
    assert filled == ["valence", "arousal"]
    assert len(rows.columns[4:-1]) == 22
    assert set(rows.select(rows.columns[4:-1]).dtypes) == {pl.Float64}


def test_dominance_is_kept_in_labels_alone(finished: Made) -> None:
    assert "dominance" in finished.scan("labels").collect()["dimension"]
    assert "dominance" not in finished.scan("training").collect().columns


def test_training_has_one_row_per_example_with_its_text_and_split(finished: Made) -> None:
    shared = ["example_id", "text", "source", "split"]
    left = finished.scan("examples").select(shared).collect()
    assert left.equals(finished.scan("training").select(shared).collect())


def test_equal_texts_of_two_sources_stay_apart_but_share_group_and_split(finished: Made) -> None:
    rows = finished.rows("examples")
    sentence, comment = rows["e3"], rows["g5"]
    assert sentence["group_id"] == comment["group_id"]
    assert sentence["split"] == comment["split"] == "test"
    assert comment["flags"] == ["shared_text", "split_moved"]
    assert "shared_text" in sentence["flags"]
    assert value(finished, "e3", "valence") != value(finished, "g5", "valence")
    told = finished.finding("input.text_in_two_sources")
    assert (told.count, told.verdict) == (1, "warn")


def test_z_has_mean_zero_and_deviation_one_within_source_and_dimension(finished: Made) -> None:
    moments = (
        finished.scan("labels")
        .group_by("source", "dimension")
        .agg(pl.col("z").mean().alias("mean"), pl.col("z").std(ddof=0).alias("sd"), pl.len())
        .collect()
    )
    for row in moments.filter(pl.col("sd").is_not_null()).iter_rows(named=True):
        assert row["mean"] == pytest.approx(0, abs=1e-12)
        assert row["sd"] == pytest.approx(1)
    assert moments.filter(pl.col("sd").is_null())["dimension"].to_list() == ["dominance"]


def test_z_does_not_depend_on_the_order_of_rows() -> None:
    numbers = [1e16, 1.0, -1e16, 3.0]
    rows = pl.DataFrame({"source": "s", "dimension": "d", "value": numbers, "n": range(4)})
    forward = standardise_labels(rows).sort("n")
    backward = standardise_labels(rows.reverse()).sort("n")
    assert forward.equals(backward)


@pytest.mark.parametrize(("sd", "agreement"), [(0.0, 1.0), (2.0, 0.0), (1.0, 0.75), (None, None)])
def test_agreement_is_one_for_equal_ratings_and_zero_for_both_ends(
    sd: float | None, agreement: float | None
) -> None:
    schema = dict.fromkeys(("value_raw", "raw_min", "raw_max", "rater_sd"), pl.Float64)
    rows = pl.DataFrame([(3.0, 1.0, 5.0, sd)], schema=schema, orient="row")
    assert scale_labels(rows)["agreement"].to_list() == [agreement]


def test_a_wide_row_has_every_dimension() -> None:
    rows = pl.DataFrame(
        {
            "example_id": ["a", "a", "b"],
            "dimension": ["v", "x", "v"],
            "value": [0.1, 0.2, 0.3],
            "licences": [["MIT"], ["CC-BY-4.0"], ["MIT", "CC0-1.0"]],
        }
    )
    found = pivot_labels(rows, ["v", "w"]).sort("example_id")
    # the licence of a label that does not stand in the row is none of the row's
    assert found.rows() == [("a", 0.1, None, ["MIT"]), ("b", 0.3, None, ["CC0-1.0", "MIT"])]


def test_a_label_computed_of_norms_carries_the_licence_of_text_and_norms(finished: Made) -> None:
    kinds = finished.scan("labels").select("label_kind", "licences").unique().collect()
    found = dict(kinds.rows())
    assert found["class_norm"] == ["CC-BY-4.0", "CC-BY-NC-ND-3.0"]
    assert found["rating"] == ["CC-BY-SA-4.0"]
    assert found["stars"] == ["unstated"]
    examples, training = finished.rows("examples"), finished.rows("training", "example_id")
    with_norms, neutral = (training[examples[key]["example_id"]] for key in ("g1", "g2"))
    assert with_norms["licences"] == ["CC-BY-4.0", "CC-BY-NC-ND-3.0"]
    assert neutral["licences"] == ["CC-BY-4.0"]


@pytest.mark.parametrize("table", ["labels", "classes"])
def test_what_is_said_of_an_example_lies_in_its_split(finished: Made, table: str) -> None:
    splits = finished.scan("examples").select("example_id", own="split")
    rows = finished.scan(table).join(splits, on="example_id").collect()
    assert rows.height == finished.scan(table).collect().height
    assert rows["split"].to_list() == rows["own"].to_list()
    assert "test" in rows["split"]


def test_rows_have_exactly_the_declared_columns(tiny: dict[str, Path], make_inputs: Make) -> None:
    inputs = make_inputs(**tiny)
    finished = build(inputs)[1]
    for name, table in inputs.dataset.tables.items():
        for rows in finished.batches[name]:
            conform_rows(rows, arrow_schema(table), where=name)
