"""The card of a version as Markdown: what it is, what it holds, what is known to be wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from hueset.coverage.classes import describe_thin_classes
from hueset.declaration import COMPUTED_KINDS
from hueset.declaration.licence_terms import AND, UNTOLD
from hueset.declaration.links import markdown_link, web_link
from hueset.documents.gate_report import INVARIANT
from hueset.documents.licences import declared_licence, freer_licences, licence_of
from hueset.documents.metadata import FIRST
from hueset.documents.verdicts import CoverageVerdict, Verdict
from hueset.release.card.coverage_section import (
    coverage_tables,
    label_families,
    label_givers,
    name_classes,
)
from hueset.release.card.front import front_matter, order_splits
from hueset.release.card.markdown import fold_line, render_table
from hueset.release.card.probe_section import render_learnability
from hueset.release.tag import tag_of
from hueset.store.row_licences import ALL, ONE
from hueset.store.version import NOT_THE_DATASET, kind_of
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from hueset.documents.coverage import CoverageDocument
    from hueset.documents.gate_report import GateReportDocument
    from hueset.documents.manifest import Manifest, SourceEntry
    from hueset.documents.records import ProbeRecord

PLACEHOLDER = "REPOSITORY"
"""What stands for the repository's name in the prose of a `card.md`."""

NOT_BY_A_PERSON = {*COMPUTED_KINDS, "class_norm"}
"""Kinds of label that no person gave to that row."""

ALIKE = 3
"""Of more findings of one check the first is told, and how many there are."""

MOST = 30
"""So many lines of findings stand in a card."""


