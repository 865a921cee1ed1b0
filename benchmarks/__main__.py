"""Run what benchmarks there are, and write their table into docs/benchmarks.md.

`python -m benchmarks` runs all, `python -m benchmarks gate` one module, `… gate.pass` one work.
The load on the service is measured from outside, by its own means: `python -m benchmarks api`.
Rows of what was not run stay as they were, with their own machine and versions.
"""

from __future__ import annotations

import json
import pkgutil
import sys
import tempfile
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import benchmarks
from benchmarks.harness import Row, Work, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
ROWS = Path(__file__).parent / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"
SECTIONS = ("api", "chromatic", "timecode", "mel_parts", "rendering", "shares")
"""Modules with more to tell than rows of the table, in the order of the page."""


def main(names: list[str]) -> None:
    """Run the named works (or all) and write rows and page."""
    works = _works()
    wanted = [one for one in works if not names or {one.name, one.name.split(".")[0]} & set(names)]
    if not wanted:
        sys.exit(
            f"no benchmark named {', '.join(names)}; there are {', '.join(w.name for w in works)}"
        )
    for work in wanted:
        with tempfile.TemporaryDirectory() as folder:
            fresh = measure(work, Path(folder))
        keep_rows(work, fresh)
        write_page()
        print(page(fresh))


def keep_rows(work: Work, fresh: list[Row]) -> None:
    """Put a work's rows in the place of those that were kept of it."""
    rows = [one for one in _kept_rows() if one.work != work.name] + fresh
    rows.sort(key=lambda one: (one.work, one.peer))
    ROWS.write_text(json.dumps([asdict(one) for one in rows], indent=1) + "\n")


def write_page() -> None:
    """Write the page from the results that are kept."""
    told: list[str] = []
    for name in SECTIONS:
        module = import_module(f"benchmarks.{name}")
        if module.KEPT.is_file():
            told += module.section(json.loads(module.KEPT.read_text()))
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(_kept_rows(), told), encoding="utf-8")


def page(rows: list[Row], sections: Sequence[str] = ()) -> str:
    """Return the page for rows, and the lines that come after them."""
    lines = [
        "# Benchmarks",
        "",
        "The same work on the same input, ours and a peer's in turn, each in a process of its own;",
        "loading counts, importing does not. The ratio is our time over the peer's: below 1, ours",
        "is faster. It is drawn in each round; median and range over the rounds are given. The",
        "ratio of processor time, which other work on the machine disturbs less, stands beside it.",
        "Made by `python -m benchmarks`.",
        "",
        "| work | peer | ours / peer | range | ours | peer | processor time | peak memory | same |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.title} | {one.peer} | **{_ratio(one.ratio)}** "
        f"| {_ratio(one.low)}–{_ratio(one.high)} ({one.rounds} rounds) "
        f"| {_seconds(one.ours_s)} | {_seconds(one.peer_s)} | {_cpu(one)} "
        f"| {one.ours_mb:,.0f} / {one.peer_mb:,.0f} MB | {one.equal} |"
        for one in rows
    ]
    lines.append("")
    grounds: dict[tuple[str, str], list[str]] = {}
    for one in rows:
        grounds.setdefault((one.machine, one.versions), []).append(one.work)
    for (machine, versions), names in grounds.items():
        lines.append(f"- {', '.join(dict.fromkeys(names))}: {machine}; {versions}")
    return "\n".join([*lines, *sections]) + "\n"


def _kept_rows() -> list[Row]:
    return [Row(**one) for one in json.loads(ROWS.read_text())] if ROWS.is_file() else []


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.05 else f"{value:.4f}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 0.05 else f"{value * 1000:.3g} ms"


def _cpu(row: Row) -> str:
    if row.cpu_ratio is None:
        return "not measured"
    return f"{row.cpu_ratio:.2f} ({row.cpu_low:.2f}–{row.cpu_high:.2f})"


def _works() -> list[Work]:
    found: list[Work] = []
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name not in {"__main__", "harness"}:
            found += getattr(import_module(f"benchmarks.{module.name}"), "WORKS", ())
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["api"]:
        import_module("benchmarks.api").main()
    else:
        main(sys.argv[1:])
