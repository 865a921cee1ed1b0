"""A version written by hand: documents and parquet as a build leaves them, in milliseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from hueset.declaration.column_types import arrow_type, parse_type
from hueset.files.hashing import file_sha256
from hueset.store.version import MANIFEST_FORMAT, StoredVersion
from hueset.store.version_documents import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Handmade = tuple["Sequence[str]", "pa.Table | Mapping[str, pa.Table]"]
"""The key of a table, and its rows: of one split, `train`, or of each."""


def manifest_of(dataset: str, name: str, tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest of a version that passed, with these tables."""
    return {
        "format": MANIFEST_FORMAT,
        "dataset": dataset,
        "version": name,
        "verdict": "pass",
        "tables": dict(tables),
        "files": [],
        "sources": [],
        "quarantine": {},
        "fingerprint": {},
        "parameters": {},
        "sample": False,
        "title": dataset.title(),
        "summary": "Written by hand.",
        "licence": "CC0-1.0",
        "semver": "1.0.0",
        "units": 1,
        "written_by": {"hueset": "0"},
        "language": [],
        "tags": [],
        "task_categories": [],
        "changed_parameters": {},
        "licences": {},
    }


def declared_type(kind: pa.DataType) -> str:
    """Return how a declaration spells a type of Arrow, as far as tests need it."""
    if pa.types.is_fixed_size_list(kind):
        return f"list<{declared_type(kind.value_type)}, {kind.list_size}>"
    if pa.types.is_list(kind):
        return f"list<{declared_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{one.name}: {declared_type(one.type)}' for one in kind)}>"
    spelled = {
        "double": "float64",
        "float": "float32",
        "halffloat": "float16",
        "date32[day]": "date32",
        "null": "string",
    }
    return spelled.get(str(kind), str(kind))


def write_version(
    store: Path,
    dataset: str,
    tables: Mapping[str, Handmade],
    *,
    types: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    coverage: Callable[[dict[str, list[Path]]], dict[str, Any]] | None = None,
) -> StoredVersion:
    """Write a version that passed and is the latest.

    Parameters
    ----------
    types
        Declared types by column; one that is not named is declared as what it is.
    coverage
        Makes `coverage.json` from the files of each table; by default it has nothing in it.
    """
    name = "1.0.0+handmade"
    folder = store / dataset / name
    (folder / "gate").mkdir(parents=True)
    told = {}
    for table, (key, rows) in tables.items():
        (folder / "data").mkdir(exist_ok=True)
        parts = dict(rows) if isinstance(rows, Mapping) else {"train": rows}
        schema = next(iter(parts.values())).schema
        declared = {
            field.name: (types or {}).get(field.name, declared_type(field.type)) for field in schema
        }
        kinds = [(column, arrow_type(parse_type(text))) for column, text in declared.items()]
        files = []
        for split, part in parts.items():
            path = folder / "data" / f"{table}-{split}.parquet"
            typed = part.cast(pa.schema(kinds, metadata=schema.metadata))
            pq.write_table(typed, path, compression="NONE", use_dictionary=False)
            digest, size = file_sha256(path)
            file = {"path": f"data/{path.name}", "split": split, "rows": part.num_rows}
            files.append({**file, "bytes": size, "sha256": digest, "arrow_bytes": 0})
        splits = {split: part.num_rows for split, part in parts.items()}
        told[table] = {
            "description": f"One row per {' and '.join(key)}.",
            "key": list(key),
            "split": None,
            "group": None,
            "splits": splits,
            "rows": sum(splits.values()),
            "columns": {column: {"type": text} for column, text in declared.items()},
            "files": files,
            "content": {},
        }
    documents = {
        "coverage.json": {
            "dataset": dataset,
            "dimensions": [],
            "floors": None,
            "classes": [],
            "presence": [],
        },
        "gate/report.json": {"verdict": "pass", "summary": "", "checks": [], "findings": []},
        "units.json": {},
    }
    if coverage is not None:
        written = {
            name: [folder / one["path"] for one in table["files"]] for name, table in told.items()
        }
        documents["coverage.json"] = coverage(written)
    for place, document in documents.items():
        (folder / place).write_text(json.dumps(document))
    for place in DOCUMENTS:
        (folder / place).write_text("{}")
    manifest = manifest_of(dataset, name, told)
    manifest["parameters"] = dict(parameters or {})
    for place in documents:
        digest, size = file_sha256(folder / place)
        manifest["files"].append({"path": place, "bytes": size, "sha256": digest})
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (store / dataset / "latest").symlink_to(name)
    return StoredVersion(dataset, name, folder)