def render_card(
    manifest: Manifest,
    coverage: CoverageDocument,
    gate: GateReportDocument,
    prose: str,
    changes: str,
    repo: str,
    probe: ProbeRecord | None = None,
) -> str:
    """Return the card.

    Parameters
    ----------
    manifest
        The version's receipt.
    coverage
        Its coverage.
    gate
        Its gate report.
    prose
        What the declaration's `card.md` says in words.
    changes
        The history of the dataset, `CHANGES.md`.
    repo
        `namespace/name` on the Hub.
    probe
        The record of its last probe, if it was probed.
    """
    front = yaml.safe_dump(front_matter(manifest), sort_keys=False, allow_unicode=True, width=1000)
    parts = [
        f"---\n{front}---",
        f"# {manifest.title}",
        *_banner(manifest),
        manifest.summary.strip(),
        f"Version `{manifest.version}` · gate **{manifest.verdict}** · "
        f"licence {licence_of(manifest)} · made by Hueset {manifest.written_by.hueset}"
        f"{_revision_note(manifest)}",
        prose.strip().replace(PLACEHOLDER, f'"{repo}"'),
        *_tables(manifest),
        *_loading(manifest, repo),
        *coverage_tables(coverage),
        *label_givers(coverage),
        *label_families(coverage),
        *render_learnability(probe),
        *_splits(manifest, gate),
        *_gate(gate),
        *_quarantine(manifest),
        *_sources(manifest),
        *_parameters(manifest),
        *_licences(manifest),
        *_limits(manifest, coverage, gate),
        *_columns(manifest),
        *_history(changes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _revision_note(manifest: Manifest) -> str:
    number = manifest.metadata_revision
    return f" · metadata revision {number}" if number > FIRST else ""


def _banner(manifest: Manifest) -> list[str]:
    made = []
    kind = kind_of(manifest.version)
    if kind != "whole":
        made.append(f"> **This is {NOT_THE_DATASET[kind]}.**")
    if not manifest.verdict.passes:
        made.append("> **The gate did not let this version through.** See *Gate* below.")
    if manifest.changed_parameters:
        said = ", ".join(
            f"`{name}` = `{json.dumps(manifest.parameters[name])}`"
            for name in manifest.changed_parameters
        )
        made.append(f"> **Not made as declared:** {said}. See *Parameters* below.")
    if manifest.derived:
        told = manifest.derived
        under = ", ".join(told.only_licence)
        made.append(
            f"> **A part of `{told.from_version}`:** only rows under {under}. "
            "The gate judged the whole version; all counts here are of this part."
        )
    return made


def _tables(manifest: Manifest) -> list[str]:
    rows = (
        (
            f"`{name}`",
            f"{told.rows:,}",
            ", ".join(f"{split} {told.splits[split]:,}" for split in order_splits(told.splits)),
            format_size(sum(file.bytes for file in told.files)),
            told.description,
        )
        for name, told in manifest.tables.items()
    )
    return ["## Tables", render_table(("table", "rows", "splits", "size", "what a row is"), rows)]


def _loading(manifest: Manifest, repo: str) -> list[str]:
    tables = {name: told for name, told in manifest.tables.items() if told.rows}
    empty = [f"`{name}`" for name in manifest.tables if name not in tables]
    without = f" Without a row, and so no config: {', '.join(empty)}." if empty else ""
    if not tables:
        return []
    name = max(tables, key=lambda table: len(tables[table].splits))
    tag = tag_of(manifest)
    return [
        "## How to load it",
        f'```python\nfrom datasets import load_dataset\n\n{name} = load_dataset("{repo}", '
        f'"{name}", revision="{tag}")\n```',
        f"A tag never moves: `{tag}` is exactly `{manifest.version}`. A missing value is null, "
        f"never 0 or a mean.{without}",
    ]


def _splits(manifest: Manifest, gate: GateReportDocument) -> list[str]:
    rows = [
        (
            f"`{name}`",
            f"`{told.split}`",
            f"`{told.group}`" if told.group else "–",
            ", ".join(f"{s} {told.splits[s]:,}" for s in order_splits(told.splits)),
        )
        for name, told in manifest.tables.items()
        if told.split
    ]
    if not rows:
        return []
    proof = [
        f"- **{check.verdict}** `{check.table}`: {check.message}"
        for check in gate.checks
        if check.type == INVARIANT and "split" in check.id
    ]
    head = ("table", "split by", "groups", "rows")
    return ["## Splits", render_table(head, rows), "\n".join(proof)]


def _gate(gate: GateReportDocument) -> list[str]:
    counts = {word: sum(c.verdict is word for c in gate.checks) for word in reversed(Verdict)}
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    findings = sorted(
        (f for f in gate.findings if f.verdict is not Verdict.PASS),
        key=lambda f: -f.verdict.rank,
    )
    groups: dict[tuple[str, str], list[str]] = {}
    for f in findings:
        groups.setdefault((f.verdict, f.check), []).append(fold_line(f.message))
    told = [
        f"- **{verdict}** {message}"
        for (verdict, _), messages in groups.items()
        for message in (messages if len(messages) <= ALIKE else messages[:1])
        + ([f"and {len(messages) - 1} more like it"] if len(messages) > ALIKE else [])
    ]
    if len(told) > MOST:
        told = [*told[:MOST], f"- and {len(told) - MOST} more in `gate/report.json`"]
    return [
        "## Gate",
        f"{format_count(len(gate.checks), 'check')} ({said or 'none'}); "
        "the whole report is `gate/report.json`.",
        "\n".join(told),
    ]


def _quarantine(manifest: Manifest) -> list[str]:
    rows = [
        (f"`{table}`", f"`{reason}`", f"{count:,}")
        for table, reasons in manifest.quarantine.items()
        for reason, count in reasons.items()
    ]
    if not rows:
        return ["## Quarantine", "No row was refused."]
    intro = "Rows that cannot be right were refused; they lie in `quarantine/` with what was found."
    return ["## Quarantine", intro, render_table(("table", "reason", "rows"), rows)]


def _sources(manifest: Manifest) -> list[str]:
    rows = (
        (
            markdown_link(source.name, source.homepage),
            source.licence,
            _from(source),
            f"`{source.digest[:16]}`",
            format_size(source.bytes),
            fold_line(source.citation or "–"),
        )
        for source in manifest.sources
    )
    head = ("source", "licence", "from", "content SHA-256", "size", "citation")
    return ["## Sources", render_table(head, rows)]


def _parameters(manifest: Manifest) -> list[str]:
    """Return what was set when the version was made; a part or another form of it shows here."""
    told = manifest.parameters
    if not told:
        return []
    rows = ((f"`{name}`", f"`{json.dumps(value)}`") for name, value in sorted(told.items()))
    intro = "What was set when it was made; another value makes another version."
    return ["## Parameters", intro, render_table(("parameter", "value"), rows)]


def _licences(manifest: Manifest) -> list[str]:
    told = manifest.licences
    names = sorted({name for counts in told.values() for name in counts})
    freer = freer_licences(manifest)
    if len(names) < 2 and not freer:
        return []
    rows = ((f"`{t}`", *(f"{counts.get(n, 0):,}" for n in names)) for t, counts in told.items())
    columns = {
        t: next((c for c in (ALL, ONE) if c in one.columns), None)
        for t, one in manifest.tables.items()
    }
    by_column = [f"`{column}` of `{t}`" for t, column in columns.items() if column]
    intro = f"The whole: {licence_of(manifest)}."
    if freer:
        intro += (
            f" Declared is {declared_licence(manifest)}, which asks less than"
            f" {', '.join(freer)}, under which some of it stands."
        )
    if len(names) > 1:
        intro += " The rows carry different licences."
    if any(AND in name for name in names):
        intro += " Where several are joined, all of them hold for the row."
    if by_column:
        intro += f" {', '.join(by_column)} say it row by row."
    return ["## Licences", intro, render_table(("table", *names), rows)]


def _limits(manifest: Manifest, coverage: CoverageDocument, gate: GateReportDocument) -> list[str]:
    told = []
    # What there is none of comes first.
    for word in sorted(CoverageVerdict, key=lambda one: one is not CoverageVerdict.ABSENT):
        names = [d.name for d in coverage.dimensions if d.verdict is word and word.limit]
        if names:
            total = format_count(len(coverage.dimensions), "dimension")
            told.append(f"- {len(names)} of {total} {word.limit}: {', '.join(names)}.")
    for classes in coverage.classes:
        said_of = {
            CoverageVerdict.ABSENT: "no row",
            CoverageVerdict.THIN: describe_thin_classes(classes.floor, classes.floor_groups),
        }
        for verdict, said in said_of.items():
            found = [c for c in classes.classes if c.verdict is verdict]
            if found:
                told.append(f"- {classes.name}: {name_classes(found, classes)} ({said}).")
    computed = sorted(
        {kind for d in coverage.dimensions for kind in d.label_kinds if kind in NOT_BY_A_PERSON}
    )
    if computed:
        told.append(
            f"- Labels of the kind {', '.join(computed)} were not given by a person to that row."
        )
    refused = manifest.refused_rows
    if refused:
        told.append(f"- {refused:,} rows were refused and are not in the tables.")
    warned = sum(f.verdict is Verdict.WARN for f in gate.findings)
    if warned:
        told.append(f"- The gate has {warned} warning{'s'[: warned > 1]}; see above.")
    untold = sum(counts.get(UNTOLD, 0) for counts in manifest.licences.values())
    if untold:
        told.append(f"- For {untold:,} rows no licence is stated.")
    return ["## Known limits", "\n".join(told)] if told else []


def _columns(manifest: Manifest) -> list[str]:
    parts = ["## Columns"]
    for name, one in manifest.tables.items():
        rows = (
            (
                f"`{column}`",
                f"`{told.type}`",
                told.unit or "",
                "" if told.nullable else "never null",
                told.description,
            )
            for column, told in one.columns.items()
        )
        key = ", ".join(f"`{column}`" for column in one.key)
        parts += [
            f"### {name}",
            f"Key: {key}.",
            render_table(("column", "type", "unit", "", "what it is"), rows),
        ]
    return parts


def _history(changes: str) -> list[str]:
    lines = [line for line in changes.strip().splitlines() if not line.startswith("# ")]
    text = "\n".join(f"#{line}" if line.startswith("## ") else line for line in lines).strip()
    return ["## History", text] if text else []


def _from(source: SourceEntry) -> str:
    """Return where a source's exact bytes may be had: another dataset's version, the Hub, a link.

    The Hub is named with its revision.
    """
    if source.version_of:
        return f"version `{source.version_of.version}` of {source.version_of.dataset}"
    place = source.origin
    if place is None:
        return "by hand"
    return f"`{place}`" if web_link(place) is None else markdown_link("pinned file", place)
