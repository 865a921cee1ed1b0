"""The inventory of sources: what was looked for where, what was found, what it feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.cli.show.words import size, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from hueset.sources import Entry
    from hueset.spec import Dataset
    from hueset.store import Store

GOOD = {"ok", "locked", "open", "sample", "unrecorded"}


def inventory_document(dataset: Dataset, stock: Sequence[Entry], store: Store) -> dict[str, Any]:
    """Return the inventory as JSON, with the examples each source gives in the latest version."""
    return {
        "dataset": dataset.name,
        "complete": _complete(dataset, stock),
        "declared": len(stock),
        "found": sum(entry.found for entry in stock),
        "sources": [
            {
                "name": entry.name,
                "need": entry.need,
                "used": entry.used,
                "state": entry.state,
                "via": entry.via,
                "size": entry.size,
                "members": entry.members,
                "digest": entry.digest,
                "columns": {
                    "declared": list(entry.declared_columns),
                    "found": list(entry.found_columns) if entry.found_columns else None,
                    "found_width": entry.found_width,
                },
                "rows": {"declared": entry.declared_rows, "found": entry.found_rows},
                "feeds": list(entry.feeds),
                "looked": [str(look) for look in entry.looked],
                "faults": list(entry.faults),
            }
            for entry in stock
        ],
        "examples": _examples(dataset, store),
    }


def inventory(console: Console, document: Mapping[str, Any]) -> None:
    """Print the inventory."""
    counts = f"{document['found']} of {document['declared']} sources found"
    console.print(f"[bold]{document['dataset']}[/]: {counts}")
    shown = table("source", "need", "state", "size", "rows", "published", "columns", "feeds",
                  right=["size", "rows", "published"])  # fmt: skip
    for told in document["sources"]:
        state = told["state"]
        colour = "green" if state in GOOD else "dim" if not _wanted(told) else "red"
        rows, declared = told["rows"]["found"], told["rows"]["declared"]
        via = f" ({told['via']})" if told["via"] else ""
        unused = " · not used" if told["via"] and not told["used"] else ""
        shown.add_row(
            told["name"], told["need"], f"[{colour}]{state}[/]{via}{unused}", size(told["size"]),
            f"{rows:,}" if rows is not None else "–",
            f"{declared:,}" if declared is not None else "–",
            _columns(told["columns"]), ", ".join(told["feeds"]) or "–",
        )  # fmt: skip
    console.print(shown)
    for told in document["sources"]:
        for fault in told["faults"]:
            console.print(f"  [red]{told['name']}[/]: {escape(fault)}")
        if told["state"] == "missing" and _wanted(told):
            for look in told["looked"]:
                console.print(f"  {told['name']} looked in {escape(look)}", style="dim")
    for dimension, by_source in document["examples"].items():
        counts = ", ".join(f"{source} {n:,}" for source, n in by_source.items())
        console.print(f"  {dimension}: {counts}")
    if document["examples"]:
        console.print("  examples per dimension in the latest version", style="dim")
    console.print(
        f"next: build-dataset {document['dataset']} with the same options"
        if document["complete"]
        else "next: give what is missing with --mirror DIR or --source NAME=PATH",
        style="dim",
    )


def _wanted(told: Mapping[str, Any]) -> bool:
    return bool(told["need"] == "required" or told["used"])


def _columns(columns: Mapping[str, Any]) -> str:
    declared, found, width = columns["declared"], columns["found"], columns["found_width"]
    if not declared:
        return str(width) if width else "–"
    if found is None:
        return f"{width} of {len(declared)}" if width else "–"
    return f"{len(found)} as declared" if found == declared else f"{len(found)}, other names"


def _complete(dataset: Dataset, stock: Sequence[Entry]) -> bool:
    sound = {entry.name for entry in stock if entry.found and entry.state in GOOD}
    required = [name for name, source in dataset.sources.items() if source.need == "required"]
    groups = dataset.groups.values()
    return sound.issuperset(required) and all(sound.intersection(names) for names in groups)


def _examples(dataset: Dataset, store: Store) -> dict[str, dict[str, int]]:
    if not store.latest(dataset.name):
        return {}
    return {
        dimension["name"]: {source: told["n"] for source, told in dimension["by_source"].items()}
        for dimension in store.version(dataset.name).coverage["dimensions"]
        if dimension["n"]
    }
