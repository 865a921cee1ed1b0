from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hueset.errors import DeclarationError
from hueset.gate.suite import load_suite, load_suites
from tests.unit.gate.album import COLUMNS, dataset

if TYPE_CHECKING:
    from pathlib import Path

NOT_IN_SET = "expect_column_values_to_not_be_in_set"
IN_SET = "expect_column_values_to_be_in_set"
NOT_NULL = "expect_column_values_to_not_be_null"
GOOD = """\
table: pieces
min_rows: 10
expectations:
  - id: value_range
    type: expect_column_values_to_be_between
    kwargs: {column: value, min_value: 0, max_value: 1}
    severity: critical
    why: values are shares
    min_nonnull: 5
  - id: kinds
    type: expect_column_values_to_be_in_set
    kwargs: {column: kind, value_set: [song, speech]}
    severity: warning
    why: two kinds are known
"""


def write(folder: Path, text: str, name: str = "pieces.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_suite_is_loaded(tmp_path: Path) -> None:
    write(tmp_path, GOOD)

    (suite,) = load_suites(dataset(), tmp_path)

    assert suite.table == "pieces"
    assert suite.min_rows == 10
    assert suite.columns == ("kind", "value")
    assert [one.id for one in suite.expectations] == ["value_range", "kinds"]
    assert suite.expectations[0].min_nonnull == 5


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "hint"),
    [
        (
            "expect_column_values_to_be_between",
            "expect_column_value_to_be_between",
            4,
            "unknown expectation type 'expect_column_value_to_be_between'",
            "did you mean 'expect_column_values_to_be_between'?",
        ),
        (
            "severity: critical",
            "severity: Critical",
            4,
            "unknown severity 'Critical'",
            "did you mean 'critical'?",
        ),
        ("column: value,", "column: valeu,", 6, "unknown column 'valeu'", "did you mean 'value'?"),
        ("min_value: 0", "min_valu: 0", 6, "unknown argument", "did you mean 'min_value'?"),
        ("    why: values are shares\n", "", 4, "why: the key is missing", None),
        ("min_nonnull", "min_nonull", 9, "unknown key 'min_nonull'", "did you mean 'min_nonnull'?"),
        ("id: kinds", "id: value_range", 10, "given twice", "unique"),
        ("value_set: [song, speech]", "value_set: []", 12, "not a list with values", None),
        ("value_set: [song, speech]", "value_set: [song, no]", 12, "holds False", "quote it"),
        ("column: kind,", "", 10, "needs the argument 'column'", None),
        ("column: kind,", "column: [kind],", 12, "not a name of a column", None),
        ("column: kind, value_set", "column: kind, mostly: 0, value_set", 12, "mostly is 0", None),
        ("min_value: 0, max_value: 1", "strict_min: true", 4, "promises nothing", None),
        ("min_nonnull: 5", "min_nonnull: 5\n    may_be_empty: true", 4, "asks for values", "leave"),
        (
            "column: kind, value_set: [song, speech]}",
            "column: split, value_set: [song]}\n    may_be_empty: true",
            10,
            "split is declared `nullable: false`",
            "leave",
        ),
        (
            f"{IN_SET}\n    kwargs: {{column: kind, value_set: [song, speech]}}",
            f"{NOT_NULL}\n    kwargs: {{column: kind}}\n    may_be_empty: true",
            10,
            "it promises that there are values",
            "leave",
        ),
        (
            "column: value, min_value: 0, max_value: 1",
            "column: sound, min_value: 0",
            6,
            "sound is of audio, bytes",
            "null or not null",
        ),
    ],
)
def test_a_fault_names_file_line_expectation_and_the_nearest_word(
    tmp_path: Path, old: str, new: str, line: int, says: str, hint: str | None
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))

    with pytest.raises(DeclarationError) as caught:
        load_suite(dataset(), path)

    assert f"{path}:{line}: " in caught.value.message
    assert says in caught.value.message
    assert ("value_range" if line < 10 else "kinds") in caught.value.message or "twice" in says
    assert (hint or "") in (caught.value.hint or "")


QUANTILES = "expect_column_quantile_values_to_be_between"
EQUAL = "expect_column_pair_values_to_be_equal"
PAIRS = "expect_column_pair_values_to_be_in_set"


