"""Numbers that are not finite, in half precision: told apart from null, and found by a filter."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from hueset.store.version import StoredVersion
from hueset_api.database import Database
from hueset_api.row_pages import Ask, read_row_page
from hueset_api.statistics import of_table
from tests.support.handwritten_version import write_version


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> StoredVersion:
    numbers = pa.array(np.array([1.5, np.nan, np.inf, -np.inf, 0, 2], "f2"))
    numbers = pa.array([*numbers.to_pylist()[:4], None, 2.0], pa.float16())
    rows = pa.table({"k": list("abcdef"), "h": numbers, "l": [[one.as_py()] for one in numbers]})
    return write_version(
        tmp_path_factory.mktemp("store"),
        "odd",
        {"rows": (["k"], rows)},
        types={"h": "float16", "l": "list<float64>"},
    )


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ((), ["a", "b", "c", "d", "e", "f"]),
        (("h:eq:NaN",), ["b"]),
        (("h:eq:Infinity",), ["c"]),
        (("h:eq:-Infinity",), ["d"]),
        (("h:null:",), ["e"]),
        (("h:gt:1.5",), ["b", "c", "f"]),
    ],
)
def test_a_filter_finds_them(
    version: StoredVersion, filters: tuple[str, ...], found: list[str]
) -> None:
    rows = read_row_page(Database(5), version, Ask("rows", filters))["rows"]
    assert [row["k"] for row in rows] == found


def test_rows_name_them_at_any_depth(version: StoredVersion) -> None:
    rows = read_row_page(Database(5), version, Ask("rows"))["rows"]
    assert [row["h"] for row in rows] == [1.5, "NaN", "Infinity", "-Infinity", None, 2.0]
    assert [row["l"] for row in rows][:2] == [[1.5], ["NaN"]]


def test_statistics_count_them_and_spread_the_others(version: StoredVersion) -> None:
    told = of_table(Database(5), version, "rows")["columns"]["h"]
    assert (told["nulls"], told["nan"], told["infinite"]) == (1, 1, 2)
    assert (told["mean"], told["quantiles"]["1"]) == (1.75, 2.0)


def test_no_more_values_are_distinct_than_there_are(tmp_path: Path) -> None:
    """DuckDB estimates 1,421 of these 1,400."""
    rows = pa.table({"k": range(1_400)})
    version = write_version(tmp_path, "many", {"rows": (["k"], rows)})
    told = of_table(Database(5), version, "rows")["columns"]["k"]
    assert (told["distinct"], told["distinct_exact"]) == (1_400, False)
