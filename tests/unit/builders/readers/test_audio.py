from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile as sf

from hueset.errors import InputError
from hueset_builders.readers.audio import (
    AudioInfo,
    encode_flac,
    is_silent,
    open_audio,
    probe_audio,
    read_blocks,
    read_slice,
    rms_dbfs,
)

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(7)


def pcm(bits: int, frames: int = 9_000, channels: int = 2) -> Any:
    """Random integers as soundfile wants them: in the upper bits of int16 or int32."""
    high = 2 ** (bits - 1)
    values = RNG.integers(-high, high, (frames, channels))
    return values.astype(np.int16) if bits == 16 else (values << (32 - bits)).astype(np.int32)


def write(path: Path, samples: Any, subtype: str, rate: int = 44_100) -> Path:
    sf.write(path, samples, rate, subtype=subtype)
    return path


def slice_of(path: Path, start: int, stop: int) -> Any:
    with open_audio(path) as stream:
        return read_slice(stream, start, stop)


def refused(path: Path) -> str:
    with pytest.raises(InputError, match=path.name) as caught, open_audio(path) as stream:
        for _ in read_blocks(stream):
            pass
    return caught.value.reason


def test_the_header_is_told_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", pcm(24, 4_410), "PCM_24")
    expected = AudioInfo(4_410, 44_100, 2, "WAV", "PCM_24", "int32")
    assert probe_audio(path) == expected
    assert probe_audio(path).duration_s == 0.1


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff"])
@pytest.mark.parametrize("bits", [16, 24])
def test_an_integer_slice_survives_flac_to_the_last_bit(
    tmp_path: Path, bits: int, suffix: str
) -> None:
    samples = pcm(bits)
    path = write(tmp_path / f"a.{suffix}", samples, f"PCM_{bits}")
    cut = slice_of(path, 1_234, 7_890)
    assert np.array_equal(cut, samples[1_234:7_890])
    flac = encode_flac(cut, 44_100)
    decoded, rate = sf.read(io.BytesIO(flac.data), dtype=cut.dtype.name, always_2d=True)
    assert np.array_equal(decoded, cut)
    assert (rate, flac.bits, flac.frames) == (44_100, bits, 7_890 - 1_234)
    assert (flac.exact, flac.clipped) == (True, 0)
    assert sf.info(io.BytesIO(flac.data)).subtype == f"PCM_{bits}"


