"""The card of a version, generated from its manifest: no number in it is typed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def render_card(
    manifest: Mapping[str, Any],
    coverage: Mapping[str, Any],
    gate: Mapping[str, Any],
    prose: str,
) -> str:
    """Return the card as Markdown.

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
    """
    sample = " (embedded sample, not the dataset)" if manifest["sample"] else ""
    parts = [
        f"# {manifest['title']}{sample}",
        manifest["summary"].strip(),
        f"Version `{manifest['version']}` · gate **{manifest['verdict']}** · "
        f"licence {manifest['licence']}",
        prose.strip(),
        "## Tables",
        _table(
            ("table", "rows", "splits", "what it holds"),
            (
                (
                    f"`{name}`",
                    f"{table['rows']:,}",
                    ", ".join(f"{split} {rows:,}" for split, rows in table["splits"].items()),
                    table["description"],
                )
                for name, table in manifest["tables"].items()
            ),
        ),
        *_coverage(coverage),
        "## Gate",
        *[f"- **{f['verdict']}** {f['message']}" for f in gate["findings"][:20]],
        "## Quarantine",
        _table(
            ("table", "reason", "rows"),
            (
                (table, reason, f"{count:,}")
                for table, reasons in manifest["quarantine"].items()
                for reason, count in reasons.items()
            ),
        ),
        "## Sources",
        _table(
            ("source", "licence", "citation", "content"),
            (
                (s["name"], s["licence"], s["citation"], f"`{s['digest'][:12]}`")
                for s in manifest["sources"]
            ),
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _coverage(coverage: Mapping[str, Any]) -> list[str]:
    parts = ["## Coverage"]
    if coverage["dimensions"]:
        rows = (
            (d["name"], f"{d['n']:,}", d["verdict"], d["reason"]) for d in coverage["dimensions"]
        )
        parts.append(_table(("dimension", "examples", "verdict", "reason"), rows))
    for classes in coverage["classes"]:
        rows2 = ((c["class"], f"{c['n']:,}", c["verdict"]) for c in classes["classes"])
        parts.append(_table((classes["name"], "rows", "verdict"), rows2))
    if coverage["presence"]:
        rows3 = (
            (p["name"], f"{p['present']:,} of {p['n']:,}", p["verdict"])
            for p in coverage["presence"]
        )
        parts.append(_table(("what", "present", "verdict"), rows3))
    return parts if len(parts) > 1 else []


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    if not body:
        return "none"
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body])