@pytest.mark.parametrize(
    ("kind", "kwargs", "says"),
    [
        (
            QUANTILES,
            "column: value, quantile_ranges: {quantiles: [0.5], value_ranges: []}",
            "not a",
        ),
        (QUANTILES, "column: value, quantile_ranges: {quantiles: [], value_ranges: []}", "not a"),
        (
            QUANTILES,
            "column: value, quantile_ranges: {quantile: [0.5], value_ranges: [[0, 1]]}",
            "unknown key of quantile_ranges 'quantile'",
        ),
        (
            QUANTILES,
            "column: value, quantile_ranges: {quantiles: [0.1, 0.9], value_ranges: [[0, 1]]}",
            "2 quantiles, and 1 value_ranges",
        ),
        (
            QUANTILES,
            "column: value, quantile_ranges: {quantiles: [5], value_ranges: [[0, 1]]}",
            "5",
        ),
        (
            QUANTILES,
            "column: value, quantile_ranges: {quantiles: [0.5], value_ranges: [[1, 0]]}",
            "nothing lies between",
        ),
        (
            QUANTILES,
            "column: value, allow_relative_error: true, "
            "quantile_ranges: {quantiles: [0.5], value_ranges: [[0, 1]]}",
            "unknown allow_relative_error 'True'",
        ),
        (
            EQUAL,
            "column_A: value, column_B: count, ignore_row_if: never",
            "unknown value of ignore",
        ),
        (EQUAL, "column_A: value, column_B: kind", "value (float) and kind (text) cannot be"),
        (PAIRS, "column_A: kind, column_B: key, value_pairs_set: [song]", "not a pair"),
        (PAIRS, "column_A: kind, column_B: key, value_pairs_set: [[song, 1]]", "holds 1"),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            "column_A: value, column_B: count, or_equal: maybe",
            "or_equal is 'maybe', not true or false",
        ),
        (
            "expect_compound_columns_to_be_unique",
            "column_list: [key, value], ignore_row_if: neither",
            "unknown value of ignore_row_if 'neither'",
        ),
        ("expect_compound_columns_to_be_unique", "column_list: [key, key]", "'key' twice"),
        (
            "expect_column_values_to_be_between",
            "column: value, min_value: 0, strict_min: 'yes'",
            "strict_min is 'yes'",
        ),
        (
            "expect_column_values_to_be_between",
            "column: value, min_value: 0, strict_max: true",
            "says nothing without max_value",
        ),
        ("expect_column_min_to_be_between", "column: key, min_value: b, max_value: a", "nothing"),
        (
            "expect_column_min_to_be_between",
            "column: day, min_value: 2020-01-02, max_value: 2020-01-01",
            "nothing lies between",
        ),
        ("expect_column_max_to_be_between", "column: day, max_value: 7", "no date32 can be"),
        ("expect_column_max_to_be_between", "column: day, max_value: 2020-13-01", "2020-13-01"),
        ("expect_column_mean_to_be_between", "column: kind, min_value: 0", "the kind text"),
        ("expect_column_values_to_be_between", "column: mood, min_value: 0", "the kind class"),
        ("expect_column_max_to_be_between", f"column: value, max_value: {10**400}", "no float64"),
        (EQUAL, "column_A: value, column_B: count, ignore_row_if: [never]", "unknown value of"),
        (IN_SET, "column: mood, value_set: [low, hihg]", "unknown class 'hihg'"),
        (IN_SET, "column: mood, value_set: [0, 1]", "by its name, not by its id"),
        (IN_SET, "column: count, value_set: [1.5]", "holds 1.5, which no int32 can be"),
        (IN_SET, "column: count, value_set: [3000000000]", "which no int32 can be"),
        (IN_SET, "column: kind, value_set: [[song]]", "which no string can be"),
        (IN_SET, "column: kind, value_set: [null]", "which no string can be"),
        ("expect_column_value_lengths_to_equal", "column: kind, value: 2.5", "value is 2.5"),
        (
            "expect_column_unique_value_count_to_be_between",
            "column: kind, min_value: 0.5",
            "min_value is 0.5, not a whole number",
        ),
        ("expect_table_row_count_to_equal", "value: '3'", "not a whole number"),
        (
            "expect_column_proportion_of_unique_values_to_be_between",
            "column: kind, min_value: 50",
            "not a number from 0 to 1",
        ),
        (
            "expect_column_values_to_match_regex",
            "column: kind, regex: [a, b]",
            "regex ['a', 'b'] is not valid",
        ),
        (
            "expect_column_min_to_be_between",
            "column: value, min_value: 0, parse_strings_as_datetimes: true",
            "unknown argument",
        ),
        ("expect_column_value_z_scores_to_be_less_than", "column: value", "unknown expectation"),
        ("expect_compound_columns_to_be_unique", "column_list: [key]", "names one column: 'key'"),
        (EQUAL, "column_A: value, column_B: value", "both 'value'"),
        (
            NOT_IN_SET,
            "column: mood, value_set: [low, high]",
            "every value that the column can have",
        ),
    ],
)
def test_an_argument_that_the_library_does_not_mean_is_refused_with_file_and_line(
    tmp_path: Path, kind: str, kwargs: str, says: str
) -> None:
    text = GOOD.replace("expect_column_values_to_be_between", kind, 1)
    text = text.replace("column: value, min_value: 0, max_value: 1", kwargs, 1)
    path = write(tmp_path, text)
    with_a_day = dataset(table={"columns": {**COLUMNS, "day": {"type": "date32"}}})

    with pytest.raises(DeclarationError) as caught:
        load_suite(with_a_day, path)

    assert caught.value.message.startswith((f"{path}:4: ", f"{path}:6: "))
    assert "value_range" in caught.value.message or "2020-13-01" in says
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_table_row_count_to_be_between", "max_value: 0"),
        (
            "expect_table_row_count_to_be_between",
            "min_value: 3, max_value: 4, strict_min: true, strict_max: true",
        ),
        ("expect_table_row_count_to_equal", "value: 0"),
        ("expect_column_values_to_be_between", "column: count, min_value: 3000000000"),
        ("expect_column_values_to_be_between", "column: count, min_value: 0.2, max_value: 0.8"),
        (
            "expect_column_value_lengths_to_be_between",
            "column: key, max_value: 0, strict_max: true",
        ),
        (
            "expect_column_min_to_be_between",
            "column: count, min_value: 2147483647, strict_min: true",
        ),
        ("expect_column_max_to_be_between", "column: count, max_value: -3000000000"),
        ("expect_column_mean_to_be_between", "column: count, max_value: -3000000000.5"),
        ("expect_column_median_to_be_between", "column: count, min_value: 3000000000"),
        ("expect_column_stdev_to_be_between", "column: value, max_value: -1"),
        ("expect_column_stdev_to_be_between", "column: value, min_value: -1, max_value: 1"),
        ("expect_column_stdev_to_be_between", "column: value, max_value: 0, strict_max: true"),
        ("expect_column_stdev_to_be_between", "column: count, min_value: 4000000000"),
        ("expect_column_sum_to_be_between", "column: count, min_value: 0.5, max_value: 0.75"),
        ("expect_column_unique_value_count_to_be_between", "column: mood, min_value: 3"),
        ("expect_column_unique_value_count_to_be_between", "column: kind, max_value: 0"),
        ("expect_column_proportion_of_unique_values_to_be_between", "column: kind, max_value: 0"),
        (
            "expect_column_proportion_of_unique_values_to_be_between",
            "column: kind, min_value: 1, strict_min: true",
        ),
        (
            "expect_column_proportion_of_non_null_values_to_be_between",
            "column: kind, max_value: 0, strict_max: true",
        ),
        (
            QUANTILES,
            "column: count, "
            "quantile_ranges: {quantiles: [0.5], value_ranges: [[3000000000, 4000000000]]}",
        ),
    ],
)
def test_a_range_in_which_nothing_can_lie_is_refused(
    tmp_path: Path, kind: str, kwargs: str
) -> None:
    text = GOOD.replace("expect_column_values_to_be_between", kind, 1)
    path = write(tmp_path, text.replace("column: value, min_value: 0, max_value: 1", kwargs, 1))

    with pytest.raises(DeclarationError) as caught:
        load_suite(dataset(), path)

    assert caught.value.message.startswith(f"{path}:6: expectation 'value_range': ")
    assert len(caught.value.message.splitlines()) == 1
    assert caught.value.hint


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_table_row_count_to_be_between", "min_value: 1, max_value: 1"),
        ("expect_column_values_to_be_between", "column: count, min_value: 0.5, max_value: 1"),
        ("expect_column_values_to_be_between", "column: count, min_value: -9000000000"),
        ("expect_column_value_lengths_to_be_between", "column: key, max_value: 0"),
        ("expect_column_stdev_to_be_between", "column: value, min_value: 0, max_value: 0"),
        ("expect_column_sum_to_be_between", "column: count, min_value: 9000000000"),
        ("expect_column_mean_to_be_between", "column: count, min_value: 0.2, max_value: 0.8"),
        ("expect_column_unique_value_count_to_be_between", "column: mood, min_value: 2"),
        ("expect_column_proportion_of_unique_values_to_be_between", "column: kind, min_value: 1"),
    ],
)
def test_a_range_at_the_very_end_of_what_can_be_is_loaded(
    tmp_path: Path, kind: str, kwargs: str
) -> None:
    text = GOOD.replace("expect_column_values_to_be_between", kind, 1)
    path = write(tmp_path, text.replace("column: value, min_value: 0, max_value: 1", kwargs, 1))

    assert load_suite(dataset(), path).expectations[0].type == kind


