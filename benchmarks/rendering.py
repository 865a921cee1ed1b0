"""What MAESTRO costs when it is rendered: one year of it with an estimate for the whole, or all.

    python -m benchmarks.rendering MIRROR [YEAR | all]

Builds the performances with `--render` and two workers, from a folder laid out as the declaration's
`mirror:` paths, in a folder below TMPDIR that goes again (for all of them some 25 GB); keeps what
it cost beside the results and writes the page again. Memory and processor time are read from /proc
while it runs, so this needs Linux.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hueset.threads import THREADS

KEPT = Path(__file__).parent / "rendering.json"
WHOLE_H = 198.65
"""Hours of all 1,276 performances as published."""
YEAR = "2013"
ALL = "all"
WORKERS = 2
LOOK_EVERY_S = 0.1


def measure(mirror: Path, part: str) -> dict[str, Any]:
    """Build a year, or all; returns hours, seconds by stage, bytes, peak memory, processor time."""
    import polars as pl

    from benchmarks.harness import machine

    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = os.pathsep.join(
            filter(None, [str(root / "src"), str(root), os.environ.get("PYTHONPATH")])
        )
        own = {
            **os.environ,
            **dict.fromkeys(THREADS, "1"),
            "PYTHONPATH": path,
            "HUESET_CACHE": str(folder / "cache"),
        }
        command = [
            sys.executable,
            "-m",
            "hueset",
            "build",
            "maestro",
            "--render",
            "--mirror",
            str(mirror),
            "--out",
            str(folder / "store"),
            "--json",
            "--workers",
            str(WORKERS),
            *([] if part == ALL else ["--where", f"year={part}"]),
        ]
        started = time.perf_counter()
        with (folder / "told").open("w") as told:
            process = subprocess.Popen(command, cwd=root, stdout=told, env=own)
            peak, spent = _watch(process)
        wall_s = time.perf_counter() - started
        if process.returncode not in (0, 1):
            sys.exit(f"the build ended with {process.returncode}")
        document = json.loads((folder / "told").read_text())
        version = folder / "store" / "maestro" / document["version"]
        performances = pl.read_parquet(version / "data" / "performances" / "*.parquet")
        return {
            "part": part,
            "version": document["version"],
            "verdict": document["verdict"],
            "rows": {name: told["rows"] for name, told in document["tables"].items()},
            "refused": document["quarantine"],
            "performances": performances.height,
            "hours": round(float(performances["audio_s"].sum()) / 3600, 3),
            "wall_s": round(wall_s, 1),
            "stages": document["seconds"],
            "bytes": sum(one.stat().st_size for one in version.rglob("*") if one.is_file()),
            "peak_bytes": peak,
            "cpu_s": {program: round(seconds, 1) for program, seconds in spent.items()},
            "workers": WORKERS,
            "machine": machine(),
        }


def section(kept: dict[str, Any]) -> list[str]:
    """Return the lines of the page that tell the costs; of a part with an estimate for all."""
    hours, wall_s, part = kept["hours"], kept["wall_s"], kept["part"]
    cpu_s: dict[str, float] = kept["cpu_s"]
    shares = ", ".join(
        f"{program} {seconds:,.0f} s ({seconds / sum(cpu_s.values()):.0%})"
        for program, seconds in sorted(cpu_s.items(), key=lambda one: -one[1])
    )
    stages = ", ".join(f"{name} {spent:,.1f} s" for name, spent in kept["stages"].items())
    where = "" if part == ALL else f" --where year={part}"
    lines = [
        "",
        "## MAESTRO, rendered",
        "",
        f"One `hueset build maestro --render{where}` with {kept['workers']} workers: "
        f"`python -m benchmarks.rendering MIRROR {part}`.",
        "",
        "| | measured |",
        "|---|---|",
        f"| performances | {kept['performances']:,} |",
        f"| windows | {kept['rows']['windows']:,} |",
        f"| audio | {hours:,.2f} h |",
        f"| wall time | {wall_s / 60:.1f} min, {hours * 3600 / wall_s:.0f} × real time |",
        f"| size of the version | {kept['bytes'] / 1e9:.2f} GB |",
        f"| peak memory of all processes | {kept['peak_bytes'] / 1e6:,.0f} MB |",
        f"| verdict of the gate | {kept['verdict']} |",
        "",
    ]
    if part != ALL:
        scale = WHOLE_H / hours
        lines += [
            f"All {WHOLE_H} h would by that take {wall_s * scale / 60:.0f} min and "
            f"{kept['bytes'] * scale / 1e9:.1f} GB: an **estimate**, {WHOLE_H} h / {hours:.2f} h "
            "times what was measured.",
            "",
        ]
    return [
        *lines,
        f"Processor time by program, as seen every {LOOK_EVERY_S} s: {shares}. By stage of the "
        f"build record: {stages}. {kept['machine']}.",
    ]


def _watch(process: subprocess.Popen[bytes]) -> tuple[int, dict[str, float]]:
    """Return the peak of the memory of a process tree, and its seconds of processor by program."""
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    peak = 0
    seconds: dict[tuple[int, str], float] = {}
    while process.poll() is None:
        resident = 0
        for one in [process.pid, *_below(process.pid)]:
            try:
                before, _, after = Path(f"/proc/{one}/stat").read_text().rpartition(")")
            except OSError:
                continue
            fields = after.split()
            resident += int(fields[21]) * page
            program = before.partition("(")[2]
            seconds[one, program] = (int(fields[11]) + int(fields[12])) / tick
        peak = max(peak, resident)
        time.sleep(LOOK_EVERY_S)
    spent: dict[str, float] = {}
    for (_, program), each in seconds.items():
        name = "FluidSynth" if program == "fluidsynth" else "Python"
        spent[name] = spent.get(name, 0.0) + each
    return peak, spent


def _below(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_below(child)]
    return found


def main(mirror: Path, part: str = YEAR) -> None:
    """Measure, keep, and write the page again."""
    from benchmarks.__main__ import write_page

    KEPT.write_text(json.dumps(measure(mirror, part), indent=1) + "\n")
    write_page()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
