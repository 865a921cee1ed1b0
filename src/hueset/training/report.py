"""A run as one HTML page that needs nothing else: coverage before, curves, what was learned."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDE, HIGH, LEFT, BELOW, ABOVE = 420, 200, 48, 26, 10

FEW = 12
"""So many targets that were not trained are listed one by one; more are named in a line."""

STYLE = """
:root { --ink: #1f2328; --soft: #59636e; --line: #d8dee4; --page: #fff; --good: #18794e;
--fair: #8a6100; --bad: #b42318; --train: #8c959f; --held: #0b62c4 }
@media (prefers-color-scheme: dark) { :root { --ink: #d8dee4; --soft: #9aa4af; --line: #343b43;
--page: #14171a; --good: #4ac28a; --fair: #d8a72c; --bad: #ff8a7d; --train: #6b7580;
--held: #62a8f5 } }
* { box-sizing: border-box } body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
max-width: 68rem; padding: 0 1rem; color: var(--ink); background: var(--page) }
h1 { font-size: 1.45rem; margin: 0; overflow-wrap: anywhere } h2 { font-size: 1.1rem;
margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: .92rem }
td, th { padding: .25rem .9rem .25rem 0; text-align: left; vertical-align: top }
th { font-weight: 600; white-space: nowrap } tr + tr td { border-top: 1px solid var(--line) }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
code { font-size: .85em; overflow-wrap: anywhere } .dim, figcaption, text { color: var(--soft);
fill: var(--soft) } .learned, .finished, .trainable, .pass { color: var(--good) }
.weak, .warn, .thin, .neutral { color: var(--fair) }
.stuck, .failed, .absent, .interrupted { color: var(--bad) } b[class] { font-weight: 600 }
td:last-child:not(.n) { min-width: 13rem } .map { max-width: 34rem; margin: 1rem 0 }
.many { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem }
figure { margin: 0 } figure svg { width: 100%; height: auto } figcaption { font-size: .85rem }
.train { stroke: var(--train); fill: var(--train) } .held { stroke: var(--held);
fill: var(--held) } polyline.train, polyline.held { fill: none }
"""


def render_run(document: Mapping[str, Any], pictures: Sequence[str] = ()) -> str:
    """Return the page of a run's document.

    Parameters
    ----------
    document
        The run's document.
    pictures
        Drawings that the run made, as SVG; they are put in as they are.
    """
    title = f"{document['task']} on {document['dataset']} {document['version']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{_summary(document)}</p>",
        "<h2>Before: what the version lets one learn</h2>",
        *_before(document),
        "<h2>After: what was learned, on held-out rows</h2>",
        _table(
            (
                "target",
                "verdict",
                "#rows",
                "metric",
                "#value",
                "#baselines",
                "#skill",
                "#p",
                "#sd, labels'",
                "why",
            ),
            _after(document),
        ),
        "<p class=dim>Skill is 0 for the baseline in bold and 1 for perfect; p is the share of "
        "label permutations that did as well; sd is that of the predictions, beside the labels'."
        "</p>"
        if document.get("outcomes")
        else "",
        *_left_out(document),
        "<h2>Findings</h2>",
        *_findings(document),
        *(f"<div class=map>{picture}</div>" for picture in pictures),
        "<h2>Loss</h2>",
        _curves(document.get("curves", [])),
        "<h2>What it stands on</h2>",
        _table(("", ""), _provenance(document)),
    ]
    head = (
        "<meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
    )
    body = "\n".join(part for part in parts if part)
    return f"<!doctype html>\n<html lang=en>{head}<body>\n{body}\n</body></html>\n"


def _summary(document: Mapping[str, Any]) -> str:
    took = "" if document["seconds"] is None else f" in {document['seconds']:,.1f} s"
    verdicts = [one["verdict"] for one in document.get("outcomes", [])]
    told = [
        f"{verdicts.count(word)} {_word(word)}"
        for word in ("learned", "weak", "stuck")
        if word in verdicts
    ]
    said = f"{_word(document['status'])}{took}" + (": " + ", ".join(told) if told else "")
    if not document["reason"]:
        return said
    reason = document["reason"].partition(": ")[0] if verdicts else document["reason"]
    return f"{said}<br>{escape(reason)}"


def _before(document: Mapping[str, Any]) -> Iterable[str]:
    trained = set(document.get("trained", ()))
    found = document.get("before", ())
    other = [one for one in found if one["name"] not in trained]
    shown = found if len(other) <= FEW else [one for one in found if one["name"] in trained]
    if document.get("waiver"):
        yield f"<p>{_word('warn')} under a waiver: {escape(document['waiver']['why'])}</p>"
    yield _table(
        ("target", "coverage", "#labels", "trained", "why"),
        (
            (
                escape(one["name"]),
                _word(one["verdict"]),
                f"{one['n']:,}",
                "yes" if one["name"] in trained else "no",
                escape(one["reason"]),
            )
            for one in shown
        ),
    )
    if len(shown) < len(found):
        for word in dict.fromkeys(one["verdict"] for one in other):
            names = ", ".join(escape(one["name"]) for one in other if one["verdict"] == word)
            yield f"<p>not trained, {_word(word)}: {names}</p>"
    for one in document.get("refused_stages", ()):
        yield f"<p>stage {escape(', '.join(one['stage']))} refused: {escape(one['reason'])}</p>"


def _after(document: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for one in document.get("outcomes", ()):
        baselines = "<br>".join(
            f"<b>{escape(k)} {_number(v)}</b>"
            if k == one["against"]
            else f"{escape(k)} {_number(v)}"
            for k, v in one["baselines"].items()
        )
        yield (
            escape(one["target"]),
            _word(one["verdict"]),
            f"{one['n']:,}",
            escape(one["metric"]),
            _number(one["value"]),
            baselines,
            _number(one["skill"]),
            _number(one["p_value"]),
            f"{_number(one['sd_predictions'])}, {_number(one['sd_labels'])}",
            escape(one["why"]),
        )


def _left_out(document: Mapping[str, Any]) -> Iterable[str]:
    for name, why in document.get("left_out", {}).items():
        yield f"<p>{escape(name)} was left out early: {escape(why)}</p>"


def _findings(document: Mapping[str, Any]) -> Iterable[str]:
    found = document.get("findings", ())
    yield _table(
        ("", "what", "says"),
        (
            (_word(one["verdict"]), f"<code>{escape(one['code'])}</code>", escape(one["message"]))
            for one in found
        ),
    )
    for one in found:
        rows = one.get("rows")
        if isinstance(rows, list) and rows:
            yield f"<h3>{escape(one['code'])}</h3>"
            heads = [k if isinstance(v, str) else f"#{k}" for k, v in rows[0].items()]
            yield _table(heads, ([_cell(v) for v in row.values()] for row in rows))
        if one.get("confusion"):
            names = [escape(name.partition(":")[2] or name) for name in one["classes"]]
            yield f"<h3>{escape(one['code'])}: truth by row, said by column</h3>"
            yield _table(
                ("", *(f"#{name}" for name in names)),
                (
                    [name, *(f"{count:,}" for count in row)]
                    for name, row in zip(names, one["confusion"], strict=True)
                ),
            )
        if one.get("failed"):
            yield f"<h3>{escape(one['target'])}: obvious cases that failed</h3>"
            yield _table(
                ("kind", "should be higher, or equal", "than"),
                ([escape(case["kind"]), *map(escape, case["texts"])] for case in one["failed"]),
            )


def _provenance(document: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    keys = (
        "id",
        "dataset",
        "version",
        "manifest_sha256",
        "data_sha256",
        "code_sha256",
        "facts_sha256",
        "request_digest",
        "seed",
        "started_at",
        "finished_at",
        "seconds",
    )
    for key in keys:
        yield escape(key), _code(document[key])
    for one in document["companions"]:
        said = f"{one['dataset']} {one['version']}, data {one['data_sha256']}"
        yield "also read", _code(said)
    for part in ("settings", "options"):
        for key, value in document["request"][part].items():
            yield escape(f"{part}: {key}"), _code(value)
    for key, value in document.get("environment", {}).items():
        yield escape(key), _code(value)


def _curves(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return one drawing for each target: training and validation loss over the steps."""
    drawn = [
        _curve(target, mine)
        for target in dict.fromkeys(row["target"] for row in rows)
        for mine in [[r for r in rows if r["target"] == target and r["loss"] is not None]]
        if mine
    ]
    if not drawn:
        return "<p class=dim>no epoch came to an end</p>"
    legend = (
        '<p class=dim><span class=train style="color: var(--train)">●</span> training '
        '<span style="color: var(--held)">●</span> validation, mean of an epoch</p>'
    )
    return f"{legend}<div class=many>{''.join(drawn)}</div>"


def _curve(target: str, rows: Sequence[Mapping[str, Any]]) -> str:
    steps = max(row["step"] for row in rows) or 1
    low, high = min(row["loss"] for row in rows), max(row["loss"] for row in rows)
    span = (high - low) or 1.0
    low, high = low - 0.05 * span, high + 0.05 * span

    def place(row: Mapping[str, Any]) -> tuple[float, float]:
        across = LEFT + row["step"] / steps * (WIDE - LEFT - ABOVE)
        return across, ABOVE + (high - row["loss"]) / (high - low) * (HIGH - ABOVE - BELOW)

    bottom = HIGH - BELOW
    parts = [
        f'<path d="M{LEFT},{ABOVE}V{bottom}H{WIDE - ABOVE}" fill="none" stroke="var(--line)"/>',
        f'<text x="{LEFT - 4}" y="{ABOVE + 8}" text-anchor="end">{high:.3g}</text>',
        f'<text x="{LEFT - 4}" y="{bottom}" text-anchor="end">{low:.3g}</text>',
        f'<text x="{WIDE - ABOVE}" y="{HIGH - 8}" text-anchor="end">{steps:,} steps</text>',
    ]
    for split, kind in (("train", "train"), ("validation", "held")):
        points = [place(row) for row in rows if row["split"] == split]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="{kind}" stroke-width="2" points="{line}"/>')
        parts += [f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points]
    said = f"{escape(target)}: loss over {format_count(steps, 'step')}"
    return (
        f'<figure><svg viewBox="0 0 {WIDE} {HIGH}" font-size="11" role="img" aria-label="{said}">'
        f"{''.join(parts)}</svg><figcaption>{escape(target)}</figcaption></figure>"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a column whose name begins with # holds numbers."""
    numbers = [name.startswith("#") for name in head]
    kinds = [" class=n" if number else "" for number in numbers]
    top = "".join(
        f"<th{kind}>{name.removeprefix('#')}</th>" for kind, name in zip(kinds, head, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    heading = f"<tr>{top}</tr>" if any(head) else ""
    return (
        f"<div class=wide><table>{heading}{body}</table></div>" if body else "<p class=dim>none</p>"
    )


def _word(word: str | None) -> str:
    return "–" if word is None else f'<b class="{escape(word)}">{escape(word)}</b>'


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _cell(value: str | float | None) -> str:
    if isinstance(value, str):
        return escape(value)
    return f"{value:,}" if isinstance(value, int) else _number(value)


def _code(value: object) -> str:
    return "–" if value is None else f"<code>{escape(str(value))}</code>"
