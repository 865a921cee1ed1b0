import json
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.coverage import measure as coverage
from hueset.declaration import Dataset, Floors

FLOORS = Floors()


def numbers(**given: object) -> dict[str, object]:
    good = {
        "n": 6000,
        "distinct": 50,
        "sd": 0.25,
        "neutral_band_share": 0.2,
        "neutral_point_share": 0.01,
    }
    return {**good, **given}


@pytest.mark.parametrize(
    ("given", "verdict", "said"),
    [
        ({}, "trainable", "6,000 examples"),
        ({"n": 0}, "absent", "no example"),
        ({"n": 999}, "thin", "999 examples, floor 1,000"),
        ({"n": 4999}, "trainable", "below 5,000"),
        ({"distinct": 9}, "neutral", "9 distinct"),
        ({"sd": 0.09}, "neutral", "sd 0.090"),
        ({"sd": None, "distinct": 1}, "neutral", "no sd can be computed, floor 0.1"),
        ({"neutral_band_share": 0.88}, "neutral", "88% of labels in .4-.6"),
        ({"neutral_point_share": 0.31}, "neutral", "31% exactly at .5"),
    ],
)
def test_each_floor_gives_its_verdict_and_says_why(
    given: dict[str, object], verdict: str, said: str
) -> None:
    found = coverage.judge_labels(numbers(**given), FLOORS)
    assert found[0] == verdict
    assert said in found[1]


def dataset(**contract: object) -> Dataset:
    return Dataset.model_validate(
        {
            "name": "d",
            "version": "1.0.0",
            "title": "t",
            "summary": "s",
            "builder": "b",
            "licence": "CC0-1.0",
            "sources": {
                "s": {
                    "description": "d",
                    "licence": "CC0-1.0",
                    "citation": "nobody",
                    "mirror": "x",
                    "pin": {"unpinned": True},
                }
            },
            "tables": {
                "training": {
                    "description": "wide",
                    "key": ["id"],
                    "split": "split",
                    "columns": {
                        "id": {"type": "int64"},
                        "source": {"type": "string"},
                        "split": {"type": "string"},
                        "valence": {"type": "float64"},
                        "kind": {"type": "string"},
                    },
                },
                "labels": {
                    "description": "long",
                    "key": ["id", "dimension"],
                    "columns": {
                        "id": {"type": "int64"},
                        "dimension": {"type": "string"},
                        "label_kind": {"type": "string"},
                        "n_raters": {"type": "int32"},
                        "rater_sd": {"type": "float64"},
                        "z": {"type": "float64"},
                    },
                },
            },
            "coverage": contract,
        }
    )


NUMERIC = {
    "table": "training",
    "dimensions": "dims.yaml",
    "labels": "labels",
    "required": ["valence"],
}
DIMENSIONS = {"dims.yaml": [{"name": "valence"}, {"name": "warmth"}]}


def files(tmp_path: Path, values: list[float | None], kinds: list[str]) -> dict[str, list[Path]]:
    n = len(values)
    training = pa.table(
        {
            "id": list(range(n)),
            "source": ["a" if at % 2 else "b" for at in range(n)],
            "split": ["train"] * n,
            "valence": pa.array(values, pa.float64()),
            "kind": ["x"] * n,
        }
    )
    labels = pa.table(
        {
            "id": list(range(len(kinds))),
            "dimension": ["valence"] * len(kinds),
            "label_kind": kinds,
            "n_raters": pa.array([5] * len(kinds), pa.int32()),
            "rater_sd": [0.5] * len(kinds),
            "z": [0.0] * len(kinds),
        }
    )
    pq.write_table(training, tmp_path / "training.parquet")
    pq.write_table(labels, tmp_path / "labels.parquet")
    return {
        "training": [tmp_path / "training.parquet"],
        "labels": [tmp_path / "labels.parquet"],
    }


def test_nulls_are_no_examples_and_an_absent_dimension_counts_zero(tmp_path: Path) -> None:
    made = coverage.measure_coverage(
        dataset(numeric=NUMERIC), DIMENSIONS, files(tmp_path, [0.1, None, 0.9, 0.5], ["rating"] * 3)
    )
    valence, warmth = made["dimensions"]
    assert (valence["n"], valence["verdict"]) == (3, "thin")
    assert valence["by_source"]["a"]["n"] == 1
    assert valence["by_split"] == {"train": 3}
    assert sum(valence["histogram"]) == 3
    assert valence["label_kinds"] == {"rating": 3}
    assert (warmth["n"], warmth["verdict"], warmth["mean"]) == (0, "absent", None)
    json.dumps(made, allow_nan=False)


