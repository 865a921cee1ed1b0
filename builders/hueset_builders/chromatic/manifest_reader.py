"""A song's manifest: YAML as its authors keep it → typed values, and a list of its faults.

A fault (a mistyped value, an unsafe file name, a wrong case) never stops a song: the value becomes
null or is read the nearest right way, and the fault is told. Only bytes that are no manifest at all
are refused (see `hueset_builders.chromatic.plain_yaml`).
"""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from hueset.errors import InputError
from hueset_builders.chromatic.manifest import (
    Artist,
    ManifestFault,
    ManifestSection,
    SongManifest,
    Track,
)
from hueset_builders.chromatic.plain_yaml import load_mapping
from hueset_builders.readers.timecode import UNITS, parse_stamp

if TYPE_CHECKING:
    from hueset_builders.readers.timecode import Stamp

MAX_TEMPO_BPM = 1000.0
AUDIO_ORIGINS = ("recorded", "rendered", "synthesised")
_KNOWN = frozenset(
    {
        "bpm",
        "manifest_id",
        "tempo",
        "key",
        "rainbow_color",
        "title",
        "release_date",
        "album_sequence",
        "main_audio_file",
        "concept",
        "TRT",
        "vocals",
        "lyrics",
        "structure",
        "mood",
        "genres",
        "sounds_like",
        "lrc_file",
        "audio_tracks",
        "timecode",
        "audio_origin",
    }
)
_REQUIRED = _KNOWN - {"lrc_file", "timecode", "audio_origin"}


def parse_manifest(data: bytes, song_id: str) -> SongManifest:
    """Read a manifest; `song_id` is its folder, for the faults' places.

    Raises
    ------
    InputError
        If the bytes are not a YAML mapping, or a hostile one.
    """
    values, repeated = load_mapping(data)
    reader = _ManifestReader(f"{song_id}.yml", song_id, values)
    for name in repeated:
        reader.fault("repeated_field", f"the field {name!r} stands twice; the last counts", name)
    return reader.manifest()


def safe_name(name: str) -> bool:
    """Whether a file name stays beside the manifest: relative, without `..`, drive or backslash."""
    parts = PurePosixPath(name).parts
    return bool(
        parts
        and not name.startswith(("/", "~"))
        and ".." not in parts
        and "\\" not in name
        and not PureWindowsPath(name).drive
        and name.isprintable()
    )


