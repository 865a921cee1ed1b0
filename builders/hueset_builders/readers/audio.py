"""Read audio by seek in its native depth, and write slices of it as FLAC that decode the same.

Through libsndfile (https://libsndfile.github.io/libsndfile/). Only the asked frames are in memory.

    probe(source) -> AudioInfo
    with open_audio(source) as stream:
        samples = read_slice(stream, start_frame, stop_frame)
        flac = encode_flac(samples, stream.info.sample_rate)
        level = rms_dbfs(samples)
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

from hueset.errors import InputError
from hueset_builders.readers.file_sniffing import HEAD_BYTES, refuse_impostor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from numpy.typing import NDArray

    Samples = NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32] | NDArray[np.float64]

BLOCK_FRAMES = 65_536
SILENCE_DBFS = -40.0
FLAC_EFFORT = 0.875
"""Level 7 of 8: recordings become up to 2 %, pure tones 20 % smaller than at the usual level 5.
Level 8 takes almost twice the time for another 0.3 %."""
_LONGEST_FRAMES = 2**40
_FLAC_STEPS = 1 << 23
_FULL_SCALE = {"int16": 2.0**15, "int32": 2.0**31}
_INT16 = {
    "PCM_S8",
    "PCM_U8",
    "PCM_16",
    "ULAW",
    "ALAW",
    "IMA_ADPCM",
    "MS_ADPCM",
    "GSM610",
    "G721_32",
    "ALAC_16",
}
_INT32 = {"PCM_24", "PCM_32", "ALAC_20", "ALAC_24", "ALAC_32"}
_LOSSY = {
    "ULAW",
    "ALAW",
    "IMA_ADPCM",
    "MS_ADPCM",
    "GSM610",
    "G721_32",
    "VORBIS",
    "OPUS",
    "MPEG_LAYER_I",
    "MPEG_LAYER_II",
    "MPEG_LAYER_III",
}
_CUT_SHORT = re.compile(r"^\s*data : (\d+) \(should be (\d+)\)", re.MULTILINE)


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says.

    Attributes
    ----------
    frames
        Samples per channel.
    sample_rate
        In Hz.
    channels
        How many.
    container
        libsndfile's name, e.g. `WAV`, `RF64`, `FLAC`.
    subtype
        libsndfile's name, e.g. `PCM_24`, `FLOAT`.
    dtype
        The dtype `read_slice` gives: int16 up to 16 bits, int32 (left-aligned, full scale 2**31)
        above, float32 or float64 for float and lossy sources.
    flags
        `data_cut_short`: the header promises more than the file holds; `length_estimated`: the
        format does not know its own length; `lossy_source`.
    """

    frames: int
    sample_rate: int
    channels: int
    container: str
    subtype: str
    dtype: str
    flags: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate


@dataclass(frozen=True)
class AudioStream:
    """An open audio file; from `open_audio`."""

    name: str
    info: AudioInfo
    file: Any


@dataclass(frozen=True)
class Flac:
    """An encoded slice.

    Attributes
    ----------
    data
        A whole FLAC file.
    bits
        16 or 24 bits per sample.
    frames
        Samples per channel.
    exact
        Whether it decodes to exactly the samples given. False for float samples (or 32-bit
        integers) that 24 bits cannot hold: they were rounded to the nearest step of 2**-23.
    clipped
        Samples beyond full scale (float sources only), which FLAC had to cut.
    """

    data: bytes
    bits: int
    frames: int
    exact: bool
    clipped: int


def probe_audio(source: Path | BinaryIO, name: str = "") -> AudioInfo:
    """Return what the header of an audio file says; see `open_audio` for what it raises."""
    with open_audio(source, name) as stream:
        return stream.info


@contextmanager
def open_audio(source: Path | BinaryIO, name: str = "") -> Iterator[AudioStream]:
    """Open an audio file for `read_slice`.

    Parameters
    ----------
    source
        A path, or a seekable binary stream (which stays open).
    name
        How messages call the file; the path's last part where it is left out.

    Raises
    ------
    InputError
        With reason `empty_file`, `lfs_pointer`, `html_page`, `finder_litter`, `not_audio` (no
        format libsndfile knows, or a header it refuses), `length_unknown`, `no_frames`.
    """
    name = name or (source.name if isinstance(source, Path) else "audio")
    refuse_impostor(_head(source), name)
    try:
        file = sf.SoundFile(str(source) if isinstance(source, Path) else source)
    except sf.LibsndfileError as error:
        message = f"{name}: not readable as audio: {error.error_string}"
        hint = "convert it to WAV or FLAC, or replace the damaged file"
        raise InputError(message, reason="not_audio", hint=hint) from error
    with file:
        yield AudioStream(name, _info(file, name), file)


def read_slice(stream: AudioStream, start_frame: int, stop_frame: int) -> Samples:
    """Read frames `start_frame` to `stop_frame` (end exclusive).

    Returns
    -------
    Samples
        Array [frames, channels] of `stream.info.dtype`: the file's own integers (int16; or int32
        with the value in the upper bits), or floats with full scale 1.0.

    Raises
    ------
    InputError
        With reason `outside_file` (the slice does not lie in 0 … frames), `undecodable`, or
        `cut_short` (fewer frames could be decoded than the header promised).
    """
    wanted = stop_frame - start_frame
    if not 0 <= start_frame <= stop_frame <= stream.info.frames:
        message = (
            f"{stream.name}: frames {start_frame} to {stop_frame} do not lie in "
            f"0 to {stream.info.frames}"
        )
        raise InputError(message, reason="outside_file", value=(start_frame, stop_frame))
    try:
        stream.file.seek(start_frame)
        samples: Samples = stream.file.read(wanted, dtype=stream.info.dtype, always_2d=True)
    except sf.LibsndfileError as error:
        message = (
            f"{stream.name}: frames {start_frame} to {stop_frame} cannot be decoded: "
            f"{error.error_string}"
        )
        raise InputError(message, reason="undecodable", hint="replace the damaged file") from error
    if len(samples) != wanted:
        message = (
            f"{stream.name}: {len(samples)} of {wanted} frames from {start_frame} could be decoded"
        )
        raise InputError(message, reason="cut_short", hint="replace the damaged file")
    return samples


