"""The Croissant file of every dataset: the real library validates it and reads every table."""

from __future__ import annotations

import datetime
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
import soundfile

from hueset.declaration.column_types import (
    Audio,
    ClassOf,
    ListOf,
    Scalar,
    StructOf,
    arrow_schema,
    parse_type,
)
from hueset.declaration.project import find_project
from hueset.release.croissant import render_croissant
from hueset.tables.writer import TableWriter

if TYPE_CHECKING:
    from hueset.declaration import Dataset
    from hueset.declaration.column_types import Type

mlc = pytest.importorskip("mlcroissant", reason="mlcroissant is in the extra [test]")
pytestmark = pytest.mark.filterwarnings("ignore")

PROJECT = find_project(Path(__file__).parents[2])


def some(kind: Type) -> Any:
    """Return a value of a column type."""
    match kind:
        case Audio():
            stream = io.BytesIO()
            soundfile.write(stream, np.zeros(800), 8_000, format="FLAC")
            return {"bytes": stream.getvalue(), "path": "a.flac"}
        case ListOf(item, length):
            return [some(item)] * (length or 2)
        case StructOf(fields):
            return {name: some(inner) for name, inner in fields}
        case ClassOf():
            return 0
        case Scalar("bool"):
            return True
        case Scalar("date32"):
            return datetime.date(2020, 1, 1)
        case Scalar(name) if "string" in name:
            return "a word"
        case Scalar(name) if "binary" in name:
            return b"\x00\x01"
    return 1


def manifest_of(dataset: Dataset, folder: Path) -> dict[str, Any]:
    """Write two rows of every table, the second with every null there may be."""
    tables = {}
    for name, table in dataset.tables.items():
        full = {column: some(parse_type(told.type)) for column, told in table.columns.items()}
        sparse = {c: None if table.columns[c].nullable else value for c, value in full.items()}
        if table.split:
            full[table.split] = sparse[table.split] = "train"
        writer = TableWriter(folder / "data" / name, name, table)
        writer.write(pa.Table.from_pylist([full, sparse], schema=arrow_schema(table)))
        files, _ = writer.close()
        tables[name] = {
            "description": table.description,
            "rows": 2,
            "splits": {"train": 2},
            "key": list(table.key),
            "files": [asdict(file) for file in files],
            "columns": {c: told.model_dump(mode="json") for c, told in table.columns.items()},
        }
    return {
        "dataset": dataset.name,
        "title": dataset.title,
        "summary": dataset.summary,
        "version": f"{dataset.version}+0123456789ab",
        "semver": dataset.version,
        "language": list(dataset.language),
        "tags": list(dataset.tags),
        "licence": dataset.licence,
        "licences": {},
        "quarantine": {},
        "verdict": "pass",
        "sample": False,
        "tables": tables,
        "sources": [{"name": n, "citation": s.citation} for n, s in dataset.sources.items()],
    }


@pytest.mark.parametrize("name", PROJECT.catalog.datasets)
def test_its_croissant_file_is_valid_and_every_table_is_read(name: str, tmp_path: Path) -> None:
    manifest = manifest_of(PROJECT.dataset(name), tmp_path)
    coverage = {"dimensions": [], "classes": [], "presence": []}
    place = tmp_path / "croissant.json"
    place.write_text(json.dumps(render_croissant(manifest, coverage, f"a/{name}")))

    described = mlc.Dataset(jsonld=place)

    assert not described.metadata.ctx.issues.errors
    assert {one.name.split("/")[0] for one in described.metadata.record_sets} == set(
        manifest["tables"]
    )
    for one in described.metadata.record_sets:
        records = list(described.records(one.name))
        assert len(records) == 2, one.name
        assert set(records[0]) == {f"{one.name}/{field.name}" for field in one.fields}
