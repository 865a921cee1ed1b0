"""What lies beside a manifest: its stems and MIDI files, found, opened and compared with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hueset.errors import InputError
from hueset_builders.chromatic.manifest import ManifestFault
from hueset_builders.chromatic.normalise import parse_key
from hueset_builders.readers.audio import AudioInfo, probe_audio
from hueset_builders.readers.midi.notes import Score, read_midi

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hueset.builder import ResolvedSource
    from hueset_builders.chromatic.manifest import SongManifest, Track

AudioState = Literal["present", "missing", "unreadable", "unnamed"]
MidiState = Literal["present", "empty", "missing", "unreadable", "unnamed"]

TEMPO_SLACK = 0.005
"""A MIDI tempo further than this share from the manifest's is another tempo."""
MIDI_SLACK_S = 1.0
"""How far a note may sound past the running time."""


@dataclass(frozen=True)
class TrackFiles:
    """The files of one track; `flags` name what is odd about them."""

    track: Track
    audio_state: AudioState
    audio_member: str | None
    audio: AudioInfo | None
    midi_state: MidiState
    midi_shared: bool | None
    score: Score | None
    flags: tuple[str, ...]

    @property
    def midi_file(self) -> str | None:
        """The track's own MIDI file, else its group's, as named."""
        return self.track.midi_file or self.track.midi_group_file


@dataclass(frozen=True)
class SongFiles:
    """The files of one song.

    Attributes
    ----------
    main
        Header of the mix; None where it is not there.
    faults
        What is missing, unreadable, empty or named twice.
    """

    tracks: tuple[TrackFiles, ...]
    main: AudioInfo | None
    faults: tuple[ManifestFault, ...]

    @property
    def longest_stem_s(self) -> float | None:
        """Length of the longest stem, in seconds; None without any."""
        return max((one.audio.duration_s for one in self.tracks if one.audio), default=None)

    @property
    def frame_rate(self) -> float | None:
        """The SMPTE frame rate that most of its MIDI files with notes name."""
        # By file: tracks of a group share one, and one without a note may be of any project.
        files = {one.midi_file: one.score for one in self.tracks if one.midi_state == "present"}
        rates = Counter(
            score.smpte_offset.frames_per_second
            for score in files.values()
            if score and score.smpte_offset
        )
        return min(rates, key=lambda rate: (-rates[rate], rate)) if rates else None


def open_files(
    source: ResolvedSource, folder: Mapping[str, str], manifest: SongManifest
) -> SongFiles:
    """Find and open everything a manifest names.

    Parameters
    ----------
    source
        The corpus.
    folder
        Name below the song's folder → member of the source.
    manifest
        The song.
    """
    reader = _MediaFinder(source, folder, f"{manifest.song_id}.yml")
    main = reader.audio(manifest.main_audio_file, "main_audio_file")[2]
    used = Counter(track.audio_file for track in manifest.tracks if track.audio_file)
    tracks = []
    for track in manifest.tracks:
        where = f"track {track.number}"
        audio_state, member, info = reader.audio(track.audio_file, where)
        midi_name = track.midi_file or track.midi_group_file
        midi_state, score = reader.midi(midi_name, where)
        flags = ["audio_doubled"] if track.audio_file and used[track.audio_file] > 1 else []
        flags += _midi_flags(score, manifest)
        shared = None if midi_name is None else track.midi_file is None
        tracks.append(
            TrackFiles(track, audio_state, member, info, midi_state, shared, score, tuple(flags))
        )
    for name, count in sorted(used.items()):
        if count > 1:
            numbers = [track.number for track in manifest.tracks if track.audio_file == name]
            reader.fault("audio_doubled", f"tracks {numbers} share one file", name)
    return SongFiles(tuple(tracks), main, tuple(reader.faults))


