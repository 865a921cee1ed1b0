"""What the view of a dataset is made of: an answer of a version, and a page from its template.

A view is a module `view` in the package of a dataset's builder (see `hueset_api.view_index`):

    TITLE = "Look at the moods"
    router = APIRouter()

    def offered(version): ...           # whether a version has something to show

    @router.get("")                     # /datasets/moods/view
    async def moods(request: Request, version: VersionQuery = None) -> Response:
        return await answer_page(request, "moods", version, make)

    def make(state, version):
        rows = state.database.rows(version, 'SELECT * FROM "moods"."examples"')
        return render_view(Path(__file__).parent, "moods.html", rows=rows)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset_api.addresses import service_link, view_path
from hueset_api.caching import CachedAnswer
from hueset_api.page.render import render_page
from hueset_api.parameters import VersionQuery
from hueset_api.state import ServiceState, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import Request, Response

    from hueset.store.store import StoredVersion

__all__ = [
    "CachedAnswer",
    "ServiceState",
    "VersionQuery",
    "answer_page",
    "render_view",
    "service_link",
    "view_path",
]


async def answer_page(
    request: Request,
    dataset: str,
    version: str | None,
    make: Callable[[ServiceState, StoredVersion], CachedAnswer],
) -> Response:
    """Answer with what is made of a version: in a worker thread, once, and kept.

    Parameters
    ----------
    request
        The request.
    dataset
        The dataset.
    version
        The version that was asked for; None for the latest.
    make
        Makes the answer; `state.database.rows(version, sql, values)` reads the tables.
    """
    state = state_of(request)

    async def made() -> CachedAnswer:
        return await state.database.run(lambda: make(state, state.open(dataset, version).version))

    return await state.cache.answer(request.scope, dataset, made)


def render_view(folder: Path, template: str, **context: Any) -> CachedAnswer:
    """Render a page of a view; its template lies in the view's folder, and extends `base.html`."""
    return render_page(template, folder=folder, **context)
