"""Casts of Arrow values that lose nothing: what comes out can be turned back into what went in.

One loss is allowed, because it is what a narrower float is declared for: a float is rounded to it.
It must not become infinite. A text is never read as a number, nor a number written as a text: which
form was meant, only the builder knows; a date may come as the text `2026-11-30`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hueset.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_BYTES = 2**31 - 1
"""What the 32-bit offsets of a `string`, `binary` or `list` can address in one array."""

_LARGEST_EXACT = {pa.float16(): 2**11, pa.float32(): 2**24, pa.float64(): 2**53}
"""Up to here every whole number is a float of that width."""


class LossyCastError(ValueError):
    """A value that its declared type cannot hold; the message names path, value and type."""


_NAMES = {"halffloat": "float16", "float": "float32", "double": "float64", "date32[day]": "date32"}


def name_of(kind: pa.DataType) -> str:
    """Return a type as a declaration spells it, where one can."""
    return re.sub(r"halffloat|\bfloat\b|double|date32\[day\]", lambda m: _NAMES[m[0]], str(kind))


def is_list(kind: pa.DataType) -> bool:
    """Whether a type is a list of whatever layout."""
    types = pa.types
    return bool(
        types.is_list(kind)
        or types.is_large_list(kind)
        or types.is_fixed_size_list(kind)
        or types.is_list_view(kind)
        or types.is_large_list_view(kind)
    )


def holds_text(kind: pa.DataType) -> bool:
    """Whether a type is text, or has text in it at some depth."""
    if pa.types.is_dictionary(kind):
        return holds_text(kind.value_type)
    if pa.types.is_nested(kind):
        return any(holds_text(kind.field(at).type) for at in range(kind.num_fields))
    return _is_text(kind)


def is_castable(given: pa.DataType, declared: pa.DataType) -> bool:
    """Whether values of one scalar type can be meant for another; each value is looked at later."""
    if given == declared or pa.types.is_null(given):
        return True
    if pa.types.is_dictionary(given):
        return is_castable(given.value_type, declared)
    if pa.types.is_date(declared):
        naive = pa.types.is_timestamp(given) and given.tz is None
        return bool(naive or pa.types.is_date(given) or _is_text(given))
    if _is_text(declared) or _is_bytes(declared):
        return _is_text(given) or _is_bytes(given)
    return _is_number(declared) and _is_number(given)


def cast_without_loss(column: pa.ChunkedArray, declared: pa.DataType, path: str) -> pa.ChunkedArray:
    """Return a column in another type.

    The two types have been compared: fields of structs bear the same names, and the scalars are
    castable.

    Parameters
    ----------
    column
        The values.
    declared
        Their type from now on.
    path
        The column's name, for error messages.

    Raises
    ------
    LossyCastError
        A value would not be the same in the declared type.
    """
    if column.type == declared:
        return column
    chunks = [
        _cast(part, declared, path) for chunk in column.chunks for part in _addressable(chunk)
    ]
    return pa.chunked_array(chunks, declared)


def _addressable(array: pa.Array) -> Iterator[pa.Array]:
    """Yield an array in parts that 32-bit offsets can address."""
    parts = min(-(-array.nbytes // LARGEST_BYTES), max(len(array), 1))
    if parts <= 1:
        yield array
        return
    middle = len(array) // 2
    yield from _addressable(array.slice(0, middle))
    yield from _addressable(array.slice(middle))


def _cast(array: pa.Array, declared: pa.DataType, path: str) -> pa.Array:
    if array.type == declared:
        return array
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), declared)
    if pa.types.is_struct(declared):
        return _cast_struct(array, declared, path)
    if is_list(declared):
        return _cast_list(array, declared, path)
    return _cast_scalars(array, declared, path)


def _cast_struct(array: pa.StructArray, declared: pa.StructType, path: str) -> pa.Array:
    # Flattened, a field is null where its struct is: what lies below a null is nobody's value.
    given = dict(zip((field.name for field in array.type), array.flatten(), strict=True))
    fields = [_cast(given[field.name], field.type, f"{path}.{field.name}") for field in declared]
    mask = array.is_null() if array.null_count else None
    return pa.StructArray.from_arrays(fields, fields=list(declared), mask=mask)


def _cast_list(array: pa.Array, declared: pa.DataType, path: str) -> pa.Array:
    lengths = pc.list_value_length(array)
    length = declared.list_size if pa.types.is_fixed_size_list(declared) else None
    if length is not None:
        wrong = pc.not_equal(lengths, length)
        if pc.any(wrong).as_py():
            at = pc.index(wrong, True).as_py()
            message = f"`{path}` holds a list of {lengths[at]}, declared are {length}"
            raise LossyCastError(message)
    values = _cast(array.flatten(), declared.value_type, f"{path}[]")
    ends = np.cumsum(pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False), dtype=np.int64)
    if len(ends) and ends[-1] > LARGEST_BYTES:
        rows = format_count(len(array), "row")
        message = f"`{path}` holds {ends[-1]:,} items in {rows}, too many for one list"
        raise LossyCastError(message)
    offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
    mask = array.is_null() if array.null_count else None
    varying = pa.list_(declared.value_field)
    made = pa.ListArray.from_arrays(offsets, values, type=varying, mask=mask)
    return made if length is None else made.cast(declared)


def _cast_scalars(array: pa.Array, declared: pa.DataType, path: str) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        return _cast(array.dictionary_decode(), declared, path)
    if pa.types.is_float16(array.type):  # Arrow computes little with it
        return _cast(array.cast(pa.float32()), declared, path)
    try:
        made, lost = _convert_values(array, declared)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        message = f"`{path}` is {name_of(array.type)}, declared {name_of(declared)}: {error}"
        raise LossyCastError(message) from error
    if lost is not None and pc.any(lost).as_py():
        at, count = pc.index(lost, True).as_py(), pc.sum(lost).as_py()
        more = f" ({count:,} such values)" if count > 1 else ""
        kind = name_of(declared)
        message = f"`{path}` holds {array[at]}, which as {kind} would be {made[at]}{more}"
        raise LossyCastError(message)
    return made


def _convert_values(array: pa.Array, declared: pa.DataType) -> tuple[pa.Array, pa.Array | None]:
    """Return values in another type, and which of them are lost so; None where none can be."""
    given, types = array.type, pa.types
    if types.is_floating(declared) and types.is_floating(given):
        made = array.cast(declared)
        infinite = pc.and_(pc.is_inf(made), pc.invert(pc.is_inf(array)))
        return made, infinite if declared.bit_width < given.bit_width else None
    if types.is_floating(declared):
        return _to_float(array, declared)
    if types.is_floating(given):
        made = array.cast(declared, safe=False)
        lost = pc.not_equal(made.cast(given, safe=False), array)
        if types.is_integer(declared):  # a float beyond the last integer may come back as it was
            lost = pc.or_(lost, pc.greater_equal(array, 2.0 ** _value_bits(declared)))
        return made, lost
    made = array.cast(declared)
    looks_back = types.is_boolean(declared) or types.is_date(declared)
    return made, pc.not_equal(made.cast(given), array) if looks_back else None


def _to_float(array: pa.Array, declared: pa.DataType) -> tuple[pa.Array, pa.Array | None]:
    """Return integers, decimals or bools as floats, and which of them no such float is."""
    if pa.types.is_boolean(array.type):
        return array.cast(pa.float32()).cast(declared), None
    wide = array.cast(pa.float64(), safe=False)
    made = wide.cast(declared)
    if pa.types.is_decimal(array.type):
        lost = pc.not_equal(wide.cast(array.type), array)
        # A whole number is counted, as an integer is; only what has a fraction may be rounded.
        whole = pc.equal(pc.floor(wide), wide)
        lost = pc.or_(lost, pc.and_(whole, pc.not_equal(made.cast(pa.float64()), wide)))
        return made, pc.or_(lost, pc.is_inf(made))
    ends = pc.min_max(array).as_py()
    most = _LARGEST_EXACT[declared]
    if ends["min"] is None or -most <= ends["min"] <= ends["max"] <= most:
        return made, None
    back = made.cast(pa.float64())
    beyond = pc.greater_equal(back, 2.0 ** _value_bits(array.type))
    return made, pc.or_(beyond, pc.not_equal(back.cast(array.type, safe=False), array))


def _value_bits(integer: pa.DataType) -> int:
    return int(integer.bit_width) - bool(pa.types.is_signed_integer(integer))


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_boolean(kind)
    )


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )
