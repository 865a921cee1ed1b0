"""The card of a version as Markdown: what it is, what it holds, what is known to be wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from hueset.card.front import front_matter, ordered
from hueset.publish.tag import tag_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PLACEHOLDER = "REPOSITORY"
"""What stands for the repository's name in the prose of a `card.md`."""

WORST = ("error", "fail", "warn", "pass")

MANY = 24
"""So many empty classes are named one by one."""

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
    """
    front = yaml.safe_dump(front_matter(manifest), sort_keys=False, allow_unicode=True, width=1000)
    parts = [
        f"---\n{front}---",
        f"# {manifest['title']}",
        *_banner(manifest),
        manifest["summary"].strip(),
        f"Version `{manifest['version']}` · gate **{manifest['verdict']}** · "
        f"licence {manifest['licence']} · made by Hueset {manifest['written_by']['hueset']}",
        prose.strip().replace(PLACEHOLDER, f'"{repo}"'),
        *_tables(manifest),
        *_loading(manifest, repo),
        *_coverage(coverage),
        *_kinds(coverage),
        *_evidence(coverage),
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


def _banner(manifest: Mapping[str, Any]) -> list[str]:
    made = []
    if manifest["sample"]:
        made.append("> **This is the embedded sample, not the dataset.**")
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
            ", ".join(f"{split} {told['splits'][split]:,}" for split in ordered(told["splits"])),
            _size(sum(file["bytes"] for file in told["files"])),
            told["description"],
        )
        for name, told in manifest["tables"].items()
    )
    return ["## Tables", _table(("table", "rows", "splits", "size", "what a row is"), rows)]


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


def _coverage(coverage: Mapping[str, Any]) -> list[str]:
    parts = []
    if coverage["dimensions"]:
        rows = (
            (
                d["name"], f"{d['n']:,}", *_spread(d), d["verdict"], d["reason"],
            )
            for d in coverage["dimensions"]
        )  # fmt: skip
        head = ("dimension", "examples", "mean", "sd", "in .4–.6", "verdict", "reason")
        parts.append(_table(head, rows))
    for classes in coverage["classes"]:
        parts += _classes(classes)
    if coverage["presence"]:
        rows3 = (
            (p["name"], f"{p['present']:,} of {p['n']:,}", p["verdict"])
            for p in coverage["presence"]
        )
        parts.append(_table(("what", "present", "verdict"), rows3))
    return ["## Coverage", _words_of_coverage(coverage), *parts] if parts else []


def _words_of_coverage(coverage: Mapping[str, Any]) -> str:
    if not coverage["dimensions"]:
        return (
            "How many rows each class has, and how many rows have what they may lack: `absent` "
            "none, `thin` fewer than the floor, `trainable` the floor or more."
        )
    said = (
        "How many labels there are, and whether they can be learned from: `absent` no example, "
        "`thin` too few, `neutral` too little variation, `trainable` enough"
    )
    if any("evidence" in d for d in coverage["dimensions"]):
        said += "; `positive_only` tags of one pole alone, `computed` only computed values"
    return f"{said}."


def _spread(d: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return mean, spread and share in the middle; a tag stands on a pole and has none of them."""
    if d.get("judged") == "tag":
        return "–", "–", "–"
    middle = d["neutral_band_share"]
    return _number(d["mean"]), _number(d["sd"]), "–" if middle is None else f"{middle:.0%}"


def _classes(classes: Mapping[str, Any]) -> list[str]:
    """Return the table of a list of classes; a long list of empty ones is counted, not printed."""
    empty = [c for c in classes["classes"] if not c["n"]]
    shown = [c for c in classes["classes"] if c["n"] or len(empty) <= MANY]
    head = (classes["name"], "rows", "verdict")
    made = (
        [_table(head, ((c["class"], f"{c['n']:,}", c["verdict"]) for c in shown))] if shown else []
    )
    if len(empty) > MANY:
        made.append(f"{classes['name']}: {_named(empty, classes)} (absent).")
    return made


