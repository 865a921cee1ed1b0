"""The rows of one track in `segments` and `media`: one stem at a time, read by seek."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from hueset.errors import InputError
from hueset_builders.chromatic.audio_diagnostics import AudioDiagnostics
from hueset_builders.chromatic.columns import Row, track_id
from hueset_builders.chromatic.modes import PREVIEW_AUDIO
from hueset_builders.chromatic.normalise import find_player, fold_text
from hueset_builders.chromatic.preview import AUDIO
from hueset_builders.chromatic.segment_rows import segment_row
from hueset_builders.chromatic.song import SOURCE
from hueset_builders.readers.audio import AudioStream, encode_flac, open_audio, read_slice, rms_dbfs
from hueset_builders.readers.mel import FLOOR_DB, LogMel, MelSettings
from hueset_builders.readers.mel import stream_audio as resample
from hueset_builders.readers.midi.notes import note_statistics, slice_midi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hueset.builder import Inputs
    from hueset_builders.chromatic.manifest import ManifestFault
    from hueset_builders.chromatic.media_files import TrackFiles
    from hueset_builders.chromatic.preview import PreviewCandidates
    from hueset_builders.chromatic.segmentation import Segment
    from hueset_builders.chromatic.song import Song
    from hueset_builders.readers.audio import Flac

MEL = MelSettings()
CONTEXT = 3
"""How many segments before and after are named."""
_ENCODED = (
    "audio",
    "audio_sample_rate_hz",
    "audio_channels",
    "audio_bits",
    "audio_frames",
    "audio_exact",
)


@dataclass(frozen=True)
class TrackTables:
    """The rows of one track."""

    segments: list[Row]
    media: list[Row]
    faults: list[ManifestFault]


@dataclass(frozen=True)
class _Sound:
    """What a segment of a stem holds."""

    state: str
    start_frame: int | None = None
    end_frame: int | None = None
    rms_dbfs: float | None = None
    has_audio: bool | None = None
    flac: Flac | None = None
    flags: tuple[str, ...] = ()


def track_tables(song: Song, inputs: Inputs, preview: PreviewCandidates) -> Iterator[TrackTables]:
    """Yield the rows of each track in turn, so that one track's media are in memory at a time.

    What is good for the preview is offered to it on the way.
    """
    mode = str(inputs.parameters["media"])
    shared = [segment_row(song, segment, number) for number, segment in enumerate(song.segments)]
    for one in song.files.tracks:
        yield _Track(song, one, inputs, mode, preview).tables(shared)


def segment_id(song: Song, number: int, one: TrackFiles) -> str:
    """Return the id of a segment of a track."""
    return f"{song.song_id}_g{number:04d}_t{one.track.number:02d}"


class _StemAudio:
    """A whole stem at the rate of the mel."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self.samples, self.kernel = samples, LogMel(MEL)

    def mel(self, segment: Segment) -> Row:
        """Return the log-mel of the segment's first window, [64, 313] in dB, and valid frames."""
        start = round(segment.start_s * MEL.sample_rate_hz)
        end = min(round(segment.end_s * MEL.sample_rate_hz), start + MEL.window_samples)
        values = self.kernel(self.samples[start:end])
        whole = np.full((MEL.bands, MEL.frames(MEL.window_samples)), FLOOR_DB, np.float32)
        whole[:, : values.shape[1]] = values
        return {"mel": whole.tolist(), "mel_frames": values.shape[1]}


