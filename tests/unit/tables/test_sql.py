import ast
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.errors import StoreError
from hueset.tables.sql import (
    Limits,
    add_parquet_view,
    add_sealed_view,
    open_database,
    quote_identifier,
    quote_text,
)

ROOT = Path(__file__).parents[3]

HOSTILE = "x\" AS SELECT 1; COPY (SELECT 1) TO '/tmp/out.csv'; --"


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """Return a file with half-precision numbers at every depth."""
    folder = tmp_path / "odd [name] *, it's"
    folder.mkdir()
    numbers = np.array([1.5, np.nan, np.inf], "float16")
    table = pa.table(
        {
            "k": [1, 2, 3],
            "h": pa.array(numbers),
            "listed": pa.array([[numbers[0]], None, []], pa.list_(pa.float16())),
            "fixed": pa.FixedSizeListArray.from_arrays(pa.array(np.arange(6).astype("f2")), 2),
            "inner": pa.StructArray.from_arrays([pa.array(numbers)], ["x"]),
        }
    )
    pq.write_table(table, folder / "t.parquet")
    return folder / "t.parquet"


def test_duckdb_is_opened_in_one_place() -> None:
    opened = []
    for folder in ("src", "api", "builders"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Attribute(value=ast.Name(id="duckdb"), attr="connect" | "sql"):
                        opened.append(path.relative_to(ROOT).as_posix())
    assert opened == ["src/hueset/tables/sql.py"]


@pytest.mark.parametrize("add_view", [add_parquet_view, add_sealed_view])
def test_half_precision_is_read_at_every_depth(half: Path, add_view) -> None:
    con = open_database([half])
    add_view(con, [half], "t", schema="s")
    rows = con.execute('select h, listed, list_value(fixed[1]), "inner".x from s.t order by k')
    first, second, third = rows.fetchall()
    assert first == (1.5, [1.5], [0.0], 1.5)
    assert np.isnan(second[0])
    assert second[1] is None
    assert third[0] == float("inf")
    assert con.execute("select k from s.t where isnan(h) or h = 'inf'").fetchall() == [(2,), (3,)]


@pytest.mark.parametrize("add_view", [add_parquet_view, add_sealed_view])
def test_a_name_is_a_name_whatever_is_in_it(half: Path, add_view) -> None:
    con = open_database([half])
    add_view(con, [half], HOSTILE, schema=HOSTILE)
    where = f"{quote_identifier(HOSTILE)}.{quote_identifier(HOSTILE)}"
    assert con.execute(f"select count(*) from {where}").fetchone() == (3,)
    assert con.execute(f"select {quote_text(HOSTILE)}").fetchone() == (HOSTILE,)


@pytest.mark.parametrize(
    "attack",
    [
        "select * from read_text('{other}')",
        "select * from read_csv('{other}')",
        "select * from read_blob('{other}')",
        "select * from glob('{folder}/*')",
        "copy (select 1) to '{folder}/new.csv'",
        "with x as (copy (select 1) to '{folder}/new.csv' (use_tmp_file false)) select * from x",
        "attach '{folder}/new.db'",
        "export database '{folder}/new'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set allowed_paths = ['{other}']",
        "set lock_configuration = false",
        "set threads = 64",
        "pragma memory_limit = '64GB'",
        "select getenv('HOME')",
        "select * from sniff_csv('{other}')",
        "select * from parquet_metadata('{other}')",
        "from '{other}'",
        "select * from duckdb_secrets()",
    ],
)
def test_a_connection_reaches_its_own_files_alone(half: Path, tmp_path: Path, attack: str) -> None:
    import duckdb

    other = tmp_path / "other.txt"
    other.write_text("a\n1\n")
    con = open_database([half])
    with pytest.raises(duckdb.Error):
        con.execute(attack.format(other=other, folder=tmp_path)).fetchall()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [other.name, "odd [name] *, it's"]
    )


def test_a_sealed_connection_cannot_write_the_files_that_its_views_show(half: Path) -> None:
    import duckdb

    con = open_database()
    add_sealed_view(con, [half], "t")
    before, place = half.read_bytes(), quote_text(str(half))
    for attack in (
        f"with x as (copy (select 1) to {place} (use_tmp_file false)) select * from x",
        f"select * from read_parquet([{place}])",
    ):
        with pytest.raises(duckdb.Error, match="Permission"):
            con.execute(attack).fetchall()
    assert half.read_bytes() == before


def test_what_does_not_fit_spills_only_where_it_may(tmp_path: Path) -> None:
    import duckdb

    statement = "create table t as select range r, repeat('x', 200) || range s from range(400000)"
    with pytest.raises(duckdb.OutOfMemoryException):
        open_database(limits=Limits(memory="40MiB", threads=1)).execute(statement)
    con = open_database(limits=Limits(memory="40MiB", threads=1, spill=tmp_path))
    con.execute(statement)
    assert con.execute("select count(*) from t").fetchone() == (400000,)


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 nothing PAR1")
    con = open_database([path])
    with pytest.raises(StoreError, match=r"the table s\.t cannot be opened: .*t\.parquet"):
        add_parquet_view(con, [path], "t", schema="s")
