"""Every dataset of the catalog is held to the same claims, without building it."""

from pathlib import Path

import pytest

from hueset.build.fingerprint import code_digest
from hueset.builder import Builder
from hueset.builder.loader import load_builder
from hueset.declaration import SPLITS
from hueset.declaration.column_types import arrow_schema
from hueset.declaration.project import find_project
from hueset.gate import load_suites

REPO = Path(__file__).parents[2]
PROJECT = find_project(REPO)
NAMES = PROJECT.catalog.datasets


@pytest.mark.parametrize("name", NAMES)
def test_it_is_declared_with_licences_pins_and_described_columns(name: str) -> None:
    dataset = PROJECT.dataset(name)
    for source in dataset.sources.values():
        assert source.licence
        assert source.citation
    bare = [
        f"{table}.{column}"
        for table, declared in dataset.tables.items()
        for column, told in declared.columns.items()
        if not told.description
    ]
    assert bare == []


@pytest.mark.parametrize("name", NAMES)
def test_its_builder_has_the_two_functions_and_its_code_can_be_hashed(name: str) -> None:
    module = PROJECT.dataset(name).builder
    builder = load_builder(module)
    for function in ("plan_units", "build_unit"):
        assert callable(getattr(builder, function))
    assert code_digest(module) == code_digest(module)
    assert Builder.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_every_table_has_a_suite_that_says_something(name: str) -> None:
    dataset = PROJECT.dataset(name)
    suites = {suite.table: suite for suite in load_suites(dataset, PROJECT.suites_folder(name))}
    assert set(suites) == set(dataset.tables)
    for table, suite in suites.items():
        assert len(suite.expectations) >= 3, f"{name}.{table} promises almost nothing"
        assert any(e.severity == "critical" for e in suite.expectations), f"{name}.{table}"


@pytest.mark.parametrize("name", NAMES)
def test_its_facts_prose_and_changes_are_there(name: str) -> None:
    dataset = PROJECT.dataset(name)
    assert set(PROJECT.facts(dataset)) == set(dataset.lookup_tables)
    assert len(PROJECT.prose(name)) > 200
    changes = (PROJECT.folder(name) / "CHANGES.md").read_text()
    assert dataset.version in changes


@pytest.mark.parametrize("name", NAMES)
def test_its_schemas_are_what_datasets_restores(name: str) -> None:
    import json

    from datasets import Features

    for table in PROJECT.dataset(name).tables.values():
        schema = arrow_schema(table)
        told = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        assert Features.from_dict(told).arrow_schema.remove_metadata() == schema.remove_metadata()


@pytest.mark.parametrize("name", NAMES)
def test_splits_have_known_names_and_a_group_that_must_not_straddle(name: str) -> None:
    tables = [table for table in PROJECT.dataset(name).tables.values() if table.split]
    assert not tables or any(table.group for table in tables)
    for table in tables:
        assert set(table.columns[table.split or ""].values) <= set(SPLITS)


def test_declarations_and_suites_hold_no_python() -> None:
    found = [p for folder in ("datasets", "expectations") for p in (REPO / folder).rglob("*.py")]
    assert found == []


def test_the_package_datasets_is_the_installed_one() -> None:
    import datasets

    assert "site-packages" in (datasets.__file__ or "")
