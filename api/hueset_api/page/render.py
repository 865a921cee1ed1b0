"""Templates and static files: read once, never from outside, with a fingerprint in the address."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import Response

from hueset.render.html import STYLE
from hueset.render.html import template_environment as shared
from hueset_api.addresses import ROOT, service_link
from hueset_api.caching import HTML, YEAR, CachedAnswer

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@cache
def static_files() -> dict[str, CachedAnswer]:
    """Return every static file by name."""
    return {
        path.name: CachedAnswer(path.read_bytes(), TYPES[path.suffix], cache_control=YEAR)
        for path in sorted([*(HERE / "static").iterdir(), STYLE])
        if path.suffix in TYPES
    }


def static_address(name: str) -> str:
    """Return the address of a static file; it changes with its content."""
    return service_link(
        f"/static/{name}?v={hashlib.sha256(static_files()[name].body).hexdigest()[:12]}"
    )


@cache
def page_environment(folder: Path | None = None) -> Environment:
    """Return the templates of the service, with those that the reports share.

    Parameters
    ----------
    folder
        A folder of further templates, where those of a dataset's view lie.
    """
    made = shared((*([folder] if folder else []), HERE / "templates"))
    made.globals.update(static=static_address, root=ROOT.get)
    return made


def render_page(template: str, *, folder: Path | None = None, **context: Any) -> CachedAnswer:
    """Render a page; its template lies in a folder of its own, or is the service's."""
    text = page_environment(folder).get_template(template).render({"here": "", **context})
    return CachedAnswer(text.encode("utf-8", "backslashreplace"), HTML)


def problem_page(made: Response) -> Response:
    """Return a problem as a page."""
    told = json.loads(bytes(made.body))
    answer = render_page(
        "problem.html",
        status=told["status"],
        title=told["title"],
        detail=told["detail"],
        hint=told["hint"],
    )
    return Response(answer.body, told["status"], {"Cache-Control": "no-store"}, HTML)
