"""Refused rows: browse them by reason, and try them again after a fix."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hueset.build.executor import run_steps
from hueset.build.row_accounting import check_units
from hueset.build.units import load_shard
from hueset.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.build.plan import BuildPlan
    from hueset.build.run import BuildProgress
    from hueset.store.store import Store, Version


def browse_quarantine(
    version: Version,
    *,
    table: str | None = None,
    reason: str | None = None,
    limit: int = 20,
    offset: int = 0,
) -> dict[str, Any]:
    """Return the counts by table and reason, and the refused rows that match, a page of them.

    Raises
    ------
    UnknownNameError
        Nothing was refused for that table or reason.
    StoreError
        The version is damaged.
    """
    counts: Mapping[str, Mapping[str, int]] = version.manifest["quarantine"]
    if not counts and (table or reason):
        message = f"nothing was refused in {version.dataset} {version.name}"
        raise UnknownNameError(message, hint="there is nothing to browse", value=table or reason)
    if table is not None and table not in counts:
        raise UnknownNameError.unknown("table with refused rows", table, counts)
    reasons = sorted({known for told in counts.values() for known in told})
    if reason is not None and reason not in reasons:
        raise UnknownNameError.unknown("reason", reason, reasons)
    rows = read_refused_rows(version)
    if not rows.num_columns:  # a slice of no columns would have rows
        offset, limit = 0, 0
    for column, wanted in (("table", table), ("reason", reason)):
        if wanted is not None:
            rows = rows.filter(pc.equal(rows[column], wanted))
    return {
        "dataset": version.dataset,
        "version": version.name,
        "counts": {name: dict(told) for name, told in counts.items()},
        "matching": rows.num_rows,
        "rows": rows.slice(offset, limit).to_pylist(),
    }


def read_refused_rows(version: Version) -> pa.Table:
    """Return all refused rows: unit, table, source, key, reason, observed, expected."""
    version.require_whole()
    named = [path for path in version.promised() if path.startswith("quarantine/")]
    files = [version.path / path for path in sorted(named) if path.endswith(".parquet")]
    if not files:
        return pa.table({})
    return pa.concat_tables([pq.read_table(path) for path in files])


def replay_quarantine(
    plan: BuildPlan, store: Store, version: Version, watcher: BuildProgress, *, workers: int = 1
) -> dict[str, Any]:
    """Try the units with refused rows again, with the sources and the code as they are now.

    Nothing in the store changes; a build makes the version with what is accepted now. Rows are
    counted, not keys: of two rows with one key, one may be accepted and the other refused again.

    Returns
    -------
    dict
        Strict JSON: `accepted` (refused before, not now), `still` (refused again), `new` (refused
        now only), each as counts by reason with examples; `corpus_wide` counts what only a whole
        build can decide, `gone` the rows of the units that are no longer planned (`units_gone`).
        `refused` is the sum of `accepted`, `still`, `corpus_wide` and `gone`.
    """
    before = read_refused_rows(version).to_pylist()
    per_unit = [row for row in before if row["unit"] is not None]
    wanted = {row["unit"] for row in per_unit}
    units = [planned for planned in plan.units if planned.unit.key in wanted]
    watcher.units(len(units), 0)
    with store.staging(plan.dataset.name) as staged:
        run_steps(units, plan.inputs, staged, workers=workers, done=watcher.unit)
        shards = [load_shard(staged / planned.digest) for planned in units]
    check_units(units, shards)
    tried = {planned.unit.key for planned in units}
    was = [_Refusal.of(r["unit"], r) for r in per_unit if r["unit"] in tried]
    now = [_Refusal.of(shard.key, vars(one)) for shard in shards for one in shard.rejects]
    compared = _compare(was, now)
    return {
        "dataset": version.dataset,
        "version": version.name,
        "refused": len(before),
        "corpus_wide": len(before) - len(per_unit),
        "units": len(units),
        "units_gone": sorted(wanted - tried),
        "gone": len(per_unit) - len(was),
        "accepted": _summarise(compared.accepted),
        "still": _summarise(compared.still),
        "new": _summarise(compared.new),
    }


class _Refusal(NamedTuple):
    """A row that a unit refused; several may be the same in all but what was found, or in all."""

    unit: str
    table: str
    source: str
    key: str
    reason: str
    observed: str

    @classmethod
    def of(cls, unit: str, row: Mapping[str, str]) -> _Refusal:
        return cls(unit, *(row[name] for name in cls._fields[1:]))

    @property
    def place(self) -> tuple[str, ...]:
        """Where the row stands, whatever is wrong with it."""
        return self[:4]


@dataclass(frozen=True)
class _Comparison:
    """Refused rows of then and now, each in one of three lists."""

    accepted: list[_Refusal]
    still: list[_Refusal]
    new: list[_Refusal]


def _compare(was: Sequence[_Refusal], now: Sequence[_Refusal]) -> _Comparison:
    """Pair each row that is refused now with one that was refused before, row by row.

    Those that are alike in all are paired first, then those of one place and reason, then those of
    one place: a row at the same place may be refused for another reason now.
    """
    still: list[_Refusal] = []
    left, waiting = list(was), list(now)
    for likeness in (tuple, lambda row: row[:5], lambda row: row.place):
        before = Counter(map(likeness, left))
        paired: Counter[tuple[str, ...]] = Counter()
        unpaired = []
        for row in waiting:
            if paired[likeness(row)] < before[likeness(row)]:
                paired[likeness(row)] += 1
                still.append(row)
            else:
                unpaired.append(row)
        rest = []
        for row in left:
            if paired[likeness(row)]:
                paired[likeness(row)] -= 1
            else:
                rest.append(row)
        left, waiting = rest, unpaired
    return _Comparison(accepted=left, still=still, new=waiting)


def _summarise(rows: Sequence[_Refusal]) -> dict[str, Any]:
    return {
        "count": len(rows),
        "reasons": dict(sorted(Counter(row.reason for row in rows).items())),
        "examples": [row.key for row in rows[:5]],
    }
