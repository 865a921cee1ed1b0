"""Versions on disk: found, recorded, verified, compared, given back."""

from hueset.store.store import Store
from hueset.store.version import Version

__all__ = ["Store", "Version"]
