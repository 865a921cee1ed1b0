"""The chromatic dataset through the whole engine: sample and real corpus, gate and store."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from hueset.build.plan import make_plan
from hueset.build.run import run_build
from hueset.declaration.project import Project
from hueset.errors import SourceFormatError
from hueset.release.card import render_documents
from hueset.sources import Where
from hueset.store.store import VersionStore
from tests.support.chromatic_corpora import copy_sample, edit_manifest, render_stems
from tests.support.coverage_sides import check_sides_agree
from tests.support.in_process_build import REPO, Silent, command, tree


def build(store, corpus=None, workers=1):
    project = Project(REPO)
    flags = {"corpus": corpus} if corpus else {}
    where = Where(REPO, project.folder("chromatic"), flags=flags)
    plan = make_plan(project, "chromatic", where)
    return run_build(
        project, plan, VersionStore(store), Silent(), render=render_documents, workers=workers
    )


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    return tmp_path_factory.mktemp("stores")


def test_the_sample_is_built_by_default_and_called_one(stores):
    done = build(stores / "sample")
    assert done.verdict == "warn"
    assert "+sample." in done.version.name
    check_sides_agree(done.version)
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
    assert done.version.manifest.tables["segments"].rows == 26493
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


@pytest.fixture
def historic(data_dir):
    """One song as it was before manifests had a concept, with its MIDI."""
    return data_dir / "white-sample" / "history" / "616b6c44" / "staged_raw_material"


def build_by_command(corpus, store, *more):
    arguments = ("build", "chromatic", "--source", f"corpus={corpus}", "--out", str(store))
    return command(*arguments, "--json", *more, cwd=REPO)


def test_the_historic_song_without_a_concept_warns_and_is_the_latest(historic, tmp_path):
    done = build_by_command(historic, tmp_path / "store")
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"]) == (0, "warn"), done.stderr
    assert VersionStore(tmp_path / "store").latest("chromatic") == told["version"]
    said = {one["check"]: one["message"] for one in told["findings"]}
    assert "does not hold for 1 of 1" in said["suite.concept"]
    assert "does not hold for 924 of 924" in said["suite.label"]
    assert "looked at nothing: none of 1 row" in said["suite.coverage_share"]


@pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="Debian's fluidsynth is absent")
def test_the_historic_song_with_rendered_stems_warns_too(historic, tmp_path):
    corpus = tmp_path / "corpus"
    shutil.copytree(historic, corpus, copy_function=shutil.copyfile)
    rendered = render_stems(corpus, "01_01")
    assert len(rendered) == 2
    # A single synth rendered without gain is quiet: its notes lie near -45 dBFS.
    done = build_by_command(corpus, tmp_path / "store", "--set", "silence_dbfs=-60.0")
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"]) == (0, "warn"), done.stderr
    present, n = told["presence"]["audio"]
    assert 0 < present < n


def test_a_folder_without_a_song_is_an_error_that_says_so(stores, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("nothing here")
    with pytest.raises(SourceFormatError, match=r"holds no song.*AA_TT\.yml, found notes\.txt"):
        build(stores / "none", tmp_path / "empty")
