"""Before the first step: what the version lets one learn, and what is refused, and why.

A target that is neither trainable nor to be had by consent is refused always (`absent`); one that
needs consent (`thin`, `neutral`, `positive_only`, `computed`) unless it was asked for by name; a
version that did not pass its gate unless somebody wrote a waiver for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.documents.record_kinds import RecordKind
from hueset.errors import UnknownNameError
from hueset.training.errors import RefusedTrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.documents.records import WaiverRecord
    from hueset.store.store import StoredVersion, VersionStore
    from hueset.training.task import Target


@dataclass(frozen=True)
class Choice:
    """What will be trained and what will not.

    Attributes
    ----------
    stages
        The targets of each stage that is left.
    refused
        Target → reason.
    refused_stages
        Each stage that is refused whole, as `{"stage": [...], "reason": "..."}`.
    """

    stages: tuple[tuple[str, ...], ...]
    refused: dict[str, str]
    refused_stages: list[dict[str, Any]]


def choose_targets(
    targets: Sequence[Target],
    named: Sequence[str] = (),
    stages: Sequence[Sequence[str]] = (),
) -> Choice:
    """Choose what is trained.

    Parameters
    ----------
    targets
        What the task could learn.
    named
        What was asked for; nothing asks for all that is trainable.
    stages
        What was asked for in stages; a stage with a target that has no data is refused whole.

    Raises
    ------
    UnknownNameError
        A name is none of the targets.
    RefusedTrainingError
        Nothing is left; the message lists every reason.
    """
    known = {one.name: one for one in targets}
    wanted = list(dict.fromkeys([*named, *(name for stage in stages for name in stage)]))
    for name in wanted:
        if name not in known:
            raise UnknownNameError.unknown("target", name, known)
    refused = {}
    for one in targets:
        reason = _refusal(one, named=one.name in wanted)
        if reason and (not wanted or one.name in wanted):
            refused[one.name] = reason
    refused_stages = [
        {"stage": list(stage), "reason": f"{name} is {known[name].verdict}: {known[name].reason}"}
        for stage in stages
        for name in [next((n for n in stage if n in refused), None)]
        if name is not None
    ]
    lost = [one["stage"] for one in refused_stages]
    if stages:
        left = tuple(tuple(stage) for stage in stages if list(stage) not in lost)
    else:
        asked = wanted or list(known)
        left = (tuple(name for name in asked if name not in refused),)
    left = tuple(stage for stage in left if stage)
    if not left:
        told = "; ".join(f"{name}: {why}" for name, why in list(refused.items())[:30])
        message = f"nothing here can be trained: {told or 'the task has no target'}"
        hint = "see `hueset coverage`; one that needs consent is trained if named with --dimensions"
        raise RefusedTrainingError(message, hint=hint)
    return Choice(left, refused, refused_stages)


def waiver_of(store: VersionStore, version: StoredVersion) -> WaiverRecord | None:
    """Return the waiver a failed version is trained under; None where none is needed.

    Raises
    ------
    RefusedTrainingError
        The version did not pass, and nobody wrote a waiver.
    """
    verdict = version.manifest.verdict
    if verdict.passes:
        return None
    from hueset.documents.records import WaiverRecord

    records = store.records(version, RecordKind.WAIVER)
    waivers = [one for one in records if isinstance(one, WaiverRecord)]
    if not waivers:
        message = f"{version.dataset} {version.name} did not pass its gate ({verdict})"
        hint = (
            f"say why it may be used: `hueset waive {version.dataset} --version {version.name} "
            '--why "…"`'
        )
        raise RefusedTrainingError(message, hint=hint, value=verdict)
    return waivers[-1]


def _refusal(target: Target, *, named: bool) -> str | None:
    verdict = target.verdict
    if verdict.trainable or (verdict.needs_consent and named):
        return None
    return f"{verdict}: {target.reason}"
