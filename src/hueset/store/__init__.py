"""Versions on disk: found, recorded, verified, compared, given back."""

from typing import TYPE_CHECKING

from hueset.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from hueset.store.store import Store
    from hueset.store.version import Version

__all__ = [
    "Store",
    "Version",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "Store": "store",
        "Version": "version",
    },
)
