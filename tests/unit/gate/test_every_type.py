"""Every expectation type over every column type, through the reading of a build, against oracles.

The rows go through `TableWriter` as in a build. Plain Python says what must come out, and the
three engines say the same: Hueset itself, and Great Expectations through the fast engine and as it
comes, wherever the gate asks the library.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from hueset.declaration import TableDeclaration
from hueset.declaration.column_types import SCALARS, parse_type
from hueset.documents.gate_report import GateEngine
from hueset.gate.answers import library_compares_as_declared
from hueset.gate.arguments import argument_faults
from hueset.gate.expectation_types import KINDS, Argument
from hueset.gate.expectations import run_suite
from hueset.gate.suite import Expectation, Suite, table_types
from hueset.gate.values import Family, family_of
from hueset.tables.writer import TableWriter
from tests.unit.gate.oracle import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLASSES = ["low", "high", "unknown"]
TEXTS = ["", "a", "a", "Zoë", "10", "9", "null", "1970-01-01"]
DAYS = [date(1970, 1, 1), date(1969, 12, 31), date(2020, 1, 2), date(2020, 1, 2), date(1, 1, 1)]
FLOATS = [0.1, -0.0, 0.0, 2.5, 0.1, 6e-8, -3.0, 1000.0]
TINY = {"float16": 6e-8, "float32": 1e-45, "float64": 5e-324}


def values_of(name: str) -> list[Any]:
    """Return the values of a column type that are apt to be changed on the way."""
    kind = parse_type(name)
    match family_of(kind):
        case Family.TEXT:
            return TEXTS
        case Family.CLASS:
            return ["low", "high", "unknown", "low"]
        case Family.BOOL:
            return [True, False, True]
        case Family.DATE:
            return DAYS
        case Family.FLOAT:
            rounded = np.dtype(name).type
            return [float(rounded(one)) for one in (*FLOATS, TINY[name])]
        case Family.INTEGER:
            bits = np.iinfo(name)
            return [bits.max, 3, 3, 30, 20, bits.max - 1, bits.min, 0, 1]
    return [None]


COLUMNS = {
    **{f"c_{name}": name for name in SCALARS if "binary" not in name},
    "c_class": f"class<{' | '.join(CLASSES)}>",
    "c_binary": "binary",
    "c_list": "list<float32>",
    "c_struct": "struct<a: int8>",
    "c_audio": "audio",
}
OPAQUE = {
    "c_binary": b"x",
    "c_list": [1.0],
    "c_struct": {"a": None},
    "c_audio": {"bytes": b"x", "path": "x"},
}
# Read and compared as another type here is: once for each expectation type will do.
LIKE_OTHERS = {"c_large_string", "c_int16", "c_int32", "c_uint8", "c_uint16"}
TABLE = TableDeclaration.model_validate(
    {
        "description": "Every column type, and each of them twice.",
        "key": ["k"],
        "columns": {
            "k": {"type": "string"},
            **{name: {"type": kind} for name, kind in COLUMNS.items()},
            **{f"{name}_b": {"type": kind} for name, kind in COLUMNS.items()},
        },
    }
)
TYPES = {name: column.type for name, column in TABLE.columns.items()}


def usual_rows(count: int = 23) -> list[dict[str, Any]]:
    """Return rows with every value of every type, and nulls between them."""
    made = []
    for at in range(count):
        row: dict[str, Any] = {"k": f"k{at:02d}"}
        for name, kind in COLUMNS.items():
            values = [*values_of(kind), None] if name not in OPAQUE else [OPAQUE[name], None]
            row[name] = values[at % len(values)]
            row[f"{name}_b"] = values[(at + at // 7) % len(values)]
        made.append(row)
    return made


ROWS = {
    "usual": usual_rows(),
    "rising": sorted(
        usual_rows(), key=lambda row: (row["c_uint32"] is not None, row["c_uint32"] or 0)
    ),
    "one": usual_rows(1),
    "null": [{**dict.fromkeys(TYPES), "k": "k"}] * 2,
    "empty": [],
}


def write_rows(folder: Path, rows: list[dict[str, Any]]) -> list[Path]:
    """Write rows as a build does."""
    writer = TableWriter(folder, "t", TABLE)
    ids = [
        {
            name: CLASSES.index(value) if name.startswith("c_class") and value else value
            for name, value in row.items()
        }
        for row in rows
    ]
    wide = {pa.float16(): pa.float32()}  # of which Arrow makes no float16 by itself
    given = pa.schema([(one.name, wide.get(one.type, one.type)) for one in writer.schema])
    table = pa.Table.from_pylist(ids, schema=given)
    writer.write(table.cast(writer.schema, safe=False))
    files, _ = writer.close()
    return [folder / file.path.rpartition("/")[2] for file in files]


def promises() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every expectation type with arguments of many sorts, for every column type."""
    for kind in KINDS:
        seen: set[str] = set()
        for at, kwargs in enumerate(_promises_of(kind)):
            column = kwargs.get("column") or kwargs.get("column_A") or str(kwargs)
            if column in LIKE_OTHERS and column in seen:
                continue
            seen.add(column)
            yield kind, kwargs
            if "mostly" in KINDS[kind].arguments and at % 9 == 0:
                yield kind, {**kwargs, "mostly": 0.6}