def _named(found: Sequence[Mapping[str, Any]], classes: Mapping[str, Any]) -> str:
    """Return the names of some classes; of a long list how many, and the first of them."""
    names = [one["class"] for one in found]
    if len(names) <= MANY:
        return ", ".join(names)
    first = ", ".join(names[:3])
    return f"{len(names)} of {len(classes['classes'])} classes ({first}, … in `coverage.json`)"


def _kinds(coverage: Mapping[str, Any]) -> list[str]:
    """Return who gave the labels of each dimension: kinds, how many people, how far apart."""
    rows = [row for d in coverage["dimensions"] if d.get("label_kinds") for row in _givers(d)]
    if not rows:
        return []
    head = ("dimension", "source", "kinds of label", "raters per label",
            "spread between raters (sd)", "on the scale", "agreement")  # fmt: skip
    return ["## Who said so", _table(head, rows)]


def _givers(d: Mapping[str, Any]) -> list[tuple[str, ...]]:
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in d["label_kinds"].items())
    raters = d.get("raters") or {}
    by_source = raters.get("by_source") or {}
    if not by_source:
        mean, spread = _number(raters.get("mean"), 1), _number(raters.get("mean_sd"))
        return [(d["name"], "–", kinds, mean, spread, "–", "–")]
    return [
        (
            d["name"],
            source,
            f"{told['kinds']} {told['n']:,}",
            _number(told["mean"], 1),
            _number(told["mean_sd"]),
            "–" if told["low"] is None else f"{told['low']:g}..{told['high']:g}",
            _number(told["agreement"]),
        )
        for source, told in by_source.items()
    ]


def _evidence(coverage: Mapping[str, Any]) -> list[str]:
    """Return people's labels, tags and computed values side by side, and what would lift the rest.

    A computed value is never counted as human.
    """
    told = [d for d in coverage["dimensions"] if "evidence" in d]
    if not told:
        return []
    rows = (
        (
            d["name"],
            *(_pieces(d["evidence"].get(family)) for family in ("human", "tag", "computed")),
            ", ".join(f"{unit} {one['n']:,} {one['verdict']}" for unit, one in d["by_unit"].items())
            or "–",
        )
        for d in told
    )
    head = ("dimension", "people's labels", "tags", "computed", "by kind of text")
    parts = ["## People, tags and computed values", _table(head, rows)]
    lift = [(d["name"], d["verdict"], d["lift"]) for d in told if d.get("lift")]
    if lift:
        parts.append(_table(("dimension", "verdict", "what would lift it"), lift))
    return parts


