"""Stems made by a stated rule, for the benchmark of the chromatic corpus; made once and kept.

Plucked notes that ring out (four partials, decaying by 28 dB a second), 44.1 kHz, 24 bits, mono.
A stem plays in some three of four eighths of its song, and there on seven beats of ten, as stems of
a record rest. While it sounds it has a noise floor, one of `FLOORS_DBFS` in turn: that of a room,
microphone and preamplifier, or the dither alone of a stem that was played in the box. (A converter
of 24 bits lies between, near -115.) Where it rests it is digital silence, as a gated stem is.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

from hueset.files.atomic import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 44_100
TEMPO_BPM = 120
FLOORS_DBFS = (-84.0, -141.0)


def make_stems(folder: Path, count: int, minutes: float) -> list[Path]:
    """Return so many different stems of a length; those that are not there yet are written."""
    home = folder / f"{minutes:g}-minutes"
    home.mkdir(parents=True, exist_ok=True)
    paths = [home / f"{number:03}.wav" for number in range(count)]
    lacking = [number for number, path in enumerate(paths) if not path.exists()]
    if len(lacking) > 1:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            list(pool.map(partial(_write, home, minutes), lacking))
    else:
        for number in lacking:
            _write(home, minutes, number)
    return paths


def _write(home: Path, minutes: float, number: int) -> None:
    path = home / f"{number:03}.wav"
    floor_dbfs = FLOORS_DBFS[number % len(FLOORS_DBFS)]
    samples = stem(np.random.default_rng(number), minutes * 60, floor_dbfs)
    with replace_file(path) as stream:
        sf.write(stream, samples, RATE, subtype="PCM_24", format="WAV")


def stem(rng: np.random.Generator, length_s: float, floor_dbfs: float) -> NDArray[np.float64]:
    """Return one stem, full scale 1.0, its notes up to about -9 dBFS."""
    frames = int(length_s * RATE)
    out = np.zeros(frames)
    ring = np.arange(int(1.6 * RATE)) / RATE
    playing = rng.random(8) < 0.75
    for beat in range(int(length_s * TEMPO_BPM / 60)):
        start = int(beat * 60 / TEMPO_BPM * RATE)
        if not playing[min(7, start * 8 // frames)] or rng.random() < 0.3:
            continue
        pitch = 110 * 2 ** (rng.integers(0, 30) / 12)
        note = sum(
            np.sin(2 * np.pi * pitch * part * ring + rng.random()) / part**1.7
            for part in (1, 2, 3, 5)
        ) * np.exp(-3.2 * ring)
        end = min(start + len(note), frames)
        out[start:end] += 0.2 * rng.uniform(0.4, 1) * note[: end - start]
    floor = rng.normal(0, 10 ** (floor_dbfs / 20), frames)
    sounding: NDArray[np.float64] = np.clip(out + floor * (out != 0), -1, 1)
    return sounding
