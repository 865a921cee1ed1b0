"""The arguments of an expectation, held against what the library means by them and the columns.

The library takes most of these in silence: a quantile without a range, a flag that is a word, a
fraction for a count, a set that nothing can be in. Each fault names the argument it is in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hueset.declaration.column_types import ClassOf, Type
from hueset.errors import DeclarationError
from hueset.gate.expectation_types import (
    COLUMN_ARGUMENTS,
    IGNORED_ROWS,
    INTERPOLATIONS,
    KINDS,
    NOT_IN_SET,
    Argument,
    Kind,
)
from hueset.gate.quantities import Quantity, domain_of
from hueset.gate.ranges import EMPTY_HINT, range_faults
from hueset.gate.values import Family, family_of, is_number, read_bound, read_value

if TYPE_CHECKING:
    from hueset.declaration.located_yaml import Place

Types = Mapping[str, Type]
"""The parsed types of the table's columns, by name."""

Fault = tuple["Place", DeclarationError]
"""Where in the arguments, and what is wrong; the message lacks file and line."""


def argument_faults(
    name_of_type: str, given: Mapping[str, Any], named: Sequence[str], columns: Types
) -> Iterator[Fault]:
    """Yield what is wrong with an expectation's type, arguments and columns.

    Parameters
    ----------
    name_of_type
        Its type.
    given
        Its arguments.
    named
        The columns that its arguments name.
    columns
        What there is.
    """
    kind = KINDS.get(name_of_type)
    if kind is None:
        unknown = DeclarationError.unknown("expectation type", name_of_type, KINDS)
        unknown.hint = f"{unknown.hint}; docs/suites.md lists them all"
        yield (), unknown
        return
    for name in given:
        if name not in kind.arguments:
            what = f"argument of {name_of_type}"
            yield (name,), DeclarationError.unknown(what, str(name), kind.arguments)
    for name in kind.required:
        if name not in given:
            hint = f"add it: `kwargs: {{{name}: …}}`, where … is {kind.required[name]}"
            message = f"{name_of_type} needs the argument {name!r}"
            yield (), DeclarationError(message, hint=hint)
    misnamed = list(_column_faults(kind, given, columns))
    yield from misnamed
    if misnamed or not {*COLUMN_ARGUMENTS}.intersection(kind.required) <= given.keys():
        return  # of values nothing can be said without their column
    types = [columns[name] for name in named]
    for name, raw in given.items():
        meaning = kind.arguments.get(name)
        try:
            if meaning in _CHECKS:
                _CHECKS[meaning](raw, types, name)
        except DeclarationError as error:
            yield (name,), error
    yield from range_faults(kind, given, types)
    if name_of_type == NOT_IN_SET and isinstance(given.get("value_set"), list):
        yield from _exclusion_faults(given["value_set"], types[0])
    yield from _pair_faults(kind, named, types)


def _column_faults(kind: Kind, given: Mapping[str, Any], columns: Types) -> Iterator[Fault]:
    for name in COLUMN_ARGUMENTS:
        if name not in given or name not in kind.arguments:
            continue
        raw = given[name]
        named = raw if isinstance(raw, list) and name == "column_list" else [raw]
        if name == "column_list" and not (isinstance(raw, list) and raw):
            message = f"{name} is {raw!r}, not a list of columns"
            yield (name,), DeclarationError(message, hint="for example column_list: [a, b]")
            return
        if name == "column_list" and len(named) == 1:
            message = f"{name} names one column: {raw[0]!r}"
            hint = "name two or more; for one there is expect_column_values_to_be_unique"
            yield (name,), DeclarationError(message, hint=hint)
            return
        for one in named:
            if not isinstance(one, str):
                message = f"{name} is {raw!r}, not a name of a column"
                yield (name,), DeclarationError(message, hint=f"known: {', '.join(columns)}")
            elif one not in columns:
                yield (name,), DeclarationError.unknown("column", one, columns)
            elif (family := family_of(columns[one])) not in kind.families:
                yield (name,), _wrong_family(one, family, kind)
            elif named.count(one) > 1:
                message = f"{name} names {one!r} twice"
                yield (name,), DeclarationError(message, hint="leave one of the two away")
                return


