"""What each type of expectation promises, in one line: for the documentation of suites."""

MEANINGS = {
    "expect_table_row_count_to_be_between": "The table has so many rows.",
    "expect_table_row_count_to_equal": "The table has exactly `value` rows.",
    "expect_column_values_to_not_be_null": "Every row has a value.",
    "expect_column_values_to_be_null": "No row has a value.",
    "expect_column_values_to_be_between": "Every value lies in the range.",
    "expect_column_values_to_be_in_set": "Every value is one of `value_set`.",
    "expect_column_values_to_not_be_in_set": "No value is one of `value_set`.",
    "expect_column_values_to_be_unique": "No value stands in two rows.",
    "expect_column_values_to_match_regex": "`regex` is found in every value.",
    "expect_column_values_to_not_match_regex": "`regex` is found in no value.",
    "expect_column_value_lengths_to_be_between": "Every text has so many characters.",
    "expect_column_value_lengths_to_equal": "Every text has exactly `value` characters.",
    "expect_column_values_to_be_increasing": (
        "In file order no value is below the one before it; with `strictly` each is above it."
    ),
    "expect_column_values_to_be_decreasing": (
        "In file order no value is above the one before it; with `strictly` each is below it."
    ),
    "expect_column_min_to_be_between": "The least value lies in the range.",
    "expect_column_max_to_be_between": "The greatest value lies in the range.",
    "expect_column_mean_to_be_between": "The mean lies in the range.",
    "expect_column_median_to_be_between": "The median lies in the range.",
    "expect_column_stdev_to_be_between": (
        "The standard deviation of a sample (n - 1) lies in the range; one value has none."
    ),
    "expect_column_sum_to_be_between": "The sum lies in the range.",
    "expect_column_quantile_values_to_be_between": "Each quantile lies in its range.",
    "expect_column_distinct_values_to_be_in_set": (
        "Every value is one of `value_set`; a failure says which there are."
    ),
    "expect_column_distinct_values_to_contain_set": "Every member of `value_set` is there.",
    "expect_column_distinct_values_to_equal_set": "The values are those of `value_set`, all of it.",
    "expect_column_most_common_value_to_be_in_set": (
        "The most common value is one of `value_set`; with `ties_okay` one of the most common is."
    ),
    "expect_column_unique_value_count_to_be_between": "There are so many different values.",
    "expect_column_proportion_of_unique_values_to_be_between": (
        "Different values by all values lie in the range; 1 where none repeats."
    ),
    "expect_column_proportion_of_non_null_values_to_be_between": (
        "The share of rows with a value lies in the range."
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": (
        "In every row A is above B; with `or_equal` not below it."
    ),
    "expect_column_pair_values_to_be_equal": "In every row A and B are equal.",
    "expect_column_pair_values_to_be_in_set": "In every row (A, B) is one of `value_pairs_set`.",
    "expect_compound_columns_to_be_unique": "No two rows have the same values in these columns.",
}
"""By the type's name, as `hueset.gate.expectation_types.KINDS` lists them."""
