"""The mel kernel against librosa and torch.stft: `python -m benchmarks.mel`.

Ten minutes of 44.1 kHz stereo become 120 windows of 64 × 313, on one thread. The baseline is what
people write: `librosa.load` of the whole file, then `melspectrogram` and `power_to_db` for each
window, which makes the mel bank anew each time. Two others are told too, though their values differ
at the edges of windows: one `melspectrogram` of the whole file, which is gentler, and loading each
window by itself.

Run by itself, this module also measures the parts of the time (`benchmarks.mel_parts`). It ends
with 1 if results disagree.
"""

from __future__ import annotations

import json
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Work, machine, measure
from hueset.threads import one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTES = 10
RATE = 44_100
LARGEST_DB = 0.005
"""How far results may be apart above the floor, 80 dB below the loudest value."""
EDGE_FRAMES = 8
"""Frames at each edge of a window that was loaded by itself, which differ by nature."""


def _make(folder: Path) -> None:
    """Write ten minutes of chords over noise, loud and soft, as 16-bit stereo WAV."""
    import numpy as np
    import soundfile

    rng = np.random.default_rng(20181029)
    time_s = np.arange(RATE * 5) / RATE
    with soundfile.SoundFile(folder / "in.wav", "w", RATE, 2, "PCM_16") as file:
        for _ in range(MINUTES * 12):
            tones = rng.uniform(60, 9000, (8, 1)) * time_s * 2 * np.pi
            chord = (np.sin(tones) * rng.uniform(0, 0.08, (8, 1))).sum(axis=0)
            noise = rng.normal(0, rng.uniform(0.0005, 0.02), (2, len(time_s)))
            fade = np.exp(-time_s * rng.uniform(0, 2))
            file.write((chord * fade + noise).T.clip(-1, 1))


def ours(folder: Path) -> Callable[[], Any]:
    """Stream the file through the kernel."""
    one_blas_thread()

    from hueset_builders.readers.mel import MelSettings, mel_windows

    path, settings = folder / "in.wav", MelSettings()
    next(mel_windows(path, settings))

    def work() -> Any:
        return _kept(folder / "ours.npy", [one.mel for one in mel_windows(path, settings)])

    return work


def librosa_whole(folder: Path) -> Callable[[], Any]:
    """Load the whole file with librosa, then transform each window."""
    one_blas_thread()
    import librosa
    import numpy as np

    _librosa_mel(np.zeros(8000, np.float32))

    def work() -> Any:
        samples, _ = librosa.load(folder / "in.wav", sr=16_000)
        windows = [_librosa_mel(samples[at : at + 80_000]) for at in range(0, len(samples), 80_000)]
        return _kept(folder / "whole.npy", windows)

    return work


