"""What a field of a source means for a dimension: the rows of `mapping.yaml`, applied.

A row names source, field, dimension, direction, scale, transformation, kind of label, why, and by
whose word. A row with `status: refused` is there to be read, and makes no label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from hueset.declaration import LABEL_KINDS
from hueset.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hueset.builder import Inputs

FILE = "mapping.yaml"
ANY = "*"
"""A field that is named as the dimension it is about."""

COLUMNS = (
    "id",
    "status",
    "source",
    "field",
    "unit",
    "dimension",
    "direction",
    "scale",
    "transformation",
    "label_kind",
    "justification",
    "citation",
)
TRANSFORMATIONS = {
    "kept": "the value as it stands in the version it is read from",
    "linear": "(value - low) / (high - low) of its scale; reversed: 1 less that",
    "pole": "a tag that is there: 1 for the high pole, 0 for the low one (reversed)",
    "year": "half of (year - low) / (high - low), so that .5 is the youngest year; earlier is 0",
    "circle": "value / high: an angle, in turns",
}
LABELS = pl.Schema(
    {
        "source_id": pl.String(),
        "dimension": pl.String(),
        "mapping": pl.String(),
        "label_kind": pl.String(),
        "value_raw": pl.Float64(),
        "raw_min": pl.Float64(),
        "raw_max": pl.Float64(),
        "value": pl.Float64(),
        "n_raters": pl.Int32(),
        "rater_sd": pl.Float64(),
    }
)


def declared_mappings(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the declared rows.

    Raises
    ------
    DeclarationError
        A row lacks a word or has an unknown one, or names no declared dimension.
    """
    found: list[dict[str, Any]] = inputs.facts[FILE]
    dimensions = {dimension["name"] for dimension in inputs.facts["dimensions.yaml"]}
    for row in found:
        _check(row, dimensions)
    return found


def apply_mappings(
    fields: pl.DataFrame, declared: Sequence[dict[str, Any]], source: str
) -> pl.DataFrame:
    """Return the labels that the fields of a source give; schema `LABELS`.

    Parameters
    ----------
    fields
        Schema `hueset_builders.atlas.source_rows.FIELDS`.
    declared
        The rows of the mapping.
    source
        Whose fields they are.
    """
    made = [
        _labels(fields, row)
        for row in declared
        if row["source"] == source and row["status"] == "used" and row["transformation"] != "kept"
    ]
    return pl.concat(made) if made else pl.DataFrame(schema=LABELS)


def mapping_table(declared: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return the rows as the table `mapping`."""
    return pl.DataFrame(
        [
            {
                **{name: row[name] for name in COLUMNS if name not in {"id", "scale"}},
                "mapping": row["id"],
                "raw_min": float(row["scale"][0]) if row["scale"] else None,
                "raw_max": float(row["scale"][1]) if row["scale"] else None,
            }
            for row in declared
        ],
        infer_schema_length=None,
    ).sort("mapping")


def _labels(fields: pl.DataFrame, row: dict[str, Any]) -> pl.DataFrame:
    low, high = row["scale"] or (None, None)
    mine = fields if row["field"] == ANY else fields.filter(pl.col("field") == row["field"])
    dimension = pl.col("field") if row["dimension"] == ANY else pl.lit(row["dimension"])
    return mine.select(
        "source_id",
        dimension.alias("dimension"),
        pl.lit(row["id"]).alias("mapping"),
        pl.lit(row["label_kind"]).alias("label_kind"),
        "value_raw",
        pl.lit(low, dtype=pl.Float64).alias("raw_min"),
        pl.lit(high, dtype=pl.Float64).alias("raw_max"),
        _value(row).alias("value"),
        "n_raters",
        "rater_sd",
    ).match_to_schema(LABELS)


def _value(row: dict[str, Any]) -> pl.Expr:
    raw, reverse = pl.col("value_raw"), row["direction"] == "reversed"
    if row["transformation"] == "pole":
        return pl.lit(0.0 if reverse else 1.0)
    low, high = map(float, row["scale"])
    match row["transformation"]:
        case "year":
            value = 0.5 * ((raw - low) / (high - low)).clip(0.0, 1.0)
        case "circle":
            value = raw / high
        case _:
            value = (raw - low) / (high - low)
    return 1.0 - value if reverse else value


def _check(row: dict[str, Any], dimensions: set[str]) -> None:
    where = f"{FILE}, {row.get('id', '?')}"
    for name in sorted({*COLUMNS} ^ {*row}):
        fault = "lacks" if name in COLUMNS else "has an unknown"
        message = f"{where}: a row {fault} {name!r}"
        raise DeclarationError(message, hint=f"a row has {', '.join(COLUMNS)}", value=name)
    for name, known in (
        ("status", ("used", "refused")),
        ("direction", ("same", "reversed", "none")),
        ("transformation", (*TRANSFORMATIONS, "none")),
        ("label_kind", (*LABEL_KINDS, "none")),
        ("dimension", (*dimensions, ANY)),
    ):
        if row[name] not in known:
            raise DeclarationError.unknown(name, str(row[name]), known, where=where)
    scaled = row["transformation"] in {"linear", "year", "circle"}
    if scaled != (row["scale"] is not None):
        message = f"{where}: {row['transformation']} and scale {row['scale']} do not go together"
        raise DeclarationError(message, hint="linear, year and circle have a scale, others null")
