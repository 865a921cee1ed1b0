"""What the report of the chromatic corpus shows: albums, what can be learned from, every song.

It reads a finished version only. `hueset_builders.chromatic.build` does not import it, so it is no
part of the fingerprint.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hueset.render.html import template_filler
from hueset.render.report.section import Section
from hueset.words import format_size
from hueset_builders.chromatic.report.albums import album_shelves, cross_colours_types
from hueset_builders.chromatic.report.media import chosen_media
from hueset_builders.chromatic.report.songs import song_sheets

if TYPE_CHECKING:
    from hueset.render.report.section import Material

HERE = Path(__file__).parent


def sections(material: Material) -> list[Section]:
    """Return the albums, the crossing of colour, modality and type, and the songs."""
    made = template_filler(HERE)
    shelves = album_shelves(material)
    crossed = cross_colours_types(material)
    sheets = song_sheets(material)
    shown = chosen_media(material)

    return [
        Section(
            name="albums",
            title="Albums",
            lead="every song in its colour, its sections from left to right; choose one to open it",
            body=made("albums.html", shelves=shelves),
            style=(HERE / "chromatic.css").read_text(encoding="utf-8"),
        ),
        Section(
            name="crossing",
            title="What is there",
            lead="segments by colour and rebracketing type, and how many have audio, MIDI, lyrics",
            body=made("crossing.html", crossed=crossed),
        ),
        Section(
            name="songs",
            title="Song",
            lead="sections, lyric lines and the segments of every track, on one line of time",
            body=made("songs.html", shown=shown, size=format_size, any_song=bool(sheets)),
            script=(HERE / "songs.js").read_text(encoding="utf-8"),
            data={"songs": sheets, "media": shown.pictures, "audio": shown.audio},
        ),
    ]
