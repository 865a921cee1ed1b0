"""The inventory of a dataset's sources: what was looked for where, and what is really there.

It downloads nothing, and never stops at a fault: a fault is what it is there to show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hueset.errors import HuesetError, SourceChangedError
from hueset.sources import lock, pins, shape
from hueset.sources.locate import locate, locate_sample, sample_of
from hueset.sources.needs import choose, needs

if TYPE_CHECKING:
    from pathlib import Path

    from hueset.sources.hashes import Progress
    from hueset.sources.locate import Located, Look, Where
    from hueset.sources.lock import Recorded
    from hueset.sources.resolved import ResolvedSource, Via
    from hueset.spec import Dataset, Source

State = Literal["ok", "locked", "unrecorded", "open", "sample", "changed", "unreadable", "missing"]
"""How a source stands: as in `hueset.sources.pins.PinState`, or what is wrong with it."""


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
        How it stands; `missing` where it is nowhere on this machine.
    via
        How it was found.
    path
        Where it lies on this machine.
    size
        Bytes of the file, or of its members together.
    members
        How many members; 0 for a plain file.
    digest
        SHA-256 of the file, or over its members.
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
    size: int | None = None
    members: int = 0
    digest: str | None = None
    found_columns: tuple[str, ...] | None = None
    found_width: int | None = None
    found_rows: int | None = None
    faults: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether it lies on this machine."""
        return self.path is not None


def inventory(
    dataset: Dataset, where: Where, *, progress: Progress | None = None
) -> tuple[Entry, ...]:
    """Look at every declared source, in declared order.

    Parameters
    ----------
    dataset
        The declaration.
    where
        Where the sources may lie.
    progress
        Called with (source, bytes done, bytes in all or None) while bytes are hashed.

    Raises
    ------
    UnknownNameError, UsageError, DeclarationError
        The configuration itself cannot be understood; nothing else is raised.
    """
    sample = sample_of(dataset, where)
    located = (
        locate(dataset, where, dataset.sources)
        if sample is None
        else locate_sample(dataset, where, sample, dataset.sources)
    )
    used = {choose(need, located) for need in needs(dataset, dataset.sources)}
    recorded = lock.read(where.dataset_dir)
    return tuple(
        _entry(located[name], name in used, source, recorded.get(name), progress)
        for name, source in dataset.sources.items()
    )


def _entry(
    located: Located,
    used: bool,
    source: Source,
    recorded: Recorded | None,
    progress: Progress | None,
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
        return replace(entry, faults=(str(located.looked[-1]),)) if located.configured else entry
    path, via = located.found
    entry = replace(entry, path=path, via=via)
    try:
        identity = pins.identify(
            path, located.name, source, sample=via == "sample", progress=progress
        )
    except (HuesetError, OSError) as error:
        return replace(entry, state="unreadable", faults=(_fault(error),))
    entry = replace(
        entry, size=identity.size, members=len(identity.members), digest=identity.digest
    )
    entry = _pinned(entry, path, source, identity, recorded)
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
