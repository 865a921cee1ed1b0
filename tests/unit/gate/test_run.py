from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from hueset.builder import Finding
from hueset.gate import GateReport, Suite, run_gate
from tests.unit.gate.album import dataset, rows, write

if TYPE_CHECKING:
    from pathlib import Path

SUITE = Suite.model_validate(
    {
        "table": "pieces",
        "min_rows": 30,
        "expectations": [
            {
                "id": "value_range",
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "value", "min_value": 0, "max_value": 1},
                "severity": "critical",
                "why": "values are shares",
                "min_nonnull": 30,
            }
        ],
    }
)


def gate(folder: Path, given: list[dict[str, Any]], *findings: Finding, **more: Any) -> GateReport:
    declared = dataset(table=more.pop("table", None))
    tables = {"pieces": write(folder, given, declared)}
    return run_gate(declared, more.pop("suites", [SUITE]), tables, findings, **more)


def test_a_good_version_passes_with_invariants_and_suite(tmp_path: Path) -> None:
    report = gate(tmp_path, rows())

    assert report.verdict == "pass"
    assert {one.type for one in report.results} == {
        "invariant",
        "expect_column_values_to_be_between",
    }
    assert report.findings == ()


def test_the_same_tables_give_the_same_report(tmp_path: Path) -> None:
    given = rows()
    given[3]["value"] = 2.0

    first = json.dumps(gate(tmp_path, given).to_json(), allow_nan=False)

    assert first == json.dumps(gate(tmp_path, given).to_json(), allow_nan=False)


def test_a_declared_table_without_a_suite_is_an_error(tmp_path: Path) -> None:
    report = gate(tmp_path, rows(), suites=[])

    assert report.verdict == "error"
    assert [(one.check, one.table) for one in report.findings] == [
        ("output.suite_missing", "pieces")
    ]


def test_what_others_found_is_part_of_the_verdict(tmp_path: Path) -> None:
    absent = Finding("coverage.required_dimension_absent", "fail", "valence has no example")

    report = gate(tmp_path, rows(), absent)

    assert report.verdict == "fail"
    assert report.findings == (absent,)


def test_an_empty_table_is_an_error_unless_it_is_declared_as_possibly_empty(
    tmp_path: Path,
) -> None:
    assert gate(tmp_path, []).verdict == "error"

    report = gate(tmp_path, [], table={"min_rows": 0})

    assert report.verdict == "warn"
    assert [one.check for one in report.findings] == ["output.empty"]


@pytest.mark.parametrize(("sample", "verdict"), [(False, "error"), (True, "pass")])
def test_floors_of_the_whole_corpus_do_not_judge_a_sample(
    tmp_path: Path, sample: bool, verdict: str
) -> None:
    assert gate(tmp_path, rows(20), sample=sample).verdict == verdict


def test_rows_refused_for_an_undeclared_table_are_an_error(tmp_path: Path) -> None:
    report = gate(tmp_path, rows(), quarantine={"peices": {"odd": 2}})

    assert report.verdict == "error"
    assert report.findings[0].count == 2


def test_the_library_is_imported_in_the_background_without_a_warning(tmp_path: Path) -> None:
    code = """
import os, sys, threading, warnings
from hueset.documents.gate_report import GateEngine
from hueset.gate import begin_import, engine
shown_by, filters = warnings.showwarning, list(warnings.filters)
begin_import(10)
assert threading.active_count() == 1, "a small version needs no library"
begin_import(1_000_000)
begin_import(1_000_000)
assert threading.active_count() == 2, threading.enumerate()
engine.load_evaluator(GateEngine.FAST)
assert warnings.showwarning is shown_by
assert "great_expectations" in sys.modules
assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
warnings.warn("still an error", DeprecationWarning)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )

    assert done.stderr.splitlines()[-1] == "DeprecationWarning: still an error"
