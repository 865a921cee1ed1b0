"""The inventory of a dataset's sources: what was looked for where, and what is really there.

It downloads nothing, and never stops at a fault: a fault is what it is there to show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hueset.errors import HuesetError, SourceChangedError
from hueset.sources import lock as locks
from hueset.sources import pins, shape
from hueset.sources.locate import locate
from hueset.sources.needs import Need, choose, needs
from hueset.sources.remote import can_be_fetched, fetch_first
from hueset.sources.sample import locate_sample, sample_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hueset.sources.hashes import Progress
    from hueset.sources.locate import Located, Look, Where
    from hueset.sources.lock import Recorded
    from hueset.sources.resolved import ResolvedSource, Via
    from hueset.spec import Dataset, Source

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
    need
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
    feeds
        The dimensions its rows carry labels for.
    looked
        Every place that was looked at.
    faults
        All that is wrong, each in one sentence with what to do.
    """

    name: str
    need: str
    used: bool
    state: State
    looked: tuple[Look, ...]
    feeds: tuple[str, ...]
    declared_columns: tuple[str, ...]
    declared_rows: int | None
    via: Via | None = None
    path: Path | None = None
    identity: pins.Identity | None = None
    found_columns: tuple[str, ...] | None = None
    found_width: int | None = None
    found_rows: int | None = None
    faults: tuple[str, ...] = ()

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
    recorded = locks.read(where.dataset_dir)
    if sample is not None:
        located = locate_sample(dataset, where, sample, dataset.sources)
    else:
        located = locate(dataset, where, dataset.sources)
        if lock:
            waiting = [
                name
                for name, one in located.items()
                if one.found is None
                and not one.configured
                and name not in recorded
                and pins.waits_for_lock(dataset.sources[name])
            ]
            located |= {name: _fetched(dataset, where, located[name], progress) for name in waiting}
    needed = needs(dataset, dataset.sources)
    used = {choose(need, located) for need in needed}
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
        entries = _recorded(entries, where)
    complete = all(
        _answered(need, choose(need, located), entries, sample=sample is not None)
        for need in needed
    )
    return Inventory(tuple(entries.values()), sample is not None, complete)


def _answered(
    need: Need, choice: str | None, entries: Mapping[str, Entry], *, sample: bool
) -> bool:
    """Return whether a build would get over a need."""
    if any(entries[name].state == "missing" and entries[name].faults for name in need.names):
        return False  # configured, and not there
    if choice is None:
        fetched = any(entries[name].state == "to fetch" for name in need.names)
        return sample or need.optional or fetched
    return entries[choice].state not in {"changed", "unreadable"}


def _fetched(
    dataset: Dataset, where: Where, located: Located, progress: Progress | None
) -> Located:
    """Return what a source is after a download was tried; a fault is one more look."""
    looked = {located.name: list(located.looked)}
    need = Need((located.name,), optional=True)
    got = fetch_first(dataset, where, need, looked, progress)
    found = (got[1], got[2]) if isinstance(got, tuple) else None
    return replace(located, looked=tuple(looked[located.name]), found=found)


def _recorded(entries: Mapping[str, Entry], where: Where) -> dict[str, Entry]:
    """Write what waited for it into the lock file."""
    fresh = {
        name: pins.recorded_as(entry.identity)
        for name, entry in entries.items()
        if entry.state == "unrecorded" and entry.identity is not None
    }
    locks.record(where.dataset_dir, fresh)
    return {
        name: replace(entry, state="locked") if name in fresh else entry
        for name, entry in entries.items()
    }


def _entry(
    located: Located,
    used: bool,
    source: Source,
    recorded: Recorded | None,
    progress: Progress | None,
    *,
    fetchable: bool,
) -> Entry:
    entry = Entry(
        name=located.name,
        need=source.need,
        used=used,
        state="missing",
        looked=located.looked,
        feeds=source.feeds,
        declared_columns=source.columns,
        declared_rows=source.rows,
    )
    if located.found is None:
        if located.configured:
            return replace(entry, faults=(str(located.looked[-1]),))
        return replace(entry, state="to fetch") if fetchable else entry
    path, via = located.found
    entry = replace(entry, path=path, via=via)
    try:
        identity = pins.identify(
            path, located.name, source, sample=via == "sample", progress=progress
        )
    except (HuesetError, OSError) as error:
        return replace(entry, state="unreadable", faults=(_fault(error),))
    entry = _pinned(replace(entry, identity=identity), path, source, identity, recorded)
    return _measured(entry, pins.resolved(path, located.name, via, identity), source)


def _pinned(
    entry: Entry,
    path: Path,
    source: Source,
    identity: pins.Identity,
    recorded: Recorded | None,
) -> Entry:
    if entry.via == "sample":
        return replace(entry, state="sample")
    try:
        return replace(entry, state=pins.check(path, entry.name, source, identity, recorded))
    except SourceChangedError as error:
        return replace(entry, state="changed", faults=(*entry.faults, _fault(error)))
    except HuesetError as error:
        return replace(entry, state="unreadable", faults=(*entry.faults, _fault(error)))


def _measured(entry: Entry, found: ResolvedSource, source: Source) -> Entry:
    try:
        seen = shape.measure(found, source)
    except (HuesetError, OSError) as error:
        return replace(entry, faults=(*entry.faults, _fault(error)))
    faults = list(entry.faults)
    columns = shape.column_fault(seen, source)
    if columns:
        faults.append(columns)
    if source.rows is not None and seen.rows is not None and seen.rows != source.rows:
        faults.append(f"it has {seen.rows:,} rows, declared are {source.rows:,}")
    if seen.ragged:
        faults.append(f"{seen.ragged:,} rows do not fit its columns: {seen.first_ragged}")
    return replace(
        entry,
        found_columns=seen.columns,
        found_width=seen.width,
        found_rows=seen.rows,
        faults=tuple(faults),
    )


def _fault(error: HuesetError | OSError) -> str:
    if isinstance(error, HuesetError):
        return f"{error.message} ({error.hint})" if error.hint else error.message
    return str(error)
