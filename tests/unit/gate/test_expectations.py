"""Great Expectations lets each of these pass, or hides it; here each is an error or is told."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from hueset.declaration.column_types import Scalar
from hueset.documents.gate_report import GateEngine
from hueset.gate import answers, expectations
from hueset.gate import engine as gx
from hueset.gate.expectation_types import KINDS
from hueset.gate.expectations import run_suite
from hueset.gate.frames import read_columns, to_pandas
from hueset.gate.suite import Expectation, Suite
from tests.unit.gate.album import dataset, rows, write

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.gate.outcome import ExpectationOutcome
    from hueset.gate.report import CheckResult

BETWEEN = "expect_column_values_to_be_between"
NOT_NULL = "expect_column_values_to_not_be_null"


@pytest.fixture(autouse=True, params=list(GateEngine))
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> GateEngine:
    """Every rule holds whoever answers."""
    monkeypatch.setenv("HUESET_GATE_ENGINE", request.param)
    return GateEngine(request.param)


def promise(kind: str, severity: str = "critical", **kwargs: Any) -> Expectation:
    given = {"id": "it", "type": kind, "kwargs": kwargs, "severity": severity, "why": "a test"}
    given["min_nonnull"] = kwargs.pop("min_nonnull", None)
    return Expectation.model_validate(given)


def run(folder: Path, given: list[dict[str, Any]], *promises: Expectation) -> list[CheckResult]:
    declared = dataset()
    paths = write(folder, given, declared)
    suite = Suite(table="pieces", expectations=promises)
    return run_suite(suite, declared.tables["pieces"], paths)


def spoilt(column: str, value: Any, *at: int) -> list[dict[str, Any]]:
    given = rows()
    for place in at or range(len(given)):
        given[place][column] = value
    return given


def test_a_promise_that_holds_passes_and_says_how_much_it_looked_at(tmp_path: Path) -> None:
    (result,) = run(tmp_path, rows(), promise(BETWEEN, column="count", min_value=1))

    assert result.verdict == "pass"
    assert result.evaluated == 22  # every fourth of 30 is null
    assert result.unexpected_count == 0
    assert result.columns == ("count",)


@pytest.mark.parametrize(
    ("severity", "verdict"), [("critical", "fail"), ("warning", "warn"), ("info", "pass")]
)
def test_a_broken_promise_counts_by_its_severity(
    tmp_path: Path, severity: str, verdict: str
) -> None:
    (result,) = run(
        tmp_path,
        spoilt("value", 7.0, 4, 23),
        promise(BETWEEN, severity, column="value", max_value=1),
    )

    assert result.verdict == verdict
    assert (result.evaluated, result.unexpected_count) == (30, 2)
    assert result.unexpected_share == pytest.approx(2 / 30)
    assert result.example_keys == ("p04", "p23")
    assert ("note: " in result.message) == (severity == "info")
    assert "2 of 30" in result.message


@pytest.mark.parametrize("what", ["be_in_set", "contain_set", "equal_set"])
def test_a_broken_promise_about_different_values_says_which_were_seen(
    tmp_path: Path, what: str
) -> None:
    kind = f"expect_column_distinct_values_to_{what}"

    (result,) = run(tmp_path, spoilt("mood", 0), promise(kind, column="mood", value_set=["high"]))

    assert result.verdict == "fail"
    assert result.message.endswith("does not hold: observed ['low']")


def test_a_deviation_of_one_value_is_none(tmp_path: Path) -> None:
    kind = "expect_column_stdev_to_be_between"

    (result,) = run(tmp_path, rows()[:1], promise(kind, column="value", max_value=1))

    assert result.verdict == "fail"
    assert "None" not in result.message


def test_at_most_ten_rows_are_named(tmp_path: Path) -> None:
    (result,) = run(tmp_path, spoilt("value", 7.0), promise(BETWEEN, column="value", max_value=1))

    assert result.unexpected_count == 30
    assert result.example_keys == tuple(f"p{at:02d}" for at in range(10))


@pytest.mark.parametrize(
    "given",
    [
        promise("expect_column_values_to_be_in_set", column="kind", value_set=["song"]),
        promise("expect_column_values_to_be_unique", column="kind"),
        promise("expect_column_values_to_match_regex", column="kind", regex="s"),
    ],
    ids=lambda one: one.type,
)
def test_a_column_of_nothing_but_nulls_is_an_error(tmp_path: Path, given: Expectation) -> None:
    (result,) = run(tmp_path, spoilt("kind", None), given)

    assert result.verdict == "error"
    assert result.evaluated == 0
    assert "looked at nothing" in result.message


@pytest.mark.parametrize(
    ("severity", "verdict"), [("critical", "fail"), ("warning", "warn"), ("info", "pass")]
)
def test_a_promise_of_values_is_broken_in_every_row_where_none_has_one(
    tmp_path: Path, severity: str, verdict: str
) -> None:
    given = promise(NOT_NULL, severity, column="kind", mostly=0.1)

    (result,) = run(tmp_path, spoilt("kind", None), given)

    assert result.verdict == verdict
    assert (result.evaluated, result.unexpected_count) == (30, 30)
    assert result.example_keys == tuple(f"p{at:02d}" for at in range(10))
    assert "30 of 30" in result.message


@pytest.mark.parametrize(
    "given",
    [
        promise("expect_column_values_to_be_in_set", column="kind", value_set=["song"]),
        promise("expect_column_unique_value_count_to_be_between", column="kind", min_value=1),
        promise("expect_column_pair_values_to_be_equal", column_A="kind", column_B="source_file"),
    ],
    ids=lambda one: one.type,
)
def test_a_column_that_may_be_empty_is_told_when_it_is(tmp_path: Path, given: Expectation) -> None:
    allowed = given.model_copy(update={"may_be_empty": True})

    (result,) = run(tmp_path, spoilt("kind", None), allowed)

    assert (result.verdict, result.evaluated) == ("warn", 0)
    assert "looked at nothing: none of 30 rows has a value" in result.message


def test_a_column_that_may_be_empty_is_judged_as_soon_as_one_row_has_a_value(
    tmp_path: Path,
) -> None:
    given = promise(BETWEEN, column="count", max_value=1).model_copy(update={"may_be_empty": True})
    mostly_bare = spoilt("count", None)
    mostly_bare[7]["count"] = 9

    (result,) = run(tmp_path, mostly_bare, given)

    assert (result.verdict, result.evaluated, result.example_keys) == ("fail", 1, ("p07",))


def test_no_row_at_all_is_an_error_also_for_a_column_that_may_be_empty(tmp_path: Path) -> None:
    given = promise(BETWEEN, column="value", max_value=1).model_copy(update={"may_be_empty": True})

    (result,) = run(tmp_path, [], given)

    assert result.verdict == "error"


@pytest.mark.parametrize("kind", [NOT_NULL, BETWEEN])
def test_an_empty_table_is_an_error(tmp_path: Path, kind: str) -> None:
    more: dict[str, Any] = {"max_value": 1} if kind == BETWEEN else {}

    (result,) = run(tmp_path, [], promise(kind, column="value", **more))

    assert result.verdict == "error"


def test_a_row_count_of_an_empty_table_is_an_error(tmp_path: Path) -> None:
    (result,) = run(tmp_path, [], promise("expect_table_row_count_to_be_between", max_value=5))

    assert result.verdict == "error"


def test_an_all_null_pair_is_an_error(tmp_path: Path) -> None:
    given = promise(
        "expect_column_pair_values_a_to_be_greater_than_b", column_A="value", column_B="count"
    )

    (result,) = run(tmp_path, spoilt("count", None), given)

    assert result.verdict == "error"


@pytest.mark.parametrize("floor", [None, 3])
@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        (
            "expect_column_pair_values_to_be_in_set",
            {"value_pairs_set": [["song", "x"]], "ignore_row_if": "either_value_is_missing"},
        ),
        ("expect_column_pair_values_to_be_equal", {"ignore_row_if": "either_value_is_missing"}),
        ("expect_column_pair_values_to_be_equal", {"ignore_row_if": "neither"}),
        ("expect_column_pair_values_a_to_be_greater_than_b", {}),
        ("expect_compound_columns_to_be_unique", {"ignore_row_if": "any_value_is_missing"}),
    ],
)
def test_a_check_for_which_no_row_is_left_looked_at_nothing(
    tmp_path: Path, kind: str, kwargs: dict[str, Any], floor: int | None
) -> None:
    columns: dict[str, Any] = {"column_A": "kind", "column_B": "profile"}
    if kind == "expect_compound_columns_to_be_unique":
        columns = {"column_list": ["kind", "profile"]}
    given = [row | {("kind", "profile")[at % 2]: None} for at, row in enumerate(rows())]

    (result,) = run(tmp_path, given, promise(kind, **columns, **kwargs, min_nonnull=floor))

    assert (result.verdict, result.evaluated) == ("error", 0)
    assert "looked at nothing" in result.message


def test_the_floor_counts_the_rows_that_were_judged(tmp_path: Path) -> None:
    given = promise(
        "expect_compound_columns_to_be_unique",
        column_list=["key", "count"],
        ignore_row_if="any_value_is_missing",
        min_nonnull=23,  # every fourth count of 30 is null
    )

    (result,) = run(tmp_path, rows(), given)

    assert result.verdict == "error"
    assert "22 values" in result.message


def test_a_class_is_compared_by_its_name(tmp_path: Path) -> None:
    given = promise("expect_column_values_to_not_be_in_set", column="mood", value_set=["high"])

    (result,) = run(tmp_path, rows(), given)

    assert (result.verdict, result.unexpected_count) == ("fail", 15)
    assert result.example_keys[:2] == ("p01", "p03")


def test_fewer_values_than_the_floor_prove_nothing(tmp_path: Path) -> None:
    given = promise(BETWEEN, column="count", min_value=1).model_copy(update={"min_nonnull": 23})

    (result,) = run(tmp_path, rows(), given)

    assert result.verdict == "error"
    assert "22 values" in result.message
    assert "23" in result.message


def test_what_the_library_cannot_evaluate_is_an_error_not_a_failure(tmp_path: Path) -> None:
    (result, other) = run(
        tmp_path,
        rows(),
        promise("expect_column_mean_to_be_between", column="kind", min_value=0),
        promise(BETWEEN, column="value", max_value=1).model_copy(update={"id": "other"}),
    )

    assert result.verdict == "error"
    assert "could not be evaluated" in result.message
    assert other.verdict == "pass"


@pytest.mark.parametrize("library", [GateEngine.FAST, GateEngine.STOCK])
def test_a_column_missing_in_the_frame_is_an_error(tmp_path: Path, library: GateEngine) -> None:
    read = read_columns(write(tmp_path, rows(), dataset()), {"value": Scalar("float64")})

    outcomes = gx.evaluate_frame(
        to_pandas(read, ["value"]), [promise(BETWEEN, column="valu", min_value=0)], library
    )

    assert outcomes[0].exception
    assert "valu" in outcomes[0].exception


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_no_such_thing", {"column": "value"}),
        (BETWEEN, {"column": "value", "min_value": 0, "mostly": "much"}),
        (BETWEEN, {"column": "value"}),
    ],
)
def test_what_the_library_would_drop_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, kwargs: dict[str, Any]
) -> None:
    # A suite file cannot say the first; if it could, the adapter would still not lose it.
    monkeypatch.setitem(KINDS, "expect_no_such_thing", KINDS[BETWEEN])

    (result,) = run(tmp_path, rows(), promise(kind, **kwargs))

    assert result.verdict == "error"
    assert "could not be evaluated" in result.message


def test_a_result_that_never_comes_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: GateEngine
) -> None:
    name = "evaluate_exactly" if engine is GateEngine.TYPED else "evaluate_frame"
    monkeypatch.setattr(answers, name, lambda *_, **__: [])

    (result,) = run(tmp_path, rows(), promise(BETWEEN, column="value", min_value=0))

    assert result.verdict == "error"
    assert "dropped" in result.message


def test_results_are_matched_by_id_in_whatever_order_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backwards(*args: Any, **named: Any) -> list[ExpectationOutcome]:
        return gx.evaluate_frame(*args, **named)[::-1]

    monkeypatch.setattr(answers, "evaluate_frame", backwards)
    good = promise(BETWEEN, column="value", max_value=1).model_copy(update={"id": "good"})
    bad = promise(BETWEEN, column="count", max_value=1).model_copy(update={"id": "bad"})

    results = run(tmp_path, rows(), good, bad)

    assert [(one.id, one.verdict) for one in results] == [("good", "pass"), ("bad", "fail")]
    assert results[1].example_keys[:2] == ("p02", "p03")


def test_infinite_and_numpy_observations_are_strict_json(tmp_path: Path) -> None:
    mean = promise("expect_column_mean_to_be_between", column="value", max_value=1)
    top = promise("expect_column_max_to_be_between", column="count", max_value=1)
    top = top.model_copy(update={"id": "top"})

    results = run(tmp_path, spoilt("value", math.inf, 3), mean, top)
    told = json.loads(json.dumps([one.to_json() for one in results], allow_nan=False))

    assert [one["verdict"] for one in told] == ["fail", "fail"]
    assert [one["observed"] for one in told] == ["inf", 29]


def test_integers_with_nulls_stay_integers(tmp_path: Path) -> None:
    given = promise("expect_column_values_to_match_regex", column="count", regex=r"^\d+$")

    (result,) = run(tmp_path, rows(), given)

    assert result.verdict == "pass"


def test_a_pair_with_one_side_missing_does_not_hold(tmp_path: Path) -> None:
    given = promise("expect_column_pair_values_to_be_equal", column_A="count", column_B="value")

    (result,) = run(tmp_path, spoilt("value", 1.0), given)

    assert (result.verdict, result.unexpected_count) == ("fail", 29)
    assert result.evaluated == 30


@pytest.mark.parametrize("column", ["sound", "midi", "mel", "tags"])
def test_columns_of_bytes_and_lists_are_judged_by_null_alone(tmp_path: Path, column: str) -> None:
    (result,) = run(
        tmp_path,
        spoilt(column, None, 3, 20) if column != "midi" else spoilt("midi", b"x"),
        promise("expect_column_values_to_not_be_null", column=column),
    )

    if column == "midi":
        assert result.verdict == "pass"
    else:
        assert (result.verdict, result.example_keys) == ("fail", ("p03", "p20"))


def test_only_the_named_columns_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[list[str]] = []

    def remembered(paths: Any, types: Any) -> Any:
        read.append(list(types))
        return read_columns(paths, types)

    monkeypatch.setattr(expectations, "read_columns", remembered)

    run(tmp_path, rows(), promise(BETWEEN, column="value", min_value=0))

    assert read == [["value"]]
