"""Refused rows: browse them by reason, and try them again after a fix."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from hueset.build.executor import run_steps
from hueset.build.steps import load_shard
from hueset.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hueset.build.run import Watcher
    from hueset.plan import Plan
    from hueset.store import Store, Version


def browse(
    version: Version,
    *,
    table: str | None = None,
    reason: str | None = None,
    limit: int = 20,
) -> dict[str, Any]:
    """Return the counts by table and reason, and the first refused rows that match.

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
    rows = [
        row
        for row in refused(version).to_pylist()
        if table in {None, row["table"]} and reason in {None, row["reason"]}
    ]
    return {
        "dataset": version.dataset,
        "version": version.name,
        "counts": {name: dict(told) for name, told in counts.items()},
        "matching": len(rows),
        "rows": rows[:limit],
    }


def refused(version: Version) -> pa.Table:
    """Return all refused rows: unit, table, source, key, reason, observed, expected."""
    version.require_whole()
    named = [path for path in version.promised() if path.startswith("quarantine/")]
    files = [version.path / path for path in sorted(named) if path.endswith(".parquet")]
    if not files:
        return pa.table({})
    return pa.concat_tables([pq.read_table(path) for path in files])


def replay(
    plan: Plan, store: Store, version: Version, watcher: Watcher, *, workers: int = 1
) -> dict[str, Any]:
    """Try the units with refused rows again, with the sources and the code as they are now.

    Nothing in the store changes; a build makes the version with what is accepted now.

    Returns
    -------
    dict
        Strict JSON: `accepted` (refused before, not now), `still` (refused again), `new` (refused
        now only), each as counts by reason with examples; `corpus_wide` counts what only a whole
        build can decide.
    """
    before = refused(version).to_pylist()
    per_unit = [row for row in before if row["unit"] is not None]
    wanted = {row["unit"] for row in per_unit}
    units = [planned for planned in plan.units if planned.unit.key in wanted]
    watcher.units(len(units), 0)
    with store.staging(plan.dataset.name) as staged:
        run_steps(units, plan.inputs, staged, workers=workers, done=watcher.unit)
        shards = [load_shard(staged / planned.digest) for planned in units]
    now = {
        (shard.key, reject.table, reject.source, reject.key): reject.reason
        for shard in shards
        for reject in shard.rejects
    }
    was = {(r["unit"], r["table"], r["source"], r["key"]): r["reason"] for r in per_unit}
    tried = {planned.unit.key for planned in units}
    return {
        "dataset": version.dataset,
        "version": version.name,
        "refused": len(before),
        "corpus_wide": len(before) - len(per_unit),
        "units": len(units),
        "units_gone": sorted(wanted - tried),
        "accepted": _told({k: r for k, r in was.items() if k not in now and k[0] in tried}),
        "still": _told({k: r for k, r in now.items() if k in was}),
        "new": _told({k: r for k, r in now.items() if k not in was}),
    }


def _told(rows: Mapping[tuple[str, str, str, str], str]) -> dict[str, Any]:
    return {
        "count": len(rows),
        "reasons": dict(sorted(Counter(rows.values()).items())),
        "examples": [key[3] for key in list(rows)[:5]],
    }
