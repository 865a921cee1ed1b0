"""A kit for the tests of a builder: its tables from a few files, and what every builder promises.

It does what a build does with the units (planned, made, checked, combined), without store, pins,
gate or workers.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.build.assemble import FinishedTables, assemble_tables
from hueset.build.plan import PlannedUnit
from hueset.build.units import run_step
from hueset.builder import Inputs
from hueset.builder.loader import load_builder, planned_units
from hueset.errors import UnknownNameError
from hueset.files.hashing import file_sha256
from hueset.gate.invariants import check_tables
from hueset.sources import pins

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hueset.builder import Finding, Reject
    from hueset.declaration.project import Project

_PROMISES = frozenset(
    {"key_unique", "non_null", "values", "finite", "split_named", "split_disjoint", "private"}
)
"""The engine's invariants that do not depend on how many rows there are."""


@dataclass(frozen=True)
class BuiltTables:
    """What a builder made.

    Attributes
    ----------
    files
        The parquet files of each declared table.
    rejects
        What it refused, that of the units first.
    findings
        What it found: in the units, in `combine`, in `check`.
    """

    files: Mapping[str, tuple[Path, ...]]
    rejects: tuple[Reject, ...]
    findings: tuple[Finding, ...]

    def read(self, table: str) -> pl.DataFrame:
        """Return the rows of one table, in the order of its files."""
        return pl.concat([pl.read_parquet(path) for path in self.files[table]])


def make_inputs(
    project: Project, dataset: str, sources: Mapping[str, Path], **parameters: Any
) -> Inputs:
    """Return the inputs of a build from files of a test.

    Parameters
    ----------
    project
        The project with the declaration; its builders can be imported from then on.
    dataset
        The dataset.
    sources
        A file, folder or archive for each source that is there. Pins are not looked at.
    parameters
        Parameters to set apart from the declared ones.

    Raises
    ------
    UnknownNameError
        A source or a parameter is not declared.
    """
    declared = project.dataset(dataset)
    for what, given, known in (
        ("source", sources, declared.sources),
        ("parameter", parameters, declared.parameters),
    ):
        for name in given:
            if name not in known:
                raise UnknownNameError.unknown(f"{what} of {dataset}", name, known)
    project.offer_builder(declared)
    found = {}
    for name, path in sources.items():
        identity = pins.identify_bytes(path, name, declared.sources[name], sample=True)
        found[name] = pins.resolved_source(path, name, "flag", identity)
    merged = {**declared.defaults, **parameters}
    return Inputs(declared, found, merged, project.facts(declared))


def build_tables(inputs: Inputs, folder: Path, *, backwards: bool = False) -> BuiltTables:
    """Plan, make every unit, combine and check.

    Parameters
    ----------
    inputs
        From `make_inputs`.
    folder
        An empty folder to work in; the tables stay there.
    backwards
        Make the last unit first. Whatever comes of that has to be the same.
    """
    module = inputs.dataset.builder
    planned = [
        PlannedUnit(unit, hashlib.sha256(unit.key.encode()).hexdigest())
        for unit in planned_units(module, inputs)
    ]
    made = {
        one.digest: run_step(one, inputs, folder / "units")
        for one in (reversed(planned) if backwards else planned)
    }
    shards = [made[one.digest] for one in planned]
    done = assemble_tables(inputs, shards, folder / "version")
    finished = FinishedTables(inputs.dataset, folder / "version", done.files)
    check = getattr(load_builder(module), "check", None)
    return BuiltTables(
        files={name: tuple(finished.files(name)) for name in inputs.dataset.tables},
        rejects=tuple(one for shard in shards for one in shard.rejects) + done.rejects,
        findings=(
            *(one for shard in shards for one in shard.findings),
            *done.findings,
            *(check(finished, inputs) if check else ()),
        ),
    )


def check_builder(inputs: Inputs, folder: Path) -> list[str]:
    """Hold a builder to what every builder promises.

    It is run twice, the second time with its units in the other order: the same bytes come out,
    the same rows are refused and the same is found. Keys are unique, declared values are kept, no
    group lies in two splits, no number is infinite and no path of this machine is published.

    Parameters
    ----------
    inputs
        From `make_inputs`.
    folder
        An empty folder to work in.

    Returns
    -------
    list of str
        What is broken, one sentence each; empty where all holds.
    """
    first = build_tables(inputs, folder / "first")
    second = build_tables(inputs, folder / "second", backwards=True)
    faults = [
        f"{table}: a second build, with the units in the other order, gave other bytes"
        for table in inputs.dataset.tables
        if _digests(first.files[table]) != _digests(second.files[table])
    ]
    if first.rejects != second.rejects:
        faults.append("a second build refused other rows, or in another order")
    if first.findings != second.findings:
        faults.append("a second build found something else, or in another order")
    results = check_tables(inputs.dataset, first.files, defaultdict(int), {}, sample=True)
    return faults + [
        f"{one.table}: {one.message}"
        for one in results
        if not one.verdict.passes and one.id.removeprefix("output.") in _PROMISES
    ]


def _digests(files: tuple[Path, ...]) -> list[tuple[str, str]]:
    return [(path.name, file_sha256(path)[0]) for path in files]
