"""A declaration in its former words is the same declaration, and a note says the present ones."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hueset.build.plan import make_plan
from hueset.cli.app import app
from hueset.cli.entrypoint import run_application
from hueset.declaration import Dataset
from hueset.declaration.former_keys import FORMER_KEYS
from hueset.declaration.project import Project
from hueset.declaration.yaml_lines import load_yaml, validate_model
from hueset.errors import DeclarationError
from hueset.former_names import FORMER_NAMES_END, FormerNameWarning
from hueset.sources import Where

if TYPE_CHECKING:
    from pathlib import Path


def in_former_words(document: Any) -> Any:
    """Return a document with every key that has a former name under that one."""
    former = {new: old for old, new in FORMER_KEYS.items()}
    if isinstance(document, dict):
        return {
            # A wide table's own `dimensions` was always called so.
            key if key == "dimensions" and "table" in document else former.get(key, key): (
                in_former_words(value)
            )
            for key, value in document.items()
        }
    return [in_former_words(one) for one in document] if isinstance(document, list) else document


def whole(**source: Any) -> dict[str, Any]:
    """Return a declaration that uses every key that was renamed, most at their defaults."""
    columns = {name: {"type": "string"} for name in ("id", "unit", "mood")}
    return {
        "name": "moods",
        "version": "1.0.0",
        "title": "Moods",
        "summary": "Some.",
        "builder": "makers.moods",
        "lookup_tables": ["dimensions.yaml", "advice.yaml"],
        "sources": {
            "a": {
                "description": "Rows.",
                "licence": "CC0-1.0",
                "citation": "Somebody, 2020.",
                "requirement": "any_of:rows",
                "manual_download": "write to its author",
                "dimensions": ["calm"],
                "pin": {"unpinned": True},
                **source,
            },
            "b": {
                "description": "Rows.",
                "licence": "CC0-1.0",
                "citation": "Somebody, 2020.",
                "requirement": "any_of:rows",
                "mirror": "b.csv",
                "pin": {"pin_on_first_fetch": True},
            },
        },
        "tables": {"moods": {"description": "A row.", "key": ["id"], "columns": columns}},
        "coverage": {
            "numeric": {
                "table": "moods",
                "dimensions": "dimensions.yaml",
                "source": None,
                "unit": "unit",
                "excluded_kinds": ["track"],
                "recommendations": "advice.yaml",
            },
            "classes": [
                {
                    "name": "moods",
                    "table": "moods",
                    "column": "mood",
                    "classes": ["calm"],
                    "abstain_values": ["unknown"],
                }
            ],
        },
    }


def read(folder: Path, document: Any) -> Dataset:
    path = folder / "dataset.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return validate_model(Dataset, load_yaml(path))


def test_every_former_key_reads_as_its_present_one(tmp_path: Path) -> None:
    present, former = whole(), in_former_words(whole())
    used = set(re.findall(r"(\w+):", yaml.safe_dump(former)))
    assert used.issuperset(FORMER_KEYS)
    with pytest.warns(FormerNameWarning) as seen:
        read_former = read(tmp_path, former)
    assert read_former == read(tmp_path, present)
    assert read_former.model_dump() == read(tmp_path, present).model_dump()
    [warning] = seen
    said = str(warning.message)
    assert said.startswith(f"{tmp_path}/dataset.yaml:6: `facts` is now `lookup_tables`, ")
    assert all(f"`{old}` is now `{new}`" in said for old, new in FORMER_KEYS.items())
    assert said.endswith(f"until {FORMER_NAMES_END}")


@pytest.mark.parametrize("old", sorted(FORMER_KEYS))
def test_a_key_under_both_names_is_an_error_with_its_line(old: str, tmp_path: Path) -> None:
    def doubled(document: Any) -> Any:
        if isinstance(document, list):
            return [doubled(one) for one in document]
        if not isinstance(document, dict):
            return document
        twice = {key: doubled(value) for key, value in document.items()}
        new = FORMER_KEYS[old]
        if new in document and not (new == "dimensions" and "table" in document):
            twice[old] = document[new]
        return twice

    with pytest.raises(DeclarationError) as caught:
        read(tmp_path, doubled(whole()))
    text = (tmp_path / "dataset.yaml").read_text().splitlines()
    line = next(at for at, one in enumerate(text, 1) if re.match(rf"[\s-]*{old}:", one))
    assert f"dataset.yaml:{line}: " in caught.value.message
    assert f"{old!r} is the former name of {FORMER_KEYS[old]!r}" in caught.value.message
    assert caught.value.hint == f"keep `{FORMER_KEYS[old]}`"


def test_a_fault_below_a_former_key_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"dataset\.yaml:16: sources\.a\.feeds: expected a"):
        read(tmp_path, in_former_words(whole(dimensions="calm")))


def test_a_misspelt_key_gets_the_present_name(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError) as caught:
        read(tmp_path, whole(requirements="optional"))
    assert "did you mean 'requirement'?" in (caught.value.hint or "")
    assert "need" not in (caught.value.hint or "").replace("needed", "")


def test_the_fingerprint_does_not_know_which_name_was_written(pets: Path) -> None:
    def fingerprint() -> object:
        where = Where(pets, pets / "datasets/pets", mirror=pets / "mirror")
        return make_plan(Project(pets), "pets", where).fingerprint

    before = fingerprint()
    path = pets / "datasets/pets/dataset.yaml"
    former = in_former_words(yaml.safe_load(path.read_text()))
    path.write_text(yaml.safe_dump(former, sort_keys=False))
    with pytest.warns(FormerNameWarning):
        assert fingerprint() == before


def test_a_command_notes_former_keys_once_and_only_on_stderr(
    pets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pets / "datasets/pets/dataset.yaml"
    former = in_former_words(yaml.safe_load(path.read_text()))
    path.write_text(yaml.safe_dump(former, sort_keys=False))
    given = ["sources", "pets", "--json", "--mirror", str(pets / "mirror"), "--project", str(pets)]
    monkeypatch.setattr(sys, "argv", ["hueset", *given, "--out", str(pets / "store")])
    assert run_application(app) == 0
    out, err = capsys.readouterr()
    document = yaml.safe_load(out)
    assert document["sources"][0]["requirement"] == "required"
    assert err.count("note: ") == 1
    assert "`feeds` is now `dimensions`" in err
