"""Builds a corpus of stems at true lengths and reports speed, memory and size as ratios.

    python -m benchmarks.chromatic [--songs 10] [--tracks 16] [--minutes 3.5] [--folder DIR]

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
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import soundfile as sf
import yaml

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPO = Path(__file__).parents[1]
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


def make_corpus(folder: Path, songs: int, tracks: int, minutes: float) -> float:
    """Write songs with manifest, lyrics and stems; returns seconds of stem audio."""
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
            sf.write(path, stem(rng, length_s, FLOORS_DBFS[one % 2]), RATE, subtype="PCM_24")
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


def build(corpus: Path, store: Path, workers: int) -> Run:
    """Run `hueset build chromatic` and measure it from outside."""
    path = os.pathsep.join([str(REPO / "src"), str(REPO), os.environ.get("PYTHONPATH", "")])
    command = [
        sys.executable, "-m", "hueset", "build", "chromatic", "--json", "--source",
        f"corpus={corpus}", "--out", str(store), "--workers", str(workers),
    ]  # fmt: skip
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    wall_s = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall_s, cpu_s, after.ru_maxrss / 1024, json.loads(done.stdout))


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


def random_segment_ms(version: Path, tries: int = 40) -> dict[str, float]:
    """Return median times, warm: to find one segment's audio by its id, and with its decoding."""
    places: dict[str, tuple[Path, int]] = {}
    for path in sorted((version / "data" / "media").glob("*.parquet")):
        table = pq.read_table(path, columns=["segment_id", "audio_frames"])
        ids, frames = (table[name].to_pylist() for name in ("segment_id", "audio_frames"))
        places |= {ids[at]: (path, at) for at in range(len(ids)) if frames[at]}
    chosen = random.Random(7).sample(sorted(places), min(tries, len(places)))
    found, decoded = [], []
    for name in [*chosen, *chosen]:
        began = time.perf_counter()
        data = pick(*places[name])
        found.append((time.perf_counter() - began) * 1000)
        sf.read(io.BytesIO(data), dtype="int32")
        decoded.append((time.perf_counter() - began) * 1000)
    half = len(chosen)
    return {"bytes": median(found[half:]), "samples": median(decoded[half:])}


def pick(path: Path, row: int) -> bytes:
    """Read the audio of one row: its row group is found by the metadata, the rest is not read."""
    with pq.ParquetFile(path, memory_map=True) as file:
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if row < rows:
                batches = file.iter_batches(1, row_groups=[group], columns=["audio.bytes"])
                for at, batch in enumerate(batches):
                    if at == row:
                        return bytes(batch["audio"][0].as_py()["bytes"])
            row -= rows
    message = f"{path.name} has no such row"
    raise LookupError(message)


def main() -> None:
    """Print the measurements."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--songs", type=int, default=10)
    asked.add_argument("--tracks", type=int, default=16)
    asked.add_argument("--minutes", type=float, default=3.5)
    asked.add_argument("--folder", type=Path)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        root = Path(name)
        audio_s = make_corpus(root / "corpus", given.songs, given.tracks, given.minutes)
        print(f"{given.songs} songs x {given.tracks} stems, {audio_s / 60:.0f} min of audio")
        one = build(root / "corpus", root / "one", 1)
        print(f"1 worker    {one.wall_s:7.1f} s  {audio_s / one.wall_s:6.0f} x real time")
        print(f"  processor {one.cpu_s:7.1f} s  {audio_s / one.cpu_s:6.0f} x real time")
        print(f"peak memory {one.peak_mb:7.0f} MB")
        two = build(root / "corpus", root / "two", 2)
        print(f"2 workers   {two.wall_s:7.1f} s  {one.wall_s / two.wall_s:6.2f} x one worker")
        manifest = root / "corpus" / "01_01" / "01_01.yml"
        manifest.write_text(manifest.read_text().replace("Song 0", "Song zero"))
        again = build(root / "corpus", root / "one", 1)
        share = again.wall_s / one.wall_s
        print(f"1 changed   {again.wall_s:7.1f} s  {share:6.1%} of the whole")
        version = root / "one" / "chromatic" / one.told["version"]
        size = sizes(version)
        per = {form: size[form] / size["segments"] for form in ("flac", "wav", "float32")}
        print(f"media       {size['segments']:.0f} segments with sound; bytes a segment:")
        for form, count in per.items():
            print(f"  {form:<9} {count:12,.0f}  {count / per['flac']:5.2f} x FLAC")
        print(
            f"scalars     {scalar_query_ms(version):7.1f} ms over 12,000 rows, no audio file open"
        )
        times = random_segment_ms(version)
        print(f"one segment {times['bytes']:7.2f} ms to its bytes, {times['samples']:.2f} decoded")


if __name__ == "__main__":
    main()
