"""The curve of every word with its spread, and the map of the words of an effect, as SVG.

All curves of an effect share one picture of 400 × 160 units and one scale: bands stand at the
logarithm of their frequency; parameters of different units stand side by side, each on a scale of
its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.render.report.section import Material

WIDTH, HEIGHT, EDGE = 400.0, 160.0, 8.0
MAP_WIDTH, MAP_HEIGHT, MAP_EDGE = 1000.0, 700.0, 24.0
LETTER = 9.2
"""Width of a letter on the map."""

INSIDE = 0.995
"""The scale holds this share of all values; the few beyond are drawn at its edge."""


@dataclass(frozen=True)
class CurveWord:
    """A word of an effect, with its curve as a picture of its own."""

    anchor: str
    term: str
    language: str | None
    given: int | None
    given_said: str
    enough: bool | None
    separability: float | None
    near: Sequence[tuple[str, str, float]]
    values: Sequence[tuple[str, float, float | None]]
    curve: Markup


@dataclass(frozen=True)
class Effect:
    """The words of one effect, their map, and what the scales of their pictures say.

    Attributes
    ----------
    ticks
        Of the horizontal scale: (share of the width, what stands there).
    low, high
        Of the vertical scale, with its unit; None where every parameter has a scale of its own.
    spread
        How many words have a spread.
    """

    name: str
    aggregations: Sequence[str]
    words: Sequence[CurveWord]
    word_map: Markup
    ticks: Sequence[tuple[float, str]]
    low: float | None
    high: float | None
    unit: str
    spread: int


@dataclass(frozen=True)
class _Scale:
    across: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]

    def y(self, at: int, value: float) -> float:
        span = self.high[at] - self.low[at] or 1.0
        share = min(max((value - self.low[at]) / span, 0.0), 1.0)
        return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)


def effects_with_words(material: Material) -> list[Effect]:
    """Return every effect that has words, those given most often first."""
    rows = material.rows(
        'SELECT * FROM "socialfx"."terms" '
        "ORDER BY effect, coalesce(count, published_num, 0) DESC, term"
    )
    names = list(dict.fromkeys(row["effect"] for row in rows))
    return [_effect(name, [row for row in rows if row["effect"] == name]) for name in names]


def _effect(name: str, rows: Sequence[dict[str, Any]]) -> Effect:
    # Words of one effect are drawn on one scale, so they must have the same parameters.
    first = rows[0]
    alike = [row for row in rows if row["parameter_names"] == first["parameter_names"]]
    units, bands = first["parameter_units"], first["band_centres_hz"]
    scale = _scale(alike, bands, one=len(set(units)) == 1)
    anchors = {row["term"]: f"word-{name}-{at}" for at, row in enumerate(alike)}
    one = len(set(units)) == 1
    return Effect(
        name=name,
        aggregations=sorted({row["aggregation"] for row in alike}),
        words=[_word(row, anchors, scale, dots=not bands) for row in alike],
        word_map=_map(alike, anchors, name),
        ticks=_ticks(bands, first["parameter_names"], scale),
        low=scale.low[0] if one else None,
        high=scale.high[0] if one else None,
        unit=(units[0] or "") if one else "",
        spread=sum(row["spread"] is not None for row in alike),
    )


def _scale(rows: Sequence[dict[str, Any]], bands: Sequence[float] | None, *, one: bool) -> _Scale:
    count = len(rows[0]["mean_curve"])
    seen: list[list[float]] = [[] for _ in range(count)]
    for row in rows:
        for at, value in enumerate(row["mean_curve"]):
            spread = row["spread"][at] if row["spread"] else 0.0
            seen[at] += [value - spread, value + spread] if spread else [value]
    if one:
        seen = [[value for column in seen for value in column]] * count
    ordered = [sorted(column) for column in seen]
    low = [column[int(len(column) * (1 - INSIDE))] for column in ordered]
    high = [column[-1 - int(len(column) * (1 - INSIDE))] for column in ordered]
    if bands:
        left, right = math.log(bands[0]), math.log(bands[-1])
        shares = [(math.log(band) - left) / ((right - left) or 1.0) for band in bands]
    else:
        shares = [(at + 0.5) / count for at in range(count)]
    return _Scale([round(share * WIDTH, 1) for share in shares], low, high)


def _ticks(
    bands: Sequence[float] | None, names: Sequence[str], scale: _Scale
) -> list[tuple[float, str]]:
    if not bands:
        return [
            (x / WIDTH, name.replace("_", " ")) for x, name in zip(scale.across, names, strict=True)
        ]
    left, right = math.log(bands[0]), math.log(bands[-1])
    marks = ((50, "50 Hz"), (200, "200 Hz"), (1000, "1 kHz"), (5000, "5 kHz"))
    return [
        (round((math.log(hertz) - left) / (right - left), 4), text)
        for hertz, text in marks
        if bands[0] <= hertz <= bands[-1]
    ]


def _describe_frequency(row: Mapping[str, Any]) -> str:
    """Say how often a word was given; the published `num` is no count, and is named as it is."""
    if row["count"] is not None:
        return f"{row['count']:,} contribution{'s'[: row['count'] > 1]}"
    if row["published_num"] is None:
        return ""
    return f"published num {row['published_num']:,}, no count of contributions"


def _word(
    row: Mapping[str, Any], anchors: Mapping[str, str], scale: _Scale, *, dots: bool
) -> CurveWord:
    spread = row["spread"] or [None] * len(row["mean_curve"])
    return CurveWord(
        anchor=anchors[row["term"]],
        term=row["term"],
        language={"en": "English", "es": "Spanish"}.get(row["language"], row["language"]),
        given=row["count"] if row["count"] is not None else row["published_num"],
        given_said=_describe_frequency(row),
        enough=row["enough_examples"],
        separability=row["separability"],
        near=[
            (near["term"], anchors[near["term"]], near["distance"])
            for near in row["neighbours"] or []
            if near["term"] in anchors
        ],
        values=list(zip(row["parameter_names"], row["mean_curve"], spread, strict=True)),
        curve=_curve(row, scale, dots=dots),
    )


def _curve(row: Mapping[str, Any], scale: _Scale, *, dots: bool) -> Markup:
    mean, spread = row["mean_curve"], row["spread"]
    points = [
        f"{x:g} {scale.y(at, value):g}"
        for at, (x, value) in enumerate(zip(scale.across, mean, strict=True))
    ]
    band = Markup("")
    if spread:
        upper = [
            f"{x:g} {scale.y(at, mean[at] + spread[at]):g}" for at, x in enumerate(scale.across)
        ]
        lower = [
            f"{x:g} {scale.y(at, mean[at] - spread[at]):g}" for at, x in enumerate(scale.across)
        ]
        band = Markup('<path class="spread" d="M{}Z"/>').format("L".join([*upper, *lower[::-1]]))
    zero = Markup("")
    if not dots and scale.low[0] < 0 < scale.high[0]:
        zero = Markup('<path class="zero" d="M0 {0}H400"/>').format(scale.y(0, 0.0))
    marks = Markup("").join(
        Markup('<path class="knob" d="M{}h0"/>').format(point) for point in (points if dots else ())
    )
    label = f"{row['term']}: {'mean and spread' if spread else 'mean'} of {len(mean)} parameters"
    return Markup(
        '<svg class="curve" viewBox="0 0 400 160" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}{}<path class="mean" d="M{}"/>{}</svg>'
    ).format(label, zero, band, "L".join(points), marks)


def _map(rows: Sequence[Mapping[str, Any]], anchors: Mapping[str, str], name: str) -> Markup:
    """Return the words in their plane; a name is written where it covers no other."""
    placed = [row for row in rows if row["map_x"] is not None]
    if not placed:
        return Markup("")
    across = [row["map_x"] for row in placed]
    up = [row["map_y"] for row in placed]
    wide, tall = (max(across) - min(across)) or 1.0, (max(up) - min(up)) or 1.0
    written: list[tuple[float, float, float, float]] = []
    dots = []
    for row in placed:
        x = round(
            MAP_EDGE + (row["map_x"] - min(across)) / wide * (MAP_WIDTH - 2 * MAP_EDGE - 90), 1
        )
        y = round(
            MAP_HEIGHT - MAP_EDGE - (row["map_y"] - min(up)) / tall * (MAP_HEIGHT - 2 * MAP_EDGE), 1
        )
        given = row["count"] if row["count"] is not None else row["published_num"]
        radius = round(4 + min(math.sqrt(given or 1) / 2.5, 9), 1)
        box = (x - radius, y - 10, x + radius + 8 + LETTER * len(row["term"]), y + 10)
        free = not any(_touch(box, other) for other in written)
        if free:
            written.append(box)
        label = Markup('<text x="{}" y="{}">{}</text>').format(
            round(x + radius + 3, 1), round(y + 5.5, 1), row["term"]
        )
        dots.append(
            Markup(
                '<a href="#{}" aria-label="{}"><circle class="dot {}" cx="{}" cy="{}" r="{}"/>{}'
                "<title>{}</title></a>"
            ).format(
                anchors[row["term"]],
                row["term"],
                row["language"] or "",
                x,
                y,
                radius,
                label if free else "",
                row["term"],
            )
        )
    return Markup(
        '<svg class="wordmap" viewBox="0 0 1000 700" role="group" aria-label="{}">{}</svg>'
    ).format(f"map of {len(placed)} words for {name}", Markup("").join(dots))


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
