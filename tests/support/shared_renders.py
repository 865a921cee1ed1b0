"""A render kept under a name, for tests that read it more than once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from hueset_builders.readers.render import render_midi

if TYPE_CHECKING:
    from pathlib import Path

    from hueset_builders.readers.render import RenderInfo


def render(midi: Path | bytes, out: Path, *font: Path, **options: Any) -> RenderInfo:
    """Write what `rendered` gives to a file."""
    with render_midi(midi, *font, **options) as (stream, info), out.open("wb") as kept:
        shutil.copyfileobj(stream, kept)
    return info
