"""The pages on a table's rows and columns, on changes between versions, and on the API itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response

from hueset.errors import UsageError
from hueset.store import diff as differences
from hueset_api import row_pages as reading
from hueset_api.addresses import service_link
from hueset_api.caching import CachedAnswer
from hueset_api.columns import columns_of, default_table, plain_json
from hueset_api.page import render
from hueset_api.parameters import DatasetName, Offset, VersionPath, VersionQuery
from hueset_api.routes.data import TableQuery
from hueset_api.state import ServiceState, state_of

if TYPE_CHECKING:
    from hueset.store.store import StoredVersion

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 25
OPERATORS = {
    "eq": "is",
    "ne": "is not",
    "contains": "contains",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "null": "is null",
    "notnull": "is not null",
}
Text = Annotated[str, Query(max_length=500)]


@router.get("/datasets/{name}/rows")
async def rows(
    request: Request,
    name: DatasetName,
    table: TableQuery = None,
    column: Text = "",
    op: Text = "eq",
    value: Text = "",
    find: Text = "",
    offset: Offset = 0,
    version: VersionQuery = None,
) -> Response:
    """Show a page of rows, and the columns with their statistics."""
    state = state_of(request)
    form = {"column": column, "op": op, "value": value, "find": find}

    async def make() -> CachedAnswer:
        return await state.database.run(_rows, state, name, table, form, offset, version)

    return await state.cache.answer(request.scope, name, make)


@router.get("/datasets/{name}/columns")
async def columns(
    request: Request, name: DatasetName, table: TableQuery = None, version: VersionQuery = None
) -> Response:
    """Show the columns of a table with their statistics."""
    state = state_of(request)

    async def make() -> CachedAnswer:
        return await state.database.run(_columns, state, name, table, version)

    return await state.cache.answer(request.scope, name, make)


@router.get("/datasets/{name}/diff/{old}/{new}")
async def diff(request: Request, name: DatasetName, old: VersionPath, new: VersionPath) -> Response:
    """Show what changed between two versions."""
    state = state_of(request)

    def drawn() -> CachedAnswer:
        before, after = state.open(name, old), state.open(name, new)
        return render.render_page(
            "diff.html", d=plain_json(differences.diff_versions(before.version, after.version))
        )

    async def make() -> CachedAnswer:
        return await state.database.run(drawn)

    return await state.cache.answer(request.scope, name, make)


@router.get("/api")
async def api(request: Request) -> Response:
    """Show the routes, as the OpenAPI description says them."""
    state = state_of(request)
    described: dict[str, Any] = request.app.openapi()

    async def make() -> CachedAnswer:
        return await anyio.to_thread.run_sync(
            lambda: render.render_page("api.html", here="api", groups=_groups(described))
        )

    return await state.cache.answer(request.scope, None, make)


def _rows(
    state: ServiceState,
    name: str,
    table: str | None,
    form: dict[str, str],
    offset: int,
    version: str | None,
) -> CachedAnswer:
    found = state.open(name, version).version
    chosen = table or default_table(found)
    known = columns_of(found, chosen)
    filters = (f"{form['column']}:{form['op']}:{form['value']}",) if form["column"] else ()
    ask = reading.Ask(chosen, filters, form["find"] or None, (), PAGE_ROWS, offset)
    problem = None
    try:
        page = reading.read_row_page(state.database, found, ask)
    except UsageError as error:
        problem = f"{error.message}. {error.hint or ''}"
        page = {"rows": [], "total": 0, "offset": 0, "columns": [], "left_out": []}
    for row in page["rows"]:
        for name_, value in row.items():
            if isinstance(value, dict) and "href" in value:
                value["audio"] = known[name_].type == "audio"
    base: list[tuple[str, Any]] = [("table", chosen)]
    base += [(key, text) for key, text in form.items() if text and (key != "op" or form["column"])]
    base += [("version", version)] if version else []
    more = page["offset"] + len(page["rows"]) < page["total"]

    def to(at: int) -> str:
        return service_link(f"/datasets/{name}/rows?{urlencode([*base, ('offset', at)])}")

    return render.render_page(
        "rows.html",
        **_head(found, chosen, version),
        page=page,
        kinds={n: c.kind for n, c in known.items()},
        filterable=[n for n, c in known.items() if c.kind not in {"array", "struct"}],
        operators=OPERATORS,
        form=form,
        filtered=bool(filters or form["find"]),
        problem=problem,
        previous=to(max(offset - PAGE_ROWS, 0)) if offset else None,
        next=to(offset + PAGE_ROWS) if more else None,
        asked_version=version,
    )


def _columns(
    state: ServiceState, name: str, table: str | None, version: str | None
) -> CachedAnswer:
    found = state.open(name, version).version
    chosen = table or default_table(found)
    columns_of(found, chosen)
    told = state.statistics_of(found, chosen)
    head = _head(found, chosen, version)
    return render.render_page("columns.html", **head, columns=told["columns"], rows=told["rows"])


def _head(found: StoredVersion, table: str, asked: str | None) -> dict[str, Any]:
    """Return what the pages of a table have in common."""
    query = f"version={quote(found.name, safe='')}" if asked else ""
    return {
        "dataset": found.dataset,
        "table": table,
        "description": found.manifest.tables[table].description,
        "tables": found.manifest.tables,
        "version_query": f"?{query}" if query else "",
        "version_and": f"&{query}" if query else "",
    }


def _groups(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        told = methods["get"]
        groups.setdefault(told["tags"][0], []).append(
            {
                "path": path,
                "summary": told["description"].split("\n\n")[0].replace("\n", " "),
                "parameters": [
                    {"name": p["name"], "description": p.get("description", "")}
                    for p in told.get("parameters", [])
                    if p["in"] == "query"
                ],
            }
        )
    return groups