def test_eight_bit_sources_survive_flac(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", pcm(16), "PCM_U8")
    cut = slice_of(path, 0, 9_000)
    flac = encode_flac(cut, 44_100)
    assert np.array_equal(sf.read(io.BytesIO(flac.data), dtype="int16")[0], cut)
    assert flac.exact


@pytest.mark.parametrize(("subtype", "dtype"), [("FLOAT", np.float32), ("DOUBLE", np.float64)])
def test_a_float_slice_is_rounded_to_24_bits_and_says_so(
    tmp_path: Path, subtype: str, dtype: Any
) -> None:
    samples = RNG.uniform(-0.9, 0.9, (5_000, 2)).astype(dtype)
    cut = slice_of(write(tmp_path / "a.wav", samples, subtype), 100, 4_100)
    assert cut.dtype == dtype
    flac = encode_flac(cut, 44_100)
    decoded = sf.read(io.BytesIO(flac.data), dtype="float64", always_2d=True)[0]
    assert np.abs(decoded - cut).max() <= 2.0**-24
    assert (flac.exact, flac.clipped, flac.bits) == (False, 0, 24)


def test_floats_that_24_bits_can_hold_are_exact() -> None:
    samples = RNG.integers(-(2**15), 2**15, (500, 1)).astype(np.float32) / 2**15
    flac = encode_flac(samples, 16_000)
    assert flac.exact
    assert np.array_equal(sf.read(io.BytesIO(flac.data), always_2d=True)[0], samples)


def test_floats_beyond_full_scale_are_counted_as_clipped() -> None:
    samples = np.array([[0.5], [1.25], [-1.5], [-1.0], [1.0]], dtype=np.float32)
    flac = encode_flac(samples, 16_000)
    assert (flac.exact, flac.clipped) == (False, 3)
    decoded = sf.read(io.BytesIO(flac.data))[0].tolist()
    assert decoded == [0.5, 1 - 2.0**-23, -1.0, -1.0, 1 - 2.0**-23]


def test_thirty_two_bit_integers_are_rounded_without_wrapping_round() -> None:
    samples = np.array([[2**31 - 1], [-(2**31)], [256], [257], [127], [129]], dtype=np.int32)
    flac = encode_flac(samples, 48_000)
    decoded = sf.read(io.BytesIO(flac.data), dtype="int32", always_2d=True)[0]
    assert decoded[:, 0].tolist() == [2**31 - 256, -(2**31), 256, 256, 0, 256]
    assert not flac.exact


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(bad: float) -> None:
    samples = np.array([[0.0], [bad]], dtype=np.float32)
    for measure in (lambda s: encode_flac(s, 16_000), rms_dbfs):
        with pytest.raises(InputError) as caught:
            measure(samples)
        assert caught.value.reason == "non_finite_samples"


@pytest.mark.parametrize(
    ("samples", "rate", "reason"),
    [
        (np.zeros((0, 1), np.int16), 16_000, "no_frames"),
        (np.zeros((9, 9), np.int16), 16_000, "flac_refuses"),
        (np.zeros((9, 1), np.int16), 2_000_000, "flac_refuses"),
    ],
)
def test_what_flac_cannot_hold_is_refused(samples: Any, rate: int, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        encode_flac(samples, rate)
    assert caught.value.reason == reason


def test_the_same_samples_give_the_same_bytes() -> None:
    samples = pcm(24)
    assert encode_flac(samples, 44_100).data == encode_flac(samples.copy(), 44_100).data


def test_blocks_join_to_the_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", pcm(16), "PCM_16")
    with open_audio(path) as stream:
        blocks = list(read_blocks(stream, 10, 8_000, block_frames=1_024))
        assert max(map(len, blocks)) == 1_024
        assert np.array_equal(np.concatenate(blocks), read_slice(stream, 10, 8_000))
        assert sum(map(len, read_blocks(stream))) == 9_000


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (5, 4), (0, 9_001)])
def test_a_slice_outside_the_file_is_refused(tmp_path: Path, start: int, stop: int) -> None:
    path = write(tmp_path / "a.wav", pcm(16), "PCM_16")
    with pytest.raises(InputError, match="0 to 9000") as caught:
        slice_of(path, start, stop)
    assert caught.value.reason == "outside_file"


def test_an_empty_slice_is_an_empty_array(tmp_path: Path) -> None:
    assert slice_of(write(tmp_path / "a.wav", pcm(16), "PCM_16"), 9, 9).shape == (0, 2)


def test_a_binary_stream_is_read_like_a_path_and_stays_open(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", pcm(16), "PCM_16")
    with path.open("rb") as raw:
        with open_audio(raw, "song/a.wav") as stream:
            assert stream.name == "song/a.wav"
            assert np.array_equal(read_slice(stream, 5, 50), slice_of(path, 5, 50))
        assert not raw.closed


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
def test_a_full_scale_square_wave_has_zero_dbfs(dtype: Any) -> None:
    top = -(2.0 ** (8 * np.dtype(dtype).itemsize - 1)) if np.dtype(dtype).kind == "i" else -1.0
    assert rms_dbfs(np.full((64, 2), top).astype(dtype)) == pytest.approx(0, abs=1e-9)
    half = (np.full((64, 2), top) / 2).astype(dtype)
    assert rms_dbfs(half) == pytest.approx(-6.0206, abs=1e-4)


def test_silence_has_no_level() -> None:
    nothing = np.zeros((64, 1), np.int16)
    assert rms_dbfs(nothing) is None
    assert rms_dbfs(nothing[:0]) is None
    assert is_silent(nothing)


def test_silent_is_what_lies_below_the_threshold() -> None:
    samples = np.full((64, 1), 0.01, np.float64)  # -40 dBFS
    assert not is_silent(samples, -40.1)
    assert is_silent(samples, -39.9)


def test_a_file_that_ends_before_its_header_says_is_flagged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", pcm(16), "PCM_16")
    path.write_bytes(path.read_bytes()[:-400])
    assert probe_audio(path).flags == ("data_cut_short",)
    assert probe_audio(path).frames == 8_900


def test_a_damaged_flac_stream_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", pcm(16, 60_000), "PCM_16")
    raw = bytearray(path.read_bytes())
    raw[20_000:120_000] = bytes(100_000)
    path.write_bytes(raw)
    assert refused(path) in {"undecodable", "cut_short"}


def test_a_wav_without_frames_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "a.wav", np.zeros((0, 1)), "PCM_16")) == "no_frames"


