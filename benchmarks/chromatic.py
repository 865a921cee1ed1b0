"""Builds a corpus of stems at true lengths and reports speed, memory and size as ratios.

    python -m benchmarks.chromatic [--part media --part incremental --part workers --part clips]
        [--songs 84] [--tracks 4] [--minutes 2] [--stems 160] [--recordings DIR] [--real DIR]

`media` builds with one worker and weighs what it wrote, `incremental` changes one song, `workers`
builds with two, `clips` reads. What is measured is kept beside the other results, each part with
its own sizes, and the page is written again. With `--recordings` the stems (see `benchmarks.stems`)
are made once and kept there. Compared are the forms in which such segments are published: raw
float32 in a column, WAV, and FLAC as written here.
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
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import soundfile as sf
import yaml

from benchmarks.harness import machine
from benchmarks.stems import FLOORS_DBFS, TEMPO_BPM, make_stems
from hueset.store.media import open_media
from hueset.store.store import VersionStore
from hueset_builders.readers.audio import encode_flac, is_silent, open_audio, read_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REPO = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "chromatic.json"
PARTS = ("media", "incremental", "workers", "clips")
LETTERS = "ZROYGBIV"
LEVELS = (0.625, 0.875, 1.0)
"""Of FLAC, as libsndfile counts them: 5 of 8 is usual, 7 is ours, 8 is the last."""


@dataclass(frozen=True)
class Run:
    """One build, as a command of its own."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    told: dict[str, Any]


def make_corpus(
    folder: Path, recordings: Sequence[Path], songs: int, tracks: int, minutes: float
) -> float:
    """Write songs with manifest, lyrics and stems in turn; returns seconds of audio."""
    length_s = minutes * 60
    for number in range(songs):
        album, track = number % 8 + 1, number // 8 + 1
        song = f"{album:02}_{track:02}"
        place = folder / song
        place.mkdir(parents=True, exist_ok=True)
        edges = [round(length_s * part / 8) for part in range(9)]
        manifest = {
            "bpm": TEMPO_BPM,
            "manifest_id": song,
            "tempo": "4/4",
            "key": "A minor",
            "rainbow_color": LETTERS[album - 1],
            "title": f"Song {number}",
            "release_date": "2026-01-01",
            "album_sequence": track,
            "main_audio_file": f"{song}_main.wav",
            "TRT": stamp(length_s),
            "vocals": True,
            "lyrics": True,
            "mood": ["calm"],
            "genres": ["electronic"],
            "sounds_like": [],
            "lrc_file": f"{song}.lrc",
            "concept": f"A door in room {number}.",
            "audio_origin": "synthesised",
            "structure": [
                {
                    "section_name": f"Part {at + 1}",
                    "start_time": stamp(edges[at]),
                    "end_time": stamp(edges[at + 1]),
                    "description": "part",
                }
                for at in range(8)
            ],
            "audio_tracks": [
                {"id": one + 1, "description": "stem", "audio_file": f"{song}_{one + 1:02}.wav"}
                for one in range(tracks)
            ],
        }
        (place / f"{song}.yml").write_text(yaml.safe_dump(manifest))
        lines = [
            f"[{int(at) // 60:02}:{at % 60:06.3f}] la {at:.0f}"
            for at in np.arange(10.3, length_s - 12, 6.137)
        ]
        (place / f"{song}.lrc").write_text("\n".join(lines))
        for one in range(tracks):
            recording = recordings[(number * tracks + one) % len(recordings)]
            put(recording, place / f"{song}_{one + 1:02}.wav")
    return songs * tracks * length_s


def put(recording: Path, place: Path) -> None:
    """Give a song its stem: the same file again, or a copy from another disk."""
    try:
        place.hardlink_to(recording)
    except OSError:
        shutil.copyfile(recording, place)


def stamp(time_s: float) -> str:
    """Write a time in milliseconds."""
    return f"[{int(time_s) // 60:02}:{time_s % 60:06.3f}]"


def plan(corpus: Path, store: Path) -> None:
    """Run `hueset plan chromatic`, which hashes the sources."""
    _hueset("plan", "chromatic", "--json", "--source", f"corpus={corpus}", "--out", str(store))