class _ManifestReader:
    """Reads field after field and keeps the faults."""

    def __init__(self, file: str, song_id: str, values: dict[str, Any]) -> None:
        self.file, self.song_id, self.values = file, song_id, values
        self.faults: list[ManifestFault] = []

    def manifest(self) -> SongManifest:
        values = self.values
        for name in sorted(_REQUIRED - set(values)):
            self.fault("missing_field", f"the field {name} is missing", name)
        for name in sorted(set(map(str, values)) - _KNOWN):
            self.fault("unknown_field", f"the field {name!r} is not known", name[:40])
        if values.get("manifest_id") not in (None, self.song_id):
            told = f"manifest_id is {values['manifest_id']!r}, its folder {self.song_id!r}"
            self.fault("manifest_id", told, "manifest_id")
        return SongManifest(
            song_id=self.song_id,
            title=self.text("title"),
            colour=self.text("rainbow_color"),
            tempo_bpm=self.tempo(),
            time_signature=self.text("tempo"),
            key=self.text("key"),
            release_date=self.date(values.get("release_date"), "release_date"),
            track_no=self.whole("album_sequence"),
            running_time=self.stamp(values.get("TRT"), "TRT"),
            running_time_written=self.text("TRT"),
            vocals=self.flag("vocals"),
            lyrics=self.flag("lyrics"),
            concept=self.text("concept"),
            main_audio_file=self.file_name(values, "main_audio_file", ""),
            lrc_file=self.file_name(values, "lrc_file", ""),
            moods=self.texts("mood"),
            genres=self.texts("genres"),
            sounds_like=tuple(self.artists()),
            sections=tuple(self.sections()),
            tracks=tuple(self.tracks()),
            timecode=self.timecode(),
            audio_origin=self.audio_origin(),
            faults=tuple(self.faults),
        )

    def fault(self, check: str, message: str, place: str) -> None:
        self.faults.append(ManifestFault(f"input.{check}", message, f"{self.file}: {place}"))

    def wrong(self, value: object, expected: str, place: str) -> None:
        self.fault("wrong_type", f"{str(value)[:60]!r} is not {expected}", place)

    def text(self, name: str, of: dict[str, Any] | None = None, place: str = "") -> str | None:
        value = (self.values if of is None else of).get(name)
        if value is None or isinstance(value, str):
            text = value.strip() if value else None
            if text and re.search(r"\bTK\b", text):
                self.fault("placeholder", f"holds the placeholder TK: {text[:60]!r}", place or name)
            return text or None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self.wrong(value, "a text", place or name)
        return None

    def whole(self, name: str, of: dict[str, Any] | None = None, place: str = "") -> int | None:
        value = (self.values if of is None else of).get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
            return value
        if value is not None:
            self.wrong(value, "a whole number", place or name)
        return None

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(value, "true or false", name)
            return None
        return value

    def tempo(self) -> float | None:
        value = self.values.get("bpm")
        if isinstance(value, int | float) and not isinstance(value, bool):
            if math.isfinite(value) and 0 < value <= MAX_TEMPO_BPM:
                return float(value)
            self.fault("tempo_out_of_range", f"{value} bpm is no tempo", "bpm")
        elif value is not None:
            self.wrong(value, "a number", "bpm")
        return None

    def date(self, value: object, place: str) -> dt.date | None:
        if isinstance(value, dt.datetime):
            return value.date()
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            self.wrong(value, "a date like 2017-07-18", place)
            return None

    def stamp(self, value: object, place: str) -> Stamp | None:
        if value is None:
            return None
        try:
            return parse_stamp(str(value))
        except InputError:
            self.fault("unreadable_stamp", f"{str(value)[:40]!r} is not [mm:ss.fff]", place)
            return None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong(value, "a list of texts", name)
            return ()
        good = [str(item).strip() for item in value if isinstance(item, str | int | float)]
        if len(good) < len(value):
            self.wrong(value, "a list of texts", name)
        return tuple(filter(None, good))

    def rows(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the mappings of a list, each with its place; other things are faults."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, list):
            self.wrong(value, "a list", name)
        rows = []
        for at, item in enumerate(value if isinstance(value, list) else [], start=1):
            if isinstance(item, dict):
                rows.append((f"{name}[{at}]", item))
            else:
                self.wrong(item, "a mapping", f"{name}[{at}]")
        return rows

    def file_name(self, of: dict[str, Any], name: str, place: str) -> str | None:
        place = f"{place}.{name}" if place else name
        value = of.get(name)
        if value is None:
            return None
        if isinstance(value, str) and safe_name(value.strip()):
            return value.strip()
        last = re.split(r"[\\/]", str(value))[-1][:60]
        told = f"the name ending in {last!r} is not a plain name beside the manifest; not read"
        self.fault("unsafe_file_name", told, place)
        return None

    def artists(self) -> list[Artist]:
        value = self.values.get("sounds_like")
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return [Artist(name, None) for name in value]  # the corpus' older form
        found = []
        for place, row in self.rows("sounds_like"):
            name = self.text("name", row, f"{place}.name")
            if name is not None:
                found.append(Artist(name, self.whole("discogs_id", row, f"{place}.discogs_id")))
        return found

    def sections(self) -> list[ManifestSection]:
        return [
            ManifestSection(
                name=self.text("section_name", row, f"{place}.section_name") or "",
                description=self.text("description", row, f"{place}.description") or "",
                start=self.stamp(row.get("start_time"), f"{place}.start_time"),
                end=self.stamp(row.get("end_time"), f"{place}.end_time"),
                start_written=str(row.get("start_time", "")),
                end_written=str(row.get("end_time", "")),
            )
            for place, row in self.rows("structure")
        ]

    def tracks(self) -> list[Track]:
        tracks: list[Track] = []
        for place, row in self.rows("audio_tracks"):
            number = self.whole("id", row, f"{place}.id")
            if number is None or number in {track.number for track in tracks}:
                free = max((track.number for track in tracks), default=0) + 1
                told = f"track id {row.get('id')!r} is missing or taken; it is read as {free}"
                self.fault("repeated_track_id", told, place)
                number = free
            names = {
                name: self.file_name(row, name, f"track {number}")
                for name in ("audio_file", "midi_file", "midi_group_file")
            }
            declared = any(row.get(name) for name in names)
            if not declared:
                self.fault("track_without_media", "names neither audio nor MIDI", f"track {number}")
            track = Track(
                number=number,
                description=self.text("description", row, f"track {number}") or "",
                group=self.text("group", row, f"track {number}"),
                player=self.text("player", row, f"track {number}"),
                media_declared=declared,
                **names,
            )
            tracks.append(track)
        return tracks

    def timecode(self) -> dict[str, str]:
        value = self.values.get("timecode")
        if value is None:
            return {}
        if isinstance(value, str):
            value = {"manifest": value, "lrc": value}
        good = isinstance(value, dict) and set(value) <= {"manifest", "lrc"}
        if not good or not set(value.values()) <= set(UNITS):
            expected = f"{{manifest: …, lrc: …}} with units of {', '.join(UNITS)}"
            self.wrong(value, expected, "timecode")
            return {}
        return dict(value)

    def audio_origin(self) -> str | None:
        value = self.values.get("audio_origin")
        if value is not None and value not in AUDIO_ORIGINS:
            self.wrong(value, f"one of {', '.join(AUDIO_ORIGINS)}", "audio_origin")
            return None
        return value
