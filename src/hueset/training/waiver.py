"""A waiver: somebody's recorded reason to use a version that did not pass its gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.documents.record_kinds import RecordKind
from hueset.errors import UsageError

if TYPE_CHECKING:
    from hueset.store.store import StoredVersion, VersionStore


def waive_findings(
    store: VersionStore, version: StoredVersion, *, why: str, by: str | None = None
) -> dict[str, Any]:
    """Record a waiver and return it.

    Raises
    ------
    UsageError
        The version passed, or no reason is given.
    """
    verdict = version.manifest.verdict
    if verdict.passes:
        message = f"{version.dataset} {version.name} passed its gate ({verdict})"
        raise UsageError(message, hint="there is nothing to waive", value=verdict)
    if not why.strip():
        message = "the reason is empty"
        raise UsageError(message, hint='say why, as in --why "only valence is used"')
    failed = [one.id for one in version.gate.checks if one.verdict is verdict]
    body = {
        "dataset": version.dataset,
        "version": version.name,
        "verdict": verdict,
        "why": why.strip(),
        "by": by,
        "checks": failed,
    }
    store.record(version, RecordKind.WAIVER, body)
    return body
