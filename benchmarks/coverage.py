"""A million labels judged by dimension, split and source: `python -m benchmarks coverage`.

Ours are the statements of the build, which the service runs for `by=dimension,split,source`; the
peer computes the same numbers with polars, on the same processors. Both read the parquet.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS, DIMENSIONS = 50_000, 20
NAMES = tuple(f"d{at:02d}" for at in range(DIMENSIONS))
KEYS = ("split", "source")
FILE = "wide.parquet"
EXACT = ("n", "distinct", "min", "max", "q25", "median", "q75")
FLOATS = ("mean", "sd", "neutral_band_share", "neutral_point_share")

Groups = dict[str, dict[str, Any]]


def make(folder: Path) -> None:
    """Write 50,000 rows with 20 dimensions; one label in twenty is missing."""
    rng = np.random.default_rng(7)
    columns: dict[str, Any] = {
        "source": rng.choice(["a", "b", "c"], ROWS),
        "split": rng.choice(["train", "validation", "test"], ROWS, p=[0.8, 0.1, 0.1]),
    }
    for name in NAMES:
        values = np.round(rng.random(ROWS), 3)
        columns[name] = pa.array(values, mask=rng.random(ROWS) < 0.05)
    pq.write_table(pa.table(columns), folder / FILE, compression="zstd")


def ours(folder: Path) -> Callable[[], Any]:
    """Open the table and judge every group, as the service does."""
    import duckdb  # noqa: F401 - importing does not count

    from hueset.coverage.label_groups import DimensionColumn, LabelRows, group_labels
    from hueset.coverage.tables import ParquetTable, TableShape, open_tables
    from hueset.declaration import NumericCoverage

    types = {**dict.fromkeys(KEYS, "string"), **dict.fromkeys(NAMES, "float64")}
    table = ParquetTable([folder / FILE], TableShape(types, "split"))
    numeric = NumericCoverage(table="wide", dimensions="dimensions.yaml")

    def work() -> Groups:
        with open_tables({"wide": table}) as tables:
            rows = LabelRows(tables, numeric)
            found = group_labels(rows, [DimensionColumn(name) for name in NAMES], KEYS)
        return {
            " ".join([name, *map(str, key)]): {one: entry[one] for one in (*EXACT, *FLOATS)}
            for name, groups in found.items()
            for key, entry in groups.items()
        }

    return work


def polars(folder: Path) -> Callable[[], Any]:
    """Compute the same numbers with polars, one lazy query per dimension, all collected at once."""
    import polars as pl

    def query(name: str) -> pl.LazyFrame:
        v = pl.col(name)
        rows = pl.scan_parquet(folder / FILE).filter(v.is_finite())
        return rows.group_by(*KEYS).agg(
            n=v.len(),
            distinct=v.n_unique(),
            min=v.min(),
            max=v.max(),
            q25=v.quantile(0.25, "equiprobable"),
            median=v.quantile(0.5, "equiprobable"),
            q75=v.quantile(0.75, "equiprobable"),
            mean=v.mean(),
            sd=v.std(),
            neutral_band_share=v.is_between(0.4, 0.6).mean(),
            neutral_point_share=(v == 0.5).mean(),
        )

    def work() -> Groups:
        frames = pl.collect_all([query(name) for name in NAMES])
        return {
            " ".join([name, *(row.pop(key) for key in KEYS)]): row
            for name, frame in zip(NAMES, frames, strict=True)
            for row in frame.to_dicts()
        }

    return work


def same(mine: Groups, theirs: Groups) -> str:
    """Compare all groups: counts and order statistics exactly, means to ten digits."""
    if set(mine) != set(theirs):
        message = "the groups differ"
        raise ValueError(message)
    for key, one in mine.items():
        other = theirs[key]
        alike = all(one[name] == other[name] for name in EXACT)
        if not alike or not all(math.isclose(one[n], other[n], rel_tol=1e-10) for n in FLOATS):
            message = f"{key}: {one} and {other}"
            raise ValueError(message)
    labels = sum(one["n"] for one in mine.values())
    return f"{len(mine)} groups of {labels:,} labels"


WORKS = (
    Work(
        name="coverage.grouped",
        title=f"{ROWS * DIMENSIONS:,} labels judged by dimension, split and source",
        make=make,
        ours="benchmarks.coverage:ours",
        peers={"polars": "benchmarks.coverage:polars"},
        same=same,
        packages=("duckdb", "polars", "pyarrow"),
    ),
)
