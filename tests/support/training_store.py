"""A store with one small vibe version, written by hand and measured by the real coverage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hueset.coverage.measure import measure_coverage
from hueset.declaration.column_types import arrow_schema
from hueset.declaration.project import find_project
from hueset.files.hashing import file_sha256
from hueset.store.store import StoredVersion, VersionStore
from tests.support.handwritten_version import gate_report_of, manifest_of

REPO = Path(__file__).parents[2]

GOOD = ("lovely", "bright", "kind", "happy", "wonderful", "sweet")
BAD = ("awful", "grim", "cruel", "sad", "terrible", "bitter")
THINGS = ("day", "letter", "song", "garden", "visit", "story", "room", "dream")


def write_version(
    root: Path,
    dataset: str,
    tables: dict[str, list[dict[str, Any]]],
    *,
    verdict: str = "warn",
    schemas: dict[str, pa.Schema] | None = None,
) -> StoredVersion:
    """Write tables as a version of a declared dataset and return it; it becomes the latest."""
    folder = root / dataset / "1.0.0+0123456789ab"
    declared = find_project(REPO).dataset(dataset)
    facts = find_project(REPO).facts(declared)
    files: dict[str, list[Path]] = {}
    told = {}
    empty = {name: list[dict[str, Any]]() for name in covered(declared) - set(tables)}
    for name, rows in {**tables, **empty}.items():
        files[name], entries = [], []
        (folder / "data" / name).mkdir(parents=True)
        for split in sorted({row.get("split", "train") for row in rows}) or ["train"]:
            path = folder / "data" / name / f"{split}-00000-of-00001.parquet"
            mine = [row for row in rows if row.get("split", "train") == split]
            table = pa.Table.from_pylist(mine, schema=(schemas or {}).get(name))
            table = with_declared_columns(table, arrow_schema(declared.tables[name]))
            pq.write_table(table, path, row_group_size=256)
            digest, size = file_sha256(path)
            files[name].append(path)
            relative = path.relative_to(folder).as_posix()
            entries.append(
                {
                    "path": relative,
                    "split": split,
                    "rows": len(mine),
                    "sha256": digest,
                    "bytes": size,
                    "arrow_bytes": 0,
                }
            )
        one = declared.tables[name]
        told[name] = {
            "description": one.description,
            "rows": len(rows),
            "key": list(one.key),
            "split": one.split,
            "group": one.group,
            "content": {},
            "files": entries,
            "splits": {file["split"]: file["rows"] for file in entries},
            "columns": {
                column: kind.model_dump(mode="json", exclude_defaults=True)
                for column, kind in one.columns.items()
            },
        }
    manifest = manifest_of(dataset, folder.name, told) | {"verdict": verdict}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "coverage.json").write_text(json.dumps(measure_coverage(declared, facts, files)))
    (folder / "gate").mkdir()
    (folder / "gate/report.json").write_text(json.dumps(gate_report_of(told, verdict)))
    (root / dataset / "latest").symlink_to(folder.name)
    return VersionStore(root).version(dataset)


def with_declared_columns(table: pa.Table, declared: pa.Schema) -> pa.Table:
    """Return the table with every declared column; those not given hold no value."""
    for field in declared:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table


def covered(declared: Any) -> set[str]:
    """Return the tables the coverage contract looks at."""
    contract = declared.coverage
    named = {one.table for one in (*contract.classes, *contract.presence)}
    if contract.numeric:
        named |= {contract.numeric.table, contract.numeric.labels}
    return named - {None}


def mood_rows(n: int = 1800, *, teachable: bool = True, seed: int = 3) -> list[dict[str, Any]]:
    """Return sentences with a valence; without `teachable` it has nothing to do with the words."""
    rng = np.random.default_rng(seed)
    rows = []
    for at in range(n):
        level = rng.random()
        words = [str(rng.choice(GOOD if rng.random() < level else BAD)) for _ in range(6)]
        text = f"A {' '.join(words)} {rng.choice(THINGS)} number {at}"
        split = "train" if at % 10 < 7 else "validation" if at % 10 < 8 else "test"
        value = level if teachable else float(rng.random())
        rows.append(
            {
                "example_id": f"e{at}",
                "text": text,
                "source": f"s{at % 2}",
                "split": split,
                "valence": value,
                "arousal": 0.5 if at < 1200 else None,
            }
        )
    return rows


def mood_version(root: Path, *, verdict: str = "warn", teachable: bool = True) -> StoredVersion:
    """Write a version of vibe: valence can be learned, arousal is neutral, the rest is absent."""
    names = find_project(REPO).dataset("vibe").tables["training"].columns
    rows = [{name: row.get(name) for name in names} for row in mood_rows(teachable=teachable)]
    schema = pa.schema(
        [
            (n, pa.string() if n in {"example_id", "text", "source", "split"} else pa.float64())
            for n in names
        ]
    )
    labels = [
        {
            "example_id": row["example_id"],
            "dimension": name,
            "label_kind": "rating",
            "n_raters": 5,
            "rater_sd": 0.1,
            "z": 0.0,
        }
        for row in rows
        for name in ("valence", "arousal")
        if row[name] is not None
    ]
    examples = [{"example_id": r["example_id"], "group_id": r["example_id"]} for r in rows]
    classes = [
        {"example_id": r["example_id"], "class": "joy" if r["valence"] > 0.5 else "sadness"}
        for r in rows
    ]
    tables = {"training": rows, "labels": labels, "examples": examples, "classes": classes}
    return write_version(root, "vibe", tables, verdict=verdict, schemas={"training": schema})
