"""The data itself: rows, statistics, media, quarantine, and the papers of a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Path, Query, Request, Response

from hueset.build.quarantine import browse_quarantine
from hueset.errors import UnknownNameError, sentence_of
from hueset.store import diff as differences
from hueset_api import media, models
from hueset_api import row_pages as reading
from hueset_api.caching import YEAR, CachedAnswer, matches_etag
from hueset_api.columns import default_table, plain_json
from hueset_api.parameters import (
    DatasetName,
    Limit,
    Offset,
    VersionPath,
    VersionQuery,
    full_version,
    problem_responses,
)
from hueset_api.problems import BrokenVersionError, UnsatisfiableRangeError, problem_response
from hueset_api.state import state_of

if TYPE_CHECKING:
    from hueset_api.version_index import IndexedVersion

router = APIRouter(prefix="/v1/datasets/{name}", tags=["data"])

BAD = problem_responses(400, 404, 422, 503, 504)
NAME = r"^[a-z][a-z0-9_]{0,63}$"
TableQuery = Annotated[
    str | None, Query(pattern=NAME, description="The table; by default the first.")
]
MediaTable = Annotated[
    str | None, Query(pattern=NAME, description="The table; by default the first with media.")
]
MediaColumn = Annotated[
    str | None,
    Query(pattern=NAME, description="The column of audio or MIDI; by default the first."),
]
Reason = Annotated[
    str | None, Query(pattern=NAME, description="Only rows that were refused for this reason.")
]
Columns = Annotated[
    str | None,
    Query(
        max_length=4000,
        pattern=r"^[a-z0-9_, ]*$",
        description="Columns, separated by commas; by default all but arrays.",
    ),
]
Filters = Annotated[
    list[str] | None,
    Query(
        alias="filter",
        max_length=20,
        description="`column:operator:value`, repeatable; operators: eq, ne, lt, le, gt, "
        "ge, contains, null, notnull.",
        examples=[["split:eq:train"]],
    ),
]
Find = Annotated[
    str | None, Query(max_length=500, description="A key or an id that a row must have.")
]


@router.get("/rows", response_model=models.RowsModel, responses=BAD)
async def rows(
    request: Request,
    name: DatasetName,
    table: TableQuery = None,
    filters: Filters = None,
    find: Find = None,
    columns: Columns = None,
    limit: Limit = 50,
    offset: Offset = 0,
    version: VersionQuery = None,
) -> Response:
    """Return a page of rows; media are links, arrays are omitted unless asked for by name."""
    state = state_of(request)

    def make() -> dict[str, Any]:
        found = state.open(name, version)
        ask = reading.Ask(
            table=table or default_table(found.version),
            filters=tuple(filters or ()),
            find=find,
            columns=tuple(c.strip() for c in (columns or "").split(",") if c.strip()),
            limit=limit,
            offset=offset,
        )
        return reading.read_row_page(state.database, found.version, ask)

    return await state.document(request, name, make, queries=True)


@router.get("/statistics", response_model=models.Statistics, responses=BAD)
async def statistics_(
    request: Request, name: DatasetName, table: TableQuery = None, version: VersionQuery = None
) -> Response:
    """Return nulls, distinct values, quantiles, histogram, lengths and durations per column."""
    state = state_of(request)

    def make() -> dict[str, Any]:
        found = state.open(name, version)
        return state.statistics_of(found.version, table or default_table(found.version))

    return await state.document(request, name, make, queries=True)


@router.get(
    "/media/{key:path}",
    response_class=Response,
    responses={
        **problem_responses(400, 404, 416, 422, 503, 504),
        200: {"content": {"*/*": {}}, "description": "The bytes: FLAC, MIDI, …"},
        206: {"content": {"*/*": {}}, "description": "The part that was asked for."},
        304: {"description": "You have it."},
    },
)
async def media_(
    request: Request,
    name: DatasetName,
    key: Annotated[str, Path(min_length=1, max_length=500, description="The row's key.")],
    table: MediaTable = None,
    column: MediaColumn = None,
    version: VersionQuery = None,
) -> Response:
    """Return the audio or MIDI of a row, whole or the requested range."""
    state = state_of(request)
    found = await anyio.to_thread.run_sync(state.open, name, version)
    data = await state.database.run(
        media.fetch_media, state.database, found.version, table, column, key
    )
    etag = media.etag_of(data)
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        # A bare `1.0.0`, or `latest`, may be another version tomorrow.
        "Cache-Control": YEAR if full_version(version) else "no-cache",
        "Content-Disposition": "inline",
    }
    known = ",".join(request.headers.getlist("if-none-match"))
    if known and matches_etag(known.encode("latin-1"), etag.encode()):
        return Response(status_code=304, headers=headers)
    try:
        part = media.part_of(
            request.headers.get("range"), request.headers.get("if-range"), etag, len(data)
        )
    except UnsatisfiableRangeError as error:
        size = {"Content-Range": f"bytes */{len(data)}"}
        return problem_response(416, error.message, code=error.code, headers=size)
    kind = media.media_type(data)
    if part is None:
        return Response(data, 200, headers, kind)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    return Response(data[part.start : part.stop], 206, headers, kind)


@router.get("/diff/{old}/{new}", response_model=models.Difference, responses=BAD)
async def diff(request: Request, name: DatasetName, old: VersionPath, new: VersionPath) -> Response:
    """Return what changed between two versions: schema, rows by key, coverage, sources, gate."""
    state = state_of(request)

    def make() -> dict[str, Any]:
        before, after = state.open(name, old), state.open(name, new)
        told: dict[str, Any] = plain_json(differences.diff_versions(before.version, after.version))
        return told

    return await state.document(request, name, make, queries=True)


@router.get("/quarantine", response_model=models.RefusedRowsPage, responses=BAD)
async def quarantine(
    request: Request,
    name: DatasetName,
    table: TableQuery = None,
    reason: Reason = None,
    limit: Limit = 50,
    offset: Offset = 0,
    version: VersionQuery = None,
) -> Response:
    """Return the refused rows: source, key, reason, value found and value expected."""
    state = state_of(request)

    def make() -> dict[str, Any]:
        found = state.open(name, version).version
        told = browse_quarantine(found, table=table, reason=reason, limit=limit, offset=offset)
        rows = plain_json(told.pop("rows"))
        return {**told, "limit": limit, "offset": offset, "rows": rows}

    return await state.document(request, name, make, queries=True)


@router.get("/report", response_model=models.Report, responses=problem_responses(404, 422, 503))
async def report(request: Request, name: DatasetName, version: VersionQuery = None) -> Response:
    """Return the gate's report: every check, passed or not."""
    state = state_of(request)

    def make() -> dict[str, Any]:
        return state.open(name, version).version.gate.to_json()

    return await state.document(request, name, make)


