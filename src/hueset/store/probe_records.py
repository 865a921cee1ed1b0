"""The last probe of a version, for all who show it or demand it: coverage, card, service, publish.

`hueset probe` records it (`hueset.training.probe` makes it); here it is only read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.documents.record_kinds import RecordKind
from hueset.errors import UnprobedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.store.store import Store, Version

TOLD = ("target", "verdict", "metric", "value", "p_value", "n", "why")
"""What is said of each target."""


def last_probe(store: Store, version: Version) -> dict[str, Any] | None:
    """Return the record of the last probe; None if the version was never probed."""
    probes = store.records(version, RecordKind.PROBE)
    return probes[-1] if probes else None


def demand_probe(store: Store, version: Version) -> dict[str, Any]:
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


def probe_summary(probe: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a probe found: each target, and the findings (a leak is one of them)."""
    return {
        "at": probe["at"],
        "task": probe["task"],
        "rows": probe["rows"],
        "targets": [{key: one[key] for key in TOLD} for one in probe["targets"]],
        "findings": [
            {key: one[key] for key in ("code", "verdict", "message")} for one in probe["findings"]
        ],
    }
