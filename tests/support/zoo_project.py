"""A small project for tests of publishing: two tables, audio, lists, classes, two licences."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hueset.build.plan import make_plan
from hueset.build.run import run_build
from hueset.declaration.project import Project, find_project
from hueset.release.card import render_documents
from hueset.sources import Where
from tests.support.in_process_build import Silent
from tests.support.pets_project import members_digest

if TYPE_CHECKING:
    from hueset.store.store import StoredVersion, VersionStore

SHELTER = [
    ("rex", "dog", "0.9"),
    ("tom", "cat", "0.1"),
    ("ida", "dog", "0.8"),
    ("kit", "cat", "0.3"),
]
STREET = [("zoe", "cat", "0.2"), ("max", "dog", "0.6"), ("lea", "cat", "0.5"), ("pip", "dog", "7")]

BUILDER = '''
"""Animals and their calls, from two csv files."""
import csv, io
import numpy as np
import pyarrow as pa
import soundfile
from hueset.builder import Batch, Reject, Unit
from hueset.builder.splits import assign_split

LICENCE = {"shelter": "CC-BY-4.0", "street": "unstated"}
KINDS = ("cat", "dog")

def plan_units(inputs):
    return [Unit(name, ((name, "all.csv"),)) for name in inputs.sources]

def call(name):
    wave = np.sin(np.arange(4000) * (1 + len(name) + ord(name[0])) / 400).astype("float32") / 2
    out = io.BytesIO()
    soundfile.write(out, wave, 8000, format="FLAC")
    return {"bytes": out.getvalue(), "path": f"{name}.flac"}

def build_unit(unit, inputs):
    text = inputs.sources[unit.key].read("all.csv").decode()
    animals, calls, labels = [], [], []
    for name, kind, calm in csv.reader(io.StringIO(text)):
        if not 0 <= float(calm) <= 1:
            yield Reject("animals", unit.key, name, "calm_out_of_range", calm, "0..1")
            continue
        split = assign_split(name, {"train": .5, "validation": .25, "test": .25}, "zoo")
        animals.append({"name": name, "kind": KINDS.index(kind), "calm": float(calm),
                        "source": unit.key, "licence": LICENCE[unit.key], "split": split})
        calls.append({"name": name, "call": call(name), "midi": b"MThd" + name.encode(),
                      "mel": [[float(a * b) for b in range(3)] for a in range(4)],
                      "tags": [kind, "loud"], "split": split})
        labels.append({"name": name, "source": unit.key, "dimension": "calm",
                       "value": float(calm), "n_raters": 3, "rater_sd": 0.1,
                       "label_kind": "rating", "z": 0.0})
    yield Batch("animals", pa.Table.from_pylist(animals))
    yield Batch("calls", pa.Table.from_pylist(calls))
    yield Batch("labels", pa.Table.from_pylist(labels))
'''

DECLARATION = """
name: zoo
version: VERSION
title: A zoo
summary: Animals and how they sound, to test publishing with.
builder: zoo_builders.zoo
licence: mixed
language: [en]
tags: [audio, animals]
task_categories: [audio-classification]
lookup_tables: [dimensions.yaml]
sources:
  shelter:
    description: Animals of a shelter.
    licence: CC-BY-4.0
    citation: The Shelter. Animals, 2020.
    homepage: https://example.org/shelter
    kind: folder
    mirror: shelter
    pin: {members: {glob: ["*.csv"], count: 1, digest: DIGEST_SHELTER}}
    dimensions: [calm]
  street:
    description: Animals of the street.
    licence: unstated
    citation: The Street. Animals, 2021.
    kind: folder
    mirror: street
    pin: {members: {glob: ["*.csv"], count: 1, digest: DIGEST_STREET}}
    dimensions: [calm]
