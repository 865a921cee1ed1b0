"""The vocabulary between the engine and a builder: what a builder gets, and what it gives.

A builder is a module (or package) named by a declaration. It offers plain functions:

`plan_units(inputs)`
    The units of work, in a fixed order. A unit names the bytes it depends on, so that a change
    of one song rebuilds one song.
`build_unit(unit, inputs)`
    One idempotent step: yields `Batch`, `Reject` and `Finding` in a fixed order. It runs in a
    worker process; only its unit is in memory.
`combine(shards, inputs)` (optional)
    What needs every unit at once (duplicates over sources, a wide table). A table it yields
    replaces that of the units; the others pass through as they are. Rows that the units gave of a
    declared table are yielded again or refused, one by one; what is to be aggregated or picked
    from comes as a working table.
`check_unit(tables, inputs)` (optional)
    Named invariants over the finished tables of one unit, looked at once, when the unit is made:
    the place for what opens every file of a large table.
`check(tables, inputs)` (optional)
    Named invariants over the finished tables that no column expectation can say.

A builder never invents a value: what is missing is null, what cannot be right is a `Reject`.
`csv_rows` reads a table without losing a field in silence, and what fails inside `with
reading("source 'rows': a.json is no JSON"):` is told as the fault of that file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from hueset.builder.csv_reader import csv_rows
from hueset.builder.input_errors import convert_input_errors
from hueset.builder.source import Member, ResolvedSource
from hueset.documents.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import polars as pl
    import pyarrow as pa

    from hueset.declaration import Dataset

__all__ = [
    "Batch",
    "Builder",
    "Finding",
    "Inputs",
    "Member",
    "Reject",
    "ResolvedSource",
    "Shards",
    "Unit",
    "Verdict",
    "convert_input_errors",
    "csv_rows",
]

_TABLE = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Inputs:
    """What a builder may read.

    Attributes
    ----------
    dataset
        The declaration.
    sources
        The resolved sources by name; a source that is not there is not a key.
    parameters
        The declared parameters, with the overrides of this build.
    facts
        The declared tables of facts by file name, already parsed from YAML.
    """

    dataset: Dataset
    sources: Mapping[str, ResolvedSource]
    parameters: Mapping[str, Any]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Unit:
    """One idempotent piece of work: a song, a performance, a source file.

    Attributes
    ----------
    key
        Unique within the dataset, stable from build to build.
    inputs
        The bytes it depends on: `(source, member)`; the member is None for the whole source.
    payload
        Anything else it needs, as JSON values; part of its fingerprint.
    """

    key: str
    inputs: tuple[tuple[str, str | None], ...]
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Rows of one table, with exactly the declared columns (any order).

    `shards.scan` in `combine` sees unit tables by these names too; a name that is not a declared
    table but starts with an underscore is a working table that never leaves the build.
    """

    table: str
    rows: pa.Table


@dataclass(frozen=True)
class Reject:
    """A row or unit that cannot be right; it goes to quarantine and is counted.

    Attributes
    ----------
    table
        The declared table it would have been a row of.
    source
        The source it came from.
    key
        Where it stands in the source: an id, or `file:line`. Where `combine` refuses a row that a
        unit gave of the declared table, the row's own key: the text of its key columns, joined by
        ` / `, so that it is seen which of the rows is not yielded.
    reason
        A stable code in snake_case, e.g. `rating_out_of_range`.
    observed
        The value that was found, as text.
    expected
        What would have been right.
    """

    table: str
    source: str
    key: str
    reason: str
    observed: str
    expected: str = ""

    def __post_init__(self) -> None:
        """Refuse what the quarantine could not hold, while the builder's line is at hand."""
        for name, value in vars(self).items():
            if not isinstance(value, str) and value is not None:
                message = f"Reject.{name} is {value!r}, expected text"
                raise TypeError(message)
        if not _TABLE.fullmatch(self.table):
            message = f"Reject.table is {self.table!r}, no name of a table"
            raise ValueError(message)


@dataclass(frozen=True)
class Finding:
    """A defect that is told, not hidden: it warns about input, or fails a promise of the output.

    Attributes
    ----------
    check
        Stable dotted name, e.g. `input.trt_before_last_section`.
    verdict
        `Verdict.WARN` for a defect of the input; `Verdict.FAIL` for a broken promise about the
        output. The word alone is taken too.
    message
        One sentence in plain words, with the numbers.
    table
        The table it is about, if one.
    count
        How many rows, files or groups are concerned.
    examples
        At most ten keys, song ids or file names.
    """

    check: str
    verdict: Verdict
    message: str
    table: str | None = None
    count: int = 1
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a verdict that is none of the four; examples are text."""
        try:
            object.__setattr__(self, "verdict", Verdict.parse(self.verdict))
        except ValueError as error:
            known = tuple(str(one) for one in Verdict)
            message = f"Finding.verdict is {self.verdict!r}, expected one of {known}"
            raise ValueError(message) from error
        object.__setattr__(self, "examples", tuple(map(str, self.examples)))


class Shards(Protocol):
    """The tables of all finished units, read lazily and in the order of the units."""

    def scan(self, table: str) -> pl.LazyFrame:
        """Return one table over all units; empty, with its schema, where no unit made rows."""
        ...

    def files(self, table: str) -> list[Path]:
        """Return the parquet files of one table, one per unit that made rows of it."""
        ...


class Builder(Protocol):
    """The two functions every builder module has."""

    def plan_units(self, inputs: Inputs) -> Iterable[Unit]:
        """Return the units of work in a fixed order."""
        ...

    def build_unit(self, unit: Unit, inputs: Inputs) -> Iterator[Batch | Reject | Finding]:
        """Make the rows of one unit."""
        ...