@pytest.mark.parametrize(
    ("kwargs", "hint"),
    [
        ("column: value, min_value: 1, max_value: 0", "swap"),
        ("column: value, min_value: 0, mostly: 95", "95 % is 0.95"),
        ("column: value, min_value: 0, max_value: 0,5", "decimal comma"),
        ("column: value, max_value: '0,5'", "decimal point: 0.5"),
        ("column: kind, value_set: []", "one value or more"),
        ("column: kind, regex: '[a'", "single quotes"),
    ],
)
def test_a_common_slip_comes_with_its_next_step(tmp_path: Path, kwargs: str, hint: str) -> None:
    kind = "expect_column_values_to_be_between"
    kind = IN_SET if "value_set" in kwargs else kind
    kind = "expect_column_values_to_match_regex" if "regex" in kwargs else kind
    text = GOOD.replace("expect_column_values_to_be_between", kind, 1)
    path = write(tmp_path, text.replace("column: value, min_value: 0, max_value: 1", kwargs, 1))

    with pytest.raises(DeclarationError) as caught:
        load_suite(dataset(), path)

    assert hint in (caught.value.hint or "")
    assert "Input should be" not in caught.value.message


def test_an_unknown_type_is_told_with_the_nearest_few_of_all(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("values_to_be_between", "value_to_be_betwen", 1))

    with pytest.raises(DeclarationError) as caught:
        load_suite(dataset(), path)

    assert "did you mean 'expect_column_values_to_be_between'?" in (caught.value.hint or "")
    assert (caught.value.hint or "").count("expect_") < 8


