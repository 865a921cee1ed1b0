"""Keys of a declaration that have a new name, and go on under the former one for a while.

A field names its former key by `validation_alias=both_keys("requirement")`. Whatever was read,
models, dumps and digests know the new name alone: a declaration in the former words makes the same
version.
"""

from __future__ import annotations

from pydantic import AliasChoices

FORMER_KEYS = {
    "facts": "lookup_tables",
    "need": "requirement",
    "feeds": "dimensions",
    "ask": "manual_download",
    "lock": "pin_on_first_fetch",
    "open": "unpinned",
    "aside": "excluded_kinds",
    "lift": "recommendations",
    "not_classes": "abstain_values",
}
"""Former key → what it is called now."""


def both_keys(name: str) -> AliasChoices:
    """Return the keys a field is read from: its name, and what it was called before."""
    former = [old for old, new in FORMER_KEYS.items() if new == name]
    return AliasChoices(name, *former)


def former_key(name: str | int) -> str | int:
    """Return what a key was called before; the same one where it was always called so."""
    return next((old for old, new in FORMER_KEYS.items() if new == name), name)