tables:
  animals:
    description: One row per animal.
    key: [name]
    split: split
    group: name
    columns:
      name: {type: string, nullable: false, description: The name.}
      kind: {type: class<cat | dog>, nullable: false, description: The kind.}
      calm: {type: float64, description: "How calm it is, 0..1."}
      source: {type: string, nullable: false, description: The source.}
      licence: {type: string, nullable: false, description: The licence of this row.}
      split: {type: string, nullable: false, description: The split.}
  calls:
    description: One row per recorded call.
    key: [name]
    split: split
    group: name
    row_group_rows: 2
    columns:
      name: {type: string, nullable: false, description: The name.}
      call: {type: audio, description: The sound.}
      midi: {type: binary, description: The call as notes.}
      mel: {type: "array<float32, 4, 3>", unit: dB, description: A tiny spectrogram.}
      tags: {type: list<string>, description: What people said.}
      split: {type: string, nullable: false, description: The split.}
  labels:
    description: One row per label.
    key: [name, dimension]
    columns:
      name: {type: string, nullable: false, description: The name.}
      source: {type: string, nullable: false, description: The source.}
      dimension: {type: string, nullable: false, description: The dimension.}
      value: {type: float64, nullable: false, description: "The value, 0..1."}
      n_raters: {type: int64, description: How many people.}
      rater_sd: {type: float64, description: How far apart they were.}
      label_kind: {type: string, nullable: false, description: The kind of label.}
      z: {type: float64, description: Standardised.}
coverage:
  numeric:
    table: animals
    labels: labels
    dimensions: dimensions.yaml
    required: [calm]
    floors: {examples: 2, examples_warn: 5, distinct: 2}
quarantine: {ceiling: 0.5}
"""

CARD = """Animals that people met.

```python
from datasets import load_dataset
rows = load_dataset(REPOSITORY, "animals")
```
"""

CHANGES = """# Changes

## 1.0.0

- The first animals.
"""

DIMENSIONS = """
- {name: calm, group: energy, low: wild, high: calm, circular: false, description: How calm.}
- {name: shiny, group: looks, low: dull, high: shiny, circular: false, description: How shiny.}
"""

SUITE = """
table: animals
min_rows: 3
expectations:
  - id: calm_in_range
    type: expect_column_values_to_be_between
    kwargs: {column: calm, min_value: 0, max_value: 1}
    severity: critical
    why: calm is a share
"""

SUITES = {
    "animals": SUITE,
    "calls": """
table: calls
min_rows: 3
expectations:
  - id: call_there
    type: expect_column_values_to_not_be_null
    kwargs: {column: call}
    severity: critical
    why: a call without sound is none
""",
    "labels": """
table: labels
min_rows: 3
expectations:
  - id: value_in_range
    type: expect_column_values_to_be_between
    kwargs: {column: value, min_value: 0, max_value: 1}
    severity: critical
    why: values are on the unit scale
""",
}


def write_zoo(root: Path) -> Path:
    """Write the project and its data; returns the root."""
    for folder in ("datasets/zoo", "expectations/zoo", "zoo_builders"):
        (root / folder).mkdir(parents=True)
    (root / "catalog.yaml").write_text(
        "datasets: [zoo]\nstore: artifacts\nhub_namespace: keepers\n"
    )
    (root / "datasets/zoo/dimensions.yaml").write_text(DIMENSIONS)
    (root / "datasets/zoo/card.md").write_text(CARD)
    (root / "datasets/zoo/CHANGES.md").write_text(CHANGES)
    for table, suite in SUITES.items():
        (root / f"expectations/zoo/{table}.yaml").write_text(suite)
    (root / "zoo_builders/__init__.py").write_text('"""Builders."""\n')
    (root / "zoo_builders/zoo.py").write_text(BUILDER)
    declare(root, "1.0.0", SHELTER, STREET)
    return root


def declare(
    root: Path,
    version: str,
    shelter: list[tuple[str, str, str]],
    street: list[tuple[str, str, str]],
) -> None:
    """Write the data, and the declaration that pins it."""
    text = DECLARATION.replace("VERSION", version)
    for name, rows in (("shelter", shelter), ("street", street)):
        folder = root / "mirror" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "all.csv").write_text("".join(",".join(row) + "\n" for row in rows))
        text = text.replace(f"DIGEST_{name.upper()}", members_digest(folder))
    (root / "datasets/zoo/dataset.yaml").write_text(text)


def build_zoo(root: Path, store: VersionStore) -> tuple[Project, StoredVersion]:
    """Build what is declared now."""
    forget_builder()
    project = find_project(root)
    where = Where(
        project_root=root, dataset_dir=project.folder("zoo"), mirror=root / "mirror", flags={}
    )
    plan = make_plan(project, "zoo", where)
    return project, run_build(
        project, plan, store, Silent(), render=render_documents, workers=1
    ).version


def forget_builder() -> None:
    """Let the builder's modules be read afresh from disk."""
    for name in [name for name in list(sys.modules) if name.partition(".")[0] == "zoo_builders"]:
        del sys.modules[name]
    sys.path[:] = [place for place in sys.path if not Path(place, "zoo_builders").is_dir()]
    sys.path_importer_cache.clear()