def read_blocks(
    stream: AudioStream,
    start_frame: int = 0,
    stop_frame: int | None = None,
    block_frames: int = BLOCK_FRAMES,
) -> Iterator[Samples]:
    """Yield consecutive arrays of at most `block_frames` frames; see `read_slice`."""
    stop = stream.info.frames if stop_frame is None else stop_frame
    for at in range(start_frame, stop, block_frames):
        yield read_slice(stream, at, min(at + block_frames, stop))


def encode_flac(samples: Samples, sample_rate: int, name: str = "audio") -> Flac:
    """Encode [frames, channels] samples as FLAC: 16 bits for int16, else 24.

    The same samples give the same bytes with the same libFLAC.

    Raises
    ------
    InputError
        With reason `no_frames`, `non_finite_samples`, or `flac_refuses` (more than 8 channels, or
        a sample rate beyond what FLAC knows).
    """
    if not len(samples):
        message = f"{name}: a slice of no frames cannot be encoded"
        raise InputError(message, reason="no_frames")
    clipped = 0
    if samples.dtype == np.int16:
        ready, bits, exact = samples, 16, True
    elif samples.dtype == np.int32 and not np.any(samples.astype(np.int32, copy=False) & 0xFF):
        ready, bits, exact = samples, 24, True
    elif samples.dtype == np.int32:
        steps = np.minimum((samples.astype(np.int64) + 128) >> 8, _FLAC_STEPS - 1)
        ready, bits = (steps << 8).astype(np.int32), 24
        exact = np.array_equal(ready, samples)
    else:
        _finite(samples, name)
        scaled = np.rint(samples.astype(np.float64) * _FLAC_STEPS)
        clipped = int(np.count_nonzero((scaled < -_FLAC_STEPS) | (scaled > _FLAC_STEPS - 1)))
        steps = np.clip(scaled, -_FLAC_STEPS, _FLAC_STEPS - 1).astype(np.int64)
        ready, bits = (steps << 8).astype(np.int32), 24
        exact = np.array_equal(steps / _FLAC_STEPS, samples)
    out = io.BytesIO()
    try:
        sf.write(
            out,
            ready,
            sample_rate,
            format="FLAC",
            subtype=f"PCM_{bits}",
            compression_level=FLAC_EFFORT,
        )
    except sf.LibsndfileError as error:
        message = (
            f"{name}: FLAC cannot hold {samples.shape[1]} channels at {sample_rate} Hz: "
            f"{error.error_string}"
        )
        raise InputError(message, reason="flac_refuses") from error
    return Flac(out.getvalue(), bits, len(samples), exact, clipped)


def rms_dbfs(samples: Samples, name: str = "audio") -> float | None:
    """Return the root mean square over all channels in dB, where 0 is a square wave at full scale.

    None for digital silence and for no frames: they have no level.

    Raises
    ------
    InputError
        With reason `non_finite_samples`.
    """
    _finite(samples, name)
    full_scale = _FULL_SCALE.get(samples.dtype.name, 1.0)
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return float(10 * np.log10(power / full_scale**2)) if power else None


def is_silent(samples: Samples, threshold_dbfs: float = SILENCE_DBFS) -> bool:
    """Whether the level lies below `threshold_dbfs`, or there is none."""
    level = rms_dbfs(samples)
    return level is None or level < threshold_dbfs


def _head(source: Path | BinaryIO) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return head


def _info(file: Any, name: str) -> AudioInfo:
    frames, subtype = file.frames, file.subtype
    if not 0 <= frames < _LONGEST_FRAMES:
        message = f"{name}: the header does not say how long it is ({frames} frames)"
        raise InputError(message, reason="length_unknown", value=frames, hint="convert it to WAV")
    if not frames:
        message = f"{name}: the header is fine, but there is not one frame of audio"
        raise InputError(message, reason="no_frames", value=frames)
    flags = []
    cut = _CUT_SHORT.search(file.extra_info)
    if cut and int(cut[1]) > int(cut[2]):
        flags.append("data_cut_short")
    if subtype.startswith("MPEG"):
        flags.append("length_estimated")
    if subtype in _LOSSY:
        flags.append("lossy_source")
    dtype = (
        "int16"
        if subtype in _INT16
        else "int32"
        if subtype in _INT32
        else "float64"
        if subtype == "DOUBLE"
        else "float32"
    )
    return AudioInfo(
        frames, file.samplerate, file.channels, file.format, subtype, dtype, tuple(flags)
    )


def _finite(samples: Samples, name: str) -> None:
    if samples.dtype.kind == "f" and not np.isfinite(samples).all():
        count = int(np.count_nonzero(~np.isfinite(samples)))
        message = f"{name}: {count} samples are not finite numbers (NaN or infinity)"
        raise InputError(message, reason="non_finite_samples", value=count)
