"""Small sources for every dataset of this project: made ones, or excerpts of the real files."""

from __future__ import annotations

import csv
import shutil
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from tests.support.local_build import REPO
from tests.support.vibe_corpora import EMOBANK, GOEMOTIONS, READERS, REVIEWS, WRITERS, write
from tests.support.vibe_corpora import emotions as emotion_names
from tests.unit.builders.socialfx.socialfx_files import write_published_hub

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SESSIONS = ("drummer2/session1", "drummer9/session1")
BASES = ("happy", "sad", "angry", "fear", "surprise", "disgust")


@dataclass(frozen=True)
class Excerpt:
    """The sources of a small build, and the parameters that it sets."""

    sources: Mapping[str, Path]
    parameters: Mapping[str, Any] = field(default_factory=dict)


def vibe(folder: Path) -> Excerpt:
    """Three tiny corpora, written as the real ones are."""
    names = "\n".join(emotion_names())
    emobank = write(folder / "emobank", {"m.csv": EMOBANK, "r.csv": READERS, "w.csv": WRITERS})
    return Excerpt(
        {
            "emobank": emobank / "m.csv",
            "emobank_readers": emobank / "r.csv",
            "emobank_writers": emobank / "w.csv",
            "goemotions": write(folder / "goemotions", {**GOEMOTIONS, "emotions.txt": names}),
            "imdb": write(folder / "imdb", dict(REVIEWS)),
        }
    )


def poems(folder: Path) -> Excerpt:
    """Twelve poems by four authors, two of them the same."""
    texts: dict[str, str | bytes] = {
        f"p{at:02d}.txt": f"---\nauthor: Author {at % 4}\ntitle: Poem {at}\n---\n"
        + "\n".join(f"line {line} of poem {min(at, 10)} goes on and on" for line in range(12))
        for at in range(12)
    }
    return Excerpt({"text_folder": write(folder / "poems", texts)})


def socialfx(folder: Path) -> Excerpt:
    """Made curves in the published distribution of words."""
    return Excerpt({"hub_eq": write_published_hub(folder / "eq.parquet")}, {"permutations": 5})


def chromatic(folder: Path) -> Excerpt:
    """The embedded sample."""
    return Excerpt({"corpus": REPO / "datasets/chromatic/sample/corpus"})


def emotions(folder: Path, data: Path) -> Excerpt:
    """The tree of emotions, whole; no recordings."""
    tree = data / "emotion_nodes/emotion_thesaurus"
    return Excerpt({f"thesaurus_{name}": tree / f"{name}.json" for name in BASES})


def groove(folder: Path, data: Path) -> Excerpt:
    """The performances of two sessions."""
    root, made = data / "groove_gmd/groove", folder / "groove"
    with (root / "info.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["session"] in SESSIONS]
    for row in rows:
        path = made / row["midi_filename"]
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / row["midi_filename"], path)
    with (made / "info.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return Excerpt({"groove": made})


def maestro(folder: Path, data: Path) -> Excerpt:
    """The shortest performance: its MIDI, and made noise of its length for a recording."""
    given, made = data / "maestro", folder / "maestro-v3.0.0"
    made.mkdir()
    shutil.copy(given / "maestro-v3.0.0/maestro-v3.0.0.csv", made)
    with (made / "maestro-v3.0.0.csv").open(newline="", encoding="utf-8") as stream:
        row = min(csv.DictReader(stream), key=lambda one: float(one["duration"]))
    with zipfile.ZipFile(given / "maestro-v3.0.0-midi.zip") as packed:
        packed.extract(f"maestro-v3.0.0/{row['midi_filename']}", folder)
    noise = np.random.default_rng(7).normal(0, 0.1, round(float(row["duration"]) * 16_000))
    soundfile.write(made / row["audio_filename"], noise, 16_000)
    return Excerpt({"official": made}, {"where": {"midi_filename": row["midi_filename"]}})


def atlas(folder: Path, data: Path) -> Excerpt:
    """Two of its sources."""
    return Excerpt({"xkcd": data / "xkcd_colors/xkcd.json", "intimacy": data / "question_intimacy"})


MADE: dict[str, Callable[[Path], Excerpt]] = {
    "vibe": vibe,
    "poems": poems,
    "socialfx": socialfx,
    "chromatic": chromatic,
}
REAL: dict[str, Callable[[Path, Path], Excerpt]] = {
    "emotions": emotions,
    "groove": groove,
    "maestro": maestro,
    "atlas": atlas,
}
