"""What a builder gets and what it gives; the loader, splits by group, one BLAS thread.

The names here are what a builder imports: `from hueset.builder import Batch, Inputs, Unit`.
"""

from typing import TYPE_CHECKING

from hueset.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from hueset.builder.csv_reader import csv_rows
    from hueset.builder.input_errors import convert_input_errors
    from hueset.builder.optional_packages import require_package
    from hueset.builder.protocol import (
        Batch,
        Builder,
        Finding,
        Inputs,
        Member,
        Reject,
        ResolvedSource,
        Shards,
        Unit,
        Verdict,
    )
    from hueset.builder.text_decoding import decode_text

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
    "decode_text",
    "require_package",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "csv_rows": "csv_reader",
        "decode_text": "text_decoding",
        "Batch": "protocol",
        "Builder": "protocol",
        "Finding": "protocol",
        "Inputs": "protocol",
        "Member": "source",
        "Reject": "protocol",
        "ResolvedSource": "source",
        "Shards": "protocol",
        "Unit": "protocol",
        "Verdict": "protocol",
        "convert_input_errors": "input_errors",
        "require_package": "optional_packages",
    },
)
