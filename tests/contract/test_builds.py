"""Every dataset of the catalog is built small, twice: the same bytes, unique keys, a card.

From made sources where the tests make some, else from an excerpt of the real files, where those are
present. Pins are not looked at, and what the gate says of so few rows does not matter here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hueset.build.fingerprint import compute_fingerprint, unit_digest
from hueset.build.plan import BuildPlan, PlannedUnit
from hueset.build.run import run_build
from hueset.build.testing import build_tables, make_inputs
from hueset.builder.loader import planned_units
from hueset.declaration.project import Project
from hueset.documents.verdicts import PinState
from hueset.files.hashing import file_sha256
from hueset.gate import load_suites
from hueset.release.card import render_documents
from hueset.sources.resolution import Resolution
from hueset.store.store import VersionStore
from tests.conftest import REPO
from tests.support.excerpts import MADE, REAL
from tests.support.in_process_build import Silent

if TYPE_CHECKING:
    from hueset.build.testing import BuiltTables
    from hueset.builder import Inputs
    from hueset.store.version import StoredVersion

PROJECT = Project(REPO)
NAMES = PROJECT.catalog.datasets


@dataclass(frozen=True)
class SmallBuild:
    """A version that the engine built, and the tables of a second build."""

    version: StoredVersion
    again: BuiltTables


@pytest.fixture(scope="module", params=NAMES)
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SmallBuild:
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    if name in MADE:
        excerpt = MADE[name](folder)
    else:
        excerpt = REAL[name](folder, request.getfixturevalue("data_dir"))
    inputs = make_inputs(PROJECT, name, excerpt.sources, **excerpt.parameters)
    done = run_build(
        PROJECT,
        plan_of(inputs),
        VersionStore(folder / "store"),
        Silent(),
        workers=1,
        render=render_documents,
    )
    assert done.state == "built"
    return SmallBuild(done.version, build_tables(inputs, folder / "again", backwards=True))


def test_a_dataset_without_a_small_build_is_noticed() -> None:
    assert {*MADE, *REAL} == set(NAMES)


def test_a_second_build_gives_the_same_bytes_in_whatever_order_its_units_are_made(
    small: SmallBuild,
) -> None:
    tables = small.version.manifest.tables

    first = {name: [file.sha256 for file in table.files] for name, table in tables.items()}
    second = {
        name: [file_sha256(path)[0] for path in paths] for name, paths in small.again.files.items()
    }

    assert first == second
    assert sum(file.rows for table in tables.values() for file in table.files) > 0


def test_its_keys_are_unique_and_no_group_lies_in_two_splits(small: SmallBuild) -> None:
    checks = small.version.gate.checks
    held = {one.table: one for one in checks if one.id == "output.key_unique"}
    rows = {
        name: sum(file.rows for file in table.files)
        for name, table in small.version.manifest.tables.items()
    }

    assert set(held) == {name for name, count in rows.items() if count}
    told = {name: (one.verdict, one.evaluated) for name, one in held.items()}
    assert told == {name: ("pass", rows[name]) for name in held}
    straddling = [one for one in checks if one.id == "output.split_disjoint"]
    assert [one.message for one in straddling if one.verdict == "error"] == []


def test_its_card_renders_and_names_every_table(small: SmallBuild) -> None:
    text = (small.version.path / "README.md").read_text(encoding="utf-8")
    _, head, body = text.split("---\n", 2)
    dataset = PROJECT.dataset(small.version.dataset)

    assert yaml.safe_load(head)["configs"]
    assert dataset.title in body
    assert [name for name in dataset.tables if f"`{name}`" not in body] == []
    assert "{{" not in text
    assert "None" not in head


def plan_of(inputs: Inputs) -> BuildPlan:
    """Plan a build of inputs whose sources are held against no pin."""
    dataset, folder = inputs.dataset, PROJECT.suites_folder(inputs.dataset.name)
    planned = planned_units(dataset.builder, inputs)
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}
    fingerprint = compute_fingerprint(inputs, planned, files)
    pins: dict[str, Any] = dict.fromkeys(inputs.sources, PinState.UNRECORDED)
    return BuildPlan(
        dataset=dataset,
        inputs=inputs,
        resolution=Resolution(dataset, inputs.sources, pins, (), {}, sample=False),
        fingerprint=fingerprint,
        version=f"{dataset.version}+{fingerprint.digest}",
        units=tuple(
            PlannedUnit(one, unit_digest(one, inputs, fingerprint.rows)) for one in planned
        ),
        suites=load_suites(dataset, folder),
    )
