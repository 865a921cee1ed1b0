"""One step: a unit of work becomes a shard, which appears whole or not at all.

A shard is the folder `_units/<digest>/` with one parquet file per table and `unit.json`, which
holds the counts, what was refused and what was found. Of a table with `files: per_unit` it holds
`<table>/<split>-….parquet` in their final form, with their hashes. It is written beside and
renamed, so a killed step leaves nothing that a later build could take for finished.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hueset.build.import_guard import only_known_code
from hueset.build.row_accounting import check_shard
from hueset.build.shard import Shard
from hueset.build.unit_cache import ACCOUNT, file_stamp, is_complete_unit, write_account
from hueset.builder import Batch, Finding, Inputs, Reject
from hueset.builder.loader import builder_code, load_builder
from hueset.declaration.column_types import arrow_schema
from hueset.errors import BuildError, InputError, UnknownNameError
from hueset.failpoints import pass_failpoint
from hueset.files.atomic import sync_tree
from hueset.files.safe_paths import discard_path
from hueset.tables.conformance import check_rows, check_texts, conform_rows
from hueset.tables.row_sizes import cut_groups, measure_rows
from hueset.tables.writer import MAX_GROUP_BYTES, TableWriter, write_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from hueset.build.plan import PlannedUnit
    from hueset.declaration import Dataset


UNITS = "units"
"""The quarantine's table for units that could not be read at all."""


@dataclass(frozen=True)
class ShardTables:
    """The tables of finished units (see `hueset.builder.Shards`)."""

    dataset: Dataset
    shards: Sequence[Shard]

    def files(self, table: str) -> list[Path]:
        """Return the parquet files of one table, in the order of the units."""
        return [path for shard in self.shards for path in shard.files(table)]

    def scan(self, table: str) -> pl.LazyFrame:
        """Return one table over all units, in their order; empty where no unit made rows."""
        files = self.files(table)
        if files:
            return pl.scan_parquet(files, glob=False, hive_partitioning=False)
        if table not in self.dataset.tables:
            if table.startswith("_"):
                message = f"no unit made rows of the working table {table!r}"
                raise BuildError(message, hint="yield an empty batch to give its schema")
            raise UnknownNameError.unknown("table", table, self.dataset.tables)
        empty = arrow_schema(self.dataset.tables[table]).empty_table()
        return pl.DataFrame(pl.from_arrow(empty)).lazy()


def run_step(planned: PlannedUnit, inputs: Inputs, units: Path) -> Shard:
    """Make the shard of one unit, or return the one that is there.

    A unit whose input cannot be read at all (`InputError`) gives a shard without rows that
    refuses the unit with its reason.

    Raises
    ------
    BuildError
        The builder failed for another reason; the message names the unit.
    """
    final = units / planned.digest
    if not is_complete_unit(final):
        fresh = units / f".{planned.digest}-{os.getpid()}-{secrets.token_hex(8)}"
        fresh.mkdir(parents=True)
        try:
            with only_known_code(inputs.dataset.builder):
                _write(planned, inputs, fresh)
            sync_tree(fresh)
            pass_failpoint("before-shard")
            _appear(fresh, final)
            pass_failpoint("after-shard")
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return load_shard(final)


def load_shard(path: Path) -> Shard:
    """Read the account of a finished unit."""
    told = json.loads((path / ACCOUNT).read_text(encoding="utf-8"))
    return Shard(
        key=told["key"],
        path=path,
        rows=told["rows"],
        rejects=tuple(Reject(**reject) for reject in told["rejects"]),
        findings=tuple(as_finding(finding) for finding in told["findings"]),
        whole=told["whole"],
    )


def not_ours(made: object, function: str, dataset: Dataset) -> BuildError:
    """Return the error for something that is neither rows nor reject nor finding."""
    shown = repr(made)
    message = f"{dataset.builder}: {function} gives {shown[:80]} of type {type(made).__name__}"
    return BuildError(message, hint="what counts is Batch, Reject and Finding of hueset.builder")


def check_reject(reject: Reject, dataset: Dataset) -> None:
    """Raise `UnknownNameError` for a row that was refused of a table that is not declared."""
    if reject.table not in dataset.tables:
        raise UnknownNameError.unknown(
            "table in a reject", reject.table, dataset.tables, where=dataset.builder
        )


def as_finding(told: dict[str, Any]) -> Finding:
    """Return a finding from its JSON form."""
    return Finding(**{**told, "examples": tuple(told["examples"])})


def _write(planned: PlannedUnit, inputs: Inputs, folder: Path) -> None:
    writers = _Writers(inputs, folder, planned.unit.key)
    rejects: list[Reject] = []
    findings: list[Finding] = []
    given: Counter[str] = Counter()
    unit = planned.unit
    module = inputs.dataset.builder
    try:
        builder = load_builder(module)
        read = [(inputs.sources[name], member) for name, member in unit.inputs]
        with builder_code(module, f"on the unit {unit.key!r}", read):
            for made in builder.build_unit(unit, inputs):
                match made:
                    case Batch():
                        writers.write(made)
                        given[made.table] += made.rows.num_rows
                    case Reject():
                        check_reject(made, inputs.dataset)
                        rejects.append(made)
                    case Finding():
                        findings.append(made)
                    case _:
                        raise not_ours(made, "build_unit", inputs.dataset)
    except InputError as error:
        # The unit is refused whole, and its rows with it.
        writers.discard()
        given.clear()
        rejects, findings = [_unit_reject(planned, error)], []
    rows, whole = writers.close()
    shard = Shard(unit.key, folder, rows, tuple(rejects), tuple(findings), whole)
    check_shard(given, shard)
    findings += _check_shard(shard, inputs)
    account = {
        "key": unit.key,
        "rows": rows,
        "whole": whole,
        "rejects": [asdict(reject) for reject in rejects],
        "findings": [asdict(finding) for finding in findings],
    }
    write_account(folder, account)


