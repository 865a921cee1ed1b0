"""A version written by hand: classes, nulls, nested columns, sound, two splits."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import soundfile

from hueset.declaration import Column, TableDeclaration
from hueset.declaration.column_types import arrow_schema
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.store.version import StoredVersion

RATE_HZ = 8_000

TYPES = {
    "id": "int64",
    "kind": "class<cat | dog>",
    "tags": "list<class<p | q>>",
    "calm": "float64",
    "legs": "int32",
    "good": "bool",
    "spot": "array<float32, 2, 2>",
    "text": "string",
    "no": "int32",
    "call": "audio",
    "score": "binary",
}

TOYS = {
    "train": {
        "id": [2**53 + 1, 2, 3],
        "kind": [0, 1, None],
        "tags": [[1, 0], None, []],
        "calm": [0.25, None, 0.75],
        "legs": [4, None, 2],
        "good": [True, None, False],
        "spot": [[[1.0, 2.0], [3.0, 4.0]], None, [[5.0, 6.0], [7.0, 8.0]]],
        "text": ["<b>a</b>", None, "c"],
    },
    "test": {
        "id": [4],
        "kind": [1],
        "tags": [[1]],
        "calm": [0.5],
        "legs": [3],
        "good": [True],
        "spot": [[[0.0, 0.0], [0.0, 0.0]]],
        "text": ["d"],
    },
}


def sound_of(channels: int) -> bytes:
    """Return a tenth of a second of FLAC."""
    wave = np.sin(np.arange(RATE_HZ // 10) / 9).astype(np.float32) / 2
    stream = io.BytesIO()
    samples = np.stack([wave * (at + 1) / channels for at in range(channels)], axis=1)
    soundfile.write(stream, samples, RATE_HZ, format="FLAC")
    return stream.getvalue()


def write_toys(store: Path) -> StoredVersion:
    """Write the version: tables `toys` (two splits) and `calls` (sound, a key of two columns)."""
    toys = {split: pa.table(rows, schema=_schema(*rows)) for split, rows in TOYS.items()}
    calls = {
        "id": [1, 1, 2],
        "no": [1, 2, 1],
        "call": [
            {"bytes": sound_of(1), "path": "a.flac"},
            None,
            {"bytes": sound_of(2), "path": "b.flac"},
        ],
        "score": [b"MThd", None, b""],
    }
    tables = {
        "toys": (["id"], toys),
        "calls": (["id", "no"], pa.table(calls, schema=_schema(*calls))),
    }
    return write_version(store, "toys", tables, types=TYPES)


def _schema(*names: str) -> pa.Schema:
    columns = {name: Column(type=TYPES[name]) for name in names}
    return arrow_schema(TableDeclaration(description="Toys.", key=(names[0],), columns=columns))
