"""The account of rows: what comes in at a hand-over goes out of it, written or refused.

A row is handed over three times before it stands in a version: from the builder's batches to the
shard of its unit, from the shards (or from the builder's `combine`) to the table, and from the
table to the manifest. Each time both sides are counted, per table, and the far side by the footers
of the files that were written. A difference ends the build; there is no row that nobody counted.

What `combine` makes of a table is held to the strictest rule that is true of a builder:

- all rows that it yields are written;
- where the units gave rows of that very table, each of those rows is yielded again or refused by
  name, once: their keys are compared, not their number alone. A `combine` that aggregates, joins
  or picks reads a working table instead (its name starts with `_`), whose rows are nobody's until
  it yields some.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from hueset.errors import RowAccountError
from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from hueset.build.plan import PlannedUnit
    from hueset.build.shard import Shard
    from hueset.builder import Reject
    from hueset.tables.writer import WrittenFile


class HandOver(StrEnum):
    """Where rows change hands, in the words of the error."""

    TO_SHARD = "from the builder's batches to the shard of the unit"
    TO_TABLE = "from the shards of the units to the table"
    THROUGH_COMBINE = "from the shards of the units through combine"
    OF_COMBINE = "from combine to the table"
    TO_VERSION = "from the table to the version"
    TO_QUARANTINE = "from the builder's rejects to the quarantine"
    TO_SUBSET = "from the version to its subset"


_OURS = (
    "this is a defect of the engine: nothing was stored; look whether the disk is full or failing"
)
_BUILDERS = (
    "yield each row of the units again, or a Reject for it; to aggregate or pick, let the units "
    "give a working table, whose name starts with `_`"
)


def check_account(
    hand_over: HandOver, table: str, *, came: int, written: int, refused: int = 0, where: str = ""
) -> None:
    """Hold the two sides of a hand-over of one table against each other.

    Parameters
    ----------
    hand_over
        Which one.
    table
        The table.
    came
        Rows that came in.
    written, refused
        Rows that went out: into files, and by name into quarantine.
    where
        What stands before the message, e.g. the unit.

    Raises
    ------
    RowAccountError
        The two sides differ.
    """
    if came == written + refused:
        return
    place = f"{where}: " if where else ""
    rows = format_count(came, "row")
    message = (
        f"{place}table {table!r}, {hand_over}: {rows} came in, {written:,} were written "
        f"and {refused:,} refused"
    )
    hint = _BUILDERS if hand_over is HandOver.THROUGH_COMBINE else _OURS
    raise RowAccountError(message, hint=hint, value=table)


def check_shard(given: Mapping[str, int], shard: Shard) -> None:
    """Hold the rows of a unit's batches, per table, against the files of its shard."""
    for table in sorted({*given, *shard.rows}):
        came, written = given.get(table, 0), footer_rows(shard.files(table))
        where = f"unit {shard.key!r}"
        check_account(HandOver.TO_SHARD, table, came=came, written=written, where=where)
        told = shard.rows.get(table, 0)
        check_account(HandOver.TO_SHARD, table, came=came, written=told, where=where)


def check_units(planned: Sequence[PlannedUnit], shards: Sequence[Shard]) -> None:
    """Hold the shards of a build against its plan: each unit has one, and none is another's.

    Raises
    ------
    RowAccountError
        An engine lost a unit, or finished one twice.
    """
    wanted, there = [one.unit.key for one in planned], [shard.key for shard in shards]
    if wanted != there:
        lost = sorted((Counter(wanted) - Counter(there)).elements())
        message = f"planned: {format_count(len(wanted), 'unit')}, finished: {len(there):,}"
        message += f"; lost: {', '.join(map(repr, lost[:5]))}" if lost else ", in another order"
        raise RowAccountError(message, hint=_OURS, value=lost[0] if lost else None)