def _promises_of(kind: str) -> Iterator[dict[str, Any]]:
    arguments = KINDS[kind].arguments
    if "column" in arguments:
        for column, name in COLUMNS.items():
            if family_of(parse_type(name)) in KINDS[kind].families:
                for more in _more(kind, column):
                    yield {"column": column, **more}
    elif "column_list" in arguments:
        for column in COLUMNS.keys() - OPAQUE:
            for ignored in ("all_values_are_missing", "any_value_is_missing", "never"):
                yield {"column_list": [column, f"{column}_b"], "ignore_row_if": ignored}
    elif "column_A" in arguments:
        yield from _pairs(kind)
    else:
        yield from ({"value": 23}, {"value": 2}) if "value" in arguments else ({"min_value": 2},)


def _more(kind: str, column: str) -> Iterator[dict[str, Any]]:
    """Yield the arguments beside the column."""
    arguments, name = KINDS[kind].arguments, COLUMNS[column]
    values = values_of(name)
    if "value_set" in arguments:
        yield from ({"value_set": one} for one in (values[:1], values[:2], list(values)))
        if name == "float32":
            yield {"value_set": [0.1, 0, 2.5]}
        if "ties_okay" in arguments:
            yield {"value_set": list(values), "ties_okay": True}
    elif "quantile_ranges" in arguments:
        least, most = (0, 1) if name == "bool" else (min(values), max(values))
        for low, high in ((least, most), (most, None), (None, least)):
            ranges = {"quantiles": [0, 0.3, 1], "value_ranges": [[low, high]] * 3}
            yield {"quantile_ranges": ranges}
    elif "regex" in arguments:
        yield from ({"regex": one} for one in (r"^\d+$", "a|Z", "^19"))
    elif "strictly" in arguments:
        yield from ({}, {"strictly": True})
    elif "value" in arguments:
        yield {"value": 1}
    elif "min_value" in arguments:
        yield from _ranges(arguments["min_value"], kind, values, name)
    else:
        yield {}


