"""A range of a suite, held against itself and against where the thing it judges can lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hueset.errors import DeclarationError
from hueset.gate.expectation_types import Argument
from hueset.gate.quantities import Quantity, domain_of
from hueset.gate.values import Family, family_of, is_number, read_bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hueset.declaration.column_types import Type
    from hueset.gate.expectation_types import Kind

EMPTY_HINT = "swap the two, or fix one of them"


def range_faults(
    kind: Kind, given: Mapping[str, Any], types: Sequence[Type]
) -> Iterator[tuple[tuple[str, ...], DeclarationError]]:
    """Yield why a range holds for nothing, or for everything, each with the argument it is in.

    Parameters
    ----------
    kind
        The type of expectation.
    given
        Its arguments as they stand in the suite; what each is by itself is judged elsewhere.
    types
        The parsed types of its columns.
    """
    if kind.quantity is None:
        return
    if any(_is_bad_count(kind, name, given) for name in ("value", "min_value", "max_value")):
        return  # told of the argument itself
    if "value" in kind.arguments:
        value = given.get("value")
        yield from _impossible(kind.quantity, "value", (value, value), (False, False), types)
        return
    if "min_value" not in kind.arguments:
        return
    low, high = given.get("min_value"), given.get("max_value")
    if low is None and high is None:
        message = "without min_value or max_value it promises nothing"
        yield (), DeclarationError(message, hint="give one of the two, or both")
    for end, flag in ((low, "strict_min"), (high, "strict_max")):
        if given.get(flag) is True and end is None:
            bound = flag.replace("strict_", "") + "_value"
            message = f"{flag} says nothing without {bound}"
            yield (flag,), DeclarationError(message, hint=f"give {bound}, or leave {flag} away")
    strict = (given.get("strict_min") is True, given.get("strict_max") is True)
    is_bound = kind.arguments["min_value"] is Argument.BOUND
    try:
        ends = [
            None if end is None else read_bound(end, types[0]) if is_bound else end
            for end in (low, high)
        ]
        if None not in ends:
            empty, bare = ends[0] > ends[1], ends[0] == ends[1] and True in strict  # type: ignore[operator]
            if empty or bare:
                more = "is above" if empty else "with a strict end is no less than"
                message = f"min_value {low!r} {more} max_value {high!r}: nothing lies between"
                hint = EMPTY_HINT if empty else "leave the strict end away, or fix one of the two"
                yield ("min_value",), DeclarationError(message, hint=hint)
                return
    except (DeclarationError, TypeError):
        return  # told of the argument itself
    for name, pair in (("min_value", (low, None)), ("max_value", (None, high))):
        found = list(_impossible(kind.quantity, name, pair, strict, types))
        yield from found
        if found:
            return
    yield from _impossible(kind.quantity, "min_value", (low, high), strict, types)


def _is_bad_count(kind: Kind, name: str, given: Mapping[str, Any]) -> bool:
    """Whether an argument that counts is a number, and no count: where it lies is no question."""
    value = given.get(name)
    if kind.arguments.get(name) is not Argument.COUNT or not is_number(value):
        return False
    return not isinstance(value, int) or value < 0


def _impossible(
    quantity: Quantity,
    name: str,
    ends: tuple[Any, Any],
    strict: tuple[bool, bool],
    types: Sequence[Type],
) -> Iterator[tuple[tuple[str, ...], DeclarationError]]:
    """Yield the fault of a range, or of one end of it, that nothing in a table can lie in."""
    low, high = ends
    given = [end for end in ends if end is not None]
    column = types[0] if types else None
    orderless = {Family.TEXT, Family.DATE}
    if quantity in {Quantity.VALUE, Quantity.MIDDLE} and family_of(types[0]) in orderless:
        return
    if not given or not all(is_number(end) for end in given):
        return
    if quantity is Quantity.SPREAD and low is not None and low < 0:
        message = f"min_value is {low!r}, but {quantity} is never negative"
        yield ("min_value",), DeclarationError(message, hint="give 0 or more", value=low)
        return
    domain = domain_of(quantity, column)
    if domain.meets(low, high, strict=strict):
        return
    if name == "value" or len(given) == 1:
        said = f"{name} is {given[0]!r}"
    else:
        said = f"min_value {low!r} and max_value {high!r}"
    what = "" if column is None else f" of this {_kind_of(column)} column"
    if quantity in {Quantity.LENGTH, Quantity.ROWS}:
        what = ""
    message = f"{said}: nothing lies there, for {quantity}{what} is {domain}"
    yield (name,), DeclarationError(message, hint="fix the range", value=given[0])


def _kind_of(column: Type) -> str:
    return getattr(column, "name", None) or str(family_of(column))
