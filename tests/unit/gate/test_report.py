from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hueset.builder import Finding, Verdict
from hueset.documents.gate_report import GateEngine
from hueset.gate.engine_choice import EngineChoice
from hueset.gate.report import ORDER, CheckResult, GateReport, json_safe, worst_verdict

TYPED = EngineChoice(GateEngine.TYPED)
GOOD = CheckResult(
    id="range",
    table="songs",
    type="expect_column_values_to_be_between",
    columns=("value",),
    severity="critical",
    verdict="pass",
    evaluated=100,
    unexpected_count=0,
    observed=None,
    example_keys=(),
    why="values are shares",
    message="range: holds for 100",
)


@pytest.mark.parametrize("bad", ORDER)
def test_the_worst_verdict_wins(bad: Verdict) -> None:
    assert worst_verdict(["pass", bad, "pass"]) == bad
    assert worst_verdict(ORDER[: ORDER.index(bad) + 1]) == bad


def test_a_gate_that_judged_nothing_is_an_error() -> None:
    assert worst_verdict([]) == "error"
    assert GateReport.of("album", [], [], TYPED).verdict == "error"


def test_findings_of_others_count_and_failed_checks_are_told_worst_first() -> None:
    few = replace(GOOD, id="few", verdict="warn", unexpected_count=3, message="few: 3 of 100")
    fail = replace(GOOD, id="bad", verdict="fail", unexpected_count=2, example_keys=("s1", "s2"))
    input_fault = Finding("input.twice", "warn", "4 files are given twice", count=4)

    report = GateReport.of("album", [GOOD, few, fail], [input_fault], TYPED)

    assert report.verdict == "fail"
    assert [one.check for one in report.findings] == ["suite.bad", "input.twice", "suite.few"]
    assert report.results == (GOOD, few, fail)


def test_the_summary_names_the_worst_three_with_counts_and_keys() -> None:
    bad = [
        replace(
            GOOD,
            id=f"bad{at}",
            verdict="fail",
            unexpected_count=at,
            example_keys=(f"s{at}",),
            message=f"bad{at}: {at} of 100 do not hold",
        )
        for at in range(1, 6)
    ]

    summary = GateReport.of("album", [GOOD, *bad], [], TYPED).summary.splitlines()

    assert summary == [
        "gate fail: 1 of 6 checks hold, 5 fail",
        "fail: songs: bad5: 5 of 100 do not hold, e.g. s5",
        "fail: songs: bad4: 4 of 100 do not hold, e.g. s4",
        "fail: songs: bad3: 3 of 100 do not hold, e.g. s3",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.inf, "inf"),
        (np.float64("nan"), "nan"),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.array([1.0, -math.inf]), [1.0, "-inf"]),
        ({"b", "a"}, ["a", "b"]),
        ({1: {"x": np.bool_(True)}}, {"1": {"x": True}}),
        (np.datetime64("2024-01-02T00:00:00"), "2024-01-02T00:00:00"),
        (list(range(50)), {"count": 50, "first": list(range(20))}),
    ],
)
def test_any_observed_value_becomes_strict_json(value: Any, expected: Any) -> None:
    assert json_safe(value) == expected
    json.dumps(json_safe(value), allow_nan=False)


def test_pandas_words_for_missing_become_null() -> None:
    import pandas as pd

    assert json_safe([pd.NA, pd.NaT]) == [None, None]


def test_a_report_is_strict_json_without_time_or_chance() -> None:
    odd = replace(GOOD, observed=json_safe(math.nan))

    told = GateReport.of("album", [odd], [], TYPED).to_json()

    assert json.loads(json.dumps(told, allow_nan=False)) == json.loads(json.dumps(told))
    assert set(told) == {"dataset", "verdict", "summary", "engine", "checks", "findings"}
    assert told["engine"] == {"name": "typed", "great_expectations": None}
    assert told["checks"][0]["unexpected_share"] == 0
