"""Any value of a row as strict JSON, which has no word for what is no finite number.

The three are texts, at any depth: `"NaN"`, `"Infinity"`, `"-Infinity"`. So they are told apart from
null, which means that there is no value.
"""

from __future__ import annotations

import math
from typing import Any


def json_value(value: Any) -> Any:
    """Return a value as strict JSON; dates are ISO text, bytes become their length."""
    match value:
        case float() if not math.isfinite(value):
            return name_of_float(value)
        case None | bool() | int() | float() | str():
            return value
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case list() | tuple():
            return [json_value(item) for item in value]
        case dict():
            return {str(key): json_value(item) for key, item in value.items()}
        case _:
            return str(value)


def name_of_float(value: float) -> str:
    """Return how a number that is not finite is written."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
