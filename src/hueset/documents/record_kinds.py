"""What is learned of a version after it appeared, as it is read back: kind by kind.

A record that cannot be read costs itself: it is named, and the others are read. Who must know all
of a kind (a waiver, a check that found faults) asks `Store.records`, which raises instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hueset.documents.records import Record, VerificationRecord


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


@dataclass(frozen=True)
class Records:
    """The records of a version.

    Attributes
    ----------
    readable
        Those that can be read, oldest first.
    unreadable
        One sentence for each that cannot be read.
    """

    readable: tuple[Record, ...]
    unreadable: tuple[str, ...]


def own_verifications(records: Iterable[Record]) -> list[VerificationRecord]:
    """Return the checks of the files in this store, oldest first.

    Records from before there was a kind of its own for it call a check of the Hub a `verification`
    too; such a one names the repository.
    """
    from hueset.documents.records import VerificationRecord

    return [
        record
        for record in records
        if isinstance(record, VerificationRecord)
        and record.kind == RecordKind.VERIFICATION
        and record.repo is None
    ]
