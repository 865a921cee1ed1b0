"""The service under load, by wrk on loopback: `python -m benchmarks api`.

The store is made here and built for real: 50,000 texts with 20 dimensions each, that is a million
labels. Load and server share the machine. Ratios are of time per request, drawn within each round.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.__main__ import ROWS, page, write_page
from benchmarks.harness import Row, machine

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = Path(__file__).parent / "api.json"
TEXTS, DIMENSIONS = 50_000, 20
ROUNDS = 5
SECONDS = 4
HEALTH = "/v1/datasets/moods/health"
LIVE = "/v1/datasets/moods/coverage?by=dimension,split,source"

BUILDER = f'''
"""Made labels: every text has one for every dimension."""
import numpy as np
import pyarrow as pa
from hueset.builder import Batch, Unit

def plan_units(inputs):
    return [Unit("all", (("seed", "seed.csv"),))]

def build_unit(unit, inputs):
    rng = np.random.default_rng(7)
    ids = np.array([f"t{{at:06d}}" for at in range({TEXTS})])
    source = rng.choice(["a", "b", "c"], {TEXTS})
    split = rng.choice(["train", "validation", "test"], {TEXTS}, p=[.8, .1, .1])
    values = np.round(rng.random(({TEXTS}, {DIMENSIONS})), 3)
    names = [f"d{{at:02d}}" for at in range({DIMENSIONS})]
    columns = {{"id": ids, "source": source, "split": split}}
    yield Batch("wide", pa.table(columns | {{n: values[:, i] for i, n in enumerate(names)}}))
    for i, name in enumerate(names):
        yield Batch("labels", pa.table({{
            "id": ids, "dimension": [name] * {TEXTS}, "source": source, "split": split,
            "value": values[:, i], "label_kind": ["rating"] * {TEXTS},
            "z": values[:, i], "n_raters": np.ones({TEXTS}, "int32"),
            "rater_sd": np.zeros({TEXTS})}}))
'''

BARE = '''
"""The peer: the same bytes from a FastAPI handler that does nothing else."""
import sys, pathlib
from fastapi import FastAPI, Response
import uvicorn
body = pathlib.Path(sys.argv[1]).read_bytes()
app = FastAPI()

@app.get("/{path:path}")
async def answer(path: str) -> Response:
    return Response(body, media_type="application/json")

import socket
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning")).run(sockets=[listener])
'''


def main() -> None:
    """Measure, print, and write the rows beside those of the other benchmarks."""
    if not shutil.which("wrk"):
        sys.exit("this needs Debian's package wrk")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project = _project(root / "project")
        _build(project, root / "store")
        first = _first(root, project)
        with _ours(root, project) as url:
            rows = [*_against_bare(root, url), *_against_live(url)]
            told = [
                _latency(url),
                first,
                _crowd(url),
                _memory(url),
                _build_beside(root, project, url),
            ]
    kept = [Row(**one) for one in json.loads(ROWS.read_text())] if ROWS.is_file() else []
    kept = [one for one in kept if not one.work.startswith("api.")] + rows
    kept.sort(key=lambda one: (one.work, one.peer))
    ROWS.write_text(json.dumps([asdict(one) for one in kept], indent=1) + "\n")
    load = round(os.getloadavg()[1], 1)
    found = {"told": told, "machine": machine(), "load": load}
    KEPT.write_text(json.dumps(found, indent=1) + "\n")
    write_page()
    print(page(rows, section(found)))


def section(kept: dict[str, Any]) -> list[str]:
    """Return the lines of the page that tell what is no ratio."""
    return [
        "",
        "## The service under load",
        "",
        "By wrk on loopback, which shares the machine with the server; a store of 1,000,000 labels "
        "(50,000 texts, 20 dimensions): `python -m benchmarks api`.",
        "",
        "| what | measured |",
        "|---|---|",
        *(f"| {what} | {measured} |" for what, measured in kept["told"]),
        "",
        f"{kept['machine']}. The load average of the five minutes was {kept['load']:g}, this load "
        "included: above 3 or so, other work had its share of the cores.",
    ]


def _against_bare(root: Path, url: str) -> list[Row]:
    body = _get(url + HEALTH)
    (root / "body.json").write_bytes(body)
    (root / "bare.py").write_text(BARE)
    command = [sys.executable, str(root / "bare.py"), str(root / "body.json")]
    with _process(command, root) as (bare, pid):
        same = _get(bare + HEALTH) == body
        if not same:
            message = "the peer answers with other bytes"
            raise ValueError(message)
        pairs = [(_wrk(url + HEALTH), _wrk(bare + HEALTH)) for _ in range(ROUNDS)]
        peer_mb = _peak_mb(pid)
    return [
        _row(
            "api.health_cached",
            "cached health document, time per request",
            "bare FastAPI handler",
            pairs,
            f"the same {len(body):,} bytes",
            peer_mb,
        )
    ]


def _against_live(url: str) -> list[Row]:
    kept, live = _get(url + LIVE), _get(url + LIVE + "&live=true")
    if kept != live:
        message = "the kept answer and the fresh one differ"
        raise ValueError(message)
    pairs = [(_wrk(url + LIVE), _wrk(url + LIVE + "&live=true", clients=4)) for _ in range(ROUNDS)]
    return [
        _row(
            "api.coverage_cached",
            "cached coverage of 1,000,000 labels, time per request",
            "the same, counted at each request",
            pairs,
            f"the same {len(kept):,} bytes",
            _peak_mb(_SERVER["pid"]),
        )
    ]


def _latency(url: str) -> tuple[str, str]:
    times = []
    worked = _cpu_s(_SERVER["pid"])
    for _ in range(100):
        start = time.perf_counter()
        _get(url + LIVE + "&live=true")
        times.append((time.perf_counter() - start) * 1000)
    worked = _cpu_s(_SERVER["pid"]) - worked
    times.sort()
    return (
        "coverage of all labels by dimension, split and source, counted from the parquet at each "
        "of 100 requests, one after the other",
        f"median {times[50]:.1f} ms, p95 {times[95]:.1f} ms, "
        f"{worked * 10:.1f} ms of processor time each",
    )


def _first(root: Path, project: Path) -> tuple[str, str]:
    times = []
    for _ in range(ROUNDS):
        with _ours(root, project) as url:
            start = time.perf_counter()
            _get(url + LIVE + "&live=true")
            times.append((time.perf_counter() - start) * 1000)
    return (
        f"the same, the very first request to each of {ROUNDS} fresh servers",
        f"median {statistics.median(times):.0f} ms, at most {max(times):.0f} ms",
    )


def _crowd(url: str) -> tuple[str, str]:
    told = _wrk(url + HEALTH, clients=200, seconds=8)
    return (
        "200 clients at once, cached health document",
        f"{told['rate']:,.0f} requests/s, p99 {told['p99']}, {told['faults']} errors",
    )


def _memory(url: str) -> tuple[str, str]:
    pid = _SERVER["pid"]
    before, done = _rss_mb(pid), 0
    for path in (HEALTH, "/", "/datasets/moods", "/v1/datasets/moods/ready?dimensions=d01&min=5"):
        for _ in range(4):
            done += _wrk(url + path, seconds=3)["requests"]
    while done < 100_000:
        done += _wrk(url + HEALTH, seconds=3)["requests"]
    return (
        f"resident memory over {done:,} requests of four kinds",
        f"{before:.1f} MB before, {_rss_mb(pid):.1f} MB after",
    )


def _build_beside(root: Path, project: Path, url: str) -> tuple[str, str]:
    alone = _wrk(url + HEALTH, seconds=6)
    command = [sys.executable, "-m", "hueset", "build", "moods", "--set", "salt=x", *_places(root)]
    building = subprocess.Popen(
        command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    beside = _wrk(url + HEALTH, seconds=6)
    building.wait()
    return (
        "cached health document while a build of the same dataset runs beside",
        f"{beside['rate']:,.0f} requests/s (alone {alone['rate']:,.0f}), p99 {beside['p99']}, "
        f"{beside['faults']} errors; the build ended with exit code {building.returncode}",
    )


def _row(
    work: str,
    title: str,
    peer: str,
    pairs: list[tuple[dict[str, Any], dict[str, Any]]],
    same: str,
    peer_mb: float,
) -> Row:
    ratios = [theirs["rate"] / ours["rate"] for ours, theirs in pairs]
    faults = sum(one["faults"] for pair in pairs for one in pair)
    ours = statistics.median(1 / one["rate"] for one, _ in pairs)
    theirs = statistics.median(1 / one["rate"] for _, one in pairs)
    print(f"{work}: {1 / ours:,.0f} against {1 / theirs:,.0f} requests/s, {faults} errors")
    same += f"; {faults} errors"
    packages = ("fastapi", "granian", "uvicorn", "uvloop", "httptools", "duckdb")
    return Row(
        work=work,
        title=title,
        peer=peer,
        ours_s=ours,
        peer_s=theirs,
        ratio=round(statistics.median(ratios), 4),
        low=round(min(ratios), 4),
        high=round(max(ratios), 4),
        ours_mb=_peak_mb(_SERVER["pid"]),
        peer_mb=peer_mb,
        rounds=len(pairs),
        equal=same,
        machine=machine(),
        versions=", ".join(f"{name} {version(name)}" for name in packages),
    )


def _wrk(url: str, *, clients: int = 32, seconds: int = SECONDS) -> dict[str, Any]:
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["--latency", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    errors = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    p99 = re.search(r"99%\s+(\S+)", told)
    total = re.search(r"(\d+) requests in", told)
    if not rate or not p99 or not total:
        message = f"wrk said: {told}"
        raise ValueError(message)
    faults = sum(map(int, errors.groups())) if errors else 0
    return {
        "rate": float(rate[1]),
        "p99": p99[1],
        "requests": int(total[1]),
        "faults": faults + (int(other[1]) if other else 0),
    }


_SERVER: dict[str, int] = {}


@contextmanager
def _ours(root: Path, project: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "hueset", "serve", "--port", "0", "--out", str(root / "store")]
    with _process(command, project) as (url, pid):
        _SERVER["pid"] = pid
        yield url


@contextmanager
def _process(command: list[str], folder: Path) -> Iterator[tuple[str, int]]:
    """Run a server, whose first line holds its address, until the block ends."""
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        )
    stdout = process.stdout
    assert stdout is not None
    found = re.search(r"http://\S+", stdout.readline())
    if not found:
        message = f"{command} did not start: {(folder / 'server.log').read_text()}"
        raise RuntimeError(message)
    time.sleep(0.5)
    try:
        yield found[0], process.pid
    finally:
        process.terminate()
        process.wait()


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def _rss_mb(pid: int) -> float:
    return _memory_mb(pid, "VmRSS")


def _peak_mb(pid: int) -> float:
    return round(_memory_mb(pid, "VmHWM"), 1)


def _memory_mb(pid: int, what: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    if not found:
        message = f"the system does not tell {what} of process {pid}"
        raise RuntimeError(message)
    return int(found[1]) * 1024 / 1e6


def _cpu_s(pid: int) -> float:
    """Return the processor time of a process, which does not grow with what others do."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _places(root: Path) -> list[str]:
    return ["--out", str(root / "store"), "--source", f"seed={root / 'seed'}"]


