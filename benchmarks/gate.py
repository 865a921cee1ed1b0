"""The gate against plain DuckDB doing the same checks in one scan, and against naive validation.

The input is made: 211,000 ratings by 37 columns as in a corpus of comments rated by several people,
and a million rows of which some break most promises.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Work
from hueset.declaration import Column, TableDeclaration
from hueset.gate.expectation_types import KINDS
from hueset.gate.suite import Expectation, Suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

SPLITS = ["train", "validation", "test"]
SHARE = {"min_value": 0, "max_value": 1}

# (type, arguments, what plain SQL counts or observes, whether an observed value holds)
Check = tuple[str, dict[str, Any], str, "Callable[[Any], bool] | None"]


def _shares(column: str) -> Check:
    return (
        "expect_column_values_to_be_between",
        {"column": column, **SHARE},
        f"count(*) FILTER ({column} < 0 OR {column} > 1)",
        None,
    )


def _flags(column: str) -> Check:
    return (
        "expect_column_values_to_be_in_set",
        {"column": column, "value_set": [0, 1]},
        f"count(*) FILTER ({column} NOT IN (0, 1))",
        None,
    )


def _mean(column: str, low: float, high: float) -> Check:
    return (
        "expect_column_mean_to_be_between",
        {"column": column, "min_value": low, "max_value": high},
        f"avg({column})",
        lambda mean: low <= mean <= high,
    )


CHECKS: tuple[Check, ...] = (
    (
        "expect_table_row_count_to_be_between",
        {"min_value": 1000},
        "count(*)",
        lambda count: count >= 1000,
    ),
    ("expect_column_values_to_not_be_null", {"column": "id"}, "count(*) - count(id)", None),
    (
        "expect_column_values_to_be_unique",
        {"column": "id"},
        "count(id) - count(DISTINCT id)",
        lambda repeats: repeats == 0,
    ),
    ("expect_column_values_to_not_be_null", {"column": "text"}, "count(*) - count(text)", None),
    (
        "expect_column_value_lengths_to_be_between",
        {"column": "text", "min_value": 1, "max_value": 200},
        "count(*) FILTER (length(text) < 1 OR length(text) > 200)",
        None,
    ),
    (
        "expect_column_values_to_not_match_regex",
        {"column": "text", "regex": "<br ?/?>"},
        "count(*) FILTER (regexp_matches(text, '<br ?/?>'))",
        None,
    ),
    (
        "expect_column_values_to_match_regex",
        {"column": "author", "regex": "^u[0-9]+$"},
        "count(*) FILTER (NOT regexp_matches(author, '^u[0-9]+$'))",
        None,
    ),
    (
        "expect_column_values_to_be_in_set",
        {"column": "split", "value_set": SPLITS},
        "count(*) FILTER (split NOT IN ('train', 'validation', 'test'))",
        None,
    ),
    (
        "expect_column_distinct_values_to_contain_set",
        {"column": "split", "value_set": SPLITS},
        "list(DISTINCT split)",
        lambda found: set(SPLITS) <= set(found),
    ),
    (
        "expect_column_unique_value_count_to_be_between",
        {"column": "place", "min_value": 100, "max_value": 1000},
        "count(DISTINCT place)",
        lambda count: 100 <= count <= 1000,
    ),
    (
        "expect_column_values_to_be_between",
        {"column": "rater", "min_value": 0, "max_value": 82},
        "count(*) FILTER (rater < 0 OR rater > 82)",
        None,
    ),
    (
        "expect_column_values_to_be_between",
        {"column": "created", "min_value": 0},
        "count(*) FILTER (created < 0)",
        None,
    ),
    *(_flags(f"e{at}") for at in range(3)),
    _mean("e3", 0.01, 0.2),
    *(_shares(f"e{at}") for at in range(14, 17)),
    _mean("e14", 0.4, 0.6),
    _mean("e15", 0.4, 0.6),
    (
        "expect_column_stdev_to_be_between",
        {"column": "e14", "min_value": 0.1, "max_value": 0.6},
        "stddev_samp(e14)",
        lambda deviation: 0.1 <= deviation <= 0.6,
    ),
    (
        "expect_column_max_to_be_between",
        {"column": "e17", "min_value": 0.9, "max_value": 1},
        "max(e17)",
        lambda top: 0.9 <= top <= 1,
    ),
    (
        "expect_column_quantile_values_to_be_between",
        {
            "column": "e18",
            "quantile_ranges": {
                "quantiles": [0.1, 0.9],
                "value_ranges": [[0.05, 0.15], [0.85, 0.95]],
            },
        },
        "quantile_disc(e18, [0.1, 0.9])",
        lambda found: 0.05 <= found[0] <= 0.15 and 0.85 <= found[1] <= 0.95,
    ),
)


TYPES = {
    **dict.fromkeys(("id", "text", "author", "place", "split", "language"), "string"),
    "rater": "int64",
    "created": "float64",
    "unclear": "bool",
    **{f"e{number}": "int64" if number < 14 else "float64" for number in range(28)},
}


def _make(folder: Path, *, rows: int, faulty: bool) -> None:
    """Write `ratings.parquet`: text, names, and 28 columns of flags and shares; 5 % nulls."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = np.random.default_rng(7)
    at = np.arange(rows)
    columns: dict[str, Any] = {
        "id": [f"c{one:07d}" for one in at],
        "text": [f"comment number {one} says a few words and then some more of them" for one in at],
        "author": [f"u{one % 5000}" for one in at],
        "place": [f"r{one % 400}" for one in at],
        "split": [SPLITS[one % 3] for one in at],
        "language": ["en"] * rows,
        "rater": chance.integers(0, 82, rows),
        "created": chance.random(rows) * 1e9,
        "unclear": chance.random(rows) < 0.05,
    }
    for number in range(14):
        columns[f"e{number}"] = (chance.random(rows) < 0.05).astype("int64")
    for number in range(14, 28):
        columns[f"e{number}"] = pa.array(chance.random(rows), mask=chance.random(rows) < 0.05)
    if faulty:
        _spoil(columns, chance.random(rows) < 0.01)
    table = pa.table(columns)
    pq.write_table(table, folder / "ratings.parquet", compression="zstd", row_group_size=20_000)


