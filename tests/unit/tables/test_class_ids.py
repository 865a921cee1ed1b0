"""A builder gives a class by its id or by its name; any other text is an error."""

from __future__ import annotations

import pyarrow as pa
import pytest

from hueset.declaration import TableDeclaration
from hueset.declaration.column_types import arrow_schema
from hueset.errors import BuildError
from hueset.tables.conformance import conform_rows

TABLE = TableDeclaration.model_validate(
    {
        "description": "t",
        "key": ["id"],
        "columns": {"id": {"type": "string"}, "kind": {"type": "class<cat | dog>"}},
    }
)
SCHEMA = arrow_schema(TABLE)


@pytest.mark.parametrize(
    "kinds",
    [
        pa.array(["dog", None, "cat"]),
        pa.array(["dog", None, "cat"], pa.large_string()),
        pa.array(["dog", None, "cat"]).dictionary_encode(),
        pa.array([1, None, 0]),
        pa.array([1, None, 0], pa.int8()),
    ],
)
def test_names_and_ids_of_classes_are_stored_alike(kinds: pa.Array) -> None:
    rows = pa.table({"kind": kinds, "id": ["a", "b", "c"]})

    made = conform_rows(rows, SCHEMA, where="unit 'u', table 't'")

    assert made.schema == SCHEMA
    assert made["kind"].to_pylist() == [1, None, 0]


@pytest.mark.parametrize("name", ["dgo", "0", "", "Dog"])
def test_a_name_that_is_no_class_is_an_error(name: str) -> None:
    rows = pa.table({"id": ["a", "b"], "kind": ["dog", name]})

    with pytest.raises(BuildError, match="none of its classes") as caught:
        conform_rows(rows, SCHEMA, where="unit 'u', table 't'")

    assert repr(name) in caught.value.message
    assert "cat, dog; give a name, or an id from 0 to 1" in str(caught.value.hint)
