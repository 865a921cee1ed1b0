import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hueset.declaration import TableDeclaration
from hueset.declaration.column_types import arrow_schema, column_features, parse_type
from hueset.errors import DeclarationError

TYPES = {
    "text": "string",
    "n": "int32",
    "x": "float64",
    "ok": "bool",
    "day": "date32",
    "midi": "binary",
    "moods": "list<string>",
    "gains": "list<float32, 4>",
    "mel": "array<float32, 3, 5>",
    "likes": "list<struct<name: string, id: int64>>",
    "kind": "class<low | high>",
    "audio": "audio",
}


def table() -> TableDeclaration:
    columns = {name: {"type": text} for name, text in TYPES.items()}
    return TableDeclaration.model_validate(
        {"description": "d", "key": ["text"], "columns": columns}
    )


def test_the_schema_is_what_datasets_itself_would_write() -> None:
    from datasets import Features

    made = arrow_schema(table())
    restored = Features.from_arrow_schema(made)
    assert restored.arrow_schema.remove_metadata() == made.remove_metadata()
    assert restored.to_dict() == column_features(table().columns)


def test_the_metadata_is_in_the_form_that_old_datasets_read_too() -> None:
    """Before 4, `datasets` knows no `List`: it reads `[item]`, and `Sequence` with a length."""
    told = json.loads(arrow_schema(table()).metadata[b"huggingface"])["info"]["features"]
    text, number = ({"dtype": kind, "_type": "Value"} for kind in ("string", "float32"))
    assert told["moods"] == [text]
    assert told["gains"] == {"feature": number, "length": 4, "_type": "Sequence"}
    assert told["mel"]["feature"] == {"feature": number, "length": 5, "_type": "Sequence"}
    assert told["likes"] == [{"name": text, "id": {"dtype": "int64", "_type": "Value"}}]


def test_features_survive_a_round_trip_through_load_dataset(tmp_path: Path) -> None:
    from datasets import ClassLabel, Features, List, Value, load_dataset

    schema = arrow_schema(table())
    row = {
        "text": "a",
        "n": 1,
        "x": 0.5,
        "ok": True,
        "day": None,
        "midi": b"M",
        "moods": ["m"],
        "gains": [0.0] * 4,
        "mel": [[0.0] * 5] * 3,
        "likes": [{"name": "n", "id": 3}],
        "kind": 1,
        "audio": None,
    }
    pq.write_table(pa.Table.from_pylist([row], schema=schema), tmp_path / "t.parquet")
    read = load_dataset("parquet", data_files=str(tmp_path / "t.parquet"), split="train")
    assert read.features["kind"] == ClassLabel(names=["low", "high"])
    assert read.features["mel"] == List(List(Value("float32"), 5), 3)
    assert isinstance(read.features, Features)


@pytest.mark.parametrize("text", ["strng", "list<strng>", "list<string", "struct<a: nope>"])
def test_a_wrong_type_is_an_error(text: str) -> None:
    with pytest.raises(DeclarationError):
        parse_type(text)
