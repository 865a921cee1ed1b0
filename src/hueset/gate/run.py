"""The whole gate over one version: the engine's invariants, every suite, what others found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.builder import Finding
from hueset.gate.engine_choice import choose_engine
from hueset.gate.expectations import run_suite
from hueset.gate.frames import row_count
from hueset.gate.invariants import check_tables
from hueset.gate.report import GateReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hueset.declaration import Dataset
    from hueset.gate.suite import Suite


def run_gate(
    dataset: Dataset,
    suites: Sequence[Suite],
    tables: Mapping[str, Sequence[Path]],
    findings: Sequence[Finding] = (),
    quarantine: Mapping[str, Mapping[str, int]] | None = None,
    *,
    sample: bool = False,
) -> GateReport:
    """Judge the finished tables of a version.

    Parameters
    ----------
    dataset
        The declaration.
    suites
        Its suites, from `hueset.gate.suite.load_suites`.
    tables
        The parquet files of each table.
    findings
        What builder and coverage contract found; part of the verdict.
    quarantine
        Per table, how many rows were refused for each reason.
    sample
        Whether this is the embedded sample: floors of rows are those of the whole corpus, so only
        an empty table counts.

    Returns
    -------
    GateReport
        The verdict with every check. A declared table without a suite is an `error`.
    """
    refused = quarantine or {}
    engine = choose_engine(sum(row_count(list(tables.get(name, ()))) for name in dataset.tables))
    by_table = {suite.table: suite for suite in suites}
    floors = {name: suite.min_rows for name, suite in by_table.items()}
    told = [*findings, *_missing(dataset, by_table, refused)]
    results = check_tables(dataset, tables, floors, refused, sample=sample)
    for name, table in dataset.tables.items():
        paths = list(tables.get(name, ()))
        if name not in by_table:
            continue
        if not row_count(paths) and table.min_rows == 0:
            message = f"{name} is empty, which its declaration allows: its suite judged nothing"
            told.append(Finding("output.empty", "warn", message, table=name))
        else:
            results += run_suite(
                by_table[name], table, paths, floors=not sample, engine=engine.name
            )
    return GateReport.of(dataset.name, results, told, engine)


def _missing(
    dataset: Dataset, suites: Mapping[str, Suite], refused: Mapping[str, Mapping[str, int]]
) -> list[Finding]:
    told = [
        Finding(
            "output.suite_missing",
            "error",
            f"the table {name} has no suite, so nothing is checked in it; "
            f"write expectations/{dataset.name}/{name}.yaml",
            table=name,
        )
        for name in dataset.tables
        if name not in suites
    ]
    for name, reasons in refused.items():
        if name not in dataset.tables:
            told.append(
                Finding(
                    "output.quarantine_unknown_table",
                    "error",
                    f"rows were refused for the table {name}, which is not declared",
                    count=sum(reasons.values()),
                    table=name,
                    examples=tuple(sorted(reasons))[:10],
                )
            )
    return told
