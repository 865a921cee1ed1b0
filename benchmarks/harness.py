"""Paired measurements: ours, peer, ours, peer, …, each in a process of its own, as ratios.

A contender is a function of the data's folder: calling it imports what it needs and returns the
work, and only the work is timed. So loading counts and importing does not. A result that is itself
a function is called after the clock stopped, to put down what will be compared. A ratio is drawn
within each round, because both halves of a round met the same machine; the range over rounds is
told, not only the median.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Work:
    """One piece of work that several do.

    Attributes
    ----------
    name
        Short and unique.
    title
        What is done, on how much.
    make
        Writes the input into an empty folder, the same each time.
    ours
        The contender that is ours, as `module:function`.
    peers
        Peer's name as people know it → `module:function`.
    same
        Compares our result with a peer's; returns in words what was equal, or raises `ValueError`.
    packages
        Whose versions matter.
    rounds
        How often each is measured.
    """

    name: str
    title: str
    make: Callable[[Path], None]
    ours: str
    peers: dict[str, str]
    same: Callable[[Any, Any], str]
    packages: tuple[str, ...]
    rounds: int = 5


@dataclass(frozen=True)
class Row:
    """One line of the table: our time over the peer's, below 1 where ours is faster.

    Attributes
    ----------
    ours_s, peer_s
        Median seconds.
    ratio, low, high
        Median and range of ours / peer over the rounds.
    ours_mb, peer_mb
        Median peak memory of the process, in 10^6 bytes.
    equal
        In what the results were equal.
    cpu_ratio, cpu_low, cpu_high
        The same as `ratio`, of processor time, which waiting for a busy machine does not change;
        null where it was not measured.
    """

    work: str
    title: str
    peer: str
    ours_s: float
    peer_s: float
    ratio: float
    low: float
    high: float
    ours_mb: float
    peer_mb: float
    rounds: int
    equal: str
    machine: str
    versions: str
    cpu_ratio: float | None = None
    cpu_low: float | None = None
    cpu_high: float | None = None


def measure(work: Work, folder: Path) -> list[Row]:
    """Make the input, run every round, and return one row for each peer."""
    folder.mkdir(parents=True, exist_ok=True)
    work.make(folder)
    contenders = {"ours": work.ours, **work.peers}
    rounds: list[dict[str, dict[str, Any]]] = []
    for at in range(work.rounds):
        rounds.append({name: _in_child(target, folder) for name, target in contenders.items()})
        told = ", ".join(f"{name} {one['seconds']:.3f} s" for name, one in rounds[-1].items())
        print(f"{work.name} {at + 1}/{work.rounds}: {told}", file=sys.stderr)
    return [_row(work, peer, rounds) for peer in work.peers]


def _row(work: Work, peer: str, rounds: Sequence[dict[str, dict[str, Any]]]) -> Row:
    ratios = [one["ours"]["seconds"] / one[peer]["seconds"] for one in rounds]
    cpu_ratios = [one["ours"]["cpu_s"] / one[peer]["cpu_s"] for one in rounds]

    def median(who: str, what: str) -> float:
        return round(float(statistics.median(one[who][what] for one in rounds)), 4)

    return Row(
        work=work.name,
        title=work.title,
        peer=peer,
        ours_s=median("ours", "seconds"),
        peer_s=median(peer, "seconds"),
        ratio=round(statistics.median(ratios), 4),
        low=round(min(ratios), 4),
        high=round(max(ratios), 4),
        ours_mb=median("ours", "peak_mb"),
        peer_mb=median(peer, "peak_mb"),
        rounds=len(rounds),
        equal=work.same(rounds[0]["ours"]["result"], rounds[0][peer]["result"]),
        machine=machine(),
        versions=", ".join(f"{name} {version(name)}" for name in work.packages),
        cpu_ratio=round(statistics.median(cpu_ratios), 4),
        cpu_low=round(min(cpu_ratios), 4),
        cpu_high=round(max(cpu_ratios), 4),
    )


def machine() -> str:
    """Return processor, cores and Python in words."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    model = models[0] if models else platform.machine()
    return f"{model}, {cores} cores, Python {platform.python_version()}"


def _in_child(target: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.harness", target, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _child(target: str, folder: str) -> None:
    module, _, function = target.partition(":")
    work = getattr(import_module(module), function)(Path(folder))
    start, cpu_start = time.perf_counter(), time.process_time()
    result = work()
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    if callable(result):
        result = result()
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak, "result": result}))


if __name__ == "__main__":
    _child(*sys.argv[1:])
