"""The inventory of a dataset's sources: what was looked for where, and what is really there.

It downloads nothing, and never stops at a fault: a fault is what it is there to show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hueset.errors import SourceChangedError
from hueset.sources import lock as locks
from hueset.sources import pins
from hueset.sources.inspection import inspect_source
from hueset.sources.locate import locate_sources
from hueset.sources.remote import can_be_fetched, fetch_first
from hueset.sources.requirements import Need, choose_source, source_requirements
from hueset.sources.sample import locate_sample, sample_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hueset.builder.source import Via
    from hueset.declaration import Dataset, Source
    from hueset.errors import HuesetError
    from hueset.sources.hashes import Progress
    from hueset.sources.inspection import Inspection
    from hueset.sources.locate import LocatedSource, Look, Where
    from hueset.sources.lock import LockEntry

State = Literal[
    "ok", "locked", "unrecorded", "open", "sample", "to fetch", "missing", "changed", "unreadable"
]
"""How a source stands: as in `hueset.sources.pins.PinState`; `to fetch`: not on this machine, and a
build would download it; `missing`: not here, and no way to it; or what is wrong with its bytes."""


@dataclass(frozen=True)
class Entry:
    """One source in the inventory.

    Attributes
    ----------
    name
        The source.
    requirement
        `required`, `optional` or `any_of:<group>`.
    used
        Whether a build would read it; False for an alternative to one that is used.
    state
        How it stands, see `State`.
    via
        How it was found.
    path
        Where it lies on this machine.
    identity
        Digest, size and members of its bytes.
    declared_columns, found_columns
        Names of the columns; found ones are None without a header.
    found_width
        How many columns there are.
    declared_rows, found_rows
        Rows, or files of a folder or archive.
    dimensions
        The dimensions its rows carry labels for.
    looked
        Every place that was looked at.
    faults
        All that is wrong, each in one sentence with what to do; a build is refused for any.
    remarks
        What is odd in it, and declared to be so.
    """

    name: str
    requirement: str
    used: bool
    state: State
    looked: tuple[Look, ...]
    dimensions: tuple[str, ...]
    declared_columns: tuple[str, ...]
    declared_rows: int | None
    via: Via | None = None
    path: Path | None = None
    identity: pins.Identity | None = None
    found_columns: tuple[str, ...] | None = None
    found_width: int | None = None
    found_rows: int | None = None
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether it lies on this machine."""
        return self.path is not None


@dataclass(frozen=True)
class Inventory:
    """All sources of a dataset, in declared order.

    Attributes
    ----------
    entries
        One for each declared source.
    sample
        Whether it is that of the embedded sample.
    complete
        Whether a build would have all it needs, as far as can be told without a download.
    """

    entries: tuple[Entry, ...]
    sample: bool
    complete: bool


def take_inventory(
    dataset: Dataset, where: Where, *, lock: bool = False, progress: Progress | None = None
) -> Inventory:
    """Look at every declared source.

    Parameters
    ----------
    dataset
        The declaration.
    where
        Where the sources may lie.
    lock
        Record what is not recorded yet in `sources.lock`; such sources are fetched, if need be.
    progress
        Called with (source, bytes done, bytes in all or None) while bytes are fetched or hashed.

    Raises
    ------
    UnknownNameError, UsageError, DeclarationError, SourceMissingError
        The configuration itself cannot be understood, or the mirror or the sample is not there; no
        fault of a single source is raised.
    """
    sample = sample_of(dataset, where)
    recorded = locks.read_lock(where.dataset_dir)
    if sample is not None:
        located = locate_sample(dataset, where, sample, dataset.sources)
    else:
        located = locate_sources(dataset, where, dataset.sources)
        if lock:
            waiting = [
                name
                for name, one in located.items()
                if one.found is None
                and not one.configured
                and name not in recorded
                and pins.waits_for_lock(dataset.sources[name])
            ]
            located |= {
                name: _fetch_missing(dataset, where, located[name], progress) for name in waiting
            }
    needed = source_requirements(dataset, dataset.sources)
    used = {choose_source(need, located) for need in needed}
    entries = {
        name: _entry(
            located[name],
            name in used,
            source,
            recorded.get(name),
            progress,
            fetchable=sample is None and can_be_fetched(Need((name,)), dataset, where),
        )
        for name, source in dataset.sources.items()
    }
    if lock:
        entries = _record_pins(entries, where)
    complete = all(
        _is_answered(need, choose_source(need, located), entries, sample=sample is not None)
        for need in needed
    )
    return Inventory(tuple(entries.values()), sample is not None, complete)


def _is_answered(
    need: Need, choice: str | None, entries: Mapping[str, Entry], *, sample: bool
) -> bool:
    """Return whether a build would get over a need."""
    if any(entries[name].state == "missing" and entries[name].faults for name in need.names):
        return False  # configured, and not there
    if choice is None:
        fetched = any(entries[name].state == "to fetch" for name in need.names)
        return sample or need.optional or fetched
    return not entries[choice].faults


def _fetch_missing(
    dataset: Dataset, where: Where, located: LocatedSource, progress: Progress | None
) -> LocatedSource:
    """Return what a source is after a download was tried; a fault is one more look."""
    looked = {located.name: list(located.looked)}
    need = Need((located.name,), optional=True)
    got = fetch_first(dataset, where, need, looked, progress)
    found = (got[1], got[2]) if isinstance(got, tuple) else None
    return replace(located, looked=tuple(looked[located.name]), found=found)


def _record_pins(entries: Mapping[str, Entry], where: Where) -> dict[str, Entry]:
    """Write what waited for it into the lock file."""
    fresh = {
        name: pins.recorded_as(entry.identity)
        for name, entry in entries.items()
        if entry.state == "unrecorded" and entry.identity is not None
    }
    locks.record_lock(where.dataset_dir, fresh)
    return {
        name: replace(entry, state="locked") if name in fresh else entry
        for name, entry in entries.items()
    }


def _entry(
    located: LocatedSource,
    used: bool,
    source: Source,
    recorded: LockEntry | None,
    progress: Progress | None,
    *,
    fetchable: bool,
) -> Entry:
    entry = Entry(
        name=located.name,
        requirement=source.requirement,
        used=used,
        state="missing",
        looked=located.looked,
        dimensions=source.dimensions,
        declared_columns=source.columns,
        declared_rows=source.rows,
    )
    if located.found is None:
        if located.configured:
            return replace(entry, faults=(str(located.looked[-1]),))
        return replace(entry, state="to fetch") if fetchable else entry
    path, via = located.found
    seen = inspect_source(path, located.name, via, source, recorded, progress)
    return replace(
        entry,
        path=path,
        via=via,
        state=_state(seen),
        identity=seen.identity,
        found_columns=seen.shape.columns if seen.shape else None,
        found_width=seen.shape.width if seen.shape else None,
        found_rows=seen.shape.rows if seen.shape else None,
        faults=tuple(map(_sentence, seen.faults)),
        remarks=seen.remarks,
    )


def _state(seen: Inspection) -> State:
    if not seen.readable:
        return "unreadable"
    if seen.pin is not None:
        return seen.pin
    changed = any(isinstance(fault, SourceChangedError) for fault in seen.faults)
    return "changed" if changed else "unreadable"


def _sentence(fault: HuesetError) -> str:
    return f"{fault.message} ({fault.hint})" if fault.hint else fault.message
