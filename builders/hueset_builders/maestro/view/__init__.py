"""Performances, and each window of one: the mel image with the notes over it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response

from hueset.errors import UnknownNameError
from hueset_api import sound_pictures
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
    from hueset.store.store import StoredVersion

TITLE = "Look at the windows: mel images with their notes"
NAME = "maestro"
BASE = view_path(NAME)
HERE = Path(__file__).parent

router = APIRouter()

Performance = Annotated[str, Query(min_length=1, max_length=300)]
Window = Annotated[int, Query(ge=0, le=1_000_000)]


def offered(version: StoredVersion) -> bool:
    """Whether a version has windows to show."""
    return version.has_rows("windows")


@router.get("")
async def performances(request: Request, version: VersionQuery = None) -> Response:
    """List the performances."""

    def make(state: ServiceState, found: StoredVersion) -> CachedAnswer:
        rows = state.database.rows(
            found,
            "SELECT performance, composer, title, year, duration_s, windows, notes, split, "
            'audio_origin, first FROM "maestro"."performances" LEFT JOIN '
            '(SELECT performance, min("window") AS first FROM "maestro"."windows" GROUP BY 1) '
            "USING (performance) ORDER BY composer, title, performance",
        )
        for row in rows:
            # Silent windows are left out, and many a performance begins with one.
            first = row["first"]
            row["href"] = None if first is None else _href(row["performance"], first, version)
        return render_view(HERE, "performances.html", rows=rows, query=_query(version))

    return await answer_page(request, NAME, version, make)


@router.get("/window")
async def window(
    request: Request, performance: Performance, n: Window = 0, version: VersionQuery = None
) -> Response:
    """Show one window: the mel image, and over it the notes."""

    def make(state: ServiceState, found: StoredVersion) -> CachedAnswer:
        told = _window(state, found, performance, n)
        hop_samples = found.manifest.parameter("hop_samples", int)
        rate_hz = found.manifest.parameter("sample_rate_hz", int)
        seconds = max(told["valid_frames"], 1) * hop_samples / rate_hz
        label = f"{told['note_count']} notes over the mel image"
        around = state.database.rows(
            found,
            'SELECT max("window") FILTER (WHERE "window" < ?) AS before, '
            'min("window") FILTER (WHERE "window" > ?) AS after FROM "maestro"."windows" '
            "WHERE performance = ?",
            [n, n, performance],
        )[0]
        return render_view(
            HERE,
            "window.html",
            w=told,
            seconds=seconds,
            picture=service_link(f"{BASE}/mel.png?{_values(performance, n, version)}"),
            over=sound_pictures.notes_over_mel(
                told["notes"],
                seconds,
                found.manifest.parameter("mel_bands", int),
                rate_hz / 2,
                label,
            ),
            pitch=sound_pictures.pitch_name,
            before=None
            if around["before"] is None
            else _href(performance, around["before"], version),
            after=None if around["after"] is None else _href(performance, around["after"], version),
            query=_query(version),
        )

    return await answer_page(request, NAME, version, make)


@router.get("/mel.png")
async def mel_png(
    request: Request, performance: Performance, n: Window = 0, version: VersionQuery = None
) -> Response:
    """Return the mel image of a window as PNG."""

    def make(state: ServiceState, found: StoredVersion) -> CachedAnswer:
        told = _window(state, found, performance, n)
        data = sound_pictures.mel_png(told["mel"], told["valid_frames"])
        return CachedAnswer(data, "image/png")

    return await answer_page(request, NAME, version, make)


def _window(state: ServiceState, found: StoredVersion, performance: str, n: int) -> dict[str, Any]:
    rows = state.database.rows(
        found,
        'SELECT * FROM "maestro"."windows" WHERE performance = ? AND "window" = ? LIMIT 1',
        [performance, n],
    )
    if not rows:
        message = f"there is no window {n} of {performance!r}"
        raise UnknownNameError(message, hint=f"see {BASE}; silent windows are left out")
    return rows[0]


def _values(performance: str, n: int, version: str | None) -> str:
    values: dict[str, Any] = {"performance": performance, "n": n}
    return urlencode({**values, "version": version} if version else values)


def _href(performance: str, n: int, version: str | None) -> str:
    return service_link(f"{BASE}/window?{_values(performance, n, version)}")


def _query(version: str | None) -> str:
    return f"?version={quote(version, safe='')}" if version else ""