def _spoil(columns: dict[str, Any], bad: np.ndarray) -> None:
    """Break the promises about text, names, ids and numbers in the rows of `bad`."""
    import numpy as np
    import pyarrow as pa

    for at in np.flatnonzero(bad):
        columns["text"][at] += "<br />"
        columns["author"][at] = "someone"
        columns["split"][at] = "dev"
        columns["id"][at] = "c0000000"
    columns["rater"] = np.where(bad, 99, columns["rater"])
    columns["e0"] = np.where(bad, 2, columns["e0"])
    columns["e14"] = pa.array(np.where(bad, 1.5, np.asarray(columns["e15"].fill_null(0.5))))


def ours(folder: Path) -> Callable[[], dict[str, Any]]:
    """Return our gate's run of one suite."""
    from hueset.documents.gate_report import GateEngine
    from hueset.gate.engine import load_evaluator
    from hueset.gate.expectations import run_suite

    load_evaluator(GateEngine.FAST)
    expectations = [
        Expectation(id=f"c{at}", type=kind, kwargs=kwargs, severity="critical", why="benchmark")
        for at, (kind, kwargs, _, _) in enumerate(CHECKS)
    ]
    suite = Suite(table="ratings", expectations=tuple(expectations))
    table = TableDeclaration(
        description="Of every column type.",
        key=("id",),
        columns={name: Column(type=kind) for name, kind in TYPES.items()},
    )

    def work() -> dict[str, Any]:
        results = run_suite(suite, table, [folder / "ratings.parquet"], engine=GateEngine.FAST)
        return {
            one.id: [one.verdict == "pass", one.unexpected_count if _counts(one.type) else None]
            for one in results
        }

    return work


def plain_duckdb(folder: Path) -> Callable[[], dict[str, Any]]:
    """Return one scan that computes what every check needs."""
    import duckdb

    query = f"SELECT {', '.join(sql for _, _, sql, _ in CHECKS)} FROM read_parquet(?)"

    def work() -> dict[str, Any]:
        with duckdb.connect() as con:
            found = con.execute(query, [str(folder / "ratings.parquet")]).fetchone() or ()
        return {
            f"c{at}": [holds(value) if holds else value == 0, None if holds else value]
            for at, (value, (_, _, _, holds)) in enumerate(zip(found, CHECKS, strict=True))
        }

    return work


def _naive(folder: Path, *, result_format: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Return validation as the library's tutorials do it: the whole frame."""
    import great_expectations as gx
    import pandas as pd
    from great_expectations.core import ExpectationSuite

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("ratings")
    definition = asset.add_batch_definition_whole_dataframe("all")
    written = [
        {"type": kind, "kwargs": kwargs, "severity": "critical", "meta": {"id": f"c{at}"}}
        for at, (kind, kwargs, _, _) in enumerate(CHECKS)
    ]

    def work() -> dict[str, Any]:
        frame = pd.read_parquet(folder / "ratings.parquet")
        batch = definition.get_batch({"dataframe": frame})
        suite = ExpectationSuite(name="ratings", expectations=written)
        results = batch.validate(suite, result_format=result_format).results
        return {
            one.expectation_config.meta["id"]: [
                bool(one.success),
                one.result["unexpected_count"] if _counts(one.expectation_config.type) else None,
            ]
            for one in results
        }

    return work


naive_basic = functools.partial(_naive, result_format={"result_format": "BASIC"})
naive_complete = functools.partial(
    _naive, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["id"]}
)


def _counts(kind: str) -> bool:
    """Tell whether SQL and library count the same rows (repeats of a value they do not)."""
    return KINDS[kind].row_level and kind != "expect_column_values_to_be_unique"


def _same(mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    if mine != theirs:
        apart = {name: (mine.get(name), theirs.get(name)) for name in {*mine, *theirs}}
        told = {name: pair for name, pair in apart.items() if pair[0] != pair[1]}
        message = f"the results differ: {told}"
        raise ValueError(message)
    failed = sum(not holds for holds, _ in mine.values())
    return f"{len(mine)} verdicts ({failed} fail) and all counts of rows"


PACKAGES = ("great-expectations", "pandas", "pyarrow", "duckdb")

WORKS = (
    Work(
        name="gate.pass",
        title="Gate: 24 expectations on 211,000 rows × 37 columns, all hold",
        make=functools.partial(_make, rows=211_000, faulty=False),
        ours="benchmarks.gate:ours",
        peers={
            "plain DuckDB, one scan": "benchmarks.gate:plain_duckdb",
            "Great Expectations, BASIC": "benchmarks.gate:naive_basic",
            "Great Expectations, COMPLETE": "benchmarks.gate:naive_complete",
        },
        same=_same,
        packages=PACKAGES,
        rounds=7,
    ),
    Work(
        name="gate.fail",
        title="Gate: 24 expectations on 1,000,000 rows × 37 columns, 1 % of rows are bad",
        make=functools.partial(_make, rows=1_000_000, faulty=True),
        ours="benchmarks.gate:ours",
        peers={"Great Expectations, COMPLETE": "benchmarks.gate:naive_complete"},
        same=_same,
        packages=PACKAGES,
        rounds=3,
    ),
)
