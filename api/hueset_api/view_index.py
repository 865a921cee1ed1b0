"""Which datasets have a view of their own: the module `view` in the package of their builder.

A module says `TITLE` and `offered(version) -> bool`, and holds a `router`, whose routes lie below
`/datasets/<dataset>/view`. The rest of the service knows none of them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hueset.builder.dataset_modules import DatasetModule, load_dataset_module
from hueset.errors import BuildError, ForeignProjectError, HuesetError
from hueset_api.addresses import service_link, view_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from fastapi import APIRouter

    from hueset.declaration.project import Project
    from hueset.store.store import StoredVersion

PARTS = ("TITLE", "offered", "router")
"""What a module `view` has."""

log = logging.getLogger("hueset.api")


@dataclass(frozen=True)
class DatasetView:
    """A view that the service offers for one dataset.

    Attributes
    ----------
    title
        What its button says.
    offered
        Whether a version has something to show in it.
    router
        Its routes.
    """

    title: str
    offered: Callable[[StoredVersion], bool]
    router: APIRouter


@dataclass(frozen=True)
class ViewIndex:
    """The views by the name of their dataset, and the datasets whose view cannot be imported."""

    views: Mapping[str, DatasetView] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    def links_of(self, version: StoredVersion, query: str) -> list[dict[str, Any]]:
        """Return the views that a version has something to show in."""
        view = self.views.get(version.dataset)
        if view is None or not view.offered(version):
            return []
        href = service_link(view_path(version.dataset) + (f"?{query}" if query else ""))
        return [{"title": view.title, "href": href}]


def load_views(project: Project | None) -> ViewIndex:
    """Import the view of every dataset that has one; what cannot be had is logged, with why.

    Parameters
    ----------
    project
        The project whose datasets are served; without one there are no views.

    Raises
    ------
    ForeignProjectError
        The project was met on the way up, and a builder or a view is not one's own.
    """
    views: dict[str, DatasetView] = {}
    broken: set[str] = set()
    for name in _declared(project):
        try:
            view = _load_view(project, name)
        except ForeignProjectError:
            raise
        except HuesetError as error:
            broken.add(name)
            log.warning("%s is served without its view: %s", name, error.message)
        else:
            views |= {name: view} if view else {}
    return ViewIndex(views, frozenset(broken))


def _declared(project: Project | None) -> tuple[str, ...]:
    try:
        return project.datasets if project else ()
    except HuesetError as error:
        log.warning("served without views: %s", error.message)
        return ()


def _load_view(project: Project | None, name: str) -> DatasetView | None:
    module = (
        load_dataset_module(project, project.dataset(name), DatasetModule.VIEW) if project else None
    )
    return None if module is None else _view_of(module)


def _view_of(module: ModuleType) -> DatasetView:
    lacking = [part for part in PARTS if not hasattr(module, part)]
    if lacking:
        message = f"{module.__name__} lacks {', '.join(lacking)}"
        raise BuildError(message, hint="a view has TITLE, offered(version) and a router")
    return DatasetView(module.TITLE, module.offered, module.router)
