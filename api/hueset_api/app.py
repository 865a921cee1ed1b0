"""The application: `create_app(store_root)`, or `hueset_api.app:app` with HUESET_STORE set."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI

from hueset import __version__
from hueset_api import examples, problems
from hueset_api.addresses import view_path
from hueset_api.authentication import Door
from hueset_api.hosts import Hosts
from hueset_api.middleware import Edge
from hueset_api.page.render import problem_page
from hueset_api.query_guard import refuse_what_is_not_understood
from hueset_api.routes import (
    data as routes_data,
)
from hueset_api.routes import (
    health as routes_health,
)
from hueset_api.routes import (
    page as routes_page,
)
from hueset_api.routes import (
    service as routes_service,
)
from hueset_api.routes import (
    tables as routes_tables,
)
from hueset_api.settings import ServiceSettings, project_here
from hueset_api.state import ServiceState, require_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DESCRIPTION = """
May I train on this, and on which dimensions? Every dataset of a store with its own evidence: the
gate's verdict, how many real labels each dimension has and how they spread, what was refused and
why, which bytes it was made from, and whether the files are still those that were built.

It only reads. Errors are `application/problem+json` with a stable `code` and a `hint`.
"""


def create_app(store_root: Path | None = None, settings: ServiceSettings | None = None) -> FastAPI:
    """Make the application for a store.

    Parameters
    ----------
    store_root
        The store; by default what the settings say.
    settings
        How it runs; by default the project around the working folder and no token.
    """
    if settings is None:
        settings = (
            ServiceSettings.from_env()
            if store_root is None
            else ServiceSettings(store_root.resolve(), project_here())
        )
    elif store_root is not None:
        settings = replace(settings, store_root=store_root.resolve())
    service = ServiceState.of(settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            yield
        finally:
            service.stop()

    made = FastAPI(
        title="Hueset",
        version=__version__,
        description=DESCRIPTION,
        lifespan=life,
        docs_url=None,
        openapi_url=None,
        dependencies=[Depends(refuse_what_is_not_understood)],
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name.rstrip("_"),
    )
    made.state.service = service
    logging.getLogger("hueset.api").setLevel(logging.INFO)
    problems.install_problems(made, settings.store_root, problem_page)
    made.include_router(routes_service.router)
    made.include_router(routes_page.assets)
    of_the_store = [routes_health, routes_data, routes_page, routes_tables]
    for module in of_the_store:
        made.include_router(module.router, dependencies=[Depends(require_store)])
    for name, view in service.views.views.items():
        made.include_router(
            view.router,
            prefix=view_path(name),
            dependencies=[Depends(require_store)],
            include_in_schema=False,
        )
    examples.install_examples(made)
    made.add_middleware(
        Edge,
        cache=service.cache,
        metrics=service.metrics,
        door=Door(Hosts(settings.hosts), settings.token),
        access_log=settings.access_log,
        root_path=settings.root_path,
        room=service.room,
        running=service.running,
    )
    return made


def __getattr__(name: str) -> Any:
    """Make `hueset_api.app:app` when it is asked for: importing the factory opens no store."""
    if name == "app":
        made = create_app()
        globals()["app"] = made
        return made
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
