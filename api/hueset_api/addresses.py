"""Where the service itself lies: a proxy may show it below a path of its own, `/hueset`.

Every link of a page or a document is made by `link`, so that it works below that path too.
"""

from __future__ import annotations

import re
from contextvars import ContextVar

from hueset.errors import UsageError

ROOT: ContextVar[str] = ContextVar("ROOT", default="")
"""The path in front of every address of the request that is answered; empty for none."""

_ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def service_link(path: str) -> str:
    """Return an address of the service, which begins with `/`, as a browser must ask for it."""
    return ROOT.get() + path


def view_path(dataset: str) -> str:
    """Return where the routes of a dataset's own view begin."""
    return f"/datasets/{dataset}/view"


def read_root_path(text: str) -> str:
    """Return the path in front of every address without its last `/`.

    Raises
    ------
    UsageError
        It is no path that a browser would send as it stands.
    """
    path = text.rstrip("/")
    if not _ROOT_PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        message = f"the root path {text!r} is no path: it begins with / and needs no encoding"
        raise UsageError(message, hint="for example --root-path /hueset", value=text)
    return path