def _build(project: Path, store: Path) -> None:
    root = store.parent
    (root / "seed").mkdir()
    (root / "seed" / "seed.csv").write_text("seed\n")
    command = [sys.executable, "-m", "hueset", "build", "moods", *_places(root)]
    subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL)


def _project(root: Path) -> Path:
    for folder in ("datasets/moods", "expectations/moods", "moods_builders"):
        (root / folder).mkdir(parents=True)
    names = [f"d{at:02d}" for at in range(DIMENSIONS)]
    text = {"type": "string", "nullable": False, "description": "."}
    number = {"type": "float64", "description": "."}
    wide = {"id": text, "source": text, "split": text, **dict.fromkeys(names, number)}
    kinds = {"z": number, "n_raters": {"type": "int32", "description": "."}, "rater_sd": number}
    long = {
        "id": text,
        "dimension": text,
        "source": text,
        "split": text,
        "value": number,
        "label_kind": text,
        **kinds,
    }
    seed = hashlib.sha256(b"seed\n").hexdigest() + "  seed.csv\n"
    members = {"glob": ["*.csv"], "count": 1, "digest": hashlib.sha256(seed.encode()).hexdigest()}
    source = {
        "description": "A seed.",
        "licence": "CC0-1.0",
        "citation": "Made here.",
        "kind": "folder",
        "mirror": "seed",
        "pin": {"members": members},
    }
    declaration = {
        "name": "moods",
        "version": "1.0.0",
        "title": "Moods",
        "summary": "Made, to be measured.",
        "builder": "moods_builders.moods",
        "licence": "CC0-1.0",
        "lookup_tables": ["dimensions.yaml"],
        "parameters": {"salt": "s"},
        "sources": {"seed": source},
        "tables": {
            "wide": {"description": "Texts.", "key": ["id"], "split": "split", "columns": wide},
            "labels": {
                "description": "Labels.",
                "key": ["id", "dimension"],
                "split": "split",
                "columns": long,
            },
        },
        "coverage": {
            "numeric": {
                "table": "wide",
                "dimensions": "dimensions.yaml",
                "labels": "labels",
                "source": "source",
            }
        },
    }
    dimensions = [
        {
            "name": n,
            "group": "made",
            "low": "low",
            "high": "high",
            "circular": False,
            "description": "Made.",
        }
        for n in names
    ]
    suite = {
        "expectations": [
            {
                "id": "id_there",
                "type": "expect_column_values_to_not_be_null",
                "kwargs": {"column": "id"},
                "severity": "critical",
                "why": "every row has an id",
            }
        ],
        "min_rows": 1,
    }
    # JSON is YAML.
    files: dict[str, Any] = {
        "catalog.yaml": {"datasets": ["moods"]},
        "datasets/moods/dataset.yaml": declaration,
        "datasets/moods/dimensions.yaml": dimensions,
        "expectations/moods/wide.yaml": {"table": "wide", **suite},
        "expectations/moods/labels.yaml": {"table": "labels", **suite},
    }
    for path, document in files.items():
        (root / path).write_text(json.dumps(document, indent=1))
    (root / "moods_builders/__init__.py").write_text('"""Builders."""\n')
    (root / "moods_builders/moods.py").write_text(textwrap.dedent(BUILDER))
    return root


if __name__ == "__main__":
    main()
