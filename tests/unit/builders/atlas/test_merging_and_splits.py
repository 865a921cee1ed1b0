from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from hueset_builders.atlas.calibration import (
    compare_sources,
    contradicting_sources,
    rank_correlation,
)
from hueset_builders.atlas.colours import cie_lab, measure_colour
from hueset_builders.atlas.join import item_ids
from hueset_builders.atlas.mapping import LABELS
from hueset_builders.atlas.merging import merge_rows
from hueset_builders.atlas.source_rows import texts_frame as texts_of
from hueset_builders.atlas.splits import assign_splits
from hueset_builders.atlas.units import clean_texts

SHARES = {"split_salt": "s", "split_shares": {"train": 0.8, "validation": 0.1, "test": 0.1}}


def labelled(*rows: tuple[str, str, float, int | None]) -> pl.DataFrame:
    """Return labels of valence: source_id, kind, value, raters."""
    return pl.DataFrame(
        [
            {
                "source_id": key,
                "dimension": "valence",
                "mapping": "m",
                "label_kind": kind,
                "value_raw": value,
                "raw_min": 0.0,
                "raw_max": 1.0,
                "value": value,
                "n_raters": raters,
                "rater_sd": 0.1,
            }
            for key, kind, value, raters in rows
        ],
        schema=LABELS,
    )


