"""A table in the form of every library: the same rows, nulls that stay nulls, classes by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hueset
from hueset.errors import UnknownNameError, UsageError
from tests.support.toys_version import TOYS, TYPES, write_toys

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["cat", "dog", None, "dog"]
TAGS = [["q", "p"], None, [], ["q"]]
BOTH = {name: [*TOYS["train"][name], *TOYS["test"][name]] for name in TOYS["train"]}
NAMED: dict[str, list[Any]] = BOTH | {"kind": KINDS, "tags": TAGS}


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> hueset.Version:
    root = tmp_path_factory.mktemp("toys")
    write_toys(root)
    return hueset.open_store(root).version("toys")


@pytest.fixture
def toys(version: hueset.Version) -> hueset.Table:
    return version.table("toys")


def from_arrow(table: hueset.Table, **asked: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = table.arrow(**asked).to_pydict()
    return found


def from_polars(table: hueset.Table, **asked: Any) -> dict[str, list[Any]]:
    return table.polars(**asked).to_dict(as_series=False)


def from_scan(table: hueset.Table, **asked: Any) -> dict[str, list[Any]]:
    return table.scan(**asked).collect().to_dict(as_series=False)


def from_pandas(table: hueset.Table, **asked: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = pa.Table.from_pandas(table.pandas(**asked)).to_pydict()
    return found


def from_duckdb(table: hueset.Table, **asked: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = table.duckdb(**asked).to_arrow_table().to_pydict()
    return found


def from_batches(table: hueset.Table, **asked: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = pa.Table.from_batches(
        table.batches(max_bytes=1, **asked), table.arrow(**asked).schema
    ).to_pydict()
    return found


FORMS = [from_arrow, from_polars, from_scan, from_pandas, from_duckdb, from_batches]
Form = "Callable[..., dict[str, list[Any]]]"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_all_rows_with_classes_by_name_and_nulls(
    form: Form, toys: hueset.Table
) -> None:
    assert form(toys) == NAMED


@pytest.mark.parametrize("form", FORMS)
def test_every_form_takes_a_split_columns_in_their_order_and_codes(
    form: Form, toys: hueset.Table
) -> None:
    found = form(toys, split="train", columns=["kind", "id", "tags"], codes=True)
    assert list(found) == ["kind", "id", "tags"]
    assert found == {name: TOYS["train"][name] for name in ("kind", "id", "tags")}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_what_is_not_there_with_the_nearest(
    form: Form, toys: hueset.Table
) -> None:
    with pytest.raises(UnknownNameError, match="unknown column of toys 'clam'") as column:
        form(toys, columns=["clam"])
    assert "did you mean 'calm'?" in str(column.value.hint)
    with pytest.raises(UnknownNameError, match="unknown split 'tset'") as split:
        form(toys, split="tset")
    assert "did you mean 'test'?" in str(split.value.hint)
    assert split.value.code == "E_NOT_FOUND"
    with pytest.raises(UsageError, match="twice"):
        form(toys, columns=["calm", "calm"])
    with pytest.raises(UsageError, match="a list of columns") as text:
        form(toys, columns="calm")
    assert text.value.hint == "give ['calm']"


def test_whole_numbers_with_nulls_stay_whole_in_pandas(toys: hueset.Table) -> None:
    frame = toys.pandas("train")
    assert frame["id"].tolist()[0] == 2**53 + 1
    assert frame["legs"].dtype == pd.ArrowDtype(pa.int32())
    assert frame["legs"].isna().tolist() == [False, True, False]


def test_the_schema_is_that_of_the_rows(version: hueset.Version) -> None:
    for table in version.tables.values():
        assert table.schema.equals(table.arrow().schema)
    assert version.table("toys").polars().schema["spot"] == pl.Array(pl.Float32, (2, 2))


def test_a_scan_reads_no_column_that_is_left_out(toys: hueset.Table) -> None:
    plan = toys.scan(columns=["kind", "calm"]).filter(pl.col("calm") > 0.3).explain()
    assert "PROJECT 2/8 COLUMNS" in plan
    assert toys.scan("train").select("text").collect()["text"].to_list() == TOYS["train"]["text"]


def test_a_relation_joins_in_a_connection_of_ones_own_and_elsewhere_reads_nothing_else(
    toys: hueset.Table, tmp_path: Path
) -> None:
    with duckdb.connect() as con:
        con.sql("CREATE TABLE legs AS SELECT 4 AS legs, 'table' AS thing")
        joined = toys.duckdb(connection=con).join(con.table("legs"), "legs")
        assert joined.select("kind", "thing").fetchall() == [("cat", "table")]
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(duckdb.PermissionException):
        toys.duckdb().query("t", f"FROM read_parquet('{tmp_path}/other.parquet')").fetchall()


def test_datasets_restores_features_splits_and_nulls(version: hueset.Version) -> None:
    datasets = pytest.importorskip("datasets")
    whole = version.table("toys").datasets()
    assert {split: rows.num_rows for split, rows in whole.items()} == {"train": 3, "test": 1}
    assert whole["train"].features["kind"] == datasets.ClassLabel(names=["cat", "dog"])
    assert whole["train"]["kind"] == TOYS["train"]["kind"]
    assert whole["train"]["tags"] == TOYS["train"]["tags"]
    calls = version.table("calls").datasets("train", columns=["id", "call"])
    assert isinstance(calls.features["call"], datasets.Audio)
    undecoded = calls.cast_column("call", datasets.Audio(decode=False))
    assert undecoded[0]["call"]["bytes"][:4] == b"fLaC"


def test_datasets_streams_the_same(version: hueset.Version, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = version.table("toys").datasets("train", columns=["kind", "id"], streaming=True)
    assert rows.features["kind"] == datasets.ClassLabel(names=["cat", "dog"])
    assert [one["kind"] for one in rows] == TOYS["train"]["kind"]


def test_a_table_says_what_it_holds(toys: hueset.Table) -> None:
    assert (toys.rows, len(toys), toys.key) == (4, 4, ("id",))
    assert toys.splits == {"train": 3, "test": 1}
    assert toys.columns["kind"].type == TYPES["kind"]
    assert repr(toys).splitlines()[:3] == [
        "<Table toys 1.0.0+handmade toys: 4 rows × 8 columns (train 3 · test 1)>",
        "  id    int64",
        "  kind  class<cat | dog>",
    ]


def test_batches_of_no_bytes_are_refused_at_once(toys: hueset.Table) -> None:
    with pytest.raises(UsageError, match="max_bytes=0: a number of bytes"):
        toys.batches(max_bytes=0)