def build(corpus: Path, store: Path, workers: int) -> Run:
    """Run `hueset build chromatic` and measure it from outside."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    told = _hueset(
        "build",
        "chromatic",
        "--json",
        "--source",
        f"corpus={corpus}",
        "--out",
        str(store),
        "--workers",
        str(workers),
    )
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall_s, cpu_s, after.ru_maxrss / 1024, told)


def _hueset(*arguments: str) -> dict[str, Any]:
    path = os.pathsep.join(
        filter(None, [str(REPO / "src"), str(REPO), os.environ.get("PYTHONPATH")])
    )
    done = subprocess.run(
        [sys.executable, "-m", "hueset", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def sizes(version: Path) -> dict[str, Any]:
    """Return bytes of the media as FLAC, as WAV of 24 bits and as raw float32, and segments.

    `by_floor` is how many times larger float32 is, for each noise floor of the stems.
    """
    flac, frames, count = [0] * len(FLOORS_DBFS), [0] * len(FLOORS_DBFS), 0
    for path in sorted((version / "data" / "media").glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            columns = ["audio", "audio_frames", "track_no"]
            for batch in file.iter_batches(batch_size=20, columns=columns):
                for row in batch.to_pylist():
                    if row["audio"]:
                        kind = (row["track_no"] - 1) % len(FLOORS_DBFS)
                        flac[kind] += len(row["audio"]["bytes"])
                        frames[kind] += row["audio_frames"]
                        count += 1
    return {
        "flac": sum(flac) / count,
        "wav": sum(frames) * 3 / count,
        "float32": sum(frames) * 4 / count,
        "segments": count,
        "by_floor": [
            {"dbfs": floor, "ratio": 4 * raw / packed}
            for floor, raw, packed in zip(FLOORS_DBFS, frames, flac, strict=True)
        ],
    }


def levels(paths: Sequence[Path], seconds: int = 10) -> list[dict[str, float]]:
    """Return bytes and processor time of FLAC at each of `LEVELS`, over those of the first."""
    spent = dict.fromkeys(LEVELS, 0.0)
    weighed = dict.fromkeys(LEVELS, 0)
    for path in paths:
        with open_audio(path) as stream:
            rate = stream.info.sample_rate
            for samples in read_blocks(stream, block_frames=seconds * rate):
                for level in () if is_silent(samples) else LEVELS:
                    out, began = io.BytesIO(), time.process_time()
                    sf.write(
                        out, samples, rate, format="FLAC", subtype="PCM_24", compression_level=level
                    )
                    spent[level] += time.process_time() - began
                    weighed[level] += len(out.getvalue())
    usual = LEVELS[0]
    return [
        {
            "level": round(level * 8),
            "bytes": weighed[level] / weighed[usual],
            "time": spent[level] / spent[usual],
        }
        for level in LEVELS
    ]


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

    version = VersionStore(store).version("chromatic")
    times: dict[str, list[float]] = {"bytes": [], "samples": [], "sql": []}
    with open_media(version, "media", "audio") as clips, duckdb.connect() as con:
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


@dataclass
class Bench:
    """One run: the corpus, and the build with one worker that several parts look at."""

    folder: Path
    recordings: Sequence[Path]
    songs: int
    audio_s: float
    began: float = field(default_factory=time.perf_counter)

    def tell(self, what: str) -> None:
        """Say how far it is."""
        print(f"{time.perf_counter() - self.began:6.0f} s  {what}", file=sys.stderr, flush=True)

    @cached_property
    def one(self) -> Run:
        """The build with one worker, made once; the sources are hashed before."""
        self.tell("hashing the stems")
        plan(self.folder / "corpus", self.folder / "one")
        self.tell("building with one worker")
        return build(self.folder / "corpus", self.folder / "one", 1)

    @property
    def version(self) -> Path:
        """The version that it made."""
        return self.folder / "one" / "chromatic" / str(self.one.told["version"])

    def media(self) -> dict[str, Any]:
        """Measure speed, memory and size."""
        spent = {"one_s": self.one.wall_s, "one_cpu_s": self.one.cpu_s, "peak_mb": self.one.peak_mb}
        self.tell("weighing FLAC")
        return {**spent, **sizes(self.version), "levels": levels(self.recordings[:4])}

    def incremental(self) -> dict[str, Any]:
        """Change one song's title: everything else is taken over."""
        whole_s = self.one.wall_s
        self.tell("building again, one song changed")
        manifest = self.folder / "corpus" / "01_01" / "01_01.yml"
        written = manifest.read_text()
        manifest.write_text(written.replace("Song 0", "Song zero"))
        changed = build(self.folder / "corpus", self.folder / "one", 1)
        manifest.write_text(written)
        return {
            "one_s": whole_s,
            "changed_s": changed.wall_s,
            "changed_cpu_s": changed.cpu_s,
            "stages_s": changed.told["seconds"],
        }

    def workers(self) -> dict[str, Any]:
        """Build with two workers, from nothing."""
        one_s = self.one.wall_s
        self.tell("building with two workers")
        two = build(self.folder / "corpus", self.folder / "two", 2)
        shutil.rmtree(self.folder / "two")
        return {"one_s": one_s, "two_s": two.wall_s, "peak_mb": two.peak_mb}

    def clips(self) -> dict[str, Any]:
        """Query scalars, and read one segment's audio."""
        version = self.version
        self.tell("reading clips and scalars")
        spent = random_segment_ms(self.folder / "one")
        return {
            "scalar_ms": scalar_query_ms(version),
            **{f"{what}_ms": one for what, one in spent.items()},
        }


