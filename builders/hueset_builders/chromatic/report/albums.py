"""The albums in their colours, and the count of segments by colour × type × modality."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from hueset.render.html.charts import heat_level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hueset.render.report.section import Material

FLOOR = 20
"""As the declaration asks of every colour and type: fewer segments are thin."""

DEEP, PALE = 0.08, 0.47
"""Luminance below which a colour is hard to see on dark paper, above which on white."""

MODALITIES = ("audio", "midi", "lyrics")


@dataclass(frozen=True)
class Shelf:
    """A colour with the songs of its album; a colour whose album is not made yet has none."""

    colour: Mapping[str, Any]
    songs: Sequence[dict[str, Any]]
    seconds: float
    tone: str


@dataclass(frozen=True)
class Crossing:
    """Segments by colour and type; every cell is `{n, audio, midi, lyrics, heat, bars}`."""

    types: Sequence[Mapping[str, Any]]
    colours: Sequence[Mapping[str, Any]]
    cells: Mapping[tuple[str, str], dict[str, Any]]
    by_colour: Mapping[str, dict[str, Any]]
    by_type: Mapping[str, dict[str, Any]]
    whole: dict[str, Any]
    floor: int = field(default=FLOOR)


def album_shelves(material: Material) -> list[Shelf]:
    """Return the nine colours in their order, each with its songs in theirs."""
    songs = material.rows(
        "SELECT song_id, title, colour, colour_hex, album_sequence, key, tempo_bpm, release_date, "
        "running_time_s, segment_count, rebracketing_type, audio_files_named, audio_files_present "
        'FROM "chromatic"."songs" ORDER BY album_no, album_sequence, song_id'
    )
    structure: dict[str, list[dict[str, Any]]] = {}
    for row in material.rows(
        'SELECT song_id, name, start_s, end_s FROM "chromatic"."sections" '
        "WHERE end_s > start_s ORDER BY song_id, section_index"
    ):
        structure.setdefault(row["song_id"], []).append(row)
    longest = max((song["running_time_s"] for song in songs), default=1.0)
    shelves = []
    for colour in material.facts["ontology.yaml"]["colours"]:
        own = [song for song in songs if song["colour"] == colour["name"]]
        for song in own:
            song["strip"] = _strip(song, structure.get(song["song_id"], []), longest)
        shelves.append(
            Shelf(
                colour, own, sum(song["running_time_s"] for song in own), paper_tone(colour["hex"])
            )
        )
    return shelves


def paper_tone(colour: str | None) -> str:
    """Return how a colour `#RRGGBB` stands on paper: `deep`, `pale` or `clear`; empty without one.

    By the relative luminance of WCAG 2: a deep colour is lost on dark paper, a pale one on white.
    """
    if not colour:
        return ""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "deep" if luminance < DEEP else "pale" if luminance > PALE else "clear"


def cross_colours_types(material: Material) -> Crossing:
    """Return how many segments every colour and type has, absent ones included."""
    taxonomy = material.facts["taxonomy.yaml"]
    colours = material.facts["ontology.yaml"]["colours"]
    types = [
        *({**one, "outcome": False} for one in taxonomy["types"]),
        *(
            {"name": name, "reachable": True, "definition": "", "outcome": True}
            for name in taxonomy["outcomes"]
        ),
    ]
    rows = material.rows(
        "SELECT colour, rebracketing_type AS type, count(*) AS n, "
        "count(*) FILTER (has_audio) AS audio, count(*) FILTER (has_midi) AS midi, "
        "count(*) FILTER (lyric_text <> '') AS lyrics "
        'FROM "chromatic"."segments" GROUP BY ALL'
    )
    found = {(row["colour"], row["type"]): row for row in rows}
    pairs = [(colour["name"], one["name"]) for colour in colours for one in types]
    cells = {pair: _cell([found[pair]] if pair in found else []) for pair in pairs}
    return Crossing(
        types=types,
        colours=colours,
        cells=cells,
        by_colour={
            one["name"]: _cell([row for row in rows if row["colour"] == one["name"]])
            for one in colours
        },
        by_type={
            one["name"]: _cell([row for row in rows if row["type"] == one["name"]]) for one in types
        },
        whole=_cell(rows),
    )


def _cell(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {name: sum(row[name] for row in rows) for name in ("n", *MODALITIES)}
    told["heat"] = heat_level(told["n"], FLOOR)
    told["bars"] = _bars(told)
    return told


def _bars(told: Mapping[str, Any]) -> Markup:
    """Return three small bars: the share with audio, MIDI, lyrics."""
    bars = Markup("").join(
        Markup('<rect class="m{}" x="0" y="{}" width="{}" height="3" rx="1"/>').format(
            at, at * 5 + 1, round(max(told[name] / told["n"] * 40, 1), 1)
        )
        for at, name in enumerate(MODALITIES)
        if told[name]
    )
    grounds = Markup("").join(
        Markup('<rect class="ground" x="0" y="{}" width="40" height="3" rx="1"/>').format(
            at * 5 + 1
        )
        for at in range(len(MODALITIES))
    )
    label = ", ".join(f"{told[name]:,} with {name}" for name in MODALITIES)
    return Markup(
        '<svg class="modalities" viewBox="0 0 40 15" width="40" height="15" role="img" '
        'aria-label="{}"><title>{} of {}</title>{}{}</svg>'
    ).format(label, label, f"{told['n']:,}", grounds, bars)


def _strip(
    song: Mapping[str, Any], sections: Sequence[Mapping[str, Any]], longest: float
) -> Markup:
    """Return the sections of a song as blocks of its colour, as long as the song is."""
    blocks = Markup("").join(
        Markup('<rect x="{}" y="0" width="{}" height="10" fill-opacity="{}"/>').format(
            round(row["start_s"] / longest * 300, 1),
            round(max((row["end_s"] - row["start_s"]) / longest * 300 - 0.8, 0.6), 1),
            (1, 0.62)[at % 2],
        )
        for at, row in enumerate(sections)
    )
    return Markup(
        '<svg class="structure" viewBox="0 0 300 10" preserveAspectRatio="none" '
        'aria-hidden="true"><rect class="ground" x="0" y="0" width="{}" height="10"/>{}</svg>'
    ).format(round(song["running_time_s"] / longest * 300, 1), blocks)
