"""Versions on disk: found, recorded, verified, compared, given back."""

from typing import TYPE_CHECKING

from hueset.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from hueset.store.store import VersionStore
    from hueset.store.version import StoredVersion

__all__ = [
    "StoredVersion",
    "VersionStore",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "VersionStore": "store",
        "StoredVersion": "version",
    },
)
