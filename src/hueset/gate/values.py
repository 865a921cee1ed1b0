"""What a suite gives, read as a value of the declared column type.

YAML knows text, whole numbers, floats, true, false and dates; a column has a type of its own. The
same reading is used when a suite is loaded, to refuse what can never be in a column, and when it
is judged, so that 0.1 in a set means the float32 next to 0.1 in a column of float32. An end of a
range is taken as it is written: no stored number is above it or below it by being rounded.
"""

from __future__ import annotations

import datetime
import math
import sys
from enum import StrEnum
from fractions import Fraction
from typing import TypeGuard

from hueset.declaration.base import COMMA
from hueset.declaration.column_types import ClassOf, Scalar, Type
from hueset.errors import DeclarationError

Value = str | bool | int | float | datetime.date
"""One value of a column; of a class, its name."""

Bound = str | Fraction | float | datetime.date
"""An end of a range: a fraction for whole numbers, which no float stands for from 2**53 on."""


class Family(StrEnum):
    """Column types whose values are read and compared alike."""

    TEXT = "text"
    CLASS = "class"
    BOOL = "bool"
    INTEGER = "integer"
    FLOAT = "float"
    DATE = "date"
    OPAQUE = "opaque"  # audio, bytes, lists and structs: only null or not null can be told


_WORDS = {
    Family.TEXT: "text",
    Family.BOOL: "true or false",
    Family.INTEGER: "a whole number",
    Family.FLOAT: "a number",
    Family.DATE: "a date such as 2020-01-31",
}
_FLOAT_FORMATS = {"float16": "<f2", "float32": "<f4", "float64": "<f8"}


def family_of(kind: Type) -> Family:
    """Return the family of a parsed column type."""
    if isinstance(kind, ClassOf):
        return Family.CLASS
    if not isinstance(kind, Scalar) or "binary" in kind.name:
        return Family.OPAQUE
    if "string" in kind.name:
        return Family.TEXT
    for prefix, family in (
        ("bool", Family.BOOL),
        ("float", Family.FLOAT),
        ("date", Family.DATE),
        ("int", Family.INTEGER),
        ("uint", Family.INTEGER),
    ):
        if kind.name.startswith(prefix):
            return family
    return Family.OPAQUE


def integer_range(kind: Type) -> tuple[int, int]:
    """Return the least and the greatest value of a type of whole numbers; 0 and 1 of bool."""
    name = kind.name if isinstance(kind, Scalar) else ""
    if name == "bool":
        return 0, 1
    bits = int(name.removeprefix("u").removeprefix("int"))
    return (0, 2**bits - 1) if name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def read_value(raw: object, kind: Type) -> Value:
    """Read one value that a column may hold.

    Raises
    ------
    DeclarationError
        The column can never hold it. The message lacks file and line.
    """
    family = family_of(kind)
    if isinstance(kind, ClassOf):
        if raw not in kind.names or not isinstance(raw, str):
            raise _unknown_class(raw, kind)
        return raw
    if family is Family.TEXT and isinstance(raw, str):
        return raw
    if family is Family.BOOL and isinstance(raw, bool):
        return raw
    if family is Family.DATE:
        return _date(raw)
    if family is Family.INTEGER and is_number(raw) and raw == int(raw):
        low, high = integer_range(kind)
        if low <= raw <= high:
            return int(raw)
    if family is Family.FLOAT and is_number(raw) and abs(raw) <= sys.float_info.max:
        return _round_to_type(raw, kind)
    raise _unfit(raw, kind, family)


def read_bound(raw: object, kind: Type) -> Bound:
    """Read an end of a range of a column's values, or of a number drawn from them.

    Of whole numbers and of bool (0 and 1) it may be any number. A number is taken as it is written;
    one with a fraction may be how a float of the type is spelled, as 0.1 is of the float32 next to
    it, and then stands for that float.

    Raises
    ------
    DeclarationError
        The column's values cannot be compared with it. The message lacks file and line.
    """
    family = family_of(kind)
    if family in {Family.INTEGER, Family.BOOL}:
        if not is_number(raw):
            raise _unfit(raw, kind, Family.FLOAT)
        return Fraction(str(raw))
    if family is Family.CLASS:
        message = "the names of classes have no order, so they have no range"
        raise DeclarationError(message, hint="give a value_set", value=raw)
    value = read_value(raw, kind)
    if family is Family.FLOAT and is_number(raw):
        return _float_bound(raw, kind)
    assert not isinstance(value, bool)  # noqa: S101  # bool has been answered above
    return value


def is_number(raw: object) -> TypeGuard[int | float]:
    """Tell whether YAML gave a finite number; true and false are none."""
    if isinstance(raw, float):
        return math.isfinite(raw)
    return isinstance(raw, int) and not isinstance(raw, bool)


def _round_to_type(raw: float, kind: Type) -> float:
    """Return the float of the declared type that is nearest; as it is, where that is infinite."""
    import numpy as np

    assert isinstance(kind, Scalar)  # noqa: S101  # only floats come here
    with np.errstate(over="ignore"):
        near = float(np.dtype(_FLOAT_FORMATS[kind.name]).type(raw))
    return (near if math.isfinite(near) else float(raw)) + 0.0  # of two zeros the positive one


def _float_bound(raw: float, kind: Type) -> float | Fraction:
    """Return the float of the type that a number spells, else the number itself."""
    import numpy as np

    assert isinstance(kind, Scalar)  # noqa: S101  # only floats come here
    near = _round_to_type(raw, kind)
    if raw != int(raw):
        spelled = str(np.dtype(_FLOAT_FORMATS[kind.name]).type(near))
        return near if Fraction(spelled) == Fraction(str(raw)) else float(raw)
    return float(raw) + 0.0 if float(raw) == raw else Fraction(raw)


def _date(raw: object) -> datetime.date:
    if isinstance(raw, datetime.date) and not isinstance(raw, datetime.datetime):
        return raw
    if isinstance(raw, str) and len(raw) == len("2020-01-31"):
        try:
            return datetime.date.fromisoformat(raw)
        except ValueError:
            pass
    raise _unfit(raw, Scalar("date32"), Family.DATE)


def _unknown_class(raw: object, kind: ClassOf) -> DeclarationError:
    if isinstance(raw, str):
        return DeclarationError.unknown("class", raw, kind.names)
    message = f"holds {raw!r}, but a class is given by its name, not by its id"
    return DeclarationError(message, hint=f"known: {', '.join(kind.names)}", value=raw)


def _unfit(raw: object, kind: Type, family: Family) -> DeclarationError:
    declared = kind.name if isinstance(kind, Scalar) else family
    hint = f"give {_WORDS.get(family, 'another column')}"
    if isinstance(raw, str) and family in {Family.FLOAT, Family.INTEGER} and COMMA.fullmatch(raw):
        hint = "write it with a decimal point: " + raw.replace(",", ".")
    if family is Family.TEXT:
        hint = "quote it: YAML reads bare yes, no, on, off, dates and numbers as other types"
    return DeclarationError(f"holds {raw!r}, which no {declared} can be", hint=hint, value=raw)
