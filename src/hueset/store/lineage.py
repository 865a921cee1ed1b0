"""What a version was built from, where that is a version of another dataset, and what is newer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hueset.store.store import StoredVersion, VersionStore


@dataclass(frozen=True)
class Parent:
    """A version of another dataset that a version was built from.

    Attributes
    ----------
    source
        The source's name in the declaration.
    dataset, version
        What was read.
    latest
        The latest version of that dataset in this store; None where there is none.
    """

    source: str
    dataset: str
    version: str
    latest: str | None

    @property
    def stale(self) -> bool:
        """Whether the store holds another latest version than the one that was read."""
        return self.latest is not None and self.latest != self.version

    def sentence(self) -> str:
        """Return it in words."""
        built = f"built from {self.dataset} {self.version}"
        return f"{built}, the latest is {self.latest}" if self.stale else built

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "source": self.source,
            "dataset": self.dataset,
            "version": self.version,
            "latest": self.latest,
            "stale": self.stale,
        }


def parent_versions(store: VersionStore, version: StoredVersion) -> list[Parent]:
    """Return the versions of other datasets that a version was built from."""
    return [
        Parent(
            source.name,
            origin.dataset,
            origin.version,
            store.latest(origin.dataset),
        )
        for source in version.manifest.sources
        if (origin := source.version_of) and origin.dataset and origin.version
    ]