def compare_media(
    files: SongFiles, manifest: SongManifest, running_time_s: float
) -> Iterable[ManifestFault]:
    """Hold the media of a song against its manifest and its running time."""
    file = f"{manifest.song_id}.yml"
    seen: set[str] = set()
    for one in files.tracks:
        score, name = one.score, one.midi_file
        if one.audio and abs(one.audio.duration_s - running_time_s) > MIDI_SLACK_S:
            told = f"is {one.audio.duration_s:.2f} s long, the song {running_time_s:.2f} s"
            yield ManifestFault("input.stem_length", told, f"{file}: {one.track.audio_file}")
        if score is None or name is None or name in seen:
            continue
        seen.add(name)
        where = f"{file}: {name}"
        if "midi_tempo_differs" in one.flags:
            told = f"sets {score.tempos[0].bpm:.2f} bpm, the manifest says {manifest.tempo_bpm:g}"
            yield ManifestFault("input.midi_tempo", told, where)
        if "midi_key_differs" in one.flags:
            told = f"says {score.key_signatures[0].name}, the manifest {manifest.key}"
            yield ManifestFault("input.midi_key", told, where)
        last = last_note_s(score)
        if last is not None and last > running_time_s + MIDI_SLACK_S:
            told = f"its last note ends at {last:.2f} s, the song at {running_time_s:.2f} s"
            yield ManifestFault("input.midi_past_end", told, where)
        elif score.span_s > running_time_s + MIDI_SLACK_S:
            told = f"is {score.span_s:.2f} s long, the song {running_time_s:.2f} s"
            yield ManifestFault("input.midi_span", told, where)


def last_note_s(score: Score) -> float | None:
    """Return the end of a score's last note, in seconds; None without notes."""
    return float(score.offset_s.max()) if len(score.offset_s) else None


class _MediaFinder:
    """Finds files by name and keeps the faults."""

    def __init__(self, source: ResolvedSource, folder: Mapping[str, str], file: str) -> None:
        self.source, self.folder, self.file = source, folder, file
        self.folded = {name.casefold(): name for name in folder}
        self.faults: list[ManifestFault] = []
        self.absent: set[str] = set()
        self.scores: dict[str, tuple[MidiState, Score | None]] = {}

    def fault(self, check: str, message: str, place: str) -> None:
        self.faults.append(ManifestFault(f"input.{check}", message, f"{self.file}: {place}"))

    def find(self, name: str) -> str | None:
        """Return the member of that name, in any case."""
        if name in self.folder:
            return self.folder[name]
        other = self.folded.get(name.casefold())
        if other is None:
            if name not in self.absent:
                self.fault("media_missing", "is named, but not there", name)
                self.absent.add(name)
            return None
        self.fault("file_name_case", f"names {name!r}, the file is called {other!r}", name)
        return self.folder[other]

    def audio(
        self, name: str | None, where: str
    ) -> tuple[AudioState, str | None, AudioInfo | None]:
        if name is None:
            return "unnamed", None, None
        member = self.find(name)
        if member is None:
            return "missing", None, None
        try:
            with self.source.open(member) as stream:
                info = probe_audio(stream, name)
        except InputError as error:
            self.fault("audio_unreadable", f"{error.reason}: {error.message}", f"{where}, {name}")
            return "unreadable", None, None
        for flag in info.flags:
            self.fault(f"audio_{flag}", f"{name}: {flag.replace('_', ' ')}", where)
        return "present", member, info

    def midi(self, name: str | None, where: str) -> tuple[MidiState, Score | None]:
        if name is None:
            return "unnamed", None
        if name not in self.scores:
            self.scores[name] = self._midi(name, where)
        return self.scores[name]

    def _midi(self, name: str, where: str) -> tuple[MidiState, Score | None]:
        member = self.find(name)
        if member is None:
            return "missing", None
        try:
            score = read_midi(self.source.read(member), name)
        except InputError as error:
            self.fault("midi_unreadable", f"{error.reason}: {error.message}", f"{where}, {name}")
            return "unreadable", None
        if not len(score.onset_s):
            self.fault("midi_empty", "holds not one note", f"{where}, {name}")
            return "empty", score
        return "present", score


def _midi_flags(score: Score | None, manifest: SongManifest) -> list[str]:
    if score is None:
        return []
    flags = []
    if score.tempos and manifest.tempo_bpm:
        first = score.tempos[0].bpm
        if abs(first / manifest.tempo_bpm - 1) > TEMPO_SLACK:
            flags.append("midi_tempo_differs")
    written = parse_key(manifest.key) if manifest.key else None
    told = parse_key(score.key_signatures[0].name) if score.key_signatures else None
    if written and told and (written.pitch_class, written.mode) != (told.pitch_class, told.mode):
        flags.append("midi_key_differs")
    return flags