def check_tables(
    shards: Sequence[Shard],
    yielded: Mapping[str, int],
    rejects: Iterable[Reject],
    files: Mapping[str, Sequence[WrittenFile]],
) -> None:
    """Hold the rows of the units, and those that `combine` yields, against the finished tables.

    Parameters
    ----------
    shards
        The finished units.
    yielded
        Rows that `combine` yields, per table that it replaces.
    rejects
        What `combine` refuses.
    files
        The finished files of each declared table.
    """
    units: Counter[str] = Counter()
    for shard in shards:
        units.update(shard.rows)
    refused = Counter(reject.table for reject in rejects)
    for table, written in files.items():
        rows = sum(file.rows for file in written)
        if table in yielded:
            check_account(HandOver.OF_COMBINE, table, came=yielded[table], written=rows)
        if units[table]:
            through = table in yielded or refused[table]
            check_account(
                HandOver.THROUGH_COMBINE if through else HandOver.TO_TABLE,
                table,
                came=units[table],
                written=rows,
                refused=refused[table],
            )
        elif table not in yielded:
            check_account(HandOver.TO_TABLE, table, came=0, written=rows)


def check_keys(
    table: str,
    key: Sequence[str],
    units: Iterable[Path],
    written: Iterable[Path],
    rejects: Iterable[Reject],
) -> None:
    """Hold the keys of the units' rows against those that went through `combine`.

    Parameters
    ----------
    table
        A table of which units gave rows, and that `combine` yields.
    key
        Its key columns; the key of a reject is their values as text, joined by ` / `.
    units, written
        The files of the units' rows, and those of the finished table.
    rejects
        What `combine` refuses.

    Raises
    ------
    RowAccountError
        A row is neither yielded nor refused, is both, or came from nowhere.
    """
    units, written = list(units), list(written)
    refused = [reject.key for reject in rejects if reject.table == table]
    # In memory are two numbers; the keys themselves are gathered only to say which of them differ.
    if _key_sum(row_keys(units, key)) == _key_sum(chain(row_keys(written, key), refused)):
        return
    came, went = Counter(row_keys(units, key)), Counter(chain(row_keys(written, key), refused))
    lost, added = sorted((came - went).elements()), sorted((went - came).elements())
    parts = [f"{', '.join(lost[:5])} neither yielded nor refused"] if lost else []
    parts += [f"{', '.join(added[:5])} yielded or refused once too often"] if added else []
    message = f"table {table!r}, {HandOver.THROUGH_COMBINE}: {'; '.join(parts)}"
    raise RowAccountError(message, hint=_BUILDERS, value=(lost or added)[0])


def row_keys(paths: Iterable[Path], key: Sequence[str]) -> Iterator[str]:
    """Yield the key of each row of parquet files: the text of its key columns, by ` / `."""
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=20_000, columns=list(key)):
                columns = [batch.column(name).to_pylist() for name in key]
                yield from (" / ".join(map(str, row)) for row in zip(*columns, strict=True))


def _key_sum(keys: Iterable[str]) -> int:
    """Return a number that is the same for the same keys as often, in whatever order they come."""
    digests = (
        hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        for key in keys
    )
    return sum(int.from_bytes(digest, "big") for digest in digests)


def check_version(
    manifest: Mapping[str, Any],
    folder: Path,
    files: Mapping[str, Sequence[WrittenFile]],
    rejects: Iterable[Reject],
) -> None:
    """Hold the finished tables and all that was refused against the version that tells of them.

    Parameters
    ----------
    manifest
        The version's manifest.
    folder
        The version's folder, not yet in the store.
    files
        The finished files of each declared table.
    rejects
        What units and `combine` refused.
    """
    for table, written in files.items():
        told = manifest["tables"][table]
        rows = sum(file.rows for file in written)
        for count in (
            told["rows"],
            sum(told["splits"].values()),
            footer_rows(folder / file["path"] for file in told["files"]),
        ):
            check_account(HandOver.TO_VERSION, table, came=rows, written=count)
    refused = Counter(reject.table for reject in rejects)
    for table in sorted({*refused, *manifest["quarantine"]}):
        for count in (
            sum(manifest["quarantine"].get(table, {}).values()),
            footer_rows((folder / "quarantine").glob(f"{table}.parquet")),
        ):
            check_account(HandOver.TO_QUARANTINE, table, came=refused[table], written=count)


def footer_rows(paths: Iterable[Path]) -> int:
    """Return the rows of parquet files, as their footers say."""
    return sum(pq.read_metadata(path).num_rows for path in paths)
