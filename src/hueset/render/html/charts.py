"""Charts as SVG made on the server: no script, no style attribute, readable without colour.

Each verdict of coverage has a shape of its own: full (`trainable`), a low bar (`thin`), a band in
the middle (`neutral`), the upper half (`positive_only`), a line (`computed`), an empty outline
(`absent`). Every chart has a table beside it in the page.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from hueset.render.html.words import format_number, format_share, format_short_count, spoken_name
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.documents.coverage import DimensionCoverage, JudgedClass
    from hueset.documents.verdicts import CoverageVerdict

BIN_COUNT = 20

WRAP = 40
"""A strip with more cells than this is drawn in rows."""


def verdict_glyph(verdict: CoverageVerdict, size: int = 14) -> Markup:
    """Return the small shape of a coverage verdict."""
    return Markup(
        '<svg class="glyph g-{0}" viewBox="0 0 14 14" width="{1}" height="{1}" aria-hidden="true">'
        "{2}</svg>"
    ).format(verdict, size, _shape(verdict, 1, 1, 12, 12))


def verdict_strip(cells: Sequence[tuple[str, CoverageVerdict]], label: str) -> Markup:
    """Return one column per dimension: (name, verdict), in order, each with its shape.

    The columns share the width, so that the strip fits any card; a long list wraps into rows of
    small cells.
    """
    per_row = min(len(cells), WRAP)
    wide, tall, gap = (12, 34, 3) if len(cells) <= WRAP else (9, 9, 2)
    body = Markup("").join(
        Markup('<g class="g-{}"><title>{}: {}</title>{}</g>').format(
            verdict,
            spoken_name(name),
            spoken_name(verdict),
            _shape(
                verdict,
                at % per_row * (wide + gap) + 0.5,
                at // per_row * (tall + gap) + 1,
                wide,
                tall,
            ),
        )
        for at, (name, verdict) in enumerate(cells)
    )
    rows = math.ceil(len(cells) / max(per_row, 1))
    return Markup(
        '<svg class="strip{}" viewBox="0 0 {} {}" preserveAspectRatio="xMinYMid meet" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(
        " wrapped" if rows > 1 else "",
        max(per_row * (wide + gap) - gap + 1, 1),
        max(rows * (tall + gap) - gap + 2, 1),
        label,
        body,
    )


def class_cells(classes: Sequence[JudgedClass]) -> list[tuple[str, CoverageVerdict]]:
    """Return classes as the cells of a strip: (name, verdict)."""
    return [(one.class_name, one.verdict) for one in classes]


def floor_bar(n: int, floor: int, warn: int, top: int, verdict: CoverageVerdict) -> Markup:
    """Return a bar on a log scale from 1 to `top`, with the floors drawn as lines."""
    width, height = 200, 18

    def at(value: float) -> float:
        return round(math.log10(max(value, 1)) / math.log10(max(top, 10)) * width, 1)

    parts = [Markup('<rect class="track" x="0" y="5" width="{}" height="8" rx="4"/>').format(width)]
    if n:
        parts.append(
            Markup('<rect class="bar g-{}" x="0" y="5" width="{}" height="8" rx="4"/>').format(
                verdict, max(at(n), 3)
            )
        )
    for value, kind in ((floor, "floor"), (warn, "floor warn")):
        if 1 < value <= top:
            parts.append(
                Markup('<line class="{}" x1="{}" x2="{}" y1="0" y2="18"/>').format(
                    kind, at(value), at(value)
                )
            )
    label = f"{format_count(n, 'label')}; floor {floor:,}"
    return Markup(
        '<svg class="floorbar" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(width, height, label, Markup("").join(parts))


def label_histogram(dimension: DimensionCoverage) -> Markup:
    """Return the histogram of a dimension's labels, the neutral band shaded, the mean marked."""
    counts: Sequence[int] = dimension.histogram
    width, height, base = 300, 110, 92
    top = max(counts, default=0) or 1
    step = width / BIN_COUNT
    bars = []
    for at, count in enumerate(counts):
        tall = max(count / top * (base - 12), 1.5) if count else 0
        middle = 0.4 <= (at + 0.5) / BIN_COUNT <= 0.6
        if tall:
            bars.append(
                Markup(
                    '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5">'
                    "<title>{} to {}: {}</title></rect>"
                ).format(
                    "bin middle" if middle else "bin",
                    round(at * step + 1, 1),
                    round(base - tall, 1),
                    step - 2,
                    round(tall, 1),
                    format_number(at / BIN_COUNT),
                    format_number((at + 1) / BIN_COUNT),
                    format_number(count),
                )
            )
    mean = dimension.mean
    marker = (
        Markup('<path class="mean" d="M{} {}l-4 6h8z"/>').format(round(mean * width, 1), base + 2)
        if mean is not None
        else Markup("")
    )
    label = (
        f"{spoken_name(dimension.name)}: {format_count(dimension.n, 'label')} from 0 to 1, "
        f"mean {format_number(mean)}, "
        f"{format_share(dimension.neutral_band_share)} between .4 and .6"
    )
    return Markup(
        '<svg class="distribution" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">'
        '<rect class="band" x="{3}" y="0" width="{4}" height="{5}"/>'
        '<line class="axis" x1="0" x2="{0}" y1="{5}" y2="{5}"/>{6}{7}'
        '<text x="1" y="108">0</text><text x="150" y="108" text-anchor="middle">.5</text>'
        '<text x="299" y="108" text-anchor="end">1</text></svg>'
    ).format(width, height, label, width * 0.4, width * 0.2, base, Markup("").join(bars), marker)


