"""Spellings → one form: keys and their enharmonics, time signatures, words, players."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1, "##": 2, "x": 2, "bb": -2}
_MODES = (
    "major",
    "minor",
    "dorian",
    "phrygian",
    "lydian",
    "mixolydian",
    "aeolian",
    "ionian",
    "locrian",
)
_MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
_KEY = re.compile(r"^\s*([A-Ga-g])\s*(##|bb|[#b♯♭x]?)\s*[- ]?\s*([A-Za-z]*)\s*$")


@dataclass(frozen=True)
class Key:
    """A musical key.

    Attributes
    ----------
    tonic
        As spelled, letter in upper case, e.g. `Gb`.
    mode
        In lower case, e.g. `major`.
    pitch_class
        0 (C) to 11 (B): equal for enharmonic spellings.
    canonical
        One spelling per sounding key, the one with fewest accidentals, e.g. `F# major`.
    """

    tonic: str
    mode: str
    pitch_class: int
    canonical: str


def parse_key(text: str) -> Key | None:
    """Read `Gb major`, `a minor`, `C` (major) or `F#m`; None if it is no key."""
    match = _KEY.match(text)
    if match is None:
        return None
    letter, accidental, word = match[1].upper(), match[2], match[3].casefold()
    mode = {"": "major", "maj": "major", "m": "minor", "min": "minor"}.get(word, word)
    if mode not in _MODES:
        return None
    pitch_class = (_LETTERS[letter] + _ACCIDENTALS[accidental]) % 12
    names = _MINOR if mode in ("minor", "aeolian", "dorian", "phrygian", "locrian") else _MAJOR
    tonic = letter + accidental.replace("♯", "#").replace("♭", "b")
    return Key(tonic, mode, pitch_class, f"{names[pitch_class]} {mode}")


def parse_time_signature(text: str) -> tuple[int, int] | None:
    """Read `18/32` as (18, 32); None if it is none. The beat unit must be a power of two."""
    match = re.match(r"^\s*(\d{1,3})\s*/\s*(\d{1,3})\s*$", text)
    if match is None:
        return None
    beats, unit = int(match[1]), int(match[2])
    return (beats, unit) if beats and unit and unit & (unit - 1) == 0 else None


def fold_text(text: str) -> str:
    """Return the text as it is compared: NFC, case folded, blanks joined."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def fold_all(texts: Iterable[str]) -> list[str]:
    """Return the folded texts without repetitions, in order of first appearance."""
    return list(dict.fromkeys(filter(None, map(fold_text, texts))))


def find_player(text: str | None, players: Mapping[str, str | None], default: str) -> str | None:
    """Return the key of a player given by key or by name; None if nobody of that name is known."""
    if text is None:
        return default
    if text in players:
        return text
    wanted = fold_text(text)
    return next((key for key, name in players.items() if name and fold_text(name) == wanted), None)
