"""What a suite may say: frozen, validated models of `expectations/<dataset>/<table>.yaml`.

Great Expectations drops an unknown type or a severity in the wrong case without a word, and lets
an empty suite pass. So every suite is validated here, before the library is imported at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hueset.declaration import Frozen, Name
from hueset.declaration.base import PROMISE_PATTERN
from hueset.declaration.column_types import Type, parse_type
from hueset.declaration.fault_words import describe_kind
from hueset.declaration.located_yaml import LocatedYaml
from hueset.declaration.yaml_lines import load_yaml, validate_model
from hueset.documents.verdicts import Severity
from hueset.errors import DeclarationError
from hueset.gate.arguments import argument_faults
from hueset.gate.expectation_types import ALL_NULL, COLUMN_ARGUMENTS, NOT_NULL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hueset.declaration import Dataset, TableDeclaration


class Expectation(Frozen):
    """One promise about a table."""

    id: Annotated[str, Field(pattern=PROMISE_PATTERN)] = Field(
        description="Unique in its suite; findings and records speak of it by this name."
    )
    type: str = Field(description="A type of Great Expectations, one of those listed below.")
    kwargs: dict[str, Any] = Field(default={}, description="The arguments of the type, by name.")
    severity: Severity = Field(
        description="What a failure is: `critical` fails the version, `warning` warns, `info` "
        "passes with a note."
    )
    why: str = Field(min_length=1, description="Why it is promised, in one sentence.")
    min_nonnull: int | None = Field(
        default=None,
        gt=0,
        description="Fewer evaluated elements than this, and the check proves nothing: `error`.",
    )
    may_be_empty: bool = Field(
        default=False,
        description="Where rows are there and none has a value, the check looked at nothing: that "
        "is `error`, and with this `warn`. For optional columns; no row at all stays an `error`.",
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it names."""
        named = [self.kwargs[name] for name in COLUMN_ARGUMENTS if name in self.kwargs]
        return tuple(c for one in named for c in ([one] if isinstance(one, str) else one))


