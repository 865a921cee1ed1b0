"""How far the onsets heard in a mel window lag behind those of its MIDI.

The power in a centred frame grows fastest when the onset is in the middle of the frame, whatever
the window's length; so the peak of the rise, interpolated between frames, tells the onset to a few
milliseconds. Only onsets that stand alone are compared, away from the edges of the window, where
the padding makes rises of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hueset_builders.readers.mel import Float32s, MelSettings

APART_S = 0.12
"""An onset stands alone if no other is this near, but for the notes of its chord."""
CHORD_S = 0.03
"""Notes struck within this time are one chord."""
REACH_S = 0.08
"""How far from the MIDI onset the peak is looked for."""
EDGE_S = 0.15
"""How far from the edges of a window an onset must be."""


def onset_lags_s(
    mel: Float32s, onset_s: NDArray[np.float64], settings: MelSettings
) -> NDArray[np.float64]:
    """Return the lag of each onset that stands alone, in seconds; positive is late in the audio.

    Parameters
    ----------
    mel
        dB, float32 [bands, frames], without padding frames.
    onset_s
        Onsets of the notes in seconds from the start of the window, rising, float64 [notes].
    settings
        What the mel was computed with.
    """
    hop_s = settings.hop_samples / settings.sample_rate_hz
    end_s = (mel.shape[1] - 1) * hop_s
    alone = _alone(onset_s)
    alone = alone[(alone >= EDGE_S) & (alone <= end_s - EDGE_S)]
    if not len(alone):
        return np.empty(0)
    power = 10.0 ** (mel.astype(np.float64) / 10)
    rise = np.maximum(np.diff(power, axis=1), 0).sum(axis=0)
    reach = round(REACH_S / hop_s)
    # rise[t] lies between the frames t and t + 1
    nearest = np.rint(alone / hop_s - 0.5).astype(np.int64)
    around = rise[nearest[:, np.newaxis] + np.arange(-reach, reach + 1)]
    peak = around.argmax(axis=1)
    inner = (peak > 0) & (peak < 2 * reach) & (around.max(axis=1) > 0)
    rows, peak = np.flatnonzero(inner), peak[inner]
    before, top, after = (around[rows, peak + step] for step in (-1, 0, 1))
    # The vertex of the parabola through three points, at most half a frame away.
    bend = before - 2 * top + after
    shift = np.divide(0.5 * (before - after), bend, out=np.zeros(len(rows)), where=bend < 0)
    lag_s: NDArray[np.float64] = (nearest[rows] + peak - reach + shift + 0.5) * hop_s
    lag_s -= alone[rows]
    return lag_s


def _alone(onset_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first onset of each chord that has no other chord near."""
    if not len(onset_s):
        return onset_s
    first = onset_s[np.concatenate([[True], np.diff(onset_s) > CHORD_S])]
    gap = np.diff(first, prepend=-np.inf, append=np.inf)
    alone: NDArray[np.float64] = first[(gap[:-1] >= APART_S) & (gap[1:] >= APART_S)]
    return alone