def _wrong_family(column: str, family: Family, kind: Kind) -> DeclarationError:
    if family is Family.OPAQUE:
        message = f"{column} is of audio, bytes, lists or structs, whose values cannot be judged"
        return DeclarationError(message, hint="only null or not null can be promised of it")
    known = ", ".join(sorted(kind.families))
    message = f"{column} is a column of the kind {family}, of which this cannot be promised"
    return DeclarationError(message, hint=f"it judges {known}")


def _exclusion_faults(excluded: Sequence[object], column: Type) -> Iterator[Fault]:
    """Find a set that leaves no value which a column could hold."""
    closed: tuple[object, ...] = column.names if isinstance(column, ClassOf) else ()
    closed = (True, False) if family_of(column) is Family.BOOL else closed
    if closed and all(one in excluded for one in closed):
        message = "value_set holds every value that the column can have: none is left"
        yield ("value_set",), DeclarationError(message, hint="leave away what may be there")


def _pair_faults(kind: Kind, names: Sequence[str], types: Sequence[Type]) -> Iterator[Fault]:
    """Find two columns whose values can never be compared, or that are one and the same."""
    if "column_B" in kind.arguments and names[0] == names[1]:
        message = f"column_A and column_B are both {names[0]!r}: it says nothing of a pair"
        yield ("column_B",), DeclarationError(message, hint="name two columns")
    if kind.looks_at != "pair":
        return
    alike = {Family.CLASS: Family.TEXT, Family.BOOL: Family.INTEGER, Family.FLOAT: Family.INTEGER}
    groups = {alike.get(one, one) for one in map(family_of, types)}
    if len(groups) > 1:
        told = " and ".join(
            f"{name} ({family_of(one)})" for name, one in zip(names, types, strict=True)
        )
        hint = "compare columns of one kind of value"
        yield ("column_B",), DeclarationError(f"{told} cannot be compared", hint=hint)


def _check_bound(raw: object, types: Sequence[Type], name: str) -> None:
    if raw is not None:
        _read(read_bound, raw, types[0], name)


def _check_count(raw: object, types: Sequence[Type], name: str) -> None:
    whole = isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0
    if not whole and (raw is not None or name == "value"):
        message = f"{name} is {raw!r}, not {Argument.COUNT}"
        raise DeclarationError(message, hint="it counts rows, letters or values", value=raw)


def _check_share(raw: object, types: Sequence[Type], name: str) -> None:
    if raw is not None and not (is_number(raw) and 0 <= raw <= 1):
        message = f"{name} is {raw!r}, not {Argument.SHARE}"
        raise DeclarationError(message, hint=_share_hint(raw), value=raw)


def _check_flag(raw: object, types: Sequence[Type], name: str) -> None:
    if not isinstance(raw, bool):
        message = f"{name} is {raw!r}, not {Argument.FLAG}"
        raise DeclarationError(message, hint="without quotes", value=raw)


def _check_mostly(raw: object, types: Sequence[Type], name: str) -> None:
    if not (is_number(raw) and 0 < raw <= 1):
        message = f"{name} is {raw!r}, not a share above 0 and up to 1"
        raise DeclarationError(message, hint=_share_hint(raw), value=raw)


def _share_hint(raw: object) -> str:
    """Return what was most likely meant: per cent, or the text of a number."""
    if is_number(raw) and 1 < raw <= 100:
        return f"it is a share, no percentage: {raw:g} % is {raw / 100:g}"
    return "for example 0.95, without quotes"


def _check_values(raw: object, types: Sequence[Type], name: str) -> None:
    if not (isinstance(raw, list) and raw):
        raise DeclarationError(f"{name} is {raw!r}, not a list with values", hint=_LIST, value=raw)
    for one in raw:
        _read(read_value, one, types[0], name)


def _check_pairs(raw: object, types: Sequence[Type], name: str) -> None:
    if not (isinstance(raw, list) and raw):
        hint = f"list one pair or more: {name}: [[a, b]]"
        raise DeclarationError(f"{name} is {raw!r}, not a list with values", hint=hint, value=raw)
    for pair in raw:
        if not (isinstance(pair, list) and len(pair) == 2):
            message = f"{name} holds {pair!r}, not a pair"
            raise DeclarationError(message, hint="a pair is a list of two: [a, b]", value=pair)
        for one, kind in zip(pair, types, strict=True):
            if one is not None:
                _read(read_value, one, kind, name)