def librosa_once(folder: Path) -> Callable[[], Any]:
    """Load and transform the whole file at once; the frames fit every second window."""
    one_blas_thread()
    import librosa
    import numpy as np

    _librosa_mel(np.zeros(8000, np.float32))

    def work() -> Any:
        samples, _ = librosa.load(folder / "in.wav", sr=16_000)
        mel = _librosa_mel(samples)

        def kept() -> dict[str, Any]:
            windows = [mel[:, at : at + 313] for at in range(0, MINUTES * 60 * 125 // 2, 625)]
            return {**_kept(folder / "once.npy", windows)(), "edges": "apart", "every": 2}

        return kept

    return work


def librosa_segments(folder: Path) -> Callable[[], Any]:
    """Load each window with librosa by itself."""
    one_blas_thread()
    import librosa
    import numpy as np

    _librosa_mel(np.zeros(8000, np.float32))

    def work() -> Any:
        windows = []
        for at in range(MINUTES * 12):
            samples, _ = librosa.load(folder / "in.wav", sr=16_000, offset=at * 5.0, duration=5.0)
            windows.append(_librosa_mel(samples))
        return lambda: {**_kept(folder / "segments.npy", windows)(), "edges": "apart"}

    return work


def torch_stft(folder: Path) -> Callable[[], Any]:
    """Read with soundfile, resample with soxr as a whole, transform with torch.stft."""
    one_blas_thread()
    import soundfile
    import soxr
    import torch

    from hueset_builders.readers.mel import MelSettings, mel_bank

    torch.set_num_threads(1)
    bank, hann = torch.from_numpy(mel_bank(MelSettings())), torch.hann_window(1024)

    def work() -> Any:
        stereo, rate = soundfile.read(folder / "in.wav", dtype="float32")
        samples = soxr.resample(stereo.mean(axis=1), rate, 16_000)
        windows = []
        for at in range(0, len(samples), 80_000):
            spectrum = torch.stft(
                torch.from_numpy(samples[at : at + 80_000]),
                1024,
                256,
                window=hann,
                pad_mode="constant",
                return_complex=True,
            )
            power = torch.matmul(bank, spectrum.abs() ** 2)
            windows.append((10 * torch.log10(torch.clamp(power, min=1e-10))).numpy())
        return _kept(folder / "torch.npy", windows)

    return work


def _librosa_mel(samples: Any) -> Any:
    import librosa

    mel = librosa.feature.melspectrogram(
        y=samples, sr=16_000, n_fft=1024, hop_length=256, n_mels=64
    )
    return librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None)


def _kept(path: Path, windows: list[Any]) -> Callable[[], dict[str, Any]]:
    """Return what puts the windows down to be compared, which is no part of the work."""

    def keep() -> dict[str, Any]:
        import numpy as np

        np.save(path, np.stack(windows))
        return {"path": str(path)}

    return keep


def _same(mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    import numpy as np

    left, right = np.load(mine["path"])[:: theirs.get("every", 1)], np.load(theirs["path"])
    if left.shape != right.shape:
        message = f"the shapes differ: {left.shape} and {right.shape}"
        raise ValueError(message)
    apart = np.where(right > right.max() - 80, np.abs(left - right), 0)
    edges = "edges" in theirs
    worst = float((apart[:, :, EDGE_FRAMES:-EDGE_FRAMES] if edges else apart).max())
    if not worst <= LARGEST_DB:
        message = f"the values are up to {worst} dB apart, at most {LARGEST_DB} are allowed"
        raise ValueError(message)
    told = f"{left.shape[0]} windows to {worst:.4f} dB"
    return f"{told}, but {apart.max():.1f} dB at the edges of windows" if edges else told


PEERS = {
    "librosa, whole file": "benchmarks.mel:librosa_whole",
    "librosa, whole file, one melspectrogram": "benchmarks.mel:librosa_once",
    "librosa, per segment": "benchmarks.mel:librosa_segments",
}
if find_spec("torch"):
    PEERS["soundfile + soxr + torch.stft"] = "benchmarks.mel:torch_stft"

WORKS = (
    Work(
        name="mel.windows",
        title=f"Mel: {MINUTES} min of 44.1 kHz stereo → {MINUTES * 12} windows of 64 × 313",
        make=_make,
        ours="benchmarks.mel:ours",
        peers=PEERS,
        same=_same,
        packages=("librosa", "numpy", "scipy", "soxr", "soundfile"),
        rounds=21,
    ),
)


def main() -> int:
    """Compare, measure the parts, print both and keep them."""
    from benchmarks import mel_parts
    from benchmarks.__main__ import keep_rows, write_page

    one_blas_thread()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            rows = measure(WORKS[0], folder)
        except ValueError as error:
            print(f"results disagree: {error}", file=sys.stderr)
            return 1
        parts = mel_parts.measure(folder / "in.wav")
    keep_rows(WORKS[0], rows)
    mel_parts.KEPT.write_text(json.dumps(parts, indent=1) + "\n")
    write_page()
    print(machine())
    print(rows[0].title)
    for row in rows:
        print(
            f"  {row.peer}: {1 / row.ratio:.1f} × our time "
            f"({1 / row.high:.1f}–{1 / row.low:.1f} over {row.rounds} rounds), "
            f"{_times(row.cpu_ratio)} × our processor time "
            f"({_times(row.cpu_high)}–{_times(row.cpu_low)}), equal: {row.equal}"
        )
    print(f"  peak memory: ours {rows[0].ours_mb:.0f} MB, librosa {rows[0].peer_mb:.0f} MB")
    print("\n".join(mel_parts.section(parts)))
    return 0


def _times(ratio: float | None) -> str:
    return "?" if ratio is None else f"{1 / ratio:.1f}"


if __name__ == "__main__":
    sys.exit(main())
