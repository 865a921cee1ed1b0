"""Screens of the commands that look after a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.render.terminal.output import next_step, version_option
from hueset.render.terminal.words import borderless_table, colour_verdict
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console


def print_verification(console: Console, document: Mapping[str, Any]) -> None:
    """Print what hashing every file again found."""
    console.print(
        f"[bold]{document['dataset']}[/] {document['version']}  "
        f"{colour_verdict(document['verdict'])}  "
        f"{format_count(document['files'], 'file')}, {format_size(document['bytes'])} hashed"
    )
    for fault in document["faults"]:
        console.print(f"  [red]{fault['kind']}[/] {escape(fault['path'])}")
        if fault["found"]:
            note = f"    expected {fault['expected'][:12]}, found {fault['found'][:12]}"
            console.print(note, style="dim")
        if fault["reason"]:
            console.print(f"    {escape(fault['reason'])}", style="dim")
    for remark in document["remarks"]:
        console.print(f"  [yellow]not readable[/] {escape(remark)}")
    if document["unrecorded"] and not document["faults"]:
        named = ", ".join(document["unrecorded"])
        console.print(f"  no record has the digest of: {escape(named)}", style="yellow")
    if document["faults"]:
        again = f"build-dataset {document['dataset']}"
        next_step(console, again, first="move this version away and rebuild it: ")


def _parts_that_differ(document: Mapping[str, Any]) -> str:
    """Return which parts of the fingerprint differ; rows only where a row, or a column, does."""
    parts = document["parts"]
    if not parts:
        return "nothing (same fingerprint)"
    if any(told["state"] != "same" for told in document["tables"].values()):
        return ", ".join(parts)
    # The digest of the rows is of what they are made from; the same rows may have come of it.
    named = [part for part in parts if part != "rows"]
    return f"{', '.join(named) or 'what rows are made from'}; every table is the same"


def print_difference(console: Console, document: Mapping[str, Any]) -> None:
    """Print what changed between two versions."""
    console.print(f"[bold]{document['dataset']}[/] {document['old']} → {document['new']}")
    was, now = document["verdict"]
    parts = _parts_that_differ(document)
    console.print(f"  gate {colour_verdict(was)} → {colour_verdict(now)} · what differs: {parts}")
    shown = borderless_table(
        "table",
        "rows",
        "added",
        "removed",
        "changed",
        "what changed",
        right=["added", "removed", "changed"],
    )
    for name, told in document["tables"].items():
        if told["state"] in {"added", "removed"}:
            shown.add_row(
                name, f"table {told['state']}", "", "", "", format_count(told["rows"], "row")
            )
            continue
        before, after = told["rows"]
        if told["state"] == "rekeyed":
            shown.add_row(
                name,
                f"{before:,} → {after:,}",
                "–",
                "–",
                "–",
                f"another key: {_changes(told) or 'of other columns'}",
            )
            continue
        shown.add_row(
            name,
            f"{before:,} → {after:,}",
            f"{told['added']:,}",
            f"{told['removed']:,}",
            f"{told['changed']:,}",
            _changes(told),
        )
    console.print(shown)
    for name, told in document["tables"].items():
        for kind, keys in told.get("examples", {}).items():
            if keys:
                console.print(f"  {name}, {kind}: {escape(', '.join(keys))}", style="dim")
    for moved in document["coverage"]:
        (n0, n1), (v0, v1) = moved["n"], moved["verdict"]
        crossed = f" {colour_verdict(v0)} → {colour_verdict(v1)}" if v0 != v1 else ""
        console.print(f"  coverage {escape(moved['cell'])}: {n0:,} → {n1:,}{crossed}")
    before, after = document["licence"]
    if before != after:
        console.print(f"  licence of the dataset: {escape(before)} → [bold]{escape(after)}[/]")
    for change in document["metadata"]:
        console.print(f"  metadata: {escape(change)}")
    for kind, names in document["sources"].items():
        if names:
            console.print(escape(f"  sources {kind}: {', '.join(names)}"))
    for key, (old, new) in document["parameters"].items():
        console.print(escape(f"  parameter {key}: {old!r} → {new!r}"))
    for kind, findings in document["findings"].items():
        for finding in findings:
            console.print(
                f"  {kind}: {colour_verdict(finding['verdict'])} {escape(finding['message'])}"
            )
    for cell, (old, new) in document["quarantine"].items():
        console.print(f"  quarantine {escape(cell)}: {old:,} → {new:,}")


def _changes(told: Mapping[str, Any]) -> str:
    schema = told["schema"]
    parts = [f"+{c}" for c in schema["added"]] + [f"-{c}" for c in schema["removed"]]
    parts += [f"{c}: {a} → {b}" for c, (a, b) in schema["retyped"].items()]
    parts += [f"{c} ({n:,})" for c, n in told["columns"].items()]
    return escape(", ".join(parts))


def print_quarantine(console: Console, document: Mapping[str, Any]) -> None:
    """Print refused rows by reason."""
    name = document["dataset"]
    console.print(f"[bold]{name}[/] {document['version']}")
    if not document["counts"]:
        console.print("no row was refused")
        return
    counts = borderless_table("table", "reason", "rows", right=["rows"])
    for table_name, reasons in document["counts"].items():
        for reason, count in reasons.items():
            counts.add_row(escape(table_name), escape(reason), f"{count:,}")
    console.print(counts)
    rows = borderless_table("key", "reason", "found", "expected")
    for row in document["rows"]:
        observed = row["observed"] or ""
        found = observed if len(observed) <= 60 else observed[:59] + "…"
        cells = [f"{row['source']} {row['key']}", row["reason"], found, row["expected"] or ""]
        rows.add_row(*map(escape, cells))
    console.print(rows)
    left = document["matching"] - len(document["rows"])
    if left:
        console.print(f"{left:,} more: raise --limit, or choose with --reason", style="dim")
    next_step(console, f"hueset replay {name}{version_option(document)}", first="after a fix, ")


def print_replay(console: Console, document: Mapping[str, Any]) -> None:
    """Print what trying refused rows again changed."""
    console.print(f"[bold]{document['dataset']}[/] {document['version']}")
    console.print(
        f"  {document['refused']:,} rows were refused; {document['units']} units tried again"
    )
    for kind, said in (
        ("accepted", "[green]accepted now[/]"),
        ("still", "refused again"),
        ("gone_rows", "no longer in the sources"),
        ("unknown", "[yellow]neither written under its key nor refused[/]"),
        ("new", "[red]newly refused[/]"),
    ):
        told = document[kind]
        if told["count"]:
            reasons = ", ".join(f"{reason} {count:,}" for reason, count in told["reasons"].items())
            console.print(f"  {said} {told['count']:,}: {escape(reasons)}")
            console.print(f"    e.g. {escape(', '.join(told['examples']))}", style="dim")
    if document["corpus_wide"]:
        note = f"  {document['corpus_wide']:,} were refused corpus-wide: only a build can decide"
        console.print(note, style="dim")
    if document["units_gone"]:
        gone = escape(", ".join(document["units_gone"][:5]))
        rows = document["gone"] - document["gone_rows"]["count"]
        console.print(f"  units no longer in the sources, with {rows:,} of the rows: {gone}")
    if document["accepted"]["count"]:
        command = f"build-dataset {document['dataset']}"
        next_step(console, command, then=" makes a version with them")


def print_gc(console: Console, document: Mapping[str, Any]) -> None:
    """Print what was given back."""
    shown = borderless_table("dataset", "what", "size", "place", right=["size"])
    for item in document["garbage"][:30]:
        whose = item["dataset"] or "(shared)"
        shown.add_row(whose, item["kind"], format_size(item["bytes"]), escape(item["path"]))
    if document["garbage"]:
        console.print(shown)
    for name, why in document["left"].items():
        console.print(f"[yellow]{escape(name)} is left as it is[/]: {escape(why)}")
    said = "freed" if document["removed"] else "would be freed (dry run)"
    places = format_count(len(document["garbage"]), "place")
    console.print(f"{format_size(document['bytes'])} in {places} {said}")