def _check_regex(raw: object, types: Sequence[Type], name: str) -> None:
    hint = (
        "write it in single quotes, in which YAML changes no backslash; `\\(` is a bracket itself"
    )
    if not isinstance(raw, str):
        raise DeclarationError(f"{name} {raw!r} is not valid: it is no text", hint=hint, value=raw)
    try:
        re.compile(raw)
    except re.error as error:
        message = f"{name} {raw!r} is no regular expression: {error}"
        raise DeclarationError(message, hint=hint, value=raw) from error


def _check_quantiles(raw: object, types: Sequence[Type], name: str) -> None:
    keys = ("quantiles", "value_ranges")
    if not isinstance(raw, dict):
        message = f"{name} is {raw!r}, not the keys {' and '.join(keys)}"
        raise DeclarationError(message, hint=_QUANTILES, value=raw)
    for key in raw:
        if key not in keys:
            raise DeclarationError.unknown(f"key of {name}", str(key), keys)
    for key in keys:
        if not (isinstance(raw.get(key), list) and raw[key]):
            message = f"{key} of {name} is {raw.get(key)!r}, not a list with values"
            raise DeclarationError(message, hint=_QUANTILES, value=raw.get(key))
    shares, ranges = (raw[key] for key in keys)
    for share in shares:
        _check_share(share if share is not None else "null", types, f"a quantile of {name}")
    if len(shares) != len(ranges):
        message = f"{name} has {len(shares)} quantiles, and {len(ranges)} value_ranges"
        raise DeclarationError(message, hint="give one [low, high] for each quantile")
    for one in ranges:
        if not (isinstance(one, list) and len(one) == 2 and one != [None, None]):
            message = f"value_ranges of {name} holds {one!r}, not a range"
            raise DeclarationError(message, hint="a range is [low, high]; null is no limit")
        ends = [_read(read_bound, end, types[0], name) for end in one if end is not None]
        if len(ends) == 2 and ends[0] > ends[1]:
            message = f"value_ranges of {name} holds {one!r}: nothing lies between"
            raise DeclarationError(message, hint=EMPTY_HINT)
        if family_of(types[0]) is not Family.DATE:
            domain = domain_of(Quantity.MIDDLE, types[0])
            if not domain.meets(one[0], one[1], strict=(False, False)):
                message = f"value_ranges of {name} holds {one!r}: a quantile here is {domain}"
                raise DeclarationError(message, hint="fix the range")


def _check_interpolation(raw: object, types: Sequence[Type], name: str) -> None:
    if raw is False:
        return
    known = INTERPOLATIONS if family_of(types[0]) is not Family.DATE else INTERPOLATIONS[:3]
    if raw not in known:
        raise DeclarationError.unknown(name, str(raw), (*known, "false"))


def _check_ignored(meaning: Argument) -> Callable[[object, Sequence[Type], str], None]:
    def check(raw: object, types: Sequence[Type], name: str) -> None:
        if raw not in IGNORED_ROWS[meaning]:
            raise DeclarationError.unknown(f"value of {name}", str(raw), IGNORED_ROWS[meaning])

    return check


def _read(read: Callable[[object, Type], Any], raw: object, kind: Type, name: str) -> Any:
    """Read a value or bound; a fault begins with the argument's name."""
    try:
        return read(raw, kind)
    except DeclarationError as error:
        raise DeclarationError(
            f"{name}: {error.message}", hint=error.hint, value=error.value, known=error.known
        ) from error


_LIST = "list one value or more: value_set: [a, b]"
_QUANTILES = "for example quantile_ranges: {quantiles: [0.5], value_ranges: [[0, 1]]}"

_CHECKS: dict[Argument | None, Callable[[object, Sequence[Type], str], None]] = {
    Argument.BOUND: _check_bound,
    Argument.COUNT: _check_count,
    Argument.SHARE: _check_share,
    Argument.FLAG: _check_flag,
    Argument.MOSTLY: _check_mostly,
    Argument.VALUES: _check_values,
    Argument.PAIRS: _check_pairs,
    Argument.REGEX: _check_regex,
    Argument.QUANTILES: _check_quantiles,
    Argument.INTERPOLATION: _check_interpolation,
    Argument.IGNORE_PAIR: _check_ignored(Argument.IGNORE_PAIR),
    Argument.IGNORE_ROW: _check_ignored(Argument.IGNORE_ROW),
}
