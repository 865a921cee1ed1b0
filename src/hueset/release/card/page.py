"""The card of a version as Markdown: what it is, what it holds, what is known to be wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from hueset.coverage.classes import describe_thin_classes
from hueset.declaration.licence_terms import AND, UNTOLD, declared_licence, freer_than, licence_of
from hueset.declaration.links import markdown_link, web_link
from hueset.documents.metadata import FIRST, revision_of
from hueset.release.card.covered import coverage_tables, label_families, label_givers, name_classes
from hueset.release.card.front import front_matter, order_splits
from hueset.release.card.learnable import render_learnability
from hueset.release.card.markdown import fold_line, render_table
from hueset.release.licence_counts import ALL, ONE
from hueset.release.tag import tag_of
from hueset.store.version import NOT_THE_DATASET, kind_of
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDER = "REPOSITORY"
"""What stands for the repository's name in the prose of a `card.md`."""

WORST = ("error", "fail", "warn", "pass")

ALIKE = 3
"""Of more findings of one check the first is told, and how many there are."""

MOST = 30
"""So many lines of findings stand in a card."""


def render_card(
    manifest: Mapping[str, Any],
    coverage: Mapping[str, Any],
    gate: Mapping[str, Any],
    prose: str,
    changes: str,
    repo: str,
    probe: Mapping[str, Any] | None = None,
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
        f"# {manifest['title']}",
        *_banner(manifest),
        manifest["summary"].strip(),
        f"Version `{manifest['version']}` · gate **{manifest['verdict']}** · "
        f"licence {licence_of(manifest)} · made by Hueset {manifest['written_by']['hueset']}"
        f"{_revised(manifest)}",
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


def _revised(manifest: Mapping[str, Any]) -> str:
    number = revision_of(manifest)
    return f" · metadata revision {number}" if number > FIRST else ""


def _banner(manifest: Mapping[str, Any]) -> list[str]:
    made = []
    kind = kind_of(manifest["version"])
    if kind != "whole":
        made.append(f"> **This is {NOT_THE_DATASET[kind]}.**")
    if manifest["verdict"] not in {"pass", "warn"}:
        made.append("> **The gate did not let this version through.** See *Gate* below.")
    if manifest.get("changed_parameters"):
        said = ", ".join(
            f"`{name}` = `{json.dumps(manifest['parameters'][name])}`"
            for name in manifest["changed_parameters"]
        )
        made.append(f"> **Not made as declared:** {said}. See *Parameters* below.")
    if manifest.get("derived"):
        told = manifest["derived"]
        made.append(
            f"> **A part of `{told['from']}`:** only rows under {', '.join(told['only_licence'])}. "
            "The gate judged the whole version; all counts here are of this part."
        )
    return made


def _tables(manifest: Mapping[str, Any]) -> list[str]:
    rows = (
        (
            f"`{name}`",
            f"{told['rows']:,}",
            ", ".join(
                f"{split} {told['splits'][split]:,}" for split in order_splits(told["splits"])
            ),
            format_size(sum(file["bytes"] for file in told["files"])),
            told["description"],
        )
        for name, told in manifest["tables"].items()
    )
    return ["## Tables", render_table(("table", "rows", "splits", "size", "what a row is"), rows)]


def _loading(manifest: Mapping[str, Any], repo: str) -> list[str]:
    tables = {name: told for name, told in manifest["tables"].items() if told["rows"]}
    empty = [f"`{name}`" for name in manifest["tables"] if name not in tables]
    without = f" Without a row, and so no config: {', '.join(empty)}." if empty else ""
    if not tables:
        return []
    name = max(tables, key=lambda table: len(tables[table]["splits"]))
    tag = tag_of(manifest)
    return [
        "## How to load it",
        f'```python\nfrom datasets import load_dataset\n\n{name} = load_dataset("{repo}", '
        f'"{name}", revision="{tag}")\n```',
        f"A tag never moves: `{tag}` is exactly `{manifest['version']}`. A missing value is null, "
        f"never 0 or a mean.{without}",
    ]


def _splits(manifest: Mapping[str, Any], gate: Mapping[str, Any]) -> list[str]:
    rows = [
        (
            f"`{name}`",
            f"`{told['split']}`",
            f"`{told['group']}`" if told["group"] else "–",
            ", ".join(f"{s} {told['splits'][s]:,}" for s in order_splits(told["splits"])),
        )
        for name, told in manifest["tables"].items()
        if told["split"]
    ]
    if not rows:
        return []
    proof = [
        f"- **{check['verdict']}** `{check['table']}`: {check['message']}"
        for check in gate["checks"]
        if check["type"] == "invariant" and "split" in check["id"]
    ]
    head = ("table", "split by", "groups", "rows")
    return ["## Splits", render_table(head, rows), "\n".join(proof)]


def _gate(gate: Mapping[str, Any]) -> list[str]:
    counts = {word: sum(c["verdict"] == word for c in gate["checks"]) for word in WORST}
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    findings = sorted(
        (f for f in gate["findings"] if f["verdict"] != "pass"),
        key=lambda f: WORST.index(f["verdict"]),
    )
    groups: dict[tuple[str, str], list[str]] = {}
    for f in findings:
        groups.setdefault((f["verdict"], f["check"]), []).append(fold_line(f["message"]))
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
        f"{format_count(len(gate['checks']), 'check')} ({said or 'none'}); "
        "the whole report is `gate/report.json`.",
        "\n".join(told),
    ]


