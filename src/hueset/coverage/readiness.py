"""May one train on this version, and on which dimensions? One answer for the shell and the API.

A name asks for a numeric dimension (`valence`), one class of a set (`emotions:joy`), a whole set
of classes (`emotions`) or something a row has (`audio`). It is ready when the gate let the version
through (or a waiver is recorded), no file of it is known to be missing or changed, and everything
asked for is `trainable`. Whether every byte is what was built is known from the last full check of
its files: the shell reads it from the version's records, the service makes one in the background.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hueset.declaration import SPLITS
from hueset.documents.record_kinds import RecordKind
from hueset.documents.record_list import own_verifications
from hueset.documents.verdicts import Verdict
from hueset.errors import ParameterError, StoreError, UnknownNameError, UsageError, sentence_of
from hueset.store.verify import document_faults
from hueset.store.version import NOT_THE_DATASET
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from hueset.documents.coverage import CoverageDocument, JudgedClass
    from hueset.documents.records import Record
    from hueset.documents.verdicts import CoverageVerdict
    from hueset.store.store import StoredVersion, VersionStore


@dataclass(frozen=True, repr=False)
class ReadinessAnswer:
    """What was asked for, and what is there.

    Attributes
    ----------
    name
        As it was asked for; a set of classes is opened into `set:class`.
    verdict
        `trainable | thin | neutral | absent`.
    n
        Examples in the whole version, or in the split that was asked about.
    minimum
        How many were asked for.
    ready
        Whether it may be trained on.
    reason
        Why, in plain words.
    """

    name: str
    verdict: str
    n: int
    minimum: int
    ready: bool
    reason: str

    def __repr__(self) -> str:
        answer = "ready" if self.ready else "not ready"
        return f"<{self.name}: {answer}, {format_count(self.n, 'example')}; {self.reason}>"


@dataclass(frozen=True, repr=False)
class Readiness:
    """The answer for one version.

    Attributes
    ----------
    dataset, version
        What was asked about.
    ready
        Whether everything asked for may be trained on.
    reasons
        Why not, one sentence each; empty when ready.
    asked
        Every dimension, class or presence with its own answer.
    verified_at
        When every byte was last held against the manifest; null where that was never recorded.
    """

    dataset: str
    version: str | None
    ready: bool
    reasons: tuple[str, ...]
    asked: tuple[ReadinessAnswer, ...]
    verified_at: str | None = None

    def __bool__(self) -> bool:
        """Whether it is ready: an object that says no must not count as a yes in a condition."""
        return self.ready

    def __repr__(self) -> str:
        answer = "ready" if self.ready else "not ready"
        of = f" {self.version}" if self.version else ""
        lines = [f"<{self.dataset}{of}: {answer}>", *(f"  {why}" for why in self.reasons)]
        lines += [f"  {one.name}: {one.reason}" for one in self.asked if one.ready]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        told = asdict(self)
        return {**told, "reasons": list(self.reasons), "asked": [asdict(one) for one in self.asked]}


def version_readiness(
    version: StoredVersion,
    dimensions: Sequence[str],
    *,
    minimum: int = 0,
    split: str | None = None,
    records: Iterable[Record] = (),
    faults: Iterable[str] = (),
    allow_part: bool = False,
) -> Readiness:
    """Answer for one version.

    Parameters
    ----------
    version
        The version.
    dimensions
        What one wants to train on; empty asks about the version as a whole.
    minimum
        Examples each must have.
    split
        Count the examples of this split only; what rows may lack is not counted by split.
    records
        The version's records: a `waiver` lets a failed gate pass, the newest `verification` with
        faults does not. A check of what is published is of another kind, and decides nothing here.
    faults
        Files known to be missing or changed, in words.
    allow_part
        Let a subset or the embedded sample pass; else it is never ready: it is not the dataset.

    Raises
    ------
    UnknownNameError
        A name is neither dimension, class, set of classes nor presence of this version; or the
        split is none.
    UsageError
        A split was asked about for something that is not counted by split.
    ParameterError
        A number of examples or a split was asked for, and no name.
    """
    refuse_limits_alone(dimensions, minimum, split)
    _refuse_unknown_split(version, split)
    found = [
        cell
        for name in dict.fromkeys(dimensions)
        for cell in _cells(version.coverage, name, minimum, split)
    ]
    known = list(records)
    reasons = [f"the version is damaged: {fault}" for fault in dict.fromkeys(faults)]
    reasons += _of_version(version, known, allow_part=allow_part)
    reasons += [f"{cell.name}: {cell.reason}" for cell in found if not cell.ready]
    return Readiness(
        version.dataset,
        version.name,
        not reasons,
        tuple(reasons),
        tuple(found),
        _verified_at(known),
    )


def check_readiness(
    store: VersionStore,
    dataset: str,
    dimensions: Sequence[str],
    *,
    minimum: int = 0,
    split: str | None = None,
    version: str | None = None,
) -> Readiness:
    """Answer for a version of a store as the shell does: by default the latest, no table hashed.

    A version that is there and cannot be read is not ready; sizes of its files are looked at, and
    the documents that the answer is read from are hashed.

    Raises
    ------
    UnknownNameError
        There is no such version, no such name in it, or no such split.
    ParameterError
        A number of examples or a split was asked for, and no name.
    """
    refuse_limits_alone(dimensions, minimum, split)
    try:
        found = _open_version(store, dataset, version)
        faults = found.damage() or document_faults(store, found)
        records = deciding_records(store, found)
        _ = found.coverage, found.gate
    except StoreError as error:
        return unreadable_readiness(dataset, error)
    return version_readiness(
        found,
        dimensions,
        minimum=minimum,
        split=split,
        records=records,
        faults=faults,
        allow_part=version is not None,
    )


def deciding_records(store: VersionStore, version: StoredVersion) -> list[Record]:
    """Return the records that decide whether a version is ready.

    Raises
    ------
    StoreError
        One of them cannot be read: it may be the one that says no.
    """
    records = store.records(version, RecordKind.VERIFICATION)
    if not version.manifest.verdict.passes:
        records += store.records(version, RecordKind.WAIVER)
    return records


def read_dimensions(text: str | None) -> tuple[str, ...]:
    """Return the names that one asks for, written with commas between; none for None.

    Raises
    ------
    ParameterError
        The text, one of the names or the class behind a colon is empty: a guard must not take an
        unset variable for a yes.
    """
    if text is None:
        return ()
    names = tuple(part.strip() for part in text.split(","))
    if not all(names):
        what = "they are" if not any(names) else f"one of {text!r} is"
        message = f"dimensions: {what} empty; is a variable unset?"
        hint = "name the dimensions to train on, separated by commas, or omit `dimensions`"
        raise ParameterError(message, hint=hint, value=text)
    for name in names:
        whole, colon, one = name.partition(":")
        if colon and not one.strip():
            message = f"dimensions: {name!r} names no class; is a variable unset?"
            hint = f"write `{whole}:CLASS`, or `{whole}` for all of them"
            raise ParameterError(message, hint=hint, value=text)
    return names


def refuse_limits_alone(dimensions: Sequence[str], minimum: int, split: str | None) -> None:
    """Raise where a question has limits and nothing that they would hold for.

    Raises
    ------
    ParameterError
        A number of examples or a split without the name of anything.
    """
    if dimensions or not (minimum or split is not None):
        return
    what = f"min {minimum}" if minimum else f"split {split or repr(split)}"
    message = f"{what} has no effect without dimensions"
    hint = "name what to train on with dimensions"
    raise ParameterError(message, hint=hint, value=minimum or split)


def _open_version(store: VersionStore, dataset: str, version: str | None) -> StoredVersion:
    """Open a version; where none has passed its gate yet, the newest that there is."""
    try:
        return store.version(dataset, version)
    except UnknownNameError:
        known = store.versions(dataset) if version is None else []
        if not known:
            raise
        return store.version(dataset, known[-1])


def unreadable_readiness(dataset: str, error: StoreError, below: Path | None = None) -> Readiness:
    """Return the answer for a version that is there and cannot be read.

    The place of the folder `below` on this machine is left out of the reason.
    """
    reason = sentence_of(error, below)
    return Readiness(dataset, None, ready=False, reasons=(reason,), asked=())


def askable_names(coverage: CoverageDocument) -> list[str]:
    """Return every name one may ask for."""
    names = [d.name for d in coverage.dimensions]
    for classes in coverage.classes:
        names.append(classes.name)
        names += [f"{classes.name}:{one.class_name}" for one in classes.classes]
    return names + [p.name for p in coverage.presence]


def _of_version(
    version: StoredVersion, records: Sequence[Record], *, allow_part: bool
) -> list[str]:
    reasons = []
    verdict = version.manifest.verdict
    if not verdict.passes and not any(r.kind == RecordKind.WAIVER for r in records):
        reasons.append(f"the gate's verdict is {verdict}, and no waiver is recorded")
    if version.kind != "whole" and not allow_part:
        reasons.append(f"this is {NOT_THE_DATASET[version.kind]}")
    verified = own_verifications(records)
    if verified and verified[-1].verdict is not Verdict.PASS:
        count = len(verified[-1].faults)
        reasons.append(f"{count} files were not what the manifest says at {verified[-1].at}")
    return reasons


def _verified_at(records: Sequence[Record]) -> str | None:
    """Return when the files were last found to be whole, as `2026-11-21T00:08:26Z`."""
    whole = [r.at for r in own_verifications(records) if r.verdict is Verdict.PASS]
    if not whole:
        return None
    at = str(whole[-1])
    return f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[9:11]}:{at[11:13]}:{at[13:15]}Z"


def _cells(
    coverage: CoverageDocument, name: str, minimum: int, split: str | None
) -> list[ReadinessAnswer]:
    for dimension in coverage.dimensions:
        if dimension.name == name:
            n = dimension.by_split.get(split, 0) if split else dimension.n
            reason = dimension.reason if n or not split else f"no example in {split}"
            return [_answer_dimension(name, dimension.verdict, n, minimum, reason)]
    head, _, one = name.partition(":")
    for classes in coverage.classes:
        if classes.name != head:
            continue
        told = [c for c in classes.classes if one in {"", c.class_name}]
        if told:
            return [
                _class(f"{head}:{c.class_name}", c, classes.floor, minimum, split) for c in told
            ]
    for presence in coverage.presence:
        if presence.name == name:
            _refuse_split(name, split)
            reason = f"{presence.present:,} of {format_count(presence.n, 'row')} have it"
            return [_answer_dimension(name, presence.verdict, presence.present, minimum, reason)]
    raise UnknownNameError.unknown("dimension", name, askable_names(coverage))


def _class(
    name: str, told: JudgedClass, floor: int, minimum: int, split: str | None
) -> ReadinessAnswer:
    n = told.n
    reason = told.reason or (f"{format_count(n, 'row')}, floor {floor:,}" if n else "no row")
    if split and n:
        # Versions built before classes were counted by split, and tables without splits.
        if not told.by_split:
            _refuse_split(name, split)
        n = told.by_split.get(split, 0)
        reason = reason if n else f"no row in {split}"
    return _answer_dimension(name, told.verdict, n, minimum, reason)


def _refuse_unknown_split(version: StoredVersion, split: str | None) -> None:
    """Raise where a split is none of those there are; an empty one is none either."""
    tables = version.manifest.tables.values()
    known = {*SPLITS, *(one for table in tables for one in table.splits)}
    if split is not None and split not in known:
        raise UnknownNameError.unknown("split", split, known)


def _refuse_split(name: str, split: str | None) -> None:
    if split:
        message = f"{name} is not counted by split"
        raise UsageError(message, hint="omit split", value=split)


def _answer_dimension(
    name: str, verdict: CoverageVerdict, n: int, minimum: int, reason: str
) -> ReadinessAnswer:
    if not verdict.trainable:
        return ReadinessAnswer(
            name, verdict, n, minimum, ready=False, reason=f"{verdict}: {reason}"
        )
    if not n:
        return ReadinessAnswer(name, verdict, n, minimum, ready=False, reason=reason)
    if n < minimum:
        why = f"{format_count(n, 'example')}, asked for {minimum:,}"
        return ReadinessAnswer(name, verdict, n, minimum, ready=False, reason=why)
    return ReadinessAnswer(name, verdict, n, minimum, ready=True, reason=reason)
