"""What a wrong call says: a name that is not there, or a value of a wrong type."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

import hueset
from hueset.errors import UnknownNameError, UsageError
from hueset.python_api.coverage import Coverage
from tests.support.documents import class_list, coverage, presence
from tests.support.toys_version import write_toys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOOK_UPS: dict[str, Callable[[hueset.Version], Any]] = {
    "media": lambda version: version.media("calls", "call"),
    "tables": lambda version: version.tables,
    "columns": lambda version: version.table("toys").columns,
    "splits": lambda version: version.table("toys").splits,
    "coverage": lambda version: version.coverage,
    "classes": lambda version: version.coverage.classes,
    "presence": lambda version: version.coverage.presence,
}


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> hueset.Version:
    root: Path = tmp_path_factory.mktemp("toys")
    write_toys(root)
    return hueset.open_store(root).version("toys")


@pytest.mark.parametrize("name", LOOK_UPS)
def test_every_mapping_gives_the_default_and_raises_a_key_error(
    version: hueset.Version, name: str
) -> None:
    mapping = LOOK_UPS[name](version)
    assert (mapping.get("nope"), mapping.get("nope", 7), "nope" in mapping) == (None, 7, False)
    with pytest.raises(KeyError) as error:
        mapping["nope"]
    assert isinstance(error.value, UnknownNameError)
    assert "nope" in str(error.value)
    assert not str(error.value).startswith("'")


def test_a_mapping_names_the_nearest_and_stays_a_dictionary(version: hueset.Version) -> None:
    table = version.table("toys")
    with pytest.raises(UnknownNameError, match="unknown column of toys 'clam'") as error:
        table.columns["clam"]
    assert "did you mean 'calm'?" in str(error.value.hint)
    assert list(table.splits) == ["train", "test"]
    assert json.loads(json.dumps(table.splits)) == table.splits
    assert pickle.loads(pickle.dumps(table.columns)) == table.columns


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        (lambda v: v.ready(["calm"]), "a dimension or class is expected as text", "give 'calm'"),
        (lambda v: v.ready("calm", split=["train"]), "a split is expected", "give 'train'"),
        (lambda v: v.ready("calm", minimum="9"), "a whole number of at least 0", "minimum=0"),
        (lambda v: v.table("toys").polars(split=["train"]), "a split is expected", "'train'"),
        (lambda v: v.table("toys").arrow(columns=3), "a list of names is expected", '["text"]'),
        (lambda v: v.table("toys").arrow(columns=[3]), "a column is expected as text", "quotes"),
        (lambda v: v.table(["toys"]), "a table is expected as text, not the list", "'toys'"),
        (lambda v: v.media("calls", ["call"]), "a column is expected as text", "'call'"),
        (lambda v: v.sql(3), "a statement is expected as text, not the int 3", "quotes"),
        (lambda v: v.table("toys").batches(max_bytes=0), "bytes above 0 is expected", "64 MiB"),
        (lambda v: v.sql("SELECT 1", seconds=0), "above 0 and up to .* is expected", "omit"),
    ],
)
def test_a_value_of_a_wrong_kind_says_what_is_expected(
    version: hueset.Version, call: Callable[[Any], object], message: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        call(version)
    assert hint in str(error.value.hint)


def test_a_class_that_is_asked_for_as_a_dimension_is_said_to_be_one() -> None:
    joy = {"class": "joy", "n": 9, "by_split": {}, "verdict": "trainable", "reason": ""}
    document = coverage(
        classes=[class_list("emotions", joy)], presence=[presence("audio", present=1, n=2)]
    )
    known = Coverage(document, "pets 1.0.0")
    for name, hint in {
        "joy": "'joy' is a class: it is in .classes['emotions'].classes",
        "emotions": "'emotions' is a list of classes: .classes['emotions']",
        "audio": "'audio' is what a row may have: .presence['audio']",
    }.items():
        with pytest.raises(UnknownNameError) as error:
            known[name]
        assert error.value.hint == hint


def test_an_unknown_dataset_of_a_wrong_type_is_refused(version: hueset.Version) -> None:
    store = hueset.open_store(version.path.parents[1])
    with pytest.raises(UsageError, match="a dataset is expected as text"):
        store.version(["toys"])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a version is expected as text, not the float"):
        store.version("toys", 1.0)  # type: ignore[arg-type]


def test_answers_and_parts_of_a_version_show_in_few_words(version: hueset.Version) -> None:
    shown = {
        "tables": repr(version.tables),
        "columns": repr(version.table("toys").columns),
        "manifest": repr(version.manifest),
        "verification": repr(version.verify(record=False)),
        "ready": repr(version.ready()),
    }
    assert shown["tables"] == "<Tables of toys 1.0.0+handmade: toys (4 rows), calls (3 rows)>"
    assert shown["columns"].splitlines()[0] == "<8 columns of toys 1.0.0+handmade toys>"
    assert shown["manifest"].startswith("<Manifest of toys 1.0.0+handmade: toys 4, calls 3; ")
    assert shown["verification"].startswith("<Verification of ")
    assert shown["ready"].startswith("<toys 1.0.0+handmade: ")
    assert all(len(text) < 1_000 for text in shown.values())
    assert "(train 3 · test 1)" in repr(version.table("toys"))
    assert version.tables._repr_html_().startswith("<div>")  # type: ignore[attr-defined]


def test_numbers_of_a_statement_are_the_same_in_a_notebook_as_in_text(
    version: hueset.Version,
) -> None:
    found = version.sql("SELECT -25.4::DOUBLE AS gain, 12345 AS id")
    assert "-25.4<" in found._repr_html_()
    assert "12345<" in found._repr_html_()
