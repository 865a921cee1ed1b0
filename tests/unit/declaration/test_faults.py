"""Every kind of slip in the files a person writes: named with file, place and what is known."""

from pathlib import Path

import pytest

from hueset.declaration.project import find_project
from hueset.errors import DeclarationError, HuesetError, UsageError
from tests.support.in_process_build import plan_pets

DECLARATION = "datasets/pets/dataset.yaml"
DIMENSIONS = "datasets/pets/dimensions.yaml"
SUITE = "expectations/pets/pets.yaml"
CLASSES = "  classes:\n  - {name: k, table: pets, column: %s, classes: [cat]%s}\nquarantine:"
PRESENCE = "  presence:\n  - {name: k, table: pets, present: '%s'}\nquarantine:"


def slip(root: Path, file: str, old: str, new: str) -> None:
    path = root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def told(pets: Path) -> HuesetError:
    """Return the error of planning the project."""
    with pytest.raises(HuesetError) as caught:
        plan_pets(pets)
    return caught.value


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            DECLARATION,
            "title: Pets",
            "[a]: 1\ntitle: Pets",
            "yaml:4: a list or mapping cannot be",
        ),
        (DECLARATION, "title: Pets", "title: 2020-99-99", "dataset.yaml:4: '2020-99-99' is no"),
        (DECLARATION, "title: Pets", "title: \x07", "dataset.yaml:4: the character U+0007"),
        (DECLARATION, "{salt: s}", "&a {salt: *a}", "contains itself"),
        (DECLARATION, "type: float64", 'type: "list<string, abc>"', "the length 'abc'"),
        (DECLARATION, "type: float64", 'type: "list<string, 0>"', "the length '0'"),
        (DECLARATION, "type: float64", 'type: "array<string>"', "has 0 lengths"),
        (DECLARATION, "type: float64", 'type: "class<a|a>"', "names a class twice: a"),
        (DECLARATION, "type: float64", 'type: "class<>"', "names no class"),
        (DECLARATION, "type: float64", 'type: "struct<a>"', "a field is a name and a type"),
        (DECLARATION, "key: [name]", "key: [name, name]", "names a column twice"),
        (DECLARATION, "split: split", "split: calm", "'calm', which is no text"),
        (DECLARATION, "source: kind", "source: kindd", "'kindd', which pets does not declare"),
        (DECLARATION, "lookup_tables: [dimensions.yaml]\n", "", "`lookup_tables` does not list"),
        (DECLARATION, "required: [calm]", "required: [clam]", "unknown dimension 'clam'"),
        (DECLARATION, "dimensions: [calm]", "dimensions: [clam]", "unknown dimension 'clam'"),
        (
            DECLARATION,
            "source: kind",
            "source: kind\n    labels: pets",
            "'dimension', which pets does not",
        ),
        (DECLARATION, "quarantine:", CLASSES % ("knd", ""), "'knd', which pets does not declare"),
        (DECLARATION, "quarantine:", CLASSES % ("kind", ", by: foo"), "'foo', which pets does"),
        (DECLARATION, "quarantine:", CLASSES % ("kind", ", required: [cow]"), "requires cow"),
        (DECLARATION, "quarantine:", PRESENCE % "calmm > 0", '"calmm" not found'),
        (DECLARATION, "quarantine:", PRESENCE % "calm >", "syntax error"),
        (DIMENSIONS, "{name: calm", "{nam: calm", "dimension 1 has no name"),
        (DIMENSIONS, "name: shiny", "name: calm", "'calm' is there twice"),
        (SUITE, "severity: critical", "severity: [critical]", "unknown severity"),
        (
            SUITE,
            "max_value: 1",
            "max_value: one",
            "max_value: holds 'one', which no float64 can be",
        ),
        (SUITE, "max_value: 1", "max_value: -1", "min_value 0 is above max_value -1"),
        ("catalog.yaml", "[pets]", "[pets, pets]", "catalog.yaml:1: datasets: pets: listed twice"),
    ],
)
def test_a_slip_is_named_with_its_file(
    pets: Path, file: str, old: str, new: str, expected: str
) -> None:
    slip(pets, file, old, new)
    error = told(pets)
    assert isinstance(error, DeclarationError)
    assert expected in error.message
    assert Path(file).name in error.message


