"""Builds a corpus of stems at true lengths and reports speed, memory and size as ratios.

    python -m benchmarks.chromatic [--songs 10] [--tracks 16] [--minutes 3.5] [--stems 160]
        [--recordings DIR]

Keeps the measurements beside the other results and writes the page again.

The stems are made here: plucked notes that ring out, 44.1 kHz, 24 bits, mono, each track resting
for part of the song, as stems of a record do. Every second stem is "recorded" (white noise at
-84 dBFS while it sounds), the others are "played in the box" (dither alone). Compared are the forms
in which such segments are published: raw float32 in a column, WAV, and FLAC as written here.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import soundfile as sf
import yaml

from benchmarks.harness import machine
from builders.audio import encode_flac, is_silent, open_audio, read_blocks
from hueset.clips import Clips
from hueset.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

REPO = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "chromatic.json"
RATE = 44_100
TEMPO_BPM = 120
LETTERS = "ZROYGBIV"
FLOORS_DBFS = (-84.0, -141.0)


@dataclass(frozen=True)
class Run:
    """One build, as a command of its own."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    told: dict[str, Any]


def make_corpus(folder: Path, songs: int, tracks: int, minutes: float, stems: int) -> float:
    """Write songs with manifest, lyrics and stems; returns seconds of stem audio.

    Beyond so many different stems, files are second names of earlier ones.
    """
    made: list[Path] = []
    links = 0
    length_s = minutes * 60
    for number in range(songs):
        album, track = number % 8 + 1, number // 8 + 1
        song = f"{album:02}_{track:02}"
        place = folder / song
        place.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(number)
        edges = [round(length_s * part / 8) for part in range(9)]
        manifest = {
            "bpm": TEMPO_BPM, "manifest_id": song, "tempo": "4/4", "key": "A minor",
            "rainbow_color": LETTERS[album - 1], "title": f"Song {number}",
            "release_date": "2026-01-01", "album_sequence": track,
            "main_audio_file": f"{song}_main.wav", "TRT": stamp(length_s), "vocals": True,
            "lyrics": True, "mood": ["calm"], "genres": ["electronic"], "sounds_like": [],
            "lrc_file": f"{song}.lrc", "concept": f"A door in room {number}.",
            "audio_origin": "synthesised",
            "structure": [
                {"section_name": f"Part {at + 1}", "start_time": stamp(edges[at]),
                 "end_time": stamp(edges[at + 1]), "description": "part"}
                for at in range(8)
            ],
            "audio_tracks": [
                {"id": one + 1, "description": "stem", "audio_file": f"{song}_{one + 1:02}.wav"}
                for one in range(tracks)
            ],
        }  # fmt: skip
        (place / f"{song}.yml").write_text(yaml.safe_dump(manifest))
        lines = [f"[{int(at) // 60:02}:{at % 60:06.3f}] la {at:.0f}" for at in
                 np.arange(10.3, length_s - 12, 6.137)]  # fmt: skip
        (place / f"{song}.lrc").write_text("\n".join(lines))
        for one in range(tracks):
            path = place / f"{song}_{one + 1:02}.wav"
            if len(made) < stems:
                sf.write(path, stem(rng, length_s, FLOORS_DBFS[one % 2]), RATE, subtype="PCM_24")
                made.append(path)
            else:
                path.hardlink_to(made[links % stems])
                links += 1
    return songs * tracks * length_s


def stamp(time_s: float) -> str:
    """Write a time in milliseconds."""
    return f"[{int(time_s) // 60:02}:{time_s % 60:06.3f}]"


def stem(rng: np.random.Generator, length_s: float, floor_dbfs: float) -> NDArray[np.float64]:
    """Return plucked notes on the beat in three of four eighths of the song, peak about -9 dB."""
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


def plan(corpus: Path, store: Path) -> None:
    """Run `hueset plan chromatic`, which hashes the sources."""
    _hueset("plan", "chromatic", "--json", "--source", f"corpus={corpus}", "--out", str(store))


