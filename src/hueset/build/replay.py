"""What became of rows that were refused, judged by what their unit writes and refuses now.

A row that is not refused any more need not have been accepted: it may be gone from the source. So
four answers are told apart, each by what is known of rows, not by what is likely:

- *refused again*: the unit refuses a row at the same place.
- *accepted*: the unit writes a row with its key, and wrote none with that key before; or the source
  is the same, and as many more rows are written as are refused no more.
- *gone*: the source changed, and no row that the unit writes now and did not write before can be
  it: there is none at all, or refused rows are known to be named by their keys and it has another.
- *unknown*: none of these can be shown, e.g. of a row that is named by a line of a file whose
  lines have moved.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hueset.build.row_accounting import row_keys
from hueset.build.unit_cache import is_complete_unit
from hueset.build.units import UNITS, load_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from hueset.build.plan import BuildPlan
    from hueset.build.shard import Shard
    from hueset.store.store import VersionStore
    from hueset.store.version import StoredVersion

_PLACE = re.compile(r"(.*):\d+")
"""A key that names a line of a file, which moves when a line above it goes."""


class Refusal(NamedTuple):
    """A row that a unit refused; several may be the same in all but what was found, or in all."""

    unit: str
    table: str
    source: str
    key: str
    reason: str
    observed: str

    @classmethod
    def of(cls, unit: str, row: Mapping[str, str]) -> Refusal:
        """Return the refusal that a row of the quarantine, or a reject, tells of."""
        return cls(unit, *(row[name] for name in cls._fields[1:]))

    @property
    def place(self) -> tuple[str, ...]:
        """Where the row stands, whatever is wrong with it."""
        return self[:4]

    @property
    def file(self) -> str | None:
        """The file, where the key names a line of one."""
        found = _PLACE.fullmatch(self.key)
        return found[1] if found else None


@dataclass
class ReplayComparison:
    """Refused rows of then and now: each of then in one of the first four lists."""

    accepted: list[Refusal] = field(default_factory=list)
    still: list[Refusal] = field(default_factory=list)
    gone: list[Refusal] = field(default_factory=list)
    unknown: list[Refusal] = field(default_factory=list)
    new: list[Refusal] = field(default_factory=list)


def compare_refusals(
    was: Sequence[Refusal],
    shards: Sequence[Shard],
    plan: BuildPlan,
    store: VersionStore,
    version: StoredVersion,
) -> ReplayComparison:
    """Say what became of the rows that units refused.

    Parameters
    ----------
    was
        What the units of `shards` refused when the version was built.
    shards
        The same units, made now.
    plan
        By which they were made.
    store, version
        The version that refused the rows, and where it lies.
    """
    now = [Refusal.of(shard.key, vars(one)) for shard in shards for one in shard.rejects]
    found, left = _pair(was, now)
    may_be_gone = _changed_sources(plan, version)
    keys = _WrittenKeys(plan, store, version)
    by_unit = {shard.key: shard for shard in shards}
    for unit, table in dict.fromkeys((row.unit, row.table) for row in left):
        rows = [row for row in left if (row.unit, row.table) == (unit, table)]
        if table == UNITS:
            found.accepted += rows  # the whole unit was refused, and is read now
            continue
        named = [row for row in was if (row.unit, row.table) == (unit, table)]
        _judge(rows, named, keys.of(by_unit[unit], table), may_be_gone, found)
    return found


class _Keys(NamedTuple):
    """The keys of the rows that one unit writes of one table, as often as it does."""

    then: Counter[str]
    now: Counter[str]


def _judge(
    rows: Sequence[Refusal],
    named: Sequence[Refusal],
    keys: _Keys | None,
    may_be_gone: Callable[[str], bool],
    found: ReplayComparison,
) -> None:
    """Sort rows of one unit and table that are not refused any more; `named` are all of then."""
    if keys is None:
        found.unknown += rows
        return
    fresh = keys.now - keys.then
    left = []
    for row in rows:
        if fresh[row.key]:
            fresh[row.key] -= 1
            found.accepted.append(row)
        else:
            left.append(row)
    if left and fresh.total() == len(left) and not any(may_be_gone(row.source) for row in left):
        found.accepted += left
        return
    nothing_else = not fresh.total()
    by_key = {row.source for row in named if keys.now[row.key] or keys.then[row.key]}
    for row in left:
        absent = nothing_else or (row.source in by_key and row.file is None)
        (found.gone if absent and may_be_gone(row.source) else found.unknown).append(row)


def _pair(was: Sequence[Refusal], now: Sequence[Refusal]) -> tuple[ReplayComparison, list[Refusal]]:
    """Pair each row that is refused now with one that was refused before, row by row.

    Those that are alike in all are paired first, and those that only moved within their file; then
    those of one place and reason, then those of one place: a row at the same place may be refused
    for another reason now.

    Returns
    -------
    tuple
        What is refused again or only now; and the rows of then that are refused no more.
    """
    still: list[Refusal] = []
    left, waiting = list(was), list(now)
    likenesses: tuple[Callable[[Refusal], Hashable | None], ...] = (
        tuple,
        lambda row: (*row[:3], row.file, *row[4:]) if row.file is not None else None,
        lambda row: row[:5],
        lambda row: row.place,
    )
    for likeness in likenesses:
        before = Counter(map(likeness, left))
        paired: Counter[Hashable] = Counter()
        unpaired = []
        for row in waiting:
            like = likeness(row)
            if like is not None and paired[like] < before[like]:
                paired[like] += 1
                still.append(row)
            else:
                unpaired.append(row)
        rest = []
        for row in left:
            like = likeness(row)
            if like is not None and paired[like]:
                paired[like] -= 1
            else:
                rest.append(row)
        left, waiting = rest, unpaired
    return ReplayComparison(still=still, new=waiting), left


def _changed_sources(plan: BuildPlan, version: StoredVersion) -> Callable[[str], bool]:
    """Return what says of a source whether a row can have left it since the version was made."""
    then = {source.name: source.digest for source in version.manifest.sources}
    now = {name: source.digest for name, source in plan.inputs.sources.items()}

    def changed(name: str) -> bool:
        return then[name] != now.get(name) if name in then else then != now

    return changed


class _WrittenKeys:
    """The keys that units write of a table, then and now."""

    def __init__(self, plan: BuildPlan, store: VersionStore, version: StoredVersion) -> None:
        self._plan, self._store, self._version = plan, store, version
        self._whole: dict[str, Counter[str]] = {}

    def of(self, shard: Shard, table: str) -> _Keys | None:
        """Return the keys of one unit; None where rows cannot be told apart by them."""
        declared = self._plan.dataset.tables.get(table)
        before = self._version.manifest.tables.get(table)
        if declared is None or before is None or not declared.key:
            return None
        if declared.key != before.key:
            return None
        if table not in shard.rows and any(name.startswith("_") for name in shard.rows):
            return None  # the rows of this table are made of a working table, by `combine`
        now = Counter(row_keys(shard.files(table), declared.key))
        return _Keys(self._then(shard.key, table, declared.key), now)

    def _then(self, unit: str, table: str, key: Sequence[str]) -> Counter[str]:
        """Return the keys that the unit wrote then; where its shard is gone, those of all units."""
        folder = self._store.units(self._version.dataset) / self._version.units.get(unit, "?")
        if is_complete_unit(folder):
            return Counter(row_keys(load_shard(folder).files(table), key))
        if table not in self._whole:
            self._whole[table] = Counter(row_keys(self._version.files(table), key))
        return self._whole[table]
