"""The inventory of sources: what was looked for where, what was found, what it feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.errors import HuesetError
from hueset.render.terminal.output import error_console, next_step
from hueset.render.terminal.words import borderless_table
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from hueset.declaration import Dataset
    from hueset.sources import Inventory
    from hueset.store.store import VersionStore

GOOD = {"ok", "locked", "open", "sample", "unrecorded"}


def inventory_document(dataset: Dataset, stock: Inventory, store: VersionStore) -> dict[str, Any]:
    """Return the inventory as JSON, with the examples each source gives in the latest version."""
    return {
        "dataset": dataset.name,
        "sample": stock.sample,
        "complete": stock.complete,
        "declared": len(stock.entries),
        "found": sum(entry.found for entry in stock.entries),
        "sources": [
            {
                "name": entry.name,
                "requirement": entry.requirement,
                "need": entry.requirement,  # its former name, until 0.3
                "used": entry.used,
                "state": entry.state,
                "via": entry.via,
                "size": entry.identity.size if entry.identity else None,
                "members": len(entry.identity.members) if entry.identity else None,
                "digest": entry.identity.digest if entry.identity else None,
                "columns": {
                    "declared": list(entry.declared_columns),
                    "found": list(entry.found_columns) if entry.found_columns else None,
                    "found_width": entry.found_width,
                },
                "rows": {"declared": entry.declared_rows, "found": entry.found_rows},
                "dimensions": list(entry.dimensions),
                "feeds": list(entry.dimensions),  # its former name, until 0.3
                "looked": [str(look) for look in entry.looked],
                "faults": list(entry.faults),
                "remarks": list(entry.remarks),
            }
            for entry in stock.entries
        ],
        "examples": _examples(dataset, store),
    }


def print_inventory(console: Console, document: Mapping[str, Any]) -> None:
    """Print the inventory."""
    counts = f"{document['found']} of {format_count(document['declared'], 'source')} found"
    console.print(f"[bold]{document['dataset']}[/]: {counts}")
    shown = borderless_table(
        "source",
        "requirement",
        "state",
        "size",
        "rows",
        "published",
        "columns",
        "dimensions",
        right=["size", "rows", "published"],
    )
    for told in document["sources"]:
        state = told["state"]
        mild = "yellow" if state == "to fetch" else "dim" if not _is_wanted(told) else "red"
        colour = "green" if state in GOOD else mild
        rows, declared = told["rows"]["found"], told["rows"]["declared"]
        via = f" ({told['via']})" if told["via"] else ""
        unused = " · not used" if told["via"] and not told["used"] else ""
        shown.add_row(
            told["name"],
            told["requirement"],
            f"[{colour}]{state}[/]{via}{unused}",
            format_size(told["size"]),
            f"{rows:,}" if rows is not None else "–",
            f"{declared:,}" if declared is not None else "–",
            _columns(told["columns"]),
            ", ".join(told["dimensions"]) or "–",
        )
    console.print(shown)
    for told in document["sources"]:
        for fault in told["faults"]:
            console.print(f"  [red]{told['name']}[/]: {escape(fault)}")
        for remark in told["remarks"]:
            console.print(f"  [yellow]{told['name']}[/]: {escape(remark)}")
        if told["state"] == "missing" and _is_wanted(told):
            for look in told["looked"]:
                console.print(f"  {told['name']} looked in {escape(look)}", style="dim")
    for dimension, by_source in document["examples"].items():
        counts = ", ".join(f"{source} {n:,}" for source, n in by_source.items())
        console.print(escape(f"  {dimension}: {counts}"))
    if document["examples"]:
        console.print("  examples per dimension in the latest version", style="dim")
    if document["complete"]:
        next_step(console, f"build-dataset {document['dataset']}", then=" with the same options")
    else:
        missing = "next: fix what is wrong, or give what is missing with --mirror DIR or --source"
        console.print(missing, style="dim")


def _is_wanted(told: Mapping[str, Any]) -> bool:
    return bool(told["requirement"] == "required" or told["used"])


def _columns(columns: Mapping[str, Any]) -> str:
    declared, found, width = columns["declared"], columns["found"], columns["found_width"]
    if not declared:
        return str(width) if width else "–"
    if found is None:
        return f"{width} of {len(declared)}" if width else "–"
    return f"{len(found)} as declared" if found == declared else f"{len(found)}, other names"


def _examples(dataset: Dataset, store: VersionStore) -> dict[str, dict[str, int]]:
    """Return the counts; a version that cannot be read takes nothing from the inventory."""
    if not store.latest(dataset.name):
        return {}
    try:
        dimensions = store.version(dataset.name).coverage.dimensions
    except HuesetError as error:
        error_console().print(
            f"no counts: {error.message}", style="yellow", markup=False, soft_wrap=True
        )
        return {}
    return {
        dimension.name: {source: told.n for source, told in dimension.by_source.items()}
        for dimension in dimensions
        if dimension.n
    }
