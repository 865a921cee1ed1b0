"""Inputs of the dataset atlas: the real sources, and a version of vibe with a handful of texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from builders import atlas
from builders.text import text_hash
from hueset.builder import Inputs
from hueset.project import Project
from hueset.sources import pins
from hueset.sources.resolved import Member, ResolvedSource
from tests.vibe_corpora import Made

if TYPE_CHECKING:
    from collections.abc import Iterable

REPO = Path(__file__).parents[1]

VIBE = [
    ("emobank", "Aardvark", "test", "CC-BY-SA-4.0", 0.5, "rating"),
    ("goemotions", "hand", "validation", "CC-BY-4.0", 0.6, "class_norm"),
    ("goemotions", "What a day we had!", "train", "CC-BY-4.0", None, None),
    ("imdb", "Dull.", "train", "unstated", 0.1, "stars"),
]
"""Source, text, split, licence, valence and its kind; one text nobody labelled."""


def vibe_version(folder: Path) -> ResolvedSource:
    """Write the two tables of vibe that are read; return them as a source."""
    ids = [f"{source}-{text_hash(text)[:16]}" for source, text, *_ in VIBE]
    examples = pl.DataFrame(
        {
            "example_id": ids,
            "source": [row[0] for row in VIBE],
            "text": [row[1] for row in VIBE],
            "text_raw": [row[1] for row in VIBE],
            "text_hash": [text_hash(row[1]) for row in VIBE],
            "split": [row[2] for row in VIBE],
            "licence": [row[3] for row in VIBE],
        }
    )
    labels = pl.DataFrame(
        [
            {
                "example_id": key, "source": source, "dimension": dimension, "value_raw": value,
                "raw_min": 0.0, "raw_max": 1.0, "value": value, "n_raters": 5, "rater_sd": 0.1,
                "label_kind": kind,
            }
            for key, (source, _, _, _, value, kind) in zip(ids, VIBE, strict=True)
            if value is not None
            for dimension in ("valence", "dominance")
        ],
        schema_overrides={"n_raters": pl.Int32},
    )  # fmt: skip
    members = []
    for table, rows in (("examples", examples), ("labels", labels)):
        name = f"data/{table}/train-00000-of-00001.parquet"
        (folder / name).parent.mkdir(parents=True)
        rows.write_parquet(folder / name)
        members.append(Member(name, "0" * 64, 1))
    return ResolvedSource("vibe", folder, "store", "0" * 64, 2, tuple(members), "1.0.0+test")


def inputs(data: Path, folder: Path, names: Iterable[str]) -> Inputs:
    """Return the inputs of a build from the real files of some sources, and the small vibe."""
    project = Project(REPO)
    declared = project.dataset("atlas")
    sources = {"vibe": vibe_version(folder)}
    for name in names:
        spec = declared.sources[name]
        path = data / str(spec.mirror)
        identity = pins.identify(path, name, spec)
        assert pins.check(path, name, spec, identity, None) == "ok"
        sources[name] = pins.resolved(path, name, "mirror", identity)
    return Inputs(declared, sources, declared.parameters, project.facts(declared))


def build(given: Inputs) -> tuple[Made, Made]:
    """Build every unit and combine; returns the units' tables and the finished ones."""
    units = Made([])
    for unit in atlas.plan_units(given):
        units.add(atlas.build_unit(unit, given))
    finished = Made(atlas.combine(units, given))
    finished.batches["sources"] = units.batches["sources"]
    return units, finished
