"""Names of colours with what is computed from their hex value: hue, lightness, warmth.

Source: Munroe, the xkcd colour name survey (2010), in github.com/dariusk/corpora, CC0. People named
the colours; the numbers are computed, and nobody said them.

Formulas: sRGB to XYZ (IEC 61966-2-1), CIE 1976 L*a*b* under D65 (CIE 15), hue of HSV (Smith, "Color
gamut transform pairs", SIGGRAPH 1978), warm-cool = -0.5 + 0.02 C*^1.07 cos(h - 50°) (Ou, Luo,
Woodcock & Wright, "A study of colour emotion and colour preference. Part I", Color Research and
Application 29, 2004).
"""

from __future__ import annotations

import colorsys
import json
import math
import re
from typing import TYPE_CHECKING

import polars as pl

from hueset.builder import Reject, convert_input_errors
from hueset_builders.atlas.source_rows import FIELDS, SourceRows, texts_frame

if TYPE_CHECKING:
    from hueset.builder import Inputs

HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
WHITE_D65 = (0.95047, 1.0, 1.08883)
SRGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
GREY_CHROMA = 5.0
"""Below this chroma C* a colour is a grey, and its hue is no more than rounding."""


def read(inputs: Inputs) -> SourceRows:
    """Read the names, and compute `hue_deg` (0..360), `lightness` (0..100), `warm_cool`.

    Raises
    ------
    SourceFormatError
        It is no such list.
    """
    source = inputs.sources["xkcd"]
    with convert_input_errors(
        "source 'xkcd' is no list of colours", hint="compare it with its pin"
    ):
        colours = [
            (str(one["color"]), str(one["hex"])) for one in json.loads(source.read())["colors"]
        ]
    names, fields, rejects = [], [], []
    for name, value in colours:
        if not HEX.fullmatch(value):
            rejects.append(Reject("examples", "xkcd", name, "not_a_colour", value, "#rrggbb"))
            continue
        names.append((name, name))
        fields += [(name, field, number) for field, number in measure_colour(value).items()]
    return SourceRows(
        texts_frame(
            pl.DataFrame(names, schema=["source_id", "text_raw"], orient="row"),
            source="xkcd",
            unit="word",
            licence=inputs.dataset.sources["xkcd"].licence,
        ),
        pl.DataFrame(fields, schema=["source_id", "field", "value_raw"], orient="row")
        .with_columns(
            n_raters=pl.lit(None, dtype=pl.Int32), rater_sd=pl.lit(None, dtype=pl.Float64)
        )
        .match_to_schema(FIELDS),
        len(colours),
        rejects=tuple(rejects),
    )


def measure_colour(value: str) -> dict[str, float]:
    """Return what is computed of a hex colour; a grey has no hue.

    Returns
    -------
    dict
        `hue_deg` in degrees 0..360 (absent for a grey), `lightness` L* 0..100, `warm_cool`, about
        -4..3 over sRGB, 0 between cool and warm.
    """
    red, green, blue = (int(value[at : at + 2], 16) / 255.0 for at in (1, 3, 5))
    lightness, a, b = cie_lab(red, green, blue)
    chroma, angle = math.hypot(a, b), math.degrees(math.atan2(b, a))
    warm_cool = -0.5 + 0.02 * chroma**1.07 * math.cos(math.radians(angle - 50.0))
    # White comes out a rounding above 100.
    made = {"lightness": min(max(lightness, 0.0), 100.0), "warm_cool": warm_cool}
    if chroma >= GREY_CHROMA:
        made["hue_deg"] = colorsys.rgb_to_hsv(red, green, blue)[0] * 360.0
    return made


def cie_lab(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """Return CIE L*, a*, b* (D65) of an sRGB colour whose channels are in 0..1."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    x, y, z = (
        _cube(sum(weight * one for weight, one in zip(row, linear, strict=True)) / white)
        for row, white in zip(SRGB_TO_XYZ, WHITE_D65, strict=True)
    )
    return 116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)


def _cube(t: float) -> float:
    return t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29
