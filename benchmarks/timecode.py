"""How far section starts lie from the beat, read as milliseconds and read by evidence.

    python -m benchmarks.timecode CORPUS

Keeps and prints the median distance per album, how many files decided for themselves, what the
choice is worth when it is judged by what it was not made by (the grid by the range, lyrics by the
section starts of their manifest), and what a falsified tempo does to confidence.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from hueset_builders.chromatic.manifest_reader import parse_manifest
from hueset_builders.chromatic.timecode_units import decide_manifest, decide_song
from hueset_builders.chromatic.timing import time_song
from hueset_builders.readers.lyrics import Lyrics, parse_lrc
from hueset_builders.readers.timecode import UNITS, from_beat_s, read_stamp
from hueset_builders.readers.timecode_evidence import majority_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hueset_builders.chromatic.manifest import SongManifest
    from hueset_builders.readers.timecode_evidence import Confidence, Decision

KEPT = Path(__file__).parent / "timecode.json"
CONFIDENCES: Final[tuple[Confidence, ...]] = ("high", "medium", "low")
FALSIFIED = (0.9, 0.93, 0.97, 1.03, 1.07, 1.1)
ON_START_S = 0.05
"""A lyric line this near to the start of a section begins with it."""


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


def load(corpus: Path) -> dict[str, SongManifest]:
    """Read every manifest of a corpus folder, by song."""
    paths = sorted(corpus.glob("*/*.yml"))
    return {path.stem: parse_manifest(path.read_bytes(), path.stem) for path in paths}


def load_lyrics(corpus: Path) -> dict[str, Lyrics]:
    """Read every lyric file of a corpus folder, by song."""
    return {path.stem: parse_lrc(path.read_bytes()) for path in sorted(corpus.glob("*/*.lrc"))}


def decide_all(
    songs: dict[str, SongManifest], lyrics: dict[str, Lyrics], tempo_factor: float = 1.0
) -> dict[str, Decision]:
    """Decide every manifest, the undecided ones by their album, and every `.lrc` beside one."""
    if tempo_factor != 1.0:
        songs = {
            key: replace(song, tempo_bpm=song.tempo_bpm and song.tempo_bpm * tempo_factor)
            for key, song in songs.items()
        }
    albums = album_units(songs)
    decided: dict[str, Decision] = {}
    for key, song in songs.items():
        unit, of_lyrics = decide_song(song, lyrics.get(key), album_unit=albums[key[:2]])
        decided |= {key: unit, f"{key}.lrc": of_lyrics} if of_lyrics else {key: unit}
    return decided


def album_units(songs: dict[str, SongManifest]) -> dict[str, str | None]:
    """Return what most manifests of each album decide for by themselves."""
    alone: dict[str, list[Decision]] = defaultdict(list)
    for key, song in songs.items():
        alone[key[:2]].append(decide_manifest(song))
    return {album: majority_unit(decisions) for album, decisions in alone.items()}


def fit(songs: dict[str, SongManifest], lyrics: dict[str, Lyrics]) -> list[AlbumFit]:
    """Measure every album."""
    decisions, albums = decide_all(songs, lyrics), album_units(songs)
    rows = []
    for album in sorted(albums):
        mine = {key: song for key, song in songs.items() if key.startswith(album)}
        decoded, as_ms, by_range = [], [], []
        for song in mine.values():
            tempo = song.tempo_bpm
            if tempo is None:
                continue
            timing = time_song(song, lyrics.get(song.song_id), album_unit=albums[album])
            decoded += _off_ms((section.start_s for section in timing.sections), tempo)
            starts = [section.start for section in song.sections if section.start]
            as_ms += _off_ms((read_stamp(stamp, "ms").time_s for stamp in starts), tempo)
            unit = range_choice(song)
            by_range += _off_ms((read_stamp(stamp, unit).time_s for stamp in starts), tempo)
        own = [decisions[key] for key in mine]
        rows.append(
            AlbumFit(
                album,
                len(decoded),
                median(as_ms),
                median(decoded),
                median(by_range),
                sum(decision.confidence != "low" for decision in own),
                len(own),
                tuple(sorted({decision.unit for decision in own})),
            )
        )
    return rows


def range_choice(song: SongManifest) -> str:
    """Return the unit that the range of values alone chooses, with no tempo and no album."""
    return decide_manifest(replace(song, tempo_bpm=None)).unit


def grid_choice_in_range(songs: dict[str, SongManifest]) -> tuple[int, int, int]:
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


@dataclass(frozen=True)
class LyricFit:
    """How many lyric lines begin with a section of their manifest, by unit of the lyrics."""

    unit: str
    files: int
    lines: int
    as_ms: int
    decoded: int


def lyrics_at_sections(songs: dict[str, SongManifest], lyrics: dict[str, Lyrics]) -> list[LyricFit]:
    """Judge what lyrics were decided to be by what they were not decided by: section starts."""
    albums = album_units(songs)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for key, song in songs.items():
        timing = time_song(song, lyrics.get(key), album_unit=albums[key[:2]])
        if timing.lyrics is None:
            continue
        starts = [one.start_s for one in timing.sections if one.start_s]
        of_unit = counts[timing.lyrics.unit]
        of_unit["files"] += 1
        for line in timing.lines:
            as_ms = read_stamp(line.line.stamp, "ms").time_s - timing.hour_offset_s
            of_unit["lines"] += 1
            of_unit["as_ms"] += any(abs(as_ms - start) <= ON_START_S for start in starts)
            of_unit["decoded"] += any(abs(line.start_s - start) <= ON_START_S for start in starts)
    return [
        LyricFit(unit, one["files"], one["lines"], one["as_ms"], one["decoded"])
        for unit, one in sorted(counts.items())
    ]


def _off_ms(times_s: Iterable[float | None], tempo_bpm: float) -> list[float]:
    return [from_beat_s(time, tempo_bpm) * 1000 for time in times_s if time]


def measure(corpus: Path) -> dict[str, Any]:
    """Return the medians per album, the grid judged by the range, and the falsified tempos."""
    songs, lyrics = load(corpus), load_lyrics(corpus)
    return {
        "manifests": len(songs),
        "lyric_files": len(lyrics),
        "albums": [asdict(row) for row in fit(songs, lyrics)],
        "grid": grid_choice_in_range(songs),
        "lyrics": [asdict(row) for row in lyrics_at_sections(songs, lyrics)],
        "tempo": {
            str(factor): confidences(decide_all(songs, lyrics, factor))
            for factor in (1.0, *FALSIFIED)
        },
    }


def confidences(decisions: dict[str, Decision]) -> dict[str, list[int]]:
    """Return how many manifests and how many lyric files are decided how surely."""
    of_lyrics = Counter(one.confidence for key, one in decisions.items() if key.endswith(".lrc"))
    every = Counter(one.confidence for one in decisions.values())
    return {one: [every[one] - of_lyrics[one], of_lyrics[one]] for one in CONFIDENCES}


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
        f"{fractions} fractions fit its unit. No lyric file is decided by its manifest's sections; "
        f"lines of the {kept['lyric_files']} files that begin with one, to {ON_START_S * 1000:.0f} "
        "ms:",
        "",
        "| lyrics in | files | lines | as ms | decoded |",
        "|---|---|---|---|---|",
        *(
            f"| {row['unit']} | {row['files']} | {row['lines']} | {row['as_ms']} "
            f"| {row['decoded']} |"
            for row in kept["lyrics"]
        ),
        "",
        "With a falsified tempo the confidence of manifests / lyric files goes (sections of one "
        "song lie 120 beats apart, so that 0.9 and 1.1 of its tempo are grids to it too):",
        "",
        "| tempo × | high | medium | low |",
        "|---|---|---|---|",
        *(
            f"| {factor} | "
            + " | ".join(" / ".join(map(str, told[one])) for one in CONFIDENCES)
            + " |"
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
