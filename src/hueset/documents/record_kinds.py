"""What is learned of a version after it appeared, as it is read back: kind by kind.

A record that cannot be read costs itself: it is named, and the others are read. Who must know all
of a kind (a waiver, a check that found faults) asks `Store.records`, which raises instead.
"""

from __future__ import annotations

from enum import StrEnum


class RecordKind(StrEnum):
    """What a record is of; the name of its file begins with it."""

    BUILD = "build"
    PULL = "pull"
    VERIFICATION = "verification"
    """Every file of the version in this store, hashed again."""
    HUB_VERIFICATION = "hub_verification"
    """What is published of it, read back; it says nothing of the files in this store."""
    RELEASE = "release"
    CARD = "card"
    PROBE = "probe"
    TRAINING = "training"
    WAIVER = "waiver"
    METADATA = "metadata"
    """A metadata revision that was made, see `hueset.store.metadata_revisions`."""


APPEARANCE = frozenset({RecordKind.BUILD, RecordKind.PULL})
"""Kinds of records that say how a version appeared."""