def real_recordings(folder: Path) -> list[dict[str, float]]:
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
    """Return the lines of the page that tell what was measured, of the parts that were."""
    rows = [row for name in PARTS if name in kept for row in _ROWS[name](kept[name])]
    sizes_of = {name: _sizes(kept[name]) for name in PARTS if name in kept}
    grounds: dict[str, list[str]] = defaultdict(list)
    for name, told in sizes_of.items():
        grounds[told].append(name)
    return [
        "",
        "## The chromatic corpus",
        "",
        "Stems that `python -m benchmarks.chromatic` makes: plucked notes and rests, 44.1 kHz, "
        f"24 bits, every second one with a noise floor of {FLOORS_DBFS[0]:.0f} dBFS, the others "
        "with dither alone. Sources are hashed before.",
        "",
        "| what | measured |",
        "|---|---|",
        *(f"| {what} | {told} |" for what, told in rows),
        "",
        *(f"- {', '.join(names)}: {told}" for told, names in grounds.items()),
        "",
        "White noise at -84 dBFS in 24 bits holds 11 bits a sample that no lossless codec takes "
        "out, so a stem with that floor stays above a third of float32 while it sounds.",
        *(
            f"Of real recordings of {one['bits']} bits ({one['seconds']:,.0f} s at -40 dBFS or "
            f"louder) float32 is {one['ratio']:.1f} times as large as FLAC."
            for one in kept.get("real", ())
        ),
    ]


def _sizes(part: Mapping[str, Any]) -> str:
    return f"{part['songs']} songs, {part['audio_s'] / 60:,.0f} minutes of stems; {part['machine']}"


def _media_rows(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    audio_s, one_s = part["audio_s"], part["one_s"]
    return [
        ("build, one worker", f"{one_s:.0f} s, {audio_s / one_s:.0f} × real time"),
        ("peak memory of a process", f"{part['peak_mb']:.0f} MB"),
        *(
            (f"bytes of a segment as {form}", f"{part[form]:,.0f}, {part[form] / part['flac']:.2f}")
            for form in ("flac", "wav", "float32")
        ),
        *(
            (f"float32 over FLAC, floor of {one['dbfs']:.0f} dBFS", f"{one['ratio']:.2f}")
            for one in part["by_floor"]
        ),
        *(
            (
                f"FLAC level {one['level']} against {part['levels'][0]['level']}",
                f"{one['bytes']:.3f} of the bytes, {one['time']:.1f} × the time",
            )
            for one in part["levels"][1:]
        ),
    ]


def _incremental_rows(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    share = part["changed_s"] / part["one_s"]
    told = f"{part['changed_s']:.1f} s, {share:.1%} of the whole ({part['one_s']:.0f} s)"
    return [(f"1 of {part['songs']} songs changed", told)]


def _workers_rows(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    ratio = part["one_s"] / part["two_s"]
    return [("build, two workers", f"{part['two_s']:.0f} s, {ratio:.2f} × one worker")]


def _clips_rows(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("grouped query over 12,000 rows of segments", f"{part['scalar_ms']:.1f} ms"),
        ("one segment's audio by its id, `open_media`", f"{part['bytes_ms']:.2f} ms"),
        ("the same, decoded", f"{part['samples_ms']:.2f} ms"),
        ("the same bytes by SQL in DuckDB", f"{part['sql_ms']:.1f} ms"),
    ]


_ROWS = {
    "media": _media_rows,
    "incremental": _incremental_rows,
    "workers": _workers_rows,
    "clips": _clips_rows,
}


def main() -> None:
    """Measure, keep, and write the page again."""
    from benchmarks.__main__ import write_page

    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--part", choices=PARTS, action="append", help="only these; default all")
    asked.add_argument("--songs", type=int, default=84)
    asked.add_argument("--tracks", type=int, default=4, help="of a song, an even number")
    asked.add_argument("--minutes", type=float, default=2.0, help="length of a song")
    asked.add_argument("--stems", type=int, default=160, help="different stems, an even number")
    asked.add_argument("--folder", type=Path, help="where the builds are made, for a while")
    asked.add_argument("--recordings", type=Path, help="where the stems are kept")
    asked.add_argument("--real", type=Path, help="real audio, to weigh FLAC on")
    given = asked.parse_args()
    if given.tracks % len(FLOORS_DBFS) or given.stems % len(FLOORS_DBFS):
        asked.error("--tracks and --stems are even: each second track has the louder floor")
    kept = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        root = Path(name)
        print("making what stems are lacking", file=sys.stderr, flush=True)
        stems = make_stems(given.recordings or root / "stems", given.stems, given.minutes)
        audio_s = make_corpus(root / "corpus", stems, given.songs, given.tracks, given.minutes)
        bench = Bench(root, stems, given.songs, audio_s)
        for part in [one for one in PARTS if one in (given.part or PARTS)]:
            kept[part] = {
                **getattr(bench, part)(),
                "songs": given.songs,
                "audio_s": audio_s,
                "machine": machine(),
            }
            KEPT.write_text(json.dumps(kept, indent=1) + "\n")
        if given.real:
            kept["real"] = real_recordings(given.real)
        bench.tell("done")
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    write_page()
    print("\n".join(section(kept)))


if __name__ == "__main__":
    main()
