"""The datasets of a store, and one version of one of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.declaration.base import NAME_PATTERN
from hueset.documents.record_kinds import APPEARANCE
from hueset.documents.verdicts import Verdict
from hueset.errors import UnknownNameError
from hueset.render.terminal.words import (
    borderless_table,
    by_check,
    colour_verdict,
    format_splits,
    reasons_of_checks,
    source_digest_note,
    version_kind_note,
    why_note,
)
from hueset.store.damage import Unreadable, read_or_reason
from hueset.store.metadata_revisions import told_revisions
from hueset.store.summary import (
    DatasetSummary,
    missing_dataset,
    served_version,
    summarize_dataset,
    summarize_version,
)
from hueset.words import format_count, format_size, more_like_this

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion, VersionStore


MOST_CHECKS = 12
"""So many kinds of findings are told, one line each."""


def list_document(project: Project, store: VersionStore) -> dict[str, Any]:
    """Return every dataset that is declared or in the store, as JSON."""
    held = read_or_reason(store.datasets)
    others = (
        []
        if isinstance(held, Unreadable)
        else [one for one in held if re.fullmatch(NAME_PATTERN, one)]
    )
    known = list(dict.fromkeys([*project.datasets, *others]))
    return {
        "store": str(store.root),
        "datasets": [_dataset_summary(project, store, name).to_json() for name in known],
    }


def _dataset_summary(project: Project, store: VersionStore, name: str) -> DatasetSummary:
    """Return one dataset; what cannot be read of it is its `fault`, and hides no other dataset."""
    title = ""
    if name in project.datasets:
        declared = read_or_reason(project.dataset, name)
        if isinstance(declared, Unreadable):
            return missing_dataset(name, title, versions=0, fault=declared.reason)
        title = declared.title
    versions = read_or_reason(store.versions, name)
    if isinstance(versions, Unreadable):
        return missing_dataset(name, title, versions=0, fault=versions.reason)
    told = read_or_reason(_summary, store, name, len(versions))
    if isinstance(told, Unreadable):
        return missing_dataset(name, title, versions=len(versions), fault=told.reason)
    return told or missing_dataset(name, title, versions=len(versions), fault=None)


def _summary(store: VersionStore, name: str, versions: int) -> DatasetSummary | None:
    try:
        version = served_version(store, name)
    except UnknownNameError:
        return None  # nothing was built yet
    return summarize_dataset(store, version, versions)


def print_datasets(console: Console, document: Mapping[str, Any]) -> None:
    """Print the datasets."""
    shown = borderless_table(
        "dataset", "latest", "gate", "rows", "dimensions", "title", right=["rows"]
    )
    for told in document["datasets"]:
        covered = ", ".join(
            f"{n} {word}" for word, n in told["coverage"].get("dimensions", {}).items()
        )
        shown.add_row(
            escape(told["name"]),
            told["version"] if told["latest"] and not told["fault"] else _instead(told),
            colour_verdict(told["verdict"]) if told["verdict"] else "",
            f"{told['rows']:,}" if told["rows"] is not None else "",
            escape(covered),
            escape(told["title"]),
        )
    console.print(shown)
    for told in document["datasets"]:
        if told["fault"]:
            console.print(f"[red]{escape(told['name'])}[/]: {escape(told['fault'])}")
    for told in document["datasets"]:
        print_stale(console, told["name"], told["stale"])
    where = escape(document["store"])
    console.print(f"store: {where} · build one: build-dataset NAME", style="dim")


def _instead(told: Mapping[str, Any]) -> str:
    if told["fault"]:
        return "[red]broken[/]"
    return "[yellow]none passed[/]" if told["versions"] else "[dim]not built[/]"


def print_stale(console: Console, name: str, stale: Iterable[Mapping[str, Any]]) -> None:
    """Say of which datasets there is a newer version than the one that was built from."""
    for told in stale:
        console.print(
            f"[yellow]stale[/]: {name} was built from {told['dataset']} {told['version']}, the "
            f"latest is {told['latest']}; build-dataset {name} brings it up to date"
        )


def version_document(store: VersionStore, found: StoredVersion) -> dict[str, Any]:
    """Return one version as JSON: its summary, manifest, gate report, records, sister versions."""
    records = store.read_records(found)
    return {
        **summarize_version(store, found).to_json(),
        "path": str(found.path),
        "versions": store.versions(found.dataset),
        "manifest": found.manifest.to_json(),
        "report": found.gate.to_json(),
        "recorded": bool(store.kinds_recorded(found.dataset, found.name) & APPEARANCE),
        "revisions": told_revisions(found),
        "records": [one.to_json() for one in records.readable],
        "unreadable_records": list(records.unreadable),
        "damage": found.damage(),
    }


def print_version(console: Console, document: Mapping[str, Any]) -> None:
    """Print one version."""
    manifest, gate = document["manifest"], document["report"]
    latest = "latest" if document["latest"] else "not the latest"
    console.print(
        f"[bold]{document['dataset']}[/] {document['version']}{version_kind_note(manifest)}  "
        f"gate: {colour_verdict(manifest['verdict'])}  {latest}"
    )
    if "derived" in manifest:
        part = manifest["derived"]
        licences, dropped = ", ".join(part["only_licence"]), sum(part["dropped"].values())
        console.print(
            f"[bold]a part of {escape(part['from'])}[/]: only rows under {escape(licences)}, "
            f"{format_count(dropped, 'row')} left out; summary and findings are those of the whole"
        )
    for fault in document["damage"]:
        console.print(f"[red]damaged[/]: {escape(fault)}")
    if not document["recorded"]:
        console.print(
            f"[yellow]no record of its appearance[/]: its build was killed right after, or it was "
            f"copied in; build-dataset {document['dataset']} adds it"
        )
    for fault in document["unreadable_records"]:
        console.print(f"[yellow]not readable[/]: {escape(fault)}")
    console.print(escape(manifest["summary"].strip()), style="dim")
    console.print(f"licence: {escape(document['licence'])}")
    for one in document["revisions"]:
        console.print(f"metadata revision {one['revision']}: {escape(', '.join(one['changes']))}")
    shown = borderless_table("table", "rows", "size", "key", "splits", right=["rows", "size"])
    for name, told in manifest["tables"].items():
        total = sum(file["bytes"] for file in told["files"])
        shown.add_row(
            name,
            f"{told['rows']:,}",
            format_size(total),
            ", ".join(told["key"]),
            format_splits(told["splits"]),
        )
    console.print(shown)
    sources = borderless_table("source", "found by", "size", "licence", "content", right=["size"])
    for told in manifest["sources"]:
        sources.add_row(
            told["name"],
            told["via"],
            format_size(told["bytes"]),
            escape(told["licence"]),
            escape(source_digest_note(told)),
        )
    console.print(sources)
    print_stale(console, document["dataset"], [p for p in document["built_from"] if p["stale"]])
    for name, reasons in manifest["quarantine"].items():
        said = ", ".join(f"{reason} {count:,}" for reason, count in reasons.items())
        console.print(escape(f"quarantine {name}: {said}"))
    checks = gate["checks"]
    counts = {word: sum(c["verdict"] == word for c in checks) for word in Verdict}
    console.print(
        "gate: "
        + ", ".join(f"{n} {colour_verdict(word)}" for word, n in counts.items() if n)
        + f" of {format_count(len(checks), 'check')}"
    )
    whys = reasons_of_checks(checks)
    groups = by_check(f for f in gate["findings"] if f["verdict"] != Verdict.PASS)
    for finding, more in groups[:MOST_CHECKS]:
        said = f"{colour_verdict(finding['verdict'])} {escape(finding['message'])}"
        tail = more_like_this(more) + why_note(whys.get(finding["check"]))
        console.print(f"  {said}[dim]{escape(tail)}[/]")
    if len(groups) > MOST_CHECKS:
        rest = len(groups) - MOST_CHECKS
        console.print(f"  {rest} more kinds: --json, or `hueset report`", style="dim")
    others = [name for name in document["versions"] if name != document["version"]]
    if others:
        console.print(f"other versions: {', '.join(others)}", style="dim")
    console.print(escape(document["path"]), style="dim")
