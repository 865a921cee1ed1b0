from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from hueset.errors import InputError
from hueset_builders.readers.mel import (
    FLOOR_DB,
    LogMel,
    MelSettings,
    mel_bank,
    mel_windows,
    stream_audio,
)

pytestmark = pytest.mark.filterwarnings(
    # librosa's own reader of other formats imports modules that Python will drop.
    "ignore:.*slated for removal:DeprecationWarning"
)
librosa: Any = pytest.importorskip("librosa")
SETTINGS = MelSettings()
RNG = np.random.default_rng(3)
LARGEST_DB = 0.005
RATE = 32_000
REPO = Path(__file__).parents[4]


def sound(seconds: float, rate: int, channels: int) -> Any:
    """Chords over noise that get softer, in [-1, 1]."""
    time_s = np.arange(int(seconds * rate)) / rate
    tones = sum(np.sin(2 * np.pi * hz * time_s) for hz in (110, 440, 1_760, 5_000))
    noise = RNG.normal(0, 0.02, (len(time_s), channels))
    return 0.1 * (tones * np.exp(-time_s / 5))[:, np.newaxis] + noise


def write(path: Path, samples: Any, rate: int = 44_100, subtype: str = "PCM_16") -> Path:
    sf.write(path, samples, rate, subtype=subtype)
    return path


def truth(samples: Any) -> Any:
    """What librosa says, with the reference and floor that the kernel states."""
    mel = librosa.feature.melspectrogram(
        y=samples, sr=16_000, n_fft=1024, hop_length=256, n_mels=64
    )
    return librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None)


def apart_db(ours: Any, theirs: Any) -> float:
    """The largest difference above the floor, which lies 80 dB below the loudest value."""
    assert ours.shape == theirs.shape
    return float(np.where(theirs > theirs.max() - 80, np.abs(ours - theirs), 0).max())


def windows_of_librosa(path: Path) -> list[Any]:
    samples, _ = librosa.load(path, sr=16_000)
    return [truth(samples[at : at + 80_000]) for at in range(0, len(samples), 80_000)]


def assert_equals_librosa(path: Path) -> None:
    ours, theirs = list(mel_windows(path, SETTINGS)), windows_of_librosa(path)
    assert len(ours) == len(theirs), path
    loudest = max(mel.max() for mel in theirs)
    for one, mel in zip(ours, theirs, strict=True):
        assert one.mel.shape == mel.shape, path
        above = mel > loudest - 80
        assert np.abs(one.mel - mel)[above].max(initial=0) <= LARGEST_DB, path


def test_the_bank_is_librosas_to_the_last_bit() -> None:
    theirs = librosa.filters.mel(sr=16_000, n_fft=1024, n_mels=64)
    assert mel_bank(SETTINGS).dtype == np.float32
    np.testing.assert_array_equal(mel_bank(SETTINGS), theirs)
    other = MelSettings(sample_rate_hz=44_100, bands=128, n_fft=2048)
    theirs = librosa.filters.mel(sr=44_100, n_fft=2048, n_mels=128)
    np.testing.assert_array_equal(mel_bank(other), theirs)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_windows_equal_librosa_on_the_whole_file(tmp_path: Path, rate: int, channels: int) -> None:
    assert_equals_librosa(write(tmp_path / "in.wav", sound(11.3, rate, channels), rate))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_any_sample_format_equals_librosa(tmp_path: Path, subtype: str) -> None:
    assert_equals_librosa(write(tmp_path / "in.wav", sound(6, 44_100, 2), subtype=subtype))


def test_a_whole_file_at_once_equals_librosa_too(tmp_path: Path) -> None:
    path = write(tmp_path / "in.wav", sound(13, 44_100, 2))
    samples, _ = librosa.load(path, sr=16_000)
    ours = np.concatenate([np.array(block) for block in stream_audio(path, 16_000)])
    np.testing.assert_allclose(ours, samples, atol=2e-7)
    assert apart_db(LogMel(SETTINGS)(ours), truth(samples)) <= LARGEST_DB