def test_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"not audio at all " * 40)
    assert refused(path) == "not_audio"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    assert refused(path) == "lfs_pointer"


READ_ALL = """
import sys
from pathlib import Path
from hueset_builders.readers.audio import encode_flac, open_audio, read_blocks
from hueset.errors import InputError
for line in sys.stdin:
    path = Path(line.rstrip("\\n"))
    try:
        with open_audio(path) as stream:
            frames = sum(len(block) for block in read_blocks(stream))
            print(":", "ok", frames, *stream.info.flags, flush=True)
    except InputError as error:
        assert path.name in error.message, error.message
        print(":", error.reason, flush=True)
"""


def read_all(paths: list[Path]) -> dict[Path, list[str]]:
    """Read every file in another process, so that a C-level abort cannot end the tests."""
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL],
        input="".join(f"{path}\n" for path in paths),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    lines = done.stdout.splitlines()
    return {path: line.split()[1:] for path, line in zip(paths, lines, strict=True)}


def test_hostile_audio_is_read_or_refused_with_a_reason(data_dir: Path) -> None:
    folder = data_dir / "hostile"
    paths = [
        p
        for d in ("wav", "tagged_audio", "lfs_pointers", "os_junk")
        for p in sorted((folder / d).rglob("*"))
        if p.is_file()
    ]
    assert len(paths) > 130
    outcome = {path.name: state for path, state in read_all(paths).items()}
    assert len(outcome) == len(paths)
    wavs = [path.name for path in paths if path.suffix == ".wav"]
    refusals = {name for name in wavs if outcome[name][0] != "ok"}
    assert {outcome[name][0] for name in refusals} == {"not_audio"}
    assert {name for name in refusals if name.startswith(("crash-", "oom-"))} == {
        path.name for path in (folder / "wav/hound/fuzz").iterdir()
    }
    assert len(refusals) == 6 + 6  # the fuzzer's, two without data, four of 36 to 64 bits
    assert outcome["test-44100Hz-le-1ch-4bytes-early-eof.wav"] == ["ok", "236", "data_cut_short"]
    assert outcome["52-overwritten-metadata.flac"] == ["undecodable"]
    assert outcome["bad-xing.mp3"] == ["cut_short"]
    assert outcome["lame397v9short.mp3"] == ["length_unknown"]
    assert outcome["emptyfile.mp3"] == ["empty_file"]
    assert outcome["maestro-v2.0.0.csv"] == ["lfs_pointer"]
    assert outcome["._.DS_Store"] == ["finder_litter"]


def test_every_openly_licensed_file_loads_whole(data_dir: Path) -> None:
    suffixes = {".wav", ".flac", ".mp3", ".ogg", ".aif"}
    paths = sorted(p for p in (data_dir / "audio_open").rglob("*") if p.suffix in suffixes)
    assert len(paths) == 82
    outcome = read_all(paths)
    assert {state[0] for state in outcome.values()} == {"ok"}
