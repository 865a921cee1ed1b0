"""A second dataset beside the pets of `pets_project`, built from a version of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.build.plan import BuildPlan, make_plan
from hueset.build.run import BuildResult, run_build
from hueset.declaration.project import find_project
from hueset.release.card import render_documents
from hueset.sources import Where
from hueset.store.store import VersionStore
from tests.support.in_process_build import Silent

if TYPE_CHECKING:
    from pathlib import Path

BUILDER = '''
"""Kinds of pets, counted in a version of the dataset `pets`."""
import polars as pl
from hueset.builder import Batch, Unit

def plan_units(inputs):
    return [Unit("kinds", (("pets", None),), {})]

def build_unit(unit, inputs):
    source = inputs.sources["pets"]
    frames = [pl.read_parquet(source.read(name)) for name in source.names("data/pets/*.parquet")]
    counted = pl.concat(frames).group_by("kind").agg(pl.len().alias("pets")).sort("kind")
    yield Batch("herds", counted.cast({"pets": pl.Int64}).to_arrow())
'''

DECLARATION = """
name: herds
version: 1.0.0
title: Herds
summary: How many pets of each kind there are.
builder: pets_builders.herds
licence: CC0-1.0
sources:
  pets:
    description: The pets.
    licence: CC0-1.0
    citation: The authors of this test.
    kind: version
    dataset: pets
tables:
  herds:
    description: One row per kind.
    key: [kind]
    columns:
      kind: {type: string, nullable: false, description: The kind.}
      pets: {type: int64, nullable: false, description: How many.}
"""

SUITE = """
table: herds
min_rows: 1
expectations:
  - id: counted
    type: expect_column_values_to_be_between
    kwargs: {column: pets, min_value: 1}
    severity: critical
    why: a kind without a pet is no kind
"""


def write_herds(root: Path) -> Path:
    """Add the dataset to the project of the pets; returns the root."""
    for folder in ("datasets/herds", "expectations/herds"):
        (root / folder).mkdir(parents=True)
    (root / "catalog.yaml").write_text("datasets: [pets, herds]\nstore: artifacts\n")
    (root / "datasets/herds/dataset.yaml").write_text(DECLARATION)
    (root / "datasets/herds/card.md").write_text("Herds, for tests.\n")
    (root / "expectations/herds/herds.yaml").write_text(SUITE)
    (root / "pets_builders/herds.py").write_text(BUILDER)
    return root


def plan_herds(root: Path, store: Path, **flags: Path) -> BuildPlan:
    """Plan the herds; `pets=` names another version than the latest in the store."""
    project = find_project(root)
    where = Where(root, project.folder("herds"), flags=flags, store=store)
    return make_plan(project, "herds", where)


def build_herds(root: Path, store: Path, **flags: Path) -> BuildResult:
    """Build the herds into the store that holds the pets."""
    return run_build(
        find_project(root),
        plan_herds(root, store, **flags),
        VersionStore(store),
        Silent(),
        render=render_documents,
    )
