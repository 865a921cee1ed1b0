"""Refused rows: browse them by reason, and try them again after a fix."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hueset.build.executor import run_steps
from hueset.build.replay import Refusal, compare_refusals
from hueset.build.row_accounting import check_units
from hueset.build.units import load_shard
from hueset.errors import StoreError, UnknownNameError, sentence_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.build.plan import BuildPlan
    from hueset.build.run import BuildProgress
    from hueset.store.store import StoredVersion, VersionStore

REFUSED = pa.schema(
    [
        (name, pa.string())
        for name in ("unit", "table", "source", "key", "reason", "observed", "expected")
    ]
)
"""A refused row: where it came from, what it is, why it was refused, what was there."""


def browse_quarantine(
    version: StoredVersion,
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
    counts: Mapping[str, Mapping[str, int]] = version.manifest.quarantine
    if not counts and (table or reason):
        message = f"nothing was refused in {version.dataset} {version.name}"
        raise UnknownNameError(message, hint="there is nothing to browse", value=table or reason)
    if table is not None and table not in counts:
        raise UnknownNameError.unknown("table with refused rows", table, counts)
    reasons = sorted({known for told in counts.values() for known in told})
    if reason is not None and reason not in reasons:
        raise UnknownNameError.unknown("reason", reason, reasons)
    rows = read_refused_rows(version)
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


def read_refused_rows(version: StoredVersion) -> pa.Table:
    """Return all refused rows, with the columns of `REFUSED`.

    Raises
    ------
    StoreError
        A file is missing or damaged, or holds something else.
    """
    version.require_whole()
    named = [path for path in version.promised() if path.startswith("quarantine/")]
    paths = sorted(path for path in named if path.endswith(".parquet"))
    # Without a file too it has the columns: a slice of a table without any has rows of nothing.
    return pa.concat_tables([REFUSED.empty_table(), *(_refused(version, path) for path in paths)])


def _refused(version: StoredVersion, path: str) -> pa.Table:
    where = f"{version.dataset} {version.name}: {path}"
    hint = f"`hueset verify {version.dataset}` says whether it is damaged"
    try:
        rows = pq.read_table(version.path / path)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{where} cannot be read: {sentence_of(error)}", hint=hint) from error
    if rows.schema.names != REFUSED.names:
        said = f"its columns are {', '.join(rows.schema.names)}, not those of refused rows"
        raise StoreError(f"{where} cannot be read: {said}", hint=hint)
    return rows.cast(REFUSED)  # what was filtered by licences has longer texts


def replay_quarantine(
    plan: BuildPlan,
    store: VersionStore,
    version: StoredVersion,
    watcher: BuildProgress,
    *,
    workers: int = 1,
) -> dict[str, Any]:
    """Try the units with refused rows again, with the sources and the code as they are now.

    Nothing in the store changes; a build makes the version with what is accepted now. Rows are
    counted, not keys: of two rows with one key, one may be accepted and the other refused again.
    How it is told what became of a row, `hueset.build.replay` says.

    Returns
    -------
    dict
        Strict JSON: `accepted` (refused before, written now), `still` (refused again), `gone_rows`
        (no longer in the source), `unknown` (neither written under its key nor refused, and
        nothing shows that it is gone), `new` (refused now only), each as counts by reason with
        examples; `corpus_wide` counts what only a whole build can decide; `gone` counts the rows
        that are no longer in the sources, those of units that are no longer planned (`units_gone`)
        among them. `refused` is the sum of `accepted`, `still`, `unknown`, `corpus_wide` and
        `gone`.
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
        was = [Refusal.of(row["unit"], row) for row in per_unit if row["unit"] in tried]
        compared = compare_refusals(was, shards, plan, store, version)
    return {
        "dataset": version.dataset,
        "version": version.name,
        "refused": len(before),
        "corpus_wide": len(before) - len(per_unit),
        "units": len(units),
        "units_gone": sorted(wanted - tried),
        "gone": len(per_unit) - len(was) + len(compared.gone),
        "accepted": _summarise(compared.accepted),
        "still": _summarise(compared.still),
        "gone_rows": _summarise(compared.gone),
        "unknown": _summarise(compared.unknown),
        "new": _summarise(compared.new),
    }


def _summarise(rows: Sequence[Refusal]) -> dict[str, Any]:
    return {
        "count": len(rows),
        "reasons": dict(sorted(Counter(row.reason for row in rows).items())),
        "examples": [row.key for row in rows[:5]],
    }
