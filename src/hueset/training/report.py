"""A run as one HTML page that needs nothing else: coverage before, curves, what was learned."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDE, HIGH, EDGE = 640, 240, 40

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; color: #222 }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left }
.learned, .finished, .trainable, .pass { color: #18794e } .weak, .warn, .thin, .neutral
{ color: #946800 } .stuck, .failed, .absent { color: #b42318 } .dim { color: #667 }
svg { max-width: 100% } @media (prefers-color-scheme: dark) { body { background: #15171a;
color: #ddd } .dim { color: #99a } }
"""


def page(document: Mapping[str, Any]) -> str:
    """Return the page of a run's document."""
    title = f"{document['task']} on {document['dataset']} {document['version']}"
    reason = f"<p>{escape(document['reason'])}</p>" if document["reason"] else ""
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{_word(document['status'])}</p>{reason}",
        "<h2>Before</h2>",
        _table(("target", "coverage", "labels", "trained", "why"), _before(document)),
        "<h2>After</h2>",
        _table(
            ("target", "verdict", "held-out rows", "metric", "value", "baselines", "skill", "p",
             "sd of predictions", "why"),
            _after(document),
        ),
        "<h2>Curves</h2>",
        *_curves(document.get("curves", [])),
        "<h2>Findings</h2>",
        _table(("", "what", "says"), _findings(document)),
        "<h2>What it stands on</h2>",
        _table(("", ""), _provenance(document)),
    ]  # fmt: skip
    head = f"<meta charset=utf-8><title>{escape(title)}</title><style>{STYLE}</style>"
    return (
        f"<!doctype html>\n<html lang=en>{head}<body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _before(document: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    trained = set(document.get("trained", ()))
    for one in document.get("before", ()):
        said = "yes" if one["name"] in trained else "no"
        yield (escape(one["name"]), _word(one["verdict"]), f"{one['n']:,}", said,
               escape(one["reason"]))  # fmt: skip


def _after(document: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for one in document.get("outcomes", ()):
        baselines = ", ".join(f"{escape(k)} {_number(v)}" for k, v in one["baselines"].items())
        yield (escape(one["target"]), _word(one["verdict"]), f"{one['n']:,}", one["metric"],
               _number(one["value"]), baselines, _number(one["skill"]), _number(one["p_value"]),
               _number(one["sd_predictions"]), escape(one["why"]))  # fmt: skip


def _findings(document: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for one in document.get("findings", ()):
        yield _word(one["verdict"]), escape(one["code"]), escape(one["message"])


def _provenance(document: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    keys = ("id", "dataset", "version", "manifest_sha256", "data_sha256", "code_sha256",
            "request_digest", "seed", "started_at", "finished_at", "seconds")  # fmt: skip
    for key in keys:
        yield escape(key), escape("–" if document[key] is None else str(document[key]))
    for part in ("settings", "options"):
        for key, value in document["request"][part].items():
            yield escape(key), escape(str(value))


def _curves(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """Yield one drawing for each target: training loss drawn thin, validation loss thick."""
    for target in dict.fromkeys(row["target"] for row in rows):
        mine = [row for row in rows if row["target"] == target and row["loss"] is not None]
        if not mine:
            continue
        steps = max(row["step"] for row in mine) or 1
        top = max(row["loss"] for row in mine) or 1.0
        lines = []
        for split, width in (("train", 1), ("validation", 2.5)):
            points = " ".join(
                f"{EDGE + row['step'] / steps * (WIDE - 2 * EDGE):.1f},"
                f"{HIGH - EDGE - row['loss'] / top * (HIGH - 2 * EDGE):.1f}"
                for row in mine
                if row["split"] == split
            )
            lines.append(
                f'<polyline fill="none" stroke="currentColor" stroke-width="{width}" '
                f'points="{points}"><title>{split}</title></polyline>'
            )
        said = f"{escape(target)}: loss from 0 to {top:.4g} over {steps:,} steps"
        yield (
            f'<figure><svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{said}">'
            f"{''.join(lines)}</svg><figcaption class=dim>{said}; thin is training, thick is "
            "validation</figcaption></figure>"
        )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{name}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>" if body else "<p class=dim>none</p>"


def _word(word: str | None) -> str:
    return "–" if word is None else f'<span class="{escape(word)}">{escape(word)}</span>'


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
