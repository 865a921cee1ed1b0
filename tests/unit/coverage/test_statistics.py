"""People's labels, tags and computed values are judged apart, and by kind of text."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from hueset.coverage import measure as coverage
from hueset.declaration import Dataset, Floors
from hueset.documents.coverage import CoverageDocument
from hueset.documents.judgements import judge_tags
from hueset.errors import DeclarationError
from hueset.render.html import template_environment
from hueset.render.terminal import picture
from hueset.render.terminal.picture import log_bar

if TYPE_CHECKING:
    from pathlib import Path

FACTS = {
    "dims.yaml": [
        {"name": "geometry", "low": "geometric", "high": "organic"},
        {"name": "color", "circular": True},
    ],
    "lift.yaml": {"geometry": "Ratings of titles."},
}


def dataset(**numeric: Any) -> Dataset:
    text = {"type": "string"}
    return Dataset.model_validate(
        {
            "name": "d",
            "version": "1.0.0",
            "title": "t",
            "summary": "s",
            "builder": "b",
            "licence": "CC0-1.0",
            "lookup_tables": ["dims.yaml", "lift.yaml"],
            "sources": {
                "s": {
                    "description": "d",
                    "licence": "CC0-1.0",
                    "citation": "nobody",
                    "mirror": "x",
                    "pin": {"unpinned": True},
                }
            },
            "tables": {
                "wide": {
                    "description": "wide",
                    "key": ["id", "kind"],
                    "split": "split",
                    "columns": {
                        "id": {"type": "int64"},
                        "kind": text,
                        "unit": text,
                        "source": text,
                        "split": text,
                        "geometry": {"type": "float64"},
                        "color": {"type": "float64"},
                    },
                }
            },
            "coverage": {
                "numeric": {
                    "table": "wide",
                    "dimensions": "dims.yaml",
                    "kind": "kind",
                    "unit": "unit",
                    "excluded_kinds": ["track"],
                    "recommendations": "lift.yaml",
                    "floors": {"examples": 4, "examples_warn": 4, "distinct": 2, "positives": 2},
                    **numeric,
                }
            },
        }
    )


def measured(
    tmp_path: Path, rows: list[tuple[str, str, float | None]], column: str = "geometry", **said: Any
) -> dict[str, Any]:
    """Return the coverage of one dimension over rows of kind, unit, value."""
    other = "color" if column == "geometry" else "geometry"
    n = len(rows)
    wide = pa.table(
        {
            "id": list(range(n)),
            "kind": [kind for kind, _, _ in rows],
            "unit": [unit for _, unit, _ in rows],
            "source": ["s"] * n,
            "split": ["train"] * n,
            column: pa.array([value for *_, value in rows], pa.float64()),
            other: pa.array([None] * n, pa.float64()),
        }
    )
    pq.write_table(wide, tmp_path / "wide.parquet")
    made = coverage.measure_coverage(dataset(**said), FACTS, {"wide": [tmp_path / "wide.parquet"]})
    json.dumps(made, allow_nan=False)
    return {d["name"]: d for d in made["dimensions"]}[column]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0, 0, "absent"),
        (0, 900, "positive_only"),
        (3, 0, "positive_only"),
        (499, 500, "positive_only"),
        (10, 499, "thin"),
        (500, 500, "trainable"),
    ],
)
def test_tags_of_one_pole_alone_are_positive_only(low: int, high: int, verdict: str) -> None:
    assert judge_tags(low, high, Floors())[0] == verdict


def test_a_computed_value_never_counts_as_human(tmp_path: Path) -> None:
    found = measured(tmp_path, [("computed", "word", at / 9) for at in range(9)])
    assert (found["verdict"], found["judged"], found["n"]) == ("computed", "computed", 9)
    assert "human" not in found["evidence"]


def test_human_labels_decide_whatever_else_there_is(tmp_path: Path) -> None:
    rows: list[tuple[str, str, float | None]] = [
        ("rating", "word", 0.1),
        ("tag", "title", 1.0),
        ("tag", "title", 1.0),
        *(("computed", "word", at / 9) for at in range(9)),
    ]
    found = measured(tmp_path, rows)
    assert (found["verdict"], found["judged"], found["n"]) == ("thin", "human", 1)
    assert found["evidence"]["tag"]["high_tags"] == 2
    assert found["evidence"]["tag"]["low_tags"] == 0
    assert found["evidence"]["computed"]["n"] == 9
    assert (found["low"], found["high"]) == ("geometric", "organic")
    assert sum(found["histogram"]) == 1


def test_each_kind_of_text_has_a_verdict_of_its_own(tmp_path: Path) -> None:
    rows: list[tuple[str, str, float | None]] = [
        *(("rating", "word", at / 9) for at in range(10)),
        ("rating", "title", 0.9),
        ("tag", "poem", 1.0),
    ]
    found = measured(tmp_path, rows)
    verdicts = {unit: told["verdict"] for unit, told in found["by_unit"].items()}
    assert found["verdict"] == "trainable"
    assert verdicts == {"word": "trainable", "title": "thin", "poem": "positive_only"}


def test_labels_without_their_text_are_counted_and_never_judged(tmp_path: Path) -> None:
    found = measured(tmp_path, [("tag", "track", 0.0)] * 5 + [("tag", "track", 1.0)] * 2)
    assert (found["verdict"], found["n"]) == ("absent", 0)
    assert found["aside"] == {"track": {"n": 7, "low": 5, "high": 2}}
    assert found["by_unit"] == {}
    assert found["lift"] == "Ratings of titles."


def test_a_required_dimension_without_a_human_label_fails(tmp_path: Path) -> None:
    rows: list[tuple[str, str, float | None]] = [("computed", "word", 0.3)]
    measured(tmp_path, rows)
    declared = dataset(required=["geometry"])
    made = coverage.measure_coverage(declared, FACTS, {"wide": [tmp_path / "wide.parquet"]})
    told = {
        f.check: f.message
        for f in coverage.coverage_findings(declared, made)
        if f.verdict == "fail"
    }
    assert "no human label" in told["coverage.required_dimension_absent"]


def test_an_angle_has_a_circular_mean_and_no_middle(tmp_path: Path) -> None:
    reds: list[tuple[str, str, float | None]] = [
        ("rating", "word", value) for value in (0.95, 0.05, 0.98, 0.02)
    ]
    found = measured(tmp_path, reds, "color")
    assert min(found["mean"], 1 - found["mean"]) == pytest.approx(0, abs=1e-9)
    assert 0 < found["sd"] < 0.1
    assert found["neutral_band_share"] is None
    assert found["verdict"] == "neutral"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"human": ["computed"]}, "no kind of human label"),
        ({"unit": None}, "`excluded_kinds` names units"),
        ({"kind": "sort"}, "which wide does not declare"),
        ({"recommendations": "other.yaml"}, "`lookup_tables` does not list"),
    ],
)
def test_a_contract_that_cannot_be_meant_is_an_error(said: dict[str, Any], message: str) -> None:
    with pytest.raises((DeclarationError, ValueError), match=message):
        dataset(**said)


def told(tmp_path: Path) -> dict[str, Any]:
    """Return a coverage with a dimension of a long name that people, tags and formulas label."""
    rows: list[tuple[str, str, float | None]] = [
        *(("rating", "word", at / 9) for at in range(10)),
        ("tag", "title", 0.0),
        *(("tag", "title", 1.0) for _ in range(3)),
        ("computed", "word", 0.5),
        ("tag", "track", 1.0),
    ]
    one = {**measured(tmp_path, rows), "name": "temporal_framing", "low": "<past>"}
    bare = {**measured(tmp_path, [("tag", "title", 1.0)]), "name": "rhythm"}
    floors = dataset().coverage.numeric.floors.model_dump()  # type: ignore[union-attr]
    return {"dataset": "d", "dimensions": [bare, one], "floors": floors}


@pytest.mark.parametrize("width", [80, 120])
def test_the_picture_fits_the_screen_and_keeps_people_apart_from_tags(
    tmp_path: Path, width: int
) -> None:
    console = Console(file=io.StringIO(), width=width)
    picture.print_picture(console, told(tmp_path))
    shown = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    (line,) = [one for one in shown if one.startswith("temporal_framing ") and "|" in one]
    cells = line.split()
    assert cells[1] == "trainable"
    assert "10" in cells
    assert ("1 | 3" in line) == (width == 80)
    assert max(map(len, shown)) <= width
    assert any("recommendation: Ratings of titles." in one for one in shown)


def test_the_picture_on_the_page_has_columns_for_each_kind_and_says_what_would_lift(
    tmp_path: Path,
) -> None:
    template = template_environment([]).from_string(
        '{% import "evidence.html" as e with context %}{{ e.picture(coverage) }}'
    )
    whole = {**told(tmp_path), "classes": [], "presence": []}
    page = template.render(coverage=CoverageDocument.model_validate_json(json.dumps(whole)))
    assert page.count('scope="colgroup"') == 6, "three kinds, by source and by kind of text"
    rows = re.findall(r'<tr class="r-.*?</tr>', page, re.DOTALL)
    assert "temporal framing" in rows[0], "people's labels come first"
    assert "&lt;past&gt;" in rows[0] and "<past>" not in page
    assert 'aria-label="10 labels; floor 4"' in rows[0]
    assert "1 tag &lt;past&gt;, 3 tags organic; floor 2 each" in rows[0]
    assert re.search(r'f-computed first there" title="s: 1 computed values', rows[0])
    assert "1 tags of a track without its text: 0 &lt;past&gt;, 1 organic; not counted" in page
    lifted = page.split("Recommendations for the rest")[1]
    assert "rhythm" in lifted and "temporal framing" not in lifted


def test_a_bar_of_human_labels_crosses_the_floor_only_from_the_floor_on() -> None:
    assert log_bar(0, 1_000) == "      |    "
    assert log_bar(1, 1_000) == "█     |    "
    assert log_bar(1_000, 1_000) == "██████|    "
    assert log_bar(1_001, 1_000) == "██████|█   "
    assert log_bar(5_000_000, 1_000) == "██████|████"
