"""A small additive synthesiser: enough sound for the sample album, the same on every machine.

Everything is float64 arithmetic on whole arrays, rounded to 12 significant bits at the end, so
that a last-bit difference between two maths libraries cannot reach the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE = 22_050
SIGNIFICANT_BITS = 12

# name -> (amplitude of each partial, attack in s, decay rate in 1/s, release in s, vibrato)
_SOUNDS: dict[str, tuple[tuple[float, ...], float, float, float, float]] = {
    "voice": ((1.0, 0.55, 0.7, 0.35, 0.12, 0.05), 0.05, 0.3, 0.09, 0.004),
    "lead": ((1.0, 0.0, 0.33, 0.0, 0.2, 0.0, 0.1), 0.01, 0.8, 0.05, 0.002),
    "pluck": ((1.0, 0.5, 0.25, 0.12, 0.06), 0.004, 4.0, 0.03, 0.0),
    "bell": ((1.0, 0.0, 0.4, 0.0, 0.0, 0.2), 0.003, 2.2, 0.05, 0.0),
    "bass": ((1.0, 0.45, 0.15), 0.012, 0.9, 0.04, 0.0),
    "pad": ((1.0, 0.25, 0.08), 0.5, 0.0, 0.6, 0.001),
}


def tone(sound: str, pitch: int, velocity: int, length_s: float) -> NDArray[np.float64]:
    """Return one note: float64 [samples] at `SAMPLE_RATE`, peak at most velocity / 127."""
    samples = round(length_s * SAMPLE_RATE)
    time_s = np.arange(samples) / SAMPLE_RATE
    gain = velocity / 127
    if sound == "kick":
        phase = 2 * np.pi * (48 * time_s + 5.5 * (1 - np.exp(-22 * time_s)))
        return gain * np.sin(phase) * np.exp(-9 * time_s)
    if sound == "hat":
        raw = np.random.PCG64(pitch).random_raw(samples)
        noise = (raw >> np.uint64(11)).astype(np.float64) / 2**52 - 1
        return 0.4 * gain * noise * np.exp(-60 * time_s)
    partials, attack_s, decay, release_s, vibrato = _SOUNDS[sound]
    frequency_hz = 440 * 2 ** ((pitch - 69) / 12)
    phase = 2 * np.pi * frequency_hz * time_s + vibrato * frequency_hz / 5 * (
        1 - np.cos(2 * np.pi * 5 * time_s)
    )
    wave = sum(
        amplitude * np.sin(number * phase)
        for number, amplitude in enumerate(partials, start=1)
        if amplitude and number * frequency_hz < SAMPLE_RATE / 2
    )
    shape = np.minimum(time_s / attack_s, 1) * np.exp(-decay * time_s)
    shape *= np.clip((length_s - time_s) / release_s, 0, 1)
    return gain / sum(partials) * wave * shape


def quantise(mix: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return int16 samples that use only the upper `SIGNIFICANT_BITS` bits (FLAC packs them)."""
    coarse = 1 << (16 - SIGNIFICANT_BITS)
    steps = np.rint(np.clip(mix, -1, 1) * (32_767 // coarse))
    return (steps * coarse).astype(np.int16)
