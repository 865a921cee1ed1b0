from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from hueset.builder import Inputs
from hueset.declaration.project import Project
from hueset.errors import DeclarationError
from hueset_builders.atlas import mapping
from hueset_builders.atlas.source_rows import FIELDS

REPO = Path(__file__).parents[4]
ROW = {
    "id": "r",
    "status": "used",
    "source": "s",
    "field": "f",
    "unit": "word",
    "dimension": "valence",
    "direction": "same",
    "scale": [1, 9],
    "transformation": "linear",
    "label_kind": "rating",
    "justification": "because it is",
    "citation": "nobody",
}


def values(raw: list[float], **said: Any) -> list[float]:
    fields = pl.DataFrame(
        {
            "source_id": [str(at) for at in range(len(raw))],
            "field": ["f"] * len(raw),
            "value_raw": raw,
            "n_raters": [3] * len(raw),
            "rater_sd": [None] * len(raw),
        },
        schema=FIELDS,
    )
    return mapping.apply_mappings(fields, [{**ROW, **said}], "s")["value"].to_list()


def test_each_transformation_gives_its_value() -> None:
    assert values([1.0, 5.0, 9.0]) == [0.0, 0.5, 1.0]
    assert values([1.0, 5.0, 9.0], direction="reversed") == [1.0, 0.5, 0.0]
    assert values([1.0], transformation="pole", scale=None) == [1.0]
    assert values([1.0], transformation="pole", scale=None, direction="reversed") == [0.0]
    years = values([1400.0, 1760.0, 2020.0], transformation="year", scale=[1500, 2020])
    assert years == [0.0, 0.25, 0.5]
    assert values([90.0], transformation="circle", scale=[0, 360]) == [0.25]


def test_a_refused_row_and_a_row_of_another_source_make_no_label() -> None:
    assert values([5.0], status="refused") == []
    assert values([5.0], source="other") == []


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"dimension": "valense"}, "did you mean 'valence'"),
        ({"label_kind": "guess"}, "unknown label_kind"),
        ({"scale": None}, "do not go together"),
        ({"transformation": "pole"}, "do not go together"),
        ({"why": "x"}, "unknown 'why'"),
    ],
)
def test_a_row_that_cannot_be_meant_is_an_error(said: dict[str, Any], message: str) -> None:
    project = Project(REPO)
    declared = project.dataset("atlas")
    facts = {**project.facts(declared), "mapping.yaml": [{**ROW, **said}]}
    with pytest.raises(DeclarationError) as seen:
        mapping.declared_mappings(Inputs(declared, {}, declared.defaults, facts))
    assert message in f"{seen.value.message} {seen.value.hint}"


def test_the_dimensions_are_those_of_the_dataset_it_is_built_from() -> None:
    ours, theirs = (
        (REPO / "datasets" / name / "dimensions.yaml").read_text() for name in ("atlas", "vibe")
    )
    assert ours == theirs


def test_every_declared_row_is_reviewable_and_every_feed_has_one() -> None:
    project = Project(REPO)
    declared = project.dataset("atlas")
    rows = mapping.declared_mappings(
        Inputs(declared, {}, declared.defaults, project.facts(declared))
    )
    assert len({row["id"] for row in rows}) == len(rows)
    fed = {(row["source"], row["dimension"]) for row in rows if row["status"] == "used"}
    for name, source in declared.sources.items():
        corpora = ("emobank", "goemotions", "imdb") if name == "vibe" else (name,)
        for dimension in source.dimensions:
            assert any((corpus, dimension) in fed for corpus in corpora), (name, dimension)


def test_what_would_lift_it_is_said_of_every_dimension_without_enough_human_labels() -> None:
    folder = REPO / "datasets/atlas"
    lift = yaml.safe_load((folder / "lift.yaml").read_text())
    names = {one["name"] for one in yaml.safe_load((folder / "dimensions.yaml").read_text())}
    assert names - set(lift) == {"valence", "arousal", "intimacy", "abstraction", "complexity"}
    assert set(lift) <= names