def _quarantine(manifest: Mapping[str, Any]) -> list[str]:
    rows = [
        (f"`{table}`", f"`{reason}`", f"{count:,}")
        for table, reasons in manifest["quarantine"].items()
        for reason, count in reasons.items()
    ]
    if not rows:
        return ["## Quarantine", "No row was refused."]
    intro = "Rows that cannot be right were refused; they lie in `quarantine/` with what was found."
    return ["## Quarantine", intro, render_table(("table", "reason", "rows"), rows)]


def _sources(manifest: Mapping[str, Any]) -> list[str]:
    rows = (
        (
            markdown_link(source["name"], source.get("homepage")),
            source["licence"],
            _from(source),
            f"`{source['digest'][:16]}`",
            format_size(source["bytes"]),
            fold_line(source["citation"]),
        )
        for source in manifest["sources"]
    )
    head = ("source", "licence", "from", "content SHA-256", "size", "citation")
    return ["## Sources", render_table(head, rows)]


def _parameters(manifest: Mapping[str, Any]) -> list[str]:
    """Return what was set when the version was made; a part or another form of it shows here."""
    told = manifest.get("parameters")
    if not told:
        return []
    rows = ((f"`{name}`", f"`{json.dumps(value)}`") for name, value in sorted(told.items()))
    intro = "What was set when it was made; another value makes another version."
    return ["## Parameters", intro, render_table(("parameter", "value"), rows)]


def _licences(manifest: Mapping[str, Any]) -> list[str]:
    told = manifest["licences"]
    names = sorted({name for counts in told.values() for name in counts})
    freer = freer_than(manifest)
    if len(names) < 2 and not freer:
        return []
    rows = ((f"`{t}`", *(f"{counts.get(n, 0):,}" for n in names)) for t, counts in told.items())
    columns = {
        t: next((c for c in (ALL, ONE) if c in one["columns"]), None)
        for t, one in manifest["tables"].items()
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


def _limits(
    manifest: Mapping[str, Any], coverage: Mapping[str, Any], gate: Mapping[str, Any]
) -> list[str]:
    told = []
    for word, said in (
        ("absent", "have no example at all"),
        ("thin", "have too few examples"),
        ("neutral", "vary too little to be learned"),
        ("positive_only", "have tags of one pole alone"),
        ("computed", "have computed values and no human label"),
    ):
        names = [d["name"] for d in coverage["dimensions"] if d["verdict"] == word]
        if names:
            total = format_count(len(coverage["dimensions"]), "dimension")
            told.append(f"- {len(names)} of {total} {said}: {', '.join(names)}.")
    for classes in coverage["classes"]:
        for word, said in (("absent", "no row"), ("thin", describe_thin_classes(classes))):
            found = [c for c in classes["classes"] if c["verdict"] == word]
            if found:
                told.append(f"- {classes['name']}: {name_classes(found, classes)} ({said}).")
    computed = sorted(
        {
            kind
            for d in coverage["dimensions"]
            for kind in d.get("label_kinds") or {}
            if kind in {"lexicon", "computed", "class_norm"}
        }
    )
    if computed:
        told.append(
            f"- Labels of the kind {', '.join(computed)} were not given by a person to that row."
        )
    refused = sum(n for reasons in manifest["quarantine"].values() for n in reasons.values())
    if refused:
        told.append(f"- {refused:,} rows were refused and are not in the tables.")
    warned = sum(f["verdict"] == "warn" for f in gate["findings"])
    if warned:
        told.append(f"- The gate has {warned} warning{'s'[: warned > 1]}; see above.")
    untold = sum(counts.get(UNTOLD, 0) for counts in manifest["licences"].values())
    if untold:
        told.append(f"- For {untold:,} rows no licence is stated.")
    return ["## Known limits", "\n".join(told)] if told else []


def _columns(manifest: Mapping[str, Any]) -> list[str]:
    parts = ["## Columns"]
    for name, one in manifest["tables"].items():
        rows = (
            (
                f"`{column}`",
                f"`{told['type']}`",
                told.get("unit", ""),
                "" if told.get("nullable", True) else "never null",
                told.get("description", ""),
            )
            for column, told in one["columns"].items()
        )
        key = ", ".join(f"`{column}`" for column in one["key"])
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


def _from(source: Mapping[str, Any]) -> str:
    """Return where a source's exact bytes may be had: another dataset's version, the Hub, a link.

    The Hub is named with its revision.
    """
    if "version_of" in source:
        return f"version `{source['version_of']['version']}` of {source['version_of']['dataset']}"
    place: str | None = source["from"]
    if place is None:
        return "by hand"
    return f"`{place}`" if web_link(place) is None else markdown_link("pinned file", place)
