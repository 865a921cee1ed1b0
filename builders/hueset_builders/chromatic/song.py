"""Everything about one song, read once: manifest, lyrics, files, time, segments, label."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.errors import InputError
from hueset_builders.chromatic.manifest import ManifestFault, SongManifest
from hueset_builders.chromatic.manifest_reader import parse_manifest
from hueset_builders.chromatic.media_files import SongFiles, compare_media, open_files
from hueset_builders.chromatic.normalise import (
    find_player,
    fold_text,
    parse_key,
    parse_time_signature,
)
from hueset_builders.chromatic.ontology import Colour, Ontology, reachable_types, read_ontology
from hueset_builders.chromatic.rebracketing import Lexicon, Rebracketing, read_lexicon, score_text
from hueset_builders.chromatic.segmentation import Segment, TimeSpan, covered_share, cut_song
from hueset_builders.chromatic.timing import time_song
from hueset_builders.readers.lyrics import Lyrics, parse_lrc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hueset.builder import Inputs, Unit
    from hueset_builders.chromatic.song_timing import SongTiming

SOURCE = "corpus"


@dataclass(frozen=True)
class Facts:
    """The declared tables of facts, read."""

    ontology: Ontology
    lexicon: Lexicon


@dataclass(frozen=True)
class Song:
    """One song, read.

    Attributes
    ----------
    place
        What the plan decided: `group_id`, `split`, `split_by_album`, and more (see `plan`).
    manifest_sha256, lrc_sha256
        Of the bytes that were read.
    rebracketing
        The scorer's result; None without a concept.
    faults
        Every defect of its input.
    """

    song_id: str
    place: Mapping[str, Any]
    manifest: SongManifest
    manifest_sha256: str
    lyrics: Lyrics | None
    lrc_sha256: str | None
    files: SongFiles
    timing: SongTiming
    segments: tuple[Segment, ...]
    colour: Colour | None
    rebracketing: Rebracketing | None
    facts: Facts
    faults: tuple[ManifestFault, ...]

    @property
    def covered_share(self) -> float:
        """The share of the running time that lies in a segment."""
        return covered_share(self.segments, self.timing.running_time_s)

    @property
    def flags(self) -> list[str]:
        """Names of the checks its input failed, each once."""
        return sorted({fault.check.removeprefix("input.") for fault in self.faults})


def read_facts(facts: Mapping[str, Any]) -> Facts:
    """Read the declared tables of facts, by file name."""
    types = reachable_types(facts["taxonomy.yaml"])
    return Facts(read_ontology(facts["ontology.yaml"]), read_lexicon(facts["lexicon.yaml"], types))


def read_song(unit: Unit, inputs: Inputs) -> Song:
    """Read a song.

    Raises
    ------
    InputError
        If there is no manifest, or it is none at all, or nothing tells how long the song is.
    """
    source, facts, song_id = inputs.sources[SOURCE], read_facts(inputs.facts), unit.key
    folder = {member.removeprefix(f"{song_id}/"): member for _, member in unit.inputs if member}
    written = next((name for name in (f"{song_id}.yml", f"{song_id}.yaml") if name in folder), None)
    if written is None:
        message = f"the folder {song_id} has no manifest {song_id}.yml"
        raise InputError(message, reason="manifest_missing", hint="add it, or remove the folder")
    data = source.read(folder[written])
    manifest = parse_manifest(data, song_id)
    faults = list(manifest.faults)
    lrc = _lyrics_data(manifest, folder, source.read, faults)
    lyrics = _parse_lyrics(lrc, song_id, faults) if lrc is not None else None
    files = open_files(source, folder, manifest)
    timing = time_song(
        manifest,
        lyrics,
        album_unit=unit.payload["album_unit"],
        midi_frame_rate=files.frame_rate,
        main_audio_s=files.main.duration_s if files.main else None,
        longest_stem_s=files.longest_stem_s,
    )
    if timing.running_time_s <= 0:
        message = f"{song_id}.yml: neither audio, TRT, sections nor lyrics tell how long it is"
        raise InputError(message, reason="length_unknown", hint="write its TRT")
    faults += [
        *files.faults,
        *timing.faults,
        *compare_media(files, manifest, timing.running_time_s),
    ]
    faults += _field_faults(manifest, facts.ontology)
    return Song(
        song_id=song_id,
        place=unit.payload,
        manifest=manifest,
        manifest_sha256=hashlib.sha256(data).hexdigest(),
        lyrics=lyrics,
        lrc_sha256=hashlib.sha256(lrc).hexdigest() if lrc is not None else None,
        files=files,
        timing=timing,
        segments=tuple(_segments(timing)),
        colour=facts.ontology.colour(manifest.colour),
        rebracketing=score_text(manifest.concept, facts.lexicon) if manifest.concept else None,
        facts=facts,
        faults=tuple(faults),
    )


def concept_hash(concept: str) -> str:
    """Return the SHA-256 of a folded concept: equal texts have equal hashes."""
    return hashlib.sha256(fold_text(concept).encode()).hexdigest()


def _segments(timing: SongTiming) -> list[Segment]:
    spans = [TimeSpan(line.index, line.start_s, line.end_s) for line in timing.lines]
    sections = [
        (section.start_s, section.until_s)
        for section in timing.sections
        if section.start_s is not None and section.until_s is not None
    ]
    return cut_song(spans, sections, timing.running_time_s)


def _lyrics_data(
    manifest: SongManifest, folder: Mapping[str, str], read: Any, faults: list[ManifestFault]
) -> bytes | None:
    """Return the lyric file's bytes: the one named, else the one of the song's name."""
    usual = f"{manifest.song_id}.lrc"
    for name in dict.fromkeys([manifest.lrc_file or usual, usual]):
        other = next((one for one in folder if one.casefold() == name.casefold()), None)
        if other is None:
            if name == manifest.lrc_file:
                told = f"names {name!r}, which is not there"
                faults.append(
                    ManifestFault("input.lyrics_missing", told, f"{manifest.song_id}.yml: {name}")
                )
            continue
        if other != name:
            told = f"names {name!r}, the file is called {other!r}"
            faults.append(
                ManifestFault("input.file_name_case", told, f"{manifest.song_id}.yml: {name}")
            )
        if manifest.lrc_file is None:
            told = f"{other!r} lies beside, but the manifest does not name it"
            faults.append(
                ManifestFault("input.lyrics_unnamed", told, f"{manifest.song_id}.yml: lrc_file")
            )
        data: bytes = read(folder[other])
        return data
    return None


def _parse_lyrics(data: bytes, song_id: str, faults: list[ManifestFault]) -> Lyrics | None:
    file = f"{song_id}.lrc"
    try:
        lyrics = parse_lrc(data)
    except InputError as error:
        faults.append(ManifestFault("input.lyrics_unreadable", error.message, file))
        return None
    for problem in lyrics.problems:
        place = f"{file}:{problem.file_line}"
        faults.append(ManifestFault(f"input.lyrics_{problem.kind}", repr(problem.text), place))
    if not lyrics.lines:
        faults.append(ManifestFault("input.lyrics_empty", "holds no timed line", file))
    return lyrics


def _field_faults(manifest: SongManifest, ontology: Ontology) -> Iterator[ManifestFault]:
    file = f"{manifest.song_id}.yml"
    colour = ontology.colour(manifest.colour)
    if manifest.colour is not None and colour is None:
        told = f"{manifest.colour!r} is no colour of {', '.join(ontology.colours)}"
        yield ManifestFault("input.colour_unknown", told, f"{file}: rainbow_color")
    album = manifest.song_id.partition("_")[0]
    if colour and album.isdigit() and int(album) != colour.album_no:
        told = f"{colour.name} is album {colour.album_no:02}, the folder says {album}"
        yield ManifestFault("input.colour_not_album", told, f"{file}: rainbow_color")
    if manifest.key is not None:
        key = parse_key(manifest.key)
        if key is None:
            yield ManifestFault("input.key_unknown", f"{manifest.key!r} is no key", f"{file}: key")
        elif manifest.key != f"{key.tonic} {key.mode}":
            told = f"{manifest.key!r} is written otherwise than {key.tonic} {key.mode}"
            yield ManifestFault("input.case_variant", told, f"{file}: key")
    if manifest.time_signature and parse_time_signature(manifest.time_signature) is None:
        told = f"{manifest.time_signature!r} is no time signature"
        yield ManifestFault("input.time_signature_unknown", told, f"{file}: tempo")
    if manifest.lyrics and manifest.vocals is False:
        yield ManifestFault(
            "input.lyrics_without_vocals", "lyrics: true, vocals: false", f"{file}: vocals"
        )
    for track in manifest.tracks:
        known = find_player(track.player, ontology.players, ontology.default_player)
        if known is None:
            told = f"nobody is called {track.player!r}"
            yield ManifestFault("input.player_unknown", told, f"{file}: track {track.number}")