def test_nulls_are_not_promised_of_a_column_that_has_none(tmp_path: Path) -> None:
    text = GOOD.replace("expect_column_values_to_be_between", "expect_column_values_to_be_null", 1)
    text = text.replace("column: value, min_value: 0, max_value: 1", "column: split", 1)

    with pytest.raises(DeclarationError, match="it is never null"):
        load_suite(dataset(), write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the suite is empty"),
        ("- table: pieces\n", "is a list, expected the keys table"),
        ("table: pieces\n", "has no expectation"),
        ("table: pieces\nexpectation:\n", ":2: unknown key 'expectation'"),
        (GOOD.replace("expectations:", "expectation:"), ":3: unknown key 'expectation'"),
        (GOOD.replace("table:", "tabel:"), ":1: unknown key 'tabel'"),
        (GOOD.replace("table: pieces\n", ""), "table: the key is missing"),
        ("table: pieces\nexpectations: {a: 1}\n", r"is a mapping \(a\), expected a list"),
        ("table: pieces\nexpectations: []\n", "has no expectation"),
        (GOOD.replace("table: pieces", "table: peices"), "unknown table 'peices'"),
        (GOOD + "extra: 1\n", "unknown key 'extra'"),
    ],
)
def test_a_suite_that_promises_nothing_or_is_of_no_table_is_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    path = write(tmp_path, text)

    with pytest.raises(DeclarationError, match=says) as caught:
        load_suite(dataset(), path)

    assert str(path) in caught.value.message


def test_a_suite_lies_in_the_file_of_its_table(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, "songs.yaml")

    with pytest.raises(DeclarationError, match=r"belongs into pieces\.yaml"):
        load_suite(dataset(), path)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("severity: critical", "severity: CRITICAL")
    path = write(tmp_path, text.replace("column: kind", "column: k"))

    with pytest.raises(DeclarationError) as caught:
        load_suite(dataset(), path)

    assert len(caught.value.message.splitlines()) == 2


def test_loading_imports_neither_great_expectations_nor_pandas(tmp_path: Path) -> None:
    code = (
        "import sys, hueset.gate; from hueset.gate.suite import load_suites; "
        "sys.exit(bool({'great_expectations', 'pandas', 'duckdb'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("value", [9.5, -1])
def test_a_number_that_is_no_count_is_told_once(tmp_path: Path, value: float) -> None:
    text = GOOD.replace("expect_column_values_to_be_between", "expect_table_row_count_to_equal", 1)
    text = text.replace("column: value, min_value: 0, max_value: 1", f"value: {value}", 1)
    text = text.replace("    min_nonnull: 5\n", "", 1)

    with pytest.raises(DeclarationError, match="a whole number, 0 or more") as caught:
        load_suite(dataset(), write(tmp_path, text))

    assert "nothing lies there" not in caught.value.message
