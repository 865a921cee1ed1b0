"""What every page of Hueset looks like: one style sheet, the charts, the words, shared macros.

The service (`api`) and the reports are rendered from here, so that both say a thing the same way.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from hueset import __version__
from hueset.documents.verdicts import CoverageVerdict, LabelFamily, Verdict
from hueset.render.html import charts, evidence, words
from hueset.words import format_count, format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent
STYLE = HERE / "hueset.css"


def template_environment(folders: Sequence[Path]) -> Environment:
    """Return the templates of some folders and the shared ones.

    A name that is not given is an error, and all text is escaped.
    """
    made = Environment(
        loader=FileSystemLoader([*folders, HERE]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        hueset_version=__version__,
        words=words,
        evidence=evidence,
        Verdict=Verdict,
        CoverageVerdict=CoverageVerdict,
        LabelFamily=LabelFamily,
        number=words.format_number,
        short=words.format_short_count,
        share=words.format_share,
        size=format_size,
        spoken=words.spoken_name,
        count=format_count,
        moment=words.format_time,
        listed=words.list_names,
        splits=words.SPLITS,
        glyph=charts.verdict_glyph,
        strip=charts.verdict_strip,
        pairs=charts.class_cells,
        floor_bar=charts.floor_bar,
        distribution=charts.label_histogram,
        class_bars=charts.class_bars,
        share_bar=charts.share_bar,
        sparkline=charts.draw_sparkline,
        heat=charts.heat_level,
        Markup=Markup,
    )
    return made


def template_filler(folder: Path) -> Callable[..., Markup]:
    """Return what fills a folder's templates: name and values in, finished HTML out."""
    templates = template_environment([folder])

    def fill(name: str, **context: object) -> Markup:
        # The template escapes what it is given.
        return Markup(templates.get_template(name).render(context))  # noqa: S704

    return fill
