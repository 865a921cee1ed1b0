"""What the report of SocialFX shows: counts, the map of words, the curve of every word.

It reads a finished version only. `hueset_builders.socialfx.build` does not import it, so it is no
part of the fingerprint.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hueset.render.html import template_filler
from hueset.render.report.section import Section
from hueset_builders.socialfx.report.counts import count_version
from hueset_builders.socialfx.report.curves import effects_with_words

if TYPE_CHECKING:
    from hueset.render.report.section import Material

HERE = Path(__file__).parent


def sections(material: Material) -> list[Section]:
    """Return the words with their curves and maps, and the counts."""
    made = template_filler(HERE)
    shown = effects_with_words(material)

    return [
        Section(
            name="words",
            title="Words",
            lead="words lie near each other where their settings are alike; choose one to see it",
            body=made("words.html", effects=shown),
            style=(HERE / "socialfx.css").read_text(encoding="utf-8"),
            script=(HERE / "socialfx.js").read_text(encoding="utf-8") if shown else "",
        ),
        Section(
            name="counts",
            title="Counts",
            lead="how often words were given, and what a floor of examples costs",
            body=made("counts.html", told=count_version(material)),
        ),
    ]