def class_bars(classes: Sequence[JudgedClass], floor: int, top: int) -> Markup:
    """Return horizontal bars of a closed list of classes up to `top`, with the floor drawn."""
    top = max(top, floor, 1)
    height, left, width = 22, 132, 320
    parts = []
    for at, one in enumerate(classes):
        y = at * height
        long = one.n / top * width
        bar = Markup('<rect class="bar g-{}" x="{}" y="{}" width="{}" height="12" rx="3"/>').format(
            one.verdict, left, y + 4, round(max(long, 1.5), 1)
        )
        empty = Markup('<rect class="hollow" x="{}" y="{}" width="12" height="11" rx="3"/>').format(
            left + 0.5, y + 4.5
        )
        parts.append(
            Markup(
                '<g><title>{}: {} ({})</title><text class="label" x="{}" y="{}" text-anchor="end">'
                '{}</text>{}<text class="value" x="{}" y="{}">{}</text></g>'
            ).format(
                spoken_name(one.class_name),
                f"{one.n:,}",
                one.verdict,
                left - 8,
                y + 14,
                _clip_text(spoken_name(one.class_name), 18),
                bar if one.n else empty,
                left + max(long, 14) + 6,
                y + 14,
                format_short_count(one.n),
            )
        )
    line = round(left + floor / top * width, 1)
    total = len(classes) * height
    drawn = Markup('<line class="floor" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(line, total)
    return Markup(
        '<svg class="classes" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>'
    ).format(
        left + width + 52,
        total,
        f"rows of {len(classes)} classes; floor {floor:,}",
        Markup("").join(parts),
        drawn if floor else "",
    )


def share_bar(part: float | None, verdict: CoverageVerdict, label: str) -> Markup:
    """Return one bar from 0 to 100 %."""
    filled = (
        Markup('<rect class="bar g-{}" x="0" y="0" width="{}" height="8" rx="4"/>').format(
            verdict, round(max(part * 200, 3), 1)
        )
        if part
        else Markup("")
    )
    return Markup(
        '<svg class="sharebar" viewBox="0 0 200 8" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><rect class="track" x="0" y="0" width="200" height="8" rx="4"/>{}</svg>'
    ).format(label, filled)


def draw_sparkline(counts: Sequence[int], label: str) -> Markup:
    """Return a small histogram for a table of columns."""
    top = max(counts, default=0) or 1
    step = 100 / max(len(counts), 1)
    bars = Markup("").join(
        Markup('<rect class="bin" x="{}" y="{}" width="{}" height="{}"/>').format(
            round(at * step, 2),
            round(24 - max(n / top * 23, 1), 1),
            round(step * 0.86, 2),
            round(max(n / top * 23, 1), 1),
        )
        for at, n in enumerate(counts)
        if n
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(label, bars)


def heat_level(n: int, floor: int) -> int:
    """Return 0 (nothing) to 6: how dark a cell of the heatmap is, by magnitude over the floor."""
    if n <= 0:
        return 0
    if n < floor:
        return 1 if n < floor / 10 else 2
    return min(3 + int(math.log10(n / floor) * 1.5), 6)


def _shape(verdict: CoverageVerdict, x: float, y: float, width: float, height: float) -> Markup:
    outline = Markup(
        '<rect class="outline" x="{}" y="{}" width="{}" height="{}" rx="2.5"/>'
    ).format(x, y, width, height)
    top, filled = verdict.glyph
    if not filled:
        return outline
    return outline + Markup(
        '<rect class="fill" x="{}" y="{}" width="{}" height="{}" rx="{}"/>'
    ).format(
        x,
        round(y + top * height, 2),
        width,
        round(filled * height, 2),
        2.5 if filled == 1 else 1,
    )


def _clip_text(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
