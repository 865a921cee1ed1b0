"""Coverage as a table that fits a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.declaration import SPLITS
from hueset.documents.verdicts import CoverageVerdict
from hueset.render.terminal import picture
from hueset.render.terminal.datasets import print_stale
from hueset.render.terminal.words import (
    borderless_table,
    colour_verdict,
    format_number,
    format_share,
    print_table,
    version_kind_note,
)
from hueset.store.lineage import parent_versions
from hueset.store.probe_records import last_probe
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from hueset.store.store import StoredVersion, VersionStore

BARS = " ▁▂▃▄▅▆▇█"

MANY = 12
"""A longer list of classes is printed in columns."""

COLUMNS = 4

CLASS_WIDTH = 30
"""A class, its count and its verdict take so many letters."""

NAMED = 24
"""So many absent classes are named on a screen."""

MOST_GROUPS = 9
"""More groups do not fit beside each other; then they are listed, or left to `--json`."""


def coverage_document(store: VersionStore, found: StoredVersion) -> dict[str, Any]:
    """Return the coverage of a version as JSON, with what it was built from and its last probe."""
    probe = last_probe(store, found)
    built_from = [one.to_json() for one in parent_versions(store, found)]
    return {
        "dataset": found.dataset,
        "version": found.name,
        "sample": found.sample,
        "subset": found.subset,
        "built_from": built_from,
        **found.coverage.to_json(),
        "probe": probe.to_json() if probe else None,
    }


def print_coverage(console: Console, document: Mapping[str, Any]) -> None:
    """Print how many labels each dimension has, by source, with verdict and reason."""
    console.print(
        f"[bold]{document['dataset']}[/] {document['version']}{version_kind_note(document)}"
    )
    print_stale(console, document["dataset"], [p for p in document["built_from"] if p["stale"]])
    if any(d.get("evidence") is not None for d in document["dimensions"]):
        picture.print_picture(console, document)
    elif document["dimensions"]:
        _dimensions(console, document)
    for classes in document["classes"]:
        _classes(console, classes)
    if document["presence"]:
        _presence(console, document["presence"])
    if document["probe"]:
        _probe(console, document["probe"])


def _dimensions(console: Console, document: Mapping[str, Any]) -> None:
    dimensions = document["dimensions"]
    sources = sorted({source for d in dimensions for source in d["by_source"]})
    present = [d for d in dimensions if d["n"]]
    shown = borderless_table(
        "dimension",
        "verdict",
        "examples",
        *sources,
        "mean",
        "sd",
        ".4–.6",
        "0 … 1",
        right=["examples", *sources, "mean", "sd", ".4–.6"],
    )
    for d in present:
        cells = [f"{d['by_source'][s]['n']:,}" if s in d["by_source"] else "0" for s in sources]
        shown.add_row(
            escape(d["name"]),
            colour_verdict(d["verdict"]),
            f"{d['n']:,}",
            *cells,
            format_number(d["mean"]),
            format_number(d["sd"]),
            format_share(d["neutral_band_share"]),
            _strip(d["histogram"]),
        )
    print_table(console, shown)
    for d in present:
        console.print(escape(f"  {d['name']}: {d['reason']}"), style="dim")
        for source, told in d["by_source"].items():
            if told["verdict"] != d["verdict"]:
                note = f"    from {source} alone: {told['verdict']}, {told['reason']}"
                console.print(escape(note), style="dim")
    missing = [d for d in dimensions if not d["n"]]
    if missing:
        console.print(
            f"{colour_verdict(CoverageVerdict.ABSENT)}: {len(missing)} of {len(dimensions)}, "
            "no example at all"
        )
        by_group: dict[str, list[str]] = {}
        for d in missing:
            by_group.setdefault(d.get("group") or "", []).append(d["name"])
        for group, names in by_group.items():
            console.print(f"  {escape(group):<11} {escape(', '.join(names))}")
    floors = document["floors"]
    console.print(
        f"floors: {floors['examples']:,} examples (warning below {floors['examples_warn']:,}), "
        f"{floors['distinct']} distinct, sd {floors['sd']:g}, at most "
        f"{floors['neutral_band_share']:.0%} in .4–.6 and "
        f"{floors['neutral_point_share']:.0%} at .5",
        style="dim",
    )


def _strip(histogram: list[int]) -> str:
    """Return ten bars for twenty bins; a bin that holds anything shows something."""
    pairs = [histogram[at] + histogram[at + 1] for at in range(0, len(histogram), 2)]
    top = max(pairs)
    return "".join(BARS[max(round(n / top * 8), 1) if n else 0] for n in pairs)


def _classes(console: Console, classes: Mapping[str, Any]) -> None:
    groups = sorted({group for one in classes["classes"] for group in one["by"]})
    groups = groups if len(groups) <= MOST_GROUPS else []
    if len(classes["classes"]) > MANY and not groups:
        _many_classes(console, classes)
    else:
        # Groups are shown where they count; versions built before they did have none.
        counted = ["groups"] if classes.get("floor_groups") else []
        heads = ["rows", *counted, *groups]
        shown = borderless_table(classes["name"], "verdict", *heads, right=heads)
        for one in [*classes["classes"], *classes.get("outcomes", [])]:
            word = colour_verdict(one["verdict"]) if one.get("verdict") else "[dim]no class[/]"
            cells = [f"{one[name]:,}" for name in ("n", *counted)]
            cells += [f"{one['by'].get(group, 0):,}" for group in groups]
            shown.add_row(escape(one["class"]), word, *cells)
        print_table(console, shown)
    for split, lacking in classes.get("lacking", {}).items():
        console.print(escape(f"  no row in {split}: {', '.join(lacking)}"), style="dim")
    if classes["unlabelled"]:
        said = f"  {classes['unlabelled']:,} rows have no {classes['name']}"
        console.print(escape(said), style="dim")


def _many_classes(console: Console, classes: Mapping[str, Any]) -> None:
    """Print a long list of classes in columns, so that it fits a screen."""
    counts = dict.fromkeys(CoverageVerdict, 0)
    for one in classes["classes"]:
        counts[one["verdict"]] += 1
    said = ", ".join(f"{n} {colour_verdict(word)}" for word, n in counts.items() if n)
    floor = format_count(classes["floor"], "row")
    console.print(f"[bold]{escape(classes['name'])}[/]: {said} (floor {floor})")
    beside = max(1, min(COLUMNS, console.width // CLASS_WIDTH))
    shown = borderless_table(*[""] * (3 * beside), right=[])
    shown.show_header = False
    ordered = sorted((c for c in classes["classes"] if c["n"]), key=lambda one: -one["n"])
    high = -(-len(ordered) // beside)
    for at in range(high):
        cells: list[str] = []
        for one in ordered[at::high]:
            word = (
                ""
                if one["verdict"] == CoverageVerdict.TRAINABLE
                else colour_verdict(one["verdict"])
            )
            cells += [f"  {escape(one['class'])}", f"{one['n']:>7,}", word]
        shown.add_row(*cells)
    if ordered:
        print_table(console, shown)
    outcomes = ", ".join(f"{one['class']} {one['n']:,}" for one in classes.get("outcomes", []))
    if outcomes:
        console.print(f"  no class: {escape(outcomes)}", style="dim")
    missing = [one["class"] for one in classes["classes"] if not one["n"]]
    if missing:
        more = f" … ({len(missing) - NAMED} more: --json)" if len(missing) > NAMED else ""
        console.print(
            f"  {colour_verdict(CoverageVerdict.ABSENT)} {escape(', '.join(missing[:NAMED]))}{more}"
        )


def _probe(console: Console, probe: Mapping[str, Any]) -> None:
    """Print what the last probe said, by verdict."""
    by: dict[str, list[str]] = {}
    for one in probe["targets"]:
        value = "" if one["value"] is None else f" {one['value']:.2f}"
        by.setdefault(one["verdict"] or "not measured", []).append(f"{one['target']}{value}")
    for word, names in by.items():
        console.print(escape(f"probe, {word}: {', '.join(names)}"), style="dim")
    for one in probe["findings"]:
        console.print(f"{colour_verdict(one['verdict'])} {escape(one['message'])}")


def _presence(console: Console, presence: list[Mapping[str, Any]]) -> None:
    groups = sorted({group for one in presence for group in one["groups"]}, key=_usual)
    narrow = len(groups) <= MOST_GROUPS
    heads = groups if narrow else []
    shown = borderless_table(
        "presence", "table", "share", "rows", *heads, right=["share", "rows", *heads]
    )
    for one in presence:
        cells = [_share(one["groups"].get(group)) for group in heads]
        whole = _share([one["present"], one["n"]])
        shown.add_row(
            escape(one["name"]), one["table"], whole, f"{one['present']:,} / {one['n']:,}", *cells
        )
    print_table(console, shown)
    for one in [] if narrow else presence:
        if one["groups"]:
            parts = ", ".join(f"{name} {_share(pair)}" for name, pair in one["groups"].items())
            console.print(escape(f"  {one['name']} by {one['by']}: {parts}"), style="dim")


def _usual(group: str) -> tuple[int, str]:
    """Return what groups are ordered by: splits in their usual order, the rest by name."""
    return (SPLITS.index(group) if group in SPLITS else len(SPLITS), group)


def _share(pair: list[int] | None) -> str:
    if pair is None or not pair[1]:
        return "–"
    return f"{pair[0] / pair[1]:.0%}"