@pytest.mark.parametrize("rate", [11_025, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("frames", [1, 2, 3, 100, 44_101, 65_537])
def test_a_resampled_file_has_as_many_samples_as_librosa_says(
    tmp_path: Path, rate: int, frames: int
) -> None:
    path = write(tmp_path / "in.wav", RNG.normal(0, 0.1, frames), rate)
    samples, _ = librosa.load(path, sr=16_000)
    ours = np.concatenate([np.array(block) for block in stream_audio(path, 16_000)])
    assert len(ours) == len(samples)
    np.testing.assert_allclose(ours, samples, atol=1e-6)


def test_windows_are_cut_after_the_whole_stream_was_resampled(tmp_path: Path) -> None:
    """Loading a window by itself resamples its edges apart, which is what must not happen."""
    path = write(tmp_path / "in.wav", sound(10, 44_100, 1))
    second = list(mel_windows(path, SETTINGS))[1].mel
    alone, _ = librosa.load(path, sr=16_000, offset=5.0, duration=5.0)
    assert np.abs(second - truth(alone)).max() > 0.1
    assert apart_db(second, windows_of_librosa(path)[1]) <= LARGEST_DB


def test_every_openly_licensed_file_equals_librosa(data_dir: Path) -> None:
    suffixes = {".wav", ".aif", ".mp3", ".ogg", ".flac"}
    files = [path for path in (data_dir / "audio_open").rglob("*") if path.suffix in suffixes]
    assert len(files) == 82
    for path in sorted(files):
        assert_equals_librosa(path)


@pytest.mark.parametrize("samples", [1, 255, 256, 257, 79_999, 80_000, 80_001, 160_000])
def test_frames_are_one_and_a_floor_of_hops(tmp_path: Path, samples: int) -> None:
    path = write(tmp_path / "in.wav", RNG.normal(0, 0.1, samples), 16_000)
    windows = list(mel_windows(path, SETTINGS))
    assert [one.samples for one in windows] == [
        min(80_000, samples - at) for at in range(0, samples, 80_000)
    ]
    for one in windows:
        assert one.mel.shape == (64, 1 + one.samples // 256)
        assert one.mel.dtype == np.float32
        assert one.start_s == one.index * 5.0
        assert one.end_s == pytest.approx(one.start_s + one.samples / 16_000)


def test_a_call_leaves_nothing_behind_in_the_buffers() -> None:
    kernel = LogMel(SETTINGS)
    long, short = RNG.normal(0, 0.5, 90_000), RNG.normal(0, 0.5, 700)
    fresh = LogMel(SETTINGS)(short.astype(np.float32))
    kernel(long.astype(np.float32))
    np.testing.assert_array_equal(kernel(short.astype(np.float32)), fresh)


def test_silence_is_the_floor(tmp_path: Path) -> None:
    window = next(mel_windows(write(tmp_path / "in.wav", np.zeros(9_000)), SETTINGS))
    assert np.all(window.mel == FLOOR_DB)


def test_an_open_stream_gives_the_same_as_its_file(tmp_path: Path) -> None:
    path = write(tmp_path / "in.wav", sound(7, 44_100, 2))
    from_file = [one.mel for one in mel_windows(path, SETTINGS)]
    from_stream = [one.mel for one in mel_windows(io.BytesIO(path.read_bytes()), SETTINGS)]
    for left, right in zip(from_file, from_stream, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_values_do_not_depend_on_where_reads_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int, subtype: str
) -> None:
    path = write(tmp_path / "in.wav", sound(7, 44_100, channels), subtype=subtype)
    usual = [one.mel for one in mel_windows(path, SETTINGS)]
    monkeypatch.setattr("hueset_builders.readers.mel.READ_FRAMES", 5_001)
    monkeypatch.setattr("hueset_builders.readers.mel.MIX_FRAMES", 777)
    for left, right in zip(usual, mel_windows(path, SETTINGS), strict=True):
        np.testing.assert_array_equal(left, right.mel)


def test_a_value_that_is_not_finite_is_refused_with_its_place(tmp_path: Path) -> None:
    samples = np.zeros(100_000, np.float32)
    samples[80_000] = np.nan
    path = write(tmp_path / "in.wav", samples, 16_000, subtype="FLOAT")
    with pytest.raises(InputError, match=r"in\.wav: a sample near 4\.096 s") as caught:
        list(mel_windows(path, SETTINGS))
    assert caught.value.reason == "not_finite"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty_file"), (b"RIFF0000WAVEjunk", "not_audio")]
)
def test_what_is_no_audio_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"in\.wav") as caught:
        list(mel_windows(path, SETTINGS))
    assert caught.value.reason == reason


def test_audio_cut_under_an_intact_header_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "in.wav", np.ones(100_000, np.float32), 16_000)
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(InputError, match=r"in\.wav: its header promises more") as caught:
        list(mel_windows(path, SETTINGS))
    assert caught.value.reason == "cut_short"


def test_a_file_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        list(mel_windows(write(tmp_path / "in.wav", np.zeros(0)), SETTINGS))
    assert caught.value.reason == "no_frames"


def test_hostile_audio_gives_windows_or_a_named_error(data_dir: Path) -> None:
    read = refused = 0
    for folder in ("wav", "tagged_audio"):
        for path in sorted((data_dir / "hostile" / folder).rglob("*.*")):
            try:
                for window in mel_windows(path, SETTINGS):
                    assert np.isfinite(window.mel).all(), path
                read += 1
            except InputError as error:
                assert path.name in error.message
                refused += 1
    assert read > 50
    assert refused > 20


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from Linux's /proc")
def test_an_hour_uses_less_than_300_mb(tmp_path: Path) -> None:
    path = write(tmp_path / "hour.wav", np.zeros(0), RATE)
    head = bytearray(path.read_bytes())
    data = head.index(b"data")
    size = 3600 * RATE * 2
    head[4:8] = (len(head) - 8 + size).to_bytes(4, "little")
    head[data + 4 : data + 8] = size.to_bytes(4, "little")
    path.write_bytes(head)
    os.truncate(path, len(head) + size)
    code = (
        "import sys; from pathlib import Path; "
        "from hueset_builders.readers.mel import MelSettings, mel_windows; "
        "print(sum(1 for _ in mel_windows(Path(sys.argv[1]), MelSettings()))); "
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    environment = {**os.environ, "PYTHONPATH": f"{REPO / 'src'}{os.pathsep}{REPO}"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    windows, peak_kb = map(int, done.stdout.split())
    assert windows == 720
    assert peak_kb < 300_000
