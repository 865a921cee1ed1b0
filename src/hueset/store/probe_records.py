"""The last probe of a version, for all who show it or demand it: coverage, card, service, publish.

`hueset probe` records it (`hueset.training.probe` makes it); here it is only read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hueset.documents.record_kinds import RecordKind
from hueset.errors import UnprobedError

if TYPE_CHECKING:
    from hueset.documents.records import ProbeRecord
    from hueset.store.store import StoredVersion, VersionStore


def last_probe(store: VersionStore, version: StoredVersion) -> ProbeRecord | None:
    """Return the record of the last probe; None if the version was never probed."""
    from hueset.documents.records import ProbeRecord

    records = store.records(version, RecordKind.PROBE)
    probes = [one for one in records if isinstance(one, ProbeRecord)]
    return probes[-1] if probes else None


def demand_probe(store: VersionStore, version: StoredVersion) -> ProbeRecord:
    """Return the record of the last probe.

    Raises
    ------
    UnprobedError
        There is none.
    """
    found = last_probe(store, version)
    if found is None:
        message = f"{version.dataset} {version.name} was never probed"
        hint = f"run `hueset probe {version.dataset} --version {version.name}` first"
        raise UnprobedError(message, hint=hint, value=version.name)
    return found
