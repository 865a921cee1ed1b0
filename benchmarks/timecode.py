"""How far section starts lie from the beat, read as milliseconds and read by evidence.

    python -m benchmarks.timecode CORPUS

Keeps and prints the median distance per album, how many files decided for themselves, what the
choice is worth when it is judged by what it was not made by, and what a falsified tempo does to
confidence.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from builders.chromatic.manifest_reader import parse_manifest
from builders.chromatic.timing import time_song
from builders.chromatic.units import decide_manifest
from builders.timecode import UNITS, from_beat_s, read
from builders.timecode_evidence import majority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from builders.chromatic.manifest import Manifest
    from builders.timecode_evidence import Decision

KEPT = Path(__file__).parent / "timecode.json"
CONFIDENCES = ("high", "medium", "low")
FALSIFIED = (0.9, 0.93, 0.97, 1.03, 1.07, 1.1)


@dataclass(frozen=True)
class AlbumFit:
    """Section starts of an album (those after 0) against the beat; medians in ms."""

    album: str
    starts: int
    as_ms: float
    decoded: float
    range_only: float
    decided: int
    songs: int
    units: tuple[str, ...]


def load(corpus: Path) -> dict[str, Manifest]:
    """Read every manifest of a corpus folder, by song."""
    paths = sorted(corpus.glob("*/*.yml"))
    return {path.stem: parse_manifest(path.read_bytes(), path.stem) for path in paths}


def decide_all(songs: dict[str, Manifest], tempo_factor: float = 1.0) -> dict[str, Decision]:
    """Decide every manifest, the undecided ones by their album."""
    if tempo_factor != 1.0:
        songs = {
            key: replace(song, tempo_bpm=song.tempo_bpm and song.tempo_bpm * tempo_factor)
            for key, song in songs.items()
        }
    albums = album_units(songs)
    return {key: decide_manifest(song, album_unit=albums[key[:2]]) for key, song in songs.items()}


def album_units(songs: dict[str, Manifest]) -> dict[str, str | None]:
    """Return what most manifests of each album decide for by themselves."""
    alone: dict[str, list[Decision]] = defaultdict(list)
    for key, song in songs.items():
        alone[key[:2]].append(decide_manifest(song))
    return {album: majority(decisions) for album, decisions in alone.items()}


def fit(songs: dict[str, Manifest]) -> list[AlbumFit]:
    """Measure every album."""
    decisions, albums = decide_all(songs), album_units(songs)
    rows = []
    for album in sorted(albums):
        mine = {key: song for key, song in songs.items() if key.startswith(album)}
        decoded, as_ms, by_range = [], [], []
        for song in mine.values():
            tempo = song.tempo_bpm
            if tempo is None:
                continue
            timing = time_song(song, None, album_unit=albums[album])
            decoded += _off_ms((section.start_s for section in timing.sections), tempo)
            starts = [section.start for section in song.sections if section.start]
            as_ms += _off_ms((read(stamp, "ms").time_s for stamp in starts), tempo)
            unit = range_choice(song)
            by_range += _off_ms((read(stamp, unit).time_s for stamp in starts), tempo)
        own = [decisions[key] for key in mine]
        rows.append(
            AlbumFit(
                album, len(decoded), median(as_ms), median(decoded), median(by_range),
                sum(decision.evidence != "inherited" for decision in own), len(own),
                tuple(sorted({decision.unit for decision in own})),
            )
        )  # fmt: skip
    return rows


def range_choice(song: Manifest) -> str:
    """Return the unit that the range of values alone chooses, with no tempo and no album."""
    return decide_manifest(replace(song, tempo_bpm=None)).unit


def grid_choice_in_range(songs: dict[str, Manifest]) -> tuple[int, int, int]:
    """Judge the grid by the range: files it decides, their fractions, and how many of them fit."""
    files = held = total = 0
    for song in songs.values():
        chosen = decide_manifest(song)
        starts = [section.start for section in song.sections if section.start]
        if chosen.grid_unit is None or "grid" not in chosen.evidence:
            continue
        files += 1
        fractions = [stamp for stamp in starts if stamp.fraction]
        held += sum(UNITS[chosen.grid_unit].holds(stamp) for stamp in fractions)
        total += len(fractions)
    return files, total, held


def _off_ms(times_s: Iterable[float | None], tempo_bpm: float) -> list[float]:
    return [from_beat_s(time, tempo_bpm) * 1000 for time in times_s if time]


def measure(corpus: Path) -> dict[str, Any]:
    """Return the medians per album, the grid judged by the range, and the falsified tempos."""
    songs = load(corpus)
    return {
        "manifests": len(songs),
        "albums": [asdict(row) for row in fit(songs)],
        "grid": grid_choice_in_range(songs),
        "tempo": {
            str(factor): dict(Counter(one.confidence for one in decide_all(songs, factor).values()))
            for factor in (1.0, *FALSIFIED)
        },
    }


def section(kept: Mapping[str, Any]) -> list[str]:
    """Return the lines of the page that tell what was measured."""
    files, fractions, held = kept["grid"]
    return [
        "",
        "## What the stamps of the chromatic corpus mean",
        "",
        f"Median distance of section starts (those after 0) from the beat, {kept['manifests']} "
        "manifests, by `python -m benchmarks.timecode CORPUS`. `range only` never looked at the "
        "beat; `decoded` also joins starts to previous ends.",
        "",
        "| album | starts | as ms | range only | decoded | decided | units |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row['album']} | {row['starts']} | {row['as_ms']:.0f} ms "
            f"| {row['range_only']:.1f} ms | {row['decoded']:.1f} ms "
            f"| {row['decided']}/{row['songs']} | {', '.join(row['units'])} |"
            for row in kept["albums"]
        ),
        "",
        f"Judged by what it was not chosen by: the grid decides {files} files, and {held} of their "
        f"{fractions} fractions fit its unit. With a falsified tempo the confidence goes:",
        "",
        "| tempo × | high | medium | low |",
        "|---|---|---|---|",
        *(
            f"| {factor} | " + " | ".join(str(told.get(one, 0)) for one in CONFIDENCES) + " |"
            for factor, told in kept["tempo"].items()
        ),
    ]


def main(corpus: Path) -> None:
    """Measure, keep, and write the page again."""
    from benchmarks.__main__ import write_page

    kept = measure(corpus)
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    write_page()
    print("\n".join(section(json.loads(KEPT.read_text()))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
