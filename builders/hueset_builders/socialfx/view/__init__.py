"""Words for audio effects: a map of them by their curves, and the curves of chosen ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup

from hueset_api.views import (
    CachedAnswer,
    ServiceState,
    VersionQuery,
    answer_page,
    render_view,
    service_link,
    view_path,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.store.store import StoredVersion

TITLE = "Look at the words: a map, and the curves"
NAME = "socialfx"
BASE = view_path(NAME)
HERE = Path(__file__).parent
MOST = 2
"""So many words are compared at once."""

LABELLED = 34
"""So many words have their name on the map: those with the most contributions."""

router = APIRouter()

Word = Annotated[list[str] | None, Query(alias="term", max_length=10)]
Effect = Annotated[str, Query(pattern=r"^[a-z_]{1,32}$")]


def offered(version: StoredVersion) -> bool:
    """Whether a version has words to show."""
    return version.has_rows("terms")


@router.get("")
async def words(
    request: Request, effect: Effect = "eq", term: Word = None, version: VersionQuery = None
) -> Response:
    """Show the map of words of an effect, and the curves of the chosen ones."""

    def make(state: ServiceState, found: StoredVersion) -> CachedAnswer:
        return _words(state, found, effect, term or [], version)

    return await answer_page(request, NAME, version, make)


def _words(
    state: ServiceState, found: StoredVersion, effect: str, asked: list[str], version: str | None
) -> CachedAnswer:
    rows = state.database.rows(
        found,
        'SELECT * FROM "socialfx"."terms" WHERE effect = ? '
        "ORDER BY count DESC NULLS LAST, published_num DESC NULLS LAST, term",
        [effect],
    )
    effects = state.database.rows(
        found, 'SELECT effect, count(*) AS n FROM "socialfx"."terms" GROUP BY 1 ORDER BY 1'
    )
    known = {row["term"]: row for row in rows}
    chosen = [known[word] for word in dict.fromkeys(asked) if word in known][:MOST]
    chosen = chosen or rows[:1]
    names = [row["term"] for row in chosen]

    def to(*terms: str) -> str:
        pairs = [("effect", effect), *[("term", one) for one in terms]]
        pairs += [("version", version)] if version else []
        return service_link(f"{BASE}?{urlencode(pairs)}")

    return render_view(
        HERE,
        "words.html",
        effect=effect,
        effects=effects,
        rows=rows,
        chosen=chosen,
        missing=[word for word in asked if word not in known],
        word_map=_map(rows, names, to),
        curve=_curves(chosen),
        to=to,
        version=version or "",
        query=f"?version={quote(version, safe='')}" if version else "",
    )


def _map(rows: Sequence[dict[str, Any]], names: Sequence[str], to: Any) -> Markup:
    """Return the words as points: near each other where their curves are alike."""
    placed = [row for row in rows if row["map_x"] is not None and row["map_y"] is not None]
    placed.sort(key=lambda row: row["term"] not in names)
    if not placed:
        return Markup("")
    xs, ys = [row["map_x"] for row in placed], [row["map_y"] for row in placed]
    wide, tall = max(max(xs) - min(xs), 1e-9), max(max(ys) - min(ys), 1e-9)
    most = max([row["count"] or row["published_num"] or 1 for row in placed])
    boxes: list[tuple[float, float, float, float]] = []
    points, labels = [], 0
    for row in placed:
        x = round((row["map_x"] - min(xs)) / wide * 860 + 50, 1)
        y = round(540 - (row["map_y"] - min(ys)) / tall * 500, 1)
        n = row["count"] or row["published_num"] or 1
        radius = round(3 + math.sqrt(n / most) * 13, 1)
        is_chosen = row["term"] in names
        box = (x + radius, y - 8, x + radius + 7 * len(row["term"]), y + 5)
        free = not any(
            box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in boxes
        )
        text = Markup("")
        if is_chosen or (labels < LABELLED and free):
            boxes.append(box)
            labels += 1
            at = x + radius + 3
            text = Markup('<text x="{}" y="{}">{}</text>').format(at, y + 4, row["term"])
        other = [name for name in names if name != row["term"]]
        points.append(
            Markup(
                '<a href="{}" class="{}"><circle class="dot {}" cx="{}" cy="{}" r="{}">'
                "<title>{}: {} contributions</title></circle>{}</a>"
            ).format(
                to(row["term"], *other[:1]),
                "chosen" if is_chosen else "word",
                row["language"] or "",
                x,
                y,
                radius,
                row["term"],
                n,
                text,
            )
        )
    return Markup(
        '<svg class="map" viewBox="0 0 960 580" role="group" aria-label="{} words, near each other '
        'where their curves are alike">{}</svg>'
    ).format(len(placed), Markup("").join(reversed(points)))


def _curves(chosen: Sequence[dict[str, Any]]) -> Markup | None:
    """Return mean curves over frequency on a log scale, the spread shaded; None without bands."""
    with_bands = [row for row in chosen if row["band_centres_hz"]]
    if not with_bands:
        return None
    reach = max(
        abs(value) + (row["spread"][at] if row["spread"] else 0)
        for row in with_bands
        for at, value in enumerate(row["mean_curve"])
    )
    reach = max(reach, 1.0)

    def x(frequency: float) -> float:
        return float(round(40 + math.log(frequency / 20) / math.log(1000) * 700, 1))

    def y(value: float) -> float:
        return float(round(130 - value / reach * 110, 1))

    parts = [
        Markup(
            '<line class="gridline" x1="{0}" x2="{0}" y1="12" y2="248"/><text x="{0}" y="266" '
            'text-anchor="middle">{1}</text>'
        ).format(x(hz), said)
        for hz, said in ((50, "50 Hz"), (200, "200"), (1000, "1 kHz"), (5000, "5"), (15000, "15"))
    ]
    parts.append(
        Markup(
            '<line class="zero" x1="40" x2="750" y1="130" y2="130"/><text x="34" y="134" '
            'text-anchor="end">0</text><text x="34" y="24" text-anchor="end">{}</text>'
            '<text x="34" y="246" text-anchor="end">{}</text>'
        ).format(f"+{reach:.1f}", f"−{reach:.1f}")
    )
    for at, row in enumerate(with_bands):
        bands = row["band_centres_hz"]
        if row["spread"]:
            pairs = list(zip(bands, row["mean_curve"], row["spread"], strict=True))
            up = [f"{x(hz)} {y(mean + sd)}" for hz, mean, sd in pairs]
            down = [f"{x(hz)} {y(mean - sd)}" for hz, mean, sd in reversed(pairs)]
            parts.append(
                Markup('<path class="spread c{}" d="M{}Z"/>').format(at, "L".join([*up, *down]))
            )
        line = "L".join(
            f"{x(hz)} {y(value)}" for hz, value in zip(bands, row["mean_curve"], strict=True)
        )
        parts.append(Markup('<path class="c{}" d="M{}"/>').format(at, line))
    label = "mean curve of " + " and ".join(row["term"] for row in with_bands)
    return Markup(
        '<svg class="curve" viewBox="0 0 770 274" role="img" aria-label="{}">{}</svg>'
    ).format(label, Markup("").join(parts))
