"""A clean frame, a faulty one, and one expectation of every type that a suite may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SPLITS = ["train", "validation", "test"]
PROMISES: list[tuple[str, dict[str, Any]]] = [
    ("expect_table_row_count_to_be_between", {"min_value": 200}),
    ("expect_table_row_count_to_equal", {"value": 200}),
    ("expect_column_values_to_not_be_null", {"column": "id"}),
    ("expect_column_values_to_not_be_null", {"column": "bytes"}),
    ("expect_column_values_to_be_null", {"column": "empty"}),
    ("expect_column_values_to_be_between", {"column": "value", "min_value": 0, "max_value": 1}),
    ("expect_column_values_to_be_between", {"column": "small", "min_value": 0, "max_value": 0.9}),
    ("expect_column_values_to_be_between", {"column": "n", "min_value": 1, "max_value": 12}),
    (
        "expect_column_values_to_be_between",
        {"column": "count16", "min_value": 0, "strict_min": True, "mostly": 0.9},
    ),
    ("expect_column_values_to_be_in_set", {"column": "split", "value_set": SPLITS}),
    ("expect_column_values_to_be_in_set", {"column": "flag", "value_set": [False]}),
    ("expect_column_values_to_be_in_set", {"column": "n", "value_set": list(range(1, 13))}),
    ("expect_column_values_to_not_be_in_set", {"column": "text", "value_set": ["None", ""]}),
    ("expect_column_values_to_be_unique", {"column": "id"}),
    ("expect_column_values_to_match_regex", {"column": "id", "regex": r"^c\d{4}$"}),
    ("expect_column_values_to_not_match_regex", {"column": "text", "regex": r"<br\s*/?>"}),
    (
        "expect_column_value_lengths_to_be_between",
        {"column": "text", "min_value": 5, "max_value": 100},
    ),
    ("expect_column_value_lengths_to_equal", {"column": "id", "value": 5}),
    ("expect_column_values_to_be_increasing", {"column": "start_s", "strictly": True}),
    ("expect_column_values_to_be_decreasing", {"column": "left_s"}),
    ("expect_column_min_to_be_between", {"column": "value", "min_value": 0, "max_value": 0.1}),
    ("expect_column_max_to_be_between", {"column": "n", "min_value": 10, "max_value": 12}),
    ("expect_column_mean_to_be_between", {"column": "value", "min_value": 0.4, "max_value": 0.6}),
    ("expect_column_mean_to_be_between", {"column": "n", "min_value": 5, "max_value": 8}),
    ("expect_column_median_to_be_between", {"column": "value", "min_value": 0.4, "max_value": 0.6}),
    ("expect_column_stdev_to_be_between", {"column": "value", "min_value": 0.2, "max_value": 0.4}),
    ("expect_column_sum_to_be_between", {"column": "count16", "min_value": 200, "max_value": 9999}),
    (
        "expect_column_quantile_values_to_be_between",
        {
            "column": "value",
            "quantile_ranges": {"quantiles": [0.1, 0.9], "value_ranges": [[0, 0.3], [0.7, 1]]},
        },
    ),
    ("expect_column_distinct_values_to_be_in_set", {"column": "split", "value_set": SPLITS}),
    ("expect_column_distinct_values_to_contain_set", {"column": "split", "value_set": SPLITS[:2]}),
    ("expect_column_distinct_values_to_equal_set", {"column": "split", "value_set": SPLITS}),
    ("expect_column_most_common_value_to_be_in_set", {"column": "split", "value_set": ["train"]}),
    (
        "expect_column_unique_value_count_to_be_between",
        {"column": "split", "min_value": 3, "max_value": 3},
    ),
    (
        "expect_column_proportion_of_unique_values_to_be_between",
        {"column": "id", "min_value": 1, "max_value": 1},
    ),
    (
        "expect_column_proportion_of_non_null_values_to_be_between",
        {"column": "n", "min_value": 0.5},
    ),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "end_s", "column_B": "start_s", "or_equal": True},
    ),
    (
        "expect_column_pair_values_to_be_equal",
        {"column_A": "value", "column_B": "copy", "ignore_row_if": "either_value_is_missing"},
    ),
    (
        "expect_column_pair_values_to_be_in_set",
        {
            "column_A": "split",
            "column_B": "flag",
            "value_pairs_set": [[split, False] for split in SPLITS],
        },
    ),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "split"]}),
]


def clean_frame() -> pd.DataFrame:
    """Return 200 rows of which every promise above holds."""
    import numpy as np
    import pandas as pd

    rows = np.arange(200)
    value = (rows * 37 % 200) / 199
    return pd.DataFrame(
        {
            "id": [f"c{at:04d}" for at in rows],
            "text": [f"a text with number {at}" for at in rows],
            "split": ["train", "validation", "test", "train"] * 50,
            "flag": np.zeros(200, dtype=bool),
            "value": value,
            "copy": value,
            "small": (rows % 10 / 10).astype("float32"),
            "n": pd.array([None, *(at % 12 + 1 for at in range(199))], dtype="Int64"),
            "count16": (rows % 30 + 1).astype("int16"),
            "start_s": rows * 0.5,
            "end_s": rows * 0.5 + 0.25,
            "left_s": 100 - rows * 0.5,
            "empty": pd.Series([None] * 200, dtype="str"),
            "bytes": pd.array([True] * 200, dtype="boolean"),
        }
    )


def faulty_frame() -> pd.DataFrame:
    """Return 199 rows of which almost every promise above is broken somewhere."""
    import numpy as np
    import pandas as pd

    frame = clean_frame().iloc[:199].copy()
    frame.loc[3, "id"] = "c0004"
    frame.loc[5, "id"] = None
    frame.loc[6, "id"] = "{odd"
    frame.loc[7, ["text", "split"]] = ["None", "dev"]
    frame.loc[8, "text"] = "a<br />b"
    frame.loc[9, "text"] = None
    frame.loc[20:, "split"] = "test"
    frame.loc[10, "flag"] = True
    frame["value"] = frame["value"] ** 9
    frame.loc[11, "value"] = np.inf
    frame.loc[12, "value"] = -0.5
    frame.loc[13, "value"] = np.nan
    frame.loc[14, "small"] = np.float32(0.95)
    frame["n"] = pd.array([None] * 150 + [40] * 49, dtype="Int64")
    frame["count16"] = np.zeros(199, dtype="int16")
    frame.loc[15, "start_s"] = 0.0
    frame.loc[16, "end_s"] = -1.0
    frame.loc[17, "left_s"] = 1e6
    frame.loc[18, "empty"] = "not empty"
    frame.loc[19, "bytes"] = pd.NA
    return frame