def _pieces(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "–"
    poles = f" ({one['low_tags']:,} low, {one['high_tags']:,} high)" if "low_tags" in one else ""
    return f"{one['n']:,}{poles}: {one['verdict']}"


def _splits(manifest: Mapping[str, Any], gate: Mapping[str, Any]) -> list[str]:
    rows = [
        (f"`{name}`", f"`{told['split']}`", f"`{told['group']}`" if told["group"] else "–",
         ", ".join(f"{s} {told['splits'][s]:,}" for s in ordered(told["splits"])))
        for name, told in manifest["tables"].items()
        if told["split"]
    ]  # fmt: skip
    if not rows:
        return []
    proof = [
        f"- **{check['verdict']}** `{check['table']}`: {check['message']}"
        for check in gate["checks"]
        if check["type"] == "invariant" and "split" in check["id"]
    ]
    head = ("table", "split by", "groups", "rows")
    return ["## Splits", _table(head, rows), "\n".join(proof)]


def _gate(gate: Mapping[str, Any]) -> list[str]:
    counts = {word: sum(c["verdict"] == word for c in gate["checks"]) for word in WORST}
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    findings = sorted(
        (f for f in gate["findings"] if f["verdict"] != "pass"),
        key=lambda f: WORST.index(f["verdict"]),
    )
    groups: dict[tuple[str, str], list[str]] = {}
    for f in findings:
        groups.setdefault((f["verdict"], f["check"]), []).append(_line(f["message"]))
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
        f"{len(gate['checks'])} checks ({said or 'none'}); the whole report is `gate/report.json`.",
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
    return ["## Quarantine", intro, _table(("table", "reason", "rows"), rows)]


def _sources(manifest: Mapping[str, Any]) -> list[str]:
    rows = (
        (
            _linked(source["name"], source.get("homepage")),
            source["licence"],
            _from(source),
            f"`{source['digest'][:16]}`",
            _size(source["bytes"]),
            _line(source["citation"]),
        )
        for source in manifest["sources"]
    )
    head = ("source", "licence", "from", "content SHA-256", "size", "citation")
    return ["## Sources", _table(head, rows)]


def _parameters(manifest: Mapping[str, Any]) -> list[str]:
    """Return what was set when the version was made; a part or another form of it shows here."""
    told = manifest.get("parameters")
    if not told:
        return []
    rows = ((f"`{name}`", f"`{json.dumps(value)}`") for name, value in sorted(told.items()))
    intro = "What was set when it was made; another value makes another version."
    return ["## Parameters", intro, _table(("parameter", "value"), rows)]


def _licences(manifest: Mapping[str, Any]) -> list[str]:
    told = manifest["licences"]
    names = sorted({name for counts in told.values() for name in counts})
    if len(names) < 2:
        return []
    rows = ((f"`{t}`", *(f"{counts.get(n, 0):,}" for n in names)) for t, counts in told.items())
    by_column = [
        f"`{t}`" for t, table in manifest["tables"].items() if "licence" in table["columns"]
    ]
    where = (
        f" The column `licence` of {', '.join(by_column)} says it row by row." if by_column else ""
    )
    intro = f"The rows carry different licences.{where}"
    return ["## Licences", intro, _table(("table", *names), rows)]


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
            total = len(coverage["dimensions"])
            told.append(f"- {len(names)} of {total} dimensions {said}: {', '.join(names)}.")
    for classes in coverage["classes"]:
        for word, said in (("absent", "no row"), ("thin", f"under {classes['floor']} rows")):
            found = [c for c in classes["classes"] if c["verdict"] == word]
            if found:
                told.append(f"- {classes['name']}: {_named(found, classes)} ({said}).")
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
    untold = sum(counts.get("untold", 0) for counts in manifest["licences"].values())
    if untold:
        told.append(f"- For {untold:,} rows no licence is told.")
    return ["## Known limits", "\n".join(told)] if told else []


def _columns(manifest: Mapping[str, Any]) -> list[str]:
    parts = ["## Columns"]
    for name, table in manifest["tables"].items():
        rows = (
            (
                f"`{column}`",
                f"`{told['type']}`",
                told.get("unit", ""),
                "" if told.get("nullable", True) else "never null",
                told.get("description", ""),
            )
            for column, told in table["columns"].items()
        )
        key = ", ".join(f"`{column}`" for column in table["key"])
        parts += [
            f"### {name}",
            f"Key: {key}.",
            _table(("column", "type", "unit", "", "what it is"), rows),
        ]
    return parts


def _history(changes: str) -> list[str]:
    lines = [line for line in changes.strip().splitlines() if not line.startswith("# ")]
    text = "\n".join(f"#{line}" if line.startswith("## ") else line for line in lines).strip()
    return ["## History", text] if text else []


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    body = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body])


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _line(text: str) -> str:
    return " ".join(text.split())


def _from(source: Mapping[str, Any]) -> str:
    """Return where a source's exact bytes may be had: another dataset's version, the Hub, a link.

    The Hub is named with its revision.
    """
    if "version_of" in source:
        return f"version `{source['version_of']['version']}` of {source['version_of']['dataset']}"
    place: str | None = source["from"]
    if place is None:
        return "by hand"
    return f"`{place}`" if place.startswith("hf://") else f"[pinned file]({place})"


def _linked(name: str, url: str | None) -> str:
    return f"[{name}]({url})" if url else name


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _size(count: int) -> str:
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.2f} GB"