def _ranges(meaning: Argument, kind: str, values: list[Any], name: str) -> Iterator[dict[str, Any]]:
    if meaning is Argument.COUNT:
        yield from (
            {"min_value": 2},
            {"min_value": 1, "max_value": 3},
            {"max_value": 9, "strict_max": True},
        )
        return
    if meaning is Argument.SHARE:
        yield from ({"min_value": 0.5}, {"max_value": 1, "strict_max": True}, {"min_value": 0.9})
        return
    low, middle, high = min(values), sorted(values)[len(values) // 2], max(values)
    if isinstance(low, bool):
        low, middle, high = 0, 0.5, 1
    if "stdev" in kind:
        low, middle, high = 0, 0.25, 10.0**30
    yield {"min_value": low, "max_value": high}
    yield {"min_value": middle}
    yield {"max_value": middle}
    yield {"min_value": low, "strict_min": True}
    yield {"max_value": high, "strict_max": True}
    if name in {"int8", "uint32", "int64", "uint64"}:
        yield from (
            {"min_value": 3.5},
            {"max_value": 3.5},
            {"min_value": -(2**70), "max_value": 2**70},
        )
        yield from ({"max_value": high - 1}, {"min_value": 2**64}, {"max_value": -(2**63) - 1})
    if name == "float32":
        yield from ({"max_value": 0.1}, {"min_value": 0.1, "strict_min": True})
    if name.startswith("float"):
        yield from ({"max_value": 999.9}, {"min_value": 1000.1}, {"max_value": 2**60 + 1})
    if name == "date32":
        yield {"min_value": "1970-01-01", "max_value": "2020-01-02"}


def _pairs(kind: str) -> Iterator[dict[str, Any]]:
    mixed = [("c_int64", "c_float64"), ("c_uint64", "c_int64"), ("c_float32", "c_float64")]
    mixed += [("c_bool", "c_int8"), ("c_float16", "c_uint64"), ("c_int32", "c_uint32")]
    same = [(name, f"{name}_b") for name in COLUMNS if name not in OPAQUE]
    for first, second in same + mixed:
        if family_of(parse_type(TYPES[first])) not in KINDS[kind].families:
            continue
        for ignored in ("both_values_are_missing", "either_value_is_missing", "neither"):
            given = {"column_A": first, "column_B": second, "ignore_row_if": ignored}
            if "value_pairs_set" in KINDS[kind].arguments:
                one, other = values_of(TYPES[first]), values_of(TYPES[second])
                pairs = [[a, b] for a, b in zip(one, other[::-1], strict=False)]
                yield {**given, "value_pairs_set": [*pairs, [one[0], None], [one[1], other[1]]]}
            elif "or_equal" in KINDS[kind].arguments:
                yield from ({**given, "or_equal": equal} for equal in (True, False))
            else:
                yield given


EXPECTATIONS = tuple(
    Expectation(id=f"p{at}", type=kind, kwargs=kwargs, severity="critical", why="a test")
    for at, (kind, kwargs) in enumerate(promises())
)


def test_every_type_is_tried_over_every_column_it_may_be_about() -> None:
    tried = {(one.type, column) for one in EXPECTATIONS for column in one.columns}

    missing = [
        (kind, column)
        for kind in KINDS
        for column, name in COLUMNS.items()
        if family_of(parse_type(name)) in KINDS[kind].families
        and KINDS[kind].arguments.keys() & {"column", "column_A", "column_list"}
        and (kind, column) not in tried
    ]
    assert missing == []


def test_a_suite_may_hold_each_of_these_unless_it_can_hold_for_no_rows() -> None:
    types = table_types(TABLE)

    faults = [
        (one, list(argument_faults(one.type, one.kwargs, one.columns, types)))
        for one in EXPECTATIONS
    ]

    refused = [(one, said) for one, said in faults if said]
    refused = [(one, said) for one, said in refused if "never negative" not in str(said)]
    impossible = ("nothing lies there", "none is left")
    assert [said for _, said in refused if not any(one in str(said) for one in impossible)] == []
    assert len(refused) < len(EXPECTATIONS) / 10
    for one, _ in refused:
        held = [say(one.type, one.kwargs, rows, TYPES).verdict == "pass" for rows in ROWS.values()]
        assert not any(held), one


@pytest.mark.parametrize("rows", list(ROWS))
def test_the_gate_says_what_plain_python_says(tmp_path: Path, rows: str) -> None:
    paths = write_rows(tmp_path / "t", ROWS[rows])
    asked = EXPECTATIONS if rows == "usual" else first_of_each(EXPECTATIONS)

    results = run_suite(Suite(table="t", expectations=asked), TABLE, paths)

    wrong = []
    for one, result in zip(asked, results, strict=True):
        must = say(one.type, one.kwargs, ROWS[rows], TYPES)
        counted = 0 if must.unexpected is None else result.unexpected_count
        seen = (result.verdict, result.evaluated, counted)
        if seen != (must.verdict, must.evaluated, must.unexpected or 0):
            wrong.append((one.type, one.kwargs, must, seen, result.message))
    assert wrong == []


def first_of_each(given: tuple[Expectation, ...]) -> tuple[Expectation, ...]:
    """Return one expectation of each type for each column."""
    return tuple({(one.type, one.columns): one for one in reversed(given)}.values())


@pytest.mark.parametrize("rows", ["usual", "null", "empty"])
def test_every_engine_gives_the_same_results(tmp_path: Path, rows: str) -> None:
    """Great Expectations is the oracle: as it comes, and through the fast engine."""
    paths = write_rows(tmp_path / "t", ROWS[rows])
    suite = Suite(table="t", expectations=first_of_each(EXPECTATIONS))

    typed, fast, stock = (
        run_suite(suite, TABLE, paths, engine=engine)
        for engine in (GateEngine.TYPED, GateEngine.FAST, GateEngine.STOCK)
    )

    apart = [(a, b, c) for a, b, c in zip(typed, fast, stock, strict=True) if not a == b == c]
    assert apart == []


def test_the_fast_engine_gives_the_same_results_whatever_the_arguments(tmp_path: Path) -> None:
    paths = write_rows(tmp_path / "t", ROWS["usual"])
    names = {"c_string", "c_float64", "c_uint32"}
    suite = Suite(
        table="t", expectations=tuple(one for one in EXPECTATIONS if names & {*one.columns})
    )

    typed, fast = (
        run_suite(suite, TABLE, paths, engine=engine)
        for engine in (GateEngine.TYPED, GateEngine.FAST)
    )

    assert [(a, b) for a, b in zip(typed, fast, strict=True) if a != b] == []


def test_the_library_is_asked_about_each_type_that_it_answers() -> None:
    types = table_types(TABLE)

    asked = {one.type for one in EXPECTATIONS if library_compares_as_declared(one, types)}

    assert asked == {name for name, kind in KINDS.items() if kind.library}
    assert len(asked) > len(KINDS) / 2
