"""Tiny corpora, written as the real ones of vibe are, and what their builder makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.builder import Batch, Finding, Inputs, Reject
from hueset.declaration.project import Project
from hueset_builders.vibe import build as vibe

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

REPO = Path(__file__).parents[2]

EMOBANK = """id,split,V,A,D,text
e1,train,3.0,3.0,3.0,None
e2,dev,4.0,2.0,3.0,"He said ""go""."
e3,test,1.0,5.0,3.0,Yes.
e4,train,3.0,3.0,3.0,YES.
"""
READERS = """id,V,A,D
e1,3,3,3
e1,3,3,3
e1,1,1,1
e2,5,2,3
e2,3,2,3
e3,1,5,3
e4,2,3,3
e4,4,3,3
"""
WRITERS = """id,V,A,D
e1,3,3,3
e2,4,2,3
e3,1,5,3
"""
GOEMOTIONS = {
    "train.tsv": (
        '"I said ""wow""!"\t17\tg1\nI guess\t27\tg2\nHug\t5,17\tg3\nHug hug\t5\tg4\nyes.\t4\tg5\n'
    ),
    "dev.tsv": "Sad and proud\t25,21\tg6\n",
    "test.tsv": "Fine, 9/10\t0\tg7\n",
}
REVIEWS = {
    "aclImdb/train/pos/0_9.txt": b"Great!<br /><br />I say 8/10.",
    "aclImdb/train/pos/1_7.txt": b"Twice here",
    "aclImdb/train/neg/0_1.txt": "Bad\u0085 very bad".encode(),
    "aclImdb/test/pos/0_10.txt": b"Twice  here",
    "aclImdb/test/neg/0_4.txt": b"Dull.",
    "aclImdb/train/unsup/0_0.txt": b"Nobody rated this.",
}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def emotions() -> list[str]:
    """Return the 28 classes in the order of their numbers."""
    declared = Project(REPO)
    return list(declared.facts(declared.dataset("vibe"))["class_norms.yaml"]["classes"])


class Made:
    """What a builder made, by table; it can be scanned as the engine's shards can."""

    def __init__(self, made: Iterator[Batch | Reject | Finding] | list[Any]) -> None:
        self.batches: dict[str, list[pa.Table]] = {}
        self.rejects: list[Reject] = []
        self.findings: list[Finding] = []
        self.add(made)

    def add(self, made: Any) -> None:
        for one in made:
            match one:
                case Batch(table, rows):
                    self.batches.setdefault(table, []).append(rows)
                case Reject():
                    self.rejects.append(one)
                case Finding():
                    self.findings.append(one)

    def scan(self, table: str) -> pl.LazyFrame:
        return pl.concat(pl.DataFrame(pl.from_arrow(rows)) for rows in self.batches[table]).lazy()

    def files(self, table: str) -> list[Path]:
        raise NotImplementedError(table)

    def rows(self, table: str, by: str = "source_id") -> dict[str, dict[str, Any]]:
        return {row[by]: row for row in self.scan(table).collect().iter_rows(named=True)}

    def reasons(self) -> dict[str, str]:
        return {reject.key: reject.reason for reject in self.rejects}

    def finding(self, check: str) -> Finding:
        return next(finding for finding in self.findings if finding.check == check)


def build_units(inputs: Inputs) -> Made:
    """Build every unit of the inputs."""
    made = Made([])
    for unit in vibe.plan_units(inputs):
        made.add(vibe.build_unit(unit, inputs))
    return made


def build(inputs: Inputs) -> tuple[Made, Made]:
    """Build and combine; returns the units' tables and the finished ones."""
    units = build_units(inputs)
    finished = Made(vibe.combine(units, inputs))
    return units, finished
