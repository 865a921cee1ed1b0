"""Log-mel windows of an audio file: decoded, mixed down and resampled as one stream, then cut.

The chain is soundfile block reads → downmix → streamed soxr → windowed FFT in float32 → a mel bank
computed once → dB. The samples are those of librosa for the whole file (`librosa.load(sr=…,
mono=True)`). A window is what `librosa.feature.melspectrogram` and `librosa.power_to_db` give for
that stretch of them: equal to 0.001 dB within 80 dB of the loudest value, below that to 0.2 dB.
McFee et al., "librosa: Audio and Music Signal Analysis in Python", SciPy 2015, ISC licence. The
bank is Slaney's (Auditory Toolbox, 1998), the resampler is soxr's HQ recipe.

Windows are padded with zeros at their edges, as librosa pads that stretch. One melspectrogram of
the whole file sees what lies beyond the edge instead, so the first and last two frames of a window
differ from it, by up to 46 dB.

Windows are cut *after* the whole stream was resampled. A file loaded window by window is resampled
at every edge anew, which moves values near the edges by many dB.

The values are `10 · log10(max(1e-10, power))`, that is `power_to_db(ref=1.0, amin=1e-10,
top_db=None)`: no reference and no floor that would need to know the rest of the file, so a window
has the same values alone and among others. `librosa.power_to_db(S, ref=np.max)` of a window is
`mel - mel.max()`; its default `top_db=80` is `np.maximum(mel, mel.max() - 80)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hueset.errors import InputError
from hueset_builders.readers.audio import open_audio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from soundfile import SoundFile

    Float32s = NDArray[np.float32]

FLOOR_POWER = 1e-10
FLOOR_DB = -100.0
"""The value of silence: `10 · log10(FLOOR_POWER)`."""

BLOCK_FRAMES = 157
"""Frames per FFT call: half a window of 313, few enough that the block stays in the cache."""

BAND_GROUPS = 8
"""Products per block: more would be too small to be fast, fewer multiply too many zeros. Of 64
bands each takes eight, as many as a kernel of the matrix product holds in its registers."""

DB_PER_NEPER = np.float32(10 / math.log(10))
"""Of power: `np.log` of float32 runs in vector registers on every processor, `np.log10` on few."""

SHORT = "PCM_16"
_ANEW = "copy the file again from its source"

READ_FRAMES = 1 << 17
"""Audio frames per read: memory does not depend on the length of the file."""

MIX_FRAMES = 1 << 15
"""Audio frames mixed down at a time: they stay in the cache until they are resampled."""

EXACT_CHANNELS = 2
"""With so many channels the mean is rounded once, in whatever order it is computed."""


@dataclass(frozen=True)
class MelSettings:
    """What is computed.

    Attributes
    ----------
    sample_rate_hz
        The rate the audio is resampled to.
    bands
        Mel bands between 0 Hz and half the sample rate.
    n_fft
        Length of the Hann window and of the FFT, in samples.
    hop_samples
        Step between frames, in samples.
    window_s
        Length of a window; the last one may be shorter.
    """

    sample_rate_hz: int = 16_000
    bands: int = 64
    n_fft: int = 1024
    hop_samples: int = 256
    window_s: float = 5.0

    @property
    def window_samples(self) -> int:
        """Samples of a full window."""
        return round(self.window_s * self.sample_rate_hz)

    def frames(self, samples: int) -> int:
        """Return the number of centred frames of `samples` samples."""
        return 1 + samples // self.hop_samples


@dataclass(frozen=True)
class MelWindow:
    """One window of a file.

    Attributes
    ----------
    index
        Its place in the file, from 0.
    start_s, end_s
        Where it lies in the file, in seconds.
    samples
        Its length in samples at the settings' rate.
    mel
        dB, float32, shape (bands, 1 + samples // hop), range [-100, …).
    """

    index: int
    start_s: float
    end_s: float
    samples: int
    mel: Float32s


def mel_windows(
    audio: Path | BinaryIO, settings: MelSettings, name: str = ""
) -> Iterator[MelWindow]:
    """Yield the consecutive windows of a file; memory is that of one window.

    Parameters
    ----------
    audio
        A file, or an open seekable stream of one, in any format libsndfile reads.
    settings
        What is computed.
    name
        How messages call it; the path's last part where it is left out.

    Raises
    ------
    InputError
        With the reasons of `stream`.
    """
    rate, kernel = settings.sample_rate_hz, LogMel(settings)
    for index, samples in enumerate(_cut(stream_audio(audio, rate, name), settings.window_samples)):
        start = index * settings.window_samples
        yield MelWindow(
            index, start / rate, (start + len(samples)) / rate, len(samples), kernel(samples)
        )


def stream_audio(audio: Path | BinaryIO, sample_rate_hz: int, name: str = "") -> Iterator[Float32s]:
    """Yield a file as mono float32 blocks at `sample_rate_hz`, in [-1, 1] for integer formats.

    Together the blocks are `librosa.load(audio, sr=sample_rate_hz, mono=True)`: their number of
    samples is `ceil(frames · sample_rate_hz / rate)`. A block may be reused by the next one.

    Raises
    ------
    InputError
        With the reasons of `hueset_builders.readers.audio.open_audio`, or `cut_short` (the header
        promises more), `not_finite`, `no_frames`.
    """
    import soundfile
    import soxr

    name = name or (audio.name if isinstance(audio, Path) else "audio")
    try:
        with open_audio(audio, name) as opened:
            info, file = opened.info, opened.file
            if "data_cut_short" in info.flags:
                message = f"{name}: its header promises more than the {info.duration_s:.1f} s in it"
                raise InputError(message, reason="cut_short", hint=_ANEW, value=info.duration_s)
            rate = info.sample_rate
            resampler = None
            if rate != sample_rate_hz:
                resampler = soxr.ResampleStream(rate, sample_rate_hz, 1, dtype="float32")
            taken = given = 0
            for block in _mono_blocks(file):
                if file.subtype != SHORT and not np.isfinite(block).all():
                    message = f"{name}: a sample near {taken / rate:.3f} s is not finite"
                    raise InputError(message, reason="not_finite", hint="decode the file again")
                taken += len(block)
                out = block if resampler is None else resampler.resample_chunk(block)
                given += len(out)
                yield out
    except soundfile.SoundFileError as error:
        message = f"{name}: not readable as audio: {error}"
        raise InputError(message, reason="not_audio", hint=_ANEW) from error
    if taken == 0:
        message = f"{name}: holds no audio frames"
        raise InputError(message, reason="no_frames", hint="leave the file out")
    if resampler is not None:
        tail = resampler.resample_chunk(np.empty(0, np.float32), last=True)
        wanted = math.ceil(taken * sample_rate_hz / rate) - given
        yield np.pad(tail[:wanted], (0, max(0, wanted - len(tail))))


class LogMel:
    """The kernel: samples to log-mel, with buffers that are used again from call to call.

    The FFT runs in place and leaves its output packed (re 0, re 1, im 1, re 2, im 2, …). The bank
    is laid out the same way, so that power and mel are one square and one product. Each filter is
    narrow, so the product goes in groups of bands over only the bins they reach.

    Parameters
    ----------
    settings
        What is computed.
    """

    def __init__(self, settings: MelSettings) -> None:
        n_fft = settings.n_fft
        self._settings = settings
        self._hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)
        self._buffer = np.empty((BLOCK_FRAMES, n_fft), np.float32)
        self._make_room(settings.window_samples)
        packed = np.repeat(mel_bank(settings), 2, axis=1)[:, 1 : n_fft + 1]
        self._groups: list[tuple[slice, slice, Float32s]] = []
        for bands in np.array_split(np.arange(settings.bands), BAND_GROUPS):
            reached = np.flatnonzero(packed[bands].any(axis=0))
            rows, bins = slice(bands[0], bands[-1] + 1), slice(reached[0], reached[-1] + 1)
            self._groups.append((rows, bins, np.ascontiguousarray(packed[rows, bins])))

    def __call__(self, samples: Float32s) -> Float32s:
        """Return the log-mel of mono float32 samples; frames are centred on multiples of the hop.

        Returns
        -------
        float32 of shape (bands, 1 + len(samples) // hop), in dB, range [-100, …).
        """
        from scipy.fftpack import rfft

        settings = self._settings
        half, frames = settings.n_fft // 2, settings.frames(len(samples))
        if len(self._padded) < len(samples) + settings.n_fft:
            self._make_room(len(samples))
        self._padded[half : half + len(samples)] = samples
        self._padded[half + len(samples) :] = 0
        result = np.empty((settings.bands, frames), np.float32)
        for first in range(0, frames, BLOCK_FRAMES):
            last = min(first + BLOCK_FRAMES, frames)
            block = self._buffer[: last - first]
            np.multiply(self._framed[first:last], self._hann, out=block)
            power = rfft(block, axis=1, overwrite_x=True)
            np.multiply(power, power, out=power)
            for bands, bins, bank in self._groups:
                np.matmul(bank, power[:, bins].T, out=result[bands, first:last])
        # Half the floor keeps the logarithm finite; the floor itself is set in dB, exactly.
        np.maximum(result, np.float32(FLOOR_POWER / 2), out=result)
        np.log(result, out=result)
        np.multiply(result, DB_PER_NEPER, out=result)
        return np.maximum(result, np.float32(FLOOR_DB), out=result)

    def _make_room(self, samples: int) -> None:
        n_fft = self._settings.n_fft
        self._padded = np.zeros(samples + n_fft, np.float32)
        self._framed = sliding_window_view(self._padded, n_fft)[:: self._settings.hop_samples]


def mel_bank(settings: MelSettings) -> Float32s:
    """Return the triangular mel filters of unit area on Slaney's scale.

    Returns
    -------
    float32 of shape (bands, n_fft // 2 + 1); equal to
    `librosa.filters.mel(sr=…, n_fft=…, n_mels=…)`.
    """
    top = settings.sample_rate_hz / 2
    bins = np.fft.rfftfreq(settings.n_fft, 1.0 / settings.sample_rate_hz)
    edges = _mel_to_hz(np.linspace(0.0, _hz_to_mel(top), settings.bands + 2))
    widths = np.diff(edges)
    ramps = np.subtract.outer(edges, bins)
    bank = np.zeros((settings.bands, len(bins)), np.float32)
    for band in range(settings.bands):
        rising, falling = -ramps[band] / widths[band], ramps[band + 2] / widths[band + 1]
        bank[band] = np.maximum(0, np.minimum(rising, falling))
    bank *= (2.0 / (edges[2:] - edges[:-2]))[:, np.newaxis]
    return bank


LINEAR_HZ_PER_MEL = 200.0 / 3
LOG_FROM_HZ = 1000.0
LOG_FROM_MEL = LOG_FROM_HZ / LINEAR_HZ_PER_MEL
LOG_STEP = math.log(6.4) / 27.0


def _hz_to_mel(hz: float) -> float:
    if hz < LOG_FROM_HZ:
        return hz / LINEAR_HZ_PER_MEL
    return LOG_FROM_MEL + math.log(hz / LOG_FROM_HZ) / LOG_STEP


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    log = LOG_FROM_HZ * np.exp(LOG_STEP * (mel - LOG_FROM_MEL))
    return np.where(mel >= LOG_FROM_MEL, log, LINEAR_HZ_PER_MEL * mel)


def _mono_blocks(file: SoundFile) -> Iterator[Float32s]:
    """Yield a file's blocks as the mean of its channels, in one buffer that is used again.

    16-bit audio is read as it lies and scaled in the same product that mixes it down, which is
    three times faster than libsndfile's own conversion and gives the same values.

    The values do not depend on where the blocks are cut: up to two channels the products are exact
    and there is one sum, more channels are added one after the other. The product of a matrix alone
    would add them in an order that changes with a frame's place in its block.
    """
    short, channels = file.subtype == SHORT, file.channels
    read = np.empty((READ_FRAMES, channels), np.int16 if short else np.float32)
    scaled = np.empty((MIX_FRAMES, channels), np.float32)
    mono = np.empty(MIX_FRAMES, np.float32)
    share = np.float32(1.0 / channels / (32768 if short else 1))
    weights = np.full(channels, share)
    while count := len(file.read(out=read)):
        for first in range(0, count, MIX_FRAMES):
            part = read[first : min(first + MIX_FRAMES, count)]
            if short:
                scaled[: len(part)] = part
                part = scaled[: len(part)]
            mixed = mono[: len(part)]
            if channels <= EXACT_CHANNELS:
                yield np.dot(part, weights, out=mixed)
            else:
                mixed[:] = part[:, 0]
                for channel in range(1, channels):
                    mixed += part[:, channel]
                yield np.multiply(mixed, share, out=mixed)


def _cut(blocks: Iterator[Float32s], size: int) -> Iterator[Float32s]:
    """Yield a stream of blocks as pieces of `size` samples; the last may be shorter."""
    piece, filled = np.empty(size, np.float32), 0
    for block in blocks:
        taken = 0
        while taken < len(block):
            step = min(size - filled, len(block) - taken)
            piece[filled : filled + step] = block[taken : taken + step]
            taken, filled = taken + step, filled + step
            if filled == size:
                yield piece
                filled = 0
    if filled:
        yield piece[:filled]
