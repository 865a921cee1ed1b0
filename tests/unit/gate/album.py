"""A declared dataset of two tables, and its rows, small enough to spoil one thing at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from hueset.declaration import Dataset
from hueset.declaration.column_types import arrow_schema

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = {
    "description": "Made for tests.",
    "licence": "CC0-1.0",
    "citation": "The authors of this test.",
    "mirror": "album",
    "pin": {"unpinned": True},
}
COLUMNS: dict[str, dict[str, Any]] = {
    "key": {"type": "string", "nullable": False},
    "value": {"type": "float64"},
    "count": {"type": "int32"},
    "kind": {"type": "string", "values": ["song", "speech"]},
    "tags": {"type": "list<string>", "values": ["calm", "loud"]},
    "mood": {"type": "class<low | high>"},
    "source_file": {"type": "string"},
    "profile": {"type": "string"},
    "split": {"type": "string", "nullable": False},
    "song": {"type": "string"},
    "sound": {"type": "audio", "nullable": False},
    "midi": {"type": "binary"},
    "mel": {"type": "array<float32, 2, 3>"},
}


def dataset(*, table: dict[str, Any] | None = None, **more: Any) -> Dataset:
    """Return the declaration, with changes."""
    songs = {
        "description": "One row per piece.",
        "key": ["key"],
        "split": "split",
        "group": "song",
        "columns": COLUMNS,
        **(table or {}),
    }
    return Dataset.model_validate(
        {
            "name": "album",
            "version": "1.0.0",
            "title": "Album",
            "summary": "For tests.",
            "builder": "builders.album",
            "licence": "CC0-1.0",
            "sources": {"album": SOURCE},
            "tables": {"pieces": songs},
            **more,
        }
    )


def rows(count: int = 30) -> list[dict[str, Any]]:
    """Return rows of `pieces` that keep every promise."""
    return [
        {
            "key": f"p{at:02d}",
            "value": at / 30,
            "count": at if at % 4 else None,
            "kind": "song",
            "tags": ["calm", "loud"][: at % 3],
            "mood": at % 2,
            "source_file": f"album/{at:02d}.02.03.04.wav",
            "profile": "/home is where one is",
            "split": ("train", "validation", "test")[at % 3],
            "song": f"s{at % 15}",
            "sound": {"bytes": b"fLaC" * 5, "path": f"{at}.flac"},
            "midi": b"MThd" if at % 2 else None,
            "mel": [[0.0] * 3] * 2,
        }
        for at in range(count)
    ]


def write(
    folder: Path, given: list[dict[str, Any]], declared: Dataset, *, files: int = 2
) -> list[Path]:
    """Write rows of `pieces` as parquet, in several files and row groups."""
    schema = arrow_schema(declared.tables["pieces"])
    table = pa.Table.from_pylist(given, schema=schema)
    paths = []
    each = -(-len(given) // files) or 1
    for at in range(files):
        paths.append(folder / f"train-{at}.parquet")
        pq.write_table(table.slice(at * each, each), paths[-1], row_group_size=7)
    return paths