def test_labels_without_a_source_are_judged_apart_from_texts(tmp_path: Path) -> None:
    sources = [None, "null", "", "a", None]
    rows = {"id": range(5), "source": sources, "split": ["train"] * 5}
    rows |= {"valence": [0.5] * 5, "kind": ["r"] * 5}
    pq.write_table(pa.table({name: list(one) for name, one in rows.items()}), tmp_path / "t")
    numeric = {"table": "training", "dimensions": "dims.yaml", "source": "source"}
    made = coverage.measure_coverage(
        dataset(numeric=numeric), DIMENSIONS, {"training": [tmp_path / "t"]}
    )
    counts = {source: one["n"] for source, one in made["dimensions"][0]["by_source"].items()}
    assert counts == {"null": 2, '"null"': 1, "": 1, "a": 1}


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_verdict_rests_on_the_finite_labels_and_says_how_many_are_not(
    tmp_path: Path, odd: float
) -> None:
    floors = {"examples": 5, "examples_warn": 5, "distinct": 5}
    declared = dataset(numeric={**NUMERIC, "floors": floors})
    good = [at / 29 for at in range(30)]
    (plain, _), (valence, _) = (
        coverage.measure_coverage(declared, DIMENSIONS, files(tmp_path, values, ["rating"]))[
            "dimensions"
        ]
        for values in (good, [*good, odd])
    )
    assert (valence["verdict"], valence["n"], valence["not_finite"]) == ("trainable", 30, 1)
    assert valence["reason"] == "30 examples; 1 left out, NaN or infinite"
    measures = ("mean", "sd", "min", "max", "median", "histogram", "by_source", "by_split")
    assert {key: valence[key] for key in measures} == {key: plain[key] for key in measures}
    assert "not_finite" not in plain
    json.dumps(valence, allow_nan=False)


def test_labels_none_of_which_is_finite_are_no_example(tmp_path: Path) -> None:
    made = coverage.measure_coverage(
        dataset(numeric=NUMERIC), DIMENSIONS, files(tmp_path, [math.nan, math.inf], ["rating"])
    )
    valence = made["dimensions"][0]
    assert (valence["verdict"], valence["n"]) == ("absent", 0)
    assert valence["reason"] == "no example; 2 left out, NaN or infinite"


def test_a_number_drawn_from_labels_is_that_of_the_finite_ones(tmp_path: Path) -> None:
    tables = files(tmp_path, [0.1, 0.2, 0.3], ["rating"] * 3)
    labels = pq.read_table(tables["labels"][0])
    for name, values in {"rater_sd": [0.5, math.nan, 0.7], "z": [-1.0, 1.0, math.inf]}.items():
        labels = labels.set_column(labels.column_names.index(name), name, pa.array(values))
    pq.write_table(labels, tables["labels"][0])
    valence = coverage.measure_coverage(dataset(numeric=NUMERIC), DIMENSIONS, tables)["dimensions"][
        0
    ]
    assert valence["raters"]["mean_sd"] == pytest.approx(0.6)
    assert valence["z"]["sd"] == pytest.approx(2**0.5)


def test_a_required_dimension_that_is_absent_fails_and_another_only_warns(tmp_path: Path) -> None:
    declared = dataset(numeric=NUMERIC)
    made = coverage.measure_coverage(declared, DIMENSIONS, files(tmp_path, [None, None], []))
    verdicts = {f.check: f.verdict for f in coverage.coverage_findings(declared, made)}
    assert verdicts["coverage.required_dimension_absent"] == "fail"
    assert verdicts["coverage.absent"] == "warn"


def test_a_label_of_no_known_kind_fails(tmp_path: Path) -> None:
    declared = dataset(numeric=NUMERIC)
    made = coverage.measure_coverage(declared, DIMENSIONS, files(tmp_path, [0.1], ["synthetic"]))
    checks = {f.check: f.verdict for f in coverage.coverage_findings(declared, made)}
    assert checks["coverage.unknown_label_kind"] == "fail"


def test_a_declared_class_without_rows_is_reported_with_zero(tmp_path: Path) -> None:
    declared = dataset(
        classes=[
            {
                "name": "kinds",
                "table": "training",
                "column": "kind",
                "classes": ["x", "y"],
                "floor": 1,
            }
        ],
    )
    made = coverage.measure_coverage(declared, {}, files(tmp_path, [0.1], ["rating"]))
    assert [(c["class"], c["n"], c["verdict"]) for c in made["classes"][0]["classes"]] == [
        ("x", 1, "trainable"),
        ("y", 0, "absent"),
    ]


def test_a_class_outside_the_list_fails(tmp_path: Path) -> None:
    declared = dataset(
        classes=[{"name": "kinds", "table": "training", "column": "kind", "classes": ["y"]}]
    )
    made = coverage.measure_coverage(declared, {}, files(tmp_path, [0.1], ["rating"]))
    checks = {f.check: f.verdict for f in coverage.coverage_findings(declared, made)}
    assert checks["coverage.undeclared_class"] == "fail"


def test_presence_is_counted_by_group(tmp_path: Path) -> None:
    declared = dataset(
        presence=[
            {
                "name": "rated",
                "table": "training",
                "present": "valence IS NOT NULL",
                "by": "source",
                "floor": 0.9,
            }
        ],
    )
    made = coverage.measure_coverage(declared, {}, files(tmp_path, [0.1, None], ["rating"]))
    assert made["presence"][0] == {
        "name": "rated",
        "table": "training",
        "by": "source",
        "n": 2,
        "present": 1,
        "share": 0.5,
        "verdict": "thin",
        "groups": {"a": [0, 1], "b": [1, 1]},
    }
