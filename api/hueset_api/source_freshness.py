"""What the declarations say today, beside what a version was built from: fresh or stale."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from hueset.declaration.links import web_link
from hueset.errors import HuesetError
from hueset.redaction import redact_url

if TYPE_CHECKING:
    from hueset.declaration import Dataset
    from hueset.declaration.project import Project
    from hueset.documents.manifest import SourceEntry

WORDS = {
    "fresh": "built from the bytes that are pinned today",
    "stale": "the declaration pins other bytes today: build again",
    "own": "your own growing corpus, hashed at the build and never compared",
    "locked": "pinned at its first fetch",
    "undeclared": "the declaration does not name this source any more",
    "unknown": "there is no declaration at hand to compare with",
}


class SourceFreshness:
    """The declarations of a project, read once and again when their files change.

    Parameters
    ----------
    project
        The project; None where the service runs without one.
    """

    def __init__(self, project: Project | None) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._read: dict[str, tuple[int, Dataset | None]] = {}

    def declared(self) -> tuple[str, ...]:
        """Return the datasets of the project, and of the installed packages that bring some."""
        if self._project is None:
            return ()
        try:
            return self._project.datasets
        except HuesetError:
            return ()  # a broken catalog is told by the command line; the store can still be served

    def dataset(self, name: str) -> Dataset | None:
        """Return a declaration; None where there is none that can be read."""
        if self._project is None or name not in self.declared():
            return None
        path = self._project.folder(name) / "dataset.yaml"
        changed = path.stat().st_mtime_ns if path.is_file() else 0
        with self._lock:
            known = self._read.get(name)
            if known is None or known[0] != changed:
                try:
                    known = (changed, self._project.dataset(name))
                except HuesetError:
                    known = (changed, None)
                self._read[name] = known
            return known[1]

    def title(self, name: str) -> str | None:
        """Return the title of a declared dataset."""
        declared = self.dataset(name)
        return declared.title if declared else None

    def freshness(self, dataset: str, source: SourceEntry) -> dict[str, Any]:
        """Return one source of a manifest with its state against today's declaration."""
        declared = self.dataset(dataset)
        spec = declared.sources.get(source.name) if declared else None
        if declared is None:
            state = "unknown"
        elif spec is None:
            state = "undeclared"
        elif spec.pin.unpinned:
            state = "own"
        else:
            members = spec.pin.members.digest if spec.pin.members else None
            pinned = spec.pin.sha256 or members
            state = "locked" if pinned is None else "stale"
            state = "fresh" if pinned == source.digest else state
        return {
            "name": source.name,
            "state": state,
            "meaning": WORDS[state],
            "digest": source.digest,
            "bytes": source.bytes,
            "licence": source.licence,
            "citation": source.citation,
            "homepage": _homepage(spec.homepage) if spec else None,
            "description": spec.description if spec else None,
            "via": source.via,
        }


def _homepage(address: str | None) -> str | None:
    """Return an address that may be made a link of, without what opens it."""
    link = web_link(address)
    return redact_url(link) if link else None
