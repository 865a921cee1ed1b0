"""Refused rows are read with their columns, or it is said why they cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.build.quarantine import REFUSED, read_refused_rows
from hueset.errors import StoreError
from hueset.files.hashing import file_sha256
from hueset.render.report.document import render_report
from hueset.store.version import StoredVersion
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from pathlib import Path

ROW = dict.fromkeys(REFUSED.names, "x")


def refusing(store: Path, rows: pa.Table | bytes | None) -> StoredVersion:
    """Write a version that says it refused a row, with a file of them or without."""
    made = write_version(store, "pets", {"pets": (["name"], pa.table({"name": ["rex"]}))})
    manifest = json.loads((made.path / "manifest.json").read_text())
    manifest["quarantine"] = {"pets": {"odd": 1}}
    if rows is not None:
        place = made.path / "quarantine/pets.parquet"
        place.parent.mkdir()
        if isinstance(rows, bytes):
            place.write_bytes(rows)
        else:
            pq.write_table(rows, place)
        digest, size = file_sha256(place)
        told = {"path": "quarantine/pets.parquet", "bytes": size, "sha256": digest}
        manifest["files"].append(told)
    (made.path / "manifest.json").write_text(json.dumps(manifest))
    return StoredVersion(made.dataset, made.name, made.path)


def test_longer_texts_are_texts(tmp_path: Path) -> None:
    long = pa.schema([(name, pa.large_string()) for name in REFUSED.names])
    version = refusing(tmp_path, pa.Table.from_pylist([ROW], schema=long))
    assert read_refused_rows(version).to_pylist() == [ROW]


def test_counts_without_a_file_are_a_manifest_that_contradicts_itself(tmp_path: Path) -> None:
    version = refusing(tmp_path, None)
    for read in (read_refused_rows, render_report):
        with pytest.raises(StoreError, match=r"quarantine/pets\.parquet is no file"):
            read(version)


@pytest.mark.parametrize("rows", [b"PAR1 nothing PAR1", pa.table({"name": ["rex"]})])
def test_a_file_of_something_else_is_named(tmp_path: Path, rows: pa.Table | bytes) -> None:
    with pytest.raises(StoreError, match=r"quarantine/pets\.parquet cannot be read"):
        read_refused_rows(refusing(tmp_path, rows))
