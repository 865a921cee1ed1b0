"""Views of one dataset's own kind: a module of this package, found by the dataset's name.

A module says `TITLE` and `offered(version) -> bool`, and holds a `router` below
`/datasets/<dataset>/view`. The rest of the service knows none of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any

from hueset_api.addresses import link

if TYPE_CHECKING:
    from types import ModuleType

    from hueset.store.store import Version


@cache
def view_modules() -> dict[str, ModuleType]:
    """Return the view modules by the name of their dataset."""
    return {
        info.name: importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
        if not info.name.startswith("_")
    }


def views_of(version: Version, query: str) -> list[dict[str, Any]]:
    """Return the views that a version has something to show in."""
    module = view_modules().get(version.dataset)
    if module is None or not module.offered(version):
        return []
    href = link(f"/datasets/{version.dataset}/view" + (f"?{query}" if query else ""))
    return [{"title": module.TITLE, "href": href}]
