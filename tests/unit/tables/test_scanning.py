"""A file that opens and cannot be read to its end is an error of the store, for whoever reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from hueset.errors import HuesetError, StoreError
from hueset.render.report.section import Material
from hueset.store import query
from hueset.store.diff import diff_versions
from hueset.store.version import StoredVersion
from hueset.tables.sql import scanning
from hueset_api.database import Database
from tests.support.documents import changed
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def harmed(tmp_path: Path) -> StoredVersion:
    """A version of which the footer is whole and the pages are not."""
    rows = pa.table({"name": [f"rex {at * 7919 % 5000}" for at in range(5000)]})
    version = write_version(tmp_path, "pets", {"pets": (["name"], rows)})
    (file,) = version.files("pets")
    data = bytearray(file.read_bytes())
    data[40 : len(data) // 2] = b"\xff" * (len(data) // 2 - 40)
    file.write_bytes(data)
    return version


def test_a_comparison_says_which_table(harmed: StoredVersion) -> None:
    other = StoredVersion("pets", harmed.name, harmed.path)
    tables = other.manifest.to_json()["tables"]
    tables["pets"]["content"] = {"train": {"name": "x"}}
    other.__dict__["manifest"] = changed(other.manifest, tables=tables)
    with pytest.raises(StoreError, match=r"the table pets of .* cannot be read") as caught:
        diff_versions(harmed, other)
    assert "says whether a file is damaged" in str(caught.value.hint)


def test_a_section_of_a_report_says_which_version(harmed: StoredVersion) -> None:
    with query.connect_reader([harmed]) as con, pytest.raises(StoreError, match=r"pets 1\.0\.0"):
        Material(harmed, {}, con).rows("SELECT string_agg(name) FROM pets.pets")


def test_a_typed_statement_and_the_service_say_so_too(harmed: StoredVersion) -> None:
    with pytest.raises(HuesetError):
        query.ask(query.connect_locked([harmed]), "SELECT string_agg(name) FROM pets.pets")
    database = Database(5)
    with pytest.raises(StoreError):
        database.rows(harmed, "SELECT string_agg(name) FROM pets.pets")
    database.close()


def test_a_file_that_is_none_does_not_open_for_either_kind_of_view(harmed: StoredVersion) -> None:
    (file,) = harmed.files("pets")
    file.write_bytes(b"PAR1" + bytes(50) + b"PAR1")
    with pytest.raises(StoreError, match=r"the table pets\.pets cannot be opened"):
        query.connect_locked([harmed])
    with pytest.raises(StoreError):
        query.connect_reader([harmed])


def test_a_statement_of_ours_that_is_wrong_stays_a_defect() -> None:
    duckdb = pytest.importorskip("duckdb")
    con = duckdb.connect()
    with pytest.raises(duckdb.BinderException), scanning("it"):
        con.execute("SELECT a FROM (SELECT 1 AS b)")


def test_memory_that_ran_out_is_no_damage() -> None:
    duckdb = pytest.importorskip("duckdb")
    con = duckdb.connect(config={"memory_limit": "10MB", "temp_directory": ""})
    with pytest.raises(HuesetError, match="does not fit into memory"), scanning("it"):
        con.execute("SELECT list(a) FROM (SELECT hash(range) AS a FROM range(9000000))").fetchall()
