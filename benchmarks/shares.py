"""Where a build of `vibe` spends its time: its own clock by stage, and a profile across the stages.

    python -m benchmarks.shares MIRROR

Builds once, in one process under cProfile, from a folder laid out as the declaration's `mirror:`
paths; keeps the shares beside the results and writes the page again. The profile makes Python
calls dearer than they are, so hashing is rather less than told here.
"""

from __future__ import annotations

import json
import os
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hueset.threads import THREADS

KEPT = Path(__file__).parent / "shares.json"
WRITING = ("write_table",)
HASHING = ("_hashlib.HASH' objects", "_hashlib.openssl_sha256", "file_digest")
BEFORE = "/hueset/sources/"
"""Sources are hashed when they are found, before the clock of the build begins."""


def measure(mirror: Path) -> dict[str, Any]:
    """Build once; returns seconds of the stages, and of gate, writing and hashing within them."""
    from benchmarks.harness import machine

    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = os.pathsep.join(
            filter(None, [str(root / "src"), str(root), os.environ.get("PYTHONPATH")])
        )
        # With these set the engine builds in its own process, where the profile sees it.
        alone = {**dict.fromkeys(THREADS, "1"), "HUESET_CACHE": str(folder / "cache")}
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "cProfile",
                "-o",
                str(folder / "profile"),
                "-m",
                "hueset",
                "build",
                "vibe",
                "--mirror",
                str(mirror),
                "--out",
                str(folder / "store"),
                "--json",
                "--workers",
                "1",
            ],
            cwd=root,
            env={**os.environ, "PYTHONPATH": path, **alone},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        stages: dict[str, float] = json.loads(done.stdout)["seconds"]
        calls = pstats.Stats(str(folder / "profile")).stats  # type: ignore[attr-defined]
    return {
        "stages": stages,
        "gate": stages["gate"],
        "writing": seconds_in(calls, WRITING),
        "hashing": seconds_in(calls, HASHING),
        "machine": machine(),
    }


def seconds_in(calls: dict[Any, Any], names: tuple[str, ...]) -> float:
    """Return the seconds within functions of these names, called from elsewhere than `BEFORE`."""
    spent = [
        own
        for (_, _, function), (*_, callers) in calls.items()
        if any(name in function for name in names)
        for (file, _, _), (_, _, own, _) in callers.items()
        if BEFORE not in file
    ]
    return round(sum(spent), 3)


def section(kept: dict[str, Any]) -> list[str]:
    """Return the lines of the page that tell the shares."""
    stages: dict[str, float] = kept["stages"]
    total = sum(stages.values())
    told = {
        "gate: suites, coverage floors, invariants, the builder's own checks": kept["gate"],
        "writing parquet, of the units and of the tables": kept["writing"],
        "hashing: texts, ids, groups, columns, files": kept["hashing"],
        "everything else: reading, cleaning, merging, joining": total
        - kept["gate"]
        - kept["writing"]
        - kept["hashing"],
    }
    return [
        "",
        "## Where a build of vibe spends its time",
        "",
        "One `hueset build vibe` from the real sources, one worker, under a profile: "
        "`python -m benchmarks.shares MIRROR`. Sources are found and checked before.",
        "",
        "| part | seconds | share |",
        "|---|---|---|",
        *(f"| {name} | {spent:.1f} | {spent / total:.0%} |" for name, spent in told.items()),
        "",
        "By stage of the build record: "
        + ", ".join(f"{name} {spent:.1f} s" for name, spent in stages.items())
        + f". {kept['machine']}.",
    ]


def main(mirror: Path) -> None:
    """Measure, keep, and write the page again."""
    from benchmarks.__main__ import write_page

    KEPT.write_text(json.dumps(measure(mirror), indent=1) + "\n")
    write_page()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
