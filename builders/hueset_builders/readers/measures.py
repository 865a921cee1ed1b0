"""Measures of a corpus as rows: a number with what it was computed from, or why there is none.

A figure without the data it belongs to cannot be told from an invented one, so every row carries
the digest of its input and the parameters of the computation. What could not be measured is a row
too: its value is null and its reason says what was missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hueset.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes
    ----------
    name
        What was measured, in snake_case.
    scope
        Of which part of the data, e.g. `eq, all terms`.
    unit
        Unit of the value; `1` for a pure number, `share` for 0..1.
    value
        The number; None where it was not measured.
    reason
        Why it was not measured; None where it was.
    data_sha256
        Hex digest of the values it was computed from; None where it was not measured.
    parameters
        What decides the number besides the data: seeds, thresholds, definitions.
    """

    name: str
    scope: str
    unit: str
    value: float | None = None
    reason: str | None = None
    data_sha256: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            message = f"measure {self.name!r} ({self.scope}) needs a value or a reason, not both"
            raise BuildError(message, hint="give reason=… where nothing could be measured")


def measure_table(measures: Iterable[Measure]) -> pa.Table:
    """Return measures as rows, in their order, with `status` measured or not_measured."""
    import pyarrow as pa

    rows = [
        {
            "name": measure.name,
            "scope": measure.scope,
            "value": measure.value,
            "unit": measure.unit,
            "status": "not_measured" if measure.value is None else "measured",
            "reason": measure.reason,
            "data_sha256": measure.data_sha256,
            "parameters": json.dumps(dict(measure.parameters), sort_keys=True, allow_nan=False),
        }
        for measure in measures
    ]
    text = pa.string()
    schema = pa.schema(
        [
            ("name", text),
            ("scope", text),
            ("value", pa.float64()),
            ("unit", text),
            ("status", text),
            ("reason", text),
            ("data_sha256", text),
            ("parameters", text),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)
