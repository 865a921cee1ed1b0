"""Every side that says what the coverage of a version is, and versions whose labels are made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from hueset.coverage.measure import measure_coverage
from hueset.coverage.recorded_contract import read_contract
from hueset.coverage.recount import recount_coverage
from hueset.coverage.tables import ParquetTable, TableShape, open_tables
from hueset.declaration.column_types import arrow_type, parse_type
from hueset.files.hashing import file_sha256
from hueset.store.version import StoredVersion
from hueset_api.database import Database
from hueset_api.recounts import count_groups, count_whole
from tests.support.handwritten_version import gate_report_of, manifest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hueset.declaration import Dataset


def check_sides_agree(version: StoredVersion, declared: Dataset | None = None) -> None:
    """Assert that a version is counted again as its build counted it, whoever asks.

    Parameters
    ----------
    version
        A version with its `coverage.json`.
    declared
        The declaration, for a version that does not name its contract.
    """
    stored = json.loads((version.path / "coverage.json").read_text(encoding="utf-8"))
    database = Database(120)
    try:
        assert plain(count_whole(database, version, declared)) == stored
        assert plain(recount_files(version, declared)) == stored
        _check_groups(database, version, declared, stored)
    finally:
        database.close()


def recount_files(version: StoredVersion, declared: Dataset | None) -> dict[str, Any]:
    """Count as the licence filter does, with nothing filtered."""
    tables = {
        name: ParquetTable(version.files(name), TableShape.of_manifest(table))
        for name, table in version.manifest.tables.items()
    }
    with open_tables(tables) as opened:
        contract = read_contract(version, declared.coverage if declared else None)
        return recount_coverage(version, opened, contract)


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as JSON tells it."""
    told: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return told


def _check_groups(
    database: Database, version: StoredVersion, declared: Dataset | None, stored: Mapping[str, Any]
) -> None:
    def groups(*by: str) -> list[dict[str, Any]]:
        told = plain(count_groups(database, version, declared, by))
        found: list[dict[str, Any]] = told["groups"]
        return found

    def by_name(entries: Sequence[Mapping[str, Any]], column: str) -> dict[Any, Any]:
        made: dict[str, dict[Any, Any]] = {one["name"]: {} for one in stored["dimensions"]}
        for one in entries:
            rest = {k: v for k, v in one.items() if k not in {"dimension", column}}
            made[one["dimension"]][one[column]] = rest
        return made

    contract = read_contract(version, declared.coverage if declared else None)
    lists = count_groups(database, version, declared, ["dimension"])["classes"]
    for classes, found in zip(stored["classes"], lists, strict=True):
        counted = {one["class"]: (one["n"], one["verdict"]) for one in found["groups"]}
        for one in classes["classes"]:
            assert counted[one["class"]] == (one["n"], one["verdict"])
    if contract.numeric is None:
        return
    pooled = groups("dimension")
    assert [one["dimension"] for one in pooled] == [one["name"] for one in stored["dimensions"]]
    for told, one in zip(pooled, stored["dimensions"], strict=True):
        number = one.get("not_finite", 0)
        reason = one["reason"].removesuffix(f"; {number:,} left out, NaN or infinite")
        assert {k: v for k, v in told.items() if k != "dimension"} == {
            **{key: one[key] for key in told if key != "dimension"},
            "reason": reason,
        }
    columns = {"by_source": ("source", contract.numeric.source)}
    columns["by_unit"] = ("unit", contract.numeric.unit)
    for key, (name, column) in columns.items():
        if column:
            found = by_name(groups("dimension", name), name)
            for one in stored["dimensions"]:
                texts = {unquoted(text): told for text, told in one[key].items()}
                assert found[one["name"]] == texts
    bins = by_name(groups("dimension", "value"), "value")
    for one in stored["dimensions"]:
        pairs = one["histogram"]
        tenths = {at / 10: pairs[2 * at] + pairs[2 * at + 1] for at in range(len(pairs) // 2)}
        there = {at: told["n"] for at, told in bins[one["name"]].items() if at >= 0}
        assert there == {at: n for at, n in tenths.items() if n}


def unquoted(text: str) -> str | None:
    """Return the value that a key of a document stands for."""
    return None if text == "null" else text[1:-1] if text.strip('"') == "null" else text


def write_measured_version(
    store: Path,
    declared: Dataset,
    facts: Mapping[str, Any],
    tables: Mapping[str, Sequence[pa.Table]],
    *,
    contract: bool = True,
) -> StoredVersion:
    """Write tables as a version with the coverage that a build would measure.

    Parameters
    ----------
    tables
        Each with its files.
    contract
        Whether the manifest names the contract, as one of today does.
    """
    name = "1.0.0+handmade"
    folder = store / declared.name / name
    (folder / "gate").mkdir(parents=True)
    told, files = {}, {}
    for table, parts in tables.items():
        one, entries = declared.tables[table], []
        kinds = {column: arrow_type(parse_type(kind.type)) for column, kind in one.columns.items()}
        (folder / "data" / table).mkdir(parents=True)
        for at, rows in enumerate(parts):
            path = folder / "data" / table / f"all-{at:05d}-of-{len(parts):05d}.parquet"
            typed = pa.schema([(column, kinds[column]) for column in rows.column_names])
            pq.write_table(rows.cast(typed), path, row_group_size=7)
            digest, size = file_sha256(path)
            place = path.relative_to(folder).as_posix()
            file = {"path": place, "split": "all", "rows": rows.num_rows, "arrow_bytes": 0}
            entries.append({**file, "bytes": size, "sha256": digest})
        files[table] = [folder / entry["path"] for entry in entries]
        rows_of = sum(part.num_rows for part in parts)
        told[table] = {
            "description": one.description,
            "rows": rows_of,
            "key": list(one.key),
            "split": one.split,
            "group": one.group,
            "content": {},
            "files": entries,
            "splits": {"all": rows_of},
            "columns": {
                column: kind.model_dump(mode="json", exclude_defaults=True)
                for column, kind in one.columns.items()
            },
        }
    manifest = manifest_of(declared.name, name, told)
    if contract:
        manifest["contract"] = declared.coverage.model_dump(mode="json")
    documents = {
        "manifest.json": manifest,
        "coverage.json": measure_coverage(declared, facts, files),
        "gate/report.json": gate_report_of(told),
    }
    for place, document in documents.items():
        (folder / place).write_text(json.dumps(document, allow_nan=False))
    (store / declared.name / "latest").symlink_to(name)
    return StoredVersion(declared.name, name, folder)