def _check_shard(shard: Shard, inputs: Inputs) -> list[Finding]:
    """Return what the builder's own check of a finished unit finds."""
    module = inputs.dataset.builder
    check = getattr(load_builder(module), "check_unit", None)
    if check is None or not any(shard.rows.values()):
        return []
    with builder_code(module, f"in check_unit of {shard.key!r}"):
        made = list(check(ShardTables(inputs.dataset, [shard]), inputs))
    for one in made:
        if not isinstance(one, Finding):
            raise not_ours(one, "check_unit", inputs.dataset)
    return made


def _unit_reject(planned: PlannedUnit, error: InputError) -> Reject:
    source = planned.unit.inputs[0][0] if planned.unit.inputs else ""
    return Reject(UNITS, source, planned.unit.key, error.reason, error.message, error.hint or "")


def _appear(fresh: Path, final: Path) -> None:
    if os.path.lexists(final) and not is_complete_unit(final):
        broken = fresh.with_name(f"{fresh.name}-broken")
        final.rename(broken)
        discard_path(broken)
    try:
        fresh.rename(final)
    except OSError:
        # Another builder finished the same unit first; its bytes are the same as ours.
        if not is_complete_unit(final):
            raise


class _Writers:
    """One plain parquet file per table of a unit; finished files of the tables that ask for it."""

    def __init__(self, inputs: Inputs, folder: Path, unit: str) -> None:
        self.tables = inputs.dataset.tables
        self.unit = unit
        self.folder = folder
        self.open: dict[str, pq.ParquetWriter] = {}
        self.whole: dict[str, TableWriter] = {}
        self.rows: Counter[str] = Counter()

    def write(self, batch: Batch) -> None:
        name, rows = batch.table, batch.rows
        where = f"unit {self.unit!r}, table {name!r}"
        check_rows(rows, where)
        if not name.startswith("_"):
            if name not in self.tables:
                raise UnknownNameError.unknown("table in a batch", name, self.tables)
            rows = conform_rows(rows, arrow_schema(self.tables[name]), where=where)
            if self.tables[name].files == "per_unit":
                self._write_whole(name, rows)
                return
        else:
            check_texts(rows, where)
        if name not in self.open:
            options = {**write_options(rows.schema), "use_content_defined_chunking": False}
            path = self.folder / f"{name}.parquet"
            self.open[name] = pq.ParquetWriter(path, rows.schema, **options)
        most = self.tables[name].row_group_rows if name in self.tables else 20_000
        # Groups that are read whole later: small enough for memory, and for Arrow's nested texts.
        for start, end in cut_groups(measure_rows(rows), rows=most, limit=MAX_GROUP_BYTES):
            self.open[name].write_table(rows.slice(start, end - start), row_group_size=end - start)
        self.rows[name] += rows.num_rows

    def _write_whole(self, name: str, rows: pa.Table) -> None:
        if name not in self.whole:
            self.whole[name] = TableWriter(self.folder / name, name, self.tables[name])
        self.whole[name].write(rows)
        self.rows[name] += rows.num_rows

    def discard(self) -> None:
        self.close()
        for path in self.folder.rglob("*.parquet"):
            path.unlink()
        self.rows.clear()

    def close(self) -> tuple[dict[str, int], dict[str, dict[str, Any]]]:
        """Finish; returns the rows per table, and the files of the tables that are whole."""
        for writer in self.open.values():
            writer.close()
        self.open.clear()
        whole = {name: self._finish(writer) for name, writer in self.whole.items()}
        self.whole.clear()
        return dict(self.rows), whole

    def _finish(self, writer: TableWriter) -> dict[str, Any]:
        files, content = writer.close()
        told = []
        for file in files:
            place = f"{writer.folder.name}/{file.path.rpartition('/')[2]}"
            told.append({**asdict(file), "path": place, "stamp": file_stamp(self.folder / place)})
        return {"files": told, "content": content}


def reject_table(rejects: Iterable[tuple[str | None, Reject]]) -> pa.Table:
    """Return refused rows as a table.

    Parameters
    ----------
    rejects
        Pairs of the unit's key (None where the corpus-wide step refused) and the reject.
    """
    given = list(rejects)
    told = {"unit": [unit for unit, _ in given]}
    for name in Reject.__dataclass_fields__:
        told[name] = [getattr(reject, name) for _, reject in given]
    schema = pa.schema([(name, pa.string()) for name in told])
    # By polars: pyarrow would import the whole of pandas to ask whether a list is one of its.
    return pl.DataFrame(told, schema=dict.fromkeys(told, pl.String)).to_arrow().cast(schema)
