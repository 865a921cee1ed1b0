"""The rows behind a finding: found by key, by id, in the first table, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from hueset_api.database import Database
from hueset_api.finding_rows import MOST, rows_of
from tests.support.documents import finding_entry
from tests.support.handwritten_version import write_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hueset.documents.gate_report import FindingEntry
    from hueset.store.version import StoredVersion


ANIMALS: dict[str, list[Any]] = {
    "name": ["rex", "tom", "ida", "kit", "zoe"],
    "kind": [1, 0, 1, 0, 0],
    "calm": [0.9, 0.1, 0.8, 0.3, 0.2],
    "chip_id": ["c1", "c2", "c3", "c4", "c5"],
    "split": ["train"] * 5,
}
LABELS: dict[str, list[Any]] = {
    "name": ["rex", "ida"],
    "dimension": ["calm", "calm"],
    "value": [0.9, 0.8],
}
TYPES = {"kind": "class<cat | dog>", "calm": "float64", "value": "float64"}


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> StoredVersion:
    """Two tables; one has a key of two parts."""
    tables = {
        "animals": (["name"], pa.table(ANIMALS)),
        "labels": (["name", "dimension"], pa.table(LABELS)),
    }
    return write_version(tmp_path_factory.mktemp("store"), "zoo", tables, types=TYPES)


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database(30)
    yield made
    made.close()


def finding(table: str | None, *examples: str) -> FindingEntry:
    return finding_entry(table=table, examples=list(examples))


def test_a_key_leads_to_its_row_with_words_for_classes(
    database: Database, version: StoredVersion
) -> None:
    [told] = rows_of(database, version, [finding("animals", "rex", "tom")])
    assert told is not None
    assert told["columns"] == ["name", "kind", "calm", "split"]
    assert [(row["key"], row["values"][:3]) for row in told["rows"]] == [
        ("rex", ["rex", "dog", 0.9]),
        ("tom", ["tom", "cat", 0.1]),
    ]


def test_a_compound_key_is_read_as_the_gate_writes_it(
    database: Database, version: StoredVersion
) -> None:
    [told] = rows_of(database, version, [finding("labels", "ida / calm")])
    assert told is not None
    assert told["rows"][0]["values"][:2] == ["ida", "calm"]


def test_what_its_own_table_lacks_is_looked_for_in_the_first(
    database: Database, version: StoredVersion
) -> None:
    [told, nobody] = rows_of(
        database, version, [finding("labels", "rex", "tom"), finding("labels", "nobody")]
    )
    assert told is not None
    assert (told["table"], [row["key"] for row in told["rows"]]) == ("labels", ["rex"])
    [chip] = rows_of(database, version, [finding("labels", "c2")])
    assert chip is not None
    assert (chip["table"], chip["rows"][0]["values"][0]) == ("animals", "tom")
    assert nobody is None


@pytest.mark.parametrize("table", [None, "gone"])
def test_a_finding_without_a_table_or_with_names_of_no_row_has_no_rows(
    database: Database, version: StoredVersion, table: str | None
) -> None:
    assert rows_of(database, version, [finding(table, "rex"), finding("animals", "calm")]) == [
        None,
        None,
    ]
    assert database.queries == 1


def test_only_the_first_few_are_shown(database: Database, version: StoredVersion) -> None:
    [told] = rows_of(database, version, [finding("animals", "rex", "tom", "ida", "kit", "zoe")])
    assert told is not None
    assert len(told["rows"]) == MOST


def test_a_part_of_a_key_stands_for_no_row(database: Database, version: StoredVersion) -> None:
    """`calm` is the dimension of many labels: none of them is the one that is meant."""
    assert rows_of(database, version, [finding("labels", "calm")]) == [None]
