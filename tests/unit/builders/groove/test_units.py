from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from builders import groove
from builders.groove.units import read_info, session_split
from builders.midi import read_midi
from hueset.builder import Batch, Inputs, Reject
from hueset.errors import SourceFormatError
from hueset.parquet import conform
from hueset.project import find_project
from hueset.schema import arrow_schema
from hueset.sources import Where, resolve
from tests.conftest import REPO

if TYPE_CHECKING:
    from pathlib import Path

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


@pytest.fixture(scope="module")
def inputs(data_dir: Path) -> Inputs:
    project = find_project(REPO)
    dataset = project.dataset("groove")
    where = Where(REPO, project.folder("groove"), mirror=data_dir)
    sources = resolve(dataset, where).sources
    return Inputs(dataset, sources, dataset.parameters, project.facts(dataset))


@pytest.fixture(scope="module")
def made(inputs: Inputs) -> list[Any]:
    return [one for unit in groove.plan_units(inputs) for one in groove.build_unit(unit, inputs)]


@pytest.fixture(scope="module")
def tables(made: list[Any], inputs: Inputs) -> Tables:
    parts: dict[str, list[pa.Table]] = {}
    for one in made:
        assert isinstance(one, Batch), one
        schema = arrow_schema(inputs.dataset.tables[one.table])
        parts.setdefault(one.table, []).append(conform(one.rows, schema, where=one.table))
    return Tables({name: pa.concat_tables(rows) for name, rows in parts.items()})


class Tables:
    """Finished tables in memory."""

    def __init__(self, rows: dict[str, pa.Table]) -> None:
        self.rows = rows

    def scan(self, table: str) -> pl.LazyFrame:
        return pl.DataFrame(pl.from_arrow(self.rows[table])).lazy()

    def files(self, table: str) -> list[Path]:
        raise NotImplementedError


def test_every_published_performance_bar_and_hit_is_there(tables: Tables) -> None:
    performances = tables.scan("performances").collect()
    assert performances.height == 1_150
    assert Counter(performances["split"]) == {"train": 897, "validation": 124, "test": 129}
    assert performances["drummer"].n_unique() == 10
    assert tables.rows["hits"].num_rows == performances["hits"].sum() == 446_312
    assert tables.rows["bars"].num_rows == performances["bars"].sum()
    assert performances["duration_s"].sum() / 3600 == pytest.approx(13.58, abs=0.005)


def test_the_gate_tells_which_sessions_straddle_and_nothing_else(
    tables: Tables, inputs: Inputs
) -> None:
    (finding,) = groove.check(tables, inputs)
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


def test_a_lost_hit_or_a_torn_session_fails(tables: Tables, inputs: Inputs) -> None:
    hits, performances = tables.rows["hits"], tables.rows["performances"]
    torn = performances.to_pylist()
    torn[0]["split_by_session"] = "train"
    torn[1]["split_by_session"] = "validation"
    broken = Tables(
        {
            **tables.rows,
            "hits": hits.slice(1),
            "performances": pa.Table.from_pylist(torn, performances.schema),
        }
    )
    failed = {one.check for one in groove.check(broken, inputs) if one.verdict == "fail"}
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


def test_a_file_that_cannot_be_read_is_refused_and_the_session_goes_on(inputs: Inputs) -> None:
    unit = next(one for one in groove.plan_units(inputs) if one.key == "drummer2/session1")
    broken = unit.payload["rows"][0]["midi_filename"]
    source = Broken(inputs.sources["groove"], broken)
    made = list(
        groove.build_unit(
            unit,
            Inputs(inputs.dataset, {"groove": source}, inputs.parameters, inputs.facts),  # type: ignore[dict-item]
        )
    )
    (reject,) = [one for one in made if isinstance(one, Reject)]
    assert reject.reason == "lfs_pointer"
    assert next(one.rows.num_rows for one in made if isinstance(one, Batch)) == 1


class Broken:
    """A source in which one member is a git-LFS pointer."""

    def __init__(self, source: Any, broken: str) -> None:
        self.source, self.broken = source, broken

    def read(self, member: str) -> bytes:
        if member == self.broken:
            return b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
        return bytes(self.source.read(member))


def test_other_columns_are_an_error() -> None:
    with pytest.raises(SourceFormatError, match=r"info\.csv has the columns"):
        read_info(b"drummer;session;id\n")


def test_a_session_whole_in_one_split_keeps_it() -> None:
    rows = [{"split": "test"}, {"split": "test"}]
    assert session_split("s", rows, SHARES, "any") == "test"
    torn = [{"split": "test"}, {"split": "train"}]
    assert session_split("s", torn, SHARES, "x") == session_split("s", torn, SHARES, "x")
