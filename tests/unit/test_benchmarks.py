"""The benchmarks do what they say: the same work, told honestly. Nothing here is timed."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import soundfile

from benchmarks import (
    chromatic,
    gate,
    harness,
    mel,
    mel_parts,
    rendering,
    shares,
    stems,
    text,
    text_datasets,
    text_pandas,
)
from benchmarks.__main__ import page
from tests.conftest import REPO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROW = harness.Row(
    work="gate.pass",
    title="Gate: much",
    peer="plain DuckDB",
    ours_s=0.3,
    peer_s=0.2,
    ratio=1.5,
    low=1.25,
    high=2.0,
    ours_mb=400,
    peer_mb=300,
    rounds=7,
    equal="24 verdicts",
    machine="a machine, 2 cores",
    versions="duckdb 2.0.0",
)


@pytest.mark.parametrize("faulty", [False, True])
def test_our_gate_and_its_peers_say_the_same(tmp_path: Path, faulty: bool) -> None:
    gate._make(tmp_path, rows=3_000, faulty=faulty)

    mine = gate.ours(tmp_path)()

    assert len(mine) == 24
    assert gate._same(mine, gate.naive_complete(tmp_path)())
    if not faulty:
        assert gate._same(mine, gate.plain_duckdb(tmp_path)())
        assert all(holds for holds, _ in mine.values())
    assert sum(not holds for holds, _ in mine.values()) == (7 if faulty else 0)


def test_results_that_differ_are_no_benchmark() -> None:
    with pytest.raises(ValueError, match="differ"):
        gate._same({"c0": [True, 0]}, {"c0": [False, 3]})


def test_a_ratio_is_drawn_within_each_round(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seconds = iter([1.0, 2.0, 9.0, 3.0, 4.0, 4.0])

    def fake_child(target: str, folder: Path) -> dict[str, Any]:
        spent = next(seconds)
        return {"seconds": spent, "cpu_s": spent / 2, "peak_mb": 5.0, "result": target}

    monkeypatch.setattr(harness, "_in_child", fake_child)
    work = harness.Work(
        name="w",
        title="W",
        make=lambda folder: None,
        ours="m:a",
        peers={"peer": "m:b"},
        same=lambda mine, theirs: f"{mine} and {theirs}",
        packages=("duckdb",),
        rounds=3,
    )

    (row,) = harness.measure(work, tmp_path)

    assert (row.ratio, row.low, row.high) == (1.0, 0.5, 3.0)
    assert (row.cpu_ratio, row.cpu_low, row.cpu_high) == (1.0, 0.5, 3.0)
    assert (row.ours_s, row.peer_s) == (4.0, 3.0)
    assert row.equal == "m:a and m:b"


def test_the_page_names_work_peer_ratio_range_machine_and_versions() -> None:
    told = page([ROW, replace(ROW, work="gate.fail", peer="another")])

    assert (
        "| Gate: much | plain DuckDB | **1.50** | 1.25–2.00 (7 rounds) | 0.30 s | 0.20 s " in told
    )
    assert "| 0.20 s | not measured | 400 / 300 MB |" in told
    assert "| 0.20 s | 1.10 (1.00–1.20) | " in page(
        [replace(ROW, cpu_ratio=1.1, cpu_low=1.0, cpu_high=1.2)]
    )
    assert "- gate.pass, gate.fail: a machine, 2 cores; duckdb 2.0.0" in told


@pytest.fixture(scope="module")
def ratings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ratings")
    text._make_comments(folder, rows=6_000)
    return folder


@pytest.mark.parametrize(
    "peer", [text_pandas.comments, text_datasets.comments, text_datasets.comments_by_row]
)
def test_comments_are_the_same_whoever_makes_them(
    ratings: Path, peer: Callable[[Path], Callable[[], dict[str, str]]]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # `datasets` sorts by an old option
        theirs = peer(ratings)()
    mine = text.comments(ratings)()

    assert text._same(mine, theirs).endswith(" refused")
    rows = pl.read_parquet(mine["comments"])
    assert {"repeated_text", "class_without_norm"} <= set(rows["flags"].explode())
    reasons = pl.read_parquet(mine["refused"])["reason"]
    assert set(reasons) == {"rated_very_unclear", "duplicate_text"}
    assert rows["split"].n_unique() == 3
    assert rows.height < pl.read_csv(ratings / "goemotions_*.csv")["id"].n_unique()


def test_reviews_are_the_same_whoever_makes_them(tmp_path: Path) -> None:
    text._make_reviews(tmp_path, rows=400, archive=None)

    mine = text.reviews(tmp_path)()

    assert text._same(mine, text_pandas.reviews(tmp_path)())
    rows = pl.read_parquet(mine["reviews"])
    assert rows["text"].str.contains("[SCORE]", literal=True).any()
    assert rows.height < 400


@pytest.mark.parametrize(
    "other", [{"split": ["train"]}, {"value": [0.5001]}, {"value": [None]}, {"text": ["b"]}]
)
def test_texts_that_differ_are_no_benchmark(tmp_path: Path, other: dict[str, list[Any]]) -> None:
    rows = {"example_id": ["x"], "text": ["a"], "split": ["test"], "value": [0.5]}
    pl.DataFrame(rows).write_parquet(tmp_path / "mine")
    pl.DataFrame({**rows, **other}, schema_overrides={"value": pl.Float64}).write_parquet(
        tmp_path / "theirs"
    )
    with pytest.raises(ValueError, match="1 values of"):
        text._same({"rows": str(tmp_path / "mine")}, {"rows": str(tmp_path / "theirs")})


def test_the_page_tells_the_share_of_gate_writing_and_hashing_of_the_whole() -> None:
    kept = {
        "stages": {"units": 6.0, "gate": 2.0, "tables": 2.0},
        "gate": 2.0,
        "writing": 1.5,
        "hashing": 0.5,
        "machine": "a machine",
    }
    told = page([ROW], shares.section(kept))

    assert "checks | 2.0 | 20% |" in told
    assert "tables | 1.5 | 15% |" in told
    assert "joining | 6.0 | 60% |" in told
    assert told.startswith("# Benchmarks")


def test_hashing_of_sources_is_not_counted_as_the_build_s() -> None:
    update = ("~", 0, "<method 'update' of '_hashlib.HASH' objects>")
    callers = {
        ("/x/hueset/sources/hashes.py", 76, "member_digests"): (1, 1, 5.0, 5.0),
        ("/x/hueset/parquet.py", 171, "_flush"): (1, 1, 0.25, 0.25),
    }
    assert shares.seconds_in({update: (2, 2, 5.25, 5.25, callers)}, shares.HASHING) == 0.25


def test_stems_are_made_once_and_given_to_songs_in_turn(tmp_path: Path) -> None:
    made = stems.make_stems(tmp_path / "kept", 2, minutes=0.1)
    written = [path.stat().st_mtime_ns for path in made]
    assert stems.make_stems(tmp_path / "kept", 2, minutes=0.1) == made
    assert [path.stat().st_mtime_ns for path in made] == written
    corpus = tmp_path / "corpus"
    assert chromatic.make_corpus(corpus, made, songs=1, tracks=3, minutes=0.1) == 18.0
    given = [path.read_bytes() for path in sorted(corpus.rglob("*.wav"))]
    assert given == [made[at].read_bytes() for at in (0, 1, 0)]


def test_ratios_of_the_corpus_are_told_against_one_worker_and_flac() -> None:
    sizes = {"machine": "a machine", "songs": 84, "audio_s": 6000.0}
    kept = {
        "media": {
            **sizes,
            "one_s": 60.0,
            "peak_mb": 500.0,
            "flac": 100.0,
            "wav": 150.0,
            "float32": 400.0,
            "by_floor": [{"dbfs": -84.0, "ratio": 3.0}],
            "levels": [
                {"level": 5, "bytes": 1.0, "time": 1.0},
                {"level": 8, "bytes": 0.98, "time": 2.0},
            ],
        },
        "incremental": {**sizes, "one_s": 60.0, "changed_s": 3.0},
        "workers": {**sizes, "one_s": 60.0, "two_s": 40.0, "songs": 20},
        "real": [{"bits": 24, "seconds": 11.0, "ratio": 1.98}],
    }
    told = "\n".join(chromatic.section(kept))
    assert "| build, one worker | 60 s, 100 × real time |" in told
    assert "| build, two workers | 40 s, 1.50 × one worker |" in told
    assert "| 1 of 84 songs changed | 3.0 s, 5.0% of the whole (60 s) |" in told
    assert "| bytes of a segment as float32 | 400, 4.00 |" in told
    assert "| FLAC level 8 against 5 | 0.980 of the bytes, 2.0 × the time |" in told
    assert "- media, incremental: 84 songs" in told
    assert "- workers: 20 songs" in told
    assert "recordings of 24 bits" in told
    assert "`Clips`" not in told


MEL_PARTS = {
    "audio_s": 600.0,
    "total_s": 0.5,
    "parts": {"FFT": 0.1, "resample (soxr HQ)": 0.4},
    "bare_ffts_s": 0.09,
    "workers": {"1": 4.0, "2": 2.0},
    "machine": "a machine",
}


def test_the_parts_of_the_mel_kernel_are_told_with_their_shares() -> None:
    told = "\n".join(mel_parts.section(MEL_PARTS))
    assert "| resample (soxr HQ) | 400 | 80% |" in told
    assert "The bare FFTs alone take 90 ms (18%)" in told
    assert "1,200 hours of audio in an hour" in told
    assert "one worker 4.00 s, two 2.00 s, 2.00 × as fast" in told


def test_the_parts_of_the_mel_kernel_add_up_to_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "noise.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, (44_100 * 6, 2))
    soundfile.write(path, noise.clip(-1, 1), 44_100, subtype="PCM_16")
    found = mel_parts.measure(path)
    assert found["audio_s"] == 6.0
    assert sum(found["parts"].values()) == pytest.approx(found["total_s"])
    assert found["parts"]["FFT"] > 0
    assert found["workers"].keys() == {"1", "2"}


@pytest.mark.parametrize("ours", ["mel", "mel_apart"])
def test_the_mel_benchmark_ends_with_1_where_results_disagree(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, ours: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{REPO / 'src'}{os.pathsep}{REPO}")
    work = replace(
        mel.WORKS[0],
        make=lambda _: None,
        ours=f"tests.support.benchmark_contenders:{ours}",
        rounds=1,
        peers={"librosa, whole file": "tests.support.benchmark_contenders:mel"},
    )
    monkeypatch.setattr(mel, "WORKS", (work,))
    monkeypatch.setattr(mel_parts, "measure", lambda _: MEL_PARTS)
    monkeypatch.setattr(mel_parts, "KEPT", tmp_path / "mel.json")
    monkeypatch.setattr("benchmarks.__main__.ROWS", tmp_path / "results.json")
    monkeypatch.setattr("benchmarks.__main__.PAGE", tmp_path / "docs" / "benchmarks.md")

    agrees = ours == "mel"
    assert mel.main() == (0 if agrees else 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == (
        ["docs", "mel.json", "results.json"] if agrees else []
    )

    said = capsys.readouterr()
    assert ("results disagree: the values are up to 0.00" in said.err) is not agrees
    assert ("equal: 2 windows" in said.out) is agrees


def test_a_part_of_maestro_is_told_with_an_estimate_and_the_whole_without() -> None:
    kept = {
        "part": "2013",
        "rows": {"windows": 14_300},
        "verdict": "warn",
        "performances": 127,
        "hours": 198.65 / 10,
        "wall_s": 120.0,
        "stages": {"units": 100.0, "gate": 20.0},
        "bytes": 2_500_000_000,
        "peak_bytes": 700_000_000,
        "cpu_s": {"FluidSynth": 150.0, "Python": 50.0},
        "workers": 2,
        "machine": "a machine",
    }
    told = "\n".join(rendering.section(kept))
    assert "| wall time | 2.0 min, 596 × real time |" in told
    assert "| size of the version | 2.50 GB |" in told
    assert "FluidSynth 150 s (75%), Python 50 s (25%)" in told
    assert "take 20 min and 25.0 GB: an **estimate**" in told
    assert "--where year=2013" in told
    whole = "\n".join(rendering.section({**kept, "part": "all"}))
    assert "estimate" not in whole
    assert "`hueset build maestro --render` with 2 workers" in whole


@pytest.mark.skipif(sys.platform != "linux", reason="processes are read from Linux's /proc")
def test_memory_and_processor_time_are_those_of_the_whole_tree() -> None:
    child = "import time; b = bytearray(60_000_000); sum(range(9_000_000)); time.sleep(0.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    peak, spent = rendering._watch(subprocess.Popen([sys.executable, "-c", parent]))
    assert 60_000_000 < peak < 300_000_000
    assert spent.keys() == {"Python"}
    assert 0.05 < spent["Python"] < 30
