"""The suites of every dataset come to the same, whoever answers them.

Over made rows of the declared columns: what they come to does not matter here, only that all three
engines say it. The tables of chromatic's embedded sample are judged as they are.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.build.testing import build_tables
from hueset.declaration.column_types import arrow_schema
from hueset.declaration.project import find_project
from hueset.documents.gate_report import GateEngine
from hueset.gate import load_suites, run_gate
from hueset.gate.engine_choice import SETTING
from hueset.gate.expectations import run_suite
from hueset.gate.suite import table_types
from hueset.gate.values import Family, family_of
from tests.conftest import REPO
from tests.support.local_build import inputs

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.declaration import Column, TableDeclaration
    from hueset.declaration.column_types import Type
    from hueset.gate.suite import Suite

PROJECT = find_project(REPO)
NAMES = PROJECT.catalog.datasets
ROWS = 24
VALUES: dict[Family, list[Any]] = {
    Family.TEXT: ["a", "b c", "", "Zoë\n", "0123456789abcdef" * 4, "a", "1:2"],
    Family.BOOL: [True, False, True],
    Family.INTEGER: [0, 1, 2, 3, 7, 60, 100],
    Family.FLOAT: [0.0, 0.25, 0.5, 1.0, -1.0, 2.5, 120.0],
    Family.DATE: [datetime.date(1999, 12, 31), datetime.date(2020, 1, 1)],
}


@pytest.mark.parametrize("name", NAMES)
def test_every_engine_gives_the_same_results_of_its_suites(tmp_path: Path, name: str) -> None:
    dataset = PROJECT.dataset(name)
    for suite in load_suites(dataset, PROJECT.suites_folder(name)):
        table = dataset.tables[suite.table]
        path = write_rows(tmp_path / f"{suite.table}.parquet", table, suite)

        typed, fast, stock = (
            run_suite(suite, table, [path], engine=engine)
            for engine in (GateEngine.TYPED, GateEngine.FAST, GateEngine.STOCK)
        )

        apart = [(a, b, c) for a, b, c in zip(typed, fast, stock, strict=True) if not a == b == c]
        assert apart == [], suite.table
        assert len(typed) == len(suite.expectations)


def test_every_engine_says_the_same_of_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = inputs("chromatic", {"corpus": REPO / "datasets/chromatic/sample/corpus"})
    tables = build_tables(sample, tmp_path).files
    suites = load_suites(sample.dataset, PROJECT.suites_folder("chromatic"))

    told = {}
    for engine in GateEngine:
        monkeypatch.setenv(SETTING, engine.value)
        report = run_gate(sample.dataset, suites, tables, sample=True).to_json()
        assert report.pop("engine")["name"] == engine
        told[engine] = report

    assert len(told[GateEngine.TYPED]["checks"]) > 100
    assert told[GateEngine.TYPED]["verdict"] in {"pass", "warn"}
    assert told[GateEngine.FAST] == told[GateEngine.TYPED]
    assert told[GateEngine.STOCK] == told[GateEngine.TYPED]


def write_rows(path: Path, table: TableDeclaration, suite: Suite) -> Path:
    """Write made rows of the columns that a suite names, and of the key."""
    types, schema = table_types(table), arrow_schema(table).remove_metadata()
    names = list(dict.fromkeys((*table.key, *suite.columns)))
    columns = [
        pa.array(some_values(types[name], table.columns[name], at), schema.field(name).type)
        for at, name in enumerate(names)
    ]
    given = pa.schema([pa.field(name, schema.field(name).type) for name in names])
    pq.write_table(pa.Table.from_arrays(columns, schema=given), path, row_group_size=10)
    return path


def some_values(kind: Type, column: Column, shift: int) -> list[Any]:
    """Return values of a column, in an order of its own, some of them null where they may be."""
    family = family_of(kind)
    if family is Family.OPAQUE:
        return [None] * ROWS
    if family is Family.CLASS:
        values: list[Any] = list(range(len(kind.names)))  # type: ignore[union-attr]
    elif column.values and family is Family.TEXT:
        values = list(column.values)
    else:
        values = VALUES[family]
    picked = [values[(at * (shift + 1) + at // 5) % len(values)] for at in range(ROWS)]
    return [None if column.nullable and at % 6 == 4 else one for at, one in enumerate(picked)]