def build(corpus: Path, store: Path, workers: int) -> Run:
    """Run `hueset build chromatic` and measure it from outside."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    told = _hueset(
        "build", "chromatic", "--json", "--source", f"corpus={corpus}", "--out", str(store),
        "--workers", str(workers),
    )  # fmt: skip
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall_s, cpu_s, after.ru_maxrss / 1024, told)


def _hueset(*arguments: str) -> dict[str, Any]:
    path = os.pathsep.join([str(REPO / "src"), str(REPO), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "hueset", *arguments],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def sizes(version: Path) -> dict[str, float]:
    """Return bytes of the media as FLAC, as WAV of 24 bits and as raw float32, and segments."""
    flac = frames = count = 0
    for path in sorted((version / "data" / "media").glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=20, columns=["audio", "audio_frames"]):
                for row in batch.to_pylist():
                    if row["audio"]:
                        flac += len(row["audio"]["bytes"])
                        frames += row["audio_frames"]
                        count += 1
    return {"flac": flac, "wav": frames * 3, "float32": frames * 4, "segments": count}


def scalar_query_ms(version: Path, rows: int = 12_000) -> float:
    """Return the median time of a grouped query over so many rows of `segments`."""
    import duckdb

    files = [str(path) for path in sorted((version / "data" / "segments").glob("*.parquet"))]
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE s AS SELECT t.* FROM read_parquet($f) t, range(1000) LIMIT $n",
            {"f": files, "n": rows},
        )
        target = version.parent / "benchmark-segments.parquet"
        con.execute(f"COPY s TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        query = (
            f"SELECT colour, section_name, count(*), avg(rms_dbfs), avg(duration_s) "
            f"FROM '{target}' WHERE duration_s > 2 GROUP BY ALL ORDER BY ALL"
        )
        times = []
        for _ in range(20):
            began = time.perf_counter()
            con.execute(query).fetchall()
            times.append((time.perf_counter() - began) * 1000)
        target.unlink()
    return median(times)


def random_segment_ms(store: Path, tries: int = 200) -> dict[str, float]:
    """Return median times, warm: to one segment's audio by its id, the same decoded, and by SQL."""
    import duckdb

    version = Store(store).version("chromatic")
    times: dict[str, list[float]] = {"bytes": [], "samples": [], "sql": []}
    with Clips(version, "media", "audio") as clips, duckdb.connect() as con:
        chosen = random.Random(7).sample(sorted(clips), min(tries, len(clips)))
        chosen = [name for name in chosen if clips[name]]
        files = [str(path) for path in version.files("media")]
        con.read_parquet(files).create_view("media")
        for name in [*chosen, *chosen]:  # the second time it is warm
            began = time.perf_counter()
            data = clips[name] or b""
            times["bytes"].append((time.perf_counter() - began) * 1000)
            sf.read(io.BytesIO(data), dtype="int32")
            times["samples"].append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            con.execute("SELECT audio.bytes FROM media WHERE segment_id = ?", [name]).fetchall()
            times["sql"].append((time.perf_counter() - began) * 1000)
    return {what: median(spent[len(spent) // 2 :]) for what, spent in times.items()}


def measure(corpus: Path, folder: Path, audio_s: float, songs: int) -> dict[str, Any]:
    """Build with one worker, with one song changed, and with two; then read. Sources are hashed."""
    plan(corpus, folder / "one")
    one = build(corpus, folder / "one", 1)
    manifest = corpus / "01_01" / "01_01.yml"
    manifest.write_text(manifest.read_text().replace("Song 0", "Song zero"))
    again = build(corpus, folder / "one", 1)
    shutil.rmtree(folder / "one")
    two = build(corpus, folder / "two", 2)
    version = folder / "two" / "chromatic" / two.told["version"]
    size = sizes(version)
    return {
        "machine": machine(),
        "songs": songs,
        "audio_s": audio_s,
        "one_s": one.wall_s,
        "one_cpu_s": one.cpu_s,
        "peak_mb": max(one.peak_mb, two.peak_mb),
        "two_s": two.wall_s,
        "changed_s": again.wall_s,
        "segments": size["segments"],
        **{form: size[form] / size["segments"] for form in ("flac", "wav", "float32")},
        "scalar_ms": scalar_query_ms(version),
        **{f"{what}_ms": spent for what, spent in random_segment_ms(folder / "two").items()},
    }


def recordings(folder: Path) -> list[dict[str, float]]:
    """Return, by bit depth, how much of real recordings is heard, and float32 over FLAC of it."""
    seconds: dict[int, float] = defaultdict(float)
    bytes_of: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    bits_of = {"PCM_16": 16, "PCM_24": 24}
    paths = sorted(path for kind in ("wav", "flac", "aif*") for path in folder.rglob(f"*.{kind}"))
    for path in paths:
        with open_audio(path) as stream:
            bits = bits_of.get(stream.info.subtype)
            rate = stream.info.sample_rate
            for samples in read_blocks(stream, block_frames=6 * rate) if bits else ():
                if bits and len(samples) > rate // 2 and not is_silent(samples):
                    bytes_of[bits][0] += samples.size * 4
                    bytes_of[bits][1] += len(encode_flac(samples, rate).data)
                    seconds[bits] += len(samples) / rate
    return [
        {"bits": bits, "seconds": seconds[bits], "ratio": plain / flac}
        for bits, (plain, flac) in sorted(bytes_of.items())
    ]


def section(kept: Mapping[str, Any]) -> list[str]:
    """Return the lines of the page that tell what was measured."""
    audio_s, one = kept["audio_s"], kept["one_s"]
    rows = [
        ("build, one worker", f"{one:.0f} s, {audio_s / one:.0f} × real time"),
        ("build, two workers", f"{kept['two_s']:.0f} s, {one / kept['two_s']:.2f} × one worker"),
        (
            f"1 of {kept['songs']} songs changed",
            f"{kept['changed_s']:.1f} s, {kept['changed_s'] / one:.1%} of the whole",
        ),
        ("peak memory of a process", f"{kept['peak_mb']:.0f} MB"),
        *(
            (f"bytes of a segment as {form}", f"{kept[form]:,.0f}, {kept[form] / kept['flac']:.2f}")
            for form in ("flac", "wav", "float32")
        ),
        ("grouped query over 12,000 rows of segments", f"{kept['scalar_ms']:.1f} ms"),
        ("one segment's audio by its id, `Clips`", f"{kept['bytes_ms']:.2f} ms"),
        ("the same, decoded", f"{kept['samples_ms']:.2f} ms"),
        ("the same bytes by SQL in DuckDB", f"{kept['sql_ms']:.1f} ms"),
    ]
    return [
        "",
        "## The chromatic corpus",
        "",
        f"{kept['songs']} songs, {audio_s / 60:,.0f} minutes of stems that "
        "`python -m benchmarks.chromatic` makes: 44.1 kHz, 24 bits, every second one with a noise "
        "floor of -84 dBFS. Sources are hashed before.",
        "",
        "| what | measured |",
        "|---|---|",
        *(f"| {what} | {told} |" for what, told in rows),
        "",
        "White noise at -84 dBFS in 24 bits holds 11 bits a sample that no lossless codec takes "
        "out, so a stem with that floor stays above a third of float32 while it sounds.",
        *(
            f"Of real recordings of {one['bits']} bits ({one['seconds']:,.0f} s at -40 dBFS or "
            f"louder) float32 is {one['ratio']:.1f} times as large as FLAC."
            for one in kept["recordings"]
        ),
        f"{kept['machine']}.",
    ]


def main() -> None:
    """Measure, keep, and write the page again."""
    from benchmarks.__main__ import write_page

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--songs", type=int, default=10)
    asked.add_argument("--tracks", type=int, default=16)
    asked.add_argument("--minutes", type=float, default=3.5)
    asked.add_argument("--stems", type=int, default=160, help="different stems; others repeat them")
    asked.add_argument("--folder", type=Path, help="where the corpus is made, for a while")
    asked.add_argument("--recordings", type=Path, help="real audio, to weigh FLAC on")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        root = Path(name)
        audio_s = make_corpus(
            root / "corpus", given.songs, given.tracks, given.minutes, given.stems
        )
        kept = measure(root / "corpus", root, audio_s, given.songs)
    kept["recordings"] = recordings(given.recordings) if given.recordings else []
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    write_page()
    print("\n".join(section(kept)))


if __name__ == "__main__":
    main()
