"""What the report of atlas adds: where sources meet, and what each field was taken to mean.

It reads a finished version only. `hueset_builders.atlas.build` does not import it, so it is no
part of the fingerprint.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.render.html import template_filler
from hueset.render.report.section import Section

if TYPE_CHECKING:
    from hueset.render.report.section import Material

HERE = Path(__file__).parent


def sections(material: Material) -> list[Section]:
    """Return the calibration of sources that share texts, and the declared mappings."""
    made = template_filler(HERE)
    compared = material.rows(
        'SELECT * FROM "atlas"."calibration" ORDER BY shared DESC, dimension, source_a, source_b'
    )
    mapped = material.rows('SELECT * FROM "atlas"."mapping" ORDER BY status, dimension, mapping')

    told = [{**row, "says": describe_comparison(row)} for row in compared]
    return [
        Section(
            name="calibration",
            title="Where sources meet",
            lead="two sources on one dimension of the same texts: same order, same scale?",
            body=made("calibration.html", rows=told),
            last=True,
        ),
        Section(
            name="mapping",
            title="Mappings",
            lead="what a field was taken to mean, by whose word, and what was refused",
            body=made("mapping.html", rows=mapped),
            last=True,
        ),
    ]


def describe_comparison(row: dict[str, Any]) -> str:
    """Return in words what a comparison shows, and what it cannot."""
    tag, scale = ("a", "b") if row["kind_a"] == "tag" else ("b", "a")
    if row[f"kind_{tag}"] == "tag":
        if row[f"kind_{scale}"] == "tag":
            return "two tags: nothing to order"
        goes = row[f"mean_{scale}"] - row[f"whole_mean_{scale}"]
        way = "the same way" if goes * (row[f"mean_{tag}"] - 0.5) > 0 else "the other way"
        return (
            f"tagged texts lie {goes:+.2f} from the mean of {row[f'source_{scale}']}: {way} as the "
            "tag; a tag has no scale"
        )
    if row["spearman"] is None:
        return "too few shared texts, or one does not vary"
    beyond = abs(row["spearman"]) > row["by_chance"]
    if not beyond:
        return f"so few texts prove nothing: chance alone reaches ±{row['by_chance']:.2f}"
    order = "order them alike" if row["spearman"] > 0 else "order them the other way round"
    return f"they {order}, beyond what chance reaches (±{row['by_chance']:.2f})"
