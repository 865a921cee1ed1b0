"""The chromatic dataset through the whole engine: sample and real corpus, gate and store."""

import json

import pyarrow.parquet as pq
import pytest

from hueset.build.run import run_build
from hueset.errors import BuildError
from hueset.plan import make_plan
from hueset.project import Project
from hueset.sources import Where
from hueset.store import Store
from tests.building import REPO, Silent, tree
from tests.corpus import copy_sample, edit_manifest


def build(store, corpus=None, workers=1):
    project = Project(REPO)
    flags = {"corpus": corpus} if corpus else {}
    where = Where(REPO, project.folder("chromatic"), flags=flags)
    plan = make_plan(project, "chromatic", where)
    return run_build(project, plan, Store(store), Silent(), workers=workers)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    return tmp_path_factory.mktemp("stores")


def test_the_sample_is_built_by_default_and_called_one(stores):
    done = build(stores / "sample")
    assert done.verdict == "warn"
    assert "+sample." in done.version.name
    folder = done.version.path / "data"
    rows = {
        table.name: sum(pq.read_metadata(path).num_rows for path in table.iterdir())
        for table in sorted(folder.iterdir())
    }
    assert rows == {
        "lyrics": 15,
        "media": 87,
        "preview": 49,
        "sections": 13,
        "segments": 102,
        "songs": 3,
        "tracks": 13,
    }


def test_one_changed_song_of_three_is_one_unit_of_work(stores, tmp_path):
    corpus = copy_sample(tmp_path / "corpus")
    build(stores / "edited", corpus)
    edit_manifest(corpus, "05_01", title="Another title")
    again = build(stores / "edited", corpus)
    assert (again.units, again.reused) == (3, 2)
    assert build(stores / "edited", corpus).state == "unchanged"
    fresh = build(stores / "fresh", corpus)
    assert tree(again.version.path) == tree(fresh.version.path)
    # Of the slices of the other two songs there is one file, under several names.
    assert sorted(path.stat().st_nlink for path in again.version.files("media")) == [2, 3, 3]


def test_two_workers_give_the_bytes_of_one(stores, tmp_path):
    corpus = copy_sample(tmp_path / "corpus", "01_01", "05_01", audio=True)
    made = []
    for workers in (1, 2):
        done = build(stores / f"workers{workers}", corpus, workers)
        data = done.version.path / "data"
        files = {path.relative_to(data): path.read_bytes() for path in data.rglob("*.parquet")}
        made.append((done.version.name, files))
    assert made[0] == made[1]
    assert len(made[0][1]) >= 7


def test_the_real_corpus_warns(stores, data_dir):
    corpus = data_dir / "white-sample" / "packages" / "extraction" / "staged_raw_material"
    done = build(stores / "whole", corpus)
    assert done.verdict == "warn"
    report = json.loads((done.version.path / "gate" / "report.json").read_text())
    assert {finding["verdict"] for finding in report["findings"]} == {"warn"}
    assert {check["verdict"] for check in report["checks"]} <= {"pass", "warn"}
    assert done.version.manifest["tables"]["segments"]["rows"] == 26493
    absent = {
        finding["message"].partition(":")[0]: finding["examples"]
        for finding in report["findings"]
        if finding["check"] == "coverage.class_absent"
    }
    assert absent["colour"] == ["White"]
    lacking = {
        finding["message"].partition(" in ")[0]: len(finding["examples"])
        for finding in report["findings"]
        if finding["check"] == "balance.modality"
    }
    assert lacking == {"audio": 8, "MIDI": 8, "lyrics": 1}


def test_a_folder_without_a_song_is_an_error_that_says_so(stores, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("nothing here")
    with pytest.raises(BuildError, match="plans no unit of work"):
        build(stores / "none", tmp_path / "empty")
