"""The card of a version as Markdown: what it is, what it holds, what is known to be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from hueset.card.front import front_matter, ordered
from hueset.publish.tag import tag_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLACEHOLDER = "REPOSITORY"
"""What stands for the repository's name in the prose of a `card.md`."""

WORST = ("error", "fail", "warn", "pass")


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
        f"licence {manifest['licence']} · made by Hueset {manifest['written_by']['hueset']}",
        prose.strip().replace(PLACEHOLDER, f'"{repo}"'),
        *_tables(manifest),
        *_loading(manifest, repo),
        *_coverage(coverage),
        *_kinds(coverage),
        *_evidence(coverage),
        *_probe(probe),
        *_splits(manifest, gate),
        *_gate(gate),
        *_quarantine(manifest),
        *_sources(manifest),
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
    name = max(manifest["tables"], key=lambda table: len(manifest["tables"][table]["splits"]))
    tag = tag_of(manifest)
    return [
        "## How to load it",
        f'```python\nfrom datasets import load_dataset\n\n{name} = load_dataset("{repo}", '
        f'"{name}", revision="{tag}")\n```',
        f"A tag never moves: `{tag}` is exactly `{manifest['version']}`. A missing value is null, "
        "never 0 or a mean.",
    ]


def _coverage(coverage: Mapping[str, Any]) -> list[str]:
    parts = []
    if coverage["dimensions"]:
        rows = (
            (
                d["name"], f"{d['n']:,}", _number(d["mean"]), _number(d["sd"]),
                "–" if d["neutral_band_share"] is None else f"{d['neutral_band_share']:.0%}",
                d["verdict"], d["reason"],
            )
            for d in coverage["dimensions"]
        )  # fmt: skip
        head = ("dimension", "examples", "mean", "sd", "in .4–.6", "verdict", "reason")
        parts.append(_table(head, rows))
    for classes in coverage["classes"]:
        rows2 = ((c["class"], f"{c['n']:,}", c["verdict"]) for c in classes["classes"])
        parts.append(_table((classes["name"], "rows", "verdict"), rows2))
    if coverage["presence"]:
        rows3 = (
            (p["name"], f"{p['present']:,} of {p['n']:,}", p["verdict"])
            for p in coverage["presence"]
        )
        parts.append(_table(("what", "present", "verdict"), rows3))
    intro = (
        "How many labels there are, and whether they can be learned from: `absent` no example, "
        "`thin` too few, `neutral` too little variation, `trainable`"
        + (
            "; `positive_only` tags of one pole alone, `computed` no human label, only computed "
            "values."
            if any("evidence" in d for d in coverage["dimensions"])
            else "."
        )
    )
    return ["## Coverage", intro, *parts] if parts else []


def _kinds(coverage: Mapping[str, Any]) -> list[str]:
    rows = []
    for d in coverage["dimensions"]:
        if not d.get("label_kinds"):
            continue
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in d["label_kinds"].items())
        raters = d.get("raters") or {}
        spread = raters.get("mean_sd")
        rows.append(
            (
                d["name"],
                kinds,
                _number(raters.get("mean"), 1),
                _number(spread),
            )
        )
    if not rows:
        return []
    head = ("dimension", "kinds of label", "raters per label", "spread between raters (sd)")
    return ["## Who said so", _table(head, rows)]


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


def _probe(probe: Mapping[str, Any] | None) -> list[str]:
    """Return what a fast linear model makes of the labels, and what should not tell them."""
    if probe is None:
        return []
    rows = (
        (
            one["target"], f"{one['n']:,}", one["metric"], _number(one["value"]),
            _number(one["p_value"]), one["verdict"] or f"not measured: {one['why']}",
        )
        for one in probe["targets"]
    )  # fmt: skip
    intro = (
        f"A linear model on fixed features of {probe['rows']:,} rows, cross-validated over groups, "
        "against permuted labels; and whether source, length or split alone would tell the label."
    )
    told = [f"- **{one['verdict']}** {_line(one['message'])}" for one in probe["findings"]]
    head = ("target", "rows", "metric", "value", "p", "verdict")
    return ["## Can it be learned?", intro, _table(head, rows), "\n".join(told)]


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
    head = ("table", "split by", "never torn apart", "rows")
    return ["## Splits", _table(head, rows), "\n".join(proof)]


def _gate(gate: Mapping[str, Any]) -> list[str]:
    counts = {word: sum(c["verdict"] == word for c in gate["checks"]) for word in WORST}
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    findings = sorted(
        (f for f in gate["findings"] if f["verdict"] != "pass"),
        key=lambda f: WORST.index(f["verdict"]),
    )
    told = [f"- **{f['verdict']}** {_line(f['message'])}" for f in findings[:30]]
    if len(findings) > 30:
        told.append(f"- and {len(findings) - 30} more in `gate/report.json`")
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
            names = [c["class"] for c in classes["classes"] if c["verdict"] == word]
            if names:
                told.append(f"- {classes['name']}: {', '.join(names)} ({said}).")
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
        told.append(f"- The gate warns {warned} times; see above.")
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
