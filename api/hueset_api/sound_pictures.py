"""Pictures of sound: a waveform, a piano roll, a mel image with the notes over it."""

from __future__ import annotations

import io
import math
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 1000
"""Of a picture in its own units; the page stretches it."""

NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")

# Five stops from dark to light; luminance rises evenly, so that it reads without colour too.
_STOPS = ((13, 8, 40), (84, 20, 110), (176, 42, 97), (240, 112, 54), (252, 240, 180))


@dataclass(frozen=True)
class Note:
    """One note, in seconds from the start of what is shown."""

    pitch: int
    velocity: int
    onset_s: float
    offset_s: float


def peaks(data: bytes, buckets: int = 400) -> tuple[list[tuple[float, float]], float]:
    """Decode audio; return the lowest and highest sample (-1..1) per bucket, and its seconds."""
    import numpy as np
    import soundfile

    with soundfile.SoundFile(io.BytesIO(data)) as file:
        samples = file.read(dtype="float32", always_2d=True).mean(axis=1)
        seconds = len(samples) / file.samplerate
    if not len(samples):
        return [], 0.0
    edges = np.linspace(0, len(samples), min(buckets, len(samples)) + 1).astype(int)[:-1]
    low, high = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)], seconds


def waveform(buckets: Sequence[tuple[float, float]], label: str) -> Markup:
    """Return the waveform as one filled shape, with a line for the place that is played."""
    loudest = max([abs(v) for pair in buckets for v in pair] + [1e-9])
    step = WIDTH / max(len(buckets), 1)

    def y(value: float) -> float:
        return round(60 - value / loudest * 56, 1)

    upper = [f"{round(at * step, 1)} {y(high)}" for at, (_, high) in enumerate(buckets)]
    lower = [f"{round(at * step, 1)} {y(low) + 0.8}" for at, (low, _) in enumerate(buckets)]
    path = "M" + "L".join([*upper, *reversed(lower)]) + "Z" if buckets else ""
    return Markup(
        '<svg class="wave" data-seek viewBox="0 0 {} 120" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><path d="{}"/><line class="head" data-head x1="0" x2="0" y1="0" y2="120"/>'
        "</svg>"
    ).format(WIDTH, label, path)


def notes_of(data: bytes) -> list[Note]:
    """Return the notes of a Standard MIDI File, drums and all, in seconds."""
    import mido

    now, notes = 0.0, []
    held: dict[tuple[int, int], tuple[float, int]] = {}
    for message in mido.MidiFile(file=io.BytesIO(data)):
        now += message.time
        if message.type not in {"note_on", "note_off"}:
            continue
        key = (message.channel, message.note)
        if key in held:
            onset, velocity = held.pop(key)
            notes.append(Note(message.note, velocity, onset, now))
        if message.type == "note_on" and message.velocity:
            held[key] = (now, message.velocity)
    notes += [Note(pitch, v, onset, now) for (_, pitch), (onset, v) in held.items()]
    return sorted(notes, key=lambda note: (note.onset_s, note.pitch))


def piano_roll(notes: Sequence[Note], seconds: float, label: str) -> Markup:
    """Return the notes as bars: time to the right, pitch upwards, louder is darker."""
    low = min((note.pitch for note in notes), default=60) - 2
    high = max((note.pitch for note in notes), default=72) + 3
    tall = 220 / (high - low)
    rows = [
        Markup('<rect class="black" x="0" y="{}" width="{}" height="{}"/>').format(
            round((high - 1 - pitch) * tall, 2), WIDTH, round(tall, 2)
        )
        for pitch in range(low, high)
        if pitch % 12 in {1, 3, 6, 8, 10}
    ]
    bars = [
        Markup(
            '<rect class="note" x="{}" y="{}" width="{}" height="{}" rx="2" fill-opacity="{}">'
            "<title>{}, {} to {} s, velocity {}</title></rect>"
        ).format(
            round(note.onset_s / seconds * WIDTH, 1),
            round((high - 1 - note.pitch) * tall + 0.5, 1),
            round(max((note.offset_s - note.onset_s) / seconds * WIDTH - 1, 3), 1),
            round(max(tall - 1, 2), 1),
            round(0.35 + note.velocity / 127 * 0.65, 2),
            pitch_name(note.pitch),
            f"{note.onset_s:.2f}",
            f"{note.offset_s:.2f}",
            note.velocity,
        )
        for note in notes
        if seconds
    ]
    return Markup(
        '<svg class="roll" data-seek viewBox="0 0 {} 220" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}{}<line class="head" data-head x1="0" x2="0" y1="0" y2="220"/></svg>'
    ).format(WIDTH, label, Markup("").join(rows), Markup("").join(bars))


def pitch_name(pitch: int) -> str:
    """Return a MIDI pitch as people name it: 60 is C4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def mel_png(mel: Sequence[Sequence[float]], frames: int) -> bytes:
    """Return a log-mel image as PNG: time to the right, pitch upwards, light is loud.

    Parameters
    ----------
    mel
        [band, frame], dB; the lowest band first.
    frames
        How many frames are no padding.
    """
    import numpy as np

    values = np.asarray(mel, dtype=np.float32)[::-1, : max(frames, 1)]
    top = float(values.max())
    scaled = np.clip((values - (top - 80)) / 80, 0, 1) * (len(_STOPS) - 1)
    stops = np.asarray(_STOPS, dtype=np.float32)
    below = np.minimum(scaled.astype(int), len(_STOPS) - 2)
    part = (scaled - below)[..., None]
    pixels = (stops[below] * (1 - part) + stops[below + 1] * part).round().astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    size = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", size), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    )


def notes_over_mel(
    notes: Sequence[Mapping[str, Any]], seconds: float, bands: int, top_hz: float, label: str
) -> Markup:
    """Return the notes as outlines, each at the mel band of its fundamental.

    The scale is Slaney's: linear to 1 kHz, then 27 bands per factor of 6.4.
    """
    height = 64.0
    bars = [
        Markup(
            '<rect class="over" x="{}" y="{}" width="{}" height="1.7" rx=".5">'
            "<title>{}, {} to {} s, velocity {}</title></rect>"
        ).format(
            round(note["onset_s"] / seconds * WIDTH, 1),
            round(height - _band(note["pitch"], bands, top_hz) / bands * height - 0.85, 2),
            round(max((min(note["offset_s"], seconds) - note["onset_s"]) / seconds * WIDTH, 3), 1),
            pitch_name(note["pitch"]),
            f"{note['onset_s']:.2f}",
            f"{note['offset_s']:.2f}",
            note["velocity"],
        )
        for note in notes
    ]
    return Markup(
        '<svg class="notesover" viewBox="0 0 {} 64" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(WIDTH, label, Markup("").join(bars))


def _band(pitch: int, bands: int, top_hz: float) -> float:
    """Return where between 0 and the number of bands a pitch lies."""
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    return _mel(frequency) / _mel(top_hz) * (bands + 1) - 0.5


def _mel(frequency: float) -> float:
    if frequency < 1000:
        return frequency * 3 / 200
    return 15 + 27 * math.log(frequency / 1000) / math.log(6.4)