def texts(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    schema = {"source_id": pl.String, "same": pl.String, "upstream_split": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_a_repeated_text_keeps_the_strictest_row_and_the_weighted_mean() -> None:
    merged = merge_rows(
        texts(("a", "x", "train"), ("b", "x", "test"), ("c", "y", None)),
        labelled(("a", "rating", 0.0, 1), ("b", "rating", 0.4, 3), ("c", "rating", 1.0, 2)),
        "s",
    )
    assert merged.texts["source_id"].sort().to_list() == ["b", "c"]
    told = {row["source_id"]: row for row in merged.labels.iter_rows(named=True)}
    assert told["b"]["value"] == pytest.approx(0.3)
    assert (told["b"]["n_raters"], told["b"]["rater_sd"]) == (4, None)
    assert (told["c"]["value"], told["c"]["rater_sd"]) == (1.0, 0.1)
    assert [(r.key, r.reason) for r in merged.rejects] == [("a", "duplicate_text")]


def test_tags_are_united_and_tags_of_both_poles_give_no_label() -> None:
    merged = merge_rows(
        texts(("a", "x", None), ("b", "x", None), ("c", "y", None), ("d", "y", None)),
        labelled(
            ("a", "tag", 1.0, None),
            ("b", "tag", 1.0, None),
            ("c", "tag", 0.0, None),
            ("d", "tag", 1.0, None),
        ),
        "s",
    )
    assert merged.labels.select("source_id", "value").rows() == [("a", 1.0)]
    assert [finding.count for finding in merged.findings] == [1]


def assigned(*rows: tuple[str, bool, str | None, list[str]]) -> dict[str, dict[str, Any]]:
    schema = {
        "example_id": pl.String,
        "inherited": pl.Boolean,
        "upstream_split": pl.String,
        "nodes": pl.List(pl.String),
    }
    found = assign_splits(pl.DataFrame(rows, schema=schema, orient="row"), SHARES)
    return {row["example_id"]: row for row in found.iter_rows(named=True)}


def test_kin_goes_together_to_the_split_of_the_version_before_the_strictest() -> None:
    found = assigned(
        ("v", True, "train", ["t1"]),
        ("a", False, "test", ["t1"]),
        ("b", False, "validation", ["t2", "s1"]),
        ("c", False, "test", ["s1"]),
        ("d", False, None, ["t2"]),
        ("e", False, None, ["t9"]),
        ("f", False, None, ["t9"]),
    )
    assert (found["v"]["split"], found["a"]["split"], found["a"]["moved"]) == (
        "train",
        "train",
        True,
    )
    assert {found[one]["split"] for one in "bcd"} == {"test"}
    assert len({found[one]["group_id"] for one in "bcd"}) == 1
    assert found["e"]["split"] == found["f"]["split"]
    assert not found["e"]["moved"]


def test_rank_correlation_is_that_of_scipy() -> None:
    from scipy.stats import spearmanr

    left, right = [1.0, 2.0, 2.0, 4.0, 9.0], [3.0, 1.0, 5.0, 5.0, 7.0]
    assert rank_correlation(left, right) == pytest.approx(spearmanr(left, right).statistic)
    assert rank_correlation([1.0, 1.0], [1.0, 2.0]) is None


def test_sources_are_compared_on_the_texts_they_share_alone() -> None:
    rows = pl.DataFrame(
        {
            "dimension": ["valence"] * 7,
            "source": ["a"] * 3 + ["b"] * 3 + ["c"],
            "label_kind": ["rating"] * 7,
            "item": ["1", "2", "3", "1", "2", None, "9"],
            "value": [0.1, 0.3, 0.9, 0.3, 0.5, 0.5, 0.5],
            "licences": [["MIT"]] * 3 + [["CC-BY-4.0", "MIT"]] * 3 + [["CC0-1.0"]],
        }
    )
    (found,) = compare_sources(rows, 2).iter_rows(named=True)
    assert (found["source_a"], found["source_b"], found["shared"]) == ("a", "b", 2)
    assert found["licences"] == ["CC-BY-4.0", "MIT"]
    assert found["shift"] == pytest.approx(0.2)
    assert found["spearman"] == pytest.approx(1.0)
    assert compare_sources(rows, 3)["spearman"].to_list() == [None]


def test_colours_are_those_of_the_standard() -> None:
    assert cie_lab(1.0, 0.0, 0.0) == pytest.approx((53.24, 80.09, 67.20), abs=0.01)
    assert cie_lab(0.0, 0.0, 1.0) == pytest.approx((32.30, 79.19, -107.86), abs=0.01)
    red = measure_colour("#ff0000")
    assert red["hue_deg"] == 0.0
    # Chroma 104.55 at 40.0 degrees, put into the published formula by hand.
    assert red["warm_cool"] == pytest.approx(2.354, abs=0.01)
    assert measure_colour("#0000ff")["warm_cool"] < 0
    assert "hue_deg" not in measure_colour("#808080")
    assert measure_colour("#ffffff")["lightness"] <= 100.0


def test_a_tag_has_no_scale_and_one_that_goes_against_the_ratings_is_told() -> None:
    def labels(rated_low: int) -> pl.DataFrame:
        texts = [f"t{at}" for at in range(60)]
        rated = [0.2 if at < rated_low else 0.8 for at in range(60)]
        return pl.DataFrame(
            {
                "dimension": "abstraction",
                "source": ["norms"] * 60 + ["museum"] * 30,
                "label_kind": ["rating"] * 60 + ["tag"] * 30,
                "item": texts + texts[:30],
                "value": rated + [1.0] * 30,
                "licences": [["CC0-1.0"]] * 90,
            }
        )

    found = compare_sources(labels(30), 5)
    (row,) = found.iter_rows(named=True)
    assert (row["shift"], row["sd_ratio"], row["spearman"], row["by_chance"]) == (None,) * 4
    assert (row["mean_b"], row["whole_mean_b"]) == (pytest.approx(0.2), pytest.approx(0.5))
    (told,) = contradicting_sources(found)
    assert "30 texts that museum tags high have mean 0.20 in norms, whose whole mean is 0.50" in (
        told.message
    )
    turned = labels(30).with_columns(
        value=pl.when(source="norms").then(1.0 - pl.col("value")).otherwise("value")
    )
    assert list(contradicting_sources(compare_sources(turned, 5))) == []


def test_sources_that_order_texts_the_other_way_round_are_told_only_beyond_chance() -> None:
    def pair(n: int) -> pl.DataFrame:
        values = [at / n for at in range(n)]
        return pl.DataFrame(
            {
                "dimension": "valence",
                "source": ["a"] * n + ["b"] * n,
                "label_kind": "rating",
                "item": [f"t{at}" for at in range(n)] * 2,
                "value": values + values[::-1],
                "licences": [["CC0-1.0"]] * (2 * n),
            }
        )

    (told,) = contradicting_sources(compare_sources(pair(30), 5))
    assert "a and b order 30 shared texts the other way round (rank correlation -1.00)" in (
        told.message
    )
    assert compare_sources(pair(30), 5)["by_chance"].item() == pytest.approx(1.96 / 29**0.5)
    assert list(contradicting_sources(compare_sources(pair(29), 5))) == []


def test_a_word_is_the_item_that_people_rated_as_it_is_written() -> None:
    rows = pl.DataFrame(
        {
            "source_id": ["AIDS", "aids", "Tree"],
            "text_raw": ["AIDS", "aids", "Tree"],
            "upstream_split": None,
        },
        schema_overrides={"upstream_split": pl.String},
    )
    words = clean_texts(texts_of(rows, source="norms", unit="word", licence="MIT"))
    titles = clean_texts(texts_of(rows, source="museum", unit="title", licence="MIT"))

    assert words["same"].n_unique() == 3
    assert titles["same"].n_unique() == 2  # a title is the same text in capitals
    assert words["nodes"].to_list()[0] == words["nodes"].to_list()[1]  # and they share a split

    compared = item_ids(
        pl.concat([words, titles]).with_columns(
            example_id=pl.format("{} {}", "source", "source_id")
        )
    )
    found = dict(compared.rows())
    assert found["norms AIDS"] == found["museum AIDS"] != found["norms aids"]
    assert found["norms Tree"] == found["museum Tree"]
