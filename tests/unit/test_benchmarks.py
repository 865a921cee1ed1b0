"""The benchmarks do what they say: the same work, told honestly. Nothing here is timed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import gate, harness
from benchmarks.__main__ import page

if TYPE_CHECKING:
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
    text = page([ROW, replace(ROW, work="gate.fail", peer="another")])

    assert (
        "| Gate: much | plain DuckDB | **1.50** | 1.25–2.00 (7 rounds) | 0.30 s | 0.20 s " in text
    )
    assert "| 0.20 s | not measured | 400 / 300 MB |" in text
    assert "| 0.20 s | 1.10 (1.00–1.20) | " in page(
        [replace(ROW, cpu_ratio=1.1, cpu_low=1.0, cpu_high=1.2)]
    )
    assert "- gate.pass, gate.fail: a machine, 2 cores; duckdb 2.0.0" in text
