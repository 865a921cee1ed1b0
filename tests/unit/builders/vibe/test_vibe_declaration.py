from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from hueset.gate.suite import load_suites
from hueset_builders.vibe.units import BESIDE, FORMS

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.declaration.project import Project


@pytest.fixture
def facts(project: Project) -> dict[str, Any]:
    return project.facts(project.dataset("vibe"))


def test_there_are_22_dimensions_in_seven_groups(facts: dict[str, Any]) -> None:
    dimensions = facts["dimensions.yaml"]
    groups = [dimension["group"] for dimension in dimensions]
    assert {group: groups.count(group) for group in dict.fromkeys(groups)} == {
        "temporal": 3,
        "energy": 3,
        "emotional": 3,
        "conceptual": 3,
        "spatial": 3,
        "cultural": 3,
        "sensory": 4,
    }
    assert len({dimension["name"] for dimension in dimensions}) == 22


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("stability", "stable", "volatile"),
        ("intimacy", "intimate", "expansive"),
        ("geometry", "geometric", "organic"),
        ("valence", "negative", "positive"),
        ("arousal", "calming", "stimulating"),
    ],
)
def test_poles_whose_names_mislead_stand_as_they_were_defined(
    facts: dict[str, Any], name: str, low: str, high: str
) -> None:
    one = next(d for d in facts["dimensions.yaml"] if d["name"] == name)
    assert (one["low"], one["high"]) == (low, high)


def test_only_color_is_a_circle(facts: dict[str, Any]) -> None:
    circular = [d["name"] for d in facts["dimensions.yaml"] if d["circular"]]
    assert circular == ["color"]
    scales = {tuple(d["scale"]): d["name"] for d in facts["dimensions.yaml"]}
    assert scales[0, 360] == "color"
    assert {d["name"] for d in facts["dimensions.yaml"] if d["scale"] == [-5, 5]} == {
        "valence",
        "temporal_framing",
    }


def test_training_has_a_column_for_every_dimension(project: Project, facts: dict[str, Any]) -> None:
    columns = list(project.dataset("vibe").tables["training"].columns)
    names = [dimension["name"] for dimension in facts["dimensions.yaml"]]
    assert columns == ["example_id", "text", "source", "split", *names, "licences"]


def test_classes_are_the_same_list_everywhere(project: Project, facts: dict[str, Any]) -> None:
    declared = project.dataset("vibe")
    names = tuple(facts["class_norms.yaml"]["classes"])
    assert len(names) == 28
    assert declared.tables["classes"].columns["class"].values == names
    assert declared.coverage.classes[0].classes == names


def test_a_norm_is_of_the_class_word_itself_or_there_is_none(facts: dict[str, Any]) -> None:
    for name, norm in facts["class_norms.yaml"]["classes"].items():
        given = norm["word"] is not None
        assert norm["word"] in {name, None}
        assert (norm["valence"] is not None) == (norm["arousal"] is not None) == given
    missing = [n for n, norm in facts["class_norms.yaml"]["classes"].items() if not norm["word"]]
    assert missing == ["caring", "neutral"]


def test_norms_are_the_published_numbers(facts: dict[str, Any], data_dir: Path) -> None:
    path = data_dir / "warriner_vad" / "Ratings_Warriner_et_al.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        published = {row["Word"]: row for row in csv.DictReader(stream)}
    for name, norm in facts["class_norms.yaml"]["classes"].items():
        if norm["word"] is None:
            assert name == "neutral" or name not in published
            continue
        row = published[norm["word"]]
        assert float(row["V.Mean.Sum"]) == norm["valence"], name
        assert float(row["A.Mean.Sum"]) == norm["arousal"], name


def test_every_form_of_a_corpus_is_a_declared_source(project: Project) -> None:
    declared = project.dataset("vibe")
    read = [form for forms in FORMS.values() for form in forms]
    read += [name for names in BESIDE.values() for name in names]
    assert sorted(read) == sorted(declared.sources)
    for corpus in ("goemotions", "imdb"):
        assert declared.groups[corpus] == tuple(FORMS[corpus])


def test_every_column_is_described(project: Project) -> None:
    for name, table in project.dataset("vibe").tables.items():
        lacking = [column for column, one in table.columns.items() if not one.description]
        assert not lacking, name


def test_every_table_has_a_suite(project: Project) -> None:
    declared = project.dataset("vibe")
    suites = load_suites(declared, project.suites_folder("vibe"))
    assert {suite.table for suite in suites} == set(declared.tables)


def test_the_card_has_no_count_typed_by_hand(project: Project) -> None:
    words = project.prose("vibe").replace("2013", "").replace("2019", "").split()
    numbers = {w.strip('.,()`"') for w in words if w.strip('.,()`"').replace(",", "").isdigit()}
    assert numbers <= {"22", "20", "0", "1"}