class Suite(Frozen):
    """The promises about one table."""

    table: Name = Field(description="The table; also the name of the file.")
    min_rows: int = Field(default=1, ge=0, description="Fewer rows than this fail the version.")
    expectations: tuple[Expectation, ...] = Field(min_length=1, description="One promise or more.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns its expectations name, sorted."""
        return tuple(sorted({c for one in self.expectations for c in one.columns}))


KEYS = tuple(Suite.model_fields)
"""What stands at the top of a suite."""


def load_suites(dataset: Dataset, folder: Path) -> tuple[Suite, ...]:
    """Load every suite of a dataset, in the order of their file names.

    A table without a suite is not judged here; the gate reports it as an `error`.

    Raises
    ------
    DeclarationError
        See `load_suite`.
    """
    return tuple(load_suite(dataset, path) for path in sorted(folder.glob("*.yaml")))


def load_suite(dataset: Dataset, path: Path) -> Suite:
    """Load one suite and hold it against the declaration.

    Raises
    ------
    DeclarationError
        With every fault, each with file, line and expectation: an unknown key, type, argument,
        severity or column; an id given twice; an empty suite; a table that is not declared.
    """
    located = load_yaml(path)
    if not isinstance(located.data, dict):
        what = "is empty: it would promise nothing"
        if located.data is not None:
            what = f"is {describe_kind(located.data)}, expected the keys {', '.join(KEYS)}"
        message = f"{path}:1: the suite {what}"
        raise DeclarationError(message, hint="give table and expectations")
    given = _suite_expectations(located)
    name = located.data.get("table")
    if name is None:
        message = f"{path}:1: table: the key is missing"
        raise DeclarationError(message, hint=f"add `table: {path.stem}`")
    if name != path.stem or name not in dataset.tables:
        where = located.where(("table",))
        if name in dataset.tables:
            message = f"{where}: a suite for {name!r} belongs into {name}.yaml, not {path.name}"
            raise DeclarationError(message, hint="rename the file, or fix `table`", value=name)
        raise DeclarationError.unknown("table", str(name), dataset.tables, where=where)
    faults = list(_faults(located, given, dataset.tables[name]))
    if faults:
        raise DeclarationError(
            "\n".join(fault.message for fault in faults),
            hint=next((fault.hint for fault in faults if fault.hint), None),
            value=faults[0].value,
            known=faults[0].known,
        )
    return validate_model(Suite, located)


def _suite_expectations(located: LocatedYaml) -> list[Any]:
    """Return what stands under `expectations`; a key that is not known is told before it lacks."""
    unknown = [str(key) for key in located.data if key not in KEYS]
    given = located.data.get("expectations")
    if unknown and not (given and located.data.get("table")):
        raise DeclarationError.unknown("key", unknown[0], KEYS, where=located.where((unknown[0],)))
    where = located.where(("expectations",))
    if given is not None and not isinstance(given, list):
        message = f"{where}: expectations is {describe_kind(given)}, expected a list"
        raise DeclarationError(message, hint="each promise begins with a dash: `- id: …`")
    if not given:
        message = f"{where}: the suite has no expectation"
        raise DeclarationError(message, hint="an empty suite passes anything; add expectations")
    return given


def table_types(table: TableDeclaration) -> dict[str, Type]:
    """Return the parsed type of each column of a declared table."""
    return {name: parse_type(column.type) for name, column in table.columns.items()}


def _faults(
    located: LocatedYaml, given: list[Any], table: TableDeclaration
) -> Iterator[DeclarationError]:
    seen: set[str] = set()
    types = table_types(table)
    for at, raw in enumerate(given):
        place = ("expectations", at)
        name = raw.get("id") if isinstance(raw, dict) else None
        here = f"{located.where(place)}: expectation {name or at + 1!r}"
        if isinstance(raw, dict) and raw.get("severity") not in (None, *Severity):
            yield DeclarationError.unknown(
                "severity", str(raw["severity"]), [one.value for one in Severity], where=here
            )
            continue
        part = {key[2:]: line for key, line in located.lines.items() if key[:2] == place}
        try:
            expectation = validate_model(Expectation, LocatedYaml(located.path, raw, part))
        except DeclarationError as error:
            told = "\n".join(f"{line} (in {here})" for line in error.message.splitlines())
            yield DeclarationError(told, hint=error.hint, value=error.value, known=error.known)
            continue
        if expectation.id in seen:
            yield DeclarationError(f"{here}: the id is given twice", hint="ids are unique")
        seen.add(expectation.id)
        for inner, fault in argument_faults(
            expectation.type, expectation.kwargs, expectation.columns, types
        ):
            where = located.where((*place, "kwargs", *inner)) if inner else located.where(place)
            told = f"{where}: expectation {name!r}: {fault.message}"
            yield DeclarationError(told, hint=fault.hint, value=fault.value, known=fault.known)
        if expectation.type == ALL_NULL:
            yield from _never_null_faults(expectation, table, here)
        if expectation.may_be_empty:
            yield from _empty_faults(expectation, table, here)


def _never_null_faults(
    expectation: Expectation, table: TableDeclaration, here: str
) -> Iterator[DeclarationError]:
    """Find a column of which nulls are promised, and that is declared to have none."""
    for one in expectation.columns:
        if one in table.columns and not table.columns[one].nullable:
            message = f"{here}: {one} is declared `nullable: false`: it is never null"
            yield DeclarationError(message, hint="leave one of the two away")


def _empty_faults(
    expectation: Expectation, table: TableDeclaration, here: str
) -> Iterator[DeclarationError]:
    """Find a column that may not be empty by what else is said of it."""
    full = [one for one in expectation.columns if one in table.columns]
    full = [one for one in full if not table.columns[one].nullable]
    said = [f"{one} is declared `nullable: false`" for one in full]
    said += ["it promises that there are values"] if expectation.type == NOT_NULL else []
    said += ["min_nonnull asks for values"] if expectation.min_nonnull else []
    for one in said:
        hint = "leave one of the two away"
        yield DeclarationError(f"{here}: may_be_empty contradicts: {one}", hint=hint)
