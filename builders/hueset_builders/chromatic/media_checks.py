"""Named invariants over the slices of one song: every one is opened again as it was written."""

from __future__ import annotations

import io
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from hueset.errors import InputError
from hueset_builders.chromatic.findings import broken_promise
from hueset_builders.readers.audio import probe_audio
from hueset_builders.readers.midi.notes import read_midi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hueset.builder import Finding, Inputs, Shards

FRAGMENT_S = 0.001


def check_unit(tables: Shards, inputs: Inputs) -> Iterator[Finding]:
    """Yield what the slices of one song break: headers of audio, all of MIDI are read."""
    wanted = (
        tables.scan("segments")
        .select(
            "segment_id",
            "start_frame",
            "end_frame",
            "sample_rate_hz",
            "channels",
            "duration_s",
            "midi_note_count",
            "has_audio",
            "has_midi",
            "rms_dbfs",
        )
        .collect()
    )
    known = {row["segment_id"]: row for row in wanted.iter_rows(named=True)}
    faults: dict[str, list[str]] = defaultdict(list)
    seen: dict[str, set[str]] = {"audio": set(), "midi": set()}
    columns = ["segment_id", "audio", "midi"]
    for path in tables.files("media"):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=20, columns=columns):
                for row in batch.to_pylist():
                    name = row["segment_id"]
                    if name not in known:
                        faults["output.media_without_segment"].append(name)
                        continue
                    for medium, ids in seen.items():
                        if row[medium]:
                            ids.add(name)
                    for fault in _slice_faults(row, known[name]):
                        faults[fault].append(name)
    holding = _HOLDS[str(inputs.parameters["media"])]
    silence_dbfs = float(inputs.parameters["silence_dbfs"])
    for name, row in known.items():
        for medium in holding:
            if row[f"has_{medium}"] and name not in seen[medium]:
                faults[f"output.{medium}_missing"].append(name)
        level = row["rms_dbfs"]
        if row["has_audio"] and not (level is not None and level >= silence_dbfs):
            faults["output.audio_level"].append(name)
    for fault, keys in sorted(faults.items()):
        table, told = _FAULTS[fault]
        yield from broken_promise(fault, told, keys, table)


_HOLDS = {
    "none": (),
    "preview": (),
    "flac": ("audio", "midi"),
    "url": ("midi",),
    "mel": ("midi",),
}
"""What a segment that has it must have a row of media with, by the parameter `media`."""

_FAULTS = {
    "output.audio_missing": ("segments", "have audio, but media hold none of it"),
    "output.midi_missing": ("segments", "have MIDI, but media hold none of it"),
    "output.audio_level": ("segments", "are said to have audio, but lie below the silence level"),
    "output.media_without_segment": ("media", "belong to no segment"),
    "output.audio_unreadable": ("media", "hold audio that cannot be read"),
    "output.audio_length": (
        "media",
        "hold audio of another length, rate or width than their segment",
    ),
    "output.midi_unreadable": ("media", "hold MIDI that cannot be read"),
    "output.midi_notes": ("media", "hold MIDI with other notes than their segment"),
    "output.midi_span": ("media", "hold MIDI longer than their segment"),
}


def _slice_faults(row: Mapping[str, Any], segment: Mapping[str, Any]) -> Iterator[str]:
    audio, midi = row["audio"], row["midi"]
    if audio is not None:
        try:
            info = probe_audio(io.BytesIO(audio["bytes"]))
        except InputError:
            yield "output.audio_unreadable"
        else:
            frames = (segment["end_frame"] or 0) - (segment["start_frame"] or 0)
            wanted = (frames, segment["sample_rate_hz"], segment["channels"])
            if (info.frames, info.sample_rate, info.channels) != wanted:
                yield "output.audio_length"
    if midi is not None:
        notes = segment["midi_note_count"]
        try:
            score = read_midi(midi)
        except InputError:
            yield "output.midi_unreadable"
        else:
            if len(score.onset_s) != notes or not notes:
                yield "output.midi_notes"
            if score.span_s > segment["duration_s"] + FRAGMENT_S:
                yield "output.midi_span"