@router.get(
    "/card",
    response_class=Response,
    responses={
        **problem_responses(404, 422, 503),
        200: {"content": {"text/markdown": {}}, "description": "Markdown."},
    },
)
async def card(request: Request, name: DatasetName, version: VersionQuery = None) -> Response:
    """Return the card as it is published."""
    return await _paper(request, name, version, "README.md", "text/markdown; charset=utf-8")


@router.get(
    "/croissant",
    response_class=Response,
    responses={
        **problem_responses(404, 422, 503),
        200: {"content": {"application/ld+json": {}}, "description": "Croissant 1.1."},
    },
)
async def croissant(request: Request, name: DatasetName, version: VersionQuery = None) -> Response:
    """Return the Croissant description (JSON-LD)."""
    return await _paper(request, name, version, "croissant.json", "application/ld+json")


async def _paper(
    request: Request, name: str, version: str | None, file: str, kind: str
) -> Response:
    state = state_of(request)

    def read() -> CachedAnswer:
        found: IndexedVersion = state.open(name, version)
        try:
            return CachedAnswer(found.version.read_paper(file), kind)
        except FileNotFoundError as error:
            message = f"{name} {found.version.name} has no {file}"
            hint = "a build with today's Hueset writes one"
            raise UnknownNameError(message, hint=hint) from error
        except OSError as error:
            message = f"{name} {found.version.name}: {file} {sentence_of(error)}"
            hint = f"`hueset verify {name}` names every file that is not as it was built"
            raise BrokenVersionError(message, hint=hint) from error

    async def make() -> CachedAnswer:
        return await anyio.to_thread.run_sync(read)

    return await state.cache.answer(request.scope, name, make)
