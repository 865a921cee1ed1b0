"""A tiny project for tests of the engine: one dataset, ten pets in two files, a real builder."""

from __future__ import annotations

import hashlib
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ROWS = {
    "a.csv": [
        ("rex", "dog", 0.9),
        ("tom", "cat", 0.1),
        ("ida", "dog", 0.8),
        ("kit", "cat", 0.3),
        ("bob", "dog", 0.7),
    ],
    "b.csv": [
        ("zoe", "cat", 0.2),
        ("max", "dog", 0.6),
        ("lea", "cat", 0.5),
        ("pip", "dog", 1.0),
        ("odo", "cat", 0.0),
    ],
}

BUILDER = '''
"""Pets from two csv files."""
import csv, io
import pyarrow as pa
from hueset.builder import Batch, Reject, Unit
from hueset.errors import InputError
from hueset.builder.splits import assign_split

def plan_units(inputs):
    return [Unit(name, (("pets", name),)) for name in inputs.sources["pets"].names("*.csv")]

def build_unit(unit, inputs):
    text = inputs.sources["pets"].read(unit.key).decode()
    if "not a csv" in text:
        raise InputError(f"{unit.key}: not a csv", hint="look at the file")
    rows = []
    for name, kind, calm in csv.reader(io.StringIO(text)):
        if not 0 <= float(calm) <= 1:
            yield Reject("pets", "pets", name, "calm_out_of_range", calm, "0..1")
            continue
        split = assign_split(name, {"train": .6, "validation": .2, "test": .2},
        inputs.parameters["salt"])
        rows.append({"name": name, "kind": kind, "calm": float(calm), "split": split})
    yield Batch("pets", pa.Table.from_pylist(rows))
'''

DECLARATION = """
name: pets
version: 1.0.0
title: Pets
summary: Ten pets, to test the engine with.
builder: pets_builders.pets
licence: CC0-1.0
parameters: {salt: s}
lookup_tables: [dimensions.yaml]
sources:
  pets:
    description: Two csv files.
    licence: CC0-1.0
    citation: The authors of this test.
    kind: folder
    mirror: pets
    pin:
      members: {glob: ["*.csv"], count: 2, digest: DIGEST}
    dimensions: [calm]
tables:
  pets:
    description: One row per pet.
    key: [name]
    split: split
    group: name
    columns:
      name: {type: string, nullable: false, description: The name.}
      kind: {type: string, nullable: false, values: [cat, dog], description: The kind.}
      calm: {type: float64, description: "How calm it is, 0..1."}
      split: {type: string, nullable: false, description: The split.}
coverage:
  numeric:
    table: pets
    dimensions: dimensions.yaml
    source: kind
    required: [calm]
    floors: {examples: 2, examples_warn: 5, distinct: 2}
quarantine: {ceiling: 0.5}
"""

SUITE = """
table: pets
min_rows: 5
expectations:
  - id: calm_in_range
    type: expect_column_values_to_be_between
    kwargs: {column: calm, min_value: 0, max_value: 1}
    severity: critical
    why: calm is a share
"""

DIMENSIONS = """
- {name: calm, group: energy, low: wild, high: calm, circular: false, description: How calm.}
- {name: shiny, group: looks, low: dull, high: shiny, circular: false, description: How shiny.}
"""


def write_pets(root: Path) -> Path:
    """Write the project and its data (`<root>/mirror`); returns the root."""
    for folder in ("datasets/pets", "expectations/pets", "pets_builders", "mirror/pets"):
        (root / folder).mkdir(parents=True)
    for name, rows in ROWS.items():
        text = "".join(f"{pet},{kind},{calm}\n" for pet, kind, calm in rows)
        (root / "mirror/pets" / name).write_text(text)
    (root / "catalog.yaml").write_text("datasets: [pets]\nstore: artifacts\n")
    declaration = DECLARATION.replace("DIGEST", members_digest(root / "mirror/pets"))
    (root / "datasets/pets/dataset.yaml").write_text(declaration)
    (root / "datasets/pets/dimensions.yaml").write_text(DIMENSIONS)
    (root / "datasets/pets/card.md").write_text("Pets, for tests.\n")
    (root / "expectations/pets/pets.yaml").write_text(SUITE)
    (root / "pets_builders/__init__.py").write_text('"""Builders."""\n')
    (root / "pets_builders/pets.py").write_text(textwrap.dedent(BUILDER))
    return root


def members_digest(folder: Path) -> str:
    """Return the digest over the lines `<sha256>  <member>`, sorted by member."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def repin(root: Path) -> None:
    """Pin the data as it lies now."""
    path = root / "datasets/pets/dataset.yaml"
    text = path.read_text()
    before = text[text.index("digest: ") + 8 :][:64]
    path.write_text(text.replace(before, members_digest(root / "mirror/pets")))