@pytest.mark.parametrize(
    ("old", "new"),
    [("severity: critical", "severity: fatal"), ("column: calm", "column: clam"), (SUITE, "")],
)
def test_a_plan_refuses_a_broken_suite_before_it_looks_for_a_source(
    pets: Path, old: str, new: str
) -> None:
    if old == SUITE:
        (pets / SUITE).write_text("")
    else:
        slip(pets, SUITE, old, new)
    (pets / "mirror/pets/a.csv").unlink()
    error = told(pets)
    assert isinstance(error, DeclarationError)
    assert "pets.yaml:" in error.message


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "said", "hint"),
    [
        (DECLARATION, "version: 1.0.0", "version: 1.0", 3, "expected text", "MAJOR.MINOR.PATCH"),
        (DECLARATION, "title: Pets", "title:", 4, "found nothing", "after the colon"),
        (DECLARATION, "title: Pets", "title: no", 4, "expected text, found False", "quotes"),
        (DECLARATION, "title: Pets", "tittle: Pets", 4, "unknown key 'tittle'", "mean 'title'"),
        (DECLARATION, "key: [name]", "key: [nam]", 23, "column 'nam'", "did you mean 'name'?"),
        (DECLARATION, "key: [name]", "key: name", 23, "expected a list", "[name]"),
        (DECLARATION, "split: split", "split: spilt", 24, "'spilt'", "did you mean 'split'?"),
        (DECLARATION, "required: [calm]", "required: [clam]", 36, "'clam'", "mean 'calm'?"),
        (DECLARATION, "dimensions: [calm]", "dimensions: [clam]", 19, "'clam'", "mean 'calm'?"),
        (DECLARATION, "source: kind", "source: knd", 35, "'knd'", "did you mean 'kind'?"),
        (DECLARATION, "ceiling: 0.5", "ceiling: 50", 38, "1 or less", "50 % is 0.5"),
        (DECLARATION, "ceiling: 0.5", "ceiling: 0,5", 38, "5 cannot be a key", "decimal comma"),
        (DECLARATION, "kind: folder", "kind: foldr", 15, "'foldr'", "did you mean 'folder'?"),
        (DECLARATION, "examples: 2,", "examples: 2.5,", 37, "a whole number", "a whole number"),
        (DECLARATION, "tables:\n  pets:", "tables:\n  - pets:", 20, "keys and values", "value"),
        (DIMENSIONS, "name: shiny", "name: calm", 3, "there twice", "keep one"),
    ],
)
def test_a_fault_has_file_line_and_next_step_and_no_word_of_a_library(
    pets: Path, file: str, old: str, new: str, line: int, said: str, hint: str
) -> None:
    slip(pets, file, old, new)
    error = told(pets)
    assert f"{Path(file).name}:{line}: " in error.message
    assert said in error.message
    assert hint in (error.hint or "")
    assert "Input should be" not in error.message


def test_a_value_is_told_once(pets: Path) -> None:
    slip(pets, DECLARATION, "type: float64", "type: flaot64")
    assert told(pets).message.count("flaot64") == 1


@pytest.mark.parametrize("file", [DECLARATION, DIMENSIONS, SUITE, "catalog.yaml"])
def test_a_file_that_is_not_utf8_is_named_with_its_line(pets: Path, file: str) -> None:
    (pets / file).write_bytes(b"a: 1\nb: \xe9\n")
    error = told(pets)
    assert isinstance(error, DeclarationError)
    assert f"{Path(file).name}:2: not UTF-8: byte 0xe9" in error.message


@pytest.mark.parametrize("text", ["", "a: 1\n"])
def test_a_list_of_dimensions_that_is_none_is_named(pets: Path, text: str) -> None:
    (pets / DIMENSIONS).write_text(text)
    assert "expected a list of dimensions" in told(pets).message


def test_a_misspelt_column_type_comes_with_the_nearest_known_one(pets: Path) -> None:
    slip(pets, DECLARATION, "type: float64", "type: flaot64")
    assert "did you mean 'float64'" in str(told(pets).hint)


def test_a_folder_in_place_of_a_file_is_named(pets: Path) -> None:
    (pets / DIMENSIONS).unlink()
    (pets / DIMENSIONS).mkdir()
    assert "dimensions.yaml cannot be read" in told(pets).message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "expected text, found 5"),
        (None, "expected text"),
        ({1, 2}, "cannot be written as JSON"),
        (float("nan"), "cannot be written as JSON"),
    ],
)
def test_a_parameter_of_another_kind_is_refused(pets: Path, value: object, expected: str) -> None:
    with pytest.raises(UsageError, match=expected):
        plan_pets(pets, salt=value)


def test_a_whole_number_for_a_decimal_parameter_is_the_same_version(pets: Path) -> None:
    slip(pets, DECLARATION, "parameters: {salt: s}", "parameters: {salt: s, share: 2.0}")
    _, declared = plan_pets(pets)
    _, given = plan_pets(pets, share=2)
    assert declared.version == given.version


def test_a_dataset_is_listed_once(pets: Path) -> None:
    (pets / "catalog.yaml").write_text("datasets: [pets, cats, pets]\n")
    with pytest.raises(DeclarationError, match="listed twice"):
        find_project(pets).catalog  # noqa: B018
