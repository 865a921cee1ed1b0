"""One unit per song, and what only the whole corpus can tell it: split, album, annotation.

A unit depends on the files in its song's folder and on its payload. What the payload says of other
songs is a decision (the album's timecode unit, the split), not their content, so that a change of
one song rebuilds one song.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hueset.builder import Unit
from hueset.builder.splits import assign_split, join_clusters
from hueset.errors import InputError
from hueset_builders.chromatic.folder_hints import no_song
from hueset_builders.chromatic.manifest_reader import parse_manifest
from hueset_builders.chromatic.modes import check_modes
from hueset_builders.chromatic.ontology import all_types
from hueset_builders.chromatic.plain_yaml import load_mapping
from hueset_builders.chromatic.song import SOURCE, concept_hash
from hueset_builders.chromatic.timecode_units import decide_manifest
from hueset_builders.readers.timecode_evidence import majority_unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from hueset.builder import Inputs, ResolvedSource
    from hueset_builders.chromatic.manifest import SongManifest

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
ANNOTATIONS = "annotations.yml"
"""Human judgements beside the songs: `{AA_TT: {type: …, annotator: …, date: …}}`."""

_NUMBERED = re.compile(r"^\d{2}_\d{2}$")


@dataclass(frozen=True)
class _Corpus:
    """The songs of a corpus, as far as they can be read."""

    members: Mapping[str, list[str]]
    manifests: Mapping[str, SongManifest]


def plan_units(inputs: Inputs) -> Iterator[Unit]:
    """Return a unit per song, by song id; a numbered folder without a manifest is one too.

    Raises
    ------
    SourceFormatError
        There is no song; the hint names the folder that was meant, where one is near.
    UsageError
        If the parameter `media` is none of the known ones, or `url` without its base.
    """
    check_modes(inputs.parameters)
    source = inputs.sources[SOURCE]
    corpus = _read(source)
    if not corpus.members:
        raise no_song(source, inputs.dataset.sources[SOURCE].manual_download or "")
    groups = _groups(corpus.manifests)
    albums = _album_groups(corpus.members, groups)
    units = _album_units(corpus.manifests)
    annotations = _annotations(source, all_types(inputs.facts["taxonomy.yaml"]))
    for song_id, members in sorted(corpus.members.items()):
        group, album = groups.get(song_id, song_id), albums[album_of(song_id)]
        payload: dict[str, Any] = {
            "album_unit": units.get(album_of(song_id)),
            "group_id": group,
            "split": assign_split(group, SHARES, inputs.parameters["split_salt"]),
            "split_by_album": assign_split(album, SHARES, inputs.parameters["album_split_salt"]),
            "annotation": annotations.get(song_id),
        }
        yield Unit(song_id, tuple((SOURCE, member) for member in sorted(members)), payload)


def album_of(song_id: str) -> str:
    """Return the album part of a song id."""
    return song_id.partition("_")[0]


def _read(source: ResolvedSource) -> _Corpus:
    members: dict[str, list[str]] = defaultdict(list)
    for member in source.members:
        folder, _, name = member.name.partition("/")
        if name and not name.startswith("."):
            members[folder].append(member.name)
    songs = {
        folder: names
        for folder, names in members.items()
        if _NUMBERED.match(folder) or _manifest_name(folder, names)
    }
    manifests = {}
    for song_id, names in sorted(songs.items()):
        written = _manifest_name(song_id, names)
        if written is None:
            continue
        try:
            manifests[song_id] = parse_manifest(source.read(written), song_id)
        except InputError:
            continue  # the song's own unit refuses it, with the reason
    return _Corpus(songs, manifests)


def _manifest_name(song_id: str, members: list[str]) -> str | None:
    wanted = (f"{song_id}/{song_id}.yml", f"{song_id}/{song_id}.yaml")
    return next((name for name in wanted if name in members), None)


def _groups(manifests: Mapping[str, SongManifest]) -> dict[str, str]:
    """Return song → its group: songs with equal concepts share one, so no text leaks."""
    by_text: dict[str, list[str]] = defaultdict(list)
    for song_id, manifest in manifests.items():
        if manifest.concept:
            by_text[concept_hash(manifest.concept)].append(song_id)
    joined = join_clusters((songs[0], song) for songs in by_text.values() for song in songs[1:])
    return {song_id: joined.get(song_id, song_id) for song_id in manifests}


def _album_groups(songs: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, str]:
    """Return album → its group: albums that share a concept text are one."""
    pairs = [(album_of(song), album_of(group)) for song, group in groups.items() if song != group]
    joined = join_clusters(pairs)
    return {album_of(song): joined.get(album_of(song), album_of(song)) for song in songs}


def _album_units(manifests: Mapping[str, SongManifest]) -> dict[str, str | None]:
    """Return album → the unit that most of its manifests decide for by themselves."""
    alone = defaultdict(list)
    for song_id, manifest in manifests.items():
        alone[album_of(song_id)].append(decide_manifest(manifest))
    return {album: majority_unit(decisions) for album, decisions in alone.items()}


def _annotations(source: ResolvedSource, types: Collection[str]) -> dict[str, dict[str, str]]:
    """Read the file of human judgements, if the corpus has one.

    Raises
    ------
    InputError
        If it is not as `ANNOTATIONS` says; a judgement is never lost in silence.
    """
    if ANNOTATIONS not in {member.name for member in source.members}:
        return {}
    told, repeated = load_mapping(source.read(ANNOTATIONS))
    wrong = [*repeated, *(song for song, one in told.items() if not _judgement(one, types))]
    if wrong:
        message = f"{ANNOTATIONS}: {wrong[:5]} are no {{type, annotator, date}}"
        hint = "one entry per song; type is one of taxonomy.yaml, date as 2026-01-31"
        raise InputError(message, hint=hint, value=wrong[:5], known=types)
    return {song: {key: str(value) for key, value in one.items()} for song, one in told.items()}


def _judgement(one: object, types: Collection[str]) -> bool:
    if not isinstance(one, dict) or set(one) != {"type", "annotator", "date"}:
        return False
    try:
        dt.date.fromisoformat(str(one["date"]))
    except ValueError:
        return False
    return one["type"] in types and bool(str(one["annotator"]).strip())
