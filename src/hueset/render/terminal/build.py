"""A plan before a build, and a summary after it that fits a screen."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from hueset.declaration.builder_package import builder_file
from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.render.terminal.output import next_step, version_option
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
from hueset.store.version import kind_of
from hueset.words import format_count, format_size, more_like_this

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from hueset.build.plan import BuildPlan
    from hueset.build.run import BuildResult
    from hueset.documents.gate_report import FindingEntry
    from hueset.store.store import VersionStore

SHOWN = 8
"""So many absent classes are named in a summary; coverage names them all."""

SHORT = 16
"""A longer example stands alone: three file names would fill lines."""

MOST_CHECKS = 6
"""So many kinds of findings a summary tells, one line each."""


def plan_document(made: BuildPlan, store: VersionStore) -> dict[str, Any]:
    """Return a plan as JSON."""
    finished = made.finished(store)
    return {
        "dataset": made.dataset.name,
        "version": made.version,
        "sample": made.sample,
        "subset": made.subset,
        "state": made.state(store),
        "builder": {"module": made.dataset.builder, "file": _builder_file(made)},
        "units": {"total": len(made.units), "finished": len(finished)},
        "missing_units": [u.unit.key for u in made.units if u not in finished][:20],
        "changed_parameters": dict(made.changed_parameters),
        "sources": made.resolution.to_manifest(),
        "not_present": sorted(set(made.dataset.sources) - set(made.inputs.sources)),
        "latest": store.latest(made.dataset.name, kind_of(made.version)),
        "opened": store.opens(made.dataset.name) == made.version,
    }


def _builder_file(made: BuildPlan) -> str | None:
    file = builder_file(made.dataset.builder)
    return str(file) if file else None


def print_plan(console: Console, document: Mapping[str, Any]) -> None:
    """Print a plan."""
    units = document["units"]
    console.print(
        f"[bold]{document['dataset']}[/] {document['version']}{version_kind_note(document)}"
    )
    if document["latest"]:
        console.print(f"  latest now  {document['latest']}")
    shown = borderless_table("source", "found by", "size", "content", right=["size"])
    for source in document["sources"]:
        shown.add_row(
            source["name"],
            source["via"],
            format_size(source["bytes"]),
            escape(source_digest_note(source)),
        )
    console.print(shown)
    if document["not_present"]:
        console.print(f"  not present: {', '.join(document['not_present'])}", style="dim")
    for key, value in document["changed_parameters"].items():
        console.print(escape(f"  {key} = {value!r}"))
    builder = document["builder"]
    text = f"  code that runs  {builder['module']}, {builder['file']}"
    console.print(text, style="dim", markup=False, soft_wrap=True)
    if document["state"] == "damaged":
        console.print("[bold red]damaged[/]: the store has this version, but not all of it")
        next_step(console, f"hueset verify {document['dataset']}{version_option(document)}")
        return
    if document["state"] == "built":
        console.print("[green]nothing to do[/]: this version is in the store already")
        return
    console.print(f"  units: {units['total']:,}, finished {units['finished']:,}")
    next_step(console, f"build-dataset {document['dataset']}", then=" with the same options")


def outcome_document(done: BuildResult, store: VersionStore) -> dict[str, Any]:
    """Return what a build came to as JSON."""
    version = done.version
    manifest = version.manifest
    findings = sorted(version.gate.findings, key=_badness)
    whys = reasons_of_checks(one.to_json() for one in version.gate.checks)
    return {
        "dataset": version.dataset,
        "version": version.name,
        "state": done.state,
        "verdict": done.verdict,
        "sample": version.sample,
        "subset": version.subset,
        "opened": store.opens(version.dataset) == version.name,
        "path": str(version.path),
        "tables": {
            name: {"rows": told.rows, "splits": dict(told.splits)}
            for name, told in manifest.tables.items()
        },
        "bytes": sum(file.bytes for table in manifest.tables.values() for file in table.files),
        "quarantine": manifest.quarantine,
        "coverage": {d.name: [d.verdict, d.n] for d in version.coverage.dimensions},
        "classes": {
            told.name: {one.class_name: one.n for one in told.classes}
            for told in version.coverage.classes
        },
        "outcomes": {
            told.name: {one.class_name: one.n for one in told.outcomes}
            for told in version.coverage.classes
        },
        "presence": {p.name: [p.present, p.n] for p in version.coverage.presence},
        "findings": [{**one.to_json(), "why": whys.get(one.check)} for one in findings],
        "against": asdict(done.against) if done.against else None,
        "licence": manifest.licence,
        "revision": None
        if done.revised is None
        else {"number": done.revised.number, "changes": list(done.revised.changes)},
        "sources": [
            {**one.to_json(), "via": done.found_by.get(one.name, one.via)}
            for one in manifest.sources
        ],
        "instead_of": done.instead_of,
        "units": {"total": done.units, "reused": done.reused, "remade": done.remade},
        "seconds": done.seconds,
    }


def _badness(finding: FindingEntry) -> tuple[int, bool, int]:
    """Sort the worst first; among equals what coverage says, then what concerns the most rows."""
    of_coverage = finding.check.startswith("coverage.")
    return -finding.verdict.rank, not of_coverage, -finding.count


def print_build(console: Console, document: Mapping[str, Any]) -> None:
    """Print the summary of a build."""
    name, total = document["dataset"], sum(document["seconds"].values())
    state = {
        "built": f"built in {total:.1f} s",
        "unchanged": "its rows are in the store already"
        if document["revision"]
        else "nothing to do: this version is in the store already",
        "identical": f"rebuilt in {total:.1f} s: the same bytes",
    }[document["state"]]
    console.print(
        f"[bold]{name}[/] {document['version']}{version_kind_note(document)}  "
        f"gate: {colour_verdict(document['verdict'])}  {state}"
    )
    if document["revision"]:
        told = document["revision"]
        console.print(
            f"  [bold]metadata revision {told['number']}[/]: {escape(', '.join(told['changes']))}"
        )
    if document["instead_of"]:
        console.print(f"  [bold]the latest again[/], instead of {document['instead_of']}")
    remade = document["units"]["remade"]
    if remade:
        one = "shard in the store was" if remade == 1 else "shards in the store were"
        console.print(f"[yellow]{remade:,} {one} damaged[/], and made again")
    used = ", ".join(f"{s['name']} ({s['via']})" for s in document["sources"])
    console.print(escape(f"  sources     {used}"))
    shown = borderless_table("  table", "rows", "", right=["rows"])
    for table_name, told in document["tables"].items():
        shown.add_row(f"  {table_name}", f"{told['rows']:,}", format_splits(told["splits"]))
    console.print(shown)
    _print_coverage(console, document)
    refused = {
        reason: count
        for reasons in document["quarantine"].values()
        for reason, count in reasons.items()
    }
    if refused:
        rows = sum(sum(reasons.values()) for reasons in document["quarantine"].values())
        said = ", ".join(f"{reason} {count:,}" for reason, count in refused.items())
        console.print(f"  quarantine  {format_count(rows, 'row')}: {escape(said)}")
    _findings(console, document["findings"])
    _against(console, document["against"])
    console.print(f"  {escape(document['path'])}  ({format_size(document['bytes'])})", style="dim")
    if not Verdict.parse(document["verdict"]).passes:
        console.print("this version is kept for inspection; it does not become the latest")
    chosen = f"{name}{version_option(document)}"
    next_step(console, f"hueset coverage {chosen}", f"hueset show {chosen}")


def _print_coverage(console: Console, document: Mapping[str, Any]) -> None:
    by_verdict: dict[str, list[str]] = {}
    for dimension, (word, n) in document["coverage"].items():
        by_verdict.setdefault(word, []).append(f"{dimension} {n:,}" if n else dimension)
    lines = []
    for word, names in sorted(
        by_verdict.items(), key=lambda item: item[0] == CoverageVerdict.ABSENT
    ):
        said = f"{len(names)} of {format_count(len(document['coverage']), 'dimension')}"
        shown = said if word == CoverageVerdict.ABSENT else escape(", ".join(names))
        lines.append(("coverage", f"{colour_verdict(word)} {shown}"))
    lines += [
        (name, _summarise_classes(classes) + _outcomes(document["outcomes"][name]))
        for name, classes in document["classes"].items()
    ]
    lines += [(name, f"{has:,} of {n:,}") for name, (has, n) in document["presence"].items()]
    wide = max((len(name) for name, _ in lines), default=0)
    before = ""
    for name, said in lines:
        shown = "" if name == before else name
        console.print(f"  {escape(f'{shown:<{wide}}')}  {said}")
        before = name


def _summarise_classes(classes: Mapping[str, int]) -> str:
    """Return how many classes have rows, the most and the least frequent, and which have none."""
    present = {one: n for one, n in classes.items() if n}
    missing = [one for one, n in classes.items() if not n]
    said = f"{len(present)} of {format_count(len(classes), 'class')}"
    if present:
        most = max(present, key=present.__getitem__)
        least = min(reversed(present), key=present.__getitem__)
        said += escape(f", {most} {present[most]:,}")
        if least != most:
            said += escape(f" … {least} {present[least]:,}")
    if missing and present:
        shown = ", ".join(missing[:SHOWN]) + (" …" if len(missing) > SHOWN else "")
        said += f" · {colour_verdict(CoverageVerdict.ABSENT)} {escape(shown)}"
    return said


def _outcomes(outcomes: Mapping[str, int]) -> str:
    """Return the rows that are of no class, with what they say instead."""
    said = ", ".join(f"{one} {n:,}" for one, n in outcomes.items() if n)
    return escape(f" · no class: {said}") if said else ""


def _findings(console: Console, findings: list[Mapping[str, Any]]) -> None:
    bad = [finding for finding in findings if finding["verdict"] != Verdict.PASS]
    if not bad:
        return
    groups = by_check(bad)
    shown = groups[:MOST_CHECKS]
    some = (
        f", the worst {len(shown)} of {format_count(len(groups), 'kind')}"
        if len(groups) > len(shown)
        else ""
    )
    console.print(f"  findings: {len(bad):,}{some}")
    for finding, more in shown:
        tail = escape(_examples(finding) + more_like_this(more) + why_note(finding["why"]))
        said = f"{colour_verdict(finding['verdict'])} {escape(finding['message'])}[dim]{tail}[/]"
        console.print(f"    {said}")


def _examples(finding: Mapping[str, Any]) -> str:
    """Return the first examples that the message does not name already, as far as a line goes."""
    unsaid = [one for one in finding["examples"] if one not in finding["message"]]
    shown = unsaid[:1] + [one for one in unsaid[1:3] if len(one) <= SHORT]
    return f" (e.g. {', '.join(shown)})" if shown else ""


def _against(console: Console, told: Mapping[str, Any] | None) -> None:
    """Print what a version lost against the one before."""
    if not told or not told["findings"]:
        return
    console.print(f"  against {escape(told['version'])}: it lost")
    for finding in told["findings"][:3]:
        said = f"{colour_verdict(finding['verdict'])} {escape(finding['message'])}"
        console.print(f"    {said}[dim]{escape(_examples(finding))}[/]")
    more = len(told["findings"]) - 3
    if more > 0:
        console.print(f"    and {more} more: --json, or the records in `hueset show`")
