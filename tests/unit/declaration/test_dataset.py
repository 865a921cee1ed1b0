from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from hueset.declaration import Dataset
from hueset.errors import DeclarationError


def declared(**column: Any) -> Dataset:
    """A declaration with one column that a parameter may change."""
    return Dataset.model_validate(
        {
            "name": "features",
            "version": "1.0.0",
            "title": "Features",
            "summary": "For tests.",
            "builder": "builders.none",
            "licence": "CC0-1.0",
            "parameters": {"dtype": "float32"},
            "sources": {
                "rows": {
                    "description": "Rows.",
                    "licence": "CC0-1.0",
                    "citation": "Nobody, 2000.",
                    "mirror": "rows",
                    "pin": {"unpinned": True},
                }
            },
            "tables": {
                "rows": {
                    "description": "Rows.",
                    "key": ["id"],
                    "columns": {"id": {"type": "string"}, "values": column},
                }
            },
        }
    )


def test_a_parameter_changes_the_number_type_of_its_column() -> None:
    dataset = declared(type="array<float32, 64, 313>", parameter="dtype")
    half = dataset.typed({"dtype": "float16"})
    assert half.tables["rows"].columns["values"].type == "array<float16, 64, 313>"
    assert half.tables["rows"].columns["id"].type == "string"
    assert dataset.tables["rows"].columns["values"].type == "array<float32, 64, 313>"
    assert dataset.typed({"dtype": "float32"}) == dataset


def test_a_value_that_is_no_type_is_an_error() -> None:
    with pytest.raises(DeclarationError, match="float17"):
        declared(type="list<float32>", parameter="dtype").typed({"dtype": "float17"})


@pytest.mark.parametrize("column", [{"parameter": "dtype"}, {"parameter": "missing"}])
def test_a_parameter_must_have_its_default_in_the_type(column: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="is not in list<float64>"):
        declared(type="list<float64>", **column)