class _Track:
    """Makes the rows of one track."""

    def __init__(
        self, song: Song, one: TrackFiles, inputs: Inputs, mode: str, preview: PreviewCandidates
    ) -> None:
        self.song, self.one, self.mode, self.preview = song, one, mode, preview
        self.silence_dbfs = float(inputs.parameters["silence_dbfs"])
        self.url_base = str(inputs.parameters["media_url_base"])
        self.source = inputs.sources[SOURCE]
        self.hearing = AudioDiagnostics(
            f"{song.song_id}.yml: {one.track.audio_file}", len(song.segments)
        )
        self.ids = [segment_id(song, number, one) for number in range(len(song.segments))]

    def tables(self, shared: list[Row]) -> TrackTables:
        made = TrackTables([], [], [])
        with ExitStack() as stack:
            stream, heard = None, None
            if self.one.audio_member is not None:
                heard = self._resampled() if self.mode == "mel" else None
                file = stack.enter_context(self.source.open(self.one.audio_member))
                stream = stack.enter_context(open_audio(file, self.one.track.audio_file or ""))
            for number, segment in enumerate(self.song.segments):
                self._add(made, number, segment, stream, heard, shared[number])
        made.faults.extend(self.hearing.faults())
        return made

    def _resampled(self) -> _StemAudio | None:
        """Return the whole stem as mono at the rate of the mel, so that no cut has an edge."""
        name = self.one.track.audio_file or ""
        try:
            with self.source.open(self.one.audio_member) as file:
                blocks = resample(file, MEL.sample_rate_hz, name)
                return _StemAudio(np.concatenate([block.copy() for block in blocks]))
        except InputError as error:
            self.hearing.no_mel(error)
            return None

    def _add(
        self,
        made: TrackTables,
        number: int,
        segment: Segment,
        stream: AudioStream | None,
        heard: _StemAudio | None,
        shared: Row,
    ) -> None:
        encode = self.mode == "flac" or (
            self.mode in PREVIEW_AUDIO and self.preview.takes(AUDIO, self.ids[number])
        )
        sound = self._sound(segment, stream, encode=encode)
        row = {**shared, **self._own(number), **self._audio(sound), **self._midi(segment)}
        row["content_type"] = content_type(row["has_audio"], row["has_midi"])
        row["flags"] = sorted({*shared["flags"], *self.one.flags, *sound.flags})
        made.segments.append(row)
        media = self._media(row, segment, sound)
        if self.mode == "flac" and (media["audio"] or media["midi"]):
            made.media.append(media)
        elif self.mode == "url" and (media["audio_url"] or media["midi"]):
            made.media.append({**media, **dict.fromkeys(_ENCODED)})
        elif self.mode == "mel" and ((heard and sound.has_audio) or media["midi"]):
            mel = heard.mel(segment) if heard and sound.has_audio else {}
            made.media.append({**media, **dict.fromkeys(_ENCODED), **mel})
        self.preview.offer(row, media)

    def _own(self, number: int) -> Row:
        track, ontology_facts = self.one.track, self.song.facts.ontology
        return {
            "segment_id": self.ids[number],
            "track_id": track_id(self.song, self.one),
            "track_no": track.number,
            "track_description": track.description,
            "track_group": fold_text(track.group) if track.group else None,
            "player": find_player(
                track.player, ontology_facts.players, ontology_facts.default_player
            ),
            "audio_file": track.audio_file,
            "midi_file": self.one.midi_file,
            "previous_ids": self.ids[max(0, number - CONTEXT) : number],
            "next_ids": self.ids[number + 1 : number + 1 + CONTEXT],
        }

    def _sound(self, segment: Segment, stream: AudioStream | None, *, encode: bool) -> _Sound:
        if stream is None:
            return _Sound(
                self.one.audio_state, has_audio=False if self.one.audio_state == "unnamed" else None
            )
        rate, frames = stream.info.sample_rate, stream.info.frames
        start, wanted = round(segment.start_s * rate), round(segment.end_s * rate)
        end = min(wanted, frames)
        if start >= end:
            return _Sound("ended", has_audio=False, flags=("audio_ends_early",))
        # The last segment ends with the song, so a stem a moment shorter is no defect.
        early = wanted - end > rate // 10
        flags = ("audio_ends_early",) if early else ()
        try:
            samples = read_slice(stream, start, end)
            level = rms_dbfs(samples, stream.name)
            heard = level is not None and level >= self.silence_dbfs
            flac = encode_flac(samples, rate, stream.name) if encode and heard else None
        except InputError as error:
            self.hearing.lost(segment.start_s, error)
            return _Sound("unreadable", start, end, flags=(f"audio_{error.reason}",))
        if flac is not None:
            self.hearing.encoded(flac)
        return _Sound("present", start, end, level, heard, flac, flags)

    def _audio(self, sound: _Sound) -> Row:
        info = self.one.audio
        return {
            "start_frame": sound.start_frame,
            "end_frame": sound.end_frame,
            "sample_rate_hz": info.sample_rate if info else None,
            "channels": info.channels if info else None,
            "has_audio": sound.has_audio,
            "audio_state": sound.state,
            "rms_dbfs": sound.rms_dbfs,
            "audio_origin": self.song.manifest.audio_origin if info else None,
        }

    def _midi(self, segment: Segment) -> Row:
        state, score = self.one.midi_state, self.one.score
        known = score is not None and state in ("present", "empty")
        notes = note_statistics(score, segment.start_s, segment.end_s) if score and known else None
        count = notes.n_notes + notes.n_held_over if notes else 0
        return {
            "has_midi": count > 0 if notes else False if state == "unnamed" else None,
            "midi_state": state,
            "midi_note_count": count if notes else None,
            "midi_held_over": notes.n_held_over if notes else None,
            "midi_pitch_min": notes.pitch_min if notes else None,
            "midi_pitch_max": notes.pitch_max if notes else None,
            "midi_notes_per_s": notes.notes_per_s if notes else None,
            "midi_velocity_mean": notes.velocity_mean if notes else None,
            "midi_velocity_sd": notes.velocity_sd if notes else None,
        }

    def _media(self, row: Row, segment: Segment, sound: _Sound) -> Row:
        flac, score = sound.flac, self.one.score
        midi = None
        if score is not None and row["has_midi"] and self.mode != "none":
            midi = slice_midi(score, segment.start_s, segment.end_s)
        url = None
        if self.mode == "url" and sound.has_audio and self.one.audio_member:
            # A media fragment (W3C Media Fragments URI 1.0): the stem from … to … seconds.
            part = f"#t={segment.start_s:.6f},{segment.end_s:.6f}"
            url = f"{self.url_base.rstrip('/')}/{quote(self.one.audio_member)}{part}"
        names = (
            "segment_id",
            "song_id",
            "track_id",
            "track_no",
            "segment_index",
            "start_s",
            "duration_s",
            "audio_origin",
            "group_id",
            "split",
            "split_by_album",
        )
        return {
            **{name: row[name] for name in names},
            "audio": {"bytes": flac.data, "path": f"{row['segment_id']}.flac"} if flac else None,
            "audio_sample_rate_hz": row["sample_rate_hz"] if flac else None,
            "audio_channels": row["channels"] if flac else None,
            "audio_bits": flac.bits if flac else None,
            "audio_frames": flac.frames if flac else None,
            "audio_exact": flac.exact if flac else None,
            "audio_url": url,
            "mel": None,
            "mel_frames": None,
            "midi": midi,
            "midi_note_count": row["midi_note_count"] if midi else None,
            "midi_held_over": row["midi_held_over"] if midi else None,
        }


def content_type(has_audio: bool | None, has_midi: bool | None) -> str:
    """Return what a segment holds; `unknown` where a medium it names is not there."""
    if has_audio is None or has_midi is None:
        return "unknown"
    return {
        (True, True): "audio_midi",
        (True, False): "audio_only",
        (False, True): "midi_only",
        (False, False): "silent",
    }[has_audio, has_midi]
