"""Make the sample album that the chromatic dataset ships: `python -m tools.make_sample_album`.

Three songs in exactly the layout and manifest schema of the corpus they stand in for: a folder
per song with its manifest, timed words, main mix, stems and MIDI. Their time stamps are written
the three ways that the corpus writes them: frames at 25 a second with a sub-frame digit, plain
frames, and milliseconds. Two runs give the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import mido
import numpy as np
import soundfile as sf
import yaml

from tools.songs import ALBUM, Part, Song, StampUnit
from tools.synth import SAMPLE_RATE, quantise, tone

SHIPPED = Path(__file__).resolve().parents[1] / "datasets" / "chromatic" / "sample" / "corpus"
FRAMES_PER_SECOND = 25
TICKS_PER_BEAT = 480
STEM_GAIN = 0.5
_PITCHES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

Note = tuple[float, float, int]
"""Start and length in beats, MIDI pitch."""


def make_album(folder: Path) -> list[Path]:
    """Write the three songs below `folder`; returns the files, sorted."""
    for song in ALBUM:
        home = folder / song.song_id
        home.mkdir(parents=True, exist_ok=True)
        _write_audio(song, home)
        _write_midi(song, home)
        manifest = yaml.safe_dump(_manifest(song), sort_keys=False, allow_unicode=True, width=80)
        (home / f"{song.song_id}.yml").write_text(manifest, encoding="utf-8", newline="\n")
        if song.words:
            (home / f"{song.song_id}.lrc").write_text(_lrc(song), encoding="utf-8", newline="\n")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def notes(part: Part) -> list[Note]:
    """Return the notes of a part, in the order they are written."""
    found: list[Note] = []
    beat = 0.0
    for word in part.music.replace("|", " ").split():
        names, _, length = word.partition(":")
        beats = float(length)
        if names != ".":
            found += [(beat, beats, _pitch(name)) for name in names.split("+")]
        beat += beats
    return found


def stamp(time_s: float, unit: StampUnit) -> str:
    """Write a time as `[mm:ss.fff]`, truncated; in frames, fff is a frame and not a thousandth."""
    whole_s = int(time_s)
    rest_s = time_s - whole_s
    match unit:
        case "ms":
            fraction = int(rest_s * 1000)
        case "frames":
            fraction = int(rest_s * FRAMES_PER_SECOND)
        case "subframes":
            eighths = int(rest_s * FRAMES_PER_SECOND * 8)
            fraction = eighths // 8 * 10 + eighths % 8
    return f"[{whole_s // 60:02d}:{whole_s % 60:02d}.{fraction:03d}]"


def _pitch(name: str) -> int:
    sharp = 1 if name[1] == "#" else 0
    return 12 * (int(name[1 + sharp :]) + 1) + _PITCHES[name[0]] + sharp


def _seconds(song: Song, beats: float) -> float:
    return beats * 60 / song.bpm


def _audio_name(song: Song, part: Part) -> str:
    return f"{song.song_id}_{part.number:02d}_{part.name}.flac"


def _midi_name(song: Song, part: Part) -> str:
    number = min(p.number for p in song.parts if p.shared_midi == part.shared_midi)
    return (
        f"{song.song_id}_{number:02d}_{part.shared_midi}.mid"
        if part.shared_midi
        else f"{song.song_id}_{part.number:02d}_{part.name}.mid"
    )


def _write_audio(song: Song, home: Path) -> None:
    samples = round(_seconds(song, song.beats) * SAMPLE_RATE)
    main = np.zeros(samples)
    for part in song.parts:
        if not part.audio:
            continue
        stem = np.zeros(samples)
        for beat, beats, pitch in notes(part):
            start = round(_seconds(song, beat) * SAMPLE_RATE)
            sound = tone(part.sound, pitch, part.velocity, _seconds(song, beats))
            stem[start : start + len(sound)] += STEM_GAIN * sound[: samples - start]
        main += stem
        sf.write(home / _audio_name(song, part), quantise(stem), SAMPLE_RATE, subtype="PCM_16")
    mix = quantise(main / max(1.0, np.abs(main).max()))
    sf.write(home / f"{song.song_id}_main.flac", mix, SAMPLE_RATE, subtype="PCM_16")


def _write_midi(song: Song, home: Path) -> None:
    by_file: dict[str, list[Part]] = {}
    for part in song.parts:
        if part.midi:
            by_file.setdefault(_midi_name(song, part), []).append(part)
    for name, parts in by_file.items():
        file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
        file.tracks += [_conductor(song), *(_track(song, part) for part in parts)]
        file.save(home / name)


def _conductor(song: Song) -> mido.MidiTrack:
    numerator, denominator = map(int, song.meter.split("/"))
    key, mode = song.key.split()
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=song.title)])
    if song.smpte_offset:
        track.append(mido.MetaMessage("smpte_offset", frame_rate=FRAMES_PER_SECOND, hours=1))
    track += [
        mido.MetaMessage("set_tempo", tempo=round(60_000_000 / song.bpm)),
        mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator),
        mido.MetaMessage("key_signature", key=key + ("m" if mode == "minor" else "")),
    ]
    return track


def _track(song: Song, part: Part) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=part.name)])
    track.append(mido.Message("program_change", channel=part.channel, program=part.program))
    events = []
    for beat, beats, pitch in notes(part):
        start, stop = round(beat * TICKS_PER_BEAT), round((beat + beats) * TICKS_PER_BEAT)
        events += [(start, 1, pitch, part.velocity), (stop, 0, pitch, 0)]
    now = 0
    for tick, on, pitch, velocity in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(
            mido.Message(kind, channel=part.channel, note=pitch, velocity=velocity, time=tick - now)
        )
        now = tick
    end = round(song.beats * TICKS_PER_BEAT)
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    return track


def _manifest(song: Song) -> dict[str, Any]:
    end = stamp(_seconds(song, song.beats), song.stamps)
    starts = [stamp(_seconds(song, beat), song.stamps) for _, beat, _ in song.sections]
    manifest: dict[str, Any] = {
        "bpm": song.bpm,
        "manifest_id": song.song_id,
        "tempo": song.meter,
        "key": song.key,
        "rainbow_color": song.colour,
        "title": song.title,
        "release_date": song.release_date,
        "album_sequence": int(song.song_id[3:]),
        "main_audio_file": f"{song.song_id}_main.flac",
        "TRT": end,
        "vocals": any(part.sound == "voice" for part in song.parts),
        "lyrics": bool(song.words),
        "structure": [
            {
                "section_name": name,
                "start_time": start,
                "end_time": stop,
                "description": description,
            }
            for (name, _, description), start, stop in zip(
                song.sections, starts, [*starts[1:], end], strict=True
            )
        ],
        "mood": list(song.mood),
        "sounds_like": [],
        "genres": list(song.genres),
    }
    if song.words:
        manifest["lrc_file"] = f"{song.song_id}.lrc"
    manifest["concept"] = song.concept
    manifest["audio_tracks"] = [_manifest_track(song, part) for part in song.parts]
    return manifest


def _manifest_track(song: Song, part: Part) -> dict[str, Any]:
    track: dict[str, Any] = {"id": part.number, "description": part.description}
    if part.audio:
        track["audio_file"] = _audio_name(song, part)
    if part.midi:
        kind = "midi_group_file" if part.shared_midi else "midi_file"
        track[kind] = _midi_name(song, part)
    if part.group:
        track["group"] = part.group
    return track


def _lrc(song: Song) -> str:
    lines = [f"[ti: {song.title}]", "[ar: Hueset]", f"[al: {song.album}]"]
    inline = song.stamps == "ms"
    for beat, words in song.words:
        at = stamp(_seconds(song, beat), song.stamps)
        lines += [f"{at}{words}"] if inline else [at, words]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the album where the project ships it, or below `--out`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=SHIPPED, help="the corpus folder to write")
    make_album(parser.parse_args().out)


if __name__ == "__main__":
    main()
