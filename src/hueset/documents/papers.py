"""The documents for people that lie beside the data of a version."""

from __future__ import annotations

DOCUMENTS = ("README.md", "croissant.json")
"""They are derived, so a manifest does not name them; the first record of a version holds their
hashes."""
