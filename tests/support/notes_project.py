"""A tiny project whose texts people can be asked about: twelve notes from two sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.build.plan import make_plan
from hueset.build.run import run_build
from hueset.declaration.project import Project, find_project
from hueset.release.card import render_documents
from hueset.sources import Where
from hueset.store.store import StoredVersion, VersionStore
from tests.support.in_process_build import Silent

if TYPE_CHECKING:
    from pathlib import Path

BUILDER = '''
"""Notes, two of them equal, one without a text, one rated already."""
import pyarrow as pa
from hueset.builder import Batch, Unit

def plan_units(inputs):
    return [Unit("notes", (("seed", None),))]

def build_unit(unit, inputs):
    texts = [f"note {at}" for at in range(10)] + ["note 0", None]
    rows = [
        {"id": f"n{at}", "text": text, "same": text, "unit": "long" if at == 9 else "note",
         "source": "a" if at < 8 else "b", "licence": "CC0-1.0", "calm": 0.3 if at == 1 else None,
         "kind": "rating"}
        for at, text in enumerate(texts)
    ]
    yield Batch("notes", pa.Table.from_pylist(rows))
    labels = [{"id": "n1", "dimension": "calm", "label_kind": "rating", "n_raters": 2,
               "rater_sd": 0.0, "z": 0.0}]
    yield Batch("labels", pa.Table.from_pylist(labels))
'''

DECLARATION = """
name: notes
version: 1.0.0
title: Notes
summary: Twelve notes, to ask people about.
builder: notes_builders.notes
licence: CC0-1.0
lookup_tables: [dimensions.yaml]
sources:
  seed:
    description: A file.
    licence: CC0-1.0
    citation: The authors of this test.
    mirror: seed.txt
    pin: {unpinned: true}
  answers:
    description: What people said.
    licence: CC0-1.0
    citation: The raters.
    requirement: optional
    kind: folder
    pin: {unpinned: true}
    manual_download: The importer writes it.
tables:
  notes:
    description: One row per note.
    key: [id]
    columns:
      id: {type: string, nullable: false, description: The id.}
      text: {type: string, description: The text.}
      same: {type: string, description: Equal for equal texts.}
      unit: {type: string, description: The kind of text.}
      source: {type: string, description: The source.}
      licence: {type: string, description: The licence.}
      kind: {type: string, description: The kind of label.}
      calm: {type: float64, description: How calm.}
  labels:
    description: One row per label.
    key: [id, dimension]
    columns:
      id: {type: string, nullable: false, description: The id.}
      dimension: {type: string, nullable: false, description: The dimension.}
      label_kind: {type: string, description: The kind.}
      n_raters: {type: int32, description: Raters.}
      rater_sd: {type: float64, description: Spread.}
      z: {type: float64, description: Standardised.}
coverage:
  numeric: {table: notes, labels: labels, dimensions: dimensions.yaml, kind: kind, unit: unit}
annotation: {table: notes, same: same, source: answers}
"""

DIMENSIONS = """
- {name: calm, low: wild, high: calm, circular: false, description: How calm it is.}
- {name: hue, low: red, high: red, circular: true, description: Which colour it has.}
"""

SUITE = """
table: {table}
min_rows: 1
expectations:
  - id: named
    type: expect_column_values_to_not_be_null
    kwargs: {{column: id}}
    severity: critical
    why: a row is found by it
"""


def build_notes(root: Path) -> tuple[Project, StoredVersion]:
    """Write the project below a folder, and build it into `<root>/artifacts`."""
    for folder in ("datasets/notes", "expectations/notes", "notes_builders"):
        (root / folder).mkdir(parents=True)
    (root / "catalog.yaml").write_text("datasets: [notes]\nstore: artifacts\n")
    (root / "datasets/notes/dataset.yaml").write_text(DECLARATION)
    (root / "datasets/notes/dimensions.yaml").write_text(DIMENSIONS)
    for table in ("notes", "labels"):
        (root / f"expectations/notes/{table}.yaml").write_text(SUITE.format(table=table))
    (root / "notes_builders/__init__.py").write_text('"""Builders."""\n')
    (root / "notes_builders/notes.py").write_text(BUILDER)
    (root / "seed.txt").write_text("seed\n")
    project, store = find_project(root), VersionStore(root / "artifacts")
    where = Where(root, project.folder("notes"), mirror=root)
    done = run_build(
        project, make_plan(project, "notes", where), store, Silent(), render=render_documents
    )
    assert done.verdict == "warn"
    return project, done.version
