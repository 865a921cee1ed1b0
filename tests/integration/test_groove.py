"""Groove through the whole engine, on all of its real files."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from hueset.build.plan import make_plan
from hueset.build.run import run_build
from hueset.declaration.project import find_project
from hueset.release.card import render_documents
from hueset.sources import Where
from hueset.store.store import VersionStore
from hueset_builders.groove import build as groove
from hueset_builders.readers.midi.notes import read_midi
from tests.conftest import REPO
from tests.support.in_process_build import Silent

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.build.plan import BuildPlan
    from hueset.build.run import BuildResult


class Tables:
    """Finished tables in memory."""

    def __init__(self, rows: dict[str, pl.DataFrame]) -> None:
        self.rows = rows

    def scan(self, table: str) -> pl.LazyFrame:
        return self.rows[table].lazy()

    def files(self, table: str) -> list[Path]:
        raise NotImplementedError


@pytest.fixture(scope="module")
def plan(data_dir: Path) -> BuildPlan:
    project = find_project(REPO)
    return make_plan(project, "groove", Where(REPO, project.folder("groove"), mirror=data_dir))


@pytest.fixture(scope="module")
def built(plan: BuildPlan, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    store = VersionStore(tmp_path_factory.mktemp("store"))
    return run_build(find_project(REPO), plan, store, Silent(), render=render_documents, workers=1)


@pytest.fixture(scope="module")
def tables(built: BuildResult) -> Tables:
    data = built.version.path / "data"
    names = ("performances", "bars", "hits")
    return Tables({name: pl.read_parquet(data / name / "*.parquet") for name in names})


def test_the_gate_passes_it_with_warnings_of_its_published_split(built: BuildResult) -> None:
    assert built.verdict == "warn"


def test_one_finding_tells_that_sessions_straddle(built: BuildResult) -> None:
    report = json.loads((built.version.path / "gate/report.json").read_text(encoding="utf-8"))
    told = [one["check"] for one in report["findings"] if "session" in one["message"]]
    assert told == ["input.session_straddles_split"]


def test_every_published_performance_bar_and_hit_is_there(tables: Tables) -> None:
    performances = tables.scan("performances").collect()
    assert performances.height == 1_150
    assert Counter(performances["split"]) == {"train": 897, "validation": 124, "test": 129}
    assert performances["drummer"].n_unique() == 10
    assert tables.rows["hits"].height == performances["hits"].sum() == 446_312
    assert tables.rows["bars"].height == performances["bars"].sum()
    assert performances["duration_s"].sum() / 3600 == pytest.approx(13.58, abs=0.005)


def test_the_gate_tells_which_sessions_straddle_and_nothing_else(
    tables: Tables, plan: BuildPlan
) -> None:
    (finding,) = groove.check(tables, plan.inputs)
    assert (finding.check, finding.verdict) == ("input.session_straddles_split", "warn")
    assert finding.count == 17
    assert "17 of 25 sessions" in finding.message
    assert "1,094 of 1,150 performances" in finding.message


def test_no_session_is_in_two_splits_by_session(tables: Tables) -> None:
    splits = (
        tables.scan("performances")
        .group_by("session")
        .agg(pl.col("split_by_session").n_unique())
        .collect()
    )
    assert splits["split_by_session"].max() == 1
    rows = Counter(tables.scan("performances").collect()["split_by_session"])
    assert rows.keys() == {"train", "validation", "test"}
    assert min(rows.values()) >= 50


def test_a_lost_hit_or_a_torn_session_fails(tables: Tables, plan: BuildPlan) -> None:
    first = pl.col("performance") == tables.rows["performances"]["performance"][0]
    torn = tables.rows["performances"].with_columns(
        split_by_session=pl.when(first).then(pl.lit("validation")).otherwise("split_by_session")
    )
    broken = Tables({**tables.rows, "hits": tables.rows["hits"].slice(1), "performances": torn})
    failed = {one.check for one in groove.check(broken, plan.inputs) if one.verdict == "fail"}
    assert failed == {"output.count_hits", "output.hits_add_up", "output.split_by_session"}


def test_offset_and_grid_give_back_the_onset(tables: Tables) -> None:
    hits = tables.scan("hits").filter(pl.col("performance") == "drummer1/session1/1").collect()
    score = read_midi(
        tables.scan("performances")
        .filter(pl.col("performance") == "drummer1/session1/1")
        .collect()["midi"][0]
    )
    sixteenth_s = score.tempos[0].us_per_quarter / 4e6
    line = hits["bar"] * 16 + hits["step"]
    rebuilt = (line + hits["offset_sixteenth"]) * sixteenth_s
    np.testing.assert_allclose(rebuilt, score.onset_s, atol=1e-6)
    np.testing.assert_allclose(rebuilt, hits["onset_s"], atol=1e-6)
    assert hits["velocity"].to_list() == score.velocity.tolist()


def test_an_empty_bar_has_no_measures(tables: Tables) -> None:
    empty = tables.scan("bars").filter(pl.col("hits") == 0).collect()
    assert empty.height > 0
    assert empty["offset_mean_ms"].null_count() == empty.height
    assert empty["velocity_mean"].null_count() == empty.height
