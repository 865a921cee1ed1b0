"""What a reader of SocialFX makes of a row: one contribution, or one published curve per word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contribution:
    """What one person set for one word or list of words.

    Attributes
    ----------
    key
        Unique within the effect.
    given
        The text as typed; several words are parted by commas.
    language
        `en`, `es` or None where not stated.
    audio_id
        The stimulus that was heard; None where not stated.
    ratings_consistency
        How alike a person's repeated ratings were, a correlation -1..1; None where not stated.
    names
        Names of the parameters.
    units
        Their units; None where nobody states one.
    values
        One number per parameter, finite.
    """

    key: str
    given: str
    language: str | None
    audio_id: str | None
    ratings_consistency: float | None
    names: tuple[str, ...]
    units: tuple[str | None, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class WordCurve:
    """One curve per word, already aggregated by its publisher.

    Attributes
    ----------
    given
        The word.
    language
        `en`, `es` or None.
    names, units, values
        As in `Contribution`.
    agreement
        The published agreement of those who contributed, 0..1.
    num
        The published `num`; it is not the number of contributions.
    x, y
        The published place on the word map.
    """

    given: str
    language: str | None
    names: tuple[str, ...]
    units: tuple[str | None, ...]
    values: tuple[float, ...]
    agreement: float | None
    num: int | None
    x: float | None
    y: float | None
