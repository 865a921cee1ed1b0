"""The records of a version as they are read back: those that can be, and what is wrong with others.

A record that cannot be read costs itself: it is named, and the others are read. Who must know all
of a kind (a waiver, a check that found faults) asks `Store.records`, which raises instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hueset.documents.record_kinds import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hueset.documents.records import Record, VerificationRecord


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
