"""Files in the forms of SocialFX with made-up curves, for tests only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tests.support.local_build import REPO

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHED = {
    "warm": 64,
    "cold": 34,
    "claro": 33,
    "soft": 29,
    "loud": 26,
    "suave": 23,
    "happy": 22,
    "bright": 19,
    "fuerte": 18,
    "soothing": 17,
    "harsh": 16,
    "cool": 15,
    "heavy": 15,
    "smooth": 14,
    "calm": 13,
    "tranquilo": 13,
    "frío": 13,
    "caliente": 12,
    "clear": 12,
    "beautiful": 10,
    "hard": 10,
    "alto": 10,
    "dulce": 10,
    "pesado": 10,
}
"""The published counts of the words with ten contributions or more."""

SPANISH = {"claro", "suave", "fuerte", "tranquilo", "frío", "caliente", "alto", "dulce", "pesado"}


def centres() -> list[int]:
    text = (REPO / "datasets" / "socialfx" / "bands.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text)["centres_hz"])


def names() -> list[str]:
    return [f"RSC_{centre}Hz_band" for centre in centres()]


def published_terms() -> list[str]:
    """1,595 words, 765 of them distinct, in the published distribution: 53 with 5 or more."""
    counts = dict(PUBLISHED)
    counts |= {f"some{at}": 6 for at in range(29)}
    counts |= {f"two{at}": 2 for at in range(251)}
    counts |= {f"one{at}": 1 for at in range(461)}
    return [term for term, count in counts.items() for _ in range(count)]


def zscored(rows: int, seed: int = 1) -> list[list[float]]:
    made = np.random.default_rng(seed).normal(size=(rows, 40)).cumsum(axis=1)
    made = (made - made.mean(axis=1, keepdims=True)) / made.std(axis=1, keepdims=True)
    return made.tolist()


def hub_row(key: str, text: str, values: list[float], **changed: Any) -> dict[str, Any]:
    extra = {
        "lang": "Español" if text.lower() in SPANISH else "English",
        "audio_id": 8,
        "ratings_consistency": 0.5,
    }
    return {
        "id": key,
        "text": text,
        "param_keys": names(),
        "param_values": values,
        "extra": repr(extra),
        **changed,
    }


def write_hub(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def write_published_hub(path: Path) -> Path:
    terms = published_terms()
    curves = zscored(len(terms))
    pairs = zip(terms, curves, strict=True)
    return write_hub(path, [hub_row(f"eq_{at}", *pair) for at, pair in enumerate(pairs)])


def csv_text(rows: list[list[Any]]) -> bytes:
    header = ["descriptor", "audio_id", "ratings_consistency", *names()]
    lines = [",".join(map(str, row)) for row in [header, *rows]]
    return ("\n".join(lines) + "\n").encode()


def write_words(path: Path, words: dict[str, list[float]], lang: str = "English") -> Path:
    entries = [
        {
            "lang": lang,
            "word": word,
            "settings": values,
            "agreement": 0.5,
            "num": 2,
            "x": 0.1,
            "y": 0.2,
        }
        for word, values in words.items()
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path
