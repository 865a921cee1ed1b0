"""Where the mel kernel spends its time, how near the bare FFTs it is, what a second worker adds.

Measured and kept by `python -m benchmarks.mel`, on the file of that benchmark.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

KEPT = Path(__file__).parent / "mel.json"
RUNS = 20
WORKER_FILES = 4


def measure(path: Path) -> dict[str, Any]:
    """Return the least processor time in s of each part, and wall times with 1 and 2 workers."""
    import soundfile

    from hueset_builders.readers.mel import MelSettings, mel_windows, stream_audio

    settings, info = MelSettings(), soundfile.info(path)
    total_s = _least_cpu(lambda: _drain(mel_windows(path, settings)))
    stream_s = _least_cpu(lambda: _drain(stream_audio(path, settings.sample_rate_hz)))
    decode_s = _least_cpu(lambda: _drain(stream_audio(path, info.samplerate)))
    with _stopwatch() as spent:
        _drain(mel_windows(path, settings))
    parts = {"decode and mix": decode_s, "resample (soxr HQ)": stream_s - decode_s, **spent}
    parts["window, square, copies, and the rest"] = total_s - sum(parts.values())
    return {
        "audio_s": info.duration,
        "total_s": total_s,
        "parts": parts,
        "bare_ffts_s": _least_cpu(lambda: _bare_ffts(info.duration)),
        "workers": {workers: _with_workers(path, workers) for workers in ("1", "2")},
        "machine": machine(),
    }


def section(kept: dict[str, Any]) -> list[str]:
    """Return the lines of the page that tell the parts."""
    total_s, workers = kept["total_s"], kept["workers"]
    return [
        "",
        "## Where the mel kernel spends its time",
        "",
        f"{kept['audio_s'] / 60:.0f} min of 44.1 kHz stereo, processor time on one core, the least "
        f"of {RUNS}: `python -m benchmarks.mel`.",
        "",
        "| part | ms | share |",
        "|---|---|---|",
        *(
            f"| {name} | {spent * 1e3:.0f} | {spent / total_s:.0%} |"
            for name, spent in kept["parts"].items()
        ),
        f"| all | {total_s * 1e3:.0f} | |",
        "",
        f"The bare FFTs alone take {kept['bare_ffts_s'] * 1e3:.0f} ms "
        f"({kept['bare_ffts_s'] / total_s:.0%}). A core does {kept['audio_s'] / total_s:,.0f} "
        f"hours of audio in an hour. {WORKER_FILES} such files: one worker {workers['1']:.2f} s, "
        f"two {workers['2']:.2f} s, {workers['1'] / workers['2']:.2f} × as fast. "
        f"{kept['machine']}.",
    ]


def count_windows(path: Path) -> int:
    """Do one file in a worker."""
    from hueset_builders.readers.mel import MelSettings, mel_windows

    return sum(1 for _ in mel_windows(path, MelSettings()))


def _with_workers(path: Path, workers: str) -> float:
    with ProcessPoolExecutor(int(workers), mp_context=get_context("spawn")) as pool:
        list(pool.map(count_windows, [path] * int(workers)))
        return _least(lambda: list(pool.map(count_windows, [path] * WORKER_FILES)))


def _bare_ffts(audio_s: float) -> None:
    """Transform as many frames as the audio has, in blocks of the kernel's size."""
    import numpy as np
    from scipy.fftpack import rfft

    from hueset_builders.readers.mel import BLOCK_FRAMES, MelSettings

    settings = MelSettings()
    windows = round(audio_s / settings.window_s)
    block = np.zeros((BLOCK_FRAMES, settings.n_fft), np.float32)
    for _ in range(windows * settings.frames(settings.window_samples) // BLOCK_FRAMES):
        rfft(block, axis=1, overwrite_x=True)


def _drain(items: Iterable[Any]) -> None:
    for _ in items:
        pass


def _least_cpu(work: Callable[[], Any]) -> float:
    return _least(work, time.process_time)


def _least(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    times = []
    for _ in range(RUNS):
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


@contextmanager
def _stopwatch() -> Iterator[dict[str, float]]:
    """Measure three calls of the kernel while it runs as it is."""
    import numpy as np
    import scipy.fftpack

    from hueset_builders.readers import mel

    spent = {"FFT": 0.0, "mel": 0.0, "log": 0.0}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.process_time()
            result = function(*args, **kwargs)
            spent[name] += time.process_time() - start
            return result

        return call

    class TimedNumpy:
        matmul = staticmethod(timed("mel", np.matmul))
        log = staticmethod(timed("log", np.log))

        def __getattr__(self, name: str) -> Any:
            return getattr(np, name)

    rfft = scipy.fftpack.rfft
    mel.np, scipy.fftpack.rfft = TimedNumpy(), timed("FFT", rfft)
    try:
        yield spent
    finally:
        mel.np, scipy.fftpack.rfft = np, rfft
